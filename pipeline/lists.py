"""Lists: a lead-in whose sentence ends in a colon, and the items below that complete it.

The ministry intends to:                        infinitive: the items begin with a verb
- train 40 nurses;
The council will fund:                          object: the items are what is funded
- 40 laptops for schools
The city will help tenants [by]:                gerund: the items tell by what acts
- doubling the fund
The ministry announces the following actions:   following: the items begin with a verb of any form
- Funding 200 places
The city's plan for clean air includes:         content: a noun that binds, and the items are what it holds
- Planting 40 trees

A sentence that explains an item may stand between two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from spacy.tokens import Span, Token

from pipeline import rulebook, shapes
from pipeline.agents import Agents
from pipeline.triggers import Shape, Triggers, Word
from pipeline.vocabulary import Vocabulary

Completion = Literal["infinitive", "gerund", "object", "following", "content"]

REACH = 60  # tokens before the colon among which the trigger stands
OPENING = 8  # tokens of an item in which its first words stand
FRONT = 3  # words among which the verb of an item stands: "further and better train ..."
BETWEEN = 2  # sentences that explain an item and may stand before the next


class Block(NamedTuple):
    """A block below a lead-in: its words without their marker, and whether it is of the same kind as the first."""

    words: Span
    is_alike: bool


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

    def items(self, below: Iterable[Block]) -> Iterator[tuple[Span, Token]]:
        """The items among the blocks below the lead-in, each with the word that names its action.

        A sentence that explains an item is passed over, another lead-in is not; behind it, and in a heading, only a
        verb without a subject of its own is an item.
        """
        passed: int | None = None
        for words, is_alike in below:
            action = self._action(words)
            if action is not None and _belongs(action, is_alike, is_behind=bool(passed)):
                passed = 0
                yield words, action
            elif passed is None or passed == BETWEEN or self.rule.nouns or words[-1].text == ":":
                return
            else:
                passed += 1

    def _action(self, words: Span) -> Token | None:
        """The word that names the action of an item, without its marker; None for words that are none of this list."""
        opening = [t for t in words[:OPENING] if t.text[0].isalnum() and t.tag_ != "TO"][:FRONT]
        if not opening or words[0].text.startswith("<"):  # markup that was left in the text is no item
            return None
        begun = [t for t in opening if t.pos_ not in ("ADV", "CCONJ", "PART", "ADJ") and not t.is_upper]
        first = opening[0]
        is_sentence = _is_finite(first.sent.root)
        if begun and begun[0].tag_ in self.rule.tags and not (is_sentence and begun[0].tag_ == "VBG"):
            return begun[0]
        if is_sentence:
            return None
        is_verb = self.rule.completion == "infinitive" and first.pos_ in ("NOUN", "PROPN", "ADJ", "VERB")
        if is_verb and not first.is_upper:
            return first  # "Outlaw ...": a verb unknown to the model, since it stands in the place of one
        return self.verb if self.rule.nouns else None


def _belongs(action: Token, is_alike: bool, is_behind: bool) -> bool:
    is_bare = action.tag_ in ("VB", "VBP")
    if is_alike:
        return is_bare or action.tag_ == "VBG" or not is_behind
    return is_bare and not _is_finite(action.sent.root)


def _is_finite(verb: Token) -> bool:
    """Whether a verb makes a sentence with its subject: "It opened", "It was opened"."""
    words = (verb, *(c for c in shapes.children(verb) if c.dep_ in ("aux", "auxpass")))
    return shapes.own_subject(verb) is not None and any(t.tag_ in ("VBZ", "VBD", "VBP", "MD") for t in words)


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
        if words and not (words[-1].dep_ == "ROOT" and self._vocabulary.has("holding", words[-1])):
            words = [t for t in words if t.i >= words[-1].sent.start]  # only "These include:" tells of what was said
        for trigger in reversed(words):
            for word in self._triggers.words(trigger):
                shape = self._triggers.shape(word.shapes[0])
                if trigger.tag_ == "TO" or shape.needs == "bare_copula":
                    continue
                verb = trigger.head if trigger.dep_ == "aux" else trigger
                completion = self._completion(words, trigger, verb)
                committer = self._triggers.owner(trigger, shape) if trigger.pos_ == "NOUN" else shapes.bearer(verb)
                if completion is None or committer is None or self._agents.standing(committer) != "acts":
                    continue
                return LeadIn(trigger, word, shape, committer, self._rules[completion], verb)
        return None

    def _completion(self, words: Sequence[Token], trigger: Token, verb: Token) -> Completion | None:
        behind = [t for t in words if t.i > max(trigger.i, verb.i) and t.pos_ != "ADV"]
        if trigger.pos_ == "NOUN" and behind and self._vocabulary.has("holding", behind[-1]):
            return "content" if behind[-1] == trigger.head and trigger.dep_ == "nsubj" else None
        if any(self._vocabulary.has("following", t) for t in behind):
            return "following"
        if not behind:
            return "infinitive" if trigger is verb or trigger.dep_ == "ROOT" else "object"
        last = behind[-1]
        if last.lower_ == "to" and last.head.i in (trigger.i, verb.i):
            return "infinitive"
        is_main = any(t.dep_ == "ROOT" for t in (trigger, verb, trigger.head))
        return "gerund" if is_main or self._vocabulary.has("means", last) else None
