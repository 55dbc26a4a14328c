"""The record: what communique writes for one document (contract version 1).

Every model forbids unknown keys. A `Record` also refuses a span whose `text` is not `text[start:end]`, an id
that nothing carries, and a text that its own hash does not fit, so whatever validates can be trusted to point
at real characters. Offsets are Unicode code points into `Record.text`.

>>> Date(id="d1", start=3, end=16, text="8-9 July 2016", type="DATE", value="2016-07-08/2016-07-09",
...      relation="on", earliest="2016-07-08", latest="2016-07-09").value
'2016-07-08/2016-07-09'
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

LAYERS = ("segments", "entities", "dates", "quantities", "statements", "commitments")

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
PartialDate = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d\d(-\d\d)?)?$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int | float, Field(allow_inf_nan=False)]

EntityType = Literal["PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "EVENT", "PROGRAMME", "AGREEMENT"]
SegmentKind = Literal[
    "heading", "dateline", "paragraph", "lead_in", "item", "contact", "boilerplate", "notes", "furniture"
]
Relation = Literal["on", "in", "by", "before", "until", "since", "from", "after", "during", "within", "beyond", "for"]
DateType = Literal["DATE", "TIME", "DURATION", "SET"]
Mod = Literal[
    "BEFORE", "AFTER", "ON_OR_BEFORE", "ON_OR_AFTER", "LESS_THAN", "MORE_THAN",
    "EQUAL_OR_LESS", "EQUAL_OR_MORE", "START", "MID", "END", "APPROX",
]  # fmt: skip
Bound = Literal["exact", "approximate", "at_least", "more_than", "at_most", "less_than", "range"]
QuantityKind = Literal["money", "percent", "count", "measure", "ratio", "ordinal"]
Force = Literal["pledged", "agreed", "decided", "intends", "reaffirmed"]
Direction = Literal["increase", "decrease"]


class Model(BaseModel):
    """Base of all parts of a record: unknown keys are errors, aliases and field names are both accepted."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Identified(Model):
    """A part that others can name: `id` is unique in its layer."""

    id: str


class Span(Model):
    """A stretch of the document: `Record.text[start:end] == text`, in code points."""

    start: Annotated[int, Field(ge=0)]
    end: int
    text: Annotated[str, StringConstraints(min_length=1)]


class MadeBy(Model):
    """The versions that decide what a record says; `rules` is the SHA-256 of all rule files in use."""

    communique: str
    model: str
    rules: Sha256


class SourceInfo(Model):
    """Where the text came from; `sha256` is that of the input's bytes (of the line, for .jsonl)."""

    path: str
    media_type: str
    sha256: Sha256
    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    language: str | None = None


class Segment(Model):
    """One block of the text, with its role: "- training" is an `item`, `lead_in` the id of the line above its list,
    `page` the page of a PDF on which the block starts.
    """

    id: str
    start: Annotated[int, Field(ge=0)]
    end: int
    kind: SegmentKind
    lead_in: str | None = None
    page: Annotated[int, Field(ge=1)] | None = None
    rule: str | None = None


class Link(Model):
    """A stable public identifier: `{"scheme": "iso3166", "id": "AF"}`."""

    scheme: Literal["iso3166"]
    id: str


class Mention(Span):
    """One occurrence of an entity. `level` is NAM for a name, NOM for a noun phrase, PRO for a pronoun."""

    level: Literal["NAM", "NOM", "PRO"] = "NAM"
    rule: str | None = None


class Entity(Model):
    """A person, body, place, event, programme or agreement with all of its mentions; `name` is its fullest form."""

    id: str
    type: EntityType
    name: str
    link: Link | None = None
    mentions: Annotated[list[Mention], Field(min_length=1)]


class Date(Span, Identified):
    """A time expression. `type`, `value` and `mod` are TIMEX3; `earliest` and `latest` the calendar days that the
    value covers, null where it names none or they cannot be known; `relation` is what the preposition says.
    """

    type: DateType
    value: str
    mod: Mod | None = None
    relation: Relation | None = None
    earliest: Day | None = None
    latest: Day | None = None
    rule: str | None = None


class Change(Model):
    """ "from around 13,000 to around 16,000": `{"from": 13000, "to": 16000, "direction": "increase"}`."""

    from_: Annotated[Number | None, Field(alias="from")] = None
    to: Number | None = None
    direction: Direction | None = None


class Quantity(Span, Identified):
    """An amount in plain units (500000000). `unit` is an ISO 4217 code for money, "%", "pp", "bp" for percent kinds,
    the plain singular for measures and null for counts, whose counted noun is `item`.
    """

    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    bound: Bound = "exact"
    kind: QuantityKind
    unit: str | None = None
    per: str | None = None
    item: str | None = None
    change: Change | None = None
    rule: str | None = None


class Named(Model):
    """A part that has a name, or null where nobody can tell."""

    name: str | None


class Party(Span, Named):
    """Somebody in a role: the words ("We"), the name they stand for (null when unresolved), the entity's id or null."""

    entity: str | None = None


class Statement(Span, Identified):
    """Words that somebody is said to have said; `direct` for a quotation, else a reported clause."""

    direct: bool
    speaker: Party | None = None
    rule: str | None = None


