"""What a run has to read, piece by piece: the inputs in order, each under an id that is settled before it is opened.

A piece is a file, standard input, or one line of a .jsonl file. It is small and says where to look, so that it can be
handed to another process, which then reads what may be hostile. A mailbox or a feed is one piece of many documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import ingest
from pipeline.errors import DocumentError
from pipeline.ingest import Failure, Limits, Source, jsonl
from pipeline.ingest.ids import readable

STANDARD_INPUT_ID = "stdin"


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
            yield Failure(path, _stem(path), "invalid", reason)
            continue
        seen.add(path)
        file = Path(path)
        if path == ingest.STANDARD_INPUT:
            ids.claim(STANDARD_INPUT_ID)
            yield Piece(path, STANDARD_INPUT_ID)
        elif not file.is_file() or file.suffix.lower() not in ingest.MEDIA_TYPES:
            yield Piece(path, _stem(path))  # reading it says what is wrong
        elif file.suffix.lower() == ".jsonl":
            yield from _lines(path, ids, limits)
        else:
            yield Piece(path, ids.of_file(path), file.stat().st_size)


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
        yield replace(document, id=piece.id + document.id.removeprefix(_stem(piece.path)))


def _lines(path: str, ids: ingest.Ids, limits: Limits) -> Iterator[Piece | Failure]:
    start = 0
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(jsonl.lines(file, limits.input_bytes), 1):
                if line.strip():
                    try:
                        source = ingest.from_line(line, f"{path}: line {number}", path, ids, limits)
                        yield Piece(path, source.id, len(line), start, number, source.sha256)
                    except DocumentError as error:
                        yield Failure(path, f"{_stem(path)}:{number}", error.status, str(error))
                start = file.tell()
    except OSError as error:
        reason = f"{path}: cannot be read ({error.strerror}); check that you may read it."
        yield Failure(path, _stem(path), "invalid", reason)


def _stem(path: str) -> str:
    return STANDARD_INPUT_ID if path == ingest.STANDARD_INPUT else readable(Path(path).stem)
