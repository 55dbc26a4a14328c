"""Vocabulary: words that the mechanisms of the commitments layer ask for by their role.

aspect          continue, begin          looked through: "will continue to support" is support
uncontrolled    need, benefit            nobody's act: "will need" is a forecast
deliverable     grant, mission           what can be announced as a promise
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from spacy.tokens import Token

from pipeline import rulebook, shapes

Role = Literal[
    "aspect", "bound_noun", "changing", "deliverable", "effect", "empty", "following", "future", "gathering", "holding",
    "inherits", "means", "measure", "moving", "opinion", "saying", "securing", "served", "telling", "uncontrolled",
    "uncontrolled_alone",
]  # fmt: skip


class Lexicon(rulebook.Rule):
    """Lemmas with a role; verbs with `objects` have it only with one of these behind them ("take" + "years")."""

    role: Role
    lemmas: list[rulebook.Lower]
    objects: list[rulebook.Lower] = []


class Event(rulebook.Entry):
    """A noun that stands for an action: "withdrawal" is "withdraw"."""

    verb: rulebook.Lower


class Vocabulary:
    """The lexicon of the layer, asked by role and by token."""

    def __init__(self, lexicon: Sequence[Lexicon], events: Sequence[Event]) -> None:
        self._rules: dict[str, dict[Role, Lexicon]] = defaultdict(dict)
        for rule in lexicon:
            for lemma in rule.lemmas:
                self._rules[lemma][rule.role] = rule
        self._verbs = {event.id: event.verb for event in events}

    def has(self, role: Role, token: Token) -> bool:
        """Whether a token is a word of this role, by its lemma or its form: "'ll" is "will"."""
        rule = next((known[role] for known in self._known(token) if role in known), None)
        if rule is None or not rule.objects:
            return rule is not None
        objects = (c for c in shapes.rights(token) if c.dep_ in ("dobj", "npadvmod"))
        return any(shapes.lemma(c) in rule.objects for c in objects)

    def verb(self, noun: Token) -> str | None:
        """The verb of an event noun: "withdrawal" -> "withdraw"."""
        return self._verbs.get(shapes.lemma(noun))

    def rules(self, tokens: Iterable[Token], roles: Collection[Role]) -> set[str]:
        """The ids of the rules that know one of the tokens in some of the roles."""
        return {
            rule.id for token in tokens for known in self._known(token) for role, rule in known.items() if role in roles
        }

    def _known(self, token: Token) -> Iterator[dict[Role, Lexicon]]:
        for form in (shapes.lemma(token), token.norm_):
            if form in self._rules:
                yield self._rules[form]
