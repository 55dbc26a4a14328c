"""The language of a text: English, another one, or too little text to tell.

Only function words are counted, from a list of our own: "the", "of" and "that" make a quarter of an English release and
next to nothing of any other.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pipeline import rulebook

WORD = re.compile(r"[^\W\d_]+")
MIN_WORDS = 20
MIN_FOUND = 2  # one may be chance: "to" is two in Danish
MIN_LETTERS = 100  # scripts that part no words count by letters
LOOKED_AT = 100_000  # characters

Language = Literal["en", "other"]


class Words(rulebook.Rule):
    """The words of a language, and the share of them that a text in it has at least."""

    words: list[rulebook.Lower]
    share: Annotated[float, Field(gt=0, lt=1)]


RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {"words": Words}


def of(text: str, rules: str | Path | None = None) -> Language | None:
    """The language of a text; None for one of fewer than 20 words.

    >>> of("Der Rat hat beschlossen, am Fluss zweitausend Bäume zu pflanzen. " * 3), of("Acme agreed to help.")
    ('other', None)
    """
    found = WORD.findall(text[:LOOKED_AT])
    if len(found) < MIN_WORDS and sum(map(len, found)) < MIN_LETTERS:
        return None
    counts = [(sum(word.lower() in words for word in found), share) for words, share in load(rules)]
    return "en" if any(count >= max(MIN_FOUND, share * len(found)) for count, share in counts) else "other"


@cache
def load(rules: str | Path | None = None) -> list[tuple[frozenset[str], float]]:
    """The words of each rule and their share; UsageError for a rule of the folder `rules` that is wrong."""
    return [(frozenset(rule.words), rule.share) for rule in rulebook.load("language", RULES, rules)["words"]]
