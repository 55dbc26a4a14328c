"""Fixtures of all tests: the pipeline is loaded once, and every rule example is parsed once, in one batch."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before numpy is imported

from collections.abc import Callable
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import nlp as pipeline_nlp
from pipeline.evaluate import gold
from pipeline.ingest import Source
from pipeline.records import Record, sha256

ROOT = Path(__file__).parent.parent
GOLD = [path for path in sorted((ROOT / "tests" / "gold").glob("*.jsonl")) if path.stem != "statements"]
"""Gold of all layers that `evaluate` scores; the gold of statements is read by their own test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew; read the diff afterwards")


@pytest.fixture(scope="session")
def nlp() -> Language:
    """The whole pipeline with the default model."""
    return pipeline_nlp.load()


@pytest.fixture(scope="session")
def gold_read(nlp: Language) -> list[Record]:
    """The records of the texts in tests/gold, read once."""
    results = list(pipeline_nlp.read(nlp, gold.sources(gold.read_gold(GOLD))))
    records = [result for result in results if isinstance(result, Record)]
    assert len(records) == len(results), results
    return records


@pytest.fixture
def read(nlp: Language) -> Callable[..., Record]:
    """Read one text into a record: `read("NATO agreed to ...", published="2018-04")`."""

    def read_text(text: str, published: str | None = None) -> Record:
        source = Source("doc", "doc.txt", "text/plain", sha256(text), text, published=published)
        (result,) = pipeline_nlp.read(nlp, [source])
        assert isinstance(result, Record), result
        return result

    return read_text


@pytest.fixture
def parse(nlp: Language) -> Callable[..., Doc]:
    """Run the pipeline over one text and keep the Doc."""

    def parse_text(text: str, published: str | None = None) -> Doc:
        return nlp(pipeline_nlp.make_doc(nlp, text, published))

    return parse_text