class Trigger(Span):
    """The words that make a clause a commitment, and the id of the rule that read them."""

    rule: str


class Commitment(Span, Identified):
    """Who bound himself to what. Ids name dates and quantities of the same record."""

    segment: str
    committers: Annotated[list[Party], Field(min_length=1)]
    beneficiaries: list[Party] = []
    action: str
    object: Span | None = None
    force: Force
    negated: bool = False
    conditional: bool = False
    quantities: list[str] = []
    deadline: str | None = None
    made_on: str | None = None
    made_at: Party | None = None
    speaker: Party | None = None
    trigger: Trigger
    status: Literal["open", "fulfilled", "abandoned"] = "open"
    same_as: str | None = None


class Warning(Model):
    """Something a reader should know: a stable `code` for programs, a sentence for people."""

    code: str
    message: str


class Record(Model):
    """All that was read out of one document."""

    schema_version: Literal["1"] = "1"
    id: Annotated[str, StringConstraints(min_length=1)]
    offset_unit: Literal["codepoint"] = "codepoint"
    made_by: MadeBy
    source: SourceInfo
    published: PartialDate | None = None
    published_from: Literal["metadata", "text", "option"] | None = None
    text: str
    text_sha256: Sha256
    segments: list[Segment] = []
    entities: list[Entity] = []
    dates: list[Date] = []
    quantities: list[Quantity] = []
    statements: list[Statement] = []
    commitments: list[Commitment] = []
    warnings: list[Warning] = []

    def spans(self) -> Iterator[tuple[str, Span]]:
        """Every span that carries its words, with the path to it: `("commitments[0].trigger", Trigger(...))`."""
        for n, entity in enumerate(self.entities):
            for m, mention in enumerate(entity.mentions):
                yield f"entities[{n}].mentions[{m}]", mention
        for layer in ("dates", "quantities", "statements", "commitments"):
            for n, item in enumerate(getattr(self, layer)):
                yield f"{layer}[{n}]", item
        yield from self.parties()
        for n, commitment in enumerate(self.commitments):
            yield f"commitments[{n}].trigger", commitment.trigger
            if commitment.object is not None:
                yield f"commitments[{n}].object", commitment.object

    def parties(self) -> Iterator[tuple[str, Party]]:
        """Every filled party slot, with the path to it."""
        for n, statement in enumerate(self.statements):
            if statement.speaker is not None:
                yield f"statements[{n}].speaker", statement.speaker
        for n, commitment in enumerate(self.commitments):
            for slot in ("committers", "beneficiaries"):
                for m, party in enumerate(getattr(commitment, slot)):
                    yield f"commitments[{n}].{slot}[{m}]", party
            for slot in ("made_at", "speaker"):
                filled = getattr(commitment, slot)
                if filled is not None:
                    yield f"commitments[{n}].{slot}", filled

    @model_validator(mode="after")
    def _text_fits_its_hash(self) -> Record:
        if sha256(self.text) != self.text_sha256:
            raise ValueError("text_sha256 is not the SHA-256 of text: the text was changed after the record was made")
        return self

    @model_validator(mode="after")
    def _spans_point_at_their_words(self) -> Record:
        for where, span in self.spans():
            if self.text[span.start : span.end] != span.text:
                found = self.text[span.start : span.end]
                raise ValueError(f"{where}: text[{span.start}:{span.end}] is {found!r}, the record says {span.text!r}")
        for n, segment in enumerate(self.segments):
            if not segment.start < segment.end <= len(self.text):
                raise ValueError(f"segments[{n}]: {segment.start}:{segment.end} lies outside the text")
        return self

    @model_validator(mode="after")
    def _ids_name_something(self) -> Record:
        known: dict[str, set[str]] = {}
        for layer in LAYERS:
            ids = [item.id for item in getattr(self, layer)]
            known[layer] = set(ids)
            if len(known[layer]) < len(ids):
                twice = next(i for i in ids if ids.count(i) > 1)
                raise ValueError(f"{layer}: the id {twice!r} is used twice")
        for where, layer, ref in self._references():
            if ref not in known[layer]:
                raise ValueError(f"{where}: no item of {layer} has the id {ref!r}")
        return self

    def _references(self) -> Iterator[tuple[str, str, str]]:
        for n, segment in enumerate(self.segments):
            if segment.lead_in is not None:
                yield f"segments[{n}].lead_in", "segments", segment.lead_in
        for where, party in self.parties():
            if party.entity is not None:
                yield f"{where}.entity", "entities", party.entity
        for n, c in enumerate(self.commitments):
            yield f"commitments[{n}].segment", "segments", c.segment
            for m, quantity in enumerate(c.quantities):
                yield f"commitments[{n}].quantities[{m}]", "quantities", quantity
            for slot, layer in (("deadline", "dates"), ("made_on", "dates"), ("same_as", "commitments")):
                ref = getattr(c, slot)
                if ref is not None:
                    yield f"commitments[{n}].{slot}", layer, ref


def sha256(text: str) -> str:
    """SHA-256 of the UTF-8 bytes of `text`, in lower-case hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def dumps(record: Record, indent: int | None = 1) -> str:
    """The record as JSON, keys in the contract's order, non-ASCII characters as they are; no final newline."""
    return record.model_dump_json(by_alias=True, indent=indent)
