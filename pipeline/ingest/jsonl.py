"""JSON lines: one document a line, `{"id", "text", "published"?, "title"?, "publisher"?, "url"?}`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO, Any

from pipeline.errors import DocumentError
from pipeline.ingest.ids import Ids, readable, stem
from pipeline.ingest.limits import Limits
from pipeline.ingest.source import Failure, Source
from pipeline.timex import Point

SUFFIX = ".jsonl"
MEDIA_TYPE = "application/jsonl"
SURROGATE = re.compile(r"[\ud800-\udfff]")


def read(path: str, ids: Ids, limits: Limits) -> Iterator[Source | Failure]:
    """Read all lines of a file. A file may be of any size: the limit for inputs is one for each line."""
    try:
        with Path(path).open("rb") as file:
            for n, _, line in lines(file, limits.input_bytes):
                try:
                    yield from_line(line, f"{path}: line {n}", path, ids, limits)
                except DocumentError as error:
                    yield Failure(readable(path), f"{stem(path)}:{n}", error.status, str(error))
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check that you may read it.") from error


def lines(file: IO[bytes], longest: int) -> Iterator[tuple[int, int, bytes]]:
    """The lines that are not blank, each with its number from 1 and the byte that it starts at.

    Of a line that is too long there are only the first `longest` + 1 bytes.
    """
    for number in count(1):
        start = file.tell()
        line = rest = file.readline(longest + 1)
        while len(rest) > longest and not rest.endswith(b"\n"):
            rest = file.readline(longest + 1)
        if not line:
            return
        if line.strip():
            yield number, start, line


def from_line(line: bytes, where: str, path: str, ids: Ids, limits: Limits | None = None) -> Source:
    """The document of one line; `where` names it in messages. Raises DocumentError."""
    limits = limits or Limits()
    limits.check_bytes(len(line), where)
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{where} is not valid JSON in UTF-8 ({error}); expected one object a line.") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str) or not fields.get("id"):
        raise DocumentError(f'{where}: expected an object with "id" and "text", both strings and the id not empty.')
    id_ = str(fields["id"])
    if not ids.claim(id_):
        raise DocumentError(f"{where}: the id {id_!r} is taken by an earlier document; ids must differ.")
    if SURROGATE.search(fields["text"] + id_):
        raise DocumentError(f"{where}: the text holds half of a surrogate pair, so it is no valid Unicode.")
    limits.check_text(len(fields["text"]), where)
    published, warnings = _published(fields.get("published"))
    return Source(
        id=id_,
        path=readable(path),
        media_type=MEDIA_TYPE,
        sha256=hashlib.sha256(line.rstrip(b"\r\n")).hexdigest(),
        text=fields["text"],
        title=_string(fields.get("title")),
        publisher=_string(fields.get("publisher")),
        url=_string(fields.get("url")),
        published=published,
        warnings=warnings,
    )


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() and not SURROGATE.search(value) else None


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
