"""Arguments: what fills the slots of a commitment: who benefits, how much, by when, when and where the act was done."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spacy.tokens import Doc, Span, Token

from pipeline import evidence, layers, parties, records, rulebook, shapes
from pipeline.agents import Agents, entity_type, phrase
from pipeline.evidence import Frame

if TYPE_CHECKING:
    from pipeline.vocabulary import Vocabulary

BOUNDS = frozenset((None, "by", "until", "before", "within", "in", "during", "beyond", "from", "for", "on"))
"""The relations of a date that bound or place an action; "since" and "after" do not."""

GOALS = frozenset(("by", "until"))
"""The relations of a date that no act has, so that it is the action's wherever it stands: "By 2040 we aim to be"."""

PURPOSES = "advcl|xcomp|acl:TO"
"""What an action is done for, where those stand for whose good it is: "will invest to help farmers"."""

MEANS = ("advcl:VBG", "prep(by)>pcomp:VBG")
"""What an action is done by or comes to, where only verbs of serving count: "will open a clinic, helping farmers"."""

REACH = 400  # characters around the evidence in which the date of an act stands

MOMENTS = frozenset((None, "on", "in", "at", "during"))
"""The relations of a date at which an act is done."""


class Beneficiary(rulebook.Rule):
    """Where the one for whom an action is stands, seen from the action.

    `served`: only below verbs of serving ("protect farmers"); `still`: not below verbs of moving ("fly to Ghana");
    `nominal`: only where a word that binds has a noun for its content ("committed to Ghana").
    """

    paths: list[shapes.Path]
    served: bool = False
    still: bool = False
    nominal: bool = False


@dataclass
class Slots:
    """The slots of a record, with the ids of the rules that filled them."""

    beneficiaries: list[records.Party] = field(default_factory=list)
    quantities: list[str] = field(default_factory=list)
    deadline: str | None = None
    made_on: str | None = None
    made_at: records.Party | None = None
    rules: set[str] = field(default_factory=set)


class Arguments:
    """Fills the slots of commitments; built from the rules of beneficiaries.toml."""

    def __init__(self, rules: Sequence[Beneficiary], agents: Agents, vocabulary: Vocabulary) -> None:
        self._rules = rules
        self._agents = agents
        self._vocabulary = vocabulary

    def read(self, frame: Frame, start: int, end: int, committers: Sequence[records.Party]) -> Slots:
        """The slots of the commitment whose evidence is `start:end`."""
        slots = Slots()
        self._benefiting(frame, end, committers, slots)
        slots.quantities = list(_quantities(frame, start, end))
        self._dates(frame, start, end, slots)
        self._place(frame, slots)
        return slots

    def _benefiting(self, frame: Frame, end: int, committers: Sequence[records.Party], slots: Slots) -> None:
        found = slots.beneficiaries
        for head, rule in self._benefiting_heads(frame):
            if head.idx >= end or head.i == frame.committer.i:
                continue
            for party in self._agents.parties(head):
                known = any(party.name == p.name or p.start <= party.start < p.end for p in (*found, *committers))
                if party.name is not None and party.start < end and not known:
                    found.append(party)
                    slots.rules.add(rule)

    def _benefiting_heads(self, frame: Frame) -> Iterator[tuple[Token, str]]:
        below = [(token, {child.dep_ for child in shapes.children(token)}) for token in self._serving(frame)]
        for rule in self._rules:
            for token, labels in below:
                if not self._applies(rule, token, frame):
                    continue
                for path in rule.paths:
                    first = shapes.parse(path)[0]
                    if first.deps.isdisjoint({token.dep_} if first.up else labels):
                        continue
                    for head in shapes.follow(token, path):
                        # A noun that is itself the content is the one served: "committed to Ghana".
                        is_content = head == frame.action and token == frame.trigger
                        if not is_content and (head != token or token.pos_ in ("NOUN", "PROPN")):
                            yield head, rule.id

    def _serving(self, frame: Frame) -> list[Token]:
        """The words below which the ones served stand: those of the action, of its purposes and of its means."""
        end = len(frame.action.doc) if frame.until is None else frame.until.i
        acts = [*frame.chain, *(t for t in shapes.coordinated(frame.action) if frame.action.i < t.i < end)]
        if frame.trigger.pos_ == "VERB" and frame.action.pos_ not in ("VERB", "AUX"):
            acts.append(frame.trigger)  # "pledged $5 million to the museum"
        purposes = [p for act in acts for p in _coordinated(act, PURPOSES) if p not in acts]
        means = [m for act in acts for path in MEANS for m in _coordinated(act, path)]
        serving = [m for m in means if self._vocabulary.has("served", m) or self._vocabulary.has("securing", m)]
        return [*acts, *purposes, *serving]

    def _applies(self, rule: Beneficiary, token: Token, frame: Frame) -> bool:
        if rule.nominal and (frame.trigger.dep_ == "aux" or token != frame.action):
            return False
        if rule.served and not self._vocabulary.has("served", token):
            return False
        return not (rule.still and self._vocabulary.has("moving", token))

    def _dates(self, frame: Frame, start: int, end: int, slots: Slots) -> None:
        """The deadline of the action, and the date of the act.

        "In May they agreed to withdraw by 2020": 2020 belongs to the action, May to "agreed". A bare "will" has no act
        apart from its action: all its dates are the action's, and those of "said on Monday" the date of the act.
        """
        doc = frame.trigger.doc
        published = doc._.communique_published
        since = published if frame.trigger.dep_ == "aux" else None  # the act itself may be long past
        for date in _within(layers.get(doc, "dates"), start - REACH, end + REACH):
            words = layers.tokens(doc, date.start, date.end)
            if words is None or date.type == "SET":
                continue
            # "will return, visiting Oslo in May"
            owner = evidence.owner(words.root, frame, through=frozenset(("VBG",)))
            if owner == "saying" and not self._is_said(frame):
                continue
            if _follows(words, frame.saying) and date.end <= start:
                owner = "saying"  # "said on Monday they will pay"
            behind = frame.action.i < words.start and date.end <= end
            goal = date.relation in GOALS and _is_ahead(date, published)
            if owner == "action" or (owner == "trigger" and (behind or goal)):
                if _is_attribute(date, words):
                    continue
                if slots.deadline is None and date.relation in BOUNDS and _is_ahead(date, since):
                    slots.deadline = date.id
                elif slots.made_on is None and _is_day_of(date, published):
                    slots.made_on = date.id
            elif owner is not None and slots.made_on is None and _is_moment(date):
                slots.made_on = date.id

    def _is_said(self, frame: Frame) -> bool:
        """Whether the verb above a clause reports it; in an "as" clause only verbs of saying do."""
        verb = frame.saying
        return verb is not None and (verb.dep_ != "advcl" or self._vocabulary.has("saying", verb))

    def _place(self, frame: Frame, slots: Slots) -> None:
        """The named event of the act, else its place: "at the Warsaw Summit"; nothing for a bare "will"."""
        saying = frame.saying if self._is_said(frame) else None
        verbs = [saying] if frame.trigger.dep_ == "aux" else [frame.clause, saying]
        chain = {token.i for token in frame.chain}
        for verb in verbs:
            placed = () if verb is None else shapes.follow(verb, "prep(at|in|during)>pobj")
            heads = [head for head in placed if head.i not in chain]
            for head in heads:
                words = phrase(head)
                is_named = any(token.pos_ == "PROPN" for token in words)
                if entity_type(head) == "EVENT" or (is_named and self._vocabulary.has("gathering", head)):
                    slots.made_at = parties.resolve(head.doc, words)
                    slots.rules |= self._vocabulary.rules([head], ["gathering"])
                    return
            for head in heads:
                if entity_type(head) in ("GPE", "FAC"):
                    slots.made_at = parties.resolve(head.doc, phrase(head))
                    return


