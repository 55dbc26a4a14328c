"""Ages that no word of age says: "people under 25", "Maria Lund, 47, leads the agency".

Words that do say it ("aged 12", "a 17-year-old") are units like others. Who has an age stands in
rules/quantities/ages.toml.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from spacy.tokens import Doc, Span

from pipeline.rulebook import Lower, Rule

UNIT = "year"
_OLDEST = 110
_ENDS_AN_AGE = frozenset({",", ".", ";", ")"})
_COUNTED = frozenset({"JJ", "NNS", "NNPS"})


class Age(Rule):
    """What an age stands behind: `people` before a limit ("workers over 55"), or the name of a person and a comma."""

    people: list[Lower] = []
    after_name: bool = False


class Ages:
    """All rules of ages.toml."""

    def __init__(self, rules: Iterable[Age]) -> None:
        rules = list(rules)
        self._people = {noun: rule.id for rule in rules for noun in rule.people}
        self._after_name = next((rule.id for rule in rules if rule.after_name), None)

    def rule(self, doc: Doc, number: Span, value: Fraction, start: int) -> str | None:
        """The rule by which a whole number is an age: `start` is the token where its mention begins, the number
        itself ("Maria Lund, 47,") or a cue that limits it ("workers over 55").
        """
        if not start or len(number) != 1 or value.denominator != 1 or value > _OLDEST:
            return None
        before = doc[start - 1]
        after = doc[number.end] if number.end < len(doc) else None
        if start < number.start:
            counts = after is not None and after.tag_ in _COUNTED
            nationals = before.ent_type_ == "NORP" and before.tag_ in ("NNS", "NNPS")  # "Australians over 65"
            rule = self._people.get(before.lower_) or (self._people.get("people") if nationals else None)
            return None if counts else rule
        if start == 1 or before.text != "," or not number.text.isdecimal():
            return None
        named = doc[start - 2].ent_type_ == "PERSON" and doc[start - 2].is_alpha
        return self._after_name if named and after is not None and after.text in _ENDS_AN_AGE else None
