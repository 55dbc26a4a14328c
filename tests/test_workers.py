"""Workers: what a document does to the process that reads it, it does to itself alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import ingest, pieces, records, runs, workers
from pipeline import nlp as pipeline_nlp
from pipeline.child import Config, Outcome
from pipeline.errors import UsageError
from pipeline.ingest import Failure, Limits
from pipeline.pieces import Piece
from pipeline.records import Record
from pipeline.workers import Job, Workers
from tests.conftest import ROOT

MODELS = ROOT / "tests" / "models"
BROKEN = "broken_model"
GOOD = {"a": "Acme agreed to help by May 2018.", "m": "Acme will pay EUR 5 million. PRINT", "z": "Acme grows."}
BAD = {
    "b-loop": ("LOOP", "timeout", "took longer than 3 s; raise --time-limit"),
    "c-swallow": ("SWALLOW", "crashed", "for want of memory; raise --memory-limit"),
    "n-segfault": ("SEGFAULT", "crashed", "ended its process twice (signal SIGSEGV)"),
    "o-recurse": ("RECURSE", "crashed", "RecursionError"),
}


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package of a model that breaks on command is installed, for this process and for those it starts."""
    monkeypatch.syspath_prepend(str(MODELS))


def folder(path: Path, texts: dict[str, str]) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in texts.items():
        (path / f"{name}.txt").write_text(text)
    return path


def written(path: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in path.glob("*.json")}


def test_each_bad_document_fails_alone_and_is_named_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder(Path("in"), GOOD)
    nlp = pipeline_nlp.load(BROKEN)
    clean = [result for result in pipeline_nlp.read(nlp, ingest.read(["in"])) if isinstance(result, Record)]
    folder(Path("in"), {name: f"Acme. {word}" for name, (word, _, _) in BAD.items()})
    outcomes = list(runs.run(["in"], "out", Config(BROKEN, seconds=3), workers=2))
    assert [outcome.id for outcome in outcomes] == sorted([*GOOD, *BAD])
    for outcome in outcomes:
        _, status, reason = BAD.get(outcome.id, ("", "ok", ""))
        assert outcome.status == status
        assert reason in (outcome.reason or "")
        assert (f"{outcome.path}: " in (outcome.reason or "")) == (status != "ok")
    assert len(clean) == len(GOOD)
    assert written(Path("out")) == {f"{record.id}.json": f"{records.dumps(record)}\n".encode() for record in clean}


def test_a_process_that_is_killed_from_outside_costs_nothing(tmp_path: Path) -> None:
    given = folder(tmp_path / "in", {f"d{n}": f"Acme will hire {n} people. SLEEP" for n in range(3)})
    with Workers(Config(BROKEN), 1) as crew:
        jobs = [Job(piece) for piece in pieces.plan([given], Limits()) if isinstance(piece, Piece)]
        done = crew.read(iter(jobs))
        first = next(done)
        (process,) = crew.crew
        os.kill(process.popen.pid, signal.SIGKILL)
        outcomes = [outcome for job in [first, *done] for outcome in job.outcomes]
    assert [(outcome.id, outcome.status) for outcome in outcomes] == [("d0", "ok"), ("d1", "ok"), ("d2", "ok")]


def test_what_a_process_cannot_load_stops_the_run_with_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad" / "segments").mkdir(parents=True)
    (tmp_path / "bad" / "segments" / "lines.toml").write_text("[[rule]]\nid = 'x'\n")
    config = Config(BROKEN, str(tmp_path / "bad"))
    with pytest.raises(UsageError, match="lines.toml: line 1, rule x"):
        list(runs.run([folder(tmp_path / "in", GOOD)], str(tmp_path / "out"), config))


def test_limits_grow_with_the_text() -> None:
    config = Config("any", seconds=30, megabytes=2000)
    assert [config.seconds_for(n) for n in (0, 10_000, 1_000_000)] == [30, 31, 130]
    assert [config.megabytes_for(n) for n in (0, 10_000, 1_000_000)] == [2000, 2040, 6000]


