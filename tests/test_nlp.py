"""The pipeline as a whole: order, isolation of failures, and the same bytes for the same input."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import ingest, records
from pipeline import nlp as pipeline_nlp
from pipeline.errors import UsageError
from pipeline.ingest import Failure, Source
from pipeline.records import Record, sha256
from tests.conftest import ROOT


def source(id_: str, text: str) -> Source:
    return Source(id_, f"{id_}.txt", "text/plain", sha256(text), text)


def test_segments_come_before_the_model(nlp: Language) -> None:
    names = nlp.pipe_names
    assert names.index("communique_segments") < names.index("tok2vec") < names.index("communique_entities")


def test_batches_do_not_change_a_record(nlp: Language) -> None:
    sources = [item for item in ingest.read([ROOT / "raw"]) if isinstance(item, Source)]
    fillers = [source(f"f{n}", f"Acme will hire {n} people in 2020.") for n in range(20)]
    together = list(pipeline_nlp.read(nlp, [*fillers, *sources, *fillers[:0]]))[-2:]
    alone = [next(iter(pipeline_nlp.read(nlp, [one]))) for one in sources]
    assert len(alone) == 2
    for a, b in zip(together, alone, strict=True):
        assert isinstance(a, Record) and isinstance(b, Record)
        assert records.dumps(a) == records.dumps(b)


def test_one_bad_document_never_stops_the_others(nlp: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_on_bomb(doc: Doc) -> Doc:
        if "bomb" in doc.text:
            raise ValueError("no such luck")
        return doc

    Language.component("communique_test_bomb", func=break_on_bomb)
    nlp.add_pipe("communique_test_bomb")
    try:
        texts = {"a": "Acme agreed to help.", "b": "A bomb.", "c": "Acme will grow."}
        results = list(pipeline_nlp.read(nlp, [source(id_, text) for id_, text in texts.items()]))
    finally:
        nlp.remove_pipe("communique_test_bomb")
    assert [type(result) for result in results] == [Record, Failure, Record]
    assert isinstance(results[1], Failure)
    assert (results[1].status, "no such luck" in results[1].reason) == ("crashed", True)


def test_failures_keep_their_place(nlp: Language) -> None:
    failure = Failure("x.txt", "x", "invalid", "x.txt: no.")
    results = list(pipeline_nlp.read(nlp, [source("a", "One."), failure, source("b", "Two.")]))
    assert [result.id for result in results] == ["a", "x", "b"]


@pytest.mark.parametrize(
    "text", ["", " \n\t\n", "\N{GRINNING FACE}", "-", "a" * 5000, "\u200f\u202b\u05d0", "1e400 " * 50]
)
def test_awkward_texts_are_records(nlp: Language, text: str) -> None:
    (result,) = pipeline_nlp.read(nlp, [source("x", text)])
    assert isinstance(result, Record), result
    assert ("empty" in [w.code for w in result.warnings]) == (not text.strip())


@pytest.mark.parametrize(
    "text", ["a" * 999, "a" * 1000, "x " + "a" * 2500 + " y", ("," * 1500 + " ") * 2, "1" * 3000 + "\n,"]
)
def test_long_runs_are_cut_and_nothing_is_lost(nlp: Language, text: str) -> None:
    doc = pipeline_nlp.make_doc(nlp, text)
    assert doc.text == text
    assert max(len(token) for token in doc) <= 1000


def test_the_string_store_does_not_grow(nlp: Language) -> None:
    list(pipeline_nlp.read(nlp, [source("a", "Acme agreed to help.")]))
    before = len(nlp.vocab.strings)
    list(pipeline_nlp.read(nlp, [source(f"n{n}", f"Zyxwv{n} agreed to help Qwrtp{n}.") for n in range(10)]))
    assert len(nlp.vocab.strings) == before


@pytest.mark.parametrize("model", ["no_such_model", "spacy"])
def test_a_model_that_cannot_be_used_is_named(model: str) -> None:
    with pytest.raises(UsageError, match=f"--model {model}"):
        pipeline_nlp.load(model)


def test_a_model_without_a_parser_is_named(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "bare")
    with pytest.raises(UsageError, match="it lacks tagger, parser"):
        pipeline_nlp.load(str(tmp_path / "bare"))


def test_the_components_work_in_a_pipeline_of_the_users_own() -> None:
    own = spacy.blank("en")
    own.add_pipe("communique_dates")
    doc = own("Acme opened on 3 May 2014.")
    assert [(span.text, span.id_) for span in doc.spans["dates"]] == [("3 May 2014", "d1")]
