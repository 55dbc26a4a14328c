"""Read a long stream in one process, as a worker does, and print what it holds on the way.

    python bench/memory.py [TEXTS.jsonl] [--words 1000000] [--every 100000] [--seed 1]

The texts are repeated with their names and numbers altered, so that every round brings new strings. Prints words read,
entries of spaCy's string store, and resident and peak memory in MB.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import resource
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pipeline import nlp as pipeline_nlp
from pipeline.ingest import Source
from pipeline.records import sha256

SHARED = Path(__file__).parents[2] / "shared" / "data" / "press_corpus.jsonl"


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--words", type=int, default=1_000_000)
    parser.add_argument("--every", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    nlp = pipeline_nlp.load()
    words, due = 0, options.every
    print(f"{'words':>10} {'strings':>9} {'RSS MB':>7} {'peak MB':>8}")
    show(0, len(nlp.vocab.strings))
    stream = pipeline_nlp.read(nlp, sources(options.texts, options.seed), batch=1)
    for n, result in enumerate(stream):
        words += len(getattr(result, "text", "").split())
        # At the first document of a zone the strings of the last one are gone.
        if words >= due and n % pipeline_nlp.ZONE == 0:
            show(words, len(nlp.vocab.strings))
            due += options.every
        if words >= options.words:
            break
    stream.close()
    show(words, len(nlp.vocab.strings))


def sources(texts: Path, seed: int) -> Iterator[Source]:
    """The documents again and again, each time with other names and numbers."""
    documents = [json.loads(line)["text"] for line in texts.read_text(encoding="utf-8").splitlines()]
    for number in itertools.count():
        chance = random.Random(f"{seed}/{number}")
        text = altered(documents[number % len(documents)], chance)
        yield Source(f"d{number}", "stream", "text/plain", sha256(text), text)


def altered(text: str, chance: random.Random) -> str:
    """The text with other digits in its numbers and other letters at the end of its capitalised words."""
    text = re.sub(r"\d", lambda _: chance.choice("123456789"), text)
    return re.sub(r"\b[A-Z][a-z]{3,}\b", lambda m: m[0][:-2] + "".join(chance.choices("aeioulnrst", k=4)), text)


def show(words: int, strings: int) -> None:
    """One line of the table."""
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{words:>10,} {strings:>9,} {resident:>7.0f} {peak:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
