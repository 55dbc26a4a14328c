"""Two amounts that belong together: ranges ("EUR 40-50m", "between $3bn and $6bn"), changes ("from 13,000 to 16,000
troops"), coins ("3 dollars 50 cents"), and what one amount lends the next ("6- or 7-inch", "68,400 people and 95,800").

The frames (from, to, between, and, dashes) are grammar and stand here; the words of change stand in
rules/quantities/changes.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from pipeline import ages, counted
from pipeline.amounts import Found, Page
from pipeline.numerals import GAP
from pipeline.phrases import any_of
from pipeline.records import Direction
from pipeline.rulebook import Lower, Rule
from pipeline.units import Amount, Units

_WIDEST_GAP = 60
_LONGEST_FRAME = 12
_CHANGE_REACH = 200
_DATE = "\x00"
_FROM = re.compile(r"\bfrom\s$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s$", re.IGNORECASE)
_BY = re.compile(r"\bby\s$", re.IGNORECASE)
_TO_BEFORE = re.compile(r"\bto\s$", re.IGNORECASE)
_DASH = re.compile(r"\s?[-–—~]\s?")
_TO = re.compile(r"-to-|-?\s(?:down\s)?(?:to|through)\s")
_TO_BEHIND_DATE = re.compile(rf"(?:{GAP}\([^()\d]{{1,24}}\))?(?:{GAP}(?:(?:in|on|at){GAP})?{_DATE}+)?,?\sto\s")
_OR = re.compile(r"\sor\s")
_AND = re.compile(r"\sand\s")
_FROM_BEHIND = re.compile(r"\sfrom\s")
_DOWN_FROM = re.compile(r",?\s(?:up|down)\sfrom\s")
_SHARED_UNIT = re.compile(r"-?\s(?:or|and)\s")
_FOR_EVERY = re.compile(r"\sfor\s(?:every|each)\s")
_COINS = re.compile(r"\s(?:and\s)?")
_BRACKET = re.compile(r"\s?\((?:or\s)?")
_CLAUSE_END = re.compile(r"\s*(?:[.;!?)]|$)")
_TWO_AGES = re.compile(r"\s(?:or|and)\s")
_RISEN_TO = re.compile(r"[^,.;\n]{0,24},?\sto\s")
_HYPHENATED = re.compile(r"-[A-Za-z]")


class ChangeWords(Rule):
    """Words that make "from A to B" a change, with the direction they name."""

    direction: Direction
    words: list[Lower]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two amounts as one mention. A score ("2-1") is no quantity; of a `whole`, `right` holds what both make together:
    "3 dollars 50 cents", "one nurse for every four patients".
    """

    kind: Literal["range", "change", "whole", "score"]
    start: int
    end: int
    left: Found
    right: Found


