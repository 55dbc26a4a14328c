"""Vocabulary: words that the mechanisms of the commitments layer ask for by their role.

aspect          continue, begin          looked through: "will continue to support" is support
uncontrolled    need, benefit            nobody's act: "will need" is a forecast
deliverable     grant, mission           what can be announced as a promise
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from spacy.tokens import Token

from pipeline import rulebook, shapes

Role = Literal[
    "aspect", "bound_noun", "changing", "deliverable", "effect", "following", "future", "gathering", "holding",
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
        self._rules: dict[Role, dict[str, str]] = defaultdict(dict)
        self._with_object: dict[tuple[Role, str], frozenset[str]] = {}
        for rule in lexicon:
            for lemma in rule.lemmas:
                self._rules[rule.role][lemma] = rule.id
                if rule.objects:
                    self._with_object[rule.role, lemma] = frozenset(rule.objects)
        self._verbs = {event.id: event.verb for event in events}

    def has(self, role: Role, token: Token) -> bool:
        """Whether a token is a word of this role, by its lemma or its form: "'ll" is "will"."""
        known, lemma = self._rules[role], shapes.lemma(token)
        objects = self._with_object.get((role, lemma))
        if objects is not None:
            return any(shapes.lemma(c) in objects for c in shapes.rights(token) if c.dep_ in ("dobj", "npadvmod"))
        return lemma in known or token.norm_ in known

    def verb(self, noun: Token) -> str | None:
        """The verb of an event noun: "withdrawal" -> "withdraw"."""
        return self._verbs.get(shapes.lemma(noun))

    def rules(self, tokens: Iterable[Token], roles: Iterable[Role] | None = None) -> set[str]:
        """The ids of the rules that know one of the tokens, in any role or in some."""
        asked = self._rules if roles is None else {role: self._rules[role] for role in roles}
        return {
            known[form]
            for token in tokens
            for form in (shapes.lemma(token), token.norm_)
            for known in asked.values()
            if form in known
        }
