"""The model's attribute_ruler with a memory: the same attributes on the same tokens at a small part of the cost.

spaCy's attribute_ruler writes the coarse part of speech, the morphology and some lemmas. It tries about 180 patterns at
every token, a fifth of what the whole model costs, although nearly all of them look at one token only and ask for a few
tags, labels and words. Tokens that such patterns cannot tell apart are one kind: each kind is tried once, and what the
ruler wrote is remembered. Patterns over several tokens are tried in documents that hold what they ask for.
"""

from __future__ import annotations

from typing import Any, cast

import numpy
from spacy.attrs import IDS
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.pipeline import AttributeRuler
from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.types import Ints2d

WRITTEN = [IDS[name] for name in ("POS", "TAG", "DEP", "MORPH", "LEMMA")]
"""What a remembered rule may write; the patterns of one that writes anything else are tried everywhere."""
ELSE = numpy.iinfo("uint64").max
"""In a kind: a value that no pattern asks for; in what is written: the value that the token has already."""

Pattern = list[dict[str, Any]]
"""Of spaCy's Matcher, a dict for each token: [{"LOWER": "gon"}, {"LOWER": "na"}]."""

Match = tuple[int, int, int, int]
"""Number of the rule, its key in the string store, first token, last token + 1."""


@Language.factory("communique_attributes", assigns=["token.pos", "token.tag", "token.morph", "token.lemma"])
def make(nlp: Language, name: str) -> Attributes:
    """Create the component from the attribute_ruler of `nlp`, whose place it takes."""
    ruler = nlp.get_pipe("attribute_ruler")
    assert isinstance(ruler, AttributeRuler)
    return Attributes(ruler)


class Attributes:
    """Writes what the ruler writes: "was", tagged VBD, becomes an AUX with Tense=Past and the lemma "be"."""

    def __init__(self, ruler: AttributeRuler) -> None:
        self.ruler = ruler
        self.remembered: set[int] = set()  # the numbers of the rules that look at one token
        self.others: list[tuple[Matcher, list[tuple[int, set[int]]]]] = []  # patterns with what they ask for
        asked: dict[int, set[int]] = {IDS["TAG"]: set()}  # something to look at, where no rule looks at one token
        for number, rule in enumerate(ruler.patterns):
            patterns = cast(list[Pattern], rule["patterns"])
            names = cast(dict[str, Any], rule["attrs"])
            if {IDS.get(name) for name in names} <= set(WRITTEN) and all(map(_looks_at_one_token, patterns)):
                self.remembered.add(number)
                for pattern in patterns:
                    for name, test in pattern[0].items():
                        asked.setdefault(IDS[name], set()).update(_values(ruler.vocab, test))
                continue
            for pattern in patterns:
                matcher = Matcher(ruler.vocab)
                matcher.add(str(number), [pattern])
                self.others.append((matcher, _needs(ruler.vocab, pattern)))
        self.asked = {name: numpy.array(sorted(values), dtype="uint64") for name, values in asked.items()}
        self.needed = sorted({name for _, needs in self.others for name, _ in needs})
        self.memory: dict[tuple[int, ...], list[int]] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Write the attributes of every token of a tagged and parsed Doc."""
        if len(doc) == 0:
            return doc
        tokens = doc.to_array(list(self.asked)).reshape(len(doc), -1)
        for column, values in zip(tokens.T, self.asked.values(), strict=True):
            column[~numpy.isin(column, values)] = ELSE
        kinds, first, kind_of = numpy.unique(tokens, axis=0, return_index=True, return_inverse=True)
        for kind, i in zip(map(tuple, kinds.tolist()), first.tolist(), strict=True):
            if kind not in self.memory:
                self.memory[kind] = self._written_alone(doc, i)
        matches = self._matches_of_others(doc)
        written = numpy.array([self.memory[kind] for kind in map(tuple, kinds.tolist())], dtype="uint64")[kind_of]
        doc.from_array(WRITTEN, cast(Ints2d, numpy.where(written == ELSE, doc.to_array(WRITTEN), written)))
        self.ruler.set_annotations(doc, matches)  # type: ignore[no-untyped-call]
        return doc

    def _written_alone(self, doc: Doc, i: int) -> list[int]:
        """What the rules that look at one token write there; of two that disagree the later one counts."""
        written = dict.fromkeys(WRITTEN, int(ELSE))
        for number, *_ in self._matches_alone(doc, i):
            written |= self.ruler.attrs[number]
        return list(written.values())

    def _matches_alone(self, doc: Doc, i: int) -> list[Match]:
        matches = self.ruler.match(doc[i : i + 1])  # type: ignore[arg-type]  # places in the slice, not in the Doc
        return [(number, key, i, i + 1) for number, key, *_ in matches if number in self.remembered]

    def _matches_of_others(self, doc: Doc) -> list[Match]:
        """The matches over several tokens, and those of one token on the same words, in the order of the rules."""
        held = {name: set(doc.to_array(name).tolist()) for name in self.needed}
        found: set[Match] = set()
        for matcher, needs in self.others:
            if not any(held[name].isdisjoint(values) for name, values in needs):
                matches = matcher(doc, allow_missing=True)
                found |= {(int(doc.vocab.strings[key]), key, start, end) for key, start, end in matches}
        touched = {range(start, end)[self.ruler.indices[number]] for number, _, start, end in found}
        return sorted(found.union(*(self._matches_alone(doc, i) for i in touched)))


def _looks_at_one_token(pattern: Pattern) -> bool:
    tests = pattern[0].items()
    return len(pattern) == 1 and all(name in IDS and _operator(test) in ("IN", "NOT_IN") for name, test in tests)


def _needs(vocab: Vocab, pattern: Pattern) -> list[tuple[int, set[int]]]:
    """The values one of which some token of a document must have, or the pattern cannot match in it."""
    tests = [test for token in pattern if "OP" not in token for test in token.items()]
    return [(IDS[name], _values(vocab, test)) for name, test in tests if name in IDS and _operator(test) == "IN"]


def _operator(test: Any) -> str:
    """The operator of a test of a token pattern: {"TAG": "NN"} is short for {"TAG": {"IN": ["NN"]}}."""
    return "IN" if not isinstance(test, dict) else next(iter(test)) if len(test) == 1 else "several"


def _values(vocab: Vocab, test: Any) -> set[int]:
    values = next(iter(test.values())) if isinstance(test, dict) else [test]
    return {vocab.strings[value] if isinstance(value, str) else int(value) for value in values}
