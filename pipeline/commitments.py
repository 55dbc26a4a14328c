"""Commitments: who bound himself to what, for whom, how much, by when.

    NATO Defence Ministers agreed to increase the size of the mission to around 16,000 troops in 2018
    committer              trigger   action                              quantity               deadline

Words that bind are read in their shapes (`triggers`); the outermost decides the force. The context above a trigger
decides whether anything was bound at all, that below it what (`context`). The parse gives the slots (`evidence`,
`arguments`). The lead-in of a list binds its items (`lists`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Token

from pipeline import (
    agents,
    arguments,
    context,
    evidence,
    layers,
    lists,
    lookup,
    outcomes,
    parties,
    records,
    repetitions,
    rulebook,
    segments,
    shapes,
    triggers,
)
from pipeline.evidence import Frame
from pipeline.triggers import Branch, Candidate
from pipeline.vocabulary import Role, Vocabulary

SILENT = ("furniture", "contact", "dateline")
"""Kinds of segments in which nobody promises anything."""

ENDING = (*SILENT, "boilerplate", "notes")
"""Kinds of segments that end a list."""

LEADING = ":-\N{EN DASH}\N{EM DASH}"
"""What a lead-in ends in."""

HELPING: tuple[Role, ...] = (
    "aspect",
    "bound_noun",
    "deliverable",
    "future",
    "inherits",
    "moving",
    "saying",
    "securing",
    "served",
)
UNCONTROLLED: tuple[Role, ...] = ("changing", "effect", "empty", "telling", "uncontrolled", "uncontrolled_alone")

RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {
    **triggers.RULES,
    "agents": agents.Agent,
    "lists": lists.ListRule,
    "beneficiaries": arguments.Beneficiary,
    "outcomes": outcomes.Outcome,
}

Because = Literal["agent", "control", "opinion", "negation", "condition", "doubt", "request", "obligation"]


@dataclass
class Found:
    """A commitment with what the record does not say: the word that names the action, and all rules that took part."""

    record: records.Commitment
    action: Token
    frame: Frame
    rules: set[str] = field(default_factory=set)
    replaces: bool = False
    """Whether it stands for its trigger, which says nothing by itself: an item below "announces the following:"."""


@dataclass
class Refusal:
    """A word that binds elsewhere and does not here, why, and the rules that say so."""

    trigger: Token
    because: Because
    rules: set[str]
    head: Token | None = None
    """Who stands in the committer's place and can bind nobody."""


class Trace(NamedTuple):
    """What a record does not say, kept beside it: where the word of its action stands, and the rules that took part."""

    start: int
    length: int
    rules: frozenset[str]


Doc.set_extension("communique_traces", default=[])
Doc.set_extension("communique_refusals", default=[])


@Language.factory(
    "communique_commitments",
    default_config={"rules": None},
    requires=["token.dep", "token.tag", "token.lemma", "doc.spans"],
    assigns=["doc.spans"],
)
def make(nlp: Language, name: str, rules: str | None) -> Commitments:
    """Create the component; `rules` is a folder of rules to add."""
    return Commitments(rulebook.load("commitments", RULES, rules), rulebook.load("context", context.RULES, rules))


