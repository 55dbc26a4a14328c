"""`communique run`: what it takes, what it says on the way and at its end.

A run that finds nothing changed is done before pydantic, rich or spaCy could be imported: they are, where they are
needed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from pipeline import DEFAULT_MODEL, ingest, runs, writers
from pipeline.child import COUNTED_LAYERS, Config, Outcome
from pipeline.console import messages, say
from pipeline.errors import DOCUMENTS_FAILED, UsageError
from pipeline.timex import Point

REPORTED = ("path", "id", "status", "reason")
MAX_TABLE_ROWS = 40  # a longer run shows its sums only


def run(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="Files, folders or - for standard input.", show_default="raw/"),
    ] = None,
    output: Annotated[
        str, typer.Option(help="A folder, a file ending in .jsonl, or - for standard output.")
    ] = "output",
    published: Annotated[str | None, typer.Option(metavar="DATE", help="Date of texts that state none.")] = None,
    model: Annotated[
        str, typer.Option(help="An installed spaCy English pipeline, or the path of one.")
    ] = DEFAULT_MODEL,
    rules: Annotated[Path | None, typer.Option(metavar="DIR", help="Rules to add to the built-in ones.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Processes that read.",
            show_default="one a processor, 1 for a handful of documents",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Read again what has not changed.")] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a line of JSON about each document.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS|local", help="Read on the machines of a Dask scheduler.")
    ] = None,
    shard_size: Annotated[int, typer.Option(metavar="N", min=1, help="Documents a task of a cluster reads.")] = 200,
    time_limit: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="Time of a document, and 1 s more per 10,000 characters.")
    ] = Config.seconds,
    memory_limit: Annotated[
        int, typer.Option(metavar="MB", min=100, help="Memory of a document, and 40 MB more per 10,000 characters.")
    ] = Config.megabytes,
    input_limit: Annotated[int, typer.Option(metavar="BYTES", min=1, help="The largest input.")] = Config.input_bytes,
    text_limit: Annotated[int, typer.Option(metavar="CHARACTERS", min=1, help="The longest text.")] = Config.characters,
) -> None:
    """Read press texts and write a record of each. What has not changed since the last run into a folder is skipped.

    Example: communique run new-release.txt --published 2026-11-20
    """
    check_date(published)
    given = inputs or ["raw"]
    folder = None if rules is None else str(rules)
    config = Config(model, folder, published, None, time_limit, memory_limit, input_limit, text_limit)
    summary = Summary()
    if cluster is None:
        reading = runs.run(given, output, config, workers, force)
    else:
        from pipeline import cluster as clusters

        reading = clusters.run(given, output, config, cluster, shard_size, workers, force)
    try:
        with _report(report) as tell, closing(reading) as outcomes:
            for outcome in _progress(outcomes, given):
                tell(outcome)
                summary.add(outcome)
    except KeyboardInterrupt:
        say(f"Interrupted after {summary.read} documents; into a folder, the same command goes on from there.")
        raise
    summary.print()
    if summary.failed:
        raise typer.Exit(DOCUMENTS_FAILED)


@dataclass
class Summary:
    """What a run says at its end; it grows with the failures, not with the documents."""

    rows: list[Outcome] = field(default_factory=list)
    sums: Counter[str] = field(default_factory=Counter)
    read: int = 0
    unchanged: int = 0
    failed: list[str] = field(default_factory=list)
    best: Outcome | None = None

    def add(self, outcome: Outcome) -> None:
        """Count one document."""
        if outcome.written_to is None:
            self.failed.append(outcome.reason or outcome.status)
            return
        if outcome.status == "unchanged":
            self.unchanged += 1
        else:
            self.read += 1
            self.sums.update(outcome.counts)
            if len(self.rows) <= MAX_TABLE_ROWS:
                self.rows.append(outcome)
        promises = outcome.counts.get("commitments", -1)
        if self.best is None or promises > self.best.counts.get("commitments", -1):
            self.best = outcome

    def print(self) -> None:
        """A table of what was read, the failures, and what to open next."""
        if self.read:
            self._print_table()
        if self.unchanged:
            say(f"{self.unchanged} documents have not changed and were not read again (--force reads them).")
        for reason in self.failed:
            say(f"not read: {reason}")
        if self.best is not None and self.best.written_to != writers.STANDARD_OUTPUT:
            say(f'Next: open {self.best.written_to} and look under "commitments".')

    def _print_table(self) -> None:
        rows = [["document", *COUNTED_LAYERS]]
        if len(self.rows) <= MAX_TABLE_ROWS:
            rows += [[row.id, *(str(row.counts[layer]) for layer in COUNTED_LAYERS)] for row in self.rows]
        if self.read != 1:
            rows.append([f"{self.read} documents", *(str(self.sums[layer]) for layer in COUNTED_LAYERS)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for name, *counts in rows:
            numbers = (count.rjust(width) for count, width in zip(counts, widths[1:], strict=True))
            say("  ".join([name.ljust(widths[0]), *numbers]))


def check_date(published: str | None) -> None:
    """Raise UsageError for a `--published` that is no date."""
    if published is None:
        return
    try:
        Point.parse(published).interval()
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"--published {published}: no date of the form YYYY, YYYY-MM or YYYY-MM-DD; write for example 2018-04."
        ) from error


@contextmanager
def _report(path: Path | None) -> Iterator[Callable[[Outcome], None]]:
    """Writes a line for each document as it is done, so that a run that is stopped has told what it did."""
    if path is None:
        yield lambda outcome: None
        return
    with writers.named(path):
        file = path.open("w", encoding="utf-8", newline="\n", buffering=1)

    def tell(outcome: Outcome) -> None:
        with writers.named(path):
            print(json.dumps({key: getattr(outcome, key) for key in REPORTED}), file=file)

    try:
        yield tell
    finally:
        with suppress(OSError):  # each line is written when it is told, or its error is
            file.close()


def _progress(outcomes: Iterable[Outcome], inputs: list[str]) -> Iterator[Outcome]:
    """Show in a terminal how far it is, from the first document on that had to be read."""
    if not sys.stderr.isatty():
        yield from outcomes
        return
    with ExitStack() as stack:
        advance: Callable[[int], None] | None = None
        for done, outcome in enumerate(outcomes, 1):
            yield outcome
            if advance is None and outcome.status != "unchanged":
                advance = stack.enter_context(_progress_bar(ingest.count(inputs)))
            if advance is not None:
                advance(done)


@contextmanager
def _progress_bar(total: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=messages()) as progress:
        task = progress.add_task("reading", total=total)
        yield lambda done: progress.update(task, completed=done)
