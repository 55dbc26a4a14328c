"""The register: a SQLite file of who promised what, over any number of documents.

It is a pure function of the record files, the rules, the user's verdicts and the day asked for: of an older register no
more is kept than where its records lie, so that adding documents and building anew give the same rows. It is built
beside its place and renamed into it. The file opens in Datasette, DB Browser, pandas and DuckDB; `promises` is the view
to start from.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import __version__, queries, readers, rulebook, rulefiles, threads, writers
from pipeline.errors import DocumentError, UsageError
from pipeline.organisations import LegalForm, Organisations, Representative, roles
from pipeline.records import Date, Quantity, Record, Segment, Span
from pipeline.rulebook import Entry, Rule
from pipeline.threads import Promise, Thread
from pipeline.wording import Action, Ignored, Wording

RULES: dict[str, type[Rule] | type[Entry]] = {
    "actions": Action,
    "ignored": Ignored,
    "legal_forms": LegalForm,
    "representatives": Representative,
}
VERDICTS = ("kept", "broken", "dropped")
VERDICT_COLUMNS = ["thread", "verdict", "date", "source"]
NOT_COMPUTED = "due and overdue were not computed: no day was given with --as-of"

SCHEMA = f"""
PRAGMA user_version = {queries.LAYOUT};
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE documents (
  id TEXT PRIMARY KEY, record_file TEXT NOT NULL, source_path TEXT NOT NULL, source_sha256 TEXT NOT NULL,
  text_sha256 TEXT NOT NULL, published TEXT, published_from TEXT, title TEXT, publisher TEXT, url TEXT,
  made_by_communique TEXT NOT NULL, made_by_model TEXT NOT NULL, made_by_rules TEXT NOT NULL);
CREATE TABLE parties (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, document TEXT REFERENCES documents (id),
  acts_for TEXT REFERENCES parties (id));
CREATE TABLE party_names (
  party TEXT NOT NULL REFERENCES parties (id), name TEXT NOT NULL,
  first_document TEXT NOT NULL REFERENCES documents (id), reason TEXT NOT NULL, PRIMARY KEY (party, name));
CREATE TABLE mentions (
  document TEXT NOT NULL REFERENCES documents (id), entity TEXT NOT NULL, party TEXT NOT NULL REFERENCES parties (id),
  start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, level TEXT NOT NULL);
CREATE TABLE threads (
  id TEXT PRIMARY KEY, parties TEXT NOT NULL, action TEXT NOT NULL, negated INTEGER NOT NULL, specific INTEGER NOT NULL,
  documents INTEGER NOT NULL, first_date TEXT, last_date TEXT, deadline TEXT, deadline_earliest TEXT,
  deadline_latest TEXT, status TEXT, status_reason TEXT NOT NULL);
CREATE TABLE thread_amounts (
  thread TEXT NOT NULL REFERENCES threads (id), text TEXT NOT NULL, value NUMERIC, low NUMERIC, high NUMERIC,
  bound TEXT NOT NULL, kind TEXT NOT NULL, unit TEXT, per TEXT, item TEXT);
CREATE TABLE commitments (
  document TEXT NOT NULL REFERENCES documents (id), id TEXT NOT NULL, thread TEXT NOT NULL REFERENCES threads (id),
  own_thread TEXT NOT NULL UNIQUE, step INTEGER NOT NULL, step_kind TEXT NOT NULL, step_reason TEXT NOT NULL, date TEXT,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
  sentence_start INTEGER NOT NULL, sentence_end INTEGER NOT NULL, sentence TEXT NOT NULL,
  segment TEXT NOT NULL, page INTEGER,
  trigger_start INTEGER NOT NULL, trigger_end INTEGER NOT NULL, trigger TEXT NOT NULL, rule TEXT NOT NULL,
  action TEXT NOT NULL, object_start INTEGER, object_end INTEGER, object TEXT,
  force TEXT NOT NULL, negated INTEGER NOT NULL, conditional INTEGER NOT NULL, specific INTEGER NOT NULL,
  deadline_start INTEGER, deadline_end INTEGER, deadline_text TEXT, deadline TEXT, deadline_earliest TEXT,
  deadline_latest TEXT, deadline_relation TEXT,
  made_on_start INTEGER, made_on_end INTEGER, made_on_text TEXT, made_on TEXT, status TEXT NOT NULL,
  PRIMARY KEY (document, id));
