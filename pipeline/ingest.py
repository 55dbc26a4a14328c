"""Inputs: from files, folders and standard input to `Source` objects, one for each document.

A source's `text` is what the offsets of its record point into: for .txt and .jsonl the decoded input as it stands. An
input that cannot be read becomes a `Failure` in its place, so that one bad document never stops the others.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import DocumentError, UsageError
from pipeline.timex import Point

MEDIA_TYPES = {".txt": "text/plain", ".jsonl": "application/jsonl"}
STANDARD_INPUT = "-"

# A byte order mark decides, then UTF-8 if it is without fault, then Windows-1252: a statistical guess turns the
# euro sign of an undeclared page into another letter.
BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True)
class Source:
    """One document before it is read.

    `sha256` is that of its bytes (of its line, for .jsonl), `published` what its metadata say (YYYY[-MM[-DD]]).
    """

    id: str
    path: str
    media_type: str
    sha256: str
    text: str
    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    published: str | None = None
    warnings: tuple[tuple[str, str], ...] = ()
    """Pairs of code and sentence about how it was read."""


@dataclass(frozen=True)
class Failure:
    """An input that did not become a record: where, which id it would have had, and why."""

    path: str
    id: str
    status: str
    reason: str


@dataclass
class Ids:
    """Gives every document of a run an id of its own; ids that differ only in case are one file on some systems."""

    taken: set[str] = field(default_factory=set)

    def of_file(self, path: str) -> str:
        """The file's stem; of two files with one stem the later becomes `<stem>-<8 hex digits of its path>`."""
        id_ = Path(path).stem
        if not self.claim(id_):
            id_ = f"{id_}-{hashlib.sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"
            self.claim(id_)
        return id_

    def claim(self, id_: str) -> bool:
        """Take an id; False if it is taken already."""
        new = id_.casefold() not in self.taken
        self.taken.add(id_.casefold())
        return new


def read(inputs: Iterable[str | Path]) -> Iterator[Source | Failure]:
    """Read all inputs in the order given: files, folders (walked in sorted order) or "-" for standard input.

    Yields a `Source` for each document and a `Failure` for each that cannot be read. Raises UsageError for a folder
    without inputs.
    """
    ids = Ids()
    seen: set[str] = set()
    for path in paths(inputs):
        try:
            if path in seen:
                raise DocumentError(f"{path}: the input is named twice; it was read once.")
            seen.add(path)
            yield from _documents(path, ids)
        except DocumentError as error:
            yield Failure(path, "stdin" if path == STANDARD_INPUT else Path(path).stem, error.status, str(error))


def count(inputs: Iterable[str | Path]) -> int:
    """How many documents `read` will yield for these inputs, failures included."""
    total = 0
    for path in paths(inputs):
        if Path(path).suffix.lower() == ".jsonl" and Path(path).is_file():
            with Path(path).open("rb") as lines:
                total += sum(bool(line.strip()) for line in lines)
        else:
            total += 1
    return total


