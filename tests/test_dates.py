"""The dates layer on a blank pipeline: what needs no parse. The rules' own examples run in test_rules."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import spacy
from spacy.tokens import Doc

from pipeline import dates, layers, records, rulebook
from pipeline.date_grammar import RULES, Grammar, Phrase, read_date
from pipeline.errors import UsageError

Find = Callable[..., list[records.Date]]


@pytest.fixture(scope="module")
def component() -> dates.Dates:
    return dates.make(spacy.blank("en"), "communique_dates", None)


@pytest.fixture
def find(component: dates.Dates) -> Find:
    nlp = spacy.blank("en")

    def found(text: str, published: str | None = None) -> list[records.Date]:
        doc = nlp.make_doc(text)
        doc._.communique_published = published
        return component.find(doc)

    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("13 May 2015", "2015-05-13"),
        ("May 13, 2015", "2015-05-13"),
        ("Wednesday, 13 May 2015", "2015-05-13"),
        ("the 3rd of May 2017", "2017-05-03"),
        ("13 MAY 2015", "2015-05-13"),
        (" 2015-05-13 ", "2015-05-13"),
        ("Sept. 3, 2020", "2020-09-03"),
        ("April 2018", "2018-04"),
        ("2018", "2018"),
        ("Monday, 13 May 2015", None),  # it was a Wednesday
        ("13/05/2015", None),
        ("30 February 2015", None),
        ("May", None),
        ("8-9 July 2016", None),
        ("we", None),
        ("", None),
        ("9" * 10_000, None),
    ],
)
def test_read_date_reads_one_explicit_date_and_nothing_else(text: str, value: str | None) -> None:
    assert read_date(text) == value


def test_read_date_does_not_load_spacy() -> None:
    code = (
        "import sys; from pipeline.date_grammar import read_date;"
        "read_date('13 May 2015'); sys.exit('spacy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("words", "none", "year", "month", "day"),
    [
        ("Wednesday", "XXXX-WXX-3", "XXXX-WXX-3", "XXXX-WXX-3", "2018-04-18"),
        ("8 November", "XXXX-11-08", "XXXX-11-08", "2017-11-08", "2017-11-08"),
        ("last month", "XXXX-XX", "XXXX-XX", "2018-03", "2018-03"),
        ("last year", "XXXX", "2017", "2017", "2017"),
        ("last week", "XXXX-WXX", "XXXX-WXX", "XXXX-WXX", "2018-W15"),
        ("this summer", "XXXX-SU", "XXXX-SU", "2018-SU", "2018-SU"),
        ("today", "XXXX-XX-XX", "XXXX-XX-XX", "XXXX-XX-XX", "2018-04-18"),
        ("two weeks ago", "XXXX-WXX", "XXXX-WXX", "XXXX-WXX", "2018-W14"),
        ("tomorrow morning", "XXXX-XX-XXTMO", "XXXX-XX-XXTMO", "XXXX-XX-XXTMO", "2018-04-19TMO"),
    ],
)
def test_nothing_is_resolved_beyond_what_the_document_date_says(
    find: Find, words: str, none: str, year: str, month: str, day: str
) -> None:
    published = {None: none, "2018": year, "2018-04": month, "2018-04-18": day}
    for date, value in published.items():
        [found] = find(f"They met {words}.", date)
        assert (found.text, found.value) == (words, value)
        assert (found.earliest is None) == (found.latest is None) == ("X" in value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("It opened six months ago today and closes two weeks from tomorrow.", ["2017-10-18", "2018-05-03"]),
        ("It is on 13 August 2018, from 10 a.m. to noon.", ["2018-08-13", "2018-08-13T10:00", "2018-08-13T12:00"]),
        ("They met on 13 August 2017. Doors open at 10 a.m.", ["2017-08-13", "2018-04-18T10:00"]),
        ("The first quarter beat the same period last year.", ["2018-Q1", "2017-Q1"]),
        (
            "The first quarter was good, the fourth quarter of 2018 will be. In the quarter it grew.",
            ["2018-Q1", "2018-Q4", "2018-Q1"],
        ),
        (
            "For the quarter ended 30 June 2017 and the year ended 31 July 2017.",
            ["2017-Q2", "2017-06-30", "P1Y", "2017-07-31"],
        ),
        ("It fled 2,000 years ago.", ["PAST_REF"]),
    ],
)
def test_what_the_text_has_said_before_is_the_anchor(find: Find, text: str, values: list[str]) -> None:
    assert [date.value for date in find(text, "2018-04-18")] == values


def test_on_a_sunday_the_last_week_is_the_one_that_ends(find: Find) -> None:
    assert [date.value for date in find("They met last week and meet next week.", "2018-04-22")] == [
        "2018-W16",
        "2018-W17",
    ]


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("They will finish no later than 31 December 2020.", "by"),
        ("They grew in the course of 2018.", "during"),
        ("It applies starting in January 2019.", "from"),
        ("It is paid through June 2019.", "until"),
        ("They will finish by the end of 2025.", "by"),
        ("The treaty of 1949 holds.", None),
    ],
)
def test_the_words_before_a_date_are_its_relation(find: Find, text: str, relation: str | None) -> None:
    assert [date.relation for date in find(text)] == [relation]


def test_the_end_of_a_year_is_its_last_day_but_late_in_it_is_the_year(find: Find) -> None:
    end, late = find("Until the end of 2020, or in late 2020.")
    assert (end.earliest, end.latest, end.mod) == ("2020-12-31", "2020-12-31", "END")
    assert (late.earliest, late.latest, late.mod) == ("2020-01-01", "2020-12-31", "END")


@pytest.mark.parametrize(
    "text",
    [
        "We may agree that they march in the sun for a second.",
        "The 18-year-old met her 45-day-old niece.",
        "The project created 2500 jobs for 300 people under Resolution 1325 and ISO 9001.",
        "See 12/13/14, v1.2.3, (2015)084 and 555-2015-99.",
        "Call +44 20 7946 0958 or visit https://example.org/2026/05/13/news.",
        "The 45th of May and the 32nd of December.",
        "9" * 10_000,
        "",
        "\n \n\n",
    ],
)
def test_what_is_no_time_is_left_alone(find: Find, text: str) -> None:
    assert find(text) == []


def test_an_impossible_day_is_a_warning_and_no_mention(component: dates.Dates) -> None:
    doc = component(spacy.blank("en").make_doc("They met on 30 February 2016 and on 30 February 2016."))
    assert layers.get(doc, "dates") == []
    assert [warning.code for warning in doc._.communique_warnings] == ["impossible_date"]


def test_no_expression_crosses_a_segment(component: dates.Dates) -> None:
    doc: Doc = spacy.blank("en").make_doc("Events in May\n2015 people came.")
    doc._.communique_segments = [
        records.Segment(id="g1", start=0, end=13, kind="heading"),
        records.Segment(id="g2", start=14, end=len(doc.text), kind="paragraph"),
    ]
    assert [date.text for date in component.find(doc)] == ["May"]


def test_every_mention_is_its_words_and_names_its_rules(find: Find) -> None:
    text = "On 8–9\u00a0July 2016 leaders\u200b agreed 🙂 to meet again in Sept. 2017, at 10:30 a.m. on 5 May 2018."
    found = find(text, "2018-04-18")
    assert [date.text for date in found] == ["8–9\u00a0July 2016", "Sept. 2017", "10:30 a.m. on 5 May 2018"]
    assert all(text[date.start : date.end] == date.text for date in found)
    assert [date.id for date in found] == ["d1", "d2", "d3"]
    assert all(date.rule for date in found)


def test_numeric_dates_are_read_only_where_they_have_one_reading(find: Find) -> None:
    values = [date.value for date in find("Dated 13/05/2015, 05/13/2015, 03/04/2015, 05/05/2015 and 2015/05/13.")]
    assert values == ["2015-05-13", "2015-05-13", "2015-05-05", "2015-05-13"]


@pytest.mark.parametrize(
    "unit", ["1 ", ",", "May ", "January ", "2015-", "the ", "one and ", "8 July 2016 to ", "\n", "a."]
)
def test_long_lines_cost_no_more_than_their_length(component: dates.Dates, unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        words = [text[n : n + 1000] for n in range(0, size, 1000)]
        doc = Doc(spacy.blank("en").vocab, words=words, spaces=[False] * len(words))
        start = time.process_time()
        component.find(doc)
        return time.process_time() - start

    seconds(1000)
    assert seconds(60_000) < 30 * seconds(3_000) + 0.3


def test_what_follows_a_phrase_is_no_part_of_it() -> None:
    rules = rulebook.load("dates", RULES)
    rules["points"] = [Phrase(id="own", phrase="{month} (?= {day})", reading="point")]
    grammar = Grammar(rules)
    lexemes = grammar.lex("They met in May, on May 8 and in June 2018.")
    found = [f for f in grammar.find(lexemes) if f.rule.id == "own"]
    assert [(lexemes.text[f.start : f.end], f.fields) for f in found] == [("May", {"month": 5, "day": 8})]


def test_a_phrase_without_a_field_that_its_reading_needs_is_refused() -> None:
    rules = rulebook.load("dates", RULES)
    rules["relatives"] = [Phrase(id="own", phrase="the coming {unit}", reading="relative", yes=[])]
    with pytest.raises(UsageError, match="rule own: a relative needs the field 'n'"):
        Grammar(rules)
