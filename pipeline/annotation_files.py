"""Files of annotations: records for the tools that people annotate, train and cite with.

    label-studio    a folder: tasks.json, whose predictions are the records' spans, and config.xml, the labelling set-up
    doccano         one document a line with entities and relations (the project must allow overlapping spans)
    docbin          spaCy's DocBin: `doc.spans["communique"]` and, exact to the letter, the record in `doc._.communique`
    web-annotation  W3C Web Annotations that select by position and by quote, in a PDF also by page

Offsets are code points everywhere, as in the records; nothing is dropped where spans overlap. The files of the first
two carry, beside what people see, the facts of each span that these tools cannot show: `gold_files` takes them back.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args
from xml.sax.saxutils import quoteattr

from pipeline import records, writers
from pipeline.records import DateType, EntityType, Force, QuantityKind, Record, Span

LABELS: dict[str, tuple[str, ...]] = {
    "entities": get_args(EntityType),
    "dates": get_args(DateType),
    "quantities": get_args(QuantityKind),
    "statements": ("direct", "indirect"),
    "commitments": get_args(Force),
    "roles": ("committer", "beneficiary", "made_at", "speaker", "object", "trigger"),
}
"""Each layer with the labels of its spans; `roles` are the parts of commitments that are no items of their own."""

FLAGS = ("negated", "conditional")
RELATIONS = ("committer", "beneficiary", "made_at", "speaker", "object", "trigger", "quantity", "deadline", "made_on")
PDF_FRAGMENT = "http://tools.ietf.org/rfc/rfc3778"  # what the standard names for fragments of a PDF
AROUND = 32  # characters before and after a quote that tell it from another


@dataclass(frozen=True)
class Marked:
    """One span of a record as annotation tools have it: a layer, a label, and what else the record says of it."""

    id: str
    layer: str
    label: str
    span: Span
    note: str = ""
    relations: list[tuple[str, str]] = field(default_factory=list)
    """(relation, id of another span), of commitments only."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else gold says of it: the value and the days of a date, the entity of a mention."""


def marked(record: Record) -> Iterator[Marked]:
    """Every span of a record: the mentions, dates, quantities, statements, commitments and the parts of these.

    The commitment "c1" has its relations to "c1.committer1", "q1", "d2" and so on.
    """
    for entity in record.entities:
        for n, mention in enumerate(entity.mentions, 1):
            entity_facts = {"entity": entity.id, "name": entity.name, "level": mention.level}
            yield Marked(f"{entity.id}.{n}", "entities", entity.type, mention, entity.name, facts=entity_facts)
    for date in record.dates:
        said = date.model_dump(include={"value", "mod", "earliest", "latest"})
        yield Marked(date.id, "dates", date.type, date, date.value, facts=said)
    for q in record.quantities:
        note = f"{'' if q.value is None else f'{q.value:.15g} '}{q.unit or q.item or ''}"
        said = q.model_dump(by_alias=True, exclude={"id", "start", "end", "text", "kind", "rule"})
        yield Marked(q.id, "quantities", q.kind, q, note, facts=said)
    for statement in record.statements:
        speaker = statement.speaker.name if statement.speaker is not None else None
        yield Marked(statement.id, "statements", "direct" if statement.direct else "indirect", statement, speaker or "")
    for c in record.commitments:
        parts = [Marked(f"{c.id}.trigger", "roles", "trigger", c.trigger, c.trigger.rule)]
        if c.object is not None:
            parts.append(Marked(f"{c.id}.object", "roles", "object", c.object))
        for role, parties in (
            ("committer", c.committers), ("beneficiary", c.beneficiaries),
            ("made_at", [c.made_at]), ("speaker", [c.speaker]),
        ):  # fmt: skip
            for n, party in enumerate(filter(None, parties), 1):
                party_facts = {"entity": party.entity, "name": party.name}
                parts.append(Marked(f"{c.id}.{role}{n}", "roles", role, party, party.name or "", facts=party_facts))
        relations = [(part.label, part.id) for part in parts] + [("quantity", id_) for id_ in c.quantities]
        relations += [(name, id_) for name, id_ in (("deadline", c.deadline), ("made_on", c.made_on)) if id_]
        said = c.model_dump(include={"action", *FLAGS, "status", "same_as"})
        yield Marked(c.id, "commitments", c.force, c, c.action, relations, said)
        yield from parts


def facts(items: Iterable[Marked]) -> list[dict[str, Any]]:
    """The facts of spans with what finds the span again: its id, or its layer and place where a tool gives new ids."""
    return [
        {"id": item.id, "layer": item.layer, "label": item.label, "start": item.span.start, "end": item.span.end}
        | {"note": item.note, "facts": item.facts}
        for item in items
        if item.facts
    ]


