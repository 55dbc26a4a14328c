"""Evaluate: how well records agree with gold, layer by layer and slot by slot.

    gold      what careful readers marked: JSON lines in the shape of records, with only the layers that they annotated
    predicted the records of the same documents

`score` compares them, `floors` tells whether a figure fell below a pinned one. Precision is over what was predicted,
recall over the gold, F1 their harmonic mean, all summed over the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.evaluate import commitments, dates, entities, quantities
from pipeline.evaluate.counting import Count, Disagreement, Score
from pipeline.evaluate.gold import Document, without_optional

LAYERS: dict[str, Callable[[Sequence[tuple[Document, Document]]], Score]] = {
    "entities": entities.score,
    "dates": dates.score,
    "quantities": quantities.score,
    "commitments": commitments.score,
}


def score(gold: Sequence[Document], predicted: dict[str, Document]) -> dict[str, Score]:
    """The score of each layer that some gold document has; a document without a prediction counts as empty.

    Predictions that touch only optional spans of the gold count neither as right nor as wrong.
    """
    scores = {}
    for layer, scorer in LAYERS.items():
        pairs = [(g, without_optional(predicted.get(g["id"], {}), g)) for g in gold if layer in g]
        if pairs:
            scores[layer] = scorer(pairs)
    return scores


def flat(scores: dict[str, Score]) -> dict[str, float]:
    """All figures by their dotted names: {"dates.strict.f1": 0.861}."""
    figures: dict[str, Any] = {}
    for layer, scored in scores.items():
        for name, figure in scored.figures.items():
            if isinstance(figure, Count):
                for part in ("precision", "recall", "f1"):
                    figures[f"{layer}.{name}.{part}"] = getattr(figure, part)
            elif figure is not None:
                figures[f"{layer}.{name}"] = figure
    return figures


__all__ = ["LAYERS", "Count", "Disagreement", "Document", "Score", "flat", "score"]
