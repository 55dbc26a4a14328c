"""A process that reads: pieces come in by one pipe, outcomes go out by another, and a limit ends it, not the run.

The limits are the kernel's: a Python signal handler does not stop spaCy's matcher, an alarm without a handler ends the
process wherever it is, even when its parent is gone. What is asked and answered are lines of JSON:

    {"piece": {...}, "skip": 0}                           read this piece, but for its first documents
    ready | refused "..."                                the pipeline is loaded, or why it cannot be
    begin {"id": ..., "characters": ...}                 a document is under way
    outcome {"path": ..., "id": ..., "status": ...}      it is done
    end {"more": true}                                   the piece is done; without more, the process is, too
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pipeline import ingest, pieces
from pipeline.errors import UsageError
from pipeline.ingest import Failure, Limits, Source
from pipeline.pieces import Piece

CHARACTERS = 10_000  # the step in which limits grow with a text
SECONDS_A_STEP = 1
MEGABYTES_A_STEP = 40
MEGABYTE = 1_000_000
COUNTED_LAYERS = ("entities", "dates", "quantities", "commitments", "warnings")
TOLD_STATUSES = ("empty", "no_text", "not_english")  # warnings that a report names as the document's status


@dataclass(frozen=True)
class Config:
    """How documents are read. `indent` is that of the records' JSON; `seconds` and `megabytes` are for a short text."""

    model: str
    rules: str | None = None
    published: str | None = None
    indent: int | None = None
    seconds: float = 30
    megabytes: int = 2_000
    input_bytes: int = Limits.input_bytes
    characters: int = Limits.characters

    @property
    def limits(self) -> Limits:
        """What is too large to be read."""
        return Limits(self.input_bytes, self.characters)

    def seconds_for(self, characters: int) -> float:
        """How long a text of this length may take."""
        return self.seconds + SECONDS_A_STEP * characters / CHARACTERS

    def megabytes_for(self, characters: int) -> int:
        """How much memory, beside that of the loaded pipeline, a text of this length may take."""
        return self.megabytes + MEGABYTES_A_STEP * characters // CHARACTERS


@dataclass(frozen=True)
class Outcome:
    """What became of one document: the first four fields are its line in a report.

    `text` is the record as JSON, None where there is none; `counts` says how much each layer holds, `written_to` where
    the record stands.
    """

    path: str
    id: str
    status: str
    reason: str | None = None
    text: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    written_to: str | None = None


def main() -> None:
    """Serve until the pipe of tasks is closed; called by the parent with the pipes and the configuration in argv."""
    tasks, answers, config = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with os.fdopen(tasks, "rb") as questions, os.fdopen(answers, "wb") as replies:
        serve(Config(**config), questions, replies)
        replies.flush()
    os._exit(0)  # taking the interpreter down would cost as much as a document


def serve(config: Config, tasks: IO[bytes], answers: IO[bytes]) -> None:
    """Load the pipeline and answer every task, as the module's description says."""
    from pipeline import nlp as pipeline_nlp

    def answer(kind: str, content: Any = None) -> None:
        answers.write(f"{kind} {json.dumps(content)}\n".encode())
        answers.flush()

    try:
        nlp = pipeline_nlp.load(config.model, config.rules, config.published)
    except UsageError as error:
        answer("refused", str(error))
        return
    nlp.max_length = max(nlp.max_length, config.characters)
    answer("ready")
    guard = Guard(config)

    def documents() -> Iterator[Source | Failure]:
        for line in tasks:
            task = json.loads(line)
            piece = Piece(**task["piece"])
            guard.watch(piece.size)
            for document in islice(_documents(piece, config.limits), task["skip"], None):
                length = len(document.text) if isinstance(document, Source) else 0
                guard.rest()
                answer("begin", {"id": document.id, "characters": length})
                guard.watch(length)
                yield document
                guard.watch(piece.size)
            guard.rest()
            more = not guard.swollen()
            answer("end", {"more": more})
            if not more:
                return

    for result in pipeline_nlp.read(nlp, documents(), batch=1):
        if isinstance(result, Failure):
            outcome = Outcome(result.path, result.id, result.status, result.reason)
        else:
            told = [w for w in result.warnings if w.code in TOLD_STATUSES]
            status, reason = (told[0].code, told[0].message) if told else ("ok", None)
            counts = {layer: len(getattr(result, layer)) for layer in COUNTED_LAYERS}
            text = result.model_dump_json(by_alias=True, indent=config.indent)
            outcome = Outcome(result.source.path, result.id, status, reason, text, counts)
        guard.rest()
        answer("outcome", asdict(outcome))


class Guard:
    """Limits of time and memory that the kernel keeps, set anew for each document."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.loaded = _address_space()
        self.before = resource.getrlimit(resource.RLIMIT_AS)

    def watch(self, characters: int) -> None:
        """Start the clock for a text, or the bytes of an input, of this length."""
        _, most = self.before
        wanted = self.loaded + self.config.megabytes_for(characters) * MEGABYTE
        allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, most))
        signal.setitimer(signal.ITIMER_REAL, self.config.seconds_for(characters))

    def rest(self) -> None:
        """Stop the clock: what follows is ours, and may wait for the parent."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, self.before)

    def swollen(self) -> bool:
        """Whether so much memory is still held that the next text would have less than its share."""
        return _address_space() - self.loaded > self.config.megabytes * MEGABYTE // 2


def _documents(piece: Piece, limits: Limits) -> Iterator[Source | Failure]:
    """The piece's documents; a reader that fails ends the piece with a failure, not the process."""
    if piece.path == ingest.STANDARD_INPUT:
        sys.stdin.buffer.seek(0)  # a file of the parent's, read again after a crash
    try:
        yield from pieces.documents(piece, limits)
    except Exception as error:
        reason = f"{piece.path}: reading the input failed ({type(error).__name__}: {error}); please report it."
        yield Failure(piece.path, piece.id, "crashed", reason)


def _address_space() -> int:
    """Bytes of this process's address space; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
