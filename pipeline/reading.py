"""A text while its names are found: its words, and what each source already knows about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import NamedTuple

from pipeline.gazetteer import Lexicon, Text
from pipeline.records import EntityType

JOINERS = ("and", "&")
DASHES = ("-", "‐", "‑", "–")
BULLETS = frozenset((*DASHES, "•", "*", "·"))
STOPS = frozenset((".", "!", "?", ":", '"', "“", "”"))  # a capital behind one of these says nothing
NOT_NOMINAL = frozenset(("VERB", "AUX", "ADV", "PRON", "DET", "SCONJ", "CCONJ", "INTJ"))
MAX_WORDS = 14  # the longest run that a rule builds

# How sure a source is. Names that overlap are chosen by the tens, then by length, then by the rest.
SHAPE, SEAT, FIRST, TABLE, HEAD = 60, 58, 53, 52, 51
CUED, TITLE, GIVEN, MODEL, SITED, TABLE_WORD, MODEL_WORD = 38, 35, 34, 31, 22, 21, 10


class Name(NamedTuple):
    """One name in a text: the words `i:j`, its type, the rules that found it and how sure they are."""

    i: int
    j: int
    type: EntityType
    rules: tuple[str, ...]
    weight: int


NOBODY = Name(0, 0, "PERSON", (), 0)
"""What is known about a word of which nothing is known."""


def choose(found: Iterable[Name]) -> list[Name]:
    """The surest of names that overlap, then the longest; in reading order."""
    chosen: list[Name] = []
    together: list[Name] = []
    end = 0
    for name in sorted(found, key=itemgetter(0)):
        if name.i >= end:
            chosen += together if len(together) < 2 else _surest(together)
            together, end = [name], name.j
        else:
            together.append(name)
            end = max(end, name.j)
    return chosen + _surest(together)


def _surest(together: list[Name]) -> list[Name]:
    taken: set[int] = set()
    chosen = []
    for name in sorted(together, key=lambda n: (-(n.weight // 10), n.i - n.j, -n.weight, n.i)):
        if taken.isdisjoint(range(name.i, name.j)):
            taken.update(range(name.i, name.j))
            chosen.append(name)
    return sorted(chosen, key=itemgetter(0))


class Reading:
    """The words of one text with what is known about each so far; `tag` gives the part of speech at a character."""

    def __init__(self, text: Text, lexicon: Lexicon, tag: Callable[[int], str]) -> None:
        self.text, self.lexicon, self.tag = text, lexicon, tag
        self.words, self.homes = text.words, text.homes
        self.known: dict[int, Name] = {}
        """The table's names, by each of their words."""
        self.people: dict[int, Name] = {}
        """The model's people, by each of their words."""
        self.offices: set[int] = set()
        """The words of titles that a person or a portfolio follows: "Secretary of State"."""
        self._headline_words: dict[str, bool] = {}

    def word(self, k: int) -> str:
        """Word `k`, or nothing outside the text."""
        return self.words[k] if 0 <= k < len(self.words) else ""

    def same_segment(self, k: int, other: int) -> bool:
        """Whether two words stand in one segment that is to be read."""
        return 0 <= k < len(self.words) and self.homes[k] == self.homes[other] >= 0

    def in_headline(self, k: int) -> bool:
        """Whether word `k` stands in a headline, where a capital says nothing."""
        return self.homes[k] in self.text.headlines

    def only_in_headlines(self, word: str) -> bool:
        """Whether a word of the text stands in no running text."""
        if word not in self._headline_words:
            self._headline_words[word] = all(map(self.in_headline, self.text.index[word]))
        return self._headline_words[word]

    def shouted(self, i: int, j: int) -> bool:
        """Whether the words `i:j` are part of a longer run in capitals: "BOOSTING CLEAN ENERGY: Today ..."."""
        loud = j - i > 1 and all(len(word) > 1 and word.isupper() for word in self.words[i:j])
        return loud and any(
            self.same_segment(k, i) and self.words[k].isupper() and len(self.words[k]) > 2 for k in (i - 1, j)
        )

    def opens(self, k: int) -> bool:
        """Whether word `k` is the first of its segment or sentence."""
        if k == 0 or self.homes[k - 1] != self.homes[k] or self.words[k - 1] in STOPS:
            return True
        return self.words[k - 1] in BULLETS and (k == 1 or self.homes[k - 2] != self.homes[k])

    def is_title(self, k: int) -> bool:
        """Whether a title starts at word `k`."""
        return self.words[k] in self.lexicon.titles and self.lexicon.titles.match(self.text, k) is not None

    def hyphenated(self, k: int) -> bool:
        """Whether word `k` is a hyphen between two words: "Bauer-Kahan"."""
        return self.word(k) in DASHES and self.text.next_to(k) and self.text.next_to(k + 1)

    def verbal(self, k: int) -> bool:
        """Whether word `k` is no part of a noun phrase, where its capital does not tell."""
        if self.in_headline(k):
            return self.words[k] in self.lexicon.headline_verbs or self._tagged_verbal(k)
        return k not in self.known and self.opens(k) and self._tagged_verbal(k)

    def fits(self, k: int) -> bool:
        """Whether word `k` may stand in a capitalised run."""
        if not self.words[k][0].isupper() or k in self.known:
            return self.words[k][0].isupper()
        word = self.words[k].capitalize() if self.words[k].isupper() and len(self.words[k]) > 1 else self.words[k]
        return word not in self.lexicon.openers and not self.verbal(k)

    def _tagged_verbal(self, k: int) -> bool:
        return self.tag(self.text.starts[k]) in NOT_NOMINAL