def write_label_studio(documents: Iterable[Record], output: Path) -> int:
    """Write a folder with tasks.json and config.xml; the number of tasks."""
    writers.Folder(output)
    tasks = [label_studio_task(record) for record in documents]
    with writers.whole(output / "tasks.json") as file:
        file.write(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n")
    with writers.whole(output / "config.xml") as file:
        file.write(label_studio_config())
    return len(tasks)


def label_studio_config() -> str:
    """The labelling set-up of the tasks: one set of labels a layer, the flags and the relations of commitments."""
    lines = ["<View>"]
    for layer, labels in LABELS.items():
        lines.append(f'  <Labels name={quoteattr(layer)} toName="text">')
        lines += [f"    <Label value={quoteattr(label)}/>" for label in labels]
        lines.append("  </Labels>")
    lines.append('  <Choices name="flags" toName="text" perRegion="true" choice="multiple" whenTagName="commitments">')
    lines += [f"    <Choice value={quoteattr(flag)}/>" for flag in FLAGS]
    lines += ["  </Choices>", "  <Relations>"]
    lines += [f"    <Relation value={quoteattr(relation)}/>" for relation in RELATIONS]
    lines += ["  </Relations>", '  <Text name="text" value="$text"/>', "</View>"]
    return "\n".join(lines) + "\n"


def label_studio_task(record: Record) -> dict[str, Any]:
    """A task with the record's spans as a prediction, to be corrected by people."""
    result: list[dict[str, Any]] = []
    items = list(marked(record))
    for item in items:
        place = {"start": item.span.start, "end": item.span.end, "text": item.span.text}
        of_text = {"id": item.id, "to_name": "text"}
        region = of_text | {"from_name": item.layer, "type": "labels", "value": place | {"labels": [item.label]}}
        result.append(region | ({"meta": {"text": [item.note]}} if item.note else {}))
        if flags := [flag for flag in FLAGS if item.facts.get(flag)]:
            result.append(of_text | {"from_name": "flags", "type": "choices", "value": place | {"choices": flags}})
        for relation, other in item.relations:
            result.append(
                {"type": "relation", "from_id": item.id, "to_id": other, "direction": "right", "labels": [relation]}
            )
    version = f"communique {record.made_by.communique}, {record.made_by.model}"
    data = {"text": record.text, "id": record.id, "published": record.published, "facts": facts(items)}
    return {"data": data, "predictions": [{"model_version": version, "result": result}]}


def write_doccano(documents: Iterable[Record], output: Path) -> int:
    """Write doccano's JSON lines with entities and relations; the number of documents."""
    n = written = 0
    with writers.whole(output) as file:
        for record in documents:
            numbers: dict[str, int] = {}
            entities, relations = [], []
            items = list(marked(record))
            for item in items:
                n += 1
                numbers[item.id] = n
                span = {"start_offset": item.span.start, "end_offset": item.span.end}
                entities.append({"id": n, "label": f"{item.layer}:{item.label}"} | span)
            for item in items:
                for relation, other in item.relations:
                    n += 1
                    ends = {"from_id": numbers[item.id], "to_id": numbers[other]}
                    relations.append({"id": n, "type": relation} | ends)
            row: dict[str, Any] = {"text": record.text, "document": record.id, "published": record.published}
            row |= {"entities": entities, "relations": relations, "facts": facts(items)}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            written += 1
    return written


def write_docbin(documents: Iterable[Record], output: Path) -> int:
    """Write spaCy's DocBin; the number of documents. Spans stand on the tokens that they touch."""
    import spacy
    from spacy.tokens import Doc, DocBin

    if not Doc.has_extension("communique"):
        Doc.set_extension("communique", default=None)
    nlp, bin_ = spacy.blank("en"), DocBin(store_user_data=True)
    for record in documents:
        doc = nlp.make_doc(record.text)
        spans = [
            doc.char_span(m.span.start, m.span.end, m.label, span_id=m.id, alignment_mode="expand")
            for m in marked(record)
        ]
        doc.spans["communique"] = [span for span in spans if span is not None]
        doc._.communique = records.dumps(record, indent=None)  # as text: lists would come back as tuples
        bin_.add(doc)
    with writers.replacing(output) as temporary:
        bin_.to_disk(temporary)
    return len(bin_)


def write_web_annotations(documents: Iterable[Record], output: Path) -> int:
    """Write W3C Web Annotations as one page of JSON-LD; the number of annotations."""
    items = [annotation for record in documents for annotation in web_annotations(record)]
    page = {"@context": "http://www.w3.org/ns/anno.jsonld", "type": "AnnotationPage", "items": items}
    with writers.whole(output) as file:
        file.write(json.dumps(page, ensure_ascii=False, indent=1) + "\n")
    return len(items)


def web_annotations(record: Record) -> Iterator[dict[str, Any]]:
    """Each span of a record, selected by its position and by its words with those around them, in a PDF by its page."""
    source = record.source.url or record.source.path
    starts = [segment.start for segment in record.segments]
    for item in marked(record):
        start, end = item.span.start, item.span.end
        body = [{"type": "TextualBody", "purpose": "tagging", "value": f"{item.layer}:{item.label}"}]
        if item.note:
            body.append({"type": "TextualBody", "purpose": "describing", "value": item.note})
        quote = {"type": "TextQuoteSelector", "exact": item.span.text}
        quote |= {"prefix": record.text[max(0, start - AROUND) : start], "suffix": record.text[end : end + AROUND]}
        selectors = [{"type": "TextPositionSelector", "start": start, "end": end}, quote]
        page = record.segments[max(0, bisect_right(starts, start) - 1)].page if starts else None
        if page is not None:
            selectors.append({"type": "FragmentSelector", "conformsTo": PDF_FRAGMENT, "value": f"page={page}"})
        yield {
            "id": f"urn:communique:{record.text_sha256[:16]}:{item.layer}:{item.id}",
            "type": "Annotation",
            "body": body,
            "target": {"source": source, "selector": selectors},
        }
