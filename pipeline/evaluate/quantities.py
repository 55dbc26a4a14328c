"""Quantities against gold, after the protocol of CQE (EMNLP 2023), each prediction used once.

    value            equal numbers; a range or a change is a pair that only a pair equals
    value+unit       and the same unit and rate; a count's unit is its noun, one content word of which must fit
    value+bound      and the same bound ("at least")            value+item   and a word of the item in common
    span, span_exact by characters alone

Durations and ages are left out: they belong to the dates.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from pipeline import rulebook
from pipeline.evaluate.counting import Count, Score, pair, shared, words
from pipeline.evaluate.gold import Document
from pipeline.rulebook import Entry

NEEDS = {
    "value": ("value",), "value+unit": ("value", "unit"), "value+bound": ("value", "bound"),
    "value+unit+bound": ("value", "unit", "bound"), "value+trend": ("value", "item"), "value+item": ("value", "item"),
    "value+item_complete": ("value", "item"), "span": ("span",), "span_exact": ("span",),
    "value+unit+bound+span": ("value", "unit", "bound", "span"),
}  # fmt: skip
"""Each figure with the parts of an annotation that it needs: a document that lacks one is left out of it."""

WORD = re.compile(r"[^\W_]+(?:[-'\u2019&.][^\W_]+)*")
PER = re.compile(r"(.+?)\s*(?:/|\bper\b|\ba\b|\ban\b|\beach\b)\s*(.+)")
NO_UNIT = ("", "-", "count", "dimensionless", "none")
TRENDS = {"increase": "up", "decrease": "down"}


class Spelling(Entry):
    """A unit with all spellings that mean it."""

    names: list[str]


class Rate(Entry):
    """A word for a unit and what it is counted by: "mph"."""

    unit: str
    per: str


def score(documents: Sequence[tuple[Document, Document]]) -> Score:
    """The figures of the quantities of pairs of gold and predicted documents."""
    scored = Score()
    counts = {name: Count() for name in NEEDS}
    for gold, predicted in documents:
        wanted = [q for q in gold.get("quantities") or [] if not q.get("time") and not _is_time(q)]
        found = [q for q in predicted.get("quantities") or [] if not _is_time(q)]
        annotated = gold.get("layers") or ["value", "unit", "bound", "item", "span"]
        if "ordinal" not in annotated and not any(q.get("kind") == "ordinal" for q in wanted):
            found = [q for q in found if q.get("kind") != "ordinal"]
        right, pairs = _right(wanted, found)
        for name, needed in NEEDS.items():
            if all(part in annotated for part in needed):
                by_span = name in ("span", "span_exact")
                total = sum(q.get("start") is not None for q in wanted) if by_span else len(wanted)
                counts[name].add(right[name], total, len(found))
        if "value" in annotated:
            _differences(scored, gold, wanted, found, pairs, annotated)
    scored.figures = {name: count for name, count in counts.items() if count.gold or count.predicted}
    return scored


def _right(wanted: list[Any], found: list[Any]) -> tuple[dict[str, int], list[tuple[int, int]]]:
    right = dict.fromkeys(NEEDS, 0)
    pairs = pair(wanted, found, _rank)
    for i, j in pairs:
        g, p = wanted[i], found[j]
        unit, bound = _same_unit(g, p), _same_bound(g, p)
        right["value"] += 1
        right["value+unit"] += unit
        right["value+bound"] += bound
        right["value+unit+bound"] += unit and bound
        right["value+unit+bound+span"] += unit and bound and _shared(g, p) > 0
        right["value+trend"] += bound and _trend(g) == _trend(p)
        right["value+item"] += _same_item(g, p)
        right["value+item_complete"] += _same_item(g, p, complete=True)
    for i, j in pair(wanted, found, _shared):
        right["span"] += 1
        right["span_exact"] += (wanted[i]["start"], wanted[i]["end"]) == (found[j]["start"], found[j]["end"])
    return right, pairs


def _rank(g: Any, p: Any) -> Any:
    if not _equal(_numbers(g), _numbers(p)):
        return None
    return _same_unit(g, p), _shared(g, p) > 0, _same_bound(g, p), _same_item(g, p)


def _numbers(q: Any) -> float | tuple[float, float] | None:
    """A number, of a range or a change the pair; None where there is none."""
    change = q.get("change")
    if isinstance(change, dict) and change.get("from") is not None and change.get("to") is not None:
        return _in_order(change["from"], change["to"])
    low, high, value = q.get("low"), q.get("high"), q.get("value")
    if low is not None and high is not None and not math.isclose(low, high, rel_tol=1e-9):
        return _in_order(low, high)
    number = next((x for x in (value, low, high) if x is not None), None)
    return None if number is None else float(number)


def _in_order(a: float, b: float) -> tuple[float, float]:
    return (float(a), float(b)) if a <= b else (float(b), float(a))


def _equal(a: Any, b: Any) -> bool:
    if a is None or b is None or isinstance(a, tuple) != isinstance(b, tuple):
        return False
    if isinstance(a, tuple):
        return all(_equal(x, y) for x, y in zip(a, b, strict=True))
    return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-8)


def _same_unit(g: Any, p: Any) -> bool:
    (unit, per), (other, other_per) = _unit(g), _unit(p)
    if unit is not None:
        return (unit, per) == (other, other_per)
    noun = g["noun"] if "noun" in g else g.get("item") if g.get("kind") == "count" else None
    named = _content(noun)
    if not named:
        return other is None
    fits = bool(named & (_content(p.get("item")) | _content(p.get("unit"))))
    return fits and p.get("kind") in (None, "count", "measure", "ordinal", "ratio")


def _same_bound(g: Any, p: Any) -> bool:
    return (p.get("bound") or "exact") in (g.get("bound_ok") or [g.get("bound") or "exact"])


def _same_item(g: Any, p: Any, complete: bool = False) -> bool:
    named = _content(g["concepts"]) if "concepts" in g else _content(g.get("item"))
    given = _content(p.get("item")) | _content(p.get("concepts"))
    if complete and p.get("concepts"):
        given = _content(p["concepts"])
    if g.get("kind") == "count" and "concepts" in g and not complete:
        named = named | _content(g.get("noun"))
    if not named:
        return not given or (p.get("kind") == "count" and g.get("kind") == "count")
    return named == given if complete else bool(named & given)


def _trend(q: Any) -> str | None:
    change = q.get("change")
    if q.get("trend") is None and isinstance(change, dict):
        return TRENDS.get(str(change.get("direction")))
    trend: str | None = q.get("trend")
    return trend


def _shared(g: Any, p: Any) -> int:
    if g.get("start") is None or p.get("start") is None:
        return 0
    return shared((g["start"], g["end"]), (p["start"], p["end"]))


def _is_time(q: Any) -> bool:
    return _unit(q)[0] in words("time_units")


def _unit(q: Any) -> tuple[str | None, str | None]:
    unit, per = _canonical(q.get("unit"))
    return unit, _canonical(q["per"])[0] if q.get("per") else per


@cache
def _canonical(written: str | None) -> tuple[str | None, str | None]:
    """Unit and rate in one spelling: "US dollars per year" -> ("usd", "year")."""
    unit = " ".join((written or "").split()).lower()
    if unit in NO_UNIT:
        return None, None
    if unit in _rates():
        return _rates()[unit].unit, _rates()[unit].per
    if unit in _spellings():
        return _spellings()[unit], None
    if m := PER.fullmatch(unit):
        return _canonical(m[1])[0], _canonical(m[2])[0]
    return _spellings().get(_singular(unit), _singular(unit)), None


def _content(written: Any) -> frozenset[str]:
    """The content words of an item, in the singular."""
    text = " ".join(map(str, written)) if isinstance(written, list | tuple) else written or ""
    return frozenset(_singular(word) for word in WORD.findall(text.lower()) if word not in words("no_content"))


def _singular(word: str) -> str:
    if word in _spellings():
        return _spellings()[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(?:s|x|z|ch|sh)es$", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@cache
def _spellings() -> dict[str, str]:
    units = rulebook.load_file("evaluate", "units", Spelling)
    return {name: unit.id for unit in units for name in unit.names} | {unit.id: unit.id for unit in units}


@cache
def _rates() -> dict[str, Rate]:
    return {rate.id: rate for rate in rulebook.load_file("evaluate", "rates", Rate)}


def _differences(
    scored: Score, gold: Document, wanted: list[Any], found: list[Any], pairs: list[tuple[int, int]], parts: list[str]
) -> None:
    hits = dict(pairs)
    for i, g in enumerate(wanted):
        p = found[hits[i]] if i in hits else None
        start, end = (g["start"], g["end"]) if g.get("start") is not None else (0, 0)
        if p is None:
            scored.differ("quantities", "missed", gold, start, end, _show(g), "")
        elif "unit" in parts and not _same_unit(g, p):
            scored.differ("quantities", "unit", gold, start, end, _show(g), _show(p))
        elif "bound" in parts and not _same_bound(g, p):
            scored.differ("quantities", "bound", gold, start, end, _show(g), _show(p))
    for j in sorted(set(range(len(found))) - set(hits.values())):
        scored.differ("quantities", "spurious", gold, found[j]["start"], found[j]["end"], "", _show(found[j]))


def _show(q: Any) -> str:
    numbers = _numbers(q)
    shown = "-".join(f"{n:g}" for n in numbers) if isinstance(numbers, tuple) else f"{numbers:g}" if numbers else "?"
    per = f" per {q['per']}" if q.get("per") else ""
    return f"{q.get('bound') or 'exact'} {shown} {q.get('unit') or q.get('item') or ''}{per}".strip()