CREATE TABLE commitment_parties (
  document TEXT NOT NULL, "commitment" TEXT NOT NULL, role TEXT NOT NULL, party TEXT REFERENCES parties (id), name TEXT,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
  FOREIGN KEY (document, "commitment") REFERENCES commitments (document, id));
CREATE TABLE amounts (
  document TEXT NOT NULL, "commitment" TEXT NOT NULL, id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  text TEXT NOT NULL, value NUMERIC, low NUMERIC, high NUMERIC, bound TEXT NOT NULL, kind TEXT NOT NULL, unit TEXT,
  per TEXT, item TEXT, FOREIGN KEY (document, "commitment") REFERENCES commitments (document, id));
CREATE TABLE verdicts (given_thread TEXT PRIMARY KEY, thread TEXT, verdict TEXT NOT NULL, date TEXT, source TEXT);
CREATE VIRTUAL TABLE search USING fts5 (document UNINDEXED, "commitment" UNINDEXED, sentence, parties, object, title);
"""

INDEXES = """
CREATE INDEX mentions_of_party ON mentions (party);
CREATE INDEX commitments_of_thread ON commitments (thread, step);
CREATE INDEX parties_of_commitment ON commitment_parties (document, "commitment");
CREATE INDEX commitments_of_party ON commitment_parties (party);
CREATE INDEX amounts_of_commitment ON amounts (document, "commitment");
CREATE VIEW promises AS
  SELECT c.document, c.id, c.thread, c.step_kind, c.step_reason, c.date, t.parties, c.force, c.action, c.negated,
    c.conditional, c.specific, c.object, t.deadline, t.deadline_earliest, t.deadline_latest, t.status, t.status_reason,
    v.verdict, v.date AS verdict_date, v.source AS verdict_source, c.text, c.sentence, c.page, c.start, c."end",
    d.published, d.title, d.publisher, d.url, d.source_path
  FROM commitments c JOIN threads t ON t.id = c.thread JOIN documents d ON d.id = c.document
    LEFT JOIN verdicts v ON v.thread = c.thread;
CREATE VIEW promised_amounts AS
  -- What holds now, one row a thread, party and amount: a restated amount counts once, a joint one with each party.
  SELECT DISTINCT p.party, a.thread, a.kind, a.unit, a.per, a.item, a.value, a.low, a.high, a.bound
  FROM thread_amounts a JOIN commitments c ON c.thread = a.thread
    JOIN commitment_parties p ON p.document = c.document AND p."commitment" = c.id AND p.role = 'committer';
