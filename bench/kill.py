"""Kill a run again and again, let it finish, and compare what it wrote with an undisturbed run.

    python bench/kill.py [TEXTS.jsonl] [--documents 200] [--kills 25] [--workers 2] [--seed 1]

Every kill is a SIGKILL of the parent after a few more records, at a moment that the seed chooses. Prints how many files
were broken right after a kill, how many records were lost or doubled at the end, unlike the undisturbed ones or read
more than once, and how many processes outlived their parent. Ends with 1 if anything was broken, lost, doubled, unlike
or left over.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared" / "data" / "press_corpus.jsonl"
CODE = "from pipeline.cli import main; main()"
BAD = ("broken", "lost", "doubled", "unlike", "left over")
PATIENCE = 60  # seconds in which the processes of a killed run must be gone


def main() -> int:
    """Run, kill, run again; 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_inputs(options.texts, folder / "in", options.documents)
        run(folder, "whole", options.workers).wait()
        wanted = records(folder / "whole")
        read: Counter[str] = Counter()
        for _ in range(options.kills):
            before = len(records(folder / "out"))
            more = chance.randint(0, max(1, options.documents // options.kills - 1))
            process = run(folder, "out", options.workers)
            while len(records(folder / "out")) < before + more and process.poll() is None:
                time.sleep(0.005)
            time.sleep(chance.random() / 5)
            children = children_of(process.pid)
            process.send_signal(signal.SIGKILL)
            process.wait()
            found["kills"] += 1
            found["left over"] += outlive(children)
            read.update(read_in(folder / "out.report"))
            found["broken"] += sum(not is_json(text) for text in records(folder / "out").values())
        run(folder, "out", options.workers).wait()
        report = [json.loads(line) for line in (folder / "out.report").read_text().splitlines()]
        read.update(read_in(folder / "out.report"))
        got = records(folder / "out")
        found["documents"] = len(wanted)
        found["lost"] = len(wanted.keys() - got.keys())
        found["doubled"] = len(got.keys() - wanted.keys()) + len(report) - len({line["id"] for line in report})
        found["unlike"] = sum(got[name] != text for name, text in wanted.items() if name in got)
        found["read twice"] = sum(times > 1 for times in read.values())
    print(", ".join(f"{name} {found[name]}" for name in ("documents", "kills", *BAD, "read twice")))
    return int(any(found[name] for name in BAD))


def write_inputs(texts: Path, folder: Path, documents: int) -> None:
    """One text file for each of the first documents."""
    folder.mkdir()
    with texts.open(encoding="utf-8") as lines:
        for line in itertools.islice(lines, documents):
            document = json.loads(line)
            (folder / f"{document['id']}.txt").write_text(document["text"], encoding="utf-8")


def run(folder: Path, output: str, workers: int) -> subprocess.Popen[bytes]:
    """Start a run into an output folder, with a report beside it."""
    command = [sys.executable, "-c", CODE, "run", str(folder / "in"), "--output", str(folder / output)]
    (folder / f"{output}.report").unlink(missing_ok=True)  # a run that is killed early has not written its own
    options = ["--workers", str(workers), "--report", str(folder / f"{output}.report")]
    return subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL)


def records(folder: Path) -> dict[str, bytes]:
    """The record files of a folder."""
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}


def is_json(text: bytes) -> bool:
    """Whether a file is whole."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def read_in(report: Path) -> list[str]:
    """The ids that a run read, by its report, whose last line a kill may have cut."""
    lines = report.read_text().splitlines() if report.exists() else []
    told = [json.loads(line) for line in lines if line.endswith("}")]
    return [line["id"] for line in told if line["status"] == "ok"]


def children_of(pid: int) -> list[str]:
    """The processes that a run has started, by their number and start time."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [f"{child} {born(child)}" for child in path.read_text().split()] if path.exists() else []


def outlive(children: list[str]) -> int:
    """How many of the processes are still there when the patience is over."""
    deadline = time.monotonic() + PATIENCE
    while left := [child for child in children if born(child.split()[0]) == child.split()[1]]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return len(left)


def born(pid: str) -> str:
    """The start time of a process in clock ticks, "" if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


if __name__ == "__main__":
    sys.exit(main())
