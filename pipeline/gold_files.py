"""Gold files: from a record, or from what people corrected in Label Studio or doccano, to gold.

    record -> marked spans -> gold                                 `communique gold new`
    record -> marked spans -> tool -> marked spans -> gold         `communique gold import`

What a tool cannot show (the bound of a quantity, the mod of a date) travels with the task as facts and is taken from
there as long as the span or its id is the same. In Label Studio the note of a region is the name of a party, the value
of a date, "30000000 EUR" of a quantity, the verb of a commitment: an edited note wins over the facts. What cannot be
anchored in the text, or linked, is left out and named; what a person has still to write into the gold is named, too.
Gold has no statements and no trigger words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline import readers, writers
from pipeline.annotation_files import FLAGS, LABELS, Marked, marked
from pipeline.errors import DocumentError, UsageError
from pipeline.evaluate import dates
from pipeline.evaluate.gold import Document
from pipeline.records import Record, Span

LISTS = {"committer": "committers", "beneficiary": "beneficiaries", "quantity": "quantities"}
SINGLE = ("object", "deadline", "made_on", "made_at", "speaker")
LINKED = {"quantity": "quantities", "deadline": "dates", "made_on": "dates"}
"""The layer to which a relation leads; all others lead to the words of a party, or to those of the object."""

Recall = Callable[[Marked], tuple[dict[str, Any], str]]
"""Finds the facts of a span and the note that it had at first."""


@dataclass
class Draft:
    """A document on its way to gold; `problems` tells people what was left out and what they have still to write."""

    id: str
    published: str | None
    text: str
    items: list[Marked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def tell(self, what: str) -> None:
        """Note a problem."""
        self.problems.append(f"{self.id}: {what}")

    def place(self, id_: str, layer: str, label: str, start: Any, end: Any, text: str | None) -> Marked | None:
        """A span of the text, without its facts; None, and a problem, where it has no words or other ones than `text`,
        or a label that we do not know.
        """
        what = f"{layer}:{label} at {start}:{end}"
        if label not in LABELS.get(layer, ()):
            self.tell(f"left out: {what}, which is no label of ours.")
            return None
        whole = isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(self.text)
        found = self.text[start:end] if whole else ""
        if not found.strip() or text not in (None, found):
            self.tell(f"left out: {what}, where the text has {found!r}" + (f", not {text!r}." if text else "."))
            return None
        return Marked(id_, layer, label, Span(start=start, end=end, text=found))


def write(documents: Iterable[Document], output: Path) -> None:
    """Write gold, one document a line. Raises UsageError where the file is there: a person may have corrected it."""
    if output.exists():
        raise UsageError(f"{output} is there already and may hold corrections; name another --output.")
    lines = [json.dumps(document, ensure_ascii=False) + "\n" for document in documents]
    with writers.whole(output) as file:
        file.writelines(lines)


def from_record(record: Record, problems: list[str]) -> Document:
    """Gold as the record has it, to be corrected by people."""
    items = [replace(item, note="") for item in marked(record)]  # a note is what people changed
    return _gold(Draft(record.id, record.published, record.text, items), problems)


def read(path: Path, problems: list[str]) -> list[Document]:
    """Gold from Label Studio's JSON export or from doccano's JSON lines, both of tasks that communique wrote.

    `problems` gets a sentence for all that is left out. Raises UsageError for a file that is neither.
    """
    try:
        rows = [json.loads(content) for _, content in readers.written(path)]
        rows = [task for row in rows for task in (row if isinstance(row, list) else [row])]
        drafts = [_read_row(row, problems) for row in rows]
    except DocumentError as error:
        raise UsageError(str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = "found neither Label Studio's JSON (tasks with `data` and `annotations`) nor doccano's JSON lines"
        raise UsageError(f"{path}: {what} (`text`, `document`, `entities`): {error!r}.") from error
    return [_gold(draft, problems) for draft in drafts if draft is not None]


def _read_row(row: dict[str, Any], problems: list[str]) -> Draft | None:
    return _label_studio(row, problems) if "annotations" in row else _doccano(row)


def _label_studio(task: dict[str, Any], problems: list[str]) -> Draft | None:
    data = task["data"]
    draft = Draft(str(data["id"]), data.get("published"), data["text"])
    submitted = [annotation for annotation in task["annotations"] if not annotation.get("was_cancelled")]
    if not submitted:
        problems.append(f"{draft.id}: left out: nobody has submitted an annotation of this task.")
        return None
    if len(submitted) > 1:
        draft.tell(f"{len(submitted)} annotations were submitted; the last one is used.")
    result, recall = submitted[-1]["result"], _memory(data.get("facts") or [])
    flags = {r["id"]: r["value"]["choices"] for r in result if r["type"] == "choices"}
    relations: dict[str, list[tuple[str, str]]] = {}
    for r in result:
        if r["type"] == "relation":
            ends = (r["from_id"], r["to_id"]) if r.get("direction") != "left" else (r["to_id"], r["from_id"])
            for label in r.get("labels") or [""]:
                relations.setdefault(ends[0], []).append((label, ends[1]))
    for r in result:
        if r["type"] not in ("labels", "choices", "relation"):
            draft.tell(f"left out: {r['type']}, which our labelling set-up does not have.")
        if r["type"] != "labels":
            continue
        value = r["value"]
        label = (value.get("labels") or [""])[0]
        item = draft.place(r["id"], r["from_name"], label, value["start"], value["end"], value.get("text"))
        if item is not None:
            facts, was = recall(item)
            note = " ".join((r.get("meta") or {}).get("text") or [])
            if item.layer == "commitments":
                facts = facts | {flag: flag in flags.get(item.id, ()) for flag in FLAGS}
            draft.items.append(_with_facts(item, facts, note if note != was else "", relations.get(item.id, [])))
    _name_lost_relations(draft, relations)
    return draft


def _doccano(row: dict[str, Any]) -> Draft:
    draft = Draft(str(row["document"]), row.get("published"), row["text"])
    recall = _memory(row.get("facts") or [])
    relations: dict[str, list[tuple[str, str]]] = {}
    for r in row.get("relations") or []:
        relations.setdefault(str(r["from_id"]), []).append((r["type"], str(r["to_id"])))
    for entity in row["entities"]:
        layer, _, label = entity["label"].partition(":")
        id_, start, end = str(entity["id"]), entity["start_offset"], entity["end_offset"]
        item = draft.place(id_, layer, label, start, end, None)
        if item is not None:
            draft.items.append(_with_facts(item, recall(item)[0], "", relations.get(id_, [])))
    _name_lost_relations(draft, relations)
    return draft


def _memory(rows: Sequence[dict[str, Any]]) -> Recall:
    """What finds the facts of a span and its first note: by its id, else the next that stood in its place."""
    by_id = {row["id"]: row for row in rows}
    by_place: dict[tuple[str, str, int, int], list[dict[str, Any]]] = {}

    def place(layer: str, label: str, start: int, end: int) -> tuple[str, str, int, int]:
        return layer, label if layer == "roles" else "", start, end  # people correct labels, but a role is what it is

    for row in reversed(rows):
        by_place.setdefault(place(row["layer"], row["label"], row["start"], row["end"]), []).append(row)

    def recall(item: Marked) -> tuple[dict[str, Any], str]:
        row = by_id.get(item.id)
        if row is None or row["layer"] != item.layer:
            there = by_place.get(place(item.layer, item.label, item.span.start, item.span.end))
            row = there.pop() if there else None
        return (row["facts"] | {"id": row["id"]}, row["note"]) if row else ({}, "")

    return recall


def _with_facts(item: Marked, facts: dict[str, Any], note: str, relations: list[tuple[str, str]]) -> Marked:
    return replace(item, facts=facts, note=note, relations=relations)


def _name_lost_relations(draft: Draft, relations: dict[str, list[tuple[str, str]]]) -> None:
    begin = {item.id for item in draft.items if item.layer == "commitments"}
    for id_, found in relations.items():
        if id_ not in begin:
            draft.tell(f"left out: {', '.join(label or 'unnamed' for label, _ in found)} from {id_}, no commitment.")


def _gold(draft: Draft, problems: list[str]) -> Document:
    items = sorted(draft.items, key=lambda item: (item.span.start, item.span.end))
    people = Parties(items)
    of_layer: dict[str, list[Document]] = {"dates": [], "quantities": []}
    known: dict[str, str] = {}
    for item in items:
        if item.layer in of_layer:
            known[item.id] = f"{item.layer[0]}{len(of_layer[item.layer]) + 1}"
            said = _date(item) if item.layer == "dates" else _quantity(item)
            of_layer[item.layer].append({"id": known[item.id]} | _place(item.span) | said)
            if said["value"] is None and not item.facts:
                draft.tell(f"{known[item.id]} {item.span.text!r} has no value yet; write it into the gold.")
    promised = _commitments(draft, items, people, known)
    problems += draft.problems
    header = {"id": draft.id, "published": draft.published, "text": draft.text}
    return header | {"entities": people.entities} | of_layer | {"commitments": promised}


def _place(span: Span) -> Document:
    return {"start": span.start, "end": span.end, "text": span.text}


def _date(item: Marked) -> Document:
    said = {key: item.facts.get(key) for key in ("value", "mod", "earliest", "latest")}
    if item.note and item.note != said["value"]:
        between = dates.days(item.note)
        said |= {"value": item.note, "earliest": None, "latest": None}
        if between is not None:
            said |= {"earliest": between[0].isoformat(), "latest": between[1].isoformat()}
    return {"type": item.label} | said


def _quantity(item: Marked) -> Document:
    said = {key: item.facts.get(key) for key in ("value", "low", "high", "bound", "kind", "unit", "per", "item")}
    said |= {"kind": item.label, "bound": said["bound"] or "exact"}
    if item.facts.get("change"):
        said["change"] = item.facts["change"]
    number, _, what = item.note.partition(" ")
    try:
        value = float(number)
    except ValueError:
        return said
    of = {"unit": None, "item": what} if item.label in ("count", "ordinal") else {"unit": what}
    return said | {"value": int(value) if value.is_integer() else value, "low": None, "high": None} | of


def _commitments(draft: Draft, items: Sequence[Marked], people: Parties, known: dict[str, str]) -> list[Document]:
    promises = [item for item in items if item.layer == "commitments"]
    ids = {item.facts.get("id", item.id): f"c{n}" for n, item in enumerate(promises, 1)}
    parts = {item.id: item for item in items}
    gold = []
    for n, item in enumerate(promises, 1):
        slots = _slots(draft, f"c{n}", item, parts, people, known)
        said = {flag: bool(item.facts.get(flag)) for flag in FLAGS}
        same_as = ids.get(item.facts.get("same_as"))
        action = item.note or item.facts.get("action")
        for what, there in (("action", action), ("committer", slots["committers"])):
            if not there:
                draft.tell(f"c{n} {item.span.text!r} has no {what} yet; write it into the gold.")
        made = {"id": f"c{n}"} | _place(item.span) | {"action": action, "force": item.label} | said | slots
        gold.append(made | {"status": item.facts.get("status") or "open"} | ({"same_as": same_as} if same_as else {}))
    linked = {other for item in promises for _, other in item.relations}
    for item in items:
        if item.layer == "roles" and item.label != "trigger" and item.id not in linked:
            draft.tell(f"left out: {item.label} {item.span.text!r}, which belongs to no commitment.")
    return gold


def _slots(
    draft: Draft, id_: str, item: Marked, parts: dict[str, Marked], people: Parties, known: dict[str, str]
) -> dict[str, Any]:
    """What the relations of a commitment fill: dates and quantities by their new ids, parties by an entity's."""
    slots: dict[str, Any] = {slot: [] for slot in LISTS.values()} | dict.fromkeys(SINGLE)
    for relation, other in item.relations:
        if relation == "trigger":
            continue
        found = parts.get(other)
        allowed = (LINKED[relation],) if relation in LINKED else ("roles", "entities")
        if found is None or found.layer not in allowed or relation not in (*LISTS, *SINGLE):
            draft.tell(f"left out: {relation or 'unnamed'} of {id_}, which leads to no such span ({other}).")
            continue
        if relation in LINKED:
            value: Any = known[other]
        else:
            value = _place(found.span) if relation == "object" else people.id_of(found)
        if relation in LISTS:
            slots[LISTS[relation]] += [value] if value not in slots[LISTS[relation]] else []
        elif slots[relation] not in (None, value):
            draft.tell(f"left out: a second {relation} of {id_}, {found.span.text!r}.")
        else:
            slots[relation] = value
    return slots


