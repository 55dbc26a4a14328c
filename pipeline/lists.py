"""Lists: a lead-in whose sentence ends in a colon, and the items below that complete it.

The United States intends to:              infinitive: the items begin with a verb
- train the police;
Acme will provide:                         object: the items are what is provided
- 40 laptops for schools
The city will help tenants by:             gerund: the items tell by what acts
- doubling the fund
The ministry announces the following:      following: the items begin with a verb of any form
- Funding 200 places
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spacy.tokens import Span, Token

from pipeline import shapes
from pipeline.agents import Agents
from pipeline.triggers import Shape, Triggers, Word
from pipeline.vocabulary import Vocabulary

Completion = Literal["infinitive", "gerund", "object", "following"]

REACH = 60  # tokens before the colon in which the open trigger stands


@dataclass
class LeadIn:
    """A lead-in that binds: its trigger, who is bound, and what completes it; `verb` is the act of an `object` list."""

    trigger: Token
    word: Word
    shape: Shape
    committer: Token
    completion: Completion
    verb: Token

    def item(self, block: Span) -> Token | None:
        """The token that names the action of an item; None for a block that is no item of this list."""
        first = _first_word(block)
        if first is None:
            return None
        if first.tag_ == "VBG":
            return first
        if self.completion == "gerund":
            return None
        if first.tag_ in ("VB", "VBP"):
            return first
        if self.completion == "following":
            return None
        root = first.sent.root
        if root.tag_ in ("VBZ", "VBD", "VBP", "MD") and shapes.own_subject(root) is not None:
            return None  # a sentence of its own: the list has ended
        if self.completion == "infinitive":
            return first  # "Outlaw": the model does not know the verb, its place says it is one
        return self.verb


def read(block: Span | None, triggers: Triggers, agents: Agents, vocabulary: Vocabulary) -> LeadIn | None:
    """The lead-in that a block of text is, or None: it ends in a colon, and its last trigger waits for completion."""
    if block is None:
        return None
    tail = [t for t in block[-REACH:] if not t.is_punct and not t.is_space]
    if not tail or block[-1].text != ":":
        return None
    for trigger in reversed(tail):
        for word in triggers.words(trigger):
            shape = triggers.shape(word.shapes[0])
            if trigger.tag_ == "TO" or shape.needs == "bare_copula":
                continue
            verb = trigger.head if trigger.dep_ == "aux" else trigger
            committer = shapes.bearer(verb)
            completion = _completion(tail, trigger, verb, vocabulary)
            if committer is not None and completion is not None and agents.standing(committer) == "acts":
                return LeadIn(trigger, word, shape, committer, completion, verb)
    return None


def _completion(tail: list[Token], trigger: Token, verb: Token, vocabulary: Vocabulary) -> Completion | None:
    behind = [
        t for t in tail if t.i > max(trigger.i, verb.i if trigger.dep_ == "aux" else trigger.i) and t.pos_ != "ADV"
    ]
    if any(vocabulary.has("following", t) for t in behind):
        return "following"
    last = behind[-1] if behind else None
    if last is None:
        return "infinitive" if trigger is verb or trigger.dep_ == "ROOT" else "object"
    if last.lower_ == "to" and last.head.i in (trigger.i, verb.i):
        return "infinitive"
    if vocabulary.has("means", last):
        return "gerund"
    return None


def _first_word(block: Span) -> Token | None:
    """The first word behind bullet and number, adverbs set aside: "- (a) further train the police"."""
    for token in block[:8]:
        if not (token.is_punct or token.is_space or token.tag_ in ("LS", "TO", "RB") or not token.text[0].isalnum()):
            return token
    return None
