"""Numbers that are names: "Resolution 1325", "F-16", "G20", "ISO 9001", "+32 2 555 12 34", the "1." of a list.

The heads and the characters that make a number a name stand in rules/quantities/identifiers.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.numerals import GAP, Numeral
from pipeline.phrases import Endings
from pipeline.rulebook import Lower, Pattern, Rule

_LONGEST_HEAD = 24
_LONGEST_TOUCH = 12
_CONTINUED = re.compile(rf"(?:\(\w\))?(?:{GAP}?[-–,]{GAP}?|{GAP}(?:and|or|to|of|&){GAP}|,{GAP}and{GAP})")


class Identifier(Rule):
    """What makes a number a name: words before it, characters that touch it, or a pattern that covers it. Heads are
    written with a capital, or in lower case, too, where `lower` says so; `spelled` holds for "phase two" as well.
    """

    heads: list[Lower] = []
    lower: bool = False
    spelled: bool = False
    before: Pattern | None = None
    after: Pattern | None = None
    pattern: Pattern | None = None


class Identifiers:
    """All rules of identifiers.toml, compiled once."""

    def __init__(self, rules: Iterable[Identifier]) -> None:
        self._heads: dict[str, Identifier] = {}
        self._touches: list[tuple[str, re.Pattern[str] | None, re.Pattern[str] | None]] = []
        self._patterns: list[tuple[str, re.Pattern[str]]] = []
        for rule in rules:
            self._heads |= dict.fromkeys(rule.heads, rule)
            if rule.before or rule.after:
                before = re.compile(rf"(?:{rule.before})\Z") if rule.before else None
                after = re.compile(rule.after) if rule.after else None
                self._touches.append((rule.id, before, after))
            if rule.pattern:
                self._patterns.append((rule.id, re.compile(rule.pattern)))
        self._head_ends = Endings([*self._heads, ")"])
        self._listing = {rule.id for rule in self._heads.values()}
        heads = "|".join(re.escape(head) for head in sorted(self._heads, key=lambda h: (-len(h), h)))
        self._head = re.compile(rf"(?<![\w-])({heads})\)?(?:{GAP}|\n)?-?\Z", re.IGNORECASE)

    def masks(self, text: str) -> list[tuple[int, int, str]]:
        """Stretches of text whose numbers are names, with the rule's id: web addresses, telephone numbers. They stand
        in order and do not overlap: an address in a tag belongs to the tag.
        """
        found = [(m.start(), m.end(), rule) for rule, pattern in self._patterns for m in pattern.finditer(text)]
        masks: list[tuple[int, int, str]] = []
        for start, end, rule in sorted(found, key=lambda mask: (mask[0], -mask[1])):
            if not masks or start >= masks[-1][1]:
                masks.append((start, end, rule))
        return masks

    def head(self, text: str, numeral: Numeral, low: int) -> str | None:
        """The rule whose word right before the number makes it a name: "Resolution 1325", "Chapter Seven"."""
        left = text[max(low, numeral.start - _LONGEST_HEAD) : numeral.start]
        if not self._head_ends.possible(left) or not (match := self._head.search(left)):
            return None
        rule = self._heads[match[1].lower()]
        capital = match[1] != match[1].lower() or not match[1][0].isalpha()
        return rule.id if capital or rule.spelled or (rule.lower and numeral.digits) else None

    def continues(self, text: str, last_end: int, rule: str, numeral: Numeral) -> bool:
        """Whether a number goes on a list of names that `rule` began: the 6 of "Articles 5 and 6", the 504 of "7(a) and
        504 loans"; the number behind "F-16 and" is another matter.
        """
        listed = rule in self._listing or text.startswith("(", last_end)
        return listed and _CONTINUED.fullmatch(text, last_end, numeral.start) is not None

    def touched(self, text: str, numeral: Numeral, low: int, high: int) -> str | None:
        """The rule whose characters touch a number and make it a name: "A400M", "31/2009", "4B", "net-zero"."""
        left = text[max(low, numeral.start - _LONGEST_TOUCH) : numeral.start]
        for rule, before, after in self._touches:
            if (before and before.search(left)) or (after and after.match(text, numeral.end, high)):
                return rule
        return None
