"""Arguments: the evidence of a commitment and what fills its slots, read off the parse around trigger and action."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.tokens import Doc, Span, Token

from pipeline import layers, parties, records, rulebook, shapes
from pipeline.agents import Agents, phrase, types

DEADLINES = frozenset(("by", "until", "before", "within", "in", "during", "beyond", "from", "for", "on"))
"""The relations of a date that bound or place the action; "since" and "after" do not."""


class Beneficiary(rulebook.Rule):
    """Where the one for whom an action is stands, seen from the action; `served`: only below verbs of serving."""

    paths: list[shapes.Path]
    served: bool = False


@dataclass
class Frame:
    """What a record is made of: the trigger, the committer's head, the first word of the action, the chain to the
    word that names it; `first` of the trigger's actions; `until` is the start of the next one.
    """

    trigger: Token
    committer: Token
    start: Token
    chain: Sequence[Token]
    first: bool
    until: Token | None = None

    @property
    def action(self) -> Token:
        return self.chain[-1]

    @property
    def clause(self) -> Token:
        """The verb whose clause holds the whole commitment."""
        if not self.first:
            return self.start
        trigger = self.trigger
        if trigger.tag_ == "MD":
            return trigger.head
        if trigger.pos_ == "ADJ" and trigger.dep_ in ("acomp", "oprd", "attr"):
            return trigger.head
        return trigger


class Arguments:
    """Fills the slots of commitments."""

    def __init__(self, beneficiaries: Sequence[Beneficiary], agents: Agents, served: set[str]) -> None:
        self._beneficiaries = beneficiaries
        self._agents = agents
        self._served = served

    def evidence(self, frame: Frame) -> tuple[int, int]:
        """The characters of the clause: from the committer or the trigger to the end of what the action takes."""
        doc = frame.trigger.doc
        first, last = self._extent(frame)
        while last > first and (doc[last].is_punct or doc[last].is_space or doc[last].dep_ == "cc") and doc[last].text not in ")%":
            last -= 1
        return doc[first].idx, doc[last].idx + len(doc[last])

    def _extent(self, frame: Frame) -> tuple[int, int]:
        if frame.first:
            first = frame.trigger.i
            committer = phrase(frame.committer).start
            clause = frame.clause
            relative = shapes.own_subject(clause)
            if relative is not None and relative.i < first:
                if shapes.antecedent(relative).i == frame.committer.i and relative.i != frame.committer.i:
                    first = relative.i
                elif relative.i == frame.committer.i:
                    first = min(first, committer)
            elif committer < first and frame.committer.sent.start == frame.trigger.sent.start and not any(
                t.pos_ in ("VERB",) for t in frame.trigger.doc[frame.committer.i + 1 : first]
            ):
                first = committer
        else:
            first = frame.start.i
            aux = next((c.i for c in frame.start.lefts if c.tag_ == "TO"), first)
            first = min(first, aux)
        last = max(self._end(token, frame) for token in (frame.clause, *frame.chain))
        if frame.until is not None:
            last = min(last, min([frame.until.i, *(c.i for c in frame.until.lefts)]) - 1)
        return first, max(last, frame.trigger.i if frame.first else frame.start.i)

    def _end(self, token: Token, frame: Frame) -> int:
        """The right edge of a token of the frame, without clauses of their own: ", which ...", "... and others say"."""
        chain = {t.i for t in frame.chain}
        end = token.i
        for child in token.rights:
            if child.i in chain:
                continue
            if child.dep_ in ("conj", "parataxis", "punct", "cc"):
                if child.dep_ == "conj" and not self._apart(child):
                    end = max(end, child.right_edge.i)
                continue
            if child.dep_ == "ccomp" and token.pos_ in ("VERB", "AUX") and child.i > token.i and "ccomp" == child.dep_ and child.i not in chain and token.i not in chain and child.tag_ == "VBD":
                continue
            end = max(end, _trimmed_edge(child))
        return end

    def _apart(self, conjunct: Token) -> bool:
        """Whether a conjunct says something of its own: it has a subject or another auxiliary."""
        if conjunct.pos_ not in ("VERB", "AUX"):
            return False
        return shapes.own_subject(conjunct) is not None or any(
            c.dep_ in ("aux", "auxpass") and c.tag_ != "TO" for c in conjunct.children
        ) or conjunct.tag_ in ("VBD", "VBZ", "VBP")

    def slots(self, frame: Frame, start: int, end: int, committers: list[records.Party]) -> dict[str, Any]:
        """Everything of a record that stands in or around its evidence."""
        doc = frame.trigger.doc
        dates = self._dates(frame, start, end)
        return {
            "beneficiaries": self._benefiting(frame, end, committers),
            "object": self._object(frame, end),
            "quantities": [q.id for q in layers.get(doc, "quantities") if start <= q.start and q.end <= end and q.kind != "ordinal"],
            "speaker": parties.speaker(doc, start, end),
            **dates,
        }

    def _object(self, frame: Frame, end: int) -> records.Span | None:
        action = frame.action
        for path in ("dobj", "attr", "ccomp", "xcomp", "prep>pobj"):
            for token in shapes.follow(action, path):
                span = frame.trigger.doc[token.left_edge.i : _trimmed_edge(token) + 1]
                if token.i > action.i and span.end_char <= end:
                    return records.Span(start=span.start_char, end=span.end_char, text=span.text)
        return None

    def _benefiting(self, frame: Frame, end: int, committers: list[records.Party]) -> list[records.Party]:
        found: list[records.Party] = []
        for rule in self._beneficiaries:
            for token in frame.chain:
                if rule.served and token.lemma_.lower() not in self._served:
                    continue
                for path in rule.paths:
                    for head in shapes.follow(token, path):
                        if head.idx >= end or head.i == frame.committer.i:
                            continue
                        for party in self._agents.parties(head):
                            if party.start < end and party.name is not None and all(party.name != p.name for p in (*found, *committers)):
                                found.append(party)
        return found

    def _dates(self, frame: Frame, start: int, end: int) -> dict[str, Any]:
        doc = frame.trigger.doc
        slots: dict[str, Any] = {"deadline": None, "made_on": None, "made_at": None}
        sent = frame.trigger.sent
        intends = frame.trigger.tag_ == "MD"
        low = frame.start.idx if frame.start.i > frame.trigger.i else frame.trigger.idx
        for date in layers.get(doc, "dates"):
            if date.end <= sent.start_char or date.start >= sent.end_char:
                continue
            inside = low <= date.start and date.end <= end
            if inside:
                if slots["deadline"] is None and (date.relation in DEADLINES or date.relation is None) and date.value not in ("PRESENT_REF", "PAST_REF", "FUTURE_REF") and date.type != "SET":
                    slots["deadline"] = date.id
            elif intends and date.end <= start and date.value not in ("PRESENT_REF", "PAST_REF"):
                slots["deadline"] = slots["deadline"] or date.id
            elif not intends and slots["made_on"] is None:
                slots["made_on"] = date.id
        return slots


def is_amount(token: Token) -> bool:
    """Whether a noun is an amount: a word that a quantity of the document touches."""
    return token.i in amounts(token.doc)


def amounts(doc: Doc) -> set[int]:
    """The tokens that quantities touch, made once a document."""
    known = doc.user_data.get("communique_amounts")
    if known is None:
        known = {token.i for span in doc.spans.get("quantities", ()) for token in span}
        doc.user_data["communique_amounts"] = known
    return known


def _trimmed_edge(token: Token) -> int:
    """The right edge of a phrase without a trailing non-restrictive clause: "the mission(, which will follow)"."""
    edge = token.right_edge.i
    last = token
    for _ in range(shapes.MAX_CLIMB):
        right = next((c for c in reversed(list(last.rights)) if not c.is_punct), None)
        if right is None:
            return edge
        if right.dep_ == "relcl" and right.left_edge.tag_ == "WDT" and token.doc[right.left_edge.i - 1].text == ",":
            return right.left_edge.i - 2
        last = right
    return edge
