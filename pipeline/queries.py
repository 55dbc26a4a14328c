"""Queries: the commitments of a register, by party, deadline, date, amount and words.

>>> smallest("over $2.5bn a year")
Smallest(value=2500000000, unit='USD')
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import rulebook
from pipeline.errors import UsageError
from pipeline.numerals import Grammar, NumberWords
from pipeline.organisations import Organisations
from pipeline.timex import Point
from pipeline.units import Currency, Money, Rate, Unit, Units

LAYOUT = 1  # of a register's tables and views, its PRAGMA user_version
COLUMNS = (
    "thread", "step", "step_reason", "date", "parties", "beneficiaries", "force", "negated", "conditional", "specific",
    "action", "object", "amounts", "deadline", "status", "status_reason", "verdict", "verdict_date", "verdict_source",
    "sentence", "evidence", "document", "page", "start", "end", "published", "title", "publisher", "url", "source",
)  # fmt: skip
"""What is told of each commitment, in this order. `start:end` are the evidence's characters in the document's text,
`page` the page of a PDF on which its paragraph begins; `deadline` and `status` are those that hold in the thread,
`amounts` the words of the commitment itself."""

SELECT = """
SELECT p.thread, p.step_kind AS step, p.step_reason, p.date,
  (SELECT json_group_array(COALESCE(name, text)) FROM commitment_parties r
    WHERE r.document = p.document AND r."commitment" = p.id AND role = 'committer') AS parties,
  (SELECT json_group_array(COALESCE(name, text)) FROM commitment_parties r
    WHERE r.document = p.document AND r."commitment" = p.id AND role = 'beneficiary') AS beneficiaries,
  p.force, p.negated, p.conditional, p.specific, p.action, p.object,
  (SELECT json_group_array(text) FROM amounts a WHERE a.document = p.document AND a."commitment" = p.id) AS amounts,
  p.deadline, p.status, p.status_reason, p.verdict, p.verdict_date, p.verdict_source, p.sentence, p.text AS evidence,
  p.document, p.page, p.start, p."end", p.published, p.title, p.publisher, p.url, p.source_path AS source
FROM promises p
"""


@dataclass(frozen=True)
class Smallest:
    """The bound of "over 100M USD": amounts of this unit above this value."""

    value: float
    unit: str | None


@dataclass(frozen=True)
class Wanted:
    """Which commitments are wanted; what is None does not matter. The command's options, as they are written."""

    party: str | None = None
    due_before: str | None = None
    since: str | None = None
    over: str | None = None
    text: str | None = None


def find(register: Path, wanted: Wanted) -> list[dict[str, Any]]:
    """The commitments of a register that fit, in the order of their dates; a row has the keys of COLUMNS.

    `due_before` asks for the deadline that holds in the thread, `party` also for those who act for the party ("NATO
    leaders" for NATO). Raises UsageError for a file that is no register, an unknown party and a wrong date or amount.
    """
    with opened(register) as database:
        conditions = list(_conditions(database, wanted))
        where = " WHERE " + " AND ".join(sql for sql, _ in conditions) if conditions else ""
        values = [value for _, some in conditions for value in some]
        order = " ORDER BY p.date IS NULL, p.date, p.document, p.start, p.id"
        return [_row(row) for row in database.execute(SELECT + where + order, values)]


def promises(register: Path) -> dict[tuple[str, int, int, str], dict[str, Any]]:
    """What a register says of each commitment, for the report: its thread, step, status and the user's verdict."""
    with opened(register) as database:
        rows = database.execute(
            """SELECT document, start, "end", text, thread, step_kind AS step, status, status_reason AS why, verdict,
            verdict_date, verdict_source FROM promises"""
        )
        return {(row[0], row[1], row[2], row[3]): {key: row[key] for key in row.keys()[4:]} for row in rows}


