"""Wording: which words tell one promise from another, and which verbs say the same of it.

    "its new plants in Leeds"        the stems {"plant", "leed"}
    "donate", "provide"              one class of actions, "provide"

The words stand in `rules/register/`; a user's own rules folder may add to them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from pipeline import rulebook
from pipeline.rulebook import Lower, Rule

Role = Literal["raises", "extends", "drops"]
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
ENDINGS = (("ies", "es", "s"), ("ing", "ed", "e"))


class Action(Rule):
    """Verbs that say the same of a promise: `id` is the class. `role` is what such a verb does to an earlier promise.

    An example marks the verb as a record's `action` gives it.
    """

    lemmas: list[Lower]
    role: Role | None = None


class Ignored(Rule):
    """Words that do not tell one promise from another. An example marks a phrase with the stems that are compared."""

    words: list[Lower]


class Wording:
    """The built-in words, and those of a user's rules folder."""

    def __init__(self, rules: Path | None = None) -> None:
        actions = rulebook.load_file("register", "actions", Action, rules)
        ignored = rulebook.load_file("register", "ignored", Ignored, rules)
        self.actions = {lemma: rule for rule in actions for lemma in rule.lemmas}
        self.ignored = frozenset(word for rule in ignored for word in rule.words)
        self._same_verbs = {rule.id: frozenset(map(stem, rule.lemmas)) for rule in actions}

    def action_class(self, lemma: str) -> str:
        """The class of an action: "give" -> "provide"; a verb that no rule knows is a class of its own."""
        rule = self.actions.get(lemma)
        return lemma if rule is None else rule.id

    def role(self, lemma: str) -> Role | None:
        """What an action does to a promise made before: "scrap" drops it."""
        rule = self.actions.get(lemma)
        return None if rule is None else rule.role

    def same_verbs(self, lemma: str) -> frozenset[str]:
        """The stems of all verbs of an action's class, beside which it says nothing more."""
        return self._same_verbs.get(self.action_class(lemma), frozenset()) | {stem(lemma)}

    def stems(self, text: str) -> frozenset[str]:
        """The words that tell promises apart, without their endings: "its new plants in Leeds" -> {"plant", "leed"}."""
        words = (word.casefold().removesuffix("'s").removesuffix("\u2019s") for word in WORD.findall(text))
        return frozenset(stem(word) for word in words if len(word) > 1 and word not in self.ignored)

    def stems_outside(self, text: str, start: int, end: int, cut: Iterable[tuple[int, int]]) -> frozenset[str]:
        """The stems of `text[start:end]` without the stretches `cut`."""
        parts, at = [], start
        for left, right in sorted(cut):
            if start <= left < end:
                parts.append(text[at : max(at, left)])
                at = max(at, min(right, end))
        return self.stems(" ".join([*parts, text[at:end]]))


@cache
def stem(word: str) -> str:
    """A word without its plural, then without its verb's ending: "crossings" and "crossing" -> "cross"."""
    word = unaccented(word)
    for endings in ENDINGS:
        ending = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= 3), "")
        if ending and not word.endswith("ss"):
            word = word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word


def unaccented(text: str) -> str:
    """A text without its accents: releases write "Nestl\u00e9" and "Nestle"."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
