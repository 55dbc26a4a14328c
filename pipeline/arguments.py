"""Arguments: the evidence of a commitment and what fills its slots, read off the parse around trigger and action."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spacy.tokens import Doc, Span, Token

from pipeline import layers, parties, records, rulebook, shapes
from pipeline.agents import Agents, phrase, types

DEADLINES = frozenset(("by", "until", "before", "within", "in", "during", "beyond", "from", "for", "on"))
"""The relations of a date that bound or place the action; "since" and "after" do not."""


class Beneficiary(rulebook.Rule):
    """Where the one for whom an action is stands, seen from the action; `served`: only below verbs of serving,
    `still`: not below verbs of moving.
    """

    paths: list[shapes.Path]
    served: bool = False
    still: bool = False


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

    @property
    def saying(self) -> Token | None:
        """The verb whose complement the clause is: "said on Monday that they will pay"."""
        node = self.clause
        for _ in range(shapes.MAX_CLIMB):
            if node.dep_ == "ccomp":
                return node.head
            if node.dep_ not in ("conj", "xcomp") or node.head is node:
                return None
            node = node.head
        return None


class Arguments:
    """Fills the slots of commitments."""

    def __init__(self, beneficiaries: Sequence[Beneficiary], agents: Agents, roles: Mapping[str, set[str]]) -> None:
        self._beneficiaries = beneficiaries
        self._agents = agents
        self._served, self._moving, self._gatherings = roles["served"], roles["moving"], roles["gathering"]

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
        return {
            "beneficiaries": self._benefiting(frame, end, committers),
            "object": _object(frame, end),
            "quantities": list(self._quantities(frame, start, end)),
            "speaker": parties.speaker(doc, start, end),
            **self._occasion(frame, start, end),
        }

    def _quantities(self, frame: Frame, start: int, end: int) -> Iterator[str]:
        """The amounts of the action: not of the committer ("40 members will ..."), not of what follows from it
        ("..., bringing the total to 9 million"), no part of a larger one ("42 million 8-ounce bottles").
        """
        doc = frame.trigger.doc
        reached = 0
        committer = phrase(frame.committer)
        for quantity in _within(layers.get(doc, "quantities"), start, end):
            words = layers.tokens(doc, quantity.start, quantity.end)
            if words is None or quantity.kind == "ordinal" or quantity.end <= reached:
                continue
            reached = max(reached, quantity.end)
            if not committer.start <= words.root.i < committer.end and self._owner(words.root, frame) is not None:
                yield quantity.id

    def _occasion(self, frame: Frame, start: int, end: int) -> dict[str, Any]:
        """The deadline of the action, and when and where the act was done.

        "At the summit in May (made_at, made_on) they agreed to withdraw by 2020 (deadline)." A future "will" has no act
        apart from the action: its dates are deadlines, those of "said on Monday" the date of the act.
        """
        doc = frame.trigger.doc
        slots: dict[str, Any] = {"deadline": None, "made_on": None, "made_at": None}
        sent = frame.trigger.sent
        for date in _within(layers.get(doc, "dates"), sent.start_char, sent.end_char):
            words = layers.tokens(doc, date.start, date.end)
            if words is None or date.type == "SET":
                continue
            owner = self._owner(words.root, frame)
            behind = start <= date.start and date.end <= end and words.start > frame.action.i
            if owner == "action" or (owner == "trigger" and behind):
                if slots["deadline"] is None and _is_ahead(date, doc._.communique_published):
                    slots["deadline"] = date.id
                elif owner == "action" and not frame.first:
                    continue
                elif slots["made_on"] is None and date.value == doc._.communique_published:
                    slots["made_on"] = date.id
            elif owner in ("trigger", "saying") and slots["made_on"] is None and date.type in ("DATE", "TIME"):
                if date.value not in VAGUE and date.relation in (None, "on", "in", "at", "during"):
                    slots["made_on"] = date.id
        slots["made_at"] = self._place(frame)
        return slots

    def _owner(self, token: Token, frame: Frame) -> Literal["action", "trigger", "saying"] | None:
        """Which verb of a frame a word belongs to; None for one in a clause that tells something else."""
        chain = {t.i for t in frame.chain}
        node = token
        for _ in range(3 * shapes.MAX_CLIMB):
            if node.i in chain:
                return "action"
            if node.i in (frame.clause.i, frame.trigger.i):
                return "trigger"
            if node.i == (frame.saying.i if frame.saying is not None else -1):
                return "saying"
            if node.dep_ in ("relcl", "poss", "parataxis") or (node.dep_ in ("acl", "advcl") and node.tag_ != "VB"):
                return None
            if node.head is node:
                return None
            node = node.head
        return None

    def _place(self, frame: Frame) -> records.Party | None:
        """The named event, else the place, of the act: "At the Warsaw Summit, ... agreed"."""
        if not frame.first and frame.trigger.dep_ == "aux":
            return None
        verbs = [frame.saying] if frame.trigger.dep_ == "aux" else [frame.clause, frame.saying]
        places: list[records.Party] = []
        for verb in verbs:
            if verb is None:
                continue
            for head in shapes.follow(verb, "prep(at|in|during)>pobj"):
                if head.i in {t.i for t in frame.chain}:
                    continue
                span = phrase(head)
                type_ = types(head.doc).get(head.i)
                named = any(t.pos_ == "PROPN" for t in span)
                if type_ == "EVENT" or (shapes.lemma(head) in self._gatherings and named):
                    return parties.resolve(head.doc, span)
                if type_ in ("GPE", "FAC"):
                    places.append(parties.resolve(head.doc, span))
        return places[0] if places else None

    def _benefiting(self, frame: Frame, end: int, committers: list[records.Party]) -> list[records.Party]:
        found: list[records.Party] = []
        for head in self._benefiting_heads(frame):
            if head.idx >= end or head.i == frame.committer.i:
                continue
            for party in self._agents.parties(head):
                new = all(party.name != p.name and not p.start <= party.start < p.end for p in (*found, *committers))
                if party.start < end and party.name is not None and new:
                    found.append(party)
        return found

    def _benefiting_heads(self, frame: Frame) -> Iterator[Token]:
        if frame.action.pos_ in ("NOUN", "PROPN"):  # "committed to Ghana", "committed to Ghana's success"
            yield frame.action
            yield from shapes.follow(frame.action, "poss|nmod")
        purposes = [p for t in frame.chain for p in shapes.follow(t, "advcl:VB") if shapes.lemma(p) in self._served]
        for rule in self._beneficiaries:
            for token in (*frame.chain, *purposes):
                lemma = shapes.lemma(token)
                if (rule.served and lemma not in self._served) or (rule.still and lemma in self._moving):
                    continue
                for path in rule.paths:
                    yield from shapes.follow(token, path)


VAGUE = frozenset(("PRESENT_REF", "FUTURE_REF"))


def _is_ahead(date: records.Date, published: str | None) -> bool:
    """Whether a date can bound an action: "by May", "in the coming weeks"; not "now", "since May", "today"."""
    if date.value in VAGUE or date.value == "PAST_REF" or date.relation not in (None, *DEADLINES):
        return False
    if date.text.lower() == "today" or (published is not None and date.value == published):
        return False
    return not (published is not None and date.latest is not None and date.latest < published[:10])


def _object(frame: Frame, end: int) -> records.Span | None:
    action = frame.action
    for path in ("dobj", "attr", "ccomp", "xcomp", "prep>pobj"):
        for token in shapes.follow(action, path):
            span = frame.trigger.doc[token.left_edge.i : _trimmed_edge(token) + 1]
            if token.i > action.i and span.end_char <= end:
                return records.Span(start=span.start_char, end=span.end_char, text=span.text)
    return None


def _within(items: Sequence[Any], start: int, end: int) -> Iterator[Any]:
    """The items of a layer, which is in reading order, that lie in `start:end`."""
    for n in range(bisect_left(items, start, key=lambda item: item.start), len(items)):
        if items[n].start >= end:
            return
        if items[n].end <= end:
            yield items[n]


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
