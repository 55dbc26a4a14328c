"""Writers: a record is written whole or not at all, under a name that is safe everywhere."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import records, writers
from pipeline.errors import UsageError
from pipeline.records import Record
from tests.test_records import fields


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def record() -> Record:
    return Record.model_validate(fields())


def test_a_folder_gets_one_file_a_document(tmp_path: Path, record: Record) -> None:
    with writers.open_writer(str(tmp_path / "new" / "folder")) as writer:
        path = Path(writer.write(record.id, records.dumps(record, writer.indent)))
    assert path == tmp_path / "new" / "folder" / "doc.json"
    assert path.read_text(encoding="utf-8") == records.dumps(record) + "\n"
    assert names(path.parent) == ["doc.json"]


def test_a_jsonl_file_appears_whole_at_the_end(tmp_path: Path, record: Record) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("what stood there before")
    with writers.open_writer(str(path)) as writer:
        writer.write(record.id, records.dumps(record, writer.indent))
        writer.write(record.id, records.dumps(record, writer.indent))
        assert path.read_text() == "what stood there before"
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["doc", "doc"]
    assert names(tmp_path) == ["out.jsonl"]


def test_a_broken_run_leaves_the_old_file(tmp_path: Path, record: Record) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("what stood there before")
    with pytest.raises(KeyboardInterrupt), writers.open_writer(str(path)) as writer:
        writer.write(record.id, records.dumps(record, writer.indent))
        raise KeyboardInterrupt
    assert path.read_text() == "what stood there before"
    assert names(tmp_path) == ["out.jsonl"]


@pytest.mark.parametrize("name", ["file/output", "file/out.jsonl", "missing/out.jsonl"])
def test_an_output_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UsageError, match="cannot be written"), writers.open_writer(str(tmp_path / name)):
        pass


@pytest.mark.parametrize("name", ["folder", "out.jsonl"])
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    full = r"cannot be written \(No space left on device\)"
    with pytest.raises(UsageError, match=full), writers.open_writer(str(tmp_path / name)) as writer:
        writer.write("a", "{}")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "id_",
    ["../../etc/passwd", "/absolute", "a\x00b", "x" * 300, "CON", "aux.txt", "a:b", "..", "a/b", "dot.", "\u202e", ""],
)
def test_unsafe_ids_become_safe_names(id_: str) -> None:
    name = writers.file_name(id_)
    assert writers.SAFE_NAME.fullmatch(name) and not writers.RESERVED.match(name)
    assert len(name) < 100


@given(st.text(), st.text())
def test_two_ids_never_share_a_name(a: str, b: str) -> None:
    if a.casefold() != b.casefold() and max(a + b, default="") < "\ud800":
        assert writers.file_name(a) != writers.file_name(b)
