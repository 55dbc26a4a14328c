"""Commitments: who bound himself to what, for whom, how much, by when.

    NATO Defence Ministers agreed to increase the size of the mission to around 16,000 troops in 2018
    committer              trigger   action                              quantity               deadline

Words that bind are read in their shapes (`triggers`); the outermost decides the force. The context above a trigger
decides whether anything was bound at all, that below it what (`context`). The parse gives the slots (`arguments`).
The lead-in of a list binds its items.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Token

from pipeline import agents, arguments, context, layers, lists, records, rulebook, segments, shapes, triggers
from pipeline.triggers import Branch, Candidate

SILENT = ("furniture", "contact", "dateline")
"""Kinds of segments in which nobody promises anything."""

RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {
    **triggers.RULES,
    "agents": agents.Agent,
    "beneficiaries": arguments.Beneficiary,
}

Doc.set_extension("communique_actions", default=[])


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
        self._agents = agents.Agents(rules["agents"])
        self._triggers = triggers.Triggers(rules, self._agents)
        self._context = context.Context(cues)
        self._arguments = arguments.Arguments(rules["beneficiaries"], self._agents, self._triggers.roles)

    def __call__(self, doc: Doc) -> Doc:
        found = self.find(doc)
        layers.put(doc, "commitments", [commitment for commitment, _ in found])
        doc._.communique_actions = [(token.idx, token.idx + len(token)) for _, token in found]
        for commitment, _ in found:
            for party in commitment.committers:
                if party.name is None:
                    message = f"{commitment.id}: the text does not say who {party.text!r} at {party.start} is"
                    layers.warn(doc, "unresolved_party", message)
        return doc

    def find(self, doc: Doc) -> list[tuple[records.Commitment, Token]]:
        """The commitments of a Doc in reading order, each with the token that names its action."""
        bound = [c for token in doc if (c := self._triggers.read(token)) is not None and self._binds(c)]
        inner: set[int] = set()
        for candidate in bound:
            for branch in self._triggers.branches(candidate.action):
                inner |= {t.i for t in self._triggers.inner(branch)} - {candidate.trigger.i}
        outer = [c for c in bound if c.trigger.i not in inner]
        found = [pair for candidate in outer for pair in self._records(candidate)]
        found += self._listed(doc)
        found.sort(key=lambda pair: (pair[0].start, pair[0].end, pair[1].i))
        found = list(_without_doubles(found))
        return [(c.model_copy(update={"id": f"c{n}"}), token) for n, (c, token) in enumerate(found, 1)]

    def _binds(self, candidate: Candidate) -> bool:
        """Whether an agent is bound: somebody acts, the context leaves the trigger standing, the action is his own."""
        committer = candidate.committer
        if committer is None or not self._stands(candidate.trigger):
            return False
        if candidate.shape.needs == "control":
            if self._agents.standing(committer) != "acts":
                return False
            if candidate.trigger.tag_ == "TO" and not _is_heading(candidate.trigger):
                return False
        if candidate.word.force == "intends":
            return self._triggers.is_controlled(next(self._triggers.branches(candidate.action)), committer)
        return True

    def _stands(self, trigger: Token) -> bool:
        """Whether the context leaves a trigger standing: no negation, doubt, demand above it, no condition around it."""
        auxiliary = trigger.dep_ == "aux"
        verb = trigger.head if auxiliary else trigger
        for found in self._context.above(verb):
            below = auxiliary and found.kind == "negation" and found.at.i == verb.i  # "will not build" is a promise
            if found.kind == "condition" and not found.inside or found.cue.i == trigger.i or below:
                continue
            return False
        return True

    def _records(self, candidate: Candidate) -> Iterator[tuple[records.Commitment, Token]]:
        assert candidate.committer is not None
        committers = self._agents.parties(candidate.committer)
        branches = list(self._triggers.branches(candidate.action))
        for n, branch in enumerate(branches):
            until = branches[n + 1].start if n + 1 < len(branches) else None
            frame = arguments.Frame(candidate.trigger, candidate.committer, branch.start, branch.chain, n == 0, until)
            rule = f"{candidate.shape.id}+{candidate.word.id}"
            record = self._record(candidate, branch, frame, committers, rule)
            if record is not None:
                yield record, branch.action

    def _record(
        self, candidate: Candidate, branch: Branch, frame: arguments.Frame, committers: list[records.Party], rule: str
    ) -> records.Commitment | None:
        doc = candidate.trigger.doc
        start, end = self._arguments.evidence(frame)
        segment = segments.at(layers.get(doc, "segments"), start)
        if segment is None or segment.kind in SILENT or not committers:
            return None
        below = [found for token in branch.chain for found in self._context.on(token)]
        around = [*below, *self._context.on(candidate.clause)]
        trigger = candidate.trigger
        return records.Commitment(
            id="c0",
            start=start,
            end=end,
            text=doc.text[start:end],
            segment=segment.id,
            committers=committers,
            action=self._triggers.name(branch, candidate),
            force=candidate.word.force,
            negated=candidate.word.negated or any(found.kind == "negation" for found in below),
            conditional=any(found.kind == "condition" for found in around),
            trigger=records.Trigger(start=trigger.idx, end=trigger.idx + len(trigger), text=trigger.text, rule=rule),
            **self._arguments.slots(frame, start, end, committers),
        )

    def _listed(self, doc: Doc) -> Iterator[tuple[records.Commitment, Token]]:
        """One record for each item below a lead-in that binds: "The United States intends to:" + "train the police;"."""
        blocks = layers.get(doc, "segments")
        for n, block in enumerate(blocks):
            if block.kind in SILENT or doc.text[block.end - 1] != ":":
                continue
            lead_in = lists.read(layers.tokens(doc, block.start, block.end), self._triggers, self._agents)
            if lead_in is None or not self._stands(lead_in.trigger):
                continue
            committers = self._agents.parties(lead_in.committer)
            for item in blocks[n + 1 :]:
                words = layers.tokens(doc, item.start, item.end)
                action = lead_in.item(words) if words is not None else None
                if words is None or action is None:
                    break
                if action is lead_in.verb:
                    chain = [action]
                    frame = arguments.Frame(lead_in.trigger, lead_in.committer, words[0], chain, first=False)
                else:
                    chain = next(self._triggers.branches(action)).chain
                    frame = arguments.Frame(lead_in.trigger, lead_in.committer, action, chain, first=False)
                candidate = Candidate(lead_in.trigger, lead_in.word, lead_in.shape, action, lead_in.committer)
                rule = f"item_under_lead_in+{lead_in.word.id}"
                record = self._record(candidate, Branch(action, chain), frame, committers, rule)
                if record is not None:
                    yield record, chain[-1]

def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as examples mark it: roles with the words that fill them.

    The action carries `force`, and `negated=true`, `conditional=true` where they hold. The roles of the second record of a
    sentence end in ".2" and so on; a filler that an earlier record has in the same role is marked there only. Objects
    and triggers may stay unmarked, all else is the whole truth.
    """
    found: list[rulebook.Mark] = []
    seen: set[tuple[int, int, str]] = set()
    dates = {date.id: date for date in layers.get(doc, "dates")}
    quantities = {quantity.id: quantity for quantity in layers.get(doc, "quantities")}
    pairs = zip(layers.get(doc, "commitments"), doc._.communique_actions, strict=True)
    for n, (c, (start, end)) in enumerate(pairs, 1):
        rules = frozenset(c.trigger.rule.split("+"))
        suffix = "" if n == 1 else f".{n}"
        values = {"force": c.force} | {flag: "true" for flag in ("negated", "conditional") if getattr(c, flag)}
        found.append(rulebook.Mark(start, end, "action" + suffix, values, rules))
        roles: list[tuple[str, records.Span | None]] = [("committer", party) for party in c.committers]
        roles += [("beneficiary", party) for party in c.beneficiaries]
        roles += [("quantity", quantities[id_]) for id_ in c.quantities]
        roles += [(role, dates[id_]) for role, id_ in (("deadline", c.deadline), ("made_on", c.made_on)) if id_]
        roles += [("made_at", c.made_at), ("speaker", c.speaker), ("object", c.object), ("trigger", c.trigger)]
        for role, span in roles:
            if span is not None and (span.start, span.end, role) not in seen:
                seen.add((span.start, span.end, role))
                required = role not in ("object", "trigger")
                found.append(rulebook.Mark(span.start, span.end, role + suffix, {}, rules, required))
    return found


def _is_heading(token: Token) -> bool:
    segment = segments.at(layers.get(token.doc, "segments"), token.idx)
    return segment is not None and segment.kind == "heading"


def _first_verb(item: Span | None) -> Token | None:
    """The verb with which an item begins: "- train the police", "providing $50 million"; None where none does."""
    if item is None:
        return None
    for token in item[:6]:
        if token.is_punct or token.is_space or token.like_num or token.tag_ == "TO":
            continue
        if token.pos_ == "ADV":
            continue
        return token if token.tag_ in ("VB", "VBP", "VBG") else None
    return None


def _without_doubles(found: Sequence[tuple[records.Commitment, Token]]) -> Iterator[tuple[records.Commitment, Token]]:
    """One record an action: two words that bind the same verb are one promise; the first stands outside."""
    seen: set[int] = set()
    for commitment, token in found:
        if token.i not in seen:
            seen.add(token.i)
            yield commitment, token
