"""Lookup: the words of a Doc by position, without making a Python object of each token.

A Token costs a hundred times what a number in an array does, and most words of a text concern no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from spacy.strings import get_string_id
from spacy.tokens import Doc

NO_WORD = 2**64 - 1  # larger than all hashes


class Lookup:
    """Finds tokens by one attribute: `Lookup("LOWER", ["we", "our"])(doc)` -> their positions, in order."""

    def __init__(self, attribute: str, values: Iterable[str]) -> None:
        self._attribute = attribute
        hashes = sorted(get_string_id(value) for value in values)
        self._hashes = np.array([*hashes, NO_WORD], dtype=np.uint64)  # so that every word has a place among them

    def __call__(self, doc: Doc) -> list[int]:
        positions: list[int] = np.flatnonzero(self.mask(doc)).tolist()
        return positions

    def mask(self, doc: Doc) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each token whether it has one of the values."""
        words = array(doc, self._attribute)
        same: np.ndarray[Any, np.dtype[np.bool_]] = self._hashes[np.searchsorted(self._hashes, words)] == words
        return same


def spread(doc: Doc, extents: Mapping[int, tuple[int, int]]) -> list[int | None]:
    """For each token the number of the extent of characters that holds its first one, of nested ones the inner.

    An extent that holds another stands before it: `spread(doc, {0: (0, 90), 1: (10, 20)})`.
    """
    numbers: list[int | None] = [None] * len(doc)
    bounds = np.searchsorted(array(doc, "IDX"), np.array(list(extents.values()), dtype=np.uint64).reshape(-1, 2))
    for number, (first, last) in zip(extents, bounds.tolist(), strict=True):
        numbers[first:last] = [number] * (last - first)
    return numbers


def array(doc: Doc, attribute: str) -> np.ndarray[Any, np.dtype[Any]]:
    """An attribute of all tokens that no component changes any more; several ask for it."""
    known: np.ndarray[Any, np.dtype[Any]] | None = doc.user_data.get(f"communique_{attribute}")
    if known is None:
        known = doc.to_array(attribute) if len(doc) else np.zeros(0, dtype=np.uint64)  # spaCy gives floats for none
        doc.user_data[f"communique_{attribute}"] = known
    return known


def remember(doc: Doc, text: str) -> None:
    """Keep the text that a Doc was made of."""
    doc.user_data["communique_text"] = text


def text(doc: Doc) -> str:
    """The text of a Doc; `doc.text` joins it anew from its tokens each time."""
    known: str | None = doc.user_data.get("communique_text")
    if known is None:
        known = doc.text
        remember(doc, known)
    return known


def sentence_starts(doc: Doc) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each token whether it is a word or mark at which a sentence starts."""
    started: np.ndarray[Any, np.dtype[np.bool_]] = (doc.to_array("SENT_START") == 1) & (doc.to_array("IS_SPACE") == 0)
    return started
