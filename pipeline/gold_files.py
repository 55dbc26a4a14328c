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
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline import annotation_imports, writers
from pipeline.annotation_files import FLAGS, Marked, marked
from pipeline.annotation_imports import Draft
from pipeline.errors import UsageError
from pipeline.evaluate import dates
from pipeline.evaluate.gold import Document
from pipeline.records import Date, Quantity, Record, Span

NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
CURRENCY = re.compile(r"[A-Z]{3}")
TIMEX3_POINT = r"(?:[\dX]{1,4}(?:-[\dA-Z]+){0,3}(?:T[\dA-Z:]+)?|P[T\dX.A-Z]+|(?:PAST|PRESENT|FUTURE)_REF)"
TIMEX3 = re.compile(rf"{TIMEX3_POINT}(?:/{TIMEX3_POINT})?")

LISTS = {"committer": "committers", "beneficiary": "beneficiaries", "quantity": "quantities"}
SINGLE = ("object", "deadline", "made_on", "made_at", "speaker")
LINKED = {"quantity": "quantities", "deadline": "dates", "made_on": "dates"}
"""The layer to which a relation leads; all others lead to the words of a party, or to those of the object."""


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
    """Gold from what people corrected in Label Studio or doccano; `problems` gets a sentence for all that is left out.
    Raises UsageError for a file that is neither's.
    """
    return [_gold(draft, problems) for draft in annotation_imports.read(path, problems)]


def _gold(draft: Draft, problems: list[str]) -> Document:
    items = sorted(draft.items, key=lambda item: (item.span.start, item.span.end))
    people = Parties(items)
    of_layer: dict[str, list[Document]] = {"dates": [], "quantities": []}
    known: dict[str, str] = {}
    for item in items:
        if item.layer in of_layer:
            known[item.id] = f"{item.layer[0]}{len(of_layer[item.layer]) + 1}"
            head = {"id": known[item.id]} | _place(item.span)
            said = _date(item) if item.layer == "dates" else _quantity(item)
            if problem := _unreadable(item.layer, head | said):
                draft.tell(f"left out: what is said of {head['id']} {item.span.text!r}, {problem}.")
                item = replace(item, facts={}, note="")
                said = _date(item) if item.layer == "dates" else _quantity(item)
            of_layer[item.layer].append(head | said)
            if said["value"] is None and not item.facts:
                draft.tell(f"{head['id']} {item.span.text!r} has no value yet; write it into the gold.")
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


def _unreadable(layer: str, said: Document) -> str:
    """What is wrong with the date or the quantity that tools or people wrote; nothing where it is a record's."""
    model: type[Date] | type[Quantity] = Date if layer == "dates" else Quantity
    if layer == "dates" and said["value"] is None:
        return ""  # not written yet
    if layer == "dates" and not TIMEX3.fullmatch(str(said["value"])):
        return f"{said['value']!r} is no TIMEX3 value"
    if layer == "quantities" and isinstance(said["value"], str):
        return f"{said['value']!r} is no number"
    if layer == "quantities" and said["kind"] == "money" and not CURRENCY.fullmatch(said["unit"] or "USD"):
        return f"{said['unit']!r} is no currency code of three capitals"
    try:
        model.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    return ""


def _quantity(item: Marked) -> Document:
    said = {key: item.facts.get(key) for key in ("value", "low", "high", "bound", "kind", "unit", "per", "item")}
    said |= {"kind": item.label, "bound": said["bound"] or "exact"}
    if item.facts.get("change"):
        said["change"] = item.facts["change"]
    if not item.note:
        return said
    number, _, what = item.note.partition(" ")
    value = float(number) if NUMBER.fullmatch(number) else number  # what is no number is refused with the rest
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    of = {"unit": None, "item": what or None} if item.label in ("count", "ordinal") else {"unit": what or None}
    return said | {"value": value, "low": None, "high": None} | of


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
    known = item.facts.get("entity") and item.facts.get("name")
    return not known or item.note not in ("", item.facts["name"])
