"""From the fields of a phrase to its value: the one place where anchors, direction and the calendar meet.

Anchor order: what the phrase says itself, then the previous date of the text where the words point back ("that
year", "two days later"), then the document's own date. What cannot be known is written with X and has no days:
"Wednesday" in a text without a date is `XXXX-WXX-3`, never a day of this week.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from pipeline.date_grammar import Fields, Value, explicit_point
from pipeline.records import DateType, Mod
from pipeline.timex import Point, Unit, length

_OPEN = {
    "day": "XXXX-XX-XX", "weekend": "XXXX-WXX-WE", "week": "XXXX-WXX", "month": "XXXX-XX", "season": "XXXX-XX",
    "quarter": "XXXX-QX", "half": "XXXX-HX", "year": "XXXX", "decade": "XXX", "century": "XX",
}  # fmt: skip
_FRIDAY = 5
_ROUND = 1000
"""From here on a number of units is round: "2,000 years ago" is no year."""
_SEASONS = ("SP", "SU", "FA", "WI")
_OF_DAY = ("hour", "minute", "second")
_AGAINST_DIRECTION = 12
"""How much further away a day counts that lies on the other side than tense and cues surely say."""
_LONGEST_SHORT_RANGE = 11
"""2014-20 is a range of years; 2014-12 a month, and 2014-98 some number."""
_LEANING = -0.025
"""Texts report more than they announce: the direction where neither tense nor cue says one."""


@dataclass(frozen=True, slots=True)
class Base:
    """What an expression is resolved against: the document's date, the previous date of the text, the quarter or half
    that it reports on, the direction (from -1 surely past to +1 surely ahead) that tense and cues give, and whether
    the previous date stands in the same sentence.
    """

    published: Point | None
    previous: Point | None = None
    period: Point | None = None
    direction: float = 0
    same_sentence: bool = False

    def after(self, resolved: Resolved, reading: str) -> Base:
        """The base for what follows a date of the text. The period reported on is the last one that has ended: figures
        are compared with earlier ones, and an outlook names later ones.
        """
        point = resolved.last or resolved.point
        if point is None:
            return self
        period = self.period
        if reading == "point" and point.unit in ("quarter", "half"):
            published = self.published
            ended = published is None or published.unit != "day" or point.last() < published.first()
            if ended and (period is None or point.first() >= period.first()):
                period = point
        return replace(self, previous=point, period=period)

    def anchor(self, fields: Fields) -> Point | None:
        """What the phrase counts from, as its rule says: the publication unless it points back into the text."""
        return {"text": self.previous, "period": self.period}.get(str(fields.get("anchor")), self.published)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The value of an expression. `point` is its stretch of the calendar, `last` the end of a range."""

    type: DateType
    value: str
    point: Point | None = None
    last: Point | None = None
    mod: Mod | None = None
    by_direction: bool = False
    """Whether tense and cues took part in choosing the point."""

    def interval(self) -> tuple[str | None, str | None]:
        """First and last day that the value covers, or two Nones."""
        if self.point is None:
            return None, None
        return self.point.first().isoformat(), (self.last or self.point).last().isoformat()


def resolve(reading: str, fields: Fields, base: Base) -> Resolved | None:
    """The value of a phrase, or None where the calendar has no such thing (30 February).

    >>> resolve("relative", {"unit": "month", "n": -1}, Base(Point.month(2018, 4))).value
    '2018-03'
    """
    try:
        resolved = _READINGS[reading](fields, base)
        if resolved is not None:
            resolved.interval()  # an error where it leaves the calendar: "9,000 years ago"
        return resolved
    except (ValueError, OverflowError):
        return None


