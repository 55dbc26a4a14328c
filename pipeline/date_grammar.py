"""The grammar of time expressions: `rules/dates/*.toml` compiled once, matched on raw text with exact offsets.

A text is cut into lexemes (a word, a number, a mark). Every distinct set of word tables that a lexeme belongs to is
one private character, so that a text becomes a short string and every phrase rule a plain regular expression over
it: `the? {month} {year}` is `T?[M][Y]`. What a phrase captures are unresolved fields ({"month": 4, "year": 2018});
`pipeline.date_anchors` makes values of them.

spaCy is not needed here, see `read_date`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from typing import Any, Literal

from pydantic import model_validator

from pipeline import rulebook
from pipeline.errors import UsageError
from pipeline.records import Mod, Relation
from pipeline.rulebook import Lower, Pattern, Rule
from pipeline.timex import Point

Value = int | str
Fields = dict[str, Value]

UNKNOWN, BREAK = "\ue000", "\ue001"
_FIRST_KIND = 0xE010
_PHRASE_PIECE = re.compile(r"\{(?:(?P<field>\w+):)?(?P<table>\w+)\}|(?P<word>[a-z']+)|(?P<operator>\(|\)[?*]?|\||\?)|\s+")


class Words(Rule):
    """A table of words of one sort with what each stands for: months, units, number words."""

    words: dict[Lower, Value]
    capital: bool = False
    """Whether the word counts only with a capital: "Monday", "May"."""


class Shape(Rule):
    """A form of lexeme that has to be spelt out: "3rd", "1990s", "FY2024". Named groups become fields."""

    pattern: Pattern
    tables: list[str]
    """The word tables that such a lexeme counts as a member of."""


class Part(Rule):
    """A piece of phrases that is longer than a word, such as the amount "two and a half"."""

    phrase: str


class Phrase(Rule):
    """A time expression. `phrase` is made of {table} or {field:table}, lower-case words and ( | ) ?."""

    phrase: str
    reading: Literal["point", "range", "relative", "distance", "length", "set", "vague", "nothing"]
    fields: Fields = {}
    """Fields that the phrase has without a word of its own: {unit = "day"} in "tomorrow"."""
    needs: list[str] = []
    """The evidence without which the phrase is not read, see `pipeline.dates`."""


class Modifier(Rule):
    """Words before an expression that become part of it and set its `mod`: "the end of 2020"."""

    phrase: str
    mod: Mod
    after: bool = False
    """Whether the words stand behind the expression ("or later")."""
    units: list[str]
    """The granularities, or "length", that the modifier goes with."""


class RelationWords(Rule):
    """Words right before an expression that say how the matter relates to it: "no later than" = by."""

    relation: Relation
    phrases: list[Lower]


class Cue(Rule):
    """Words before a bare weekday, month or day that say whether it lies ahead (+1) or behind (-1)."""

    direction: Literal[-1, 1]
    words: list[Lower]


RULES: dict[str, type[Rule]] = {
    "words": Words, "shapes": Shape, "parts": Part, "points": Phrase, "ranges": Phrase, "relatives": Phrase,
    "lengths": Phrase, "sets": Phrase, "refusals": Phrase, "modifiers": Modifier, "relations": RelationWords, "cues": Cue,
}  # fmt: skip
PHRASE_FILES = ("points", "ranges", "relatives", "lengths", "sets", "refusals")


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a text: lexemes `first` to `last` (exclusive), its characters, and the fields it captured."""

    first: int
    last: int
    start: int
    end: int
    rule: Phrase
    rules: tuple[str, ...]
    fields: Fields


@dataclass(slots=True)
class Lexemes:
    """A text cut into lexemes: where each starts and ends, and the string of their kinds."""

    text: str
    starts: list[int]
    ends: list[int]
    kinds: str

    def word(self, n: int) -> str:
        """The n-th lexeme in lower case; empty outside the text."""
        return self.text[self.starts[n] : self.ends[n]].lower() if 0 <= n < len(self.starts) else ""
