"""Evidence: which words of a sentence are the commitment, and which of its verbs a word belongs to.

At the summit in May, [NATO leaders agreed to extend the mission until 2020], she said on Monday.
trigger               NATO leaders agreed ...       action      action       saying          saying
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from spacy.tokens import Span, Token

from pipeline import layers, lookup, records, shapes
from pipeline.agents import phrase

Owner = Literal["action", "trigger", "saying"]

CONTRASTS = frozenset(("while", "whereas"))
"""The conjunctions that set an act of somebody else beside the one that is told."""


@dataclass
class Frame:
    """What one record is made of.

    `committer` is the head of the phrase that names who is bound; `start` the first word of the action, `chain` the
    words from the content of the trigger down to the one that names the action. Of several actions of one trigger only
    the first has the committer in its evidence; `until` is the start of the next one.
    """

    trigger: Token
    committer: Token
    start: Token
    chain: Sequence[Token]
    is_first: bool = True
    until: Token | None = None
    item: Span | None = None
    """The item of a list that the record is made of; its lead-in holds trigger and committer."""

    @cached_property
    def action(self) -> Token:
        """The word that names the action: "support" of "will continue to support"."""
        return self.chain[-1]

    @cached_property
    def clause(self) -> Token:
        """The word whose subtree holds the commitment: for "will build" build, for "is committed to" is."""
        if not self.is_first:
            return self.start
        trigger = self.trigger
        if trigger.dep_ in ("aux", "acomp", "oprd", "attr"):
            return trigger.head
        if trigger.dep_ in ("dobj", "pobj"):  # "signed an agreement", "entered into an agreement"
            act = trigger.head if trigger.dep_ == "dobj" else trigger.head.head
            subject = shapes.own_subject(act)
            if subject is not None and subject.i == self.committer.i:
                return act
        return trigger

    @cached_property
    def saying(self) -> Token | None:
        """The verb that has the clause as its complement: "said on Monday that they will pay"; or that of "As
        announced on Monday, they will pay".
        """
        top = self.trigger.head if self.trigger.dep_ == "aux" else self.clause
        for child in shapes.lefts(top):
            if child.dep_ == "advcl" and any(c.dep_ == "mark" and c.lower_ == "as" for c in shapes.lefts(child)):
                return child
        node = self.clause
        for _ in range(shapes.MAX_CLIMB):
            if node.dep_ == "ccomp":
                return node.head
            if node.dep_ not in ("conj", "xcomp") or node.head == node:
                return None
            node = node.head
        return None


def extent(frame: Frame) -> Span:
    """The clause: from committer or trigger, whichever stands first, to the end of the action's phrase.

    Left out are leading adjuncts, the reporting clause, ", which ..." at the end and final punctuation.
    """
    doc = frame.trigger.doc
    if frame.item is not None:
        sentence = doc[frame.start.i].sent
        first, last = max(frame.start.i, frame.item.start), min(sentence.end, frame.item.end) - 1
    else:
        first, last = _bounds(frame)
    while last > first and (doc[last].is_punct or doc[last].is_space or doc[last].dep_ == "cc"):
        if doc[last].is_right_punct or doc[last].text == "%":
            break
        last -= 1
    return doc[first : max(last, frame.start.i) + 1]


def owner(token: Token, frame: Frame, through: frozenset[str] = frozenset()) -> Owner | None:
    """The verb of a frame that a word belongs to; None for one in a clause that tells something else.

    "The mission, which began in 2015, will end in 2020": 2020 belongs to the action, 2015 to none. Infinitives tell the
    same thing still ("doses to be delivered in May"); `through` names the tags of other verbs that are to do so.
    """
    if frame.until is not None and token.i >= frame.until.left_edge.i:
        return None
    chain = {t.i for t in frame.chain}
    saying = frame.saying
    node = token
    for _ in range(3 * shapes.MAX_CLIMB):
        if node.i in chain:
            return "action"
        if node.i in (frame.clause.i, frame.trigger.i):
            return "trigger"
        if saying is not None and node.i == saying.i:
            return "saying"
        is_clause = node.dep_ in ("relcl", "acl", "advcl") and node.tag_ not in through
        is_apart = is_clause and not any(child.tag_ == "TO" for child in shapes.lefts(node))
        is_apart |= node.dep_ in ("ccomp", "conj") and shapes.own_subject(node) is not None
        if is_apart or node.dep_ in ("poss", "parataxis"):
            return None
        if node.head == node:
            # of "recruit 40 nurses" in a list the parser makes a noun phrase, on which the verb hangs
            return "action" if frame.item is not None and node.i == frame.start.sent.root.i else None
        node = node.head
    return None


def object_of(frame: Frame, end: int) -> records.Span | None:
    """What the action is done to: "the size of the mission" of "increase the size of the mission by half"."""
    action = frame.action
    for path in ("dobj", "attr", "ccomp", "xcomp", "prep>pobj"):
        for token in shapes.follow(action, path):
            words = action.doc[token.left_edge.i : _edge(token) + 1]
            if token.i > action.i and words.end_char <= end:
                start = _whole(words)
                return records.Span(
                    start=start, end=words.end_char, text=lookup.text(words.doc)[start : words.end_char]
                )
    return None


def _whole(words: Span) -> int:
    """Where a phrase starts with all of the amount that it begins in: "up to" of "up to EUR 12m" hangs elsewhere."""
    amounts = layers.get(words.doc, "quantities")
    n = bisect_left(amounts, words.start_char, key=lambda amount: amount.start)
    is_cut = n > 0 and amounts[n - 1].end > words.start_char
    return int(amounts[n - 1].start) if is_cut else words.start_char


def _bounds(frame: Frame) -> tuple[int, int]:
    """The first and the last word of a clause, punctuation and all."""
    last = max(_last(token, frame) for token in (frame.clause, *frame.chain))
    if frame.until is not None:
        last = min(last, frame.until.left_edge.i - 1)
    return _first(frame), last


def _first(frame: Frame) -> int:
    if not frame.is_first:
        openers = (c.left_edge.i for c in shapes.lefts(frame.start) if c.tag_ == "TO" or c.dep_ in ("nsubj", "poss"))
        return min([frame.start.i, *openers])
    trigger, committer = frame.trigger.i, frame.committer.i
    subject = shapes.own_subject(frame.clause)
    if subject is not None and subject.i < trigger:
        if shapes.is_passive(frame.clause) and committer > trigger:
            return subject.left_edge.i  # "200 lorries will be delivered by the maker"
        if subject.i != committer and shapes.antecedent(subject).i == committer:
            return subject.i  # "the maker, which will deliver ..."
    is_near = committer < trigger and not any(
        t.pos_ == "VERB" or t.is_sent_start for t in frame.trigger.doc[committer + 1 : trigger]
    )
    if subject is not None and subject.tag_ == "PRP" and subject.i < trigger:
        return subject.i  # "said it will build": the committer is named before
    if is_near or (subject is not None and subject.i == committer):
        return min(phrase(frame.committer).start, trigger)
    return trigger


def _last(token: Token, frame: Frame) -> int:
    """The last word of what hangs on a token of the frame, without conjuncts and insertions that are clauses."""
    last = token.i
    is_told = False  # "..., mediators said, five months after the war began": what follows is of the telling
    for child in shapes.rights(token):
        is_told |= child.dep_ == "parataxis"
        if child.dep_ == "advcl" and (
            is_told or any(c.dep_ == "mark" and c.lower_ in CONTRASTS for c in shapes.lefts(child))
        ):
            continue
        if child.dep_ in ("parataxis", "punct", "cc") or (child.dep_ == "conj" and _is_clause(child)):
            continue
        if child not in frame.chain:
            last = max(last, _edge(child))
    return last


def _is_clause(conjunct: Token) -> bool:
    """Whether a conjunct says something of its own: it is finite, or has a subject or another auxiliary."""
    if conjunct.pos_ not in ("VERB", "AUX"):
        return False
    auxiliaries = any(c.dep_ in ("aux", "auxpass") and c.tag_ != "TO" for c in shapes.children(conjunct))
    return auxiliaries or shapes.own_subject(conjunct) is not None or conjunct.tag_ in ("VBD", "VBZ", "VBP")


def _edge(token: Token) -> int:
    """The last word of a phrase without a closing ", which ..."."""
    node = token
    for _ in range(shapes.MAX_CLIMB):
        right = None
        for child in shapes.rights(node):
            if not child.is_punct:
                right = child
        if right is None:
            break
        left = right.left_edge
        if right.dep_ == "relcl" and left.tag_ == "WDT" and token.doc[left.i - 1].is_punct:
            return left.i - 2
        node = right
    return token.right_edge.i
