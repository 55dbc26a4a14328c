"""Awkward inputs: each ends as a record or as one failed document with its reason, in seconds, never as a crash."""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from spacy.language import Language

from pipeline import ingest
from pipeline import nlp as pipeline_nlp
from pipeline.ingest import Failure, Limits, Source
from pipeline.records import Record
from tests import samples

SECONDS = 20  # far above what any of them takes, far below what it takes without its guard

SENTENCE = "Acme agreed on Monday to invest \u20ac25 million in the railway by 2030."
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BILLION_LAUGHS = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>'
XXE = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
WORD = samples.word_document(paragraphs=[SENTENCE])


def zip_bomb() -> bytes:
    return samples.with_member(WORD, "word/document.xml", b"<w:t>" + b" " * 150_000_000)


def lying_bomb() -> bytes:
    """A bomb whose directory says that the member is small."""
    archive = bytearray(samples.with_member(WORD, "word/document.xml", b"<w:t>" + b" " * 50_000_000))
    start = archive.index(b"word/document.xml", archive.rindex(b"PK\x05\x06") - 4000)
    struct.pack_into("<I", archive, start - 46 + 24, 1000)
    return bytes(archive)


def many_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(2_001):
            archive.writestr(f"{n}.xml", b"")
    return out.getvalue()


def word_with_entity() -> bytes:
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    with zipfile.ZipFile(io.BytesIO(WORD)) as archive:
        document = archive.read("word/document.xml")
    body = document[document.index(b"<w:document") :].replace(b"Acme", b"&x;")
    return samples.with_member(WORD, "word/document.xml", head + body)


@dataclass(frozen=True)
class Case:
    """A file and what becomes of it: `ok` or the status of the failure, and words that the text or the reason holds."""

    name: str
    content: Callable[[], bytes]
    status: str
    words: str
    codes: tuple[str, ...] = ()


