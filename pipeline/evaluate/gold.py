"""Gold files and predictions as plain documents, and the spans of which a careful reader may think either way.

Gold has the shape of a record with fewer layers and keys: parties may be bare ids of entities, `action_any` lists other
verbs that count. So both sides are read as JSON objects; what matters of them is checked here, once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline import readers
from pipeline.errors import DocumentError, UsageError
from pipeline.ingest import Source
from pipeline.records import sha256

Document = dict[str, Any]

SPAN_LAYERS = ("dates", "quantities", "commitments")


def read_gold(paths: Sequence[Path]) -> list[Document]:
    """The gold documents of some files; lines with only `id` and `optional` add optional spans to the document.

    Raises UsageError for a line that is no gold, an id that stands for two documents, a span outside its text.
    """
    documents: dict[str, Document] = {}
    optional: dict[str, list[Any]] = {}
    for name, row in _rows(paths):
        optional.setdefault(row["id"], []).extend(row.get("optional") or [])
        if "text" not in row:
            continue
        if row["id"] in documents:
            raise UsageError(f"{name}: the document {row['id']} stands in the gold already.")
        _check_spans(name, row)
        documents[row["id"]] = row
    if not documents:
        raise UsageError(f"{', '.join(map(str, paths))}: no gold document was found; one is a line with id and text.")
    return [document | {"optional": optional[id_]} for id_, document in documents.items()]


def read_predicted(paths: Sequence[Path], gold: Iterable[Document]) -> dict[str, Document]:
    """The predictions by their ids: records, or lines in the shape of gold. Raises UsageError where one was made from
    another text than the gold has, since its offsets mean nothing.
    """
    texts = {document["id"]: document["text"] for document in gold}
    predicted = {}
    for name, row in _rows(paths):
        text = texts.get(row["id"])
        if text is not None:
            if row.get("text") not in (None, text):
                raise UsageError(f"{name}: the text of {row['id']} is not the one of the gold; read that text anew.")
            _check_spans(name, {"text": text} | row)
            predicted[row["id"]] = row
    return predicted


def sources(gold: Iterable[Document]) -> Iterator[Source]:
    """The texts of gold as inputs of the pipeline, with the day of publication that the gold states."""
    for document in gold:
        text = document["text"]
        yield Source(
            document["id"], "gold", "application/jsonl", sha256(text), text, published=document.get("published")
        )


def fingerprint(gold: Sequence[Document]) -> str:
    """SHA-256 of the gold, whatever the order of its files and keys: floors hold for the gold they were measured on."""
    lines = sorted(json.dumps(document, sort_keys=True, ensure_ascii=False) for document in gold)
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()


def without_optional(predicted: Document, gold: Document) -> Document:
    """A prediction without what touches only optional spans of the gold."""
    if not gold.get("optional"):
        return predicted
    kept = dict(predicted)
    for layer in SPAN_LAYERS:
        kept[layer] = [item for item in predicted.get(layer) or [] if _counts(item, layer, gold)]
    kept["entities"] = [
        entity | {"mentions": [m for m in entity.get("mentions") or [] if _counts(m, "entities", gold)]}
        for entity in predicted.get("entities") or []
    ]
    return kept


def _counts(item: Any, layer: str, gold: Document) -> bool:
    if not any(_covers(item, span) for span in gold["optional"] if span["layer"] == layer):
        return True
    wanted = gold.get(layer) or []
    if layer == "entities":
        wanted = [m for entity in wanted if entity.get("type") != "GROUP" for m in entity["mentions"]]
    return any(_covers(item, span) for span in wanted)


def _covers(a: Any, b: Any) -> bool:
    common: int = min(a["end"], b["end"]) - max(a["start"], b["start"])
    return common > 0 and bool(2 * common >= min(a["end"] - a["start"], b["end"] - b["start"]))


def _rows(paths: Iterable[Path]) -> Iterator[tuple[str, Document]]:
    for path in readers.files(paths):
        try:
            for place, content in readers.written(path):
                row = json.loads(content)
                if not isinstance(row, dict) or not isinstance(row.get("id"), str):
                    raise UsageError(f"{place.name}: found no object with an `id`; gold has one document a line.")
                yield place.name, row
        except ValueError as error:
            raise UsageError(f"{path}: not valid JSON ({error}).") from error
        except DocumentError as error:
            raise UsageError(str(error)) from error


def _check_spans(name: str, row: Document) -> None:
    spans = [m for entity in row.get("entities") or [] for m in entity.get("mentions") or []]
    for layer in SPAN_LAYERS:
        spans += [item for item in row.get(layer) or [] if item.get("start") is not None]
    for span in spans:
        start, end = span.get("start"), span.get("end")
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(row["text"])):
            raise UsageError(f"{name}: the span {start}:{end} does not lie in the text of {row['id']}.")
