"""The pipeline against the gold of tests/gold: no figure falls below the floors pinned there."""

from __future__ import annotations

from pipeline import evaluate
from pipeline.evaluate import floors, gold
from pipeline.records import Record
from tests.conftest import GOLD

FLOORS = GOLD[0].parent / "floors.toml"


def test_no_figure_is_below_its_floor(gold_read: list[Record]) -> None:
    documents = gold.read_gold(GOLD)
    predicted = {record.id: record.model_dump(mode="json", by_alias=True) for record in gold_read}
    pinned = floors.read(FLOORS, gold.fingerprint(documents))
    assert {name.split(".")[0] for name in pinned.floors} == set(evaluate.LAYERS)
    fallen = floors.below(pinned, evaluate.flat(evaluate.score(documents, predicted)))
    assert fallen == [], f"to see the differences: communique evaluate {' '.join(map(str, GOLD))} --errors 20"
