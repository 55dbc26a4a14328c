"""Writers: records into files, each written whole or not at all.

A folder gets one `<id>.json` a document, a `.jsonl` file one record a line, "-" the same on standard output. Files are
written beside their place and renamed into it, so that nobody ever reads half a record.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from pipeline.errors import UsageError

STANDARD_OUTPUT = "-"
MANIFEST = "manifest.json"  # in a folder of shards, what they are
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")
RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # file names that Windows keeps for devices


class Writer(Protocol):
    """Takes the JSON of records one by one, `indent` deep; `write` returns where the record went."""

    indent: int | None

    def write(self, id_: str, text: str) -> str: ...


@contextmanager
def open_writer(output: str) -> Iterator[Writer]:
    """A writer for `--output`: a folder (made if missing), a file ending in .jsonl, or "-".

    Raises UsageError when nothing can be written there. A .jsonl file takes its place when the run is over.
    """
    if output == STANDARD_OUTPUT:
        yield Lines(sys.stdout, output)
        with named(output):
            sys.stdout.flush()
    elif output.endswith(".jsonl"):
        with whole(Path(output)) as file:
            yield Lines(file, output)
    else:
        yield Folder(Path(output))


class Folder:
    """Writes `<id>.json` files into a folder."""

    indent: int | None = 1

    def __init__(self, path: Path) -> None:
        self.path = path
        with named(path):
            path.mkdir(parents=True, exist_ok=True)
            probe = path / f".{os.getpid()}.tmp"
            probe.touch()
            probe.unlink()

    def write(self, id_: str, text: str) -> str:
        """Write one record; the path that it was written to."""
        path = self.path / f"{file_name(id_)}.json"
        with whole(path) as file:
            file.write(text + "\n")
        return str(path)


class Lines:
    """Writes one record a line."""

    indent: int | None = None

    def __init__(self, file: IO[str], name: str) -> None:
        self.file, self.name = file, name

    def write(self, id_: str, text: str) -> str:
        """Write one line; the name of the file."""
        with named(self.name):
            self.file.write(text + "\n")
        return self.name


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all; UsageError when it cannot be written."""
    with whole(path) as file:
        file.write(text)


def file_name(id_: str) -> str:
    """The id where it is safe as a file name on every system, else its safe part with 8 hex digits of the whole.

    >>> file_name("000_7339f39d667943b9"), file_name("news/2024: a")
    ('000_7339f39d667943b9', 'news-2024-a-10dcf2a8')
    """
    if SAFE_NAME.fullmatch(id_) and not RESERVED.match(id_) and not id_.endswith("."):
        return id_
    safe = re.sub(r"[^A-Za-z0-9_]+", "-", id_).strip("-")[:80]
    return f"{safe or 'document'}-{hashlib.sha256(id_.encode()).hexdigest()[:8]}"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to: it takes that place when the block ends well, and goes when it does not.

    Raises UsageError when it cannot be written, as on a full disk.
    """
    temporary = path.with_name(f".{path.name}.{os.uname().nodename}.{os.getpid()}.tmp")
    with named(path):
        temporary.touch()
        try:
            yield temporary
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink()


@contextmanager
def whole(path: Path) -> Iterator[IO[str]]:
    """A text file that stands at `path` whole when the block ends well, and not at all when it does not."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def named(path: str | Path) -> Iterator[None]:
    """Turn an error of the file system in the block into a UsageError that names what could not be written."""
    try:
        yield
    except BrokenPipeError:  # who reads our output has seen enough of it
        raise
    except OSError as error:
        what = "standard output" if path == STANDARD_OUTPUT else path
        reason = error.strerror or error
        raise UsageError(f"{what}: cannot be written ({reason}); mend that, or write to another place.") from error
