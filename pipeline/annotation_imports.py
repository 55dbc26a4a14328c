"""Imports of annotations: what people corrected in Label Studio or doccano, read back as spans with their facts.

    Label Studio    its JSON export: tasks with `data` and `annotations`
    doccano         its JSON lines: `text`, `document`, `entities`, `relations`

A tool's file is foreign input: people edit it, other tools write the same shapes. What is not known, or does not fit
its text, is left out and named in a sentence; it never stops the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StrictInt, ValidationError

from pipeline import readers
from pipeline.annotation_files import FLAGS, LABELS, Marked
from pipeline.errors import DocumentError, UsageError
from pipeline.records import PartialDate, Span

Links = dict[str, list[tuple[str, str]]]
"""The relations of each span: (relation, id of the other span)."""

Recall = Callable[[Marked], tuple[dict[str, Any], str]]
"""Finds the facts of a span and the note that it had at first."""


class Foreign(BaseModel):
    """Base of what tools write: they add keys of their own, which say nothing here."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Said(Foreign):
    """What gold says of a span beside its place and label, as far as its layer has it."""

    value: str | int | float | None = None
    mod: str | None = None
    earliest: str | None = None
    latest: str | None = None
    low: int | float | None = None
    high: int | float | None = None
    bound: str | None = None
    unit: str | None = None
    per: str | None = None
    item: str | None = None
    change: dict[str, Any] | None = None
    entity: str | None = None
    name: str | None = None
    level: Literal["NAM", "NOM", "PRO"] = "NAM"
    action: str | None = None
    negated: bool = False
    conditional: bool = False
    status: Literal["open", "fulfilled", "abandoned"] = "open"
    same_as: str | None = None


class Fact(Foreign):
    """What the record said of a span; it travelled with the task."""

    id: str
    layer: str
    label: str
    start: StrictInt
    end: StrictInt
    note: str = ""
    facts: Said


class Place(Foreign):
    """Characters of the text, and the labels that somebody gave them."""

    start: StrictInt
    end: StrictInt
    text: str | None = None
    labels: list[str] = []


class Meta(Foreign):
    """Label Studio's free notes of a region."""

    text: str | list[str] = []


class Region(Foreign):
    """One labelled region of Label Studio."""

    id: str
    from_name: str
    value: Place
    meta: Meta = Meta()


class Choices(Foreign):
    """The flags that somebody ticked."""

    choices: list[str]


class Ticked(Foreign):
    """The flags of one region."""

    id: str
    value: Choices


class Relation(Foreign):
    """One arrow of Label Studio."""

    from_id: str
    to_id: str
    direction: str | None = None
    labels: list[str] = []


class Annotation(Foreign):
    """What one person submitted."""

    result: list[dict[str, Any]]
    was_cancelled: bool | None = None


class Data(Foreign):
    """The data of a task of ours."""

    id: str
    text: str
    published: PartialDate | None = None
    facts: list[dict[str, Any]] = []


class Task(Foreign):
    """One task of Label Studio's export."""

    data: Data
    annotations: list[Annotation]


class DoccanoSpan(Foreign):
    """One labelled span of doccano."""

    id: int | str
    label: str
    start_offset: StrictInt
    end_offset: StrictInt


class DoccanoRelation(Foreign):
    """One arrow of doccano."""

    from_id: int | str
    to_id: int | str
    type: str


class DoccanoRow(Foreign):
    """One line of doccano's export."""

    document: str
    text: str
    published: PartialDate | None = None
    facts: list[dict[str, Any]] = []
    entities: list[dict[str, Any]]
    relations: list[dict[str, Any]] = []


