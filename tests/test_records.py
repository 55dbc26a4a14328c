"""The record refuses whatever could not be trusted: a wrong slice, a dangling id, an unknown key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline import records
from pipeline.records import Record, sha256

TEXT = "NATO agreed in 2018 to send 50 trucks."


def fields() -> dict[str, Any]:
    party = {"name": "NATO", "start": 0, "end": 4, "text": "NATO", "entity": "e1"}
    return {
        "id": "doc",
        "made_by": {"communique": "0", "model": "m 1", "rules": "0" * 64},
        "source": {"path": "doc.txt", "media_type": "text/plain", "sha256": "0" * 64},
        "text": TEXT,
        "text_sha256": sha256(TEXT),
        "segments": [{"id": "g1", "start": 0, "end": len(TEXT), "kind": "paragraph"}],
        "entities": [
            {"id": "e1", "type": "ORG", "name": "NATO", "mentions": [{"start": 0, "end": 4, "text": "NATO"}]},
        ],
        "dates": [{"id": "d1", "start": 15, "end": 19, "text": "2018", "type": "DATE", "value": "2018"}],
        "quantities": [{"id": "q1", "start": 28, "end": 37, "text": "50 trucks", "value": 50, "kind": "count"}],
        "commitments": [
            {
                "id": "c1", "start": 0, "end": 37, "text": TEXT[:37], "segment": "g1", "committers": [party],
                "action": "send", "force": "agreed", "quantities": ["q1"], "made_on": "d1",
                "trigger": {"start": 5, "end": 11, "text": "agreed", "rule": "agree_to_verb"},
            },
        ],
    }  # fmt: skip


def test_a_good_record_survives_json() -> None:
    record = Record.model_validate(fields())
    assert Record.model_validate_json(records.dumps(record)) == record
    assert json.loads(records.dumps(record))["commitments"][0]["committers"][0]["name"] == "NATO"


def test_a_change_is_written_with_the_key_from() -> None:
    change = records.Change.model_validate({"from": 13000, "to": 16000, "direction": "increase"})
    assert json.loads(change.model_dump_json(by_alias=True)) == {"from": 13000, "to": 16000, "direction": "increase"}


def change_at(path: str, value: Any) -> dict[str, Any]:
    changed = fields()
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = changed
    for part in parents:
        place = place[part]
    place[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("dates.0.start", 14, "dates[0]"),
        ("entities.0.mentions.0.text", "Nato", "entities[0].mentions[0]"),
        ("commitments.0.trigger.end", 12, "commitments[0].trigger"),
        ("commitments.0.committers.0.end", 5, "commitments[0].committers[0]"),
        ("commitments.0.object", {"start": 0, "end": 4, "text": "it"}, "commitments[0].object"),
        ("commitments.0.quantities", ["q7"], "'q7'"),
        ("commitments.0.made_on", "q1", "'q1'"),
        ("commitments.0.committers.0.entity", "e9", "'e9'"),
        ("commitments.0.segment", "g9", "'g9'"),
        ("commitments.0.committers", [], "at least 1 item"),
        ("segments.0.end", 999, "segments[0]"),
        ("text_sha256", "1" * 64, "text_sha256"),
        ("surprise", 1, "Extra inputs"),
        ("dates.0.certainty", 0.5, "Extra inputs"),
        ("published", "May 2018", "pattern"),
        ("quantities.0.value", float("inf"), "finite"),
        ("schema_version", "2", "'1'"),
    ],
)
def test_a_record_refuses(path: str, value: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Record.model_validate(change_at(path, value))
    assert message in str(caught.value)


def test_ids_are_used_once() -> None:
    twice = fields()
    twice["dates"] *= 2
    with pytest.raises(ValidationError, match="'d1' is used twice"):
        Record.model_validate(twice)


def test_offsets_are_code_points() -> None:
    text = "\N{GRINNING FACE}e\N{COMBINING ACUTE ACCENT} 50 trucks"
    quantity = {"id": "q1", "start": 4, "end": 13, "text": "50 trucks", "kind": "count"}
    new = fields() | {"text": text, "text_sha256": sha256(text), "segments": [], "entities": [], "dates": []}
    assert Record.model_validate(new | {"quantities": [quantity], "commitments": []}).quantities[0].start == 4