class Deaf:
    """A process that is asked and never answers: what the parent hands out can be counted."""

    def __init__(self, *_: object) -> None:
        self.answers, self.job, self.staying, self.ended = os.open(os.devnull, os.O_RDONLY), None, True, False

    def start(self, job: Job) -> None:
        self.job = job

    def end(self) -> None:
        os.close(self.answers)


@pytest.mark.parametrize(
    ("count", "pieces_", "processes"),
    [(None, 5, 1), (None, 20, 1), (None, 30, 2), (None, 62, 3), (None, 900, 4), (3, 2, 2), (3, 3, 3)],
)
def test_processes_are_as_many_as_pay_and_take_no_more_than_they_need(
    count: int | None, pieces_: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "processors", lambda: 4)
    monkeypatch.setattr(workers, "_Process", Deaf)
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for n in range(pieces_):
            taken += 1
            yield Job(Piece("in", str(n)))

    crew = Workers(Config("any"), count)
    monkeypatch.setattr(crew, "selector", type("S", (), {"register": lambda *_: None, "select": lambda _: 1 / 0})())
    with pytest.raises(ZeroDivisionError):
        list(crew.read(jobs()))
    assert len(crew.crew) == processes
    assert taken <= workers.AHEAD * 4
    for process in crew.crew:
        process.end()


def test_pieces_bear_ids_that_differ_and_read_like_the_inputs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        folder(tmp_path / name, {"same": f"Text of {name}."})
    (tmp_path / "c.jsonl").write_text('{"id": "same", "text": "x"}\n\n{"id": "own", "text": "Text of c."}\n')
    planned = list(pieces.plan([tmp_path, tmp_path / "a" / "same.txt", tmp_path / "gone.txt"], Limits()))
    ids = [item.id for item in planned]
    assert ids[0] == "same" and ids[1].startswith("same-") and ids[2:] == ["c:1", "own", "same", "gone"]
    assert [type(item) for item in planned] == [Piece, Piece, Failure, Piece, Failure, Piece]
    read = [document for item in planned if isinstance(item, Piece) for document in pieces.documents(item, Limits())]
    assert [getattr(document, "text", None) for document in read] == ["Text of a.", "Text of b.", "Text of c.", None]
    assert [document.id for document in read] == [item.id for item in planned if isinstance(item, Piece)]


def test_an_interrupt_ends_every_process_and_the_exit_code_says_so(tmp_path: Path) -> None:
    given = folder(tmp_path / "in", {f"d{n}": "Acme. SLEEP" for n in range(30)})
    code = "from pipeline.cli import main; main()"
    command = [sys.executable, "-c", code, "run", str(given), "--model", BROKEN, "--output", str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(MODELS)])}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as run:
        while not written(tmp_path / "out") and run.poll() is None:
            time.sleep(0.05)
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        started = children.read_text().split() if children.exists() else []
        run.send_signal(signal.SIGINT)
        _, said = run.communicate()
    assert run.returncode == 130
    assert "Traceback" not in said
    assert "the same command goes on" in said
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert list((tmp_path / "out").glob(".*.tmp")) == []


def test_the_report_has_a_line_for_each_document(tmp_path: Path) -> None:
    from pipeline import cli_run

    with cli_run._report(tmp_path / "report.jsonl") as tell:
        tell(Outcome("in/a.txt", "a", "ok", None, None, {"dates": 1}, "out/a.json"))
        tell(Outcome("in/b.txt", "b", "timeout", "in/b.txt: too long."))
    assert [json.loads(line) for line in (tmp_path / "report.jsonl").read_text().splitlines()] == [
        {"path": "in/a.txt", "id": "a", "status": "ok", "reason": None},
        {"path": "in/b.txt", "id": "b", "status": "timeout", "reason": "in/b.txt: too long."},
    ]
