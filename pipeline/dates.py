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
from dataclasses import replace
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from pipeline import date_grammar, layers, lookup, records, rulebook
from pipeline.date_anchors import Base, Resolved, resolve
from pipeline.date_evidence import Context, direction, evidence
from pipeline.date_grammar import CUE_PLACES, RULES, Cue, Found, Grammar, Lexemes, Modifier, RelationWords
from pipeline.timex import Point

__all__ = ["RULES", "Dates", "make", "marks"]

_REFUSED = "communique_dates_refused"
_MODIFIER_LENGTH = 6
_NARROWED = ("month", "quarter", "half", "year")
_AMOUNTS = ("count", "tens", "multiplier", "article", "fraction", "vague_count")


class _Joint(NamedTuple):
    """Where an expression ended, and its relation, for one that is joined to it: "by 2025 and 2030"."""

    last: int
    kind: str
    relation: RelationWords | None


class Dates:
    """The component: finds the time expressions of a Doc and puts them into the layer "dates"."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar, rules = grammar, grammar.rules
        self._modifiers = [
            (rule, re.compile(self._grammar.compile(rule.id, rule.phrase)[0].pattern + ("" if rule.after else r"\Z")))
            for rule in rules["modifiers"]
        ]
        self._relations: dict[tuple[str, ...], RelationWords] = {
            tuple(phrase.split()): rule for rule in rules["relations"] for phrase in rule.phrases
        }
        self._longest_relation = max((len(words) for words in self._relations), default=0)
        self._cues: dict[str, dict[str, Cue]] = {place: {} for place in CUE_PLACES}
        for rule in rules["cues"]:
            self._cues[rule.place].update(dict.fromkeys(rule.words, rule))

    def __call__(self, doc: Doc) -> Doc:
        """Set the layer "dates" of a Doc."""
        layers.put(doc, "dates", self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[records.Date]:
        """The time expressions of a Doc in reading order; impossible ones (30 February) become a warning."""
        published = doc._.communique_published
        base = Base(Point.parse(published) if published else None)
        dates: list[records.Date] = []
        joint = _Joint(-1, "", None)
        impossible: dict[str, None] = {}
        lexemes = self._grammar.lex(lookup.text(doc), _segments(doc))
        context = Context(doc, self._grammar, lexemes, self._cues, doc.has_annotation("DEP"))
        chosen = self._choose(context)
        doc.user_data[_REFUSED] = [(f.start, f.end, f.rules) for f in chosen if f.rule.reading == "nothing"]
        for found in chosen:
            if found.rule.reading == "nothing":
                continue
            side, cue = direction(found, context)
            beside = "hour" in found.fields and lexemes.in_sentence(joint.last, found.first)
            base = replace(base, direction=side, same_sentence=beside)
            resolved = resolve(found.rule.reading, found.fields, base)
            if resolved is not None:
                base = base.after(resolved, found.rule.reading)
                date, joint = self._date(f"d{len(dates) + 1}", found, resolved, cue, joint, context)
                dates.append(date)
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
            if any(taken[found.first : found.last]):
                continue
            ids = evidence(found, context)
            if ids is None:
                continue
            taken[found.first : found.last] = b"\1" * (found.last - found.first)
            chosen.append(replace(found, rules=(*found.rules, *ids)))
        return sorted(chosen, key=lambda f: f.first)

    def _date(
        self, id_: str, found: Found, resolved: Resolved, cue: str, joint: _Joint, context: Context
    ) -> tuple[records.Date, _Joint]:
        lexemes = context.lexemes
        kind = self._kind(found, resolved, lexemes)
        first, last, modifier = self._modify(found, kind, joint.last, lexemes)
        joined = (joint.last, joint.kind) == (first - 1, kind) and context.has(first - 1, "joining")
        relation = joint.relation if joined else self._relation(first, lexemes)
        if relation is not None and resolved.type == "DURATION" and not relation.lengths:
            relation = None
        earliest, latest = resolved.interval()
        mod = modifier.mod if modifier else resolved.mod
        narrows = modifier.narrows if modifier else "narrows" in found.fields
        if narrows and resolved.point is not None and resolved.point.unit in _NARROWED:
            earliest, latest = (latest, latest) if mod == "END" else (earliest, earliest)
        rules = [*found.rules, *([cue] if cue and resolved.by_direction else [])]
        rules += [rule.id for rule in (modifier, relation) if rule is not None]
        rules += [modifier.behind] if modifier and modifier.behind else []
        rules += ["joining"] if joined and relation else []
        start, end = lexemes.starts[first], lexemes.ends[last - 1]
        date = records.Date(
            id=id_,
            start=start,
            end=end,
            text=lexemes.text[start:end],
            type=resolved.type,
            value=resolved.value,
            mod=mod,
            relation=relation.relation if relation else None,
            earliest=earliest,
            latest=latest,
            rule="+".join(rules),
        )
        return date, _Joint(last, kind, relation)

    def _modify(self, found: Found, kind: str, free: int, lexemes: Lexemes) -> tuple[int, int, Modifier | None]:
        """First and last lexeme of a phrase together with the modifier that stands beside it, and that modifier; the
        lexemes before `free` belong to the expression before.
        """
        window = max(found.first - _MODIFIER_LENGTH, free, 0)
        for rule, pattern in self._modifiers:
            if kind not in rule.units:
                continue
            if rule.after:
                match = pattern.match(lexemes.kinds, found.last)
                if match:
                    return found.first, match.end(), rule
            elif match := pattern.search(lexemes.kinds[window : found.first]):
                first = window + match.start()
                if rule.apart is not None and self._grammar.in_table(lexemes, first - 1, rule.apart):
                    continue
                if rule.behind is None or self._grammar.in_table(lexemes, first - 1, rule.behind):
                    return first, found.last, rule
        return found.first, found.last, None

    def _kind(self, found: Found, resolved: Resolved, lexemes: Lexemes) -> str:
        """What a modifier's `units` name: a granularity, or what else the expression is."""
        if found.rule.reading in ("distance", "set", "vague"):
            return found.rule.reading
        if resolved.type == "DURATION":
            # "over the last two years" is during them, "over two years" more than them
            counted = any(self._grammar.in_table(lexemes, found.first, table) for table in _AMOUNTS)
            return "length" if counted else "measured"
        if resolved.type == "TIME":
            return "time"
        return resolved.point.unit if resolved.point is not None else "open"

    def _relation(self, first: int, lexemes: Lexemes) -> RelationWords | None:
        before = [lexemes.word(n) for n in range(max(first - self._longest_relation, 0), first)]
        return next((rule for n in range(len(before)) if (rule := self._relations.get(tuple(before[n:])))), None)


def _segments(doc: Doc) -> list[tuple[int, int]] | None:
    """The stretches that no expression crosses, None before they are known."""
    return [(segment.start, segment.end) for segment in layers.get(doc, "segments")] or None


def marks(doc: Doc) -> list[rulebook.Mark]:
    """The dates of a Doc as rule examples mark them, and what was refused: `[8 July 2016](2016-07-08; relation=on)`,
    `the [18-year-old](none)`.
    """
    found = [
        rulebook.Mark(
            date.start,
            date.end,
            date.value,
            {key: value for key in ("type", "mod", "relation", "earliest", "latest") if (value := getattr(date, key))},
            frozenset((date.rule or "").split("+")),
        )
        for date in layers.get(doc, "dates")
    ]
    refused = [
        rulebook.Mark(start, end, "none", rules=frozenset(rules), required=False)
        for start, end, rules in doc.user_data.get(_REFUSED, [])
    ]
    return found + refused


@Language.factory(
    "communique_dates",
    default_config={"rules": None},
    assigns=["doc._.communique_dates"],
)
def make(nlp: Language, name: str, rules: str | None) -> Dates:
    """Build the component; `rules` is a folder of rules to add to the built-in ones."""
    return Dates(date_grammar.load(rules))
