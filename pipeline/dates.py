"""Dates: every time expression of a document with its TIMEX3 value, its days and its relation.

    text -> date_grammar (phrases with fields) -> date_evidence (which of them count) -> date_anchors (values)

>>> import spacy
>>> nlp = spacy.blank("en")
>>> _ = nlp.add_pipe("communique_dates")
>>> [(d.text, d.value, d.relation) for d in nlp("They met in Warsaw on 8-9 July 2016.")._.communique_dates]
[('8-9 July 2016', '2016-07-08/2016-07-09', 'on')]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline import layers, records, rulebook
from pipeline.date_anchors import Base, Resolved, resolve
from pipeline.date_evidence import Context, direction, fits
from pipeline.date_grammar import RULES, Found, Grammar, Lexemes, Modifier, RelationWords
from pipeline.timex import Point

__all__ = ["RULES", "Dates", "make", "marks"]

_MODIFIER_LENGTH = 6
_AMOUNTS = ("count", "multiplier", "article", "vague_count")
_NARROWED = ("month", "quarter", "half", "year")


@dataclass(frozen=True, slots=True)
class _Modified:
    """A phrase with the modifier that stands beside it."""

    first: int
    last: int
    modifier: Modifier | None


class Dates:
    """The component: finds the time expressions of a Doc and puts them into the layer "dates"."""

    def __init__(self, rules: dict[str, list[Any]]) -> None:
        self._grammar = Grammar(rules)
        self._modifiers = [
            (rule, re.compile(self._grammar.compile(rule.id, rule.phrase)[0].pattern + ("" if rule.after else r"\Z")))
            for rule in rules["modifiers"]
        ]
        self._relations: dict[tuple[str, ...], RelationWords] = {
            tuple(phrase.split()): rule for rule in rules["relations"] for phrase in rule.phrases
        }
        self._longest_relation = max((len(words) for words in self._relations), default=0)
        self._cues: dict[str, dict[str, int]] = {"beside": {}, "verb": {}, "infinitive": {}, "near": {}}
        for rule in rules["cues"]:
            self._cues[rule.place].update(dict.fromkeys(rule.words, rule.direction))

    def __call__(self, doc: Doc) -> Doc:
        """Set the layer "dates" of a Doc."""
        layers.put(doc, "dates", self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[records.Date]:
        """The time expressions of a Doc in reading order; impossible ones (30 February) become a warning."""
        published = doc._.communique_published
        base = Base(Point.parse(published) if published else None)
        dates: list[records.Date] = []
        impossible: dict[str, None] = {}
        context = Context(doc, self._grammar, self._grammar.lex(doc.text, _segments(doc)), self._cues)
        for found in self._choose(context):
            base = replace(base, direction=direction(found, context))
            resolved = resolve(found.rule.reading, found.fields, base)
            if resolved is not None:
                base = base.after(resolved, found.rule.reading)
                dates.append(self._date(f"d{len(dates) + 1}", found, resolved, context.lexemes))
            elif "day" in found.fields:
                impossible[context.lexemes.text[found.start : found.end]] = None
        for words in impossible:
            layers.warn(doc, "impossible_date", f"The calendar has no day {words!r}; it was left out.")
        return dates

    def _choose(self, context: Context) -> list[Found]:
        """The longest phrases that fit and do not overlap, in reading order."""
        taken = bytearray(len(context.lexemes.starts))
        chosen = []
        for found in sorted(self._grammar.find(context.lexemes), key=lambda f: (f.first - f.last, f.first)):
            if any(taken[found.first : found.last]) or not fits(found, context):
                continue
            taken[found.first : found.last] = b"\1" * (found.last - found.first)
            if found.rule.reading != "nothing":
                chosen.append(found)
        return sorted(chosen, key=lambda f: f.first)

    def _date(self, id_: str, found: Found, resolved: Resolved, lexemes: Lexemes) -> records.Date:
        modified = self._modify(found, resolved, lexemes)
        start, end = lexemes.starts[modified.first], lexemes.ends[modified.last - 1]
        earliest, latest = resolved.interval()
        rules = list(found.rules)
        mod = modified.modifier
        if mod is not None:
            rules.append(mod.id)
            if mod.narrows and resolved.point is not None and resolved.point.unit in _NARROWED:
                earliest, latest = (latest, latest) if mod.mod == "END" else (earliest, earliest)
        relation = self._relation(modified, lexemes)
        if relation is not None:
            rules.append(relation.id)
        return records.Date(
            id=id_, start=start, end=end, text=lexemes.text[start:end], type=resolved.type, value=resolved.value,
            mod=mod.mod if mod else found.fields.get("mod"), relation=relation.relation if relation else None,
            earliest=earliest, latest=latest, rule="+".join(rules),
        )  # fmt: skip

    def _modify(self, found: Found, resolved: Resolved, lexemes: Lexemes) -> _Modified:
        unit = resolved.point.unit if resolved.point else "open"
        unit = {"DURATION": "length", "SET": "set", "TIME": "time"}.get(resolved.type, unit)
        if found.rule.reading == "distance":
            unit = "distance"
        elif unit == "length" and not self._begins_with_amount(found, lexemes):
            unit = "measured"  # "over the last two years" is during them, "over two years" is more than them
        first = max(found.first - _MODIFIER_LENGTH, 0)
        for rule, pattern in self._modifiers:
            if unit not in rule.units:
                continue
            if rule.after:
                match = pattern.match(lexemes.kinds, found.last)
                if match:
                    return _Modified(found.first, match.end(), rule)
            elif match := pattern.search(lexemes.kinds[first : found.first]):
                if rule.behind and not self._grammar.in_table(lexemes, first + match.start() - 1, rule.behind):
                    continue
                return _Modified(first + match.start(), found.last, rule)
        return _Modified(found.first, found.last, None)

    def _begins_with_amount(self, found: Found, lexemes: Lexemes) -> bool:
        return any(self._grammar.in_table(lexemes, found.first, table) for table in _AMOUNTS)

    def _relation(self, modified: _Modified, lexemes: Lexemes) -> RelationWords | None:
        before = [lexemes.word(n) for n in range(max(modified.first - self._longest_relation, 0), modified.first)]
        return next((rule for n in range(len(before)) if (rule := self._relations.get(tuple(before[n:])))), None)


def _segments(doc: Doc) -> list[tuple[int, int]] | None:
    """The stretches that no expression crosses, None before they are known."""
    return [(segment.start, segment.end) for segment in layers.get(doc, "segments")] or None


def marks(doc: Doc) -> list[rulebook.Mark]:
    """The dates of a Doc as rule examples mark them: `[8 July 2016](2016-07-08; relation=on)`."""
    return [
        rulebook.Mark(
            date.start,
            date.end,
            date.value,
            {key: value for key in ("type", "mod", "relation", "earliest", "latest") if (value := getattr(date, key))},
            frozenset((date.rule or "").split("+")),
        )
        for date in layers.get(doc, "dates")
    ]


@Language.factory(
    "communique_dates",
    default_config={"rules": None},
    assigns=["doc._.communique_dates"],
)
def make(nlp: Language, name: str, rules: str | None) -> Dates:
    """Build the component; `rules` is a folder of rules to add to the built-in ones."""
    return Dates(rulebook.load("dates", RULES, rules))