class Commitments:
    """Finds the commitments of a Doc (`doc._.communique_commitments`); reads all other layers."""

    def __init__(self, rules: dict[str, list[Any]], cues: dict[str, list[Any]]) -> None:
        self.vocabulary = Vocabulary(rules["lexicon"], rules["events"])
        self.agents = agents.Agents(rules["agents"])
        self.triggers = triggers.Triggers(rules, self.agents, self.vocabulary)
        self._lists = lists.Lists(rules["lists"], self.triggers, self.agents, self.vocabulary)
        self.context = context.Context(cues)
        self._outcomes = outcomes.Outcomes(rules["outcomes"], self.context, self.vocabulary)
        self._arguments = arguments.Arguments(rules["beneficiaries"], self.agents, self.vocabulary)

    def __call__(self, doc: Doc) -> Doc:
        found, refusals = self.find(doc)
        layers.put(doc, "commitments", [one.record for one in found])
        doc._.communique_traces = [Trace(one.action.idx, len(one.action), frozenset(one.rules)) for one in found]
        doc._.communique_refusals = [_mark(refusal) for refusal in refusals]
        for one in found:
            for party in one.record.committers:
                if party.name is None:
                    message = f"{one.record.id}: the text does not say who {party.text!r} at {party.start} stands for."
                    layers.warn(doc, "unresolved_party", message)
        return doc

    def find(self, doc: Doc) -> tuple[list[Found], list[Refusal]]:
        """The commitments of a Doc in reading order, and the triggers that bind nobody."""
        bound: list[Candidate] = []
        refusals: list[Refusal] = []
        for candidate in self.triggers.candidates(doc):
            refusal = self._refusal(candidate)
            if refusal is None:
                bound.append(candidate)
            else:
                refusals.append(refusal)
        inner = {i for candidate in bound for i in self._inner(candidate)}
        listed = list(self._listed(doc))
        inner |= {one.frame.trigger.i for one in listed if one.replaces}  # "announces the following:" is its items
        found = [one for c in bound if c.trigger.i not in inner for one in self._read(c)]
        found += listed
        found.sort(key=lambda one: (one.record.start, one.record.end, one.action.i))
        found = list(_without_doubles(found))
        for n, one in enumerate(found):
            one.record.id = f"c{n + 1}"
            if n:
                self._inherit(one, found[n - 1])
        repetitions.link(doc, [one.record for one in found])
        return found, refusals

    def _inner(self, candidate: Candidate) -> set[int]:
        """The words below a trigger that would bind by themselves: "agreed that they [will] stay"."""
        branches = self.triggers.branches(candidate.action)
        return {t.i for branch in branches for t in self.triggers.inner(branch)} - {candidate.trigger.i}

    def _refusal(self, candidate: Candidate) -> Refusal | None:
        """Why a trigger binds nobody: no agent, undone by its context, or nothing under the committer's control."""
        trigger, committer = candidate.trigger, candidate.committer
        undone = self._undone(trigger)
        if undone is not None:
            return Refusal(trigger, undone.kind, set())
        is_bare = candidate.shape.needs == "control"
        if committer is None or (is_bare and self.agents.standing(committer) != "acts"):
            head = committer or candidate.refused
            if head is None:
                return Refusal(trigger, "agent", set())
            rules = self.agents.rules(head) | self.vocabulary.rules([head], ["measure"])
            return Refusal(trigger, "agent", rules, head)
        if self.triggers.is_of_a_kind(candidate, committer):
            return Refusal(trigger, "agent", set(), committer)
        branch = self.triggers.branches(candidate.action)[0]
        content = candidate.action
        if content.pos_ == "NOUN" and self.vocabulary.has("opinion", content):
            return Refusal(trigger, "opinion", self.vocabulary.rules([content], ["opinion"]))
        if any(self._is_let_stand(token) for token in branch.chain):
            return Refusal(trigger, "negation", set())
        if any(cue.kind == "doubt" and cue.cue.dep_ == "mark" for cue in self.context.on(candidate.action)):
            return Refusal(trigger, "doubt", set())  # "decided whether the port will open"
        word = candidate.word
        is_future = (word.force == "intends" and not word.meant) or candidate.shape.needs == "future"
        if self.triggers.is_empty(branch) or (is_future and not self.triggers.is_controlled(branch, committer)):
            return Refusal(trigger, "control", self.vocabulary.rules([branch.action], UNCONTROLLED))
        return None

    def _is_let_stand(self, token: Token) -> bool:
        """Whether a refusal is negated: who "will not rule out" an act is bound to nothing."""
        negative = any(word.negated for word in self.triggers.words(token))
        return negative and any(cue.kind == "negation" for cue in self.context.on(token))

    def _undone(self, trigger: Token) -> context.Found | None:
        """The cue that leaves nothing of a trigger: negation, doubt, demand above it, a condition around it."""
        auxiliary = trigger.dep_ == "aux"
        verb = trigger.head if auxiliary else trigger
        for found in self.context.above(verb):
            below = auxiliary and found.kind == "negation" and found.at.i == verb.i  # "will not build" is a promise
            if not below and found.cue.i != trigger.i and (found.kind != "condition" or found.inside):
                return found
        return None

    def _read(self, candidate: Candidate) -> Iterator[Found]:
        assert candidate.committer is not None
        branches = self.triggers.branches(candidate.action)
        for n, branch in enumerate(branches):
            until = branches[n + 1].start if n + 1 < len(branches) else None
            is_first = n == 0 and not candidate.is_joined
            frame = Frame(candidate.trigger, candidate.committer, branch.start, branch.chain, is_first, until)
            found = self._record(candidate, frame, candidate.shape.id)
            if found is not None:
                yield found

    def _record(self, candidate: Candidate, frame: Frame, shape: str) -> Found | None:
        """The record of one action, or None in a segment where nobody promises anything."""
        doc, trigger, word = frame.trigger.doc, frame.trigger, candidate.word
        words = evidence.extent(frame)
        start, end = words.start_char, words.end_char
        segment = segments.at(layers.get(doc, "segments"), start)
        committers = self.agents.parties(frame.committer)
        if segment is None or segment.kind in SILENT or not committers:
            return None
        slots = self._arguments.read(frame, start, end, committers)
        outcome = self._outcomes.of(frame)
        below = [cue for token in frame.chain for cue in self.context.on(token)]
        record = records.Commitment(
            id="c0",
            start=start,
            end=end,
            text=lookup.text(doc)[start:end],
            segment=segment.id,
            committers=committers,
            beneficiaries=slots.beneficiaries,
            action=self.triggers.name(Branch(frame.start, list(frame.chain)), candidate),
            object=evidence.object_of(frame, end),
            force=word.force,
            negated=word.negated or any(cue.kind == "negation" for cue in below),
            conditional=any(cue.kind == "condition" for cue in (*below, *self.context.on(candidate.clause))),
            quantities=slots.quantities,
            deadline=slots.deadline,
            made_on=slots.made_on,
            made_at=slots.made_at,
            speaker=parties.speaker(doc, start, end),
            status="open" if outcome is None else outcome.status,
            trigger=records.Trigger(
                start=trigger.idx, end=trigger.idx + len(trigger), text=trigger.text, rule=f"{shape}+{word.id}"
            ),
        )
        verbs = (candidate.clause, *frame.chain, *([frame.saying] if frame.saying else []))
        known = (*verbs, *(child for verb in verbs for child in shapes.children(verb)))
        rules = {
            shape,
            word.id,
            *slots.rules,
            *([] if outcome is None else [outcome.id]),
            *self.agents.rules(frame.committer),
            *self.vocabulary.rules(known, HELPING),
        }
        return Found(record, frame.action, frame, rules)

    def _listed(self, doc: Doc) -> Iterator[Found]:
        """One record for each item below a lead-in that binds."""
        text, blocks = lookup.text(doc), layers.get(doc, "segments")
        for n, block in enumerate(blocks):
            if block.kind in SILENT or text[block.end - 1] not in LEADING:
                continue
            words = layers.tokens(doc, block.start, block.end)
            lead_in = self._lists.lead_in(words) if words is not None else None
            if lead_in is None or self._undone(lead_in.trigger) is not None:
                continue
            for words, action in lead_in.items(_below(doc, n)):
                is_object = action is lead_in.verb
                chain = [action] if is_object else self.triggers.branches(action)[0].chain
                start = words[0] if is_object else action
                frame = Frame(lead_in.trigger, lead_in.committer, start, chain, is_first=False, item=words)
                candidate = Candidate(lead_in.trigger, lead_in.word, lead_in.shape, action, lead_in.committer)
                found = self._record(candidate, frame, lead_in.rule.id)
                if found is not None:
                    found.replaces = lead_in.rule.completion != "gerund"
                    found.rules |= self.vocabulary.rules(lead_in.trigger.sent, ("following", "holding", "means"))
                    yield found

    def _inherit(self, one: Found, before: Found) -> None:
        """Give "They also agreed ..." day and place of the act before it in the same paragraph."""
        record, model = one.record, before.record
        is_bare = one.frame.trigger.dep_ == "aux"
        if is_bare or record.segment != model.segment or record.made_on or record.made_at:
            return
        if any(self.vocabulary.has("inherits", child) for child in shapes.children(one.frame.clause)):
            record.made_on, record.made_at = model.made_on, model.made_at