def _point(fields: Fields, base: Base) -> Resolved | None:
    if "fiscal" in fields:
        return Resolved("DATE", _fiscal(fields))
    fields = _dated(fields, base)
    if "day_offset" in fields:
        return _relative({**fields, "unit": "day", "n": fields["day_offset"]}, base)
    point = _complete(fields, base)
    if isinstance(point, str):
        return _timed(fields, Resolved("DATE", point))
    if point is None:
        return None
    if "within" in fields:
        point = point.within(_unit(fields["within"]))
    chosen = not fields.keys() & {"year", "which", "decade", "century"}
    mod: Mod | None = fields.get("mod")  # type: ignore[assignment]
    return _timed(fields, Resolved("DATE", point.timex3(), point, mod=mod, by_direction=chosen))


def _dated(fields: Fields, base: Base) -> Fields:
    """Fields with their year or week filled in where the phrase says it by its distance: "March of last year"."""
    if "which_year" in fields:
        year = _step(base.published, "year", _int(fields["which_year"]))
        return {**fields, "year": year.index if year else "XXXX"}
    if "numeric" in fields:
        return _numeric(str(fields["numeric"]))
    if "named" in fields:
        month, day = str(fields["named"]).split("-")
        return {**fields, "month": int(month), "day": int(day)}
    if "hour" in fields and not fields.keys() & {"year", "month", "day", "weekday", "day_offset"}:
        if base.same_sentence and base.previous is not None and base.previous.unit == "day":
            named = base.previous.first()  # "on 13 August from 10:00 a.m. to 11:30 a.m."
            return {**fields, "year": named.year, "month": named.month, "day": named.day}
        return {**fields, "day_offset": 0}
    return fields


def _complete(fields: Fields, base: Base) -> Point | str | None:
    """The point that the fields name, a value with X where its year cannot be known, None where there is none."""
    year = fields.get("year")
    for key in ("short_decade", "decade_word"):
        if key in fields:
            return Point("decade", 190 + _int(fields[key]))
    if "decade" in fields:
        return Point("decade", _int(fields["decade"]))
    if "century" in fields:
        return Point("century", _int(fields["century"]) - 1)
    for unit in ("quarter", "half", "season"):
        if unit in fields:
            return _numbered(_unit(unit), _int(fields[unit]), year, fields, base)
    if "month" in fields:
        if isinstance(year, int):
            return explicit_point(fields)
        return _yearless(fields, base)
    if "weekday" in fields:
        return _weekday(_int(fields["weekday"]), fields, base)
    return Point.year(year) if isinstance(year, int) else None


def _numbered(unit: Unit, number: int, year: Value | None, fields: Fields, base: Base) -> Point | str | None:
    """The n-th quarter, half or season of a year that is said or the nearest."""
    in_year = {"quarter": 4, "half": 2, "season": 4}[unit]
    if not 1 <= number <= in_year:
        return None
    name = _SEASONS[number - 1] if unit == "season" else f"{unit[0].upper()}{number}"
    if isinstance(year, int):
        return Point.part(unit, year, number)
    now = _step(base.published, unit, 0)
    if now is None or base.published is None:
        return f"XXXX-{name}"
    return _nearest(now, base.published.last().year, number - 1, in_year, fields, base)


def _yearless(fields: Fields, base: Base) -> Point | str | None:
    """A month, or a day of a month, whose year is not said: the nearest one, on the side that the words give."""
    month, day = _int(fields["month"]), fields.get("day")
    if "nth" in fields:
        return _nth_weekday(fields, base)
    if isinstance(day, int):
        open_ = f"XXXX-{month:02}-{day:02}"
        Point.day(2000, month, day)  # an error for 30 February
        now = base.published
        if now is None or now.unit == "year":
            return open_
        years = [
            y for y in range(now.first().year - 4, now.first().year + 5) if _has(y, month, day, fields.get("weekday"))
        ]
        days = [Point.day(y, month, day) for y in years]
        if not days:
            return None
        which = fields.get("which")
        if isinstance(which, int) and which and now.unit == "day":
            days = [point for point in days if (point.index - now.index) * which > 0]
        middle = (now.first().toordinal() + now.last().toordinal()) // 2
        return min(days, key=lambda point: _cost(point.index - middle, base.direction))
    now = _step(base.published, "month", 0)
    return f"XXXX-{month:02}" if now is None else _nearest(now, now.first().year, month - 1, 12, fields, base)


