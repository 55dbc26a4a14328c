"""The commands of gold: compare records with it, begin it, take it back from annotation tools."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import DEFAULT_MODEL
from pipeline.console import printable, say
from pipeline.errors import BELOW_A_FLOOR, DOCUMENTS_FAILED, DocumentError

if TYPE_CHECKING:
    from pipeline.evaluate import Document, Score
    from pipeline.ingest import Failure, Source
    from pipeline.records import Record

MODEL = Annotated[str, typer.Option(help="An installed spaCy English pipeline, or the path of one.")]
RULES = Annotated[Path | None, typer.Option(metavar="DIR", help="Rules to add to the built-in ones.")]

app = typer.Typer()
gold_app = typer.Typer(no_args_is_help=True, help="Make gold: pre-annotated by the pipeline, corrected by people.")
app.add_typer(gold_app, name="gold")


class Tool(StrEnum):
    """Where gold is to be corrected."""

    FILE = "file"
    LABEL_STUDIO = "label-studio"


@app.command()
def evaluate(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD...", help="Gold files; optional spans may stand apart.")],
    records: Annotated[
        Path | None, typer.Option(metavar="PRED", help="Records of the same documents; else the texts are read now.")
    ] = None,
    floor: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Floors; a figure below one ends with exit code 4.")
    ] = None,
    errors: Annotated[int, typer.Option(metavar="N", min=0, help="Show so many differences of each layer.")] = 0,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all differences as one HTML page.")] = None,
    model: MODEL = DEFAULT_MODEL,
    rules: RULES = None,
) -> None:
    """Say how well records agree with gold: precision, recall and F1 of each layer and slot.

    Example: communique evaluate tests/gold/seeds.jsonl --errors 5
    """
    from pipeline import evaluate as evaluation
    from pipeline.evaluate import floors
    from pipeline.evaluate import gold as gold_files

    documents = gold_files.read_gold(gold)
    fingerprint = gold_files.fingerprint(documents)
    pinned = floors.read(floor, fingerprint) if floor is not None else None
    predicted = (
        gold_files.read_predicted([records], documents) if records is not None else _read_now(documents, model, rules)
    )
    for id_ in [document["id"] for document in documents if document["id"] not in predicted]:
        say(f"no record of {id_}: it counts as empty.")
    scores = evaluation.score(documents, predicted)
    _print_figures(scores)
    _print_differences(scores, errors)
    if html is not None:
        from pipeline import writers
        from pipeline.evaluate import page

        writers.write_whole(html, page.render(scores, fingerprint))
    say(f"{len(documents)} documents, gold {fingerprint}.")
    fallen = floors.below(pinned, evaluation.flat(scores)) if pinned is not None else []
    for sentence in fallen:
        say(sentence)
    if fallen:
        raise typer.Exit(BELOW_A_FLOOR)


@gold_app.command()
def new(
    inputs: Annotated[list[str], typer.Argument(metavar="DOC...", help="Files, folders, or - for standard input.")],
    to: Annotated[Tool, typer.Option(help="What to write: a gold file, or tasks for Label Studio.")] = Tool.FILE,
    output: Annotated[
        Path | None, typer.Option(metavar="PATH", show_default="gold.jsonl or label-studio/", help="Where to write it.")
    ] = None,
    published: Annotated[str | None, typer.Option(metavar="DATE", help="Date of texts that state none.")] = None,
    model: MODEL = DEFAULT_MODEL,
    rules: RULES = None,
) -> None:
    """Write gold for new releases as the pipeline reads them, to be corrected by people.

    Example: communique gold new raw/ --output gold.jsonl
    """
    from pipeline import annotation_files, cli_run, gold_files, ingest

    cli_run.check_date(published)
    records = list(_records(ingest.read(inputs), model, rules, published))
    problems: list[str] = []
    if to is Tool.LABEL_STUDIO:
        output = output or Path(to)
        annotation_files.write_label_studio(records, output)
        say(f"{output}: {len(records)} tasks. Correct them, export them as JSON, then: communique gold import.")
    else:
        output = output or Path("gold.jsonl")
        gold_files.write([gold_files.from_record(record, problems) for record in records], output)
        say(f"{output}: {len(records)} documents. Correct it by hand, then: communique evaluate {output}.")
    for problem in problems:
        say(problem)


@gold_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Label Studio's JSON export, or doccano's JSON lines.")],
    output: Annotated[Path, typer.Option(help="The gold file to write.")] = Path("gold.jsonl"),
) -> None:
    """Take what people corrected in Label Studio or doccano back into gold.

    The tasks must be those of `gold new` or `export`. What cannot be anchored in its text is named and left out.

    Example: communique gold import label-studio/export.json --output gold.jsonl
    """
    from pipeline import gold_files

    problems: list[str] = []
    documents = gold_files.read(file, problems)
    for problem in problems:
        say(problem)
    if documents:
        gold_files.write(documents, output)
    say(f"{len(documents)} documents, {len(problems)} remarks.")
    if not documents:
        raise typer.Exit(DOCUMENTS_FAILED)


def _read_now(documents: Sequence[Document], model: str, rules: Path | None) -> dict[str, Document]:
    from pipeline.evaluate.gold import sources

    records = _records(sources(documents), model, rules, None)
    return {record.id: record.model_dump(mode="json", by_alias=True) for record in records}


def _records(
    sources: Iterable[Source | Failure], model: str, rules: Path | None, published: str | None
) -> Iterator[Record]:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported, as in `run`
    from pipeline import nlp
    from pipeline.ingest import Failure

    for result in nlp.read(nlp.load(model, rules, published), sources):
        if isinstance(result, Failure):
            raise DocumentError(result.reason)
        yield result


def _print_figures(scores: dict[str, Score]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    from pipeline.evaluate import Count

    table = Table(Column("figure", ratio=1, overflow="fold"), box=SIMPLE_HEAD)
    for column in ("precision", "recall", "F1", "right/gold/predicted"):
        table.add_column(column, justify="right", no_wrap=True)
    for layer, scored in scores.items():
        table.add_row(layer, style="bold")
        for name, figure in scored.figures.items():
            if isinstance(figure, Count):
                shares = (f"{share:.3f}" for share in (figure.precision, figure.recall, figure.f1))
                counts = f"{figure.right:g}/{figure.gold:g}/{figure.predicted:g}"
                table.add_row(name, *shares, counts)
            elif figure is not None:
                table.add_row(name, "", "", f"{figure:.3f}")
        table.add_section()
    Console().print(table)


def _print_differences(scores: dict[str, Score], most: int) -> None:
    for layer, scored in scores.items():
        for d in scored.disagreements[:most]:
            wanted, got = (f"{words!r}" if words else "nothing" for words in (d.gold, d.predicted))
            print(printable(f"{layer} {d.kind}, {d.document}:{d.start}: gold {wanted}, predicted {got} | {d.context}"))
