"""Readers: record files back into records, the counterpart of the writers.

A file that is broken or foreign is named and left out; it never stops the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline import writers
from pipeline.errors import DocumentError
from pipeline.records import Record


@dataclass(frozen=True)
class Place:
    """Where a record is written: a file, or in a .jsonl file the bytes of one line. `name` is for messages."""

    path: Path
    offset: int
    length: int
    name: str

    def read(self) -> bytes:
        """The bytes of the record."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The record files of files and folders; folders in sorted order."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.iterdir() if p.suffix in (".json", ".jsonl") and p.name != writers.MANIFEST
            )
        else:
            yield path


def written(path: Path) -> Iterator[tuple[Place, bytes]]:
    """Each record of a file as it is written, a .json file whole, a .jsonl file line by line. Raises DocumentError."""
    try:
        with path.open("rb") as file:
            if path.suffix != ".jsonl":
                content = file.read()
                yield Place(path, 0, len(content), str(path)), content
                return
            offset = 0
            for n, line in enumerate(file, 1):
                if line.strip():
                    yield Place(path, offset, len(line), f"{path}: line {n}"), line
                offset += len(line)
    except OSError as error:
        raise DocumentError(
            f"{path}: cannot be read ({error.strerror}); give files or folders that `communique run` wrote."
        ) from error


def record(content: bytes, name: str) -> Record:
    """The record of a file or line. Raises DocumentError: which key is wrong, and how."""
    try:
        return Record.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise DocumentError(f"{name}: {key + ': ' if key else ''}{what}.") from error


def read(paths: Iterable[Path], left_out: list[str]) -> Iterator[Record]:
    """The records of files and folders; what cannot be read is added to `left_out` as a sentence."""
    for path in files(paths):
        try:
            for place, content in written(path):
                try:
                    yield record(content, place.name)
                except DocumentError as error:
                    left_out.append(str(error))
        except DocumentError as error:
            left_out.append(str(error))