def _nth_weekday(fields: Fields, base: Base) -> Point | str:
    """The fourth Thursday of November nearest to the document's date."""
    if base.published is None or base.published.unit == "year":
        return f"XXXX-{_int(fields['month']):02}-XX"
    now, days = base.published.first(), []
    for year in range(now.year - 1, now.year + 2):
        first = dt.date(year, _int(fields["month"]), 1)
        ahead = (_int(fields["weekday"]) - first.isoweekday()) % 7 + 7 * (_int(fields["nth"]) - 1)
        days.append(Point("day", first.toordinal() + ahead))
    which = fields.get("which")
    if isinstance(which, int) and which:
        days = [point for point in days if (point.index - now.toordinal()) * which > 0]
    return min(days, key=lambda point: _cost(point.index - now.toordinal(), base.direction))


def _has(year: int, month: int, day: int, weekday: Value | None) -> bool:
    try:
        return weekday in (None, Point.day(year, month, day).first().isoweekday())
    except ValueError:
        return False


def _nearest(now: Point, year: int, place: int, cycle: int, fields: Fields, base: Base) -> Point:
    """The point at `place` of its cycle (the 3rd month of 12) that the words choose: this, last, next, the nearest."""
    ahead = (place - now.index) % cycle
    which = fields.get("which")
    if which == 0 and not (now.unit == "season" and place == cycle - 1):
        # "this summer", said in winter, is the next one: a winter belongs to the year in which it began.
        return Point(now.unit, year * cycle + place)
    if which == -1:
        return now.shift((ahead or cycle) - cycle)
    if which == 1:
        return now.shift(ahead or cycle)
    side = 0 if which == 0 else base.direction
    if now.unit in ("quarter", "half"):
        side = min(side, 0)  # "expects to report a third-quarter loss": figures come after their quarter
    return now.shift(min((ahead - cycle, ahead), key=lambda n: _cost(n, side)))


def _cost(distance: int, direction: float) -> float:
    """How unlikely a distance is: more so against the direction, and a little more so ahead where nothing says so."""
    against = -min(distance * (direction or _LEANING), 0)
    return abs(distance) + against * _AGAINST_DIRECTION


def _weekday(weekday: int, fields: Fields, base: Base) -> Point | str | None:
    """A bare weekday: the publication day or the last one before, unless the words say ahead."""
    now = base.published
    if now is None or now.unit != "day":
        return f"XXXX-WXX-{weekday}"
    back = (now.first().isoweekday() - weekday) % 7
    if "which_week" in fields:
        return Point("day", now.within("week").shift(_int(fields["which_week"])).first().toordinal() + weekday - 1)
    which = fields.get("which", 0 if base.direction <= 0 or not back else 1)
    if which == 0 and "which" in fields:
        return Point("day", now.within("week").first().toordinal() + weekday - 1)
    if which == -1:
        return now.shift(-(back or 7))
    if which == 1:
        return now.shift(7 - back)
    return now.shift(-back)


def _relative(fields: Fields, base: Base) -> Resolved | None:
    unit = _unit(fields["unit"])
    anchor = base.anchor(fields)
    n = _int(fields["n"])
    if "nearest" in fields and anchor is not None:
        now = anchor.unit == "day" and anchor.first().isoweekday() > _FRIDAY
        n = 0 if now or base.direction > 0 else -1
    named = n in (-1, 0) and fields.keys().isdisjoint({"sign", "anchor"})
    if unit == "week" and named and anchor is not None and _is_sunday(anchor):
        # On a Sunday "later this week" is the one that begins, "last week" and "they met this week" the one that ends.
        n += n == -1 or base.direction > -1
    point = _step(anchor, unit, n)
    mod: Mod | None = fields.get("mod")  # type: ignore[assignment]
    if point is None:
        return _timed(fields, Resolved("DATE", _OPEN[unit], mod=mod))
    return _timed(fields, Resolved("DATE", point.timex3(), point, mod=mod))


