"""Context: what negates, doubts, asks, obliges or conditions a word, with its scope read off the parse.

    They have not agreed to pay.        negation above "agreed": nothing was agreed
    They agreed not to pay.             negation on "pay": they bound themselves to not paying
    They may agree to pay.              doubt
    We urge them to agree.              request
    They must agree.                    obligation
    They will pay if it rains.          a condition on "pay"
    If they agree to pay, fine.         "agree" inside a condition

A cue stands in one of five places (`Cue.place`). Its scope runs from the word that it governs down to complements
and shared conjuncts, and ends at a clause of its own: a relative clause, an adverbial clause, a new subject.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from spacy.strings import get_string_id
from spacy.tokens import Doc, Token

from pipeline import rulebook, shapes
from pipeline.shapes import MAX_CLIMB

Kind = Literal["negation", "condition", "doubt", "request", "obligation"]
KINDS: tuple[Kind, ...] = ("negation", "condition", "doubt", "request", "obligation")

COMPLEMENTS = frozenset(
    (
        "xcomp",
        "ccomp",
        "pcomp",
        "acomp",
        "oprd",
        "attr",
        "dobj",
        "prep",
        "pobj",
        "acl",
        "agent",
        "nsubj",
        "nsubjpass",
        "csubj",
    )
)
"""The labels through which a cue reaches down; every other label (relcl, advcl, parataxis ...) ends its scope."""


class Cue(rulebook.Rule):
    """Words that change what a clause says.

    `place` says where they stand, seen from the word that they change: `dependent` = they hang on it by one of `deps`
    ("may agree"); `governor` = it is their complement ("failed to agree"); `clause` = they open a clause or phrase that
    hangs on it ("if it rains", "subject to approval"); `subject` = they are its subject or the determiner of that ("no
    party agreed"); `end` = they close its sentence ("?").
    """

    words: list[rulebook.Lower]
    place: Literal["dependent", "governor", "clause", "subject", "end"]
    deps: list[rulebook.Dep] = []
    unless_next: list[rulebook.Lower] = []
    """Words that make a false cue of it when they follow: "not only"."""
    unless_over: list[rulebook.Lower] = []
    """Words over which it is polite form: "we can confirm"."""


RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = dict.fromkeys(KINDS, Cue)


class Found(NamedTuple):
    """A cue at work: its kind and rule, the cue word, the word that it changes; `inside` a conditional clause."""

    kind: Kind
    rule: str
    cue: Token
    at: Token
    inside: bool = False


class Context:
    """Reads the context of words; built from the cues of each kind."""

    def __init__(self, rules: Mapping[str, Sequence[Cue]]) -> None:
        self._cues: dict[str, dict[str, list[tuple[Kind, Cue]]]] = defaultdict(lambda: defaultdict(list))
        for kind in KINDS:
            for cue in rules[kind]:
                for word in cue.words:
                    self._cues[cue.place][word].append((kind, cue))
        self._known = frozenset(get_string_id(word) for words in self._cues.values() for word in words)

    def above(self, token: Token) -> Iterator[Found]:
        """All cues whose scope holds `token`, from the nearest up: "They did not say that they agreed" -> not."""
        node, shared = token, True
        for _ in range(MAX_CLIMB):
            if shared:
                yield from self.on(node)
            yield from self._opened(node)
            if node.dep_ == "advcl":
                return
            if node.head == node:
                return
            if node.dep_ == "conj":
                if shapes.own_subject(node) is not None:
                    return
                shared = shared and _shares_auxiliaries(node)
            elif node.dep_ in COMPLEMENTS:
                shared = True
                yield from self._match("governor", node.head, node, node.dep_)
                if node.dep_ == "ccomp" and node.i < node.head.i and shapes.own_subject(node) is not None:
                    return  # "The bank will lend, so that firms can grow": two clauses side by side
            else:
                return
            node = node.head

    @shapes.kept
    def on(self, token: Token) -> list[Found]:
        """The cues that hang on this very word: "agreed not to pay": on pay -> not."""
        return list(self._hanging(token))

    def _hanging(self, token: Token) -> Iterator[Found]:
        for child in shapes.children(token):
            is_cue = self._is_cue(child)
            if is_cue and (child.dep_ != "aux" or child.i < token.i):
                yield from self._match("dependent", child, token, child.dep_)
            if child.dep_ in ("nsubj", "nsubjpass"):
                yield from self._match("subject", child, token)
                for word in shapes.children(child):
                    if word.dep_ in ("det", "preconj"):
                        yield from self._match("subject", word, token)
            if is_cue and child.dep_ == "punct" and child.i > token.i:
                yield from self._match("end", child, token)
            for opener in (child, *shapes.children(child)):
                if self._is_cue(opener) and _opens(opener, token):
                    yield from (f for f in self._match("clause", opener, token) if f.kind == "condition")

    def _is_cue(self, token: Token) -> bool:
        """Whether a word is a cue somewhere; most are none, and numbers compare faster than words."""
        return token.lower in self._known or token.lemma in self._known

    def cues(self, doc: Doc) -> list[Found]:
        """Every cue of a text at work, each once, in reading order."""
        found: dict[tuple[int, str], Found] = {}
        for token in doc:
            here = [*self.on(token), *self._opened(token)]
            if token.dep_ in COMPLEMENTS:
                here += self._match("governor", token.head, token, token.dep_)
            for one in here:
                found.setdefault((one.cue.i, one.rule), one)
        return [found[key] for key in sorted(found)]

    def _opened(self, clause: Token) -> Iterator[Found]:
        for opener in shapes.lefts(clause):
            if opener.dep_ == "mark" or (opener.dep_ == "advmod" and clause.dep_ == "advcl"):
                for found in self._match("clause", opener, clause, opener.dep_):
                    yield found._replace(inside=True)

    def _match(self, place: str, word: Token, at: Token, dep: str | None = None) -> Iterator[Found]:
        cues = self._cues[place]
        for form in dict.fromkeys((word.lemma_.lower(), word.lower_)):
            for kind, cue in cues.get(form, ()):
                if dep is not None and cue.deps and dep not in cue.deps:
                    continue
                following = word.doc[word.i + 1].lower_ if word.i + 1 < len(word.doc) else ""
                if following in cue.unless_next or at.lemma_.lower() in cue.unless_over:
                    continue
                yield Found(kind, cue.id, word, at)


def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as examples mark it: the cue words with their kind: "They have [not](negation) agreed"."""
    return [
        rulebook.Mark(cue.cue.idx, cue.cue.idx + len(cue.cue), cue.kind, rules=frozenset((cue.rule,)))
        for cue in _builtin().cues(doc)
    ]


@cache
def _builtin() -> Context:
    return Context(rulebook.load("context", RULES))


def _opens(word: Token, verb: Token) -> bool:
    """Whether a word opens a clause or phrase that hangs on a verb: "if it rains", ", subject to approval"."""
    if word.dep_ in ("amod", "acl"):
        return word.i > 0 and word.nbor(-1).is_punct
    if word.dep_ in ("mark", "advmod"):
        return word.head.dep_ == "advcl" and word.head.i != verb.i
    return word.dep_ in ("prep", "pcomp", "advcl")


def _shares_auxiliaries(conjunct: Token) -> bool:
    """Whether what hangs on the first conjunct holds for this one: "not agree or pay", but "not agree and paid"."""
    own = any(c.dep_ in ("aux", "auxpass", "neg") and c.tag_ != "TO" for c in shapes.children(conjunct))
    return not own and conjunct.tag_ == conjunct.head.tag_
