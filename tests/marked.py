"""Records written by hand, for tests: a sentence with its parts marked becomes a record with one commitment.

    "[Acme](committer) will [build](action) [a plant in Leeds](object) by [2027](deadline; relation=by)."

Marks: committer, beneficiary and made_at (type, iso, name; `type=GROUP` is a description without an entity), name (any
other entity), action (lemma, force, negated, conditional, status), object, amount (value, kind, unit, item, from),
number (a quantity that is not promised), deadline and made_on (value, relation). The evidence goes from the first mark
to the end of the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.records import Record, sha256
from pipeline.rulebook import Mark, parse_example
from pipeline.timex import Point


def record(written: str, id: str = "doc", published: str | None = None, **source: str) -> Record:
    """The record of a sentence: `record("[Acme](committer) will [hire](action) [staff](object).")`."""
    example = parse_example(written)
    text, marks = example.text, example.marks
    body = text.rstrip(".\n")
    entities, parties = _parties(text, marks)
    numbers = _of(marks, "amount", "number")
    amounts = [_amount(text, mark, n) for n, mark in enumerate(numbers, 1)]
    dates = [_date(text, mark, f"d{n}") for n, mark in enumerate(_of(marks, "deadline", "made_on"), 1)]
    ids = {mark.main: f"d{n}" for n, mark in enumerate(_of(marks, "deadline", "made_on"), 1)}
    (action,) = _of(marks, "action")
    objects = [_span(text, mark) for mark in _of(marks, "object")]
    start = min(mark.start for mark in marks)
    commitment = {
        "id": "c1", "start": start, "end": len(body), "text": text[start : len(body)], "segment": "g1",
        "committers": parties["committer"], "beneficiaries": parties["beneficiary"],
        "made_at": next(iter(parties["made_at"]), None), "object": objects[0] if objects else None,
        "action": action.values.get("lemma", text[action.start : action.end]),
        "force": action.values.get("force", "intends"), "negated": "negated" in action.values,
        "conditional": "conditional" in action.values, "status": action.values.get("status", "open"),
        "quantities": [amount["id"] for amount, mark in zip(amounts, numbers, strict=True) if mark.main == "amount"],
        "deadline": ids.get("deadline"), "made_on": ids.get("made_on"),
        "trigger": _span(text, action) | {"rule": "by_hand"},
    }  # fmt: skip
    return Record.model_validate(
        {
            "id": id, "text": text, "text_sha256": sha256(text), "published": published,
            "made_by": {"communique": "0", "model": "none", "rules": "0" * 64},
            "source": {"path": f"{id}.txt", "media_type": "text/plain", "sha256": "0" * 64} | source,
            "segments": [{"id": "g1", "start": 0, "end": len(text), "kind": "paragraph"}],
            "entities": entities, "dates": dates, "quantities": amounts, "commitments": [commitment],
        }
    )  # fmt: skip


def _parties(text: str, marks: tuple[Mark, ...]) -> tuple[list[Any], dict[str, list[Any]]]:
    """The entities, and the parties in each role."""
    entities: list[Any] = []
    roles: dict[str, list[Any]] = {"committer": [], "beneficiary": [], "made_at": [], "name": []}
    for mark in _of(marks, *roles):
        span, values = _span(text, mark), mark.values
        party = span | {"name": values.get("name", span["text"]), "entity": None}
        if values.get("type") != "GROUP":
            link = {"scheme": "iso3166", "id": values["iso"]} if "iso" in values else None
            party["entity"] = f"e{len(entities) + 1}"
            kind = "GPE" if link else values.get("type", "ORG")
            shorts = [_place(text, short) for short in values.get("short", "").split()]
            entity = {"type": kind, "name": party["name"], "link": link, "mentions": [span, *shorts]}
            entities.append({"id": party["entity"]} | entity)
        roles[mark.main].append(party)
    return entities, roles


def _amount(text: str, mark: Mark, n: int) -> dict[str, Any]:
    values: Mapping[str, str] = mark.values
    amount: dict[str, Any] = {"id": f"q{n}", "value": float(values["value"]), "kind": values.get("kind", "money")}
    amount |= {"unit": values.get("unit"), "item": values.get("item"), "per": values.get("per")}
    if "from" in values:
        amount["change"] = {"from": float(values["from"]), "to": float(values["value"])}
    return _span(text, mark) | amount


def _date(text: str, mark: Mark, id_: str) -> dict[str, Any]:
    value = mark.values.get("value", text[mark.start : mark.end])
    earliest, latest = Point.parse(value).interval()
    date = {"id": id_, "type": "DATE", "value": value, "relation": mark.values.get("relation")}
    return _span(text, mark) | date | {"earliest": earliest, "latest": latest}


def _of(marks: tuple[Mark, ...], *mains: str) -> list[Mark]:
    return [mark for mark in marks if mark.main in mains]


def _span(text: str, mark: Mark) -> dict[str, Any]:
    return {"start": mark.start, "end": mark.end, "text": text[mark.start : mark.end]}


def _place(text: str, words: str) -> dict[str, Any]:
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words}
