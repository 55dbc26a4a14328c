"""A cluster: shards that say the same as a local run, whatever dies on the way."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import cluster, ingest, records, runs
from pipeline import nlp as pipeline_nlp
from pipeline.child import Config, Outcome
from pipeline.cluster import Shard
from pipeline.errors import UsageError
from pipeline.records import Record
from tests.test_resume import CONFIG, TEXTS, Inline
from tests.test_workers import BROKEN, MODELS, folder

pytest.importorskip("distributed")
MANY = {f"d{n:02}": f"Acme will hire {n} people in 2019. SLEEP" for n in range(11)}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(MODELS))


class Here:
    """A cluster without machines: a task is done where it is submitted."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def nthreads(self) -> dict[str, int]:
        return {"here": 1}

    def submit(self, function: Any, shard: Shard, config: Config, **_: object) -> SimpleNamespace:
        self.asked.append(Path(shard.records).name[:12])
        told = function(shard, config)
        return SimpleNamespace(result=lambda: told)


@pytest.fixture
def in_place(monkeypatch: pytest.MonkeyPatch) -> Here:
    client = Here()

    class Crew(Inline):
        def __init__(self, config: Config, *_: object, **__: object) -> None:
            super().__init__(config)

        def close(self) -> None:
            pass

    monkeypatch.setattr(cluster, "Workers", Crew)
    monkeypatch.setattr(runs, "Workers", Crew)
    monkeypatch.setattr(cluster, "_client", lambda *_: _Block(client))
    monkeypatch.setattr(cluster, "_idle", [])
    return client


class _Block:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __enter__(self) -> Any:
        return self.value

    def __exit__(self, *_: object) -> None:
        pass


def joined(output: str) -> bytes:
    """The records of all shards that the manifest lists, in its order."""
    manifest = json.loads(Path(output, "manifest.json").read_text())
    return b"".join(Path(output, shard["file"]).read_bytes() for shard in manifest["shards"])


def report(outcomes: Iterator[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.id, outcome.status) for outcome in outcomes]


def test_shards_in_their_order_are_the_local_run_and_failures_keep_their_place(in_place: Here) -> None:
    folder(Path("in"), {**TEXTS, "bb": "LOOP"})
    Path("in/lines.jsonl").write_text('{"id": "x", "text": "Acme."}\n{"id": "x", "text": "Twice."}\n')
    local = report(runs.run(["in"], "local.jsonl", CONFIG))
    assert report(cluster.run(["in"], "out", CONFIG, "any", 2)) == local
    assert [status for _, status in local] == ["ok", "ok", "timeout", "ok", "ok", "invalid"]
    assert joined("out") == Path("local.jsonl").read_bytes()


def test_finished_shards_are_kept_and_only_changed_ones_read(in_place: Here) -> None:
    folder(Path("in"), {**TEXTS, "d": "LOOP", "e": "Acme.", "f": "Acme."})
    list(cluster.run(["in"], "out", CONFIG, "any", 2))
    in_place.asked.clear()
    again = report(cluster.run(["in"], "out", CONFIG, "any", 2))
    assert in_place.asked == ["shard-000002"]  # a text that took too long may not do so again
    assert dict(again) == {**dict.fromkeys("abef", "unchanged"), "c": "ok", "d": "timeout"}
    folder(Path("in"), {"d": "Acme.", "f": "Changed."})
    in_place.asked.clear()
    list(cluster.run(["in"], "out", CONFIG, "any", 2))
    assert in_place.asked == ["shard-000002", "shard-000003"]
    assert len(list(Path("out").glob("shard-*"))) == 3
    list(cluster.run(["in"], "anew", CONFIG, "any", 2))
    assert joined("out") == joined("anew")
    in_place.asked.clear()
    list(cluster.run(["in"], "out", CONFIG, "any", 2, force=True))
    assert len(in_place.asked) == 3


def test_a_run_whose_driver_is_killed_goes_on(in_place: Here) -> None:
    folder(Path("in"), MANY)
    started = cluster.run(["in"], "out", CONFIG, "any", 2)
    next(started)
    started.close()
    assert not Path("out/manifest.json").exists()
    before = len(in_place.asked)
    list(cluster.run(["in"], "out", CONFIG, "any", 2))
    assert 0 < before < len(in_place.asked) == 6
    list(runs.run(["in"], "local.jsonl", CONFIG))
    assert joined("out") == Path("local.jsonl").read_bytes()


@pytest.mark.parametrize(("inputs", "output"), [(["in"], "out.jsonl"), (["in"], "-"), (["-"], "out")])
def test_what_a_cluster_cannot_do_is_one_sentence(inputs: list[str], output: str) -> None:
    with pytest.raises(UsageError, match=r"folder"):
        list(cluster.run(inputs, output, CONFIG, "any", 2))


def test_a_worker_that_is_killed_and_a_document_that_crashes_cost_nothing_else() -> None:
    folder(Path("in"), MANY)
    nlp = pipeline_nlp.load(BROKEN)
    expected = [result for result in pipeline_nlp.read(nlp, ingest.read(["in"])) if isinstance(result, Record)]
    folder(Path("in"), {"d05x": "EXIT"})
    with cluster._client("local", 1) as client, pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "_client", lambda *_: _Block(client))
        outcomes = cluster.run(["in"], "out", Config(BROKEN), "any", 3)
        told = [next(outcomes)]
        (worker,) = client.run(os.getpid).values()
        os.kill(worker, signal.SIGKILL)
        told += outcomes
    crashed = [outcome.id for outcome in told if outcome.status == "crashed"]
    assert ([outcome.id for outcome in told], crashed) == (sorted([*MANY, "d05x"]), ["d05x"])
    assert joined("out") == "".join(f"{records.dumps(record, indent=None)}\n" for record in expected).encode()


def test_what_crosses_the_scheduler_are_paths() -> None:
    folder(Path("in"), TEXTS)
    (shard,) = cluster._shards(["in"], Path("out"), CONFIG, 10)
    assert not any(text in json.dumps(asdict(shard)) for text in TEXTS.values())
