"""Counts, one-to-one pairs, and what is told of a disagreement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from pipeline import rulebook
from pipeline.rulebook import Entry

CONTEXT = 40

T = TypeVar("T")


class Words(Entry):
    """A list of words of rules/evaluate/words.jsonl."""

    words: list[str]


@dataclass
class Count:
    """How many were right, of how many in the gold and how many predicted."""

    right: float = 0
    gold: float = 0
    predicted: float = 0

    @property
    def precision(self) -> float:
        """Right ones among the predicted; 0 where nothing was predicted."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Right ones among the gold."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return f1(self.precision, self.recall)

    def add(self, right: float, gold: float, predicted: float) -> None:
        """Add a document's counts."""
        self.right += right
        self.gold += gold
        self.predicted += predicted


@dataclass(frozen=True)
class Disagreement:
    """Where gold and prediction differ: `kind` is missed, spurious or what is wrong; the words in their context."""

    document: str
    layer: str
    kind: str
    start: int
    gold: str
    predicted: str
    context: str


@dataclass
class Score:
    """The figures of a layer in the order in which they are printed, and where the two sides differ."""

    figures: dict[str, Count | float | None] = field(default_factory=dict)
    disagreements: list[Disagreement] = field(default_factory=list)

    def differ(self, layer: str, kind: str, gold: Any, start: int, end: int, wanted: str, got: str) -> None:
        """Note a disagreement at the characters `start:end` of a gold document."""
        text = gold["text"]
        low, high = max(0, start - CONTEXT), end + CONTEXT
        context = f"{text[low:start]}[{text[start:end]}]{text[end:high]}"
        found = Disagreement(gold["id"], layer, kind, start, wanted, got, " ".join(context.split()))
        self.disagreements.append(found)


def f1(precision: float, recall: float) -> float:
    """The harmonic mean of two shares."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def share(right: float, of: float) -> float | None:
    """A share, None of nothing."""
    return right / of if of else None


def pair(gold: Sequence[T], predicted: Sequence[T], rank: Callable[[T, T], Any]) -> list[tuple[int, int]]:
    """One-to-one pairs of indices, the best ranks first, of equal ranks the first ones; a false rank is no pair."""
    candidates = []
    for i, g in enumerate(gold):
        for j, p in enumerate(predicted):
            ranked = rank(g, p)
            if ranked:
                candidates.append((ranked, -i, -j))
    used_gold: set[int] = set()
    used_predicted: set[int] = set()
    pairs = []
    for _, i, j in sorted(candidates, reverse=True):
        if i not in used_gold and j not in used_predicted:
            used_gold.add(i)
            used_predicted.add(j)
            pairs.append((-i, -j))
    return pairs


def shared(a: tuple[int, int], b: tuple[int, int]) -> int:
    """How many characters two stretches share."""
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def words(id_: str) -> frozenset[str]:
    """A word list of rules/evaluate/words.jsonl."""
    return _words()[id_]


@cache
def _words() -> dict[str, frozenset[str]]:
    return {entry.id: frozenset(entry.words) for entry in rulebook.load_file("evaluate", "words", Words)}


def rows(items: Iterable[Any]) -> list[Any]:
    """Spans in reading order."""
    return sorted(items, key=lambda item: (item["start"], item["end"]))