class Pairs:
    """Joins neighbouring amounts, by the words of change of one set of rules."""

    def __init__(self, changes: Iterable[ChangeWords], units: Units) -> None:
        self._units = units
        self._changes = {word: rule for rule in changes for word in rule.words}
        self._change = re.compile(rf"\b(?!up\sto\b)({any_of(self._changes)})\b", re.IGNORECASE)  # a cue: "up to 5"
        self._change_before = re.compile(rf"\b(?:{any_of(self._changes)})\s$", re.IGNORECASE)

    def join(self, page: Page, found: list[Found]) -> list[Found | Pair]:
        """The amounts in reading order, neighbours joined; a weak amount that no pair needs is left out."""
        joined: list[Found | Pair] = []
        last: Found | None = None
        text = _blotted(page)
        i = 0
        while i < len(found):
            this = found[i]
            if last is not None:
                self._lend(page, last, this)
            pair = self._pair(page, text, this, found[i + 1]) if i + 1 < len(found) else None
            if pair is not None:
                joined.append(pair)
                last = found[i + 1]
                i += 2
                continue
            if not this.weak:
                joined.append(this)
                last = this
            i += 1
        return joined

    def direction(self, page: Page, found: Found) -> ChangeWords | None:
        """The last word of change before an amount in its sentence: "increase ... from 3 to 5"."""
        begin = max(found.low, found.start - _CHANGE_REACH)
        span = page.tokens(found.start, found.end)
        if span is not None:
            begin = max(begin, page.sentence_start(span.start))
        last = None
        for match in self._change.finditer(page.text, begin, found.start):
            last = match
        return self._changes[last[1].lower()] if last else None

    def _compared(self, page: Page, found: Found) -> bool:
        """Whether the "to" before an amount belongs to another word than one of change: "by 69% as compared to 29%"."""
        span = page.tokens(found.start, found.end)
        before = page.doc[span.start - 2] if span is not None and span.start > 1 else None
        return before is not None and before.tag_[:2] in ("VB", "JJ") and before.lower_ not in self._changes

    def _pair(self, page: Page, text: str, left: Found, right: Found) -> Pair | None:
        a, b = left.amount, right.amount
        if a.unit == ages.UNIT and b.kind is None and right.noun is not None and right.noun.noun.tag_ == "NN":
            right = replace(right, noun=None, end=b.end)  # "those aged 18 to 24 benefit"
        if a.value is None or b.value is None or left.high != right.high or right.start - left.end > _WIDEST_GAP:
            return None
        if a.numeral.form != b.numeral.form or a.numeral.form == "ordinal":
            return None
        gap = left.end, right.start
        before = text[max(left.low, left.start - _LONGEST_FRAME) : left.start]
        between, origin = _BETWEEN.search(before), _FROM.search(before)
        dash, to = _DASH.fullmatch(text, *gap), _TO.fullmatch(text, *gap)
        frame = between or origin
        aged = a.unit == ages.UNIT and _BETWEEN.search(text, left.start, a.numeral.start) is not None
        either = a.kind is None and not left.counts_behind and b.value == a.value + 1 and _OR.fullmatch(text, *gap)
        if not (
            either
            or dash
            or to
            or ((between or aged) and _AND.fullmatch(text, *gap))
            or (origin and _TO_BEHIND_DATE.fullmatch(text, *gap))
        ):
            return self._loose_pair(text, before, left, right)
        by = _BY.search(before) or self._change_before.search(before)
        if to and not origin and by and a.kind != "percent" and (a.kind or left.noun or a.numeral.scale > 1):
            return None
        if not _compatible(left, right, frame is not None or aged):
            return None
        changed = origin is not None and (_DATE in text[slice(*gap)] or self.direction(page, left) is not None)
        return self._framed(page, left, right, frame[0] if frame else "", dash is not None, changed)

    def _framed(self, page: Page, left: Found, right: Found, frame: str, dash: bool, changed: bool) -> Pair | None:
        """The range or change of two ends that share a unit; `frame` is the "from " or "between " before them."""
        a, b = _shared(left.amount, right.amount)
        assert a.value is not None and b.value is not None
        if not (frame or dash) and (left.amount.kind is None) != (right.amount.kind is None) and a.value > b.value:
            return None  # "$40 million to about 100 firms"
        left, right = replace(left, amount=a), replace(right, amount=b)
        if frame and a.kind is None and left.noun is None and right.noun is None:
            span = page.tokens(left.amount.start, left.amount.end)
            right.noun = counted.changing(page.doc, span[0]) if span is not None else None
        start, end = left.start - len(frame), right.end
        bare = a.kind is None and (dash or (not frame and not right.counts_behind and a.value > b.value))
        if bare and (a.value >= b.value or (b.value < 100 and not right.counts_behind)):
            return Pair("score", start, end, left, right)
        if a.value == b.value or (dash and a.value > b.value):
            return None
        if a.value > b.value or changed:
            return Pair("change", start, end, left, right)
        return Pair("range", start, end, left, right)

    def _loose_pair(self, text: str, before: str, left: Found, right: Found) -> Pair | None:
        """Neighbours that no frame joins: "to 40 from 60", "40, down from 60", "3 dollars 50 cents", "one nurse for
        every four patients". "6- or 7-inch" only share a unit.
        """
        a, b = left.amount, right.amount
        gap = left.end, right.start
        reached = _FROM_BEHIND.fullmatch(text, *gap) and _TO_BEFORE.search(before)
        if _same_unit(a, b) and (reached or _DOWN_FROM.fullmatch(text, *gap)):
            return Pair("change", left.start, right.end, right, left)
        if a.kind == "money" and _COINS.fullmatch(text, *gap) and self._are_coins(text, left, right):
            assert a.value is not None and b.value is not None
            whole = replace(left, amount=replace(a, value=a.value + b.value / 100))
            return Pair("whole", left.start, right.end, left, whole)
        counts = a.kind is None and b.kind is None and left.counts_behind and right.counts_behind
        if counts and a.value is not None and b.value and _FOR_EVERY.fullmatch(text, *gap):
            share = replace(a, value=a.value / b.value, numeral=replace(a.numeral, form="ratio"))
            return Pair("whole", left.start, right.end, left, replace(left, amount=share))
        if a.kind is None and left.noun is None and b.kind and a.numeral.digits and _SHARED_UNIT.fullmatch(text, *gap):
            left.amount = replace(a, kind=b.kind, unit=b.unit, per=b.per, rules=(*a.rules, *b.rules))
            left.weak = False
        return None

    def _are_coins(self, text: str, left: Found, right: Found) -> bool:
        """Whether the right amount are the coins of the left one: "3 dollars 50 cents", "15 dollars and 50"."""
        a, b = left.amount, right.amount
        if b.value is None or b.value >= 100 or b.value.denominator != 1 or a.start < a.numeral.start:
            return False
        if self._units.is_hundredth(a.unit):
            return False
        bare = b.kind is None and not right.counts_behind and _CLAUSE_END.match(text, right.end) is not None
        return self._units.is_hundredth(b.unit) or bare

    def _lend(self, page: Page, left: Found, right: Found) -> None:
        """What an amount takes over from the one before: its noun ("68,400 people ... and 95,800"), its bound ("more
        than 100 km (60 miles)"), and where it is what the one before rose to ("by 3% to $4 million").
        """
        a, b = left.amount, right.amount
        if left.high != right.high:
            return
        limited = a.unit == ages.UNIT and b.kind is None and right.bound != "exact" and right.noun is None
        if limited and _TWO_AGES.fullmatch(page.text, left.end, right.start):
            right.amount, right.weak = replace(b, kind=a.kind, unit=a.unit), False
            return
        alike = a.kind in ("percent", b.kind) or a.numeral.form == "ratio" or (b.kind is None and right.noun is None)
        risen = alike and _RISEN_TO.fullmatch(page.text, left.end, right.start) and not self._compared(page, right)
        if risen and (rule := self.direction(page, right)):
            right.direction, right.rules = rule.direction, (*right.rules, rule.id)
        if left.noun is not None and right.noun is None and _lends_noun(page, left, right):
            right.noun, right.weak = replace(left.noun, end=None), False
        same_kind = b.kind == a.kind and b.kind in ("money", "measure")
        lends_bound = same_kind and right.bound == "exact" and left.bound not in ("exact", "approximate")
        if lends_bound and _BRACKET.fullmatch(page.text, left.end, right.start):
            right.bound = left.bound


