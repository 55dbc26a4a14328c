"""Read the same texts with one process, with two, and on a local Dask cluster of two, and print what each costs.

    python bench/scale.py [TEXTS.jsonl] [--documents 300] [--rounds 3]

Rounds are interleaved and medians printed: documents a second by the clock, which mean something on idle cores only,
and CPU seconds of all processes together, start-up included. Records must be the same to the byte.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from statistics import median

SHARED = Path(__file__).parents[2] / "shared" / "data" / "press_corpus.jsonl"
COMMUNIQUE = [sys.executable, "-c", "from pipeline.cli import main; main()", "run"]
PR_SET_CHILD_SUBREAPER = 36
"""prctl(2): processes whose parent is gone become children of this one, so that their CPU time is known."""
WAYS = {
    "1 worker": ["--workers", "1"],
    "2 workers": ["--workers", "2"],
    "cluster of 2": ["--cluster", "local", "--workers", "2", "--shard-size", "25"],
}


def main() -> None:
    """Run every way in turn and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    clock: dict[str, list[float]] = {way: [] for way in WAYS}
    cpu: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts.jsonl"
        with options.texts.open(encoding="utf-8") as lines:
            texts.write_text("".join(islice(lines, options.documents)), encoding="utf-8")
        for n in range(options.rounds):
            written = set()
            for way, arguments in WAYS.items():
                output = Path(folder) / (f"{n}-cluster" if "--cluster" in arguments else f"{n}-{arguments[-1]}.jsonl")
                seconds, busy, records = run(texts, output, arguments)
                clock[way].append(seconds)
                cpu[way].append(busy)
                written.add(records)
            if len(written) != 1:
                sys.exit("the records differ")
    print(f"{options.documents} documents, median of {options.rounds} rounds, {os.cpu_count()} processors")
    for way in WAYS:
        rate = options.documents / median(clock[way])
        print(f"  {way:<14}{median(clock[way]):7.1f} s {rate:7.1f} documents/s {median(cpu[way]):8.1f} CPU s")
    print(f"  2 workers / 1 worker: documents a second {ratio(clock, '1 worker', '2 workers'):.2f}", end=", ")
    print(f"CPU {ratio(cpu, '2 workers', '1 worker'):.2f}")
    print(f"  cluster of 2 / 2 workers: CPU {ratio(cpu, 'cluster of 2', '2 workers'):.2f}")


def run(texts: Path, output: Path, arguments: list[str]) -> tuple[float, float, bytes]:
    """Seconds by the clock, CPU seconds, and the records as lines: those of a cluster stand in shards."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([*COMMUNIQUE, str(texts), "--output", str(output), *arguments], check=True, capture_output=True)
    end = time.monotonic()
    with suppress(ChildProcessError):  # what the command left behind counts, too
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    shards = sorted(output.glob("*.jsonl")) if output.is_dir() else [output]
    return end - start, busy, b"".join(shard.read_bytes() for shard in shards)


def ratio(figures: dict[str, list[float]], one: str, other: str) -> float:
    """The median of one way's figures over another's, round by round."""
    return median(a / b for a, b in zip(figures[one], figures[other], strict=True))


if __name__ == "__main__":
    main()