def decode(data: bytes, path: str) -> tuple[str, list[tuple[str, str]]]:
    """Text of `data`, with warnings about the encoding. Raises DocumentError for what is not text."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return _text(data[len(mark) :].decode(encoding), path), []
            except UnicodeDecodeError as error:
                what = f"{path}: the byte order mark says {encoding}, but byte {error.start} does not fit it"
                raise DocumentError(f"{what}; save the file as UTF-8.") from error
    try:
        return _text(data.decode("utf-8"), path), []
    except UnicodeDecodeError:
        text = _text(data.decode("cp1252", "replace"), path)
        return text, [("encoding_assumed", "The input is not UTF-8 and declares nothing; it was read as Windows-1252.")]


def _text(text: str, path: str) -> str:
    found = NOT_TEXT.search(text)
    if found:
        what = f"{path}: found the control character U+{ord(found.group()):04X} at character {found.start()}"
        raise DocumentError(f"{what}, so this is no text file; give the text itself.")
    return text


def paths(inputs: Iterable[str | Path]) -> Iterator[str]:
    """The files of all inputs in the order given; a folder is walked in sorted order, "-" stands for itself."""
    for given in inputs:
        path = Path(given)
        if str(given) == STANDARD_INPUT or not path.is_dir():
            yield str(given) if str(given) == STANDARD_INPUT else path.as_posix()
            continue
        found = [p for p in sorted(path.rglob("*")) if p.suffix.lower() in MEDIA_TYPES and p.is_file()]
        found = [p for p in found if not any(part.startswith(".") for part in p.relative_to(path).parts)]
        if not found:
            raise UsageError(f"{path}: the folder holds no input; known are {', '.join(sorted(MEDIA_TYPES))}.")
        yield from (p.as_posix() for p in found)


def _documents(path: str, ids: Ids) -> Iterator[Source | Failure]:
    if path == STANDARD_INPUT:
        data = sys.stdin.buffer.read()
        ids.claim("stdin")
        yield _from_text(data, "stdin", path)
    elif Path(path).suffix.lower() == ".jsonl":
        yield from _from_jsonl(path, ids)
    elif Path(path).suffix.lower() == ".txt":
        yield _from_text(_bytes(path), ids.of_file(path), path)
    else:
        reason = "there is no such file" if not Path(path).exists() else f"the kind {Path(path).suffix!r} is not known"
        raise DocumentError(f"{path}: {reason}; known inputs are {', '.join(sorted(MEDIA_TYPES))}, folders and -.")


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise DocumentError(f"{path}: there is no such file; check the name.") from error
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check that you may read it.") from error


def _from_text(data: bytes, id_: str, path: str) -> Source:
    text, warnings = decode(data, path)
    digest = hashlib.sha256(data).hexdigest()
    return Source(id_, path, MEDIA_TYPES[".txt"], digest, text, warnings=tuple(warnings))


def _from_jsonl(path: str, ids: Ids) -> Iterator[Source | Failure]:
    try:
        with Path(path).open("rb") as lines:
            for n, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    yield from_line(line, f"{path}: line {n}", path, ids)
                except DocumentError as error:
                    yield Failure(path, f"{Path(path).stem}:{n}", error.status, str(error))
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check that you may read it.") from error


def from_line(line: bytes, where: str, path: str, ids: Ids) -> Source:
    """The document of one line of a .jsonl file; `where` names it in messages. Raises DocumentError."""
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{where} is not valid JSON in UTF-8 ({error}); expected one object a line.") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str) or not fields.get("id"):
        raise DocumentError(f'{where}: expected an object with "id" and "text", both strings and the id not empty.')
    id_ = str(fields["id"])
    if not ids.claim(id_):
        raise DocumentError(f"{where}: the id {id_!r} is taken by an earlier document; ids must differ.")
    if re.search(r"[\ud800-\udfff]", fields["text"] + id_):
        raise DocumentError(f"{where}: the text holds half of a surrogate pair, so it is no valid Unicode.")
    published, warnings = _published(fields.get("published"))
    return Source(
        id=id_,
        path=path,
        media_type=MEDIA_TYPES[".jsonl"],
        sha256=hashlib.sha256(line.rstrip(b"\r\n")).hexdigest(),
        text=fields["text"],
        title=_string(fields.get("title")),
        publisher=_string(fields.get("publisher")),
        url=_string(fields.get("url")),
        published=published,
        warnings=warnings,
    )


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _published(value: Any) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """The metadata's date, cut to the day ("2015-05-13T10:00Z" -> "2015-05-13"); a warning for what is no date."""
    if value is None or value == "":
        return None, ()
    day = re.sub(r"^(\d{4}-\d\d-\d\d)[T ].*$", r"\1", str(value))
    try:
        Point.parse(day).interval()
    except (ValueError, OverflowError):
        return None, (("published_invalid", f"The metadata say published {value!r}, which is no YYYY[-MM[-DD]] date."),)
    return day, ()