ForeignModel = TypeVar("ForeignModel", bound=Foreign)


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

    def place(self, id_: str, layer: str, label: str, start: int, end: int, text: str | None) -> Marked | None:
        """A span of the text, without its facts; None, and a problem, where it has no words or other ones than `text`,
        or a label that we do not know.
        """
        what = f"{layer}:{label} at {start}:{end}"
        if label not in LABELS.get(layer, ()):
            self.tell(f"left out: {what}, which is no label of ours.")
            return None
        found = self.text[start:end] if 0 <= start < end <= len(self.text) else ""
        if not found.strip() or text not in (None, found):
            self.tell(f"left out: {what}, where the text has {found!r}" + (f", not {text!r}." if text else "."))
            return None
        return Marked(id_, layer, label, Span(start=start, end=end, text=found))

    def parsed(self, model: type[ForeignModel], written: dict[str, Any], what: str) -> ForeignModel | None:
        """A part as its model; None, and a problem, where it has another shape."""
        try:
            return model.model_validate(written)
        except ValidationError as error:
            self.tell(f"left out: {what}, {_first(error)}.")
            return None


def read(path: Path, problems: list[str]) -> list[Draft]:
    """The documents of Label Studio's JSON export or of doccano's JSON lines, both of tasks that communique wrote.

    `problems` gets a sentence for each task that is left out; a document keeps its own problems. Raises UsageError for
    a file without a task of ours.
    """
    try:
        rows = [json.loads(content) for _, content in readers.written(path)]
    except DocumentError as error:
        raise UsageError(str(error)) from error
    except ValueError as error:
        raise _neither(path, f"not valid JSON: {error}") from error
    tasks = [task for row in rows for task in (row if isinstance(row, list) else [row])]
    drafts: dict[str, Draft] = {}
    known, wrong = 0, []
    for n, task in enumerate(tasks, 1):
        if not isinstance(task, dict):
            wrong.append(f"task {n}: left out: it is no object with keys.")
            continue
        try:
            draft = _read_task(task, problems)
        except ValidationError as error:
            wrong.append(f"task {n}: left out: {_first(error)}.")
            continue
        known += 1
        if draft is not None and draft.id in drafts:
            wrong.append(f"task {n}: left out: the document {draft.id} stands in an earlier task already.")
        elif draft is not None:
            drafts[draft.id] = draft
    if not known:
        raise _neither(path, wrong[0] if wrong else "no task")
    problems += wrong
    return list(drafts.values())


def _neither(path: Path, what: str) -> UsageError:
    wanted = "neither Label Studio's JSON (tasks with `data` and `annotations`) nor doccano's JSON lines"
    return UsageError(f"{path}: found {wanted} (`text`, `document`, `entities`): {what}")