def _lends_noun(page: Page, left: Found, right: Found) -> bool:
    """Whether a bare number counts what the one before counts: "68,400 people lost their homes and 95,800 fled"."""
    amount = right.amount
    span = page.tokens(amount.start, amount.end)
    if left.amount.kind is not None or amount.kind is not None or span is None or not span.start:
        return False
    if amount.numeral.form != "cardinal" or _HYPHENATED.match(page.text, amount.end):
        return False
    near = page.sentence_start(span.start) <= left.start
    joined = page.doc[span.start - 1].tag_ in ("CC", "VBG") or _TO.fullmatch(page.text, left.end, right.start)
    several = left.noun is not None and left.noun.noun.tag_ in ("NNS", "NNPS")
    return near and several and bool(joined)


def _blotted(page: Page) -> str:
    """The text with each date as a run of one sign, of the same length."""
    parts, last = [], 0
    for start, end, _ in page.dates.all:
        if start >= last:
            parts += [page.text[last:start], _DATE * (end - start)]
            last = end
    return "".join([*parts, page.text[last:]])


def _same_unit(a: Amount, b: Amount) -> bool:
    return (a.kind, a.unit) == (b.kind, b.unit)


def _compatible(left: Found, right: Found, framed: bool) -> bool:
    """Whether two ends can share one unit: the same, or one that the other end lacks; `framed` by from or between."""
    a, b = left.amount, right.amount
    if a.kind is None and b.kind is None:
        if right.noun is None or left.noun is None:
            return framed or not left.counts_behind
        return not left.counts_behind or right.noun.noun.lower_ == left.noun.noun.lower_
    if a.kind is None:
        return not left.counts_behind
    unit_in_front = a.end == a.numeral.end
    return _same_unit(a, b) or (b.kind is None and right.noun is None and (framed or unit_in_front))


def _shared(a: Amount, b: Amount) -> tuple[Amount, Amount]:
    """Spread unit, rate and scale over both ends: "EUR 40-50m" -> 40000000 and 50000000 EUR."""
    assert a.value is not None and b.value is not None and b.numeral.value is not None
    if a.numeral.scale == 1 < b.numeral.scale and a.value * b.numeral.scale < b.value:
        a = replace(a, value=a.value * b.numeral.scale)
    if a.kind is None and b.kind is not None and b.numeral.value:
        assert a.value is not None
        a = replace(a, value=a.value * (b.value / b.numeral.value))
    unit, per = b if b.kind is not None else a, b.per or a.per
    return replace(a, kind=unit.kind, unit=unit.unit, per=per), replace(b, kind=unit.kind, unit=unit.unit, per=per)