def _distance(fields: Fields, base: Base) -> Resolved | None:
    n, unit, sign = fields["n"], str(fields["unit"]), _int(fields["sign"])
    if unit in _OF_DAY:
        return Resolved("TIME", f"{_OPEN['day']}TXX:XX")
    if not isinstance(n, int) or n >= _ROUND:
        from_now = "PAST_REF" if sign < 0 else "FUTURE_REF"
        return Resolved("DATE", from_now if "anchor" not in fields else _OPEN[_unit(fields["unit"])])
    if unit in ("decade", "century"):
        # "a decade ago" is a year ten years back, not the decade before this one.
        unit, n = "year", n * (10 if unit == "decade" else 100)
    if unit == "year" and n == 1 and base.period is not None and "base" not in fields:
        # "net income in the third quarter rose from a year earlier": from the same quarter of that year.
        return _period({"n": sign}, base)
    anchor = base.anchor(fields)
    if "base" in fields:
        point = _from_day(_step(anchor, "day", _int(fields["base"])), unit, n * sign)
        return Resolved("DATE", point.timex3() if point else _OPEN["day"], point)
    return _relative({**fields, "unit": unit, "n": n * sign}, base)


def _from_day(day: Point | None, unit: str, n: int) -> Point | None:
    """The very day that lies n units from another: "six months ago today"."""
    if day is None or unit in ("day", "week"):
        return day and day.shift(n * (7 if unit == "week" else 1))
    month = day.within("month").shift(n * (12 if unit == "year" else 1)).first()
    return Point.day(month.year, month.month, day.first().day)


def _period(fields: Fields, base: Base) -> Resolved | None:
    """The quarter or half that the text reports on, in its own or another year ("the same period last year"); the year
    alone where the text has named none.
    """
    year = fields.get("year")
    if base.period is None:
        if "year" not in fields and "n" not in fields:
            return None  # "the latest period of unrest"
        point = _step(base.published, "year", _int(fields.get("n", 0))) if year is None else Point.year(_int(year))
        return Resolved("DATE", point.timex3() if point else _OPEN["year"], point)
    own = base.period.first().year
    years = _int(fields.get("n", 0)) if year is None else _int(year) - own
    point = base.period.shift(years * {"quarter": 4, "half": 2}[base.period.unit])
    return Resolved("DATE", point.timex3(), point)


