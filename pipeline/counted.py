"""What a number counts: the noun in "around 15,000 personnel", "39 NATO Allies and partners", "6,000 dead".

The noun phrase is read off the dependency parse where it stands right behind the number, else off the tags. Without
tags nothing is found.
"""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Doc, Span, Token

_MODIFIERS = frozenset(
    {"CD", "JJ", "JJR", "JJS", "VBN", "VBG", "NN", "NNS", "NNP", "NNPS", "HYPH", "POS", "AFX", "FW", "ADD"}
)
_NOUNS = frozenset({"NN", "NNS", "NNP", "NNPS", "FW"})
_PLURALS = frozenset({"NNS", "NNPS"})
_BETWEEN = _MODIFIERS | {"CC", ",", "RB", "RBR", "RBS", "CD"}
_ARGUMENTS = frozenset({"dobj", "pobj", "nsubj", "nsubjpass", "attr", "oprd", "appos", "conj"})
_PHRASE_ENDS = frozenset({"IN", ",", ".", ":", "CC", "-RRB-"})
_QUOTES = frozenset("'\"‘’“”`")
_LONGEST_PHRASE = 12
_HIGHEST = 4


@dataclass(frozen=True, slots=True)
class Counted:
    """The counted noun phrase: where it ends if it stands right behind the number (else None), its words, its noun."""

    end: int | None
    item: str
    noun: Token


def behind(doc: Doc, first: int, stop: int, number: Token, single: bool = False) -> Counted | None:
    """The noun phrase that begins with token `first`, right behind `number` (or behind "of" after "dozens"), and ends
    before character `stop`: "NATO Allies and partners". A `single` thing joins no other: "one ship and helicopters".
    """
    if _is_line_end(doc[first]) and first + 1 < len(doc):
        first += 1
    if doc[first].tag_ == "CC":
        return None
    head = _parsed(doc, first, stop, number) or _walk(doc, first, stop)
    if head is None and (shared := _shared(doc, first, stop)) is not None:
        return Counted(doc[first].idx + len(doc[first]), shared.text, shared)
    head = head or _adjective_noun(doc, first, stop)
    if head is None:
        return None
    head = head if single else _joined(doc, head, stop) or head
    last = _coordinated(doc, head, stop)
    start = first
    while doc[start].text in _QUOTES or doc[start].tag_ == "HYPH":
        start += 1
    end = last.idx + len(last)
    if doc[first].text in _QUOTES and last.i + 1 < len(doc) and doc[last.i + 1].text in _QUOTES:
        end += len(doc[last.i + 1])
    return Counted(end, _one_line(doc[start : last.i + 1]), head)


def elsewhere(doc: Doc, number: Token) -> Counted | None:
    """The counted noun by the parse, where it does not follow the number: "two Czech and two Polish members", "eight
    of the ships".
    """
    if not number.has_dep():
        return None
    head = number.head
    before = 0 < head.i - number.i <= _LONGEST_PHRASE
    modifies = before and number.dep_ in ("nummod", "amod") and head.tag_ in _NOUNS
    joins = number.dep_ == "conj" and head.tag_ in ("NNS", "NNPS")
    if modifies or (joins and any(child.dep_ == "nummod" for child in head.children)):
        return Counted(None, _one_line(doc[_left(head) : head.i + 1]), head)
    of = doc[number.i + 1] if number.i + 1 < len(doc) else None
    if of is not None and of.lower_ == "of":
        noun = next((child for child in of.children if child.dep_ == "pobj" and child.tag_ in _NOUNS), None)
        if noun is not None:
            return Counted(None, _one_line(doc[_left(noun) : noun.i + 1]), noun)
    return None


def changing(doc: Doc, number: Token) -> Counted | None:
    """What changes "from 190 to 120", by the parse: the homes of "the number of homes fell", the levels of "they raised
    troop levels".
    """
    if not number.has_dep():
        return None
    verb = number
    for _ in range(_HIGHEST):
        if verb.pos_ == "VERB" or verb.head == verb:
            break
        verb = verb.head
    for role in ("dobj", "nsubj", "nsubjpass"):
        for child in verb.children:
            if child.dep_ == role and child.i < number.i:
                of = next((word for word in child.children if word.lower_ == "of"), None)
                noun = next((word for word in of.children if word.dep_ == "pobj"), child) if of is not None else child
                return Counted(None, _one_line(doc[_left(noun) : noun.i + 1]), noun) if noun.tag_ in _PLURALS else None
    return None


def of_what(doc: Doc, first: int) -> Counted | None:
    """The noun phrase of "2% of GDP" and "900 tonnes of rice"; `first` is the token behind the amount."""
    if first >= len(doc) or doc[first].lower_ != "of" or not doc[first].has_dep():
        return None
    noun = next((child for child in doc[first].children if child.dep_ == "pobj"), None)
    if noun is None or noun.tag_ not in _NOUNS:
        return None
    return Counted(noun.idx + len(noun), _one_line(doc[_left(noun) : noun.i + 1]), noun)


