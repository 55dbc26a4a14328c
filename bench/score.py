"""Measure accuracy on the gold beside the repository and compare it with the pinned floors.

    python bench/score.py [--shared ../shared] [--only dates] [--keep FOLDER]

The gold is for measuring only and is no part of the repository; where `../shared` is missing there is nothing to do.
Each figure of `bench/floors.toml` names gold, scorer and floor; a figure below its floor ends the program with exit
code 4. `--keep` writes the predictions to a folder, to read the errors with the scorers' own `--errors`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from spacy.language import Language

from pipeline import nlp as pipeline_nlp
from pipeline import records
from pipeline.ingest import Source
from pipeline.records import Record, sha256

FLOORS = Path(__file__).with_name("floors.toml")
BELOW_A_FLOOR = 4


def main() -> int:
    """Measure every set of the floors file; 0, or 4 when a figure lies below its floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--only", default="", help="measure only sets whose name holds this")
    parser.add_argument("--keep", type=Path, help="write predictions into this folder")
    options = parser.parse_args()
    if not options.shared.is_dir():
        print(f"{options.shared}: no gold here, nothing measured")
        return 0
    below = 0
    nlp = pipeline_nlp.load()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for measured in tomllib.loads(FLOORS.read_text())["set"]:
            if options.only in measured["name"]:
                figures = figures_of(nlp, measured, options.shared, folder)
                for name, floor in measured["floors"].items():
                    value = figures[name]
                    below += value < floor
                    verdict = " BELOW" if value < floor else ""
                    print(f"{measured['name']:<28} {name:<34} {value:8.3f}  floor {floor:7.3f}{verdict}")
    return BELOW_A_FLOOR if below else 0


def figures_of(nlp: Language, measured: dict[str, Any], shared: Path, folder: Path) -> dict[str, float]:
    """All figures of one set by their path in the scorer's JSON: {"strict.f": 86.1}."""
    if measured["scorer"] == "sentences":
        return sentence_figures(nlp, shared / measured["gold"][0])
    gold, predicted = folder / f"{measured['name']}.gold.jsonl", folder / f"{measured['name']}.jsonl"
    rows = [json.loads(line) for name in measured["gold"] for line in (shared / name).open(encoding="utf-8")]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows))
    predicted.write_text("".join(records.dumps(record, indent=None) + "\n" for record in read(nlp, rows)))
    if "optional" in measured:
        optional = folder / f"{measured['name']}.optional.jsonl"
        optional.write_text("".join((shared / name).read_text(encoding="utf-8") for name in measured["optional"]))
        kept = run(shared / "score" / "drop_optional.py", gold, optional, predicted)
        predicted.write_text(kept)
    scorer = shared / "score" / f"{measured['scorer']}.py"
    return dict(flatten(json.loads(run(scorer, gold, predicted, "--json", *measured.get("options", [])))))


def read(nlp: Language, rows: Iterable[dict[str, Any]]) -> Iterator[Record]:
    """The records of gold rows, read with the gold's own date of publication."""
    sources = (
        Source(row["id"], "gold", "application/jsonl", sha256(row["text"]), row["text"], published=row.get("published"))
        for row in rows
    )
    for result in pipeline_nlp.read(nlp, sources):
        if not isinstance(result, Record):
            raise SystemExit(f"{result.id}: {result.reason}")
        yield result


def sentence_figures(nlp: Language, path: Path) -> dict[str, float]:
    """Sentences with a promise, found or not: precision, recall and F1 of act Commissive-A against the rest without
    Commissive-O, on whole releases put together from their sentences.

    A sentence is found when half of a record's evidence lies in it.
    """
    releases: dict[str, list[dict[str, Any]]] = {}
    for line in path.open(encoding="utf-8"):
        row = json.loads(line)
        if row["source"] == "auspol":
            releases.setdefault(row["doc"], []).append(row)
    rows, spans = [], {}
    for name, sentences in releases.items():
        text, spans[name] = "", []
        for sentence in sorted(sentences, key=lambda s: s["n"]):
            start = len(text)
            text += sentence["text"] + "\n\n"
            spans[name].append((start, start + len(sentence["text"]), sentence["act"]))
        rows.append({"id": name, "text": text, "published": "2016-06-01"})
    right = found = wanted = 0
    for record in read(nlp, rows):
        for start, end, act in spans[record.id]:
            hit = any(2 * (min(end, c.end) - max(start, c.start)) >= c.end - c.start for c in record.commitments)
            if act != "Commissive-O":
                found += hit
                wanted += act == "Commissive-A"
                right += hit and act == "Commissive-A"
    precision, recall = right / max(found, 1), right / max(wanted, 1)
    return {"p": precision, "r": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-9)}


def run(script: Path, *args: str | Path) -> str:
    """Standard output of a scorer."""
    return subprocess.run(
        [sys.executable, str(script), *map(str, args)], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def flatten(tree: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Numbers of nested JSON objects with their dotted paths."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from flatten(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield path, float(tree)


if __name__ == "__main__":
    sys.exit(main())
