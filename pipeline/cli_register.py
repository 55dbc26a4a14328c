"""The commands for what people do with records: register, commitments, export.

What a command needs is imported inside it, so that the others start at once.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.console import printable, say
from pipeline.errors import DOCUMENTS_FAILED

REGISTER = Path("output/register.db")
VERDICTS = "verdicts.csv"
LONGEST = 300  # a quoted sentence in a table is cut after so many characters; JSON and CSV have it whole

app = typer.Typer()


class Format(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


RECORDS = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[RECORDS]...", help="Record files, .json or .jsonl, or folders.", show_default="output/"),
]


@app.command()
def register(
    records: RECORDS = None,
    output: Annotated[Path, typer.Option(help="The SQLite file to write.")] = REGISTER,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day for due and overdue, YYYY-MM-DD; never today by itself.")
    ] = None,
    verdicts: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"Your verdicts; {VERDICTS} beside the register if it is there.")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Keep the documents that the register has.")] = False,
    rules: Annotated[Path | None, typer.Option(metavar="DIR", help="Rules to add to the built-in ones.")] = None,
) -> None:
    """Join the same promise across documents in a SQLite file.

    Example: communique register output/ --as-of 2026-11-20
    """
    from pipeline import register as registers

    if as_of is not None:
        registers.check_day(as_of, "--as-of")
    beside = output.with_name(VERDICTS)
    given = [*(registers.record_files(output) if add else []), *(records or [Path("output")])]
    built = registers.build(given, output, as_of, verdicts or (beside if beside.is_file() else None), rules)
    for problem in built.left_out:
        say(f"left out: {problem}")
    for thread in built.lost_verdicts:
        say(f"a verdict names the thread {thread}, which no commitment of these records belongs to.")
    for thread in built.older_verdicts:
        say(f"the verdict on {thread} gives way to a later one: the two promises are one thread now.")
    say(
        f"{output}: {built.documents} documents, {built.commitments} commitments in {built.threads} threads "
        f"({built.joined} joined), {built.verdicts} verdicts."
    )
    if as_of is None:
        say(registers.NOT_COMPUTED[0].upper() + registers.NOT_COMPUTED[1:] + ".")
    if built.left_out:
        raise typer.Exit(DOCUMENTS_FAILED)


@app.command()
def commitments(
    party: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of this party and those who act for it.")
    ] = None,
    due_before: Annotated[str | None, typer.Option(metavar="DATE", help="Only with a deadline before it.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only made or told on this day or later.")] = None,
    over: Annotated[str | None, typer.Option(metavar="AMOUNT", help='Only with a larger amount: "100M USD".')] = None,
    text: Annotated[str | None, typer.Option(metavar="WORDS", help="Only with all of these words.")] = None,
    register: Annotated[Path, typer.Option(help="The register to read.")] = REGISTER,
    format: Annotated[Format, typer.Option(help="How to print them.")] = Format.TABLE,
) -> None:
    """List commitments from the register, each with its sentence and its source.

    Example: communique commitments --party NATO --due-before 2021
    """
    from pipeline import exports, queries

    rows = queries.find(register, queries.Wanted(party, due_before, since, over, text))
    if format is Format.JSON:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif format is Format.CSV:
        sys.stdout.write(exports.table(rows))
    else:
        _print_table(rows)
    say(f"{len(rows)} commitments.")


class Export(StrEnum):
    """What a register or records are exported as."""

    CSV = "csv"
    EXCEL = "excel"
    PARQUET = "parquet"
    ICAL = "ical"
    LABEL_STUDIO = "label-studio"
    DOCCANO = "doccano"
    DOCBIN = "docbin"
    WEB_ANNOTATION = "web-annotation"


@app.command()
def export(
    to: Annotated[Export, typer.Argument(metavar="FORMAT", help=f"One of {', '.join(Export)}.")],
    output: Annotated[Path, typer.Option(help="The file to write; for label-studio a folder.")],
    records: RECORDS = None,
    register: Annotated[Path, typer.Option(help="The register that tables and the calendar are made of.")] = REGISTER,
) -> None:
    """Write the register as a table or a calendar of deadlines, or records for annotation tools.

    Example: communique export csv --output commitments.csv
    """
    from pipeline import annotation_files, exports, readers

    of_a_register = {
        Export.CSV: exports.write_csv,
        Export.EXCEL: exports.write_excel,
        Export.PARQUET: exports.write_parquet,
        Export.ICAL: exports.write_calendar,
    }
    of_records = {
        Export.LABEL_STUDIO: annotation_files.write_label_studio,
        Export.DOCCANO: annotation_files.write_doccano,
        Export.DOCBIN: annotation_files.write_docbin,
        Export.WEB_ANNOTATION: annotation_files.write_web_annotations,
    }
    left_out: list[str] = []
    if to in of_a_register:
        written = of_a_register[to](register, output)
    else:
        written = of_records[to](readers.read(records or [Path("output")], left_out), output)
    for problem in left_out:
        say(f"left out: {problem}")
    say(f"{output}: {written} written.")
    if left_out:
        raise typer.Exit(DOCUMENTS_FAILED)


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    status = "deadline,\nstatus, thread"
    table = Table("date,\nstep", Column("commitment", ratio=1), status, box=SIMPLE_HEAD, leading=1)
    for row in rows:
        source = row["document"] + (f", page {row['page']}" if row["page"] else "")
        told = (", ".join(row["parties"]), "bold"), (_short(row["sentence"]), ""), (source, "dim")
        commitment = Text("\n").join(Text(printable(words), style) for words, style in told)
        then = filter(None, (row["date"], row["step"].replace("_", " ")))
        now = filter(None, (row["deadline"], row["status"], row["verdict"], row["thread"]))
        table.add_row("\n".join(then), commitment, Text(printable("\n".join(now))))
    if rows:
        Console().print(table)


def _short(sentence: str) -> str:
    one_line = " ".join(sentence.split())
    return one_line if len(one_line) <= LONGEST else one_line[: LONGEST - 3] + "..."
