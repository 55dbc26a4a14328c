"""Lists: a lead-in whose sentence ends in a colon, and the items below that complete it.

The ministry intends to:                        infinitive: the items begin with a verb
- train 40 nurses;
The council will fund:                          object: the items are what is funded
- 40 laptops for schools
The city will help tenants by:                  gerund: the items tell by what acts
- doubling the fund
The ministry announces the following actions:   following: the items begin with a verb of any form
- Funding 200 places
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spacy.tokens import Span, Token

from pipeline import rulebook, shapes
from pipeline.agents import Agents
from pipeline.triggers import Shape, Triggers, Word
from pipeline.vocabulary import Vocabulary

Completion = Literal["infinitive", "gerund", "object", "following"]

REACH = 60  # tokens before the colon among which the trigger stands
OPENING = 8  # tokens of an item in which bullet and number end
FRONT = 3  # words among which the verb of an item stands: "further and better train ..."


class ListRule(rulebook.Rule):
    """How items complete a lead-in: the tags of the verbs with which they begin, and whether they may be `nouns`."""

    completion: Completion
    tags: list[str]
    nouns: bool = False


@dataclass
class LeadIn:
    """A lead-in that binds: its trigger, who is bound, what completes it; `verb` is the act of a list of objects."""

    trigger: Token
    word: Word
    shape: Shape
    committer: Token
    rule: ListRule
    verb: Token

    def item(self, block: Span) -> Token | None:
        """The word that names the action of an item; None for a block that is no item of this list."""
        words = [t for t in block[:OPENING] if t.text[0].isalnum() and t.tag_ not in ("LS", "TO")][:FRONT]
        verb = next((t for t in words if t.tag_ in self.rule.tags), None)
        if verb is not None or not words:
            return None if block[0].text.startswith("<") else verb  # markup that was left in the text is no item
        first = words[0]
        root = first.sent.root
        if root.tag_ in ("VBZ", "VBD", "VBP", "MD") and shapes.own_subject(root) is not None:
            return None  # a sentence of its own: the list has ended
        if self.rule.completion == "infinitive" and first.pos_ in ("NOUN", "PROPN", "ADJ", "VERB"):
            return first  # "Outlaw ...": a verb unknown to the model, since it stands in the place of one
        return self.verb if self.rule.nouns else None


class Lists:
    """Reads lead-ins; built from the rules of lists.toml."""

    def __init__(self, rules: Sequence[ListRule], triggers: Triggers, agents: Agents, vocabulary: Vocabulary) -> None:
        self._rules = {rule.completion: rule for rule in rules}
        self._triggers = triggers
        self._agents = agents
        self._vocabulary = vocabulary

    def lead_in(self, block: Span) -> LeadIn | None:
        """The lead-in that a block is; None where no trigger of an agent waits for completion before its colon."""
        words = [t for t in block[-REACH:] if not t.is_punct and not t.is_space]
        for trigger in reversed(words):
            for word in self._triggers.words(trigger):
                shape = self._triggers.shape(word.shapes[0])
                if trigger.tag_ == "TO" or shape.needs == "bare_copula":
                    continue
                verb = trigger.head if trigger.dep_ == "aux" else trigger
                completion = self._completion(words, trigger, verb)
                committer = shapes.bearer(verb)
                if completion is None or committer is None or self._agents.standing(committer) != "acts":
                    continue
                return LeadIn(trigger, word, shape, committer, self._rules[completion], verb)
        return None

    def _completion(self, words: Sequence[Token], trigger: Token, verb: Token) -> Completion | None:
        behind = [t for t in words if t.i > max(trigger.i, verb.i) and t.pos_ != "ADV"]
        if any(self._vocabulary.has("following", t) for t in behind):
            return "following"
        if not behind:
            return "infinitive" if trigger is verb or trigger.dep_ == "ROOT" else "object"
        last = behind[-1]
        if last.lower_ == "to" and last.head.i in (trigger.i, verb.i):
            return "infinitive"
        return "gerund" if self._vocabulary.has("means", last) else None
