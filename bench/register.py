"""Measure the register on many records: real ones, their names and amounts altered by a seed.

    python bench/register.py RECORDS.jsonl [--documents 10000] [--seed 7]

Letters of names are replaced one for one and digits of amounts likewise, so that every offset stays; each altered copy
is a valid record. Prints the seconds that building took, the peak memory of the process, and what was joined.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline import register
from pipeline.records import sha256

CASTS = 30  # sets of names: the same bodies promise again and again, as in real releases
VOWELS, CAPITALS = "aeiou", "BCDFGHKLMNPRSTV"


def main() -> int:
    """Build a register of altered records and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        many = Path(folder) / "records.jsonl"
        with many.open("w", encoding="utf-8", newline="\n") as file:
            for record in altered(options.records, options.documents, random.Random(options.seed)):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        started, cpu = time.perf_counter(), time.process_time()
        built = register.build([many], Path(folder) / "register.db")
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        size = (Path(folder) / "register.db").stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{built.documents} documents, {built.commitments} commitments, {built.threads} threads, {built.joined} joined"
    )
    print(f"{seconds:.1f} s ({cpu:.1f} s CPU), peak {peak:.0f} MB, register of {size / 1e6:.0f} MB")
    return 1 if built.left_out else 0


def altered(path: Path, documents: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """`documents` records made from those of a file: the real ones first, then copies with other names and amounts."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    for n in range(documents):
        record = json.loads(lines[n % len(lines)])
        record["id"] = f"r{n:06d}"
        if n >= len(lines):
            _alter(record, chance)
        yield record


def _alter(record: dict[str, Any], chance: random.Random) -> None:
    cast = chance.randrange(CASTS)
    text = list(record["text"])
    for entity in record["entities"]:
        if entity["link"] is None:  # countries keep their codes, so their names stay, too
            for mention in entity["mentions"]:
                text[mention["start"] : mention["end"]] = _renamed(mention["text"], cast)
    for quantity in record["quantities"]:
        for i in range(quantity["start"], quantity["end"]):
            text[i] = chance.choice("123456789") if text[i].isdigit() else text[i]
        quantity["value"] = quantity["value"] and chance.randrange(1, 100) * 10 ** chance.randrange(9)
    record["text"] = "".join(text)
    record["text_sha256"] = sha256(record["text"])
    if record["published"]:
        record["published"] = str(chance.randrange(2000, 2026)) + record["published"][4:].replace("-02-29", "-02-28")
    _reread(record, record["text"])


def _renamed(name: str, cast: int) -> list[str]:
    same = random.Random(f"{cast} {name}")  # one name has one other name in a cast
    return [same.choice(CAPITALS if c.isupper() else VOWELS) if c.isascii() and c.isalpha() else c for c in name]


def _reread(part: Any, text: str) -> None:
    """Every span takes its words, and every name that is those words, from the altered text."""
    if isinstance(part, list):
        for item in part:
            _reread(item, text)
    elif isinstance(part, dict):
        if "start" in part and "text" in part:
            words = text[part["start"] : part["end"]]
            if part.get("name") == part["text"]:
                part["name"] = words
            part["text"] = words
        for item in part.values():
            _reread(item, text)
        if "mentions" in part and part["link"] is None:
            part["name"] = max((mention["text"] for mention in part["mentions"]), key=len)


if __name__ == "__main__":
    sys.exit(main())