def text(written: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: written.encode(encoding)


def page(body: str, head: str = "") -> Callable[[], bytes]:
    return text(samples.page(body, head))


CASES = {
    "empty": Case("a.txt", text(""), "ok", "", ("empty",)),
    "empty page": Case("a.html", text(""), "ok", "", ("empty",)),
    "blanks": Case("a.txt", text(" \n\t\r\n"), "ok", "", ("empty",)),
    "line of 5 MB": Case("a.txt", text("Acme " * 1_000_000), "too_large", "more than 1,000,000 characters"),
    "21 MB": Case("a.txt", text("a" * 21_000_000), "too_large", "more than 20,000,000 bytes"),
    "UTF-8 with a mark": Case("a.txt", text(SENTENCE, "utf-8-sig"), "ok", SENTENCE),
    "UTF-16": Case("a.txt", text(SENTENCE, "utf-16"), "ok", SENTENCE),
    "UTF-32": Case("a.txt", text(SENTENCE, "utf-32"), "ok", SENTENCE),
    "Windows-1252": Case("a.txt", text(SENTENCE, "cp1252"), "ok", SENTENCE, ("encoding_assumed",)),
    "binary named .txt": Case("a.txt", lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "invalid", "no text file"),
    "null bytes": Case("a.txt", text("Acme\0agreed"), "invalid", "U+0000"),
    "null bytes in a page": Case("a.html", text("<p>Acme\0agreed</p>"), "invalid", "U+0000"),
    "page with scripts and navigation": Case(
        "a.html", page(samples.ARTICLE), "ok", "Acme agreed on Monday to invest €25 million"
    ),
    "malformed page": Case("a.html", page(f"<div><p>{SENTENCE}<b><i></p></b><td></table></span><p"), "ok", SENTENCE),
    "100,000 deep page": Case("a.html", page("<div>" * 100_000 + SENTENCE), "invalid", "nested too deep"),
    "100,000 attributes": Case(
        "a.html",
        page(f"<p {' '.join(f'a{n}=1' for n in range(100_000))}>{SENTENCE}</p>"),
        "invalid",
        "more than 1,000 attributes",
    ),
    "100,000 attributes in quotes": Case(
        "a.html",
        page("<p x='>'" + "".join(f'a{n}=""' for n in range(100_000)) + ">x</p>"),
        "invalid",
        "more than 1,000 attributes",
    ),
    "right-to-left and emoji": Case(
        "a.txt", text(f"\u202b\u05d0\u05d1\u202c \U0001f600\U0001f468\u200d\U0001f469 {SENTENCE}"), "ok", SENTENCE
    ),
    "soft hyphens, ligatures, hard blanks": Case(
        "a.html",
        page("<p>Acme will in\u00advest \u20ac25\u00a0million in o\ufb03ces.</p>"),
        "ok",
        "Acme will invest \u20ac25 million in offices.",
    ),
    "PDF with running heads": Case(
        "a.pdf",
        lambda: samples.pdf(
            *(
                [*samples.paragraph(72, 800, "Acme", size=9), *samples.paragraph(72, 700, f"Acme hires {n} people.")]
                for n in (1, 2)
            )
        ),
        "ok",
        "Acme hires 1 people.",
    ),
    "PDF of a picture": Case("a.pdf", lambda: samples.pdf([]), "no_text", "no text"),
    "truncated PDF": Case(
        "a.pdf", lambda: samples.pdf(samples.paragraph(72, 700, SENTENCE))[:300], "invalid", "damaged"
    ),
    "page named .pdf": Case("a.pdf", page(samples.ARTICLE), "invalid", "damaged or no PDF"),
    "Word": Case("a.docx", lambda: WORD, "ok", SENTENCE),
    "truncated Word": Case("a.docx", lambda: WORD[:-2000], "invalid", "damaged"),
    "text named .docx": Case("a.docx", text(SENTENCE), "invalid", "damaged"),
    "zip that is no Word": Case(
        "a.docx",
        lambda: samples.with_member(WORD, "word/document.xml", b"<html/>"),
        "invalid",
        "no readable Word document",
    ),
    "Word bomb": Case("a.docx", zip_bomb, "too_large", "unpacks to more than"),
    "Word bomb that lies": Case("a.docx", lying_bomb, "invalid", "no readable Word document"),
    "archive of 2,001 members": Case("a.docx", many_members, "too_large", "2,001 members"),
    "entity that names a file, in Word": Case("a.docx", word_with_entity, "invalid", "declares entities"),
    "entity that names a file, in a feed": Case(
        "a.xml", lambda: samples.rss("<title>&x;</title>", head=XXE), "invalid", "declares entities"
    ),
    "billion laughs": Case(
        "a.rss", lambda: samples.rss("<title>&l9;</title>", head=BILLION_LAUGHS), "invalid", "declares entities"
    ),
    "feed": Case(
        "a.rss", lambda: samples.rss(f"<title>Rail</title><description>{SENTENCE}</description>"), "ok", SENTENCE
    ),
    "feed cut in two": Case(
        "a.rss",
        lambda: samples.rss(f"<title>Rail</title><description>{SENTENCE}</description>")[:-20],
        "ok",
        SENTENCE,
        ("feed_malformed",),
    ),
    "feed without entries": Case("a.rss", lambda: samples.rss(), "empty", "no entry"),
    "other XML": Case("a.xml", text("<x><y/></x>"), "invalid", "no RSS or Atom feed"),
    "XML 100,000 deep": Case("a.xml", text("<a>" * 100_000), "invalid", "nested too deep"),
    "mail with attachment": Case(
        "a.eml",
        lambda: samples.mail(SENTENCE, attached="a.pdf", Subject="Rail"),
        "ok",
        SENTENCE,
        ("attachment_not_read",),
    ),
    "mail of 10,000 nested parts": Case(
        "a.eml",
        lambda: b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(10_000)),
        "invalid",
        "nested too deep",
    ),
    "header of 1 MB": Case(
        "a.eml",
        lambda: b"Subject: " + b"=?utf-8?q?a?= " * 80_000 + b"\n\nAcme hires.\n",
        "invalid",
        "more than 5,000 characters",
    ),
    "mailbox without mails": Case("a.mbox", text(SENTENCE), "invalid", "no mailbox"),
    "German": Case(
        "a.txt",
        text("Der Rat hat beschlossen, am Fluss zweitausend Bäume zu pflanzen. " * 3),
        "ok",
        "Fluss",
        ("not_english",),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_awkward_input_becomes_a_record_or_a_reason(case: Case, tmp_path: Path, nlp: Language) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content())
    start = time.monotonic()
    (result,) = pipeline_nlp.read(nlp, ingest.read([path]))
    assert time.monotonic() - start < SECONDS
    if isinstance(result, Failure):
        assert (result.status, case.words in result.reason) == (case.status, True), result
        assert result.reason.startswith(path.as_posix())
        assert "root:" not in result.reason
    else:
        assert case.status == "ok"
        assert case.words in result.text
        assert "root:" not in result.text
        assert [w.code for w in result.warnings if w.code not in ("no_document_date", "unresolved_party")] == [
            *case.codes
        ]
        Record.model_validate_json(result.model_dump_json(by_alias=True))


def test_what_is_not_english_has_no_layers(tmp_path: Path, nlp: Language) -> None:
    (tmp_path / "a.txt").write_bytes(CASES["German"].content())
    (record,) = pipeline_nlp.read(nlp, ingest.read([tmp_path / "a.txt"]))
    assert isinstance(record, Record)
    assert record.source.language is None
    assert not (record.segments or record.entities or record.dates or record.quantities or record.commitments)


def test_limits_hold_at_their_border_and_can_be_raised(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a" * 100)
    for limits, reads in (
        (Limits(input_bytes=100, characters=100), True),
        (Limits(input_bytes=99), False),
        (Limits(characters=99), False),
    ):
        (found,) = ingest.read([path], limits)
        assert isinstance(found, Source) == reads
    line = '{"id": "a", "text": "%s"}\n'
    lines = tmp_path / "a.jsonl"
    lines.write_text(line % "long" * 3 + line % ("a" * 200))
    lines.write_text(line % "short" + line % ("a" * 200) + (line % "other").replace('"a"', '"b"'))
    found = list(ingest.read([lines], Limits(input_bytes=100)))
    assert [type(item) for item in found] == [Source, Failure, Source]


def test_two_files_with_one_id_are_two_documents(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(SENTENCE)
    (tmp_path / "y" / "a.html").write_text(samples.page(samples.ARTICLE))
    found = list(ingest.read([tmp_path]))
    assert len({item.id for item in found}) == len(found) == 3


def test_a_truncated_or_damaged_pdf_is_a_document_or_a_reason(tmp_path: Path) -> None:
    whole = samples.pdf(samples.paragraph(72, 700, SENTENCE), samples.paragraph(72, 700, "It said so."))
    path = tmp_path / "a.pdf"
    for n in range(0, len(whole), 64):
        for damaged in (whole[:n], whole[:n] + bytes([whole[n] ^ 0x55]) + whole[n + 1 :]):
            path.write_bytes(damaged)
            assert len(list(ingest.read([path]))) == 1


@pytest.mark.parametrize(
    ("suffix", "content"), [(".txt", SENTENCE), (".jsonl", json.dumps({"id": "caf\ufffd", "text": SENTENCE}))]
)
def test_a_file_name_that_is_no_unicode_can_be_written_to_a_record(
    suffix: str, content: str, tmp_path: Path, nlp: Language
) -> None:
    path = tmp_path / f"caf\udce9{suffix}"
    try:
        path.write_text(content)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes Unicode names only")
    (record,) = pipeline_nlp.read(nlp, ingest.read([tmp_path]))
    assert isinstance(record, Record)
    assert record.id == "caf\N{REPLACEMENT CHARACTER}"
