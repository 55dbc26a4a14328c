"""What an output folder remembers of its inputs, so that a run skips what has not changed and goes on where one ended.

`.communique.db` holds a row for each piece that was read: its content, what read it, and the files that came of it. A
row is written after its files are, so a run that is killed loses only what was under way. It can be deleted at any
time: the records are the truth, and the next run reads everything again. `.communique.lock` keeps a second run out.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import ingest, writers
from pipeline.child import Outcome
from pipeline.errors import UsageError
from pipeline.pieces import Piece

DATABASE = ".communique.db"
LOCK = ".communique.lock"
TEMPORARY = ".*.tmp"  # what a killed writer leaves
TABLE = """
CREATE TABLE IF NOT EXISTS pieces (
    piece TEXT PRIMARY KEY, id TEXT, size INTEGER, mtime INTEGER, sha256 TEXT, reader TEXT, outcomes TEXT
) WITHOUT ROWID
"""
SELECT = "SELECT id, size, mtime, sha256, reader, outcomes FROM pieces"
File = tuple[str, int, int]  # name, size, mtime: a record that was changed by hand is written again
PASSING = ("timeout", "crashed")  # the next run may not see these failures again


@dataclass(frozen=True)
class Content:
    """What a piece held when it was looked at; a file with the size and mtime (nanoseconds) of before is not read."""

    size: int
    mtime: int
    sha256: str


@dataclass(frozen=True)
class Row:
    """What is remembered of a piece: the id it had, what read it, what it held, and what came of it, in which files."""

    id: str
    reader: str
    content: Content
    outcomes: list[tuple[Outcome, File | None]]


@contextmanager
def of_folder(folder: Path, reader: str) -> Iterator[State]:
    """The state of an output folder, which is then this run's alone; strays of a killed run are swept.

    `reader` is the fingerprint of all that decides how a text is read. Raises UsageError when another run writes there,
    and when the state cannot be written.
    """
    with lock(folder):
        for stray in folder.glob(TEMPORARY):
            stray.unlink(missing_ok=True)
        try:
            with closing(_open(folder / DATABASE)) as database:
                yield State(folder, reader, database)
        except sqlite3.Error as error:
            what = f"{folder / DATABASE}: cannot be written ({error})"
            raise UsageError(f"{what}; mend that, or write to another place.") from error


class State:
    """The rows of one output folder; made by `of_folder`."""

    def __init__(self, folder: Path, reader: str, database: sqlite3.Connection) -> None:
        self.folder, self.reader, self.database = folder, reader, database

    def unchanged(self, piece: Piece) -> list[Outcome] | None:
        """What became of the piece in an earlier run, if nothing has changed since; its records are now "unchanged".

        A failure that would come again is told again.
        """
        row = self._row(piece)
        if row is None or (row.id, row.reader) != (piece.id, self.reader):
            return None
        known = row.outcomes
        if not all(file is None or file == self._file(file[0]) for _, file in known):
            return None
        now = content(piece, row.content)
        if now is None or now.sha256 != row.content.sha256:
            return None
        if now != row.content:
            update = "UPDATE pieces SET size = ?, mtime = ? WHERE piece = ?"
            self.database.execute(update, (now.size, now.mtime, _key(piece)))
        return [
            outcome if file is None else replace(outcome, status="unchanged", written_to=str(self.folder / file[0]))
            for outcome, file in known
        ]

    def settle(self, piece: Piece, now: Content | None, outcomes: Sequence[Outcome]) -> None:
        """Remember what became of a piece with this content, and remove files that only its former content had."""
        files = [None if o.written_to is None else self._file(Path(o.written_to).name) for o in outcomes]
        if now is not None and (row := self._row(piece)):
            written = [file[0] for file in files if file]
            for _, file in row.outcomes:
                if file and file[0] not in written and file == self._file(file[0]):
                    (self.folder / file[0]).unlink()
        if now is None or any(outcome.status in PASSING for outcome in outcomes):
            self.database.execute("DELETE FROM pieces WHERE piece = ?", (_key(piece),))
            return
        told = [[[o.path, o.id, o.status, o.reason], file] for o, file in zip(outcomes, files, strict=True)]
        new = (_key(piece), json.dumps(piece.id), now.size, now.mtime, now.sha256, self.reader, json.dumps(told))
        self.database.execute("INSERT OR REPLACE INTO pieces VALUES (?, ?, ?, ?, ?, ?, ?)", new)

    def _row(self, piece: Piece) -> Row | None:
        found = self.database.execute(f"{SELECT} WHERE piece = ?", (_key(piece),)).fetchone()
        if found is None:
            return None
        id_, size, mtime, sha256, reader, outcomes = found
        told = [
            (Outcome(*fields), (file[0], file[1], file[2]) if file else None) for fields, file in json.loads(outcomes)
        ]
        return Row(json.loads(id_), reader, Content(size, mtime, sha256), told)

    def _file(self, name: str) -> File | None:
        try:
            stat = (self.folder / name).stat()
        except OSError:
            return None
        return name, stat.st_size, stat.st_mtime_ns


def content(piece: Piece, before: Content | None = None) -> Content | None:
    """What a piece holds now: `before` itself where size and mtime say that nothing was written since.

    None for standard input and for what cannot be read.
    """
    if piece.line:
        return Content(piece.size, 0, piece.sha256)
    if piece.path == ingest.STANDARD_INPUT:
        return None
    try:
        stat = Path(piece.path).stat()
        if before and (before.size, before.mtime) == (stat.st_size, stat.st_mtime_ns):
            return before
        with Path(piece.path).open("rb") as file:
            return Content(stat.st_size, stat.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError:
        return None


def _key(piece: Piece) -> str:
    return json.dumps([piece.path, piece.id] if piece.line else [piece.path])


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold an output folder's lock, which the system takes back when this process ends, however it ends.

    Raises UsageError when another run holds it, and when there is no way to lock the folder.
    """
    path = folder / LOCK
    with writers.named(path):
        file = path.open("a+b", buffering=0)
    with file:
        with writers.named(path):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                owner = file.read().decode().strip() or "unknown"
                what = f"{folder}: another run (process {owner}) is writing there"
                raise UsageError(f"{what}; wait until it is done, or choose another --output.") from error
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode())
        yield


def _open(path: Path) -> sqlite3.Connection:
    """The database, made anew where it is missing or broken."""
    try:
        return _connect(path)
    except sqlite3.DatabaseError:
        for part in path.parent.glob(f"{path.name}*"):
            part.unlink()
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in (
            "PRAGMA locking_mode = EXCLUSIVE",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = NORMAL",
        ):
            database.execute(statement)
        database.execute(TABLE)
        database.execute(f"{SELECT} LIMIT 1")
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