"""

MOST_OF_SQLITE = 2**63 - 1  # a larger integer is written as a float
SENTENCE_END = re.compile(
    r"(?<=[a-z0-9)\]\u2019\u201d\"%][a-z0-9)\]\u2019\u201d\"%])[.!?][\u2019\u201d\"')\]]*\s+|\n\s*\n"
)


@dataclass
class Built:
    """What building did: counts for the user, and the record files or lines left out, each with its reason."""

    documents: int = 0
    commitments: int = 0
    threads: int = 0
    joined: int = 0
    verdicts: int = 0
    left_out: list[str] = field(default_factory=list)
    lost_verdicts: list[str] = field(default_factory=list)
    """Threads of verdicts that no commitment belongs to."""
    older_verdicts: list[str] = field(default_factory=list)
    """Threads of verdicts that gave way: their promise is one with that of a later verdict."""


@dataclass(frozen=True)
class Verdict:
    """One line of verdicts.csv: what the user found out about a thread."""

    thread: str
    verdict: str
    date: str | None
    source: str | None


def build(
    records: Sequence[Path],
    output: Path,
    as_of: str | None = None,
    verdicts: Path | None = None,
    rules: Path | None = None,
) -> Built:
    """Build the register of all records in files and folders, in the place of an older one.

    `as_of` is the day (YYYY-MM-DD) for due and overdue, `rules` a user's rules folder. Records that are broken, foreign
    or there twice are left out and named. Raises UsageError where no record is found, for a wrong rule or verdict, and
    where the register cannot be written.
    """
    built = Built()
    if rules is not None:
        rulefiles.check_folder(rules)
        rulebook.load("register", RULES, rules)  # a file or key that nobody reads is an error
    given = read_verdicts(verdicts) if verdicts is not None else []
    places = _in_order(records, built.left_out)
    if not places:
        raise UsageError(
            f"{', '.join(map(str, records))}: no record was found (left out: {len(built.left_out)}); "
            "write some with `communique run` first."
        )
    with writers.replacing(output) as temporary:
        try:
            with closing(sqlite3.connect(temporary, isolation_level=None)) as database:
                _fill(database, places, built, as_of, given, rules)
        except sqlite3.Error as error:
            raise UsageError(f"{output}: the register cannot be written ({error}); choose another --output.") from error
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
    return built


def record_files(register: Path) -> list[Path]:
    """The files that a register was built from, none where there is none yet. Raises UsageError for another file."""
    if not register.exists():
        return []
    with queries.opened(register) as database:
        return [Path(path) for (path,) in database.execute("SELECT DISTINCT record_file FROM documents ORDER BY 1")]


def read_verdicts(path: Path) -> list[Verdict]:
    """The user's verdicts: a CSV file with VERDICT_COLUMNS in its first line. Raises UsageError with the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as UTF-8 text ({error}).") from error
    found: dict[str, Verdict] = {}
    for n, row in enumerate(rows, 2):
        if None in row or not {"thread", "verdict"} <= row.keys():
            raise UsageError(f"{path}: line {n}: a verdicts file has the columns {', '.join(VERDICT_COLUMNS)}.")
        cells = {key: (value or "").strip() or None for key, value in row.items()}
        thread, verdict, date = cells["thread"], cells["verdict"], cells.get("date")
        if thread is None or verdict not in VERDICTS:
            raise UsageError(f"{path}: line {n}: found the verdict {verdict!r}, one of {', '.join(VERDICTS)} is known.")
        if date is not None:
            check_day(date, f"{path}: line {n}")
        if thread in found:
            raise UsageError(f"{path}: line {n}: the thread {thread} has a verdict already; keep one line for each.")
        found[thread] = Verdict(thread, verdict, date, cells.get("source"))
    return list(found.values())


def check_day(written: str, where: str) -> None:
    """Refuse what is no day of the calendar in the form YYYY-MM-DD."""
    try:
        valid = dt.date.fromisoformat(written).isoformat() == written
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(f"{where}: {written} is no day of the form YYYY-MM-DD; write for example 2018-04-30.")


def _in_order(paths: Iterable[Path], left_out: list[str]) -> list[readers.Place]:
    """Every record's place, in the order of the documents' dates and ids; undated documents come first."""
    found: dict[str, tuple[str, readers.Place]] = {}
    for path in dict.fromkeys(readers.files(paths)):
        try:
            for place, content in readers.written(path):
                published, id_ = _head(content)
                if id_ is None:
                    left_out.append(f"{place.name}: no record of communique; `communique validate` says what one is.")
                elif id_ in found:
                    left_out.append(f"{place.name}: the document {id_} is in {found[id_][1].name} already.")
                else:
                    found[id_] = published, place
        except DocumentError as error:
            left_out.append(str(error))
    return [place for _, (_, place) in sorted(found.items(), key=lambda item: (item[1][0], item[0]))]


def _head(content: bytes) -> tuple[str, str | None]:
    """The date and the id of a record, no id for what is none."""
    try:
        head = json.loads(content)
    except ValueError:
        return "", None
    known = isinstance(head, dict) and {"schema_version", "id", "text"} <= head.keys()
    return (str(head.get("published") or ""), str(head["id"])) if known else ("", None)


