"""Phrases of the rules as regular expressions, and a quick look whether a text can end with one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LAST = re.compile(r"(\w+|[^\w\s])[\s-]?\Z")


def any_of(phrases: Iterable[str]) -> str:
    """A regular expression for any of the phrases, the longest first; any space may stand between their words."""
    return "|".join(re.escape(p).replace(r"\ ", r"\s") for p in sorted(phrases, key=lambda p: (-len(p), p)))


def one_space(phrase: str) -> str:
    """A phrase of the text as the rules write it: lower case, single spaces."""
    return re.sub(r"\s", " ", phrase.lower())


class Endings:
    """Whether a text can end with one of some phrases, by its last word or sign; the search for the phrase itself takes
    ten times as long, and before most numbers of a text no phrase stands.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._last = {match[1].lower() for match in map(_LAST.search, phrases) if match is not None}

    def possible(self, text: str) -> bool:
        """False where no phrase ends the text, before a space or a hyphen: "children aged "."""
        match = _LAST.search(text)
        return match is not None and match[1].lower() in self._last
