"""What a run has to read, piece by piece: the inputs in order, each under an id that is settled before it is opened.

A piece is a file, standard input, or one line of a .jsonl file. It is small and says where to look, so that it can be
handed to another process, which then reads what may be hostile. A mailbox or a feed is one piece of many documents.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import ingest
from pipeline.errors import DocumentError
from pipeline.ingest import Failure, Limits, Source, jsonl
from pipeline.ingest.ids import stem


@dataclass(frozen=True)
class Piece:
    """One piece of the inputs: `size` bytes of `path` from `start` on.

    `id` is that of its document; the ids of a mailbox's or a feed's entries start with it. `line` counts from 1 and is
    0 for a whole file, `sha256` is that of the line, "" for a whole file.
    """

    path: str
    id: str
    size: int = 0
    start: int = 0
    line: int = 0
    sha256: str = ""


def plan(inputs: Iterable[str | Path], limits: Limits) -> Iterator[Piece | Failure]:
    """The pieces of all inputs in the order given, and a failure in the place of a line that is none.

    Raises UsageError for a folder without inputs.
    """
    ids = ingest.Ids()
    seen: set[str] = set()
    for path in ingest.paths(inputs):
        if path in seen:
            reason = f"{path}: the input is named twice; it was read once."
            yield Failure(path, stem(path), "invalid", reason)
            continue
        seen.add(path)
        suffix = Path(path).suffix.lower()
        if path == ingest.STANDARD_INPUT:
            yield Piece(path, ids.of_file(path))
        elif not os.path.isfile(path) or suffix not in ingest.MEDIA_TYPES:  # noqa: PTH113  Path.is_file may raise
            yield Piece(path, stem(path))  # reading it says what is wrong
        elif suffix == jsonl.SUFFIX:
            yield from _lines(path, ids, limits)
        else:
            yield Piece(path, ids.of_file(path), Path(path).stat().st_size)


def documents(piece: Piece, limits: Limits) -> Iterator[Source | Failure]:
    """Read a piece: its document, or each entry of a mailbox or a feed."""
    if piece.line:
        try:
            with Path(piece.path).open("rb") as file:
                file.seek(piece.start)
                line = file.read(piece.size)
            yield ingest.from_line(line, f"{piece.path}: line {piece.line}", piece.path, ingest.Ids(), limits)
        except (DocumentError, OSError) as error:
            yield Failure(piece.path, piece.id, "invalid", str(error))
        return
    for document in ingest.read([piece.path], limits):
        yield replace(document, id=piece.id + document.id.removeprefix(stem(piece.path)))


def _lines(path: str, ids: ingest.Ids, limits: Limits) -> Iterator[Piece | Failure]:
    try:
        with Path(path).open("rb") as file:
            for number, start, line in jsonl.lines(file, limits.input_bytes):
                try:
                    source = ingest.from_line(line, f"{path}: line {number}", path, ids, limits)
                    yield Piece(path, source.id, len(line), start, number, source.sha256)
                except DocumentError as error:
                    yield Failure(path, f"{stem(path)}:{number}", error.status, str(error))
    except OSError as error:
        reason = f"{path}: cannot be read ({error.strerror}); check that you may read it."
        yield Failure(path, stem(path), "invalid", reason)
