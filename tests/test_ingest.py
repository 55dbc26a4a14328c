"""Inputs: what is read, in which order, under which id, and how a bad one is named."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import ingest
from pipeline.errors import DocumentError, UsageError
from pipeline.ingest import Failure, Source


def sources(*inputs: Path | str) -> list[Source]:
    found = list(ingest.read(inputs))
    assert all(isinstance(item, Source) for item in found), found
    return [item for item in found if isinstance(item, Source)]


def failure(*inputs: Path | str) -> Failure:
    (found,) = [item for item in ingest.read(inputs) if isinstance(item, Failure)]
    return found


def test_the_text_is_kept_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("caf\u00e9\r\nsoft\u00adhyphen e\u0301 \U0001f600\n".encode())
    (source,) = sources(path)
    assert source.text == "caf\u00e9\r\nsoft\u00adhyphen e\u0301 \U0001f600\n"
    assert (source.id, source.media_type, source.path) == ("a", "text/plain", path.as_posix())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_and_without_a_mark(encoding: str) -> None:
    assert ingest.decode("EUR \u20ac25 m".encode(encoding), "a.txt") == ("EUR \u20ac25 m", [])


def test_windows_1252_is_assumed_with_a_warning() -> None:
    text, warnings = ingest.decode("\u20ac25 million \u201cquoted\u201d \u00a33".encode("cp1252"), "a.txt")
    assert text == "\u20ac25 million \u201cquoted\u201d \u00a33"
    assert [code for code, _ in warnings] == ["encoding_assumed"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_what_is_written_as_utf_8_is_read_back(text: str) -> None:
    assert ingest.decode(text.encode("utf-8-sig"), "a.txt")[0] == text


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x00\x00", b"\x89PNG\r\n\x1a\n\x00\x00", b"\xff\xfeabc"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"a\.txt"):
        ingest.decode(data, "a.txt")


def test_a_folder_is_walked_in_order_and_ids_differ(tmp_path: Path) -> None:
    for name in ("b.txt", "a/x.txt", "c/x.txt", "c/X.txt", ".hidden.txt", "ignored.xyz"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("text")
    found = sources(tmp_path)
    assert [source.path.removeprefix(f"{tmp_path.as_posix()}/") for source in found] == [
        "a/x.txt", "b.txt", "c/X.txt", "c/x.txt",
    ]  # fmt: skip
    ids = [source.id for source in found]
    assert ids[:2] == ["x", "b"]
    assert len({id_.casefold() for id_ in ids}) == 4
    assert all(id_.startswith(("X-", "x-")) and len(id_) == 10 for id_ in ids[2:])
    assert [source.id for source in sources(tmp_path)] == ids


def test_a_folder_without_inputs_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no input"):
        list(ingest.read([tmp_path]))


def test_a_folder_that_links_to_itself_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "self").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    assert [source.id for source in sources(tmp_path)] == ["a"]


def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(UsageError, match=r"the folder cannot be read \(Permission denied\)"):
        list(ingest.paths([tmp_path]))


@pytest.mark.parametrize("name", ["a" * 300, "a" * 300 + ".txt"])
def test_a_name_that_is_too_long_is_a_missing_file(name: str) -> None:
    assert "no such file" in failure(name).reason


def test_jsonl_reads_its_keys_and_ignores_others(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    lines = [
        {"id": "a/1", "text": "One.", "published": "2015-05-13", "title": "T", "entities": []},
        {"id": "b", "text": "Two.", "published": "2015-05-13T10:00:00Z"},
        {"id": "c", "text": "Three.", "published": "soon"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    first, second, third = sources(path)
    assert (first.id, first.published, first.title) == ("a/1", "2015-05-13", "T")
    assert second.published == "2015-05-13"
    assert (third.published, [code for code, _ in third.warnings]) == (None, ["published_invalid"])
    assert ingest.count([path]) == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 2 is not valid JSON"),
        ('{"id": "b"}', '"id" and "text"'),
        ("[1]", "expected an object"),
        ('{"id": "a", "text": "again"}', "'a' is taken"),
        ('{"id": "b", "text": "\\ud800"}', "surrogate"),
        ("[" * 100_000, "line 2 is not valid JSON"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": "a", "text": "One."}\n' + line + '\n{"id": "z", "text": "Last."}\n')
    found = list(ingest.read([path]))
    assert [item.id for item in found if isinstance(item, Source)] == ["a", "z"]
    assert reason in failure(path).reason
    assert failure(path).path == path.as_posix()


@pytest.mark.parametrize(("name", "reason"), [("gone.txt", "no such file"), ("photo.xyz", "'.xyz' are not read")])
def test_a_missing_or_unknown_file_is_named(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "photo.xyz").write_text("x")
    assert reason in failure(tmp_path / name).reason


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    found = list(ingest.read([path, tmp_path]))
    assert [type(item) for item in found] == [Source, Failure]


def test_standard_input_is_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\u20ac5".encode())))
    (source,) = sources("-")
    assert (source.id, source.text) == ("stdin", "\u20ac5")
