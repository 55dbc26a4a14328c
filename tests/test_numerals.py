"""The number grammar: values and exact offsets, on the characters alone."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline import rulebook
from pipeline.numerals import Grammar
from pipeline.quantities import RULES


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar(rulebook.load("quantities", RULES)["numerals"])


def read(grammar: Grammar, text: str) -> list[tuple[str, Fraction | None, str]]:
    return [(text[n.start : n.end], n.value, n.form) for n in grammar.find(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1250000", 1_250_000),
        ("1,250,000", 1_250_000),
        ("1 074.3", Fraction("1074.3")),
        ("42\u202f000", 42_000),
        ("1'000'000", 1_000_000),
        ("12.345.678", 12_345_678),
        ("5,00,000", 500_000),
        (".5", Fraction(1, 2)),
        ("7 3/4", Fraction(31, 4)),
        ("7½", Fraction(15, 2)),
        ("1/2", Fraction(1, 2)),
        ("1.2 million", 1_200_000),
        ("4.5bn", 4_500_000_000),
        ("30k", 30_000),
        ("40+ trillion", 40_000_000_000_000),
        ("25 lakh", 2_500_000),
        ("4 hundred million", 400_000_000),
        ("ninety-five", 95),
        ("ninety five", 95),
        ("a hundred and twenty", 120),
        ("twenty-eight thousand six hundred forty-two", 28_642),
        ("one hundred and five million two hundred thousand and one", 105_200_001),
        ("a million", 1_000_000),
        ("half a million", 500_000),
        ("a quarter million", 250_000),
        ("three quarters of a million", 750_000),
        ("two and a half million", 2_500_000),
        ("two dozen", 24),
        ("half a dozen", 6),
    ],
)
def test_one_number_with_its_value(grammar: Grammar, text: str, value: Fraction | int) -> None:
    assert read(grammar, text) == [(text, value, "cardinal")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("two-thirds", Fraction(2, 3)),
        ("one third", Fraction(1, 3)),
        ("a quarter", Fraction(1, 4)),
        ("half", Fraction(1, 2)),
        ("one in five", Fraction(1, 5)),
        ("1 in every 10", Fraction(1, 10)),
        ("3 out of 4", Fraction(3, 4)),
    ],
)
def test_a_ratio(grammar: Grammar, text: str, value: Fraction) -> None:
    assert read(grammar, text) == [(text, value, "ratio")]


@pytest.mark.parametrize("text", ["dozens", "hundreds of thousands", "tens of millions", "several hundred"])
def test_a_vague_plural_has_no_value(grammar: Grammar, text: str) -> None:
    assert read(grammar, text) == [(text, None, "vague")]


@pytest.mark.parametrize(("text", "value"), [("11th", 11), ("sixth", 6)])
def test_an_ordinal(grammar: Grammar, text: str, value: int) -> None:
    assert read(grammar, text) == [(text, value, "ordinal")]


@pytest.mark.parametrize("text", ["a hundredfold", "the millionaire", "a tense, tentative onetime score", "", "bn m k"])
def test_no_number(grammar: Grammar, text: str) -> None:
    assert read(grammar, text) == []


def test_the_letters_of_a_scale_can_be_taken_back(grammar: Grammar) -> None:
    (numeral,) = grammar.find("50m")
    assert numeral.value == 50_000_000
    bare = numeral.without_suffix()
    assert (bare.value, bare.end, bare.scale) == (50, 2, 1)


def test_both_ends_of_a_range_stay_apart(grammar: Grammar) -> None:
    assert [n.value for n in grammar.find("between 40 and 50m, or 5-6 thousand")] == [40, 50_000_000, 5, 6000]


@pytest.mark.parametrize(
    "unit", ["1", "1,", "1,000,", "1 000 ", "hundred ", "twenty-", "one in ", "half a ", "1/", "bn"]
)
def test_each_character_is_read_once(grammar: Grammar, unit: str) -> None:
    assert len(grammar.find(unit * 20_000)) <= 20_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one-in-five", [("one-in-five", Fraction(1, 5), "ratio")]),
        ("hundreds upon hundreds", [("hundreds upon hundreds", None, "vague")]),
        ("a \u2153 cup", [("\u2153", Fraction(1, 3), "cardinal")]),
        ("tenors, tone and alone", []),
        ("the tenor sang ten songs to Seven sons", [("ten", 10, "cardinal"), ("Seven", 7, "cardinal")]),
        ("we\nsaw two, and\u00a03 m", [("two", 2, "cardinal"), ("3 m", 3_000_000, "cardinal")]),
    ],
)
def test_words_that_are_no_numbers_are_passed_over(
    grammar: Grammar, text: str, found: list[tuple[str, Fraction | None, str]]
) -> None:
    assert read(grammar, text) == found
