"""Lookup: the words of a Doc by position, without making a Python object of each token.

A Token costs a hundred times what a number in an array does, and most words of a text concern no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from spacy.strings import get_string_id
from spacy.tokens import Doc


class Lookup:
    """Finds tokens by one attribute: `Lookup("LOWER", ["we", "our"])(doc)` -> their positions, in order."""

    def __init__(self, attribute: str, values: Iterable[str]) -> None:
        self._attribute = attribute
        self._hashes = np.array(sorted(get_string_id(value) for value in values), dtype=np.uint64)

    def __call__(self, doc: Doc) -> list[int]:
        positions: list[int] = np.flatnonzero(self.mask(doc)).tolist()
        return positions

    def mask(self, doc: Doc) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each token whether it has one of the values."""
        return np.isin(doc.to_array(self._attribute), self._hashes)


def spread(doc: Doc, extents: Mapping[int, tuple[int, int]]) -> list[int | None]:
    """For each token the number of the extent of characters that holds its first one, of nested ones the inner.

    An extent that holds another stands before it: `spread(doc, {0: (0, 90), 1: (10, 20)})`.
    """
    starts = doc.to_array("IDX")
    numbers: list[int | None] = [None] * len(doc)
    for number, (start, end) in extents.items():
        first, last = np.searchsorted(starts, (start, end)).tolist()
        numbers[first:last] = [number] * (last - first)
    return numbers


def text(doc: Doc) -> str:
    """The text of a Doc; `doc.text` joins it anew from its tokens each time."""
    known: str | None = doc.user_data.get("communique_text")
    if known is None:
        known = doc.user_data["communique_text"] = doc.text
    return known


def sentence_starts(doc: Doc) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each token whether a sentence starts at it."""
    started: np.ndarray[Any, np.dtype[np.bool_]] = doc.to_array("SENT_START") == 1
    return started
