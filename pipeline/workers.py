"""Supervised processes that read: a document that loops, swallows memory or crashes costs itself and nothing else.

`spaCy`'s own `nlp.pipe(n_process=2)` waits for ever when one of its processes dies. Here every process reads one piece
at a time, says which document it is at, and is replaced when it dies; the results come in the order of the pieces,
whatever the number of processes, and the same bytes come out.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

from pipeline.child import Config, Outcome
from pipeline.errors import CommuniqueError, UsageError
from pipeline.pieces import Piece

HANDFUL = 20  # pieces a process that must wait before one more pays for loading the model
AHEAD = 32  # pieces a process that may be done or under way before the oldest one is
CHILD = "import sys; sys.path[:] = {path!r}; from pipeline.child import main; main()"


@dataclass
class Job:
    """A piece with what became of its documents. A job that comes in `done` keeps its place and is not read."""

    piece: Piece
    outcomes: list[Outcome] = field(default_factory=list)
    done: bool = False
    crashed: bool = False
    """Whether the document under way has ended a process once already."""


J = TypeVar("J", bound=Job)


class Workers:
    """A crew of processes, started when there is work and ended with the block.

    `count` is their number; None means one for each processor, but a single one for a handful of pieces. `stdin` is a
    file with what standard input gave, where that is among the inputs. Paths are seen from `folder`, if it is given.
    """

    def __init__(
        self, config: Config, count: int | None = None, stdin: IO[bytes] | None = None, folder: str | None = None
    ) -> None:
        self.config, self.stdin, self.folder = config, stdin, folder
        self.count = count or processors()
        self.handful = 0 if count else HANDFUL
        self.crew: list[_Process] = []
        self.selector = selectors.DefaultSelector()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process."""
        for process in list(self.crew):
            self._dismiss(process)
        self.selector.close()

    def read(self, jobs: Iterable[J]) -> Iterator[J]:
        """Do every job, and give the jobs back, done, in the order in which they came.

        Raises UsageError when the model or a rule cannot be used.
        """
        left = iter(jobs)
        window: deque[J] = deque()  # in order, from the oldest that is not given back
        todo: deque[Job] = deque()
        while True:
            self._hand_out(left, window, todo)
            while window and window[0].done:
                yield window.popleft()
                self._hand_out(left, window, todo)
            if not window:
                return
            for key, _ in self.selector.select():
                self._hear(key.data, todo)

    def _hand_out(self, left: Iterator[J], window: deque[J], todo: deque[Job]) -> None:
        """Give every idle process a job, and take in no more than they need."""
        while True:
            idle = next((process for process in self.crew if process.job is None and process.staying), None)
            if idle is None and len(self.crew) == self.count:
                return
            wanted = 1 if idle else max(1, self.handful * len(self.crew))
            while len(todo) < wanted and len(window) < AHEAD * self.count:
                job = next(left, None)
                if job is None:
                    break
                window.append(job)
                if not job.done:
                    todo.append(job)
            if len(todo) < wanted:
                return
            if idle is None:
                idle = _Process(self.config, self.stdin, self.folder)
                self.crew.append(idle)
                self.selector.register(idle.answers, selectors.EVENT_READ, idle)
            idle.start(todo.popleft())

    def _hear(self, process: _Process, todo: deque[Job]) -> None:
        for kind, content in process.hear():
            job = process.job
            if kind == "refused":
                raise UsageError(content)
            if kind == "ready":
                process.ready = True
            elif kind == "begin":
                process.begun = content
            elif kind == "outcome" and job is not None:
                job.outcomes.append(Outcome(**content))
                job.crashed, process.begun = False, None
            elif kind == "end" and job is not None:
                job.done, process.job, process.staying = True, None, content["more"]
        if process.ended:
            self._dismiss(process)
            if process.job is not None:
                self._mourn(process, process.job, todo)

    def _mourn(self, process: _Process, job: Job, todo: deque[Job]) -> None:
        """A process died at work: read its document once more, or say what it was that ended it."""
        how, timeout = process.death()
        if not timeout and not job.crashed:
            job.crashed = True  # it may have been somebody else who ended it: one more time
            todo.appendleft(job)
            return
        if not process.ready:
            raise CommuniqueError(f"The process that reads ended while it loaded {self.config.model}: {how}.")
        piece, begun = job.piece, process.begun
        what = "the input" if begun is None else f"the document {begun['id']!r}"
        if timeout:
            limit = self.config.seconds_for(piece.size if begun is None else begun["characters"])
            reason = f"reading {what} took longer than {limit:.0f} s; raise --time-limit if the text is worth it."
        else:
            reason = f"reading {what} ended its process twice ({how}); please report it with the text."
        id_ = piece.id if begun is None else begun["id"]
        status = "timeout" if timeout else "crashed"
        job.outcomes.append(Outcome(piece.path, id_, status, f"{piece.path}: {reason}"))
        job.crashed = False
        if begun is None:
            job.done = True
        else:
            todo.appendleft(job)  # for the documents after this one

    def _dismiss(self, process: _Process) -> None:
        self.crew.remove(process)
        self.selector.unregister(process.answers)
        process.end()


class _Process:
    """The parent's end of one process: what it is at, and what it says."""

    def __init__(self, config: Config, stdin: IO[bytes] | None, folder: str | None) -> None:
        theirs_in, self.tasks = os.pipe()
        self.answers, theirs_out = os.pipe()
        code = CHILD.format(path=[str(Path(part).absolute()) for part in sys.path])
        self.popen = subprocess.Popen(
            [sys.executable, "-c", code, json.dumps([theirs_in, theirs_out, asdict(config)])],
            cwd=folder,
            pass_fds=(theirs_in, theirs_out),
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # ours may be the output
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a second thread costs CPU and saves no time
            process_group=0,  # an interrupt at the terminal is for the parent
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.job: Job | None = None
        self.begun: dict[str, Any] | None = None
        self.ready, self.staying, self.ended = False, True, False
        self.heard = bytearray()

    def start(self, job: Job) -> None:
        """Give it a job. It waits for one, so the pipe is empty and this never blocks for long."""
        self.job, self.begun = job, None
        task = json.dumps({"piece": asdict(job.piece), "skip": len(job.outcomes)}) + "\n"
        with suppress(BrokenPipeError):  # it died idle: its end of the other pipe says so
            os.write(self.tasks, task.encode())

    def hear(self) -> Iterator[tuple[str, Any]]:
        """What it has said since, message by message."""
        data = os.read(self.answers, 1 << 20)
        self.ended = not data
        seen = len(self.heard)
        self.heard += data
        while (end := self.heard.find(b"\n", seen)) >= 0:
            kind, _, content = bytes(self.heard[:end]).partition(b" ")
            del self.heard[: end + 1]
            seen = 0
            yield kind.decode(), json.loads(content)

    def death(self) -> tuple[str, bool]:
        """How it ended, in words, and whether its time was over."""
        code = self.popen.wait()
        if code >= 0:
            return f"exit code {code}", False
        return f"signal {signal.Signals(-code).name}", -code == signal.SIGALRM

    def end(self) -> None:
        """Kill it if it lives, and leave nothing open."""
        if not self.ended:
            self.popen.kill()
        self.popen.wait()
        os.close(self.tasks)
        os.close(self.answers)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