def _coordinated(verb: Token, path: str) -> Iterator[Token]:
    return (token for top in shapes.follow(verb, path) for token in shapes.coordinated(top))


@lru_cache(maxsize=1)
def amounts(doc: Doc) -> dict[int, str]:
    """The kinds of the tokens of sums, counts and measures ("10 per cent" is none) in the Doc that is being read."""
    spans = [span for span in doc.spans.get("quantities", ()) if span.label_ in ("money", "count", "measure")]
    return {i: span.label_ for span in spans for i in range(span.start, span.end)}


def _quantities(frame: Frame, start: int, end: int) -> Iterator[str]:
    """The amounts of the action: not of the committer ("40 members will ..."), not of what follows from it
    ("..., bringing the total to 9 million"), no part of a larger one ("42 million 8-ounce bottles").
    """
    doc = frame.trigger.doc
    committer = phrase(frame.committer)
    reached = 0
    for quantity in _within(layers.get(doc, "quantities"), start, end):
        words = layers.tokens(doc, quantity.start, quantity.end)
        if words is None or quantity.kind == "ordinal" or quantity.end <= reached:
            continue
        reached = quantity.end
        if not _holds(committer, words.root) and evidence.owner(words.root, frame) is not None:
            yield quantity.id


def _follows(words: Span, verb: Token | None) -> bool:
    """Whether words stand right behind a verb, no other verb between."""
    between = () if verb is None else words.doc[verb.i + 1 : words.start]
    return verb is not None and verb.i < words.start and not any(t.pos_ in ("VERB", "AUX") for t in between)


def _holds(span: Span, token: Token) -> bool:
    return bool(span.start <= token.i < span.end)


def _is_ahead(date: records.Date, published: str | None) -> bool:
    """Whether a date lies ahead of the act: "by May", "in the coming weeks"; not "now", "today", "last year".

    A length without a preposition measures something else: "a 96-year history", and so does "by 40 minutes".
    """
    if date.type == "DURATION" and date.relation in (None, "by"):
        return False
    if date.value in ("PRESENT_REF", "PAST_REF", "FUTURE_REF") or _is_day_of(date, published):
        return False
    return published is None or date.latest is None or date.latest >= published


def _is_attribute(date: records.Date, words: Span) -> bool:
    """Whether a date is part of another phrase: "the Roads Plan 2025", "a 21st century school"."""
    return date.relation is None and words.root.dep_ in ("nummod", "compound", "amod", "nmod")


def _is_moment(date: records.Date) -> bool:
    """Whether a date can tell when an act was done: "on 9 November", "recently"; not "for three weeks", "now"."""
    return date.type != "DURATION" and date.relation in MOMENTS and date.value not in ("PRESENT_REF", "FUTURE_REF")


def _is_day_of(date: records.Date, published: str | None) -> bool:
    """Whether a date is the day of the text itself: "today"; `XXXX-XX-XX` where nobody knows which."""
    return date.value == "XXXX-XX-XX" or (len(date.value) == 10 and date.value == published)


def _within(items: Sequence[Any], start: int, end: int) -> Iterator[Any]:
    """The items of a layer, which stand in reading order, that lie in `start:end`."""
    for n in range(bisect_left(items, start, key=lambda item: item.start), len(items)):
        if items[n].start >= end:
            return
        if items[n].end <= end:
            yield items[n]