def _range(fields: Fields, base: Base) -> Resolved | None:
    """Two ends: what one does not say it shares with the other ("8-9 July 2016")."""
    start = {key: value for key, value in fields.items() if not key.startswith("to_")}
    end = {key.removeprefix("to_"): value for key, value in fields.items() if key.startswith("to_")}
    if "short_year" in end:
        end = {"year": _int(start["year"]) // 100 * 100 + _int(end["short_year"])}
        if _int(end["year"]) - _int(start["year"]) not in range(1, _LONGEST_SHORT_RANGE):
            return None
    shared: Fields = {key: fields[key] for key in ("year", "month") if key in fields and f"to_{key}" not in fields}
    end = {**shared, **end}
    for key in ("year", "month"):
        if key in end:
            start.setdefault(key, end[key])
    if "year" in shared and _int(start.get("month", 0)) > _int(end.get("month", 12)):
        start["year"] = _int(start["year"]) - 1  # "30 December to 2 January 2019"
    ends = [_point(part, base) for part in (start, end)]
    if ends[0] is None or ends[1] is None:
        return None
    first, last = ends[0], ends[1]
    if first.point is None or last.point is None:
        return Resolved("DATE", f"{first.value}/{last.value}")
    until = last.point
    if "weekday" in end and "day" not in end:
        until = first.point.shift((until.index - first.point.index) % 7)  # "Monday to Friday", said on a Wednesday
    if first.point.first() >= until.first():
        return None
    return Resolved("DATE", f"{first.point.timex3()}/{until.timex3()}", first.point, until)


def _length(fields: Fields, base: Base) -> Resolved | None:
    ends = [_amount(fields[key], str(fields["unit"])) for key in ("n", "to_n") if key in fields]
    return Resolved("DURATION", "/".join(ends))


def _set(fields: Fields, base: Base) -> Resolved | None:
    if "weekday" in fields:
        return Resolved("SET", f"XXXX-WXX-{fields['weekday']}")
    if "month" in fields:
        return Resolved("SET", f"XXXX-{_int(fields['month']):02}")
    if "season" in fields:
        return Resolved("SET", f"XXXX-{_SEASONS[_int(fields['season']) - 1]}")
    return Resolved("SET", _amount(fields["n"], str(fields["unit"])))


def _vague(fields: Fields, base: Base) -> Resolved | None:
    return Resolved("DATE", str(fields["value"]))


_READINGS = {
    "point": _point, "range": _range, "relative": _relative, "distance": _distance, "length": _length, "set": _set,
    "vague": _vague, "period": _period,
}  # fmt: skip


def _amount(n: Value, unit: str) -> str:
    """A TIMEX3 length; a broken hour or decade is written in the unit below: PT5H30M, P25Y."""
    if unit == "weekend":
        return f"P{_int(n) * 2 if n != 'X' else n}D"
    if isinstance(n, str) and n != "X":
        whole, half = n.split(".")
        if half == "5" and unit in ("hour", "decade"):
            return f"PT{whole}H30M".replace("T0H", "T") if unit == "hour" else f"P{int(whole) * 10 + 5}Y"
    return length(str(n), unit)


def _timed(fields: Fields, resolved: Resolved | None) -> Resolved | None:
    """The value with the part of the day or the clock time that the phrase adds."""
    if resolved is None:
        return None
    if "part" in fields:
        return replace(resolved, type="TIME", value=f"{resolved.value}T{fields['part']}")
    if "hour" not in fields:
        return resolved
    hour, minute = _int(fields["hour"]), _int(fields.get("minute", 0))
    if "ampm" in fields:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + _int(fields["ampm"])
    if minute > 59:
        return None
    return replace(resolved, type="TIME", value=f"{resolved.value}T{hour:02}:{minute:02}")


def _fiscal(fields: Fields) -> str:
    # "fiscal year 2018-19" is known by the year in which it ends.
    year = _int(fields.get("to_short_year", fields["fiscal"]))
    return f"FY{year + 2000 if year < 100 else year}"


def _numeric(written: str) -> Fields:
    """The fields of 23/05/2016, by dateparser; none where day and month could change places."""
    from dateparser.date import DateDataParser

    numbers = [int(n) for n in re.split(r"[/.]", written)]
    low, high = sorted(numbers[:2]) if numbers[2] > 31 else (1, 32)
    if high <= 12 and low != high:
        return {}
    settings = {
        "DATE_ORDER": "YMD" if numbers[0] > 31 else "DMY" if numbers[0] > 12 else "MDY",
        "RELATIVE_BASE": dt.datetime(2000, 1, 1),
        "PREFER_DATES_FROM": "current_period",
    }
    parser = DateDataParser(languages=["en"], settings=settings)
    data = parser.get_date_data(written)
    if data.date_obj is None or data.period != "day":
        return {}
    return {"year": data.date_obj.year, "month": data.date_obj.month, "day": data.date_obj.day}


def _step(anchor: Point | None, unit: Unit, n: int) -> Point | None:
    """The unit that holds the anchor, moved by n; None where the anchor is too coarse to know it."""
    return anchor.within(unit).shift(n) if anchor is not None and anchor.knows(unit) else None


def _is_sunday(point: Point) -> bool:
    return point.unit == "day" and point.first().isoweekday() == 7


def _unit(value: Value) -> Unit:
    return value  # type: ignore[return-value]


def _int(value: Value) -> int:
    return int(value)
