"""What a number counts: the noun in "around 15,000 personnel", "39 NATO Allies and partners", "three Ukrainian and
three American board members".

The noun phrase is read off the tags behind the number; where that finds none, off the dependency parse. Without
tags nothing is found.
"""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Doc, Token

_MODIFIERS = frozenset({"JJ", "JJR", "JJS", "VBN", "VBG", "NN", "NNS", "NNP", "NNPS", "HYPH", "POS", "AFX", "FW", "ADD"})
_NOUNS = frozenset({"NN", "NNS", "NNP", "NNPS", "FW"})
_QUOTES = frozenset("'\"‘’“”`")
_LONGEST_PHRASE = 12


@dataclass(frozen=True, slots=True)
class Counted:
    """The counted noun phrase: where it ends when it stands right behind the number (else None), its words, its noun."""

    end: int | None
    item: str
    noun: Token


def behind(doc: Doc, first: int, stop: int) -> Counted | None:
    """The noun phrase that begins with token `first`: "NATO Allies and partners"; it ends before character `stop`."""
    head = _walk(doc, first, stop)
    if head is None:
        return None
    last = _coordinated(doc, head, stop)
    start = first
    while doc[start].text in _QUOTES or doc[start].tag_ == "HYPH":
        start += 1
    words = doc[start : last.i + 1].text
    end = last.idx + len(last)
    if doc[first].text in _QUOTES and last.i + 1 < len(doc) and doc[last.i + 1].text in _QUOTES:
        end = doc[last.i + 1].idx + len(doc[last.i + 1])
    return Counted(end, words, head)


def elsewhere(doc: Doc, number: Token) -> Counted | None:
    """The counted noun by the parse, where it does not follow the number: the people of "68,400 people ... and 95,800"."""
    if not doc.has_annotation("DEP"):
        return None
    head = number.head
    if number.dep_ in ("nummod", "amod") and head.i > number.i and head.tag_ in _NOUNS and head.i - number.i <= _LONGEST_PHRASE:
        return Counted(None, doc[_left(head) : head.i + 1].text, head)
    if number.dep_ == "conj" and head.tag_ in ("NNS", "NNPS") and any(child.dep_ == "nummod" for child in head.children):
        return Counted(None, doc[_left(head) : head.i + 1].text, head)
    of = doc[number.i + 1] if number.i + 1 < len(doc) else None
    if of is not None and of.lower_ == "of":
        noun = next((child for child in of.children if child.dep_ == "pobj" and child.tag_ in _NOUNS), None)
        if noun is not None:
            return Counted(None, doc[_left(noun) : noun.i + 1].text, noun)
    return None


def of_what(doc: Doc, first: int) -> Counted | None:
    """The noun phrase of "2% of GDP" and "120,000 tonnes of wheat"; `first` is the token behind the amount."""
    if first >= len(doc) or doc[first].lower_ != "of" or not doc.has_annotation("DEP"):
        return None
    noun = next((child for child in doc[first].children if child.dep_ == "pobj"), None)
    if noun is None or noun.tag_ not in _NOUNS:
        return None
    return Counted(noun.idx + len(noun), doc[_left(noun) : noun.i + 1].text, noun)


def _walk(doc: Doc, first: int, stop: int) -> Token | None:
    """The last noun of the run of modifiers and nouns that begins at `first`; the parse may end it earlier."""
    head, i = None, first
    while i < len(doc) and i - first < _LONGEST_PHRASE:
        token = doc[i]
        if token.idx >= stop:
            break
        if token.tag_ in _NOUNS:
            if head is not None and not _same_phrase(head, token):
                break
            head = token
        elif token.tag_ == "CC" and head is None and i > first and i + 1 < len(doc) and doc[i + 1].tag_ in ("JJ", "VBN", "NNP", "NN"):
            pass
        elif token.tag_ in ("RB", "RBR", "RBS") and i + 1 < len(doc) and doc[i + 1].tag_ in ("JJ", "VBN", "HYPH"):
            pass
        elif token.tag_ == "," and head is None and i > first and doc[i - 1].tag_ == "JJ" and i + 1 < len(doc) and doc[i + 1].tag_ in ("JJ", "VBN"):
            pass
        elif token.tag_ == "CD" and i > first and doc[i - 1].tag_ in ("NNP", "HYPH") or token.tag_ == "CD" and i + 1 < len(doc) and doc[i + 1].tag_ == "HYPH":
            pass
        elif token.text in _QUOTES and (i == first or head is None):
            pass
        elif token.tag_ not in _MODIFIERS:
            break
        elif head is not None and token.tag_ in ("VBN", "VBG", "JJ", "JJR") and not _same_phrase(head, token):
            break
        i += 1
    if head is None:
        return _adjective_noun(doc, first, stop)
    return head


def _same_phrase(left: Token, right: Token) -> bool:
    """Whether a noun goes on the phrase: "two infant formula priority orders", not "200 people Tuesday"."""
    if not left.doc.has_annotation("DEP"):
        return left.tag_ not in ("NNS", "NNPS")
    if right.ent_type_ in ("DATE", "TIME"):
        return False
    token = left
    for _ in range(4):
        if token.head.i > left.i:
            return token.head.i >= right.i or token.head == right
        if token.head == token:
            return False
        token = token.head
    return False


def _adjective_noun(doc: Doc, first: int, stop: int) -> Token | None:
    """"6,000 dead", "40 injured": an adjective that stands for people."""
    if first >= len(doc) or doc[first].idx >= stop or doc[first].tag_ not in ("JJ", "VBN"):
        return None
    following = doc[first + 1] if first + 1 < len(doc) else None
    return doc[first] if following is None or following.tag_ not in _MODIFIERS else None


def _coordinated(doc: Doc, head: Token, stop: int) -> Token:
    """The end of "Allies and partners": a bare noun that is coordinated right behind the head."""
    i = head.i + 1
    if i + 1 >= len(doc) or doc[i].tag_ != "CC" or doc[i].lower_ == "but" or doc[i + 1].tag_ not in ("NNS", "NNPS") or doc[i + 1].idx >= stop:
        return head
    other = doc[i + 1]
    return other if other.dep_ == "conj" and other.head == head and head.tag_ in ("NNS", "NNPS") else head


def _left(noun: Token) -> int:
    """Where the noun phrase begins, without article, number and possessive."""
    start = noun.i
    while start > 0 and doc_token_is_modifier(noun.doc[start - 1]):
        start -= 1
    return start


def doc_token_is_modifier(token: Token) -> bool:
    """Whether a token may stand inside a noun phrase before its noun."""
    return token.tag_ in _MODIFIERS and token.tag_ != "POS"
