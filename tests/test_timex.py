"""Calendar values: arithmetic by granularity, intervals, TIMEX3 spelling."""

import pytest

from pipeline.timex import Point, length


@pytest.mark.parametrize(
    ("point", "value", "first", "last"),
    [
        (Point.day(2016, 2, 29), "2016-02-29", "2016-02-29", "2016-02-29"),
        (Point.week(2018, 16), "2018-W16", "2018-04-16", "2018-04-22"),
        (Point.week(2020, 53), "2020-W53", "2020-12-28", "2021-01-03"),
        (Point.day(2018, 4, 18).within("weekend"), "2018-W16-WE", "2018-04-21", "2018-04-22"),
        (Point.month(2018, 2), "2018-02", "2018-02-01", "2018-02-28"),
        (Point.part("quarter", 2018, 2), "2018-Q2", "2018-04-01", "2018-06-30"),
        (Point.part("half", 2018, 2), "2018-H2", "2018-07-01", "2018-12-31"),
        (Point.part("season", 2018, 4), "2018-WI", "2018-12-01", "2019-02-28"),
        (Point.year(2018), "2018", "2018-01-01", "2018-12-31"),
        (Point("decade", 201), "201", "2010-01-01", "2019-12-31"),
        (Point("century", 20), "20", "2000-01-01", "2099-12-31"),
    ],
)
def test_a_point_knows_its_value_and_its_days(point: Point, value: str, first: str, last: str) -> None:
    assert point.timex3() == value
    assert point.interval() == (first, last)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        (Point.day(2018, 12, 31), 1, "2019-01-01"),
        (Point.month(2018, 1), -1, "2017-12"),
        (Point.part("quarter", 2018, 1), -1, "2017-Q4"),
        (Point.part("season", 2018, 1), -1, "2017-WI"),
        (Point.week(2018, 1), -1, "2017-W52"),
    ],
)
def test_a_shift_counts_in_the_points_own_unit(start: Point, n: int, end: str) -> None:
    assert start.shift(n).timex3() == end


def test_january_lies_in_the_winter_that_began_the_year_before() -> None:
    assert Point.day(2018, 1, 15).within("season").timex3() == "2017-WI"


@pytest.mark.parametrize(
    ("point", "unit", "known"),
    [
        (Point.day(2018, 4, 18), "week", True),
        (Point.month(2018, 4), "quarter", True),
        (Point.month(2018, 4), "week", False),
        (Point.year(2018), "month", False),
    ],
)
def test_a_coarse_point_does_not_know_what_is_finer(point: Point, unit: str, known: bool) -> None:
    assert point.knows(unit) is known  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["2018-13", "2018-02-30", "18-04", "2018-4", "", "2018-04-18T10:00"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        Point.parse(written)


@pytest.mark.parametrize(
    ("number", "unit", "value"),
    [("3", "month", "P3M"), ("X", "day", "PXD"), ("24", "hour", "PT24H"), ("1", "decade", "P1DE")],
)
def test_lengths_are_spelt_as_timex3_spells_them(number: str, unit: str, value: str) -> None:
    assert length(number, unit) == value
