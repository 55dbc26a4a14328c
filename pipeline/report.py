"""The report: records as one HTML page to look at, offline, with what a register says of their promises.

A page holds the records as inert JSON, one style and one script, both named by their hash in a content security policy
that allows nothing else: no request leaves the page, and a document full of script does nothing, since texts reach the
page as text nodes only.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.records import Commitment, Record

Promises = Mapping[tuple[str, int, int, str], dict[str, Any]]
"""What a register says of a commitment, by document, characters and words; `queries.promises` reads it."""

FOLDER = Path(__file__).parent
LAYERS = ("entities", "dates", "quantities", "statements", "commitments")


def render(records: Iterable[Record], promises: Promises | None = None) -> str:
    """The page for some records: a table of commitments, a timeline of deadlines, every document with its layers.

    `promises` adds the thread, status and verdict of each commitment. The same records give the same page. No record at
    all gives a page that says so.
    """
    known = promises or {}
    style, script, page = (page_part(name) for name in ("report.css", "report.js", "report.html"))
    policy = (
        f"default-src 'none'; style-src '{content_hash(style)}'; script-src '{content_hash(script)}'; base-uri 'none'"
    )
    documents = [_document(record, known) for record in records]
    data = _inert(json.dumps(documents, ensure_ascii=False, separators=(",", ":")))
    for mark, part in (("POLICY", policy), ("STYLE", style), ("SCRIPT", script), ("DATA", data)):
        page = page.replace(f"{{{mark}}}", part, 1)
    return page


def _document(record: Record, promises: Promises) -> dict[str, Any]:
    """What the page needs of a record: the text, and its items with their spans and a line that describes each."""
    dates = {date.id: date for date in record.dates}
    items = [
        {"layer": layer, "id": id_, "start": start, "end": end, "facts": facts}
        for layer in LAYERS
        for id_, start, end, facts in _items(record, layer)
    ]
    return {
        "id": record.id,
        "title": record.source.title,
        "published": record.published,
        "url": record.source.url,
        "text": record.text,
        "items": items,
        "commitments": [
            _row(record, c, dates[c.deadline].latest if c.deadline else None)
            | promises.get((record.id, c.start, c.end, c.text), {})
            for c in record.commitments
        ],
        "warnings": [warning.message for warning in record.warnings],
    }


def _items(record: Record, layer: str) -> Iterable[tuple[str, int, int, list[tuple[str, str]]]]:
    for item in getattr(record, layer):
        fields = item.model_dump(by_alias=True, mode="json", exclude={"mentions", "start", "end", "id"})
        facts = [(name, _say(record, name, value)) for name, value in fields.items() if value not in (None, [], False)]
        for span in item.mentions if layer == "entities" else [item]:
            yield item.id, span.start, span.end, facts


def _say(record: Record, field: str, value: Any) -> str:
    """A field of an item in words: a party by its name, a date or an amount by its words."""
    if isinstance(value, list):
        return ", ".join(_say(record, field, one) for one in value)
    if isinstance(value, dict) and "rule" in value:
        return f"{value['text']} (rule {value['rule']})"
    if isinstance(value, dict) and "text" in value:
        name = value.get("name")
        return value["text"] if name in (None, value["text"]) else f"{name} ({value['text']})"
    if isinstance(value, dict):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    if field in ("deadline", "made_on", "quantities"):
        layer = record.quantities if field == "quantities" else record.dates
        return next(item.text for item in layer if item.id == value)
    return str(value)


def _row(record: Record, commitment: Commitment, due: str | None) -> dict[str, Any]:
    amounts = [q for q in record.quantities if q.id in commitment.quantities]
    return {
        "id": commitment.id,
        "start": commitment.start,
        "end": commitment.end,
        "parties": [party.name or f"{party.text} (unresolved)" for party in commitment.committers],
        "force": commitment.force,
        "flags": [flag for flag in ("negated", "conditional") if getattr(commitment, flag)],
        "deadline": _say(record, "deadline", commitment.deadline) if commitment.deadline else "",
        "due": due,
        "page": next(segment.page for segment in record.segments if segment.id == commitment.segment),
        "amounts": [q.text for q in amounts],
        "sizes": [[n, q.unit or q.kind] for q in amounts for n in (q.value, q.low, q.high) if n is not None],
    }


def page_part(name: str) -> str:
    """A file of the page, beside this module: "report.css"."""
    return (FOLDER / name).read_text(encoding="utf-8")


def content_hash(text: str) -> str:
    """The hash by which a content security policy allows a style or a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(data: str) -> str:
    """JSON that cannot end its element or begin another one."""
    for char in "<>&\u2028\u2029":
        data = data.replace(char, f"\\u{ord(char):04x}")
    return data