def _fill(
    database: sqlite3.Connection,
    places: list[readers.Place],
    built: Built,
    as_of: str | None,
    given: list[Verdict],
    rules: Path | None,
) -> None:
    for setting in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF"):
        database.execute(f"PRAGMA {setting}")
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    rows = Rows(database, Organisations(rules), Wording(rules))
    for place in places:
        try:
            record = readers.record(place.read(), place.name)
        except DocumentError as error:
            built.left_out.append(str(error))
            continue
        rows.document(record, place)
        built.documents += 1
    joined = threads.join(rows.promises)
    own_ids = _own_ids(rows)
    rows.threads(joined, own_ids, as_of)
    rows.parties_met()
    home = dict(database.execute("SELECT own_thread, thread FROM commitments"))
    latest = {home.get(verdict.thread): verdict for verdict in sorted(given, key=lambda v: (v.date or "", v.thread))}
    for verdict in given:
        thread = home.get(verdict.thread)
        counts = thread is not None and latest[thread] is verdict
        words = (verdict.verdict, verdict.date, verdict.source)
        rows.insert("verdicts", verdict.thread, thread if counts else None, *words)
        if not counts:
            (built.lost_verdicts if thread is None else built.older_verdicts).append(verdict.thread)
    built.commitments, built.threads = len(rows.promises), len(joined)
    built.joined = sum(len(thread.steps) for thread in joined if len(thread.steps) > 1)
    built.verdicts = len(given)
    meta = {
        "communique": __version__, "as_of": as_of, "note": None if as_of else NOT_COMPUTED,
        "documents": str(built.documents), "left_out": str(len(built.left_out)),
    }  # fmt: skip
    for key, value in meta.items():
        rows.insert("meta", key, value)
    database.execute("COMMIT")
    database.executescript(INDEXES)