class Parties:
    """The entities of a document while its gold is made: names with their mentions, and groups from the roles.

    A mention that the record knew stays with its entity, unless its label or its note was changed; any other joins the
    entity that has its name (its note, or its own words), or begins one.
    """

    def __init__(self, items: Sequence[Marked]) -> None:
        self.entities: list[Document] = []
        self._groups = 0
        self._of_fact: dict[tuple[str, str], Document] = {}
        self._of_name: dict[tuple[str, str], Document] = {}
        self._of_mention: dict[str, Document] = {}
        self._of_place: dict[tuple[int, int], Document] = {}
        for item in sorted((item for item in items if item.layer == "entities"), key=_is_new):
            self._add_mention(item)
        self.entities.sort(key=lambda entity: min(mention["start"] for mention in entity["mentions"]))
        for n, entity in enumerate(self.entities, 1):
            entity["mentions"].sort(key=lambda mention: (mention["start"], mention["end"]))
            entity["id"] = f"e{n}"

    def id_of(self, item: Marked) -> str:
        """The id of the entity that the words of a party stand for; words that stand for none become a group."""
        entity = self._of_mention.get(item.id)
        if entity is None and not _is_new(item):
            entity = self._of_fact.get((item.facts["entity"], ""))
        name = item.note or item.facts.get("name")
        if entity is None and not name:
            entity = self._of_place.get((item.span.start, item.span.end))
        name = name or item.span.text
        if entity is None:
            entity = self._of_name.get((name.casefold(), ""))
        if entity is None:
            self._groups += 1
            entity = self._begin(f"g{self._groups}", "GROUP", name)
        if entity["type"] == "GROUP" and _place(item.span) not in entity["mentions"]:
            entity["mentions"].append(_place(item.span))
        return str(entity["id"])

    def _add_mention(self, item: Marked) -> None:
        if _is_new(item):
            name = item.note or item.span.text
            entity = self._of_name.get((name.casefold(), item.label))
        else:
            name = item.facts["name"]
            entity = self._of_fact.get((item.facts["entity"], item.label))
        if entity is None:
            entity = self._begin("", item.label, name)
        level = item.facts.get("level", "NAM")
        entity["mentions"].append(_place(item.span) | ({"level": level} if level != "NAM" else {}))
        self._of_mention[item.id] = entity
        self._of_place.setdefault((item.span.start, item.span.end), entity)
        if level == "NAM":
            self._name(entity, item.span.text)
        if not _is_new(item):
            for label in (item.label, ""):
                self._of_fact.setdefault((item.facts["entity"], label), entity)

    def _begin(self, id_: str, type_: str, name: str) -> Document:
        entity: Document = {"id": id_, "type": type_, "name": name, "mentions": []}
        self.entities.append(entity)
        self._name(entity, name)
        return entity

    def _name(self, entity: Document, name: str) -> None:
        for label in (entity["type"], ""):
            self._of_name.setdefault((name.casefold(), label), entity)


def _is_new(item: Marked) -> bool:
    """Whether people marked this name or party themselves, or gave it another name than the record did."""
    return not item.facts.get("entity") or item.note not in ("", item.facts["name"])