def _below(doc: Doc, lead_in: int) -> Iterator[lists.Block]:
    """The blocks below one, as far as a list may reach."""
    text, blocks = lookup.text(doc), layers.get(doc, "segments")
    for n in range(lead_in + 1, len(blocks)):
        is_alike = blocks[n].kind == blocks[lead_in + 1].kind
        words = layers.tokens(doc, segments.after_marker(text, blocks[n]), blocks[n].end)
        if words is None or blocks[n].kind in ENDING or not (is_alike or blocks[n].kind == "heading"):
            return
        yield lists.Block(words, is_alike)


def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as examples mark it: roles with the words that fill them.

    The action carries `force`, and `negated=true`, `conditional=true` and `status` where they hold. The roles of the
    second record of a sentence end in ".2" and so on; a filler that an earlier record has in the same role is marked
    there only. Objects and triggers may stay unmarked, all else is the whole truth. A word that binds nobody here may
    be marked, too: `(refused; because=agent)`.
    """
    found: list[rulebook.Mark] = []
    seen: set[tuple[int, int, str]] = set()
    dates = {date.id: date for date in layers.get(doc, "dates")}
    quantities = {quantity.id: quantity for quantity in layers.get(doc, "quantities")}
    pairs = zip(layers.get(doc, "commitments"), doc._.communique_traces, strict=True)
    for n, (c, (start, length, rules)) in enumerate(pairs, 1):
        suffix = "" if n == 1 else f".{n}"
        values = {"force": c.force} | {flag: "true" for flag in ("negated", "conditional") if getattr(c, flag)}
        values |= {} if c.status == "open" else {"status": c.status}
        found.append(rulebook.Mark(start, start + length, "action" + suffix, values, rules))
        roles: list[tuple[str, records.Span | None]] = [("committer", party) for party in c.committers]
        roles += [("beneficiary", party) for party in c.beneficiaries]
        roles += [("quantity", quantities[id_]) for id_ in c.quantities]
        roles += [(role, dates[id_]) for role, id_ in (("deadline", c.deadline), ("made_on", c.made_on)) if id_]
        roles += [("made_at", c.made_at), ("speaker", c.speaker), ("object", c.object), ("trigger", c.trigger)]
        for role, span in roles:
            if span is not None and (span.start, span.end, role) not in seen:
                seen.add((span.start, span.end, role))
                is_required = role not in ("object", "trigger")
                found.append(rulebook.Mark(span.start, span.end, role + suffix, {}, rules, is_required))
    return [*found, *doc._.communique_refusals]


def _mark(refusal: Refusal) -> rulebook.Mark:
    start, end = refusal.trigger.idx, refusal.trigger.idx + len(refusal.trigger)
    values = {"because": refusal.because}
    return rulebook.Mark(start, end, "refused", values, frozenset(refusal.rules), required=False)


def _without_doubles(found: Sequence[Found]) -> Iterator[Found]:
    """One record an action: of two words that bind the same verb the first stands outside, and the means belong to
    what they serve: "will create jobs by committing $4 million to the port".
    """
    seen: set[tuple[int, int]] = set()
    before: Found | None = None
    for one in found:
        key = (one.action.i, one.frame.start.i)
        trigger = one.frame.trigger
        is_means = trigger.tag_ == "VBG" and trigger.dep_ == "pcomp"
        is_within = before is not None and before.record.start <= trigger.idx < before.record.end
        if key not in seen and not (is_means and is_within):
            seen.add(key)
            before = one
            yield one
