"""Exports of a register: tables for spreadsheets and databases, and a calendar of deadlines.

    csv      UTF-8, one row a commitment           parquet   the same with types (needs `communique[parquet]`)
    excel    the same with what Excel needs to read it by a double click: a byte order mark, CRLF
    ical     one all-day event a thread, on the last day of the deadline that holds

A cell of text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipeline import queries, writers
from pipeline.errors import UsageError
from pipeline.queries import COLUMNS, Wanted

FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BYTE_ORDER_MARK = "\ufeff"
LISTS, FLAGS, NUMBERS = (
    ("parties", "beneficiaries", "amounts"),
    ("negated", "conditional", "specific"),
    ("page", "start", "end"),
)

CALENDAR_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//communique//deadlines//EN", "CALSCALE:GREGORIAN")
LONGEST_LINE = 75  # bytes, RFC 5545
NO_DATE = "19700101"  # DTSTAMP is mandatory, and no clock is read

DEADLINES = """
SELECT t.id, t.parties, t.deadline, t.deadline_latest, t.status, t.last_date, c.action, c.object, c.negated, c.sentence,
  c.page, d.id AS document, d.title, d.url, v.verdict
FROM threads t
  JOIN commitments c ON c.thread = t.id
    AND c.step = (SELECT MAX(step) FROM commitments l WHERE l.thread = t.id AND l.deadline_latest = t.deadline_latest)
  JOIN documents d ON d.id = c.document LEFT JOIN verdicts v ON v.thread = t.id
WHERE t.deadline_latest IS NOT NULL
ORDER BY t.deadline_latest, t.id
"""


def write_csv(register: Path, output: Path) -> int:
    """Write a register's commitments as CSV; the number of rows."""
    rows = queries.find(register, Wanted())
    with writers.whole(output) as file:
        file.write(table(rows))
    return len(rows)


def write_excel(register: Path, output: Path) -> int:
    """Write a register's commitments as CSV for Excel; the number of rows."""
    rows = queries.find(register, Wanted())
    with writers.whole(output) as file:
        file.write(BYTE_ORDER_MARK + table(rows, "\r\n"))
    return len(rows)


def table(rows: Iterable[dict[str, Any]], line_end: str = "\n") -> str:
    """Commitments as CSV text: lists joined by "; ", text guarded."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator=line_end)
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def guarded(text: str) -> str:
    """Text that no spreadsheet runs: "=1+1" -> "'=1+1"; control and direction characters become U+FFFD."""
    text = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return f"'{text}" if FORMULA.match(text) else text


def write_parquet(register: Path, output: Path) -> int:
    """Write a register's commitments as Parquet; the number of rows. Raises UsageError where pyarrow is missing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow; install it with `pip install 'communique[parquet]'`.") from error
    rows = queries.find(register, Wanted())
    types = {
        **dict.fromkeys(COLUMNS, pyarrow.string()),
        **dict.fromkeys(LISTS, pyarrow.list_(pyarrow.string())),
        **dict.fromkeys(FLAGS, pyarrow.bool_()),
        **dict.fromkeys(NUMBERS, pyarrow.int64()),
    }
    # The types are said, not inferred: a column that is null in every row would have none.
    arrow = pyarrow.Table.from_pylist(rows, schema=pyarrow.schema(types.items()))
    with writers.replacing(output) as temporary:
        parquet.write_table(arrow, temporary)
    return len(rows)


def write_calendar(register: Path, output: Path) -> int:
    """Write the deadlines of a register's threads as an iCalendar file (RFC 5545); the number of events."""
    with queries.opened(register) as database:
        events = database.execute(DEADLINES).fetchall()
    with writers.whole(output) as file:
        for line in _calendar(events):
            file.write("\r\n ".join(_folded(line)) + "\r\n")
    return len(events)


def _calendar(events: Iterable[Any]) -> Iterator[str]:
    yield from CALENDAR_HEAD
    for event in events:
        day = dt.date.fromisoformat(event["deadline_latest"])
        given_up = event["status"] == "abandoned" or event["verdict"] == "dropped"
        page = f", page {event['page']}" if event["page"] else ""
        told = f"{event['sentence']}\n{event['title'] or event['document']}{page}"
        said = f"{event['status']}{', ' + event['verdict'] if event['verdict'] else ''}; deadline {event['deadline']}"
        yield "BEGIN:VEVENT"
        yield f"UID:{event['id']}@communique"
        yield f"DTSTAMP:{_stamp(event['last_date'])}T000000Z"
        yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
        yield f"SUMMARY:{_escaped(_summary(event))}"
        yield f"DESCRIPTION:{_escaped(f'{told} ({said})')}"
        yield f"STATUS:{'CANCELLED' if given_up else 'CONFIRMED'}"
        yield "TRANSP:TRANSPARENT"
        if event["url"] and not CONTROL.search(event["url"]):
            yield f"URL:{' '.join(event['url'].split())}"
        yield "END:VEVENT"
    yield "END:VCALENDAR"


def _summary(event: Any) -> str:
    """ "NATO: maintain its presence in Kosovo"."""
    action = f"not {event['action']}" if event["negated"] else event["action"]
    return " ".join(f"{event['parties']}: {action} {event['object'] or ''}".split())


def _stamp(date: str | None) -> str:
    """A day of the last document: "2018-04" -> "20180401"."""
    return "".join((date.split("-") + ["01", "01"])[:3]) if date else NO_DATE


def _escaped(text: str) -> str:
    text = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """A line cut so that none is longer than 75 bytes with the space that continues it, and no character is cut."""
    part, size = "", 0
    for char in line:
        length = len(char.encode("utf-8"))
        if size + length > LONGEST_LINE - 1:
            yield part
            part, size = "", 0
        part, size = part + char, size + length
    yield part


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return guarded("; ".join(value))
    if isinstance(value, bool):
        return str(value).lower()
    return guarded(value) if isinstance(value, str) else value