def _first(error: ValidationError) -> str:
    """Where something is wrong, and what."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"{key}: {first['msg'][:1].lower()}{first['msg'][1:]}" if key else first["msg"]


def _read_task(row: dict[str, Any], problems: list[str]) -> Draft | None:
    if "annotations" in row:
        return _label_studio(Task.model_validate(row), problems)
    return _doccano(DoccanoRow.model_validate(row))


def _label_studio(task: Task, problems: list[str]) -> Draft | None:
    draft = Draft(task.data.id, task.data.published, task.data.text)
    submitted = [annotation for annotation in task.annotations if not annotation.was_cancelled]
    if not submitted:
        problems.append(f"{draft.id}: left out: nobody has submitted an annotation of this task.")
        return None
    if len(submitted) > 1:
        draft.tell(f"{len(submitted)} annotations were submitted; the last one is used.")
    regions, flags, links = _results(draft, submitted[-1].result)
    recall = _memory(draft, task.data.facts)
    for region in regions:
        if len(region.value.labels) != 1:
            draft.tell(f"left out: {region.id}, which has {len(region.value.labels)} labels and not one.")
            continue
        value = region.value
        item = draft.place(region.id, region.from_name, value.labels[0], value.start, value.end, value.text)
        if item is None:
            continue
        facts, was = recall(item)
        note = region.meta.text if isinstance(region.meta.text, str) else " ".join(region.meta.text)
        if item.layer == "commitments":
            facts = facts | {flag: flag in flags.get(item.id, ()) for flag in FLAGS}
        relations = links.get(item.id, [])
        draft.items.append(replace(item, facts=facts, note=note if note != was else "", relations=relations))
    _name_lost_relations(draft, links)
    return draft


def _results(draft: Draft, results: Sequence[dict[str, Any]]) -> tuple[list[Region], dict[str, list[str]], Links]:
    """The labelled regions, the flags of each, and the relations."""
    regions: list[Region] = []
    flags: dict[str, list[str]] = {}
    links: Links = {}
    for n, result in enumerate(results, 1):
        kind = result.get("type")
        if kind == "relation":
            if relation := draft.parsed(Relation, result, f"relation {n}"):
                ends = (relation.from_id, relation.to_id)
                ends = ends[::-1] if relation.direction == "left" else ends
                for label in relation.labels or [""]:
                    links.setdefault(ends[0], []).append((label, ends[1]))
        elif kind == "labels":
            if region := draft.parsed(Region, result, f"region {n}"):
                regions.append(region)
        elif kind == "choices":
            if ticked := draft.parsed(Ticked, result, f"flags {n}"):
                flags[ticked.id] = ticked.value.choices
                if unknown := sorted(set(ticked.value.choices) - set(FLAGS)):
                    draft.tell(f"left out: the flag {', '.join(unknown)} of {ticked.id}, which is none of ours.")
        else:
            draft.tell(f"left out: {kind or 'a result without a type'}, which our labelling set-up does not have.")
    return regions, flags, links


def _doccano(row: DoccanoRow) -> Draft:
    draft = Draft(row.document, row.published, row.text)
    recall = _memory(draft, row.facts)
    links: Links = {}
    for n, written in enumerate(row.relations, 1):
        if relation := draft.parsed(DoccanoRelation, written, f"relation {n}"):
            links.setdefault(str(relation.from_id), []).append((relation.type, str(relation.to_id)))
    for n, written in enumerate(row.entities, 1):
        if span := draft.parsed(DoccanoSpan, written, f"entity {n}"):
            layer, _, label = span.label.partition(":")
            item = draft.place(str(span.id), layer, label, span.start_offset, span.end_offset, None)
            if item is not None:
                draft.items.append(replace(item, facts=recall(item)[0], relations=links.get(item.id, [])))
    _name_lost_relations(draft, links)
    return draft


def _memory(draft: Draft, written: Sequence[dict[str, Any]]) -> Recall:
    """What finds the facts of a span and its first note: by its id, else the next that stood in its place."""
    parsed = (draft.parsed(Fact, row, f"facts {n}") for n, row in enumerate(written, 1))
    rows = [row for row in parsed if row is not None]
    by_id = {row.id: row for row in rows}
    by_place: dict[tuple[str, str, int, int], list[Fact]] = {}

    def place(layer: str, label: str, start: int, end: int) -> tuple[str, str, int, int]:
        return layer, label if layer == "roles" else "", start, end  # people correct labels, but a role is what it is

    for row in reversed(rows):
        by_place.setdefault(place(row.layer, row.label, row.start, row.end), []).append(row)

    def recall(item: Marked) -> tuple[dict[str, Any], str]:
        row = by_id.get(item.id)
        if row is None or row.layer != item.layer:
            there = by_place.get(place(item.layer, item.label, item.span.start, item.span.end))
            row = there.pop() if there else None
        return (row.facts.model_dump(exclude_unset=True) | {"id": row.id}, row.note) if row else ({}, "")

    return recall


def _name_lost_relations(draft: Draft, links: Links) -> None:
    begin = {item.id for item in draft.items if item.layer == "commitments"}
    for id_, found in links.items():
        if id_ not in begin:
            draft.tell(f"left out: {', '.join(label or 'unnamed' for label, _ in found)} from {id_}, no commitment.")
