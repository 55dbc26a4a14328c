"""Calendar values: a stretch of the calendar with its granularity, and arithmetic that never invents a part.

"April 2018" is the month 2018-04 and not a day in it; two months before it is 2018-02. Weeks are ISO weeks, seasons
are the meteorological ones of the north (winter 2018 begins in December 2018), as TimeML's TIMEX3 writes them.

>>> Point.month(2018, 4).shift(-2).timex3()
'2018-02'
>>> Point.day(2018, 4, 18).within("week").interval()
('2018-04-16', '2018-04-22')
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

Unit = Literal["day", "weekend", "week", "month", "season", "quarter", "half", "year", "decade", "century"]

LENGTH_CODES = {
    "second": "T{}S", "minute": "T{}M", "hour": "T{}H", "day": "{}D", "weekend": "{}WE", "week": "{}W", "month": "{}M",
    "season": "{}SE", "quarter": "{}Q", "half": "{}H", "year": "{}Y", "decade": "{}DE", "century": "{}C",
}  # fmt: skip
"""How TIMEX3 writes a length: PT5H, P3M, P1DE."""

_MONTHS_IN = {"month": 1, "season": 3, "quarter": 3, "half": 6, "year": 12, "decade": 120, "century": 1200}
_SEASONS = ("SP", "SU", "FA", "WI")
_FIRST_SEASON_MONTH = 2  # March, counted from 0: spring opens the year of seasons


@dataclass(frozen=True, slots=True)
class Point:
    """One day, week, month, ... of the calendar: `index` counts units of that kind from the start of the calendar."""

    unit: Unit
    index: int

    @staticmethod
    def day(year: int, month: int, day: int) -> Point:
        """A day. Raises ValueError for one that the calendar does not have (30 February)."""
        return Point("day", dt.date(year, month, day).toordinal())

    @staticmethod
    def week(year: int, week: int) -> Point:
        """An ISO week; ValueError for a 53rd week that the year does not have."""
        return Point("week", dt.date.fromisocalendar(year, week, 1).toordinal() // 7)

    @staticmethod
    def month(year: int, month: int) -> Point:
        """A month."""
        return Point("month", year * 12 + month - 1)

    @staticmethod
    def part(unit: Unit, year: int, number: int) -> Point:
        """The n-th quarter, half or season of a year, counted from 1 (season 1 is spring)."""
        return Point(unit, year * (12 // _MONTHS_IN[unit]) + number - 1)

    @staticmethod
    def year(year: int) -> Point:
        """A year."""
        return Point("year", year)

    @staticmethod
    def parse(written: str) -> Point:
        """Read YYYY, YYYY-MM or YYYY-MM-DD. Raises ValueError for anything else."""
        parts = [int(part) for part in written.split("-")]
        if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", written) or (len(parts) == 2 and not 1 <= parts[1] <= 12):
            raise ValueError(f"{written!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
        if len(parts) == 3:
            return Point.day(*parts)
        return Point.month(*parts) if len(parts) == 2 else Point.year(*parts)

    def shift(self, n: int) -> Point:
        """The point `n` units later: the month 2018-04 shifted by -2 is 2018-02."""
        return Point(self.unit, self.index + n)

    def first(self) -> dt.date:
        """The first day. Raises ValueError or OverflowError outside the years 1 to 9999."""
        if self.unit == "day":
            return dt.date.fromordinal(self.index)
        if self.unit == "week":
            return dt.date.fromordinal(self.index * 7 + 1)
        if self.unit == "weekend":
            return dt.date.fromordinal(self.index * 7 + 6)
        months = self.index * _MONTHS_IN[self.unit] + (_FIRST_SEASON_MONTH if self.unit == "season" else 0)
        if months == 0 and self.unit in ("decade", "century"):
            return dt.date.min  # the first ones begin in the year 1: there is no year 0
        return dt.date(months // 12, months % 12 + 1, 1)

    def last(self) -> dt.date:
        """The last day, see `first`."""
        if self.unit == "weekend":
            return dt.date.fromordinal(self.index * 7 + 7)
        return dt.date.fromordinal(self.shift(1).first().toordinal() - 1)

    def interval(self) -> tuple[str, str]:
        """First and last day in ISO form."""
        return self.first().isoformat(), self.last().isoformat()

    def within(self, unit: Unit) -> Point:
        """The unit that holds this point's first day: the week of a day, the decade of a month."""
        day = self.first()
        if unit == "day":
            return Point("day", day.toordinal())
        if unit in ("week", "weekend"):
            return Point(unit, (day.toordinal() - 1) // 7)
        months = day.year * 12 + day.month - 1 - (_FIRST_SEASON_MONTH if unit == "season" else 0)
        return Point(unit, months // _MONTHS_IN[unit])

    def knows(self, unit: Unit) -> bool:
        """Whether the point lies wholly inside one such unit: a month knows its year and not its week."""
        return self.within(unit) == Point("day", self.last().toordinal()).within(unit)

    def timex3(self) -> str:
        """The TIMEX3 value: 2018-04-18, 2018-W16, 2018-W16-WE, 2018-04, 2018-Q2, 2018-H1, 2018-SU, 2018, 201, 20."""
        day = self.first()
        if self.unit == "day":
            return day.isoformat()
        if self.unit in ("week", "weekend"):
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}" + ("-WE" if self.unit == "weekend" else "")
        if self.unit == "month":
            return f"{day.year:04}-{day.month:02}"
        if self.unit == "season":
            return f"{day.year:04}-{_SEASONS[self.index % 4]}"
        if self.unit in ("quarter", "half"):
            return f"{day.year:04}-{self.unit[0].upper()}{self.index % (12 // _MONTHS_IN[self.unit]) + 1}"
        width = {"year": 4, "decade": 3, "century": 2}[self.unit]
        return f"{self.index:0{width}}"


def length(number: str, unit: str) -> str:
    """A TIMEX3 length from a number and a unit: ("3", "month") is P3M, ("X", "day") is PXD, ("24", "hour") is PT24H."""
    return "P" + LENGTH_CODES[unit].format(number)
