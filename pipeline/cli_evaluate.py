"""The command that compares records with gold."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.console import printable, say
from pipeline.errors import DocumentError

if TYPE_CHECKING:
    from pipeline.evaluate import Document, Score

BELOW_A_FLOOR = 4

app = typer.Typer()


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
    predicted = gold_files.read_predicted([records], documents) if records is not None else _read_now(documents)
    for id_ in [document["id"] for document in documents if document["id"] not in predicted]:
        say(f"no record of {id_}: it counts as empty.")
    scores = evaluation.score(documents, predicted)
    _print_figures(scores)
    _print_differences(scores, errors)
    say(f"{len(documents)} documents, gold {fingerprint}.")
    fallen = floors.below(pinned, evaluation.flat(scores)) if pinned is not None else []
    for sentence in fallen:
        say(sentence)
    if fallen:
        raise typer.Exit(BELOW_A_FLOOR)


def _read_now(documents: Sequence[Document]) -> dict[str, Document]:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported, as in `run`
    from pipeline import nlp
    from pipeline.ingest import Failure, Source
    from pipeline.records import sha256

    sources = [
        Source(d["id"], "gold", "application/jsonl", sha256(d["text"]), d["text"], published=d.get("published"))
        for d in documents
    ]
    predicted = {}
    for result in nlp.read(nlp.load(), sources):
        if isinstance(result, Failure):
            raise DocumentError(result.reason)
        predicted[result.id] = result.model_dump(mode="json", by_alias=True)
    return predicted


def _print_figures(scores: dict[str, Score]) -> None:
    from rich.console import Console
    from rich.table import Table

    from pipeline.evaluate import Count

    table = Table("layer", "figure")
    for column in ("precision", "recall", "F1", "right", "gold", "predicted"):
        table.add_column(column, justify="right")
    for layer, scored in scores.items():
        for name, figure in scored.figures.items():
            if isinstance(figure, Count):
                shares = (f"{share:.3f}" for share in (figure.precision, figure.recall, figure.f1))
                counts = (f"{count:g}" for count in (figure.right, figure.gold, figure.predicted))
                table.add_row(layer, name, *shares, *counts)
            elif figure is not None:
                table.add_row(layer, name, "", "", f"{figure:.3f}")
        table.add_section()
    Console().print(table)


def _print_differences(scores: dict[str, Score], most: int) -> None:
    for layer, scored in scores.items():
        for d in scored.disagreements[:most]:
            wanted, got = (f"{words!r}" if words else "nothing" for words in (d.gold, d.predicted))
            print(printable(f"{layer} {d.kind}, {d.document}:{d.start}: gold {wanted}, predicted {got} | {d.context}"))
