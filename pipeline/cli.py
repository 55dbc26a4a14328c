"""The command line: parse, call, print.

spaCy, pydantic and rich are imported inside the commands that need them, so that help starts at once, and so does a run
that finds nothing changed. What a command makes goes to files or to standard output; what happened goes to standard
error.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from pipeline import DEFAULT_MODEL, __version__, cli_evaluate, cli_register, cli_run, rulefiles
from pipeline.console import printable, say
from pipeline.errors import DOCUMENTS_FAILED, WRONG_USAGE, CommuniqueError, DocumentError, UsageError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
rules_app = typer.Typer(no_args_is_help=True, help="Work on rules.")
app.add_typer(rules_app, name="rules")


def main() -> None:
    """Entry point of the `communique` command; exit codes are those of `pipeline.errors`."""
    try:
        app()
    except CommuniqueError as error:
        say(f"communique: {error}")
        sys.exit(error.exit_code)


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


app.command()(cli_run.run)


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
    """Print why a text has the commitments that it has.

    Sentences with a promising word that are none are printed, too, with the rule that left them out.

    Example: communique explain new-release.txt --id c3
    """
    cli_run.check_date(published)
    _use_one_blas_thread()
    from pipeline import explanations, ingest
    from pipeline import nlp as pipeline_nlp

    language = pipeline_nlp.load(model, rules, published)
    told, failed = False, False
    for source in ingest.read(inputs):
        if isinstance(source, ingest.Failure):
            failed = True
            say(f"not read: {source.reason}")
            continue
        doc = pipeline_nlp.annotate(language, source)
        for n, line in enumerate(explanations.lines(doc, language, id_)):
            if n == 0:
                print(f"{printable(source.id)}:")
            told = True
            print(printable(line))
    if id_ is not None and not told:
        raise DocumentError(f"no commitment has the id {id_!r}; `communique explain` without --id lists them all.")
    if failed:
        raise typer.Exit(DOCUMENTS_FAILED)


@rules_app.command("check")
def check_rules(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A rules folder of your own.")] = None,
    model: Annotated[
        str, typer.Option(help="An installed spaCy English pipeline, or the path of one.")
    ] = DEFAULT_MODEL,
) -> None:
    """Lint a rules folder and run the examples of its rules.

    Without a folder these are the built-in ones.

    Example: communique rules check my-rules/
    """
    _use_one_blas_thread()
    from pipeline import examples, register, rulebook
    from pipeline import nlp as pipeline_nlp

    language = pipeline_nlp.load(model, folder)
    rulebook.load("register", register.RULES, folder)
    cases = list(examples.cases(folder))
    docs = examples.parse(language, [case.example for case in cases])
    failed = 0
    for case in cases:
        doc = docs[case.example.text, case.example.published]
        found = examples.problems(case, doc)
        if case.kind == "todo" and not found:
            say(f"{case.name}: the todo passes now; move it to `yes`.")
        elif case.kind != "todo" and found:
            say(examples.explain(case, doc, found))
        else:
            continue
        failed += 1
    say(f"{len(cases)} examples run, {failed} failed.")
    if failed:
        raise typer.Exit(WRONG_USAGE)


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
    """Check records against the contract and their own text.

    Example: communique validate output/
    """
    from pipeline import readers

    wrong: list[str] = []
    checked = sum(1 for _ in readers.read(files, wrong)) + len(wrong)
    if not checked:
        raise _no_record(files)
    for problem in wrong:
        say(problem)
    say(f"{checked} records checked, {len(wrong)} with errors.")
    if wrong:
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
    from rich.console import Console

    from pipeline import readers
    from pipeline.terminal import show

    left_out: list[str] = []
    for record in readers.read(records_given or [Path("output")], left_out):
        if record.id == id_:
            Console(highlight=False).print(show(record))
            return
    for problem in left_out:
        say(f"left out: {problem}")
    raise DocumentError(f"no record with the id {id_!r} was found; `communique run` writes records to output/.")


@app.command(name="report")
def write_report(
    records_given: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RECORDS]...", help="Record files or folders.", show_default="output/"),
    ] = None,
    output: Annotated[Path, typer.Option(help="The page to write.")] = Path("output/report.html"),
    register: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The register that tells status and verdicts.",
            show_default=f"{cli_register.REGISTER} if it is there",
        ),
    ] = None,
) -> None:
    """Write one HTML page to look at records, offline.

    Example: communique report output/ --output output/report.html
    """
    from pipeline import queries, readers, report, writers

    if register is None and cli_register.REGISTER.is_file():
        register = cli_register.REGISTER
    promises = None if register is None else queries.promises(register)
    left_out: list[str] = []
    paths = records_given or [Path("output")]
    records = list(readers.read(paths, left_out))
    for problem in left_out:
        say(f"left out: {problem}")
    if not records:
        raise _no_record(paths)
    writers.write_whole(output, report.render(records, promises))
    say(f"{len(records)} records. Next: open {output} in a browser.")
    if left_out:
        raise typer.Exit(DOCUMENTS_FAILED)


def _no_record(paths: list[Path]) -> UsageError:
    return UsageError(f"{', '.join(map(str, paths))}: no record was found; write some with `communique run` first.")


def _use_one_blas_thread() -> None:
    """A second thread costs CPU and saves no time on matrices of this size; numpy reads this when it is imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


app.add_typer(cli_register.app)
app.add_typer(cli_evaluate.app)