def _parsed(doc: Doc, first: int, stop: int, number: Token) -> Token | None:
    """The head of the number by the parse, where nothing but the words of one noun phrase stands between."""
    if number.dep_ == "nummod":
        head = number.head
    elif number.lower_ == "of":
        head = next((child for child in number.children if child.dep_ == "pobj"), number)
    else:
        return None
    if head.tag_ not in _NOUNS or not first <= head.i < first + _LONGEST_PHRASE or head.idx >= stop:
        return None
    hyphens = [token.i for token in doc[first : head.i] if token.tag_ == "HYPH" or token.text == "-"]
    for token in doc[first : head.i]:
        if _is_line_end(token):
            continue
        if _is_other_number(token):
            return None
        if token.tag_ not in _BETWEEN and not any(abs(token.i - i) <= 1 for i in hyphens) and token.text not in _QUOTES:
            return None
    return head


def _walk(doc: Doc, first: int, stop: int) -> Token | None:
    """The last noun of the run of modifiers and nouns that begins at `first`."""
    head = None
    for token in doc[first : first + _LONGEST_PHRASE]:
        if token.idx >= stop:
            break
        if _is_line_end(token):
            continue
        if _is_other_number(token):
            break
        if token.tag_ in _NOUNS:
            if head is not None and not _same_phrase(head, token):
                break
            head = token
        elif token.tag_ in ("RB", "RBR", "RBS") or token.text in _QUOTES:
            if head is not None:
                break
        elif head is None and not token.whitespace_ and token.i + 1 < len(doc) and doc[token.i + 1].text == "-":
            continue  # the first part of a compound: "100 at-risk towns"
        elif token.tag_ not in _MODIFIERS or (head is not None and not _same_phrase(head, token)):
            break
    return head


def _is_other_number(token: Token) -> bool:
    """Whether a token is a number of its own, not part of a name or compound: "Type 2 plugs", "5-litre cans"."""
    if token.tag_ != "CD" or not token.like_num:
        return False
    beside = [token.doc[i].tag_ for i in (token.i - 1, token.i + 1) if 0 <= i < len(token.doc)]
    return "HYPH" not in beside and token.doc[token.i - 1].tag_ != "NNP"


def _is_line_end(token: Token) -> bool:
    """Whether a token is the line end of a hard-wrapped paragraph, which a phrase may cross."""
    return token.tag_ == "_SP" and token.text.count("\n") == 1


def _one_line(span: Span) -> str:
    return " ".join(span.text.split())


def _same_phrase(left: Token, right: Token) -> bool:
    """Whether a word goes on the phrase: "two national police training centres", not "200 people Tuesday"."""
    if not left.has_dep():
        return left.tag_ not in ("NNS", "NNPS")
    if right.tag_ in ("HYPH", "POS") or (left.i and left.nbor(-1).text == "-"):
        return True
    token = left
    for _ in range(4):
        if token.head.i <= left.i:
            return False
        token = token.head
        if token.i >= right.i:
            return token.tag_ in _NOUNS or token == right
    return False


def _adjective_noun(doc: Doc, first: int, stop: int) -> Token | None:
    """An adjective that stands for people: "6,000 dead", "40 injured"."""
    token = doc[first]
    if token.idx >= stop or not (token.tag_ == "JJ" or (token.tag_ == "VBN" and token.dep_ in _ARGUMENTS)):
        return None
    return token if first + 1 == len(doc) or doc[first + 1].tag_ in _PHRASE_ENDS else None


def _joined(doc: Doc, head: Token, stop: int) -> Token | None:
    """The plural behind a singular noun, or the noun that two joined modifiers share: the families of "kinship and
    foster families", the officers of "past and present officers".
    """
    if head.tag_ in _PLURALS or head.i + 2 >= len(doc):
        return None
    if head.tag_ == "NN" and doc[head.i + 1].tag_ == "NNS" and doc[head.i + 1].idx < stop:
        return doc[head.i + 1]  # "17 million vaccine doses", whatever the parse makes of the doses
    if doc[head.i + 1].lower_ not in ("and", "or"):
        return None
    noun = _walk(doc, head.i + 2, stop)
    return noun if noun is not None and noun.tag_ in _PLURALS and noun.tag_[:3] != "NNP" else None


def _shared(doc: Doc, first: int, stop: int) -> Token | None:
    """The noun that an adjective shares with the one of another number: "2,000 direct and 5,000 indirect jobs"."""
    other = doc[first + 1 : first + 3]
    if doc[first].tag_ != "JJ" or [token.tag_ for token in other] != ["CC", "CD"]:
        return None
    return _walk(doc, first + 3, stop)


def _coordinated(doc: Doc, head: Token, stop: int) -> Token:
    """The end of "Allies and partners": a bare noun that is coordinated right behind the head."""
    behind = list(doc[head.i + 1 : head.i + 3])
    if len(behind) < 2 or behind[0].tag_ != "CC" or behind[0].lower_ == "but":
        return head
    other = behind[1]
    if other.tag_ not in ("NNS", "NNPS") or other.idx >= stop:
        return head
    return other if other.dep_ == "conj" and other.head == head and head.tag_ in ("NNS", "NNPS") else head


def _left(noun: Token) -> int:
    """Where the noun phrase begins, without article, number and possessive."""
    start = noun.i
    while start > 0:
        before = noun.doc[start - 1]
        compound = noun.doc[start].text == "-"  # "ten-year visions", "fastest-growing towns"
        if before.tag_ not in _MODIFIERS - {"POS", "CD"} and not compound:
            break
        start -= 1
    return start