def opened(register: Path) -> closing[sqlite3.Connection]:
    """A register, open for reading. Raises UsageError for a file that is none, or one of another layout."""
    if not register.is_file():
        raise UsageError(f"{register}: there is no such file; build it with `communique register`.")
    database = sqlite3.connect(f"{register.resolve().as_uri()}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    try:
        database.execute("SELECT 1 FROM promises LIMIT 0")
        (layout,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        database.close()
        raise UsageError(f"{register}: no register ({error}); build one with `communique register`.") from error
    if layout != LAYOUT:
        database.close()
        raise UsageError(f"{register}: another version of communique built it; build it anew: `communique register`.")
    return closing(database)


def smallest(written: str) -> Smallest:
    """Read an amount as press texts write it: "100M USD", "EUR 2.5 million", "500". Raises UsageError."""
    grammar, units = _amounts()
    numerals = grammar.find(written)
    amount = units.read(written, numerals[0], 0, len(written)) if numerals else None
    if amount is None or amount.value is None:
        raise UsageError(f"--over {written}: no amount was read; write for example --over '100M USD'.")
    value = int(amount.value) if amount.value.denominator == 1 else float(amount.value)
    return Smallest(value, amount.unit)


def _conditions(database: sqlite3.Connection, wanted: Wanted) -> Iterator[tuple[str, list[Any]]]:
    if wanted.party is not None:
        parties = _parties(database, wanted.party)
        marks = ", ".join("?" * len(parties))
        yield (
            f"""EXISTS (SELECT 1 FROM commitment_parties r WHERE r.document = p.document AND r."commitment" = p.id
            AND role = 'committer' AND party IN ({marks}))""",
            parties,
        )
    if wanted.due_before is not None:
        yield "p.deadline_latest < ?", [_first_day("--due-before", wanted.due_before)]
    if wanted.since is not None:
        yield "substr(p.date || '-01-01', 1, 10) >= ?", [_first_day("--since", wanted.since)]
    if wanted.over is not None:
        bound = smallest(wanted.over)
        yield (
            """EXISTS (SELECT 1 FROM amounts a WHERE a.document = p.document AND a."commitment" = p.id AND a.unit IS ?
            AND (COALESCE(a.value, a.high, a.low) > ? OR a.value = ? AND a.bound = 'more_than'))""",
            [bound.unit, bound.value, bound.value],
        )
    if wanted.text is not None:
        words = " ".join('"' + word.replace('"', '""') + '"' for word in wanted.text.split())
        yield '(p.document, p.id) IN (SELECT document, "commitment" FROM search WHERE search MATCH ?)', [words or '""']


def _parties(database: sqlite3.Connection, name: str) -> list[str]:
    """The parties of a name, and those who act for them."""
    organisations = Organisations()
    normal = organisations.normal(name)
    rows = database.execute("SELECT party, name FROM party_names").fetchall()
    found = {row["party"] for row in rows if name == row["party"] or organisations.normal(row["name"]) == normal}
    if not found:
        close = sorted({row["name"] for row in rows if normal in organisations.normal(row["name"])}, key=len)[:5]
        hint = f"; there are: {', '.join(close)}" if close else ""
        raise UsageError(f"--party {name}: the register knows no party of this name{hint}.")
    behind = {row["id"]: row["acts_for"] for row in database.execute("SELECT id, acts_for FROM parties")}
    return sorted(found | {party for party, acts_for in behind.items() if acts_for in found})


def _first_day(option: str, written: str) -> str:
    try:
        return Point.parse(written).interval()[0]
    except (ValueError, OverflowError) as error:
        message = f"{option} {written}: no date of the form YYYY, YYYY-MM or YYYY-MM-DD; write for example 2021."
        raise UsageError(message) from error


def _row(row: sqlite3.Row) -> dict[str, Any]:
    told = dict(zip(COLUMNS, row, strict=True))
    for key in ("parties", "beneficiaries", "amounts"):
        told[key] = json.loads(told[key])
    for key in ("negated", "conditional", "specific"):
        told[key] = bool(told[key])
    return told


@cache
def _amounts() -> tuple[Grammar, Units]:
    units = Units(
        rulebook.load_file("quantities", "currencies", Currency),
        rulebook.load_file("quantities", "money", Money),
        rulebook.load_file("quantities", "units", Unit),
        rulebook.load_file("quantities", "rates", Rate),
    )
    return Grammar(rulebook.load_file("quantities", "numerals", NumberWords)), units
