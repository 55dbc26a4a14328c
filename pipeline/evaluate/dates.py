"""Dates against gold, as TempEval-3 compares them.

strict    the same characters                    relaxed   a common character
type      relaxed F1 times the share of pairs whose type is right, and so for value, the headline figure
lenient   value, where spelling variants of one meaning are equal (P12M = P1Y)
days      of the gold that names calendar days, the share that is paired with the very same days
mod       of the pairs where either side has a mod, the share where both have the same
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from pipeline.evaluate.counting import Count, Score, pair, rows, share, shared
from pipeline.evaluate.gold import Document

CALENDAR_TYPES = ("DATE", "TIME")
SEASON_MONTHS = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}
LENGTHS = {"DE": (10, "Y"), "CE": (100, "Y"), "W": (7, "D")}


def score(documents: Sequence[tuple[Document, Document]]) -> Score:
    """The figures of the dates of pairs of gold and predicted documents."""
    scored = Score()
    strict, relaxed = Count(), Count()
    same = dict.fromkeys(("type", "value", "lenient", "days", "mod"), 0)
    with_days = with_mod = 0
    for gold, predicted in documents:
        wanted, found = rows(gold.get("dates") or []), rows(predicted.get("dates") or [])
        pairs = pair(wanted, found, _rank)
        exact = sum(_span(wanted[i]) == _span(found[j]) for i, j in pairs)
        strict.add(exact, len(wanted), len(found))
        relaxed.add(len(pairs), len(wanted), len(found))
        with_days += sum(date["type"] in CALENDAR_TYPES and days(date["value"]) is not None for date in wanted)
        for i, j in pairs:
            g, p = wanted[i], found[j]
            same["type"] += g["type"] == p["type"]
            same["value"] += g["value"] == p["value"]
            same["lenient"] += lenient(g["value"]) == lenient(p["value"])
            if g["type"] in CALENDAR_TYPES and days(g["value"]) is not None:
                same["days"] += days(g["value"]) == days(p["value"])
            if g.get("mod") or p.get("mod"):
                with_mod += 1
                same["mod"] += (g.get("mod") or None) == (p.get("mod") or None)
        _differences(scored, gold, wanted, found, pairs)
    of_pairs = {name: same[name] / relaxed.right if relaxed.right else 0.0 for name in ("type", "value", "lenient")}
    scored.figures = {
        "strict": strict,
        "relaxed": relaxed,
        "value": Count(same["value"], relaxed.gold, relaxed.predicted),
        "value_f1": relaxed.f1 * of_pairs["value"],
        "type_f1": relaxed.f1 * of_pairs["type"],
        "lenient_f1": relaxed.f1 * of_pairs["lenient"],
        "days": share(same["days"], with_days),
        "mod": share(same["mod"], with_mod),
    }
    return scored


def lenient(value: str | None) -> str:
    """A TIMEX3 value in one spelling: "P1DE" -> "P10Y", "199X" -> "199", "2018-XX-XX" -> "2018"."""
    text = (value or "").strip()
    text = re.sub(r"T(?:NI|NIGHT)$", lambda m: "TNI", text)
    text = re.sub(r"TXX:XX$", "", text)
    text = re.sub(r"(-(XX|WXX))+$", "", text)
    text = re.sub(r"^(\d{3})X$|^(\d{2})XX$", lambda m: m[1] or m[2], text)
    text = re.sub(r"-W(\d)$", r"-W0\1", text)
    length = re.fullmatch(r"P(T?)([\d.]+)(DE|CE|[YMWDHS])", text)
    if length is None:
        return text
    number, unit = float(length[2]), length[3]
    if not length[1]:
        times, unit = LENGTHS.get(unit, (1, unit))
        number *= times
        if unit == "M" and number % 12 == 0:
            number, unit = number / 12, "Y"
    return f"P{length[1]}{number:g}{unit}"


def days(value: str | None) -> tuple[dt.date, dt.date] | None:
    """The first and the last day of a TIMEX3 value: "2018-Q2" -> 1 April to 30 June; None where it names none."""
    text = re.sub(r"T.*$", "", lenient(value))
    try:
        if m := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
            day = dt.date(int(m[1]), int(m[2]), int(m[3]))
            return day, day
        if m := re.fullmatch(r"(\d{4})-(\d\d)", text):
            return _months(int(m[1]), int(m[2]), 1)
        if m := re.fullmatch(r"(\d{4})-?W(\d\d)(-WE)?", text):
            first = dt.date.fromisocalendar(int(m[1]), int(m[2]), 6 if m[3] else 1)
            return first, first + dt.timedelta(days=1 if m[3] else 6)
        if m := re.fullmatch(r"(\d{4})-([QH])([1-4])", text):
            length = 3 if m[2] == "Q" else 6
            return _months(int(m[1]), length * (int(m[3]) - 1) + 1, length)
        if m := re.fullmatch(r"(\d{4})-(SP|SU|FA|WI)", text):
            return _months(int(m[1]), SEASON_MONTHS[m[2]], 3)
        if re.fullmatch(r"\d{2,4}", text):
            years = 10 ** (4 - len(text))
            return dt.date(max(int(text) * years, 1), 1, 1), dt.date(int(text) * years + years - 1, 12, 31)
    except ValueError:
        return None
    return None


def _months(year: int, first: int, length: int) -> tuple[dt.date, dt.date]:
    last_year, last = year + (first + length - 2) // 12, (first + length - 2) % 12 + 1
    return dt.date(year, first, 1), dt.date(last_year, last, calendar.monthrange(last_year, last)[1])


def _rank(g: Any, p: Any) -> Any:
    common = shared(_span(g), _span(p))
    return common and (_span(g) == _span(p), common, -abs((p["end"] - p["start"]) - (g["end"] - g["start"])))


def _span(date: Any) -> tuple[int, int]:
    return date["start"], date["end"]


def _differences(
    scored: Score, gold: Document, wanted: list[Any], found: list[Any], pairs: list[tuple[int, int]]
) -> None:
    for i, j in pairs:
        g, p = wanted[i], found[j]
        tests = {"span": _span(g) == _span(p), "type": g["type"] == p["type"], "value": g["value"] == p["value"]}
        wrong = [name for name, right in tests.items() if not right]
        if wrong:
            scored.differ("dates", "+".join(wrong), gold, g["start"], g["end"], _show(g), _show(p))
    for i in sorted(set(range(len(wanted))) - {i for i, _ in pairs}):
        scored.differ("dates", "missed", gold, wanted[i]["start"], wanted[i]["end"], _show(wanted[i]), "")
    for j in sorted(set(range(len(found))) - {j for _, j in pairs}):
        scored.differ("dates", "spurious", gold, found[j]["start"], found[j]["end"], "", _show(found[j]))


def _show(date: Any) -> str:
    mod = f" {date['mod']}" if date.get("mod") else ""
    return f"{date['type']} {date['value']}{mod}"