class Rows:
    """Writes the rows of a register, document by document, and keeps what threads are joined by."""

    def __init__(self, database: sqlite3.Connection, parties: Organisations, wording: Wording) -> None:
        self.database, self.parties, self.wording = database, parties, wording
        self.promises: list[Promise] = []
        self.anchors: dict[tuple[str, str], str] = {}
        self.names: dict[tuple[str, str], str] = {}

    def insert(self, table: str, *values: Any) -> None:
        """One row, its values in the order of the table's columns."""
        self.database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)

    def document(self, record: Record, place: readers.Place) -> None:
        """The rows of one document except its threads."""
        source, made_by = record.source, record.made_by
        self.insert(
            "documents", record.id, str(place.path), source.path, source.sha256, record.text_sha256, record.published,
            record.published_from, source.title, source.publisher, source.url, made_by.communique, made_by.model,
            made_by.rules,
        )  # fmt: skip
        who = self.parties.resolve(record)
        for entity in record.entities:
            party = who.entities[entity.id]
            for m in entity.mentions:
                self.insert("mentions", record.id, entity.id, party, m.start, m.end, m.text, m.level)
        commitments = {commitment.id: commitment for commitment in record.commitments}
        segments = {segment.id: segment for segment in record.segments}
        quantities = {quantity.id: quantity for quantity in record.quantities}
        dates = {date.id: date for date in record.dates}
        for promise in threads.promises(record, self.wording, self.parties, who):
            c, key = commitments[promise.id], (record.id, promise.id)
            self.promises.append(promise)
            self.anchors[key] = f"{record.id}\0{c.trigger.start}\0{c.action}"
            self.names[key] = ", ".join(party.name or party.text for party in c.committers)
            for role, filler in roles(c):
                words = (filler.name, filler.start, filler.end, filler.text)
                self.insert("commitment_parties", *key, role, who.slots[id(filler)], *words)
            for id_ in c.quantities:
                self.insert("amounts", *key, id_, *_where(quantities[id_]), *_amount(quantities[id_]))
            segment = segments[c.segment]
            start, end = sentence_around(record.text, segment, c)
            sentence = record.text[start:end]
            made_on = dates.get(c.made_on or "")
            self.insert(
                "commitments", *key, "", f"{record.id}\0{c.id}", 0, "", "", promise.date, *_where(c), start, end,
                sentence, c.segment, segment.page, *_where(c.trigger), c.trigger.rule, c.action, *_where(c.object),
                c.force, c.negated, c.conditional, promise.specific, *_where(promise.deadline),
                *_deadline(promise.deadline), promise.deadline.relation if promise.deadline else None,
                *_where(made_on), made_on.value if made_on else None, c.status,
            )  # fmt: skip
            everybody = ", ".join(dict.fromkeys(party.name or party.text for _, party in roles(c)))
            self.insert("search", *key, sentence, everybody, c.object.text if c.object else None, source.title)

    def threads(self, joined: list[Thread], own_ids: dict[tuple[str, str], str], as_of: str | None) -> None:
        """The rows of the threads, and each commitment's place in its thread."""
        for thread in joined:
            keys = [(step.promise.document, step.promise.id) for step in thread.steps]
            id_ = own_ids[keys[0]]
            status, reason = threads.status(thread, as_of)
            dates = [step.promise.date for step in thread.steps if step.promise.date]
            self.insert(
                "threads", id_, self.names[keys[0]], thread.first.action, thread.first.negated,
                any(step.promise.specific for step in thread.steps), len({document for document, _ in keys}),
                min(dates, default=None), max(dates, default=None), *_deadline(thread.deadline), status, reason,
            )  # fmt: skip
            for amount in thread.amounts:
                self.insert("thread_amounts", id_, amount.quantity.text, *_amount(amount.quantity))
            for n, (key, step) in enumerate(zip(keys, thread.steps, strict=True), 1):
                self.database.execute(
                    "UPDATE commitments SET thread = ?, own_thread = ?, step = ?, step_kind = ?, step_reason = ?"
                    " WHERE document = ? AND id = ?",
                    (id_, own_ids[key], n, step.kind, step.reason, *key),
                )

    def parties_met(self) -> None:
        """The rows of all parties, with every name that they go by."""
        for party in self.parties.parties.values():
            acts_for = party.acts_for if party.acts_for in self.parties.parties else None
            self.insert("parties", party.id, party.name, party.type, party.document, acts_for)
        for merge in self.parties.merges.values():
            self.insert("party_names", merge.party, merge.name, merge.document, merge.reason)


def sentence_around(text: str, segment: Segment, span: Span) -> tuple[int, int]:
    """The characters of the sentence or sentences of a segment that hold a span.

    A full stop ends a sentence where two small letters, digits or closing marks stand before it, so not in "U.S. Army".
    """
    low, high = min(segment.start, span.start), max(segment.end, span.end)
    before = [match.end() for match in SENTENCE_END.finditer(text, low, span.start)]
    after = SENTENCE_END.search(text, max(span.end - 1, 0), high)
    sentence = text[(start := before[-1] if before else low) : after.end() if after else high]
    return start + len(sentence) - len(sentence.lstrip()), start + len(sentence.rstrip())


def _own_ids(rows: Rows) -> dict[tuple[str, str], str]:
    """The id of the thread that each commitment would open: from its document and its trigger, not from its number,
    which changes when a commitment is found before it.
    """
    taken: set[str] = set()
    ids = {}
    for key, anchor in rows.anchors.items():
        n = 1
        while (id_ := "t" + hashlib.sha256(f"{anchor}\0{n}".encode()).hexdigest()[:12]) in taken:
            n += 1
        taken.add(id_)
        ids[key] = id_
    return ids


def _where(span: Span | None) -> tuple[int | None, int | None, str | None]:
    return (None, None, None) if span is None else (span.start, span.end, span.text)


def _deadline(date: Date | None) -> tuple[str | None, ...]:
    return (None,) * 3 if date is None else (date.value, date.earliest, date.latest)


def _amount(q: Quantity) -> tuple[Any, ...]:
    numbers = (float(n) if n is not None and abs(n) > MOST_OF_SQLITE else n for n in (q.value, q.low, q.high))
    return *numbers, q.bound, q.kind, q.unit, q.per, q.item
