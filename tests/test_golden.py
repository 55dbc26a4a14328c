"""The records of the two texts of raw/, read by eye before they were accepted.

`pytest tests/test_golden.py --update-golden` writes them anew; reading the diff is then a duty. A line holds one item,
so that a diff shows what changed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from spacy.language import Language

from pipeline import ingest
from pipeline import nlp as pipeline_nlp
from pipeline.records import Record
from tests.conftest import ROOT

GOLDEN = Path(__file__).parent / "golden"
LAYERS = ("segments", "entities", "dates", "quantities", "statements", "commitments", "warnings")


def lines(record: Record) -> str:
    fields = record.model_dump(by_alias=True, mode="json")
    rows = [{key: fields[key] for key in ("id", "published", "published_from", "text_sha256")}]
    rows += [{layer: item} for layer in LAYERS for item in fields[layer]]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.mark.parametrize("name", ["000_7339f39d667943b9", "002_1eafbde1e8238f51"])
def test_golden(name: str, nlp: Language, request: pytest.FixtureRequest) -> None:
    (record,) = pipeline_nlp.read(nlp, ingest.read([ROOT / "raw" / f"{name}.txt"]))
    assert isinstance(record, Record)
    path = GOLDEN / name / "record.jsonl"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines(record), encoding="utf-8")
    assert lines(record).splitlines() == path.read_text(encoding="utf-8").splitlines()
