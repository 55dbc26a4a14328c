"""The layers of a Doc: where every component puts what it found.

A layer is a list of record models (`Segment`, `Entity`, `Date`, ...) in `doc._.communique_<layer>`. The models
carry exact character offsets, since a press text cuts tokens where it likes ("EUR 40-50m" is two tokens of one
range) and spaCy shares `span._.x` between all spans with equal token offsets. `doc.spans[<layer>]` holds the
tokens that each item touches, with the item's id as `span.id_`, for displaCy and for a user's own components.
`doc.ents` stays the model's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.tokens import Doc, Span, SpanGroup

from pipeline import records

LAYERS = ("segments", "entities", "dates", "quantities", "statements", "commitments")

for _layer in LAYERS:
    Doc.set_extension(f"communique_{_layer}", default=[])
Doc.set_extension("communique_layout", default=())
Doc.set_extension("communique_url", default=None)
Doc.set_extension("communique_language", default=None)
Doc.set_extension("communique_published", default=None)
Doc.set_extension("communique_published_from", default=None)
Doc.set_extension("communique_warnings", default=[])


def get(doc: Doc, layer: str) -> list[Any]:
    """The items of a layer in reading order: `[Date(...), ...]` for "dates"; empty before its component ran."""
    items: list[Any] = getattr(doc._, f"communique_{layer}")
    return items


def put(doc: Doc, layer: str, items: Sequence[Any]) -> None:
    """Store a layer's items, and the tokens that they touch as `doc.spans[layer]`."""
    setattr(doc._, f"communique_{layer}", list(items))
    spans = [tokens(doc, start, end, id_, label) for start, end, id_, label in _extents(layer, items)]
    doc.spans[layer] = SpanGroup(doc, name=layer, spans=[span for span in spans if span is not None])


def put_more(doc: Doc, layer: str, items: Sequence[Any], added: Sequence[Span]) -> None:
    """Store a layer's items anew where all their tokens are known but those of `added`, since each costs a search."""
    setattr(doc._, f"communique_{layer}", list(items))
    doc.spans[layer].extend(added)


def tokens(doc: Doc, start: int, end: int, id_: str = "", label: str = "") -> Span | None:
    """The tokens that the characters `start:end` touch, wholly or in part; None where there are none."""
    return doc.char_span(start, end, label=label, span_id=id_, alignment_mode="expand")


def warn(doc: Doc, code: str, message: str) -> None:
    """Add a warning to the document's record: a stable code and a sentence."""
    doc._.communique_warnings = [*doc._.communique_warnings, records.Warning(code=code, message=message)]


def _extents(layer: str, items: Iterable[Any]) -> Iterable[tuple[int, int, str, str]]:
    for item in items:
        if layer == "entities":
            for mention in item.mentions:
                yield mention.start, mention.end, item.id, item.type
        else:
            label = next((v for k in ("kind", "type", "force") if (v := getattr(item, k, None))), layer)
            yield item.start, item.end, item.id, label
