"""Every export read back by who it is for; offsets and words must be those of the record."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import icalendar
import pytest
import spacy
from label_studio_sdk.label_interface import LabelInterface
from spacy.tokens import Doc, DocBin

from pipeline import annotation_files, exports, queries, records, register
from pipeline.errors import UsageError
from pipeline.queries import COLUMNS, Wanted
from pipeline.records import Record
from tests.marked import record
from tests.test_cli import communique
from tests.test_register import DOCUMENTS, write

HOSTILE = record(
    "[=cmd|' /C calc'!A0](committer) will \N{GRINNING FACE} e\N{COMBINING ACUTE ACCENT}\r\n[help](action) "
    "[-13,000 people; and, more](object) by [2027](deadline; relation=by) "
    "\u202eod\u0007\u2028 <script>alert(1)</script>.",
    "hostile", "2020-05-05", title="+1-555 \x1b[2J", url="https://example.org/a,b;c",
)  # fmt: skip
EVERY = [document.model_copy(deep=True) for document in [*DOCUMENTS, HOSTILE]]
EVERY[1].segments[0].page = 3  # as a PDF has it


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "verdicts.csv").write_text("thread,verdict\n")
    register.build([write(folder / "records", EVERY)], folder / "register.db", as_of="2020-06-30")
    return folder / "register.db"


def spans(document: Record) -> set[tuple[int, int, str]]:
    return {(m.span.start, m.span.end, m.span.text) for m in annotation_files.marked(document)}


def test_every_span_of_a_record_is_marked() -> None:
    for document in EVERY:
        assert spans(document) == {(span.start, span.end, span.text) for _, span in document.spans()}


def test_csv_in_duckdb(built: Path, tmp_path: Path) -> None:
    assert exports.write_csv(built, tmp_path / "c.csv") == len(EVERY)
    read = f"read_csv('{tmp_path / 'c.csv'}', header = true, all_varchar = true)"
    rows = duckdb.sql(f'SELECT document, start, "end", evidence, sentence FROM {read}').fetchall()
    wanted = {row["document"]: row for row in queries.find(built, Wanted())}
    assert len(rows) == len(EVERY)
    assert duckdb.sql(f"SELECT document FROM {read} WHERE page = '3'").fetchall() == [("2017",)]
    for document, start, end, evidence, sentence in rows:
        row = wanted[document]
        assert (int(start), int(end)) == (row["start"], row["end"])
        assert (evidence, sentence) == (exports.guarded(row["evidence"]), exports.guarded(row["sentence"]))
    assert duckdb.sql(f"SELECT count(*) FROM {read} WHERE starts_with(parties, '=')").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+44 20", "'+44 20"), ("-13,000", "'-13,000"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
        ("\r=1", "'\r=1"), ("\n=1", "'\n=1"), ("\uff1d1", "'\uff1d1"), ("\uff201", "'\uff201"), ("a=1", "a=1"),
        ("a\x00\x1b[2J\u202e", "a\ufffd\ufffd[2J\ufffd"), ("\x07=1", "\ufffd=1"),
    ],
)  # fmt: skip
def test_formulas_and_control_characters_do_nothing(text: str, cell: str) -> None:
    assert exports.guarded(text) == cell


def test_numbers_stay_numbers() -> None:
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"start": -13000, "negated": True, "parties": ["=A", "B"]}
    (read,) = csv.DictReader(io.StringIO(exports.table([row])))
    assert (read["start"], read["negated"], read["parties"], read["url"]) == ("-13000", "true", "'=A; B", "")


def test_excel_gets_a_byte_order_mark_and_its_line_ends(built: Path, tmp_path: Path) -> None:
    exports.write_excel(built, tmp_path / "c.csv")
    content = (tmp_path / "c.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfthread,step,") and b"\x1b" not in content
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@")]


def test_parquet_in_duckdb(built: Path, tmp_path: Path) -> None:
    assert exports.write_parquet(built, tmp_path / "c.parquet") == len(EVERY)
    read = duckdb.sql(f"SELECT * FROM '{tmp_path / 'c.parquet'}'")
    assert [dict(zip(read.columns, row, strict=True)) for row in read.fetchall()] == queries.find(built, Wanted())
    types = dict(zip(read.columns, map(str, read.types), strict=True))
    assert (types["parties"], types["negated"], types["start"], types["page"], types["publisher"]) == (
        "VARCHAR[]", "BOOLEAN", "BIGINT", "BIGINT", "VARCHAR",
    )  # fmt: skip


def test_the_calendar_in_icalendar(built: Path, tmp_path: Path) -> None:
    assert exports.write_calendar(built, tmp_path / "d.ics") == 2
    content = (tmp_path / "d.ics").read_bytes()
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    events = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert [event.decoded("DTSTART") for event in events] == [dt.date(2020, 12, 31), dt.date(2027, 12, 31)]
    assert [str(event["SUMMARY"]) for event in events] == [
        "NATO: keep the presence in Kosovo",
        "=cmd|' /C calc'!A0: help -13,000 people; and, more",
    ]
    assert f"{DOCUMENTS[1].text}\n2017, page 3 (" in str(events[0]["DESCRIPTION"])
    assert "people; and, more" in str(events[1]["DESCRIPTION"]) and "\x07" not in str(events[1]["DESCRIPTION"])
    assert str(events[1]["URL"]) == "https://example.org/a,b;c"
    assert len({str(event["UID"]) for event in events}) == 2
    assert not any(event.errors for event in events)


def test_label_studio_accepts_the_tasks(tmp_path: Path) -> None:
    assert annotation_files.write_label_studio(EVERY, tmp_path / "ls") == len(EVERY)
    interface = LabelInterface((tmp_path / "ls" / "config.xml").read_text(encoding="utf-8"))
    tasks = json.loads((tmp_path / "ls" / "tasks.json").read_text(encoding="utf-8"))
    for document, task in zip(EVERY, tasks, strict=True):
        (prediction,) = task["predictions"]
        assert interface.validate_prediction(prediction, return_errors=True) == []
        values = [region["value"] for region in prediction["result"] if region["type"] == "labels"]
        assert {(v["start"], v["end"], task["data"]["text"][v["start"] : v["end"]]) for v in values} == spans(document)
        assert all(v["text"] == task["data"]["text"][v["start"] : v["end"]] for v in values)
        ids = {region["id"] for region in prediction["result"] if region["type"] == "labels"}
        assert len(ids) == len(values)
        links = [region for region in prediction["result"] if region["type"] == "relation"]
        assert links and all({link["from_id"], link["to_id"]} <= ids for link in links)


def test_doccano_gets_spans_and_relations_with_whole_numbers(tmp_path: Path) -> None:
    assert annotation_files.write_doccano(EVERY, tmp_path / "d.jsonl") == len(EVERY)
    rows = [json.loads(line) for line in (tmp_path / "d.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    seen: set[int] = set()
    for document, row in zip(EVERY, rows, strict=True):
        # What doccano checks when it imports: whole numbers, start before end, ends of relations that exist.
        found = {
            (e["start_offset"], e["end_offset"], row["text"][e["start_offset"] : e["end_offset"]])
            for e in row["entities"]
        }
        assert found == spans(document)
        ids = {entity["id"] for entity in row["entities"]}
        assert all({link["from_id"], link["to_id"]} <= ids and link["type"] for link in row["relations"])
        every = [item["id"] for item in row["entities"] + row["relations"]]
        assert len(set(every)) == len(every) and not seen & set(every)
        seen |= set(every)


def test_docbin_in_spacy(tmp_path: Path) -> None:
    assert annotation_files.write_docbin(EVERY, tmp_path / "d.spacy") == len(EVERY)
    if not Doc.has_extension("communique"):
        Doc.set_extension("communique", default=None)
    docs = list(DocBin().from_disk(tmp_path / "d.spacy").get_docs(spacy.blank("en").vocab))
    for document, doc in zip(EVERY, docs, strict=True):
        assert doc.text == document.text
        assert records.Record.model_validate_json(doc._.communique) == document
        on_tokens = {(span.start_char, span.end_char) for span in doc.spans["communique"]}
        assert len(doc.spans["communique"]) == len(list(annotation_files.marked(document)))
        assert all(any(a <= start and end <= b for a, b in on_tokens) for start, end, _ in spans(document))


def test_web_annotations_select_by_position_and_by_quote(tmp_path: Path) -> None:
    annotation_files.write_web_annotations(EVERY, tmp_path / "w.jsonld")
    page = json.loads((tmp_path / "w.jsonld").read_text(encoding="utf-8"))
    assert page["type"] == "AnnotationPage"
    assert (
        len({item["id"] for item in page["items"]})
        == len(page["items"])
        == sum(len(list(annotation_files.marked(document))) for document in EVERY)
    )
    by_hash = {document.text_sha256[:16]: document.text for document in EVERY}
    for item in page["items"]:
        text = by_hash[item["id"].split(":")[2]]
        position, quote, *fragments = item["target"]["selector"]
        start, end = position["start"], position["end"]
        assert text[start:end] == quote["exact"]
        assert text[:start].endswith(quote["prefix"]) and text[end:].startswith(quote["suffix"])
        assert item["target"]["source"]
        assert [f["value"] for f in fragments] == (["page=3"] if text == EVERY[1].text else [])


@pytest.mark.parametrize(
    ("to", "name"), [("csv", "c.csv"), ("ical", "d.ics"), ("doccano", "d.jsonl"), ("web-annotation", "w.jsonld")]
)
def test_the_command(built: Path, tmp_path: Path, to: str, name: str) -> None:
    records_ = built.parent / "records"
    done = communique("export", to, records_, "--register", built, "--output", tmp_path / name)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (tmp_path / name).stat().st_size > 100
    assert "written" in done.stderr


def test_an_output_that_cannot_be_written_is_one_sentence(built: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "out"
    for of_a_register in (exports.write_csv, exports.write_parquet, exports.write_calendar):
        with pytest.raises(UsageError, match="cannot be written"):
            of_a_register(built, missing)
    for of_records in (annotation_files.write_doccano, annotation_files.write_docbin):
        with pytest.raises(UsageError, match="cannot be written"):
            of_records(EVERY, missing)
