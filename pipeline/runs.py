"""A run: from inputs to written records, one outcome a document, in the order of the inputs.

pieces.plan -> (state: unchanged?) -> workers.read -> writers.write -> state.settle
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

from pipeline import ingest, pieces, rulefiles, state, writers
from pipeline.child import Config, Outcome
from pipeline.ingest import Failure
from pipeline.pieces import Piece
from pipeline.state import Content, State
from pipeline.workers import Job, Workers


@dataclass
class PieceJob(Job):
    """A job that may have to be remembered, with what its piece held when it was handed out."""

    content: Content | None = None
    known: bool = False
    """Whether its outcomes were known without reading it."""


def run(
    inputs: Sequence[str | Path], output: str, config: Config, workers: int | None = None, force: bool = False
) -> Generator[Outcome, None, None]:
    """Read all inputs and write their records; yields what became of each document, once its record is written.

    `output` is a folder, a file ending in .jsonl, or "-". In a folder an input that has not changed since an earlier
    run is not read again, unless `force` says so. Raises UsageError when the run cannot start.
    """
    if config.rules is not None:
        rulefiles.check_folder(config.rules)
    with ExitStack() as stack:
        writer = stack.enter_context(writers.open_writer(output))
        config = replace(config, indent=writer.indent)
        memory = None
        if isinstance(writer, writers.Folder):
            memory = stack.enter_context(state.of_folder(writer.path, fingerprint(config)))
        stdin = stack.enter_context(_spooled()) if ingest.STANDARD_INPUT in map(str, inputs) else None
        crew = stack.enter_context(Workers(config, workers, stdin))
        taken: set[str] = set()
        for job in crew.read(_jobs(inputs, config, memory, force)):
            outcomes = [_written(outcome, writer, taken) for outcome in job.outcomes]
            if memory is not None and not job.known:
                memory.settle(job.piece, job.content, outcomes)
            yield from outcomes


def fingerprint(config: Config) -> str:
    """SHA-256 of all that decides how a text is read: our code, spaCy, the model, the rules, the options."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        code.update(path.read_bytes())
    parts = (code.hexdigest(), version("spacy"), _model(config.model), rulefiles.fingerprint(config.rules))
    return hashlib.sha256(
        json.dumps([*parts, config.published, config.indent, config.input_bytes, config.characters]).encode()
    ).hexdigest()


def _jobs(inputs: Iterable[str | Path], config: Config, memory: State | None, force: bool) -> Iterator[PieceJob]:
    for item in pieces.plan(inputs, config.limits):
        if isinstance(item, Failure):
            outcome = Outcome(item.path, item.id, item.status, item.reason)
            yield PieceJob(Piece(item.path, item.id), [outcome], done=True, known=True)
            continue
        known = None if memory is None or force else memory.unchanged(item)
        if known is not None:
            yield PieceJob(item, known, done=True, known=True)
        else:
            yield PieceJob(item, content=None if memory is None else state.content(item))


def _written(outcome: Outcome, writer: writers.Writer, taken: set[str]) -> Outcome:
    """Write the record, if there is one and no earlier document has its place."""
    if outcome.text is None and outcome.written_to is None:
        return outcome
    name = writers.file_name(outcome.id).casefold()
    if name in taken:
        reason = f"{outcome.path}: the id {outcome.id!r} is taken by an earlier document; ids must differ."
        return Outcome(outcome.path, outcome.id, "invalid", reason)
    taken.add(name)
    if outcome.text is None:
        return outcome
    return replace(outcome, text=None, written_to=writer.write(outcome.id, outcome.text))


def _model(name: str) -> str:
    """What identifies a model: the version of a package, the files of a folder."""
    folder = Path(name)
    if folder.is_dir():
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        stats = [(path.relative_to(folder).as_posix(), path.stat()) for path in files]
        return json.dumps([[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats])
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return name  # loading it says what is wrong


@contextmanager
def _spooled() -> Iterator[IO[bytes]]:
    """Standard input as a file, which more than one process can read."""
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield spool
