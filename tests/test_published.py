"""The document's date: metadata, then the header, then the option, and never the clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline import nlp as pipeline_nlp
from pipeline.ingest import Source
from pipeline.records import Record, sha256


def codes(record: Record) -> list[str]:
    return [warning.code for warning in record.warnings]


def test_the_header_states_the_date(read: Callable[..., Record]) -> None:
    record = read("Media Backgrounder\n\nApril 2018\n\nThe fund grew.")
    assert (record.published, record.published_from, codes(record)) == ("2018-04", "text", [])


def test_metadata_come_first_and_a_disagreement_is_a_warning(read: Callable[..., Record]) -> None:
    record = read("April 2018\n\nThe fund grew.", published="2019-01-02")
    assert (record.published, record.published_from) == ("2019-01-02", "metadata")
    assert codes(record) == ["published_disagree"]


def test_a_more_exact_date_does_not_disagree(read: Callable[..., Record]) -> None:
    record = read("April 2018\n\nThe fund grew.", published="2018-04-09")
    assert (record.published, codes(record)) == ("2018-04-09", [])


def test_a_date_of_the_body_is_not_the_documents(read: Callable[..., Record]) -> None:
    record = read("The fund grew.\n\nIt was set up on 3 May 2014 and closed on 4 June 2016.")
    assert (record.published, record.published_from, codes(record)) == (None, None, ["no_document_date"])


def test_without_a_date_relative_dates_stay_open(read: Callable[..., Record]) -> None:
    (date,) = read("The ministers met on Wednesday.").dates
    assert (date.value, date.earliest, date.latest) == ("XXXX-WXX-3", None, None)


@pytest.fixture(scope="module")
def dated_pipeline() -> object:
    return pipeline_nlp.load(published="2016")


def test_the_option_is_for_texts_that_state_none(dated_pipeline: pipeline_nlp.Language) -> None:
    texts = {"a": "The fund grew.", "b": "April 2016\n\nThe fund grew.", "c": "April 2018\n\nThe fund grew."}
    sources = [Source(id_, "x", "text/plain", sha256(text), text) for id_, text in texts.items()]
    a, b, c = pipeline_nlp.read(dated_pipeline, sources)
    assert isinstance(a, Record) and isinstance(b, Record) and isinstance(c, Record)
    assert (a.published, a.published_from) == ("2016", "option")
    assert (b.published, b.published_from, codes(b)) == ("2016-04", "text", [])
    assert (c.published, c.published_from, codes(c)) == ("2018-04", "text", ["published_disagree"])
