"""Statements: which words are quoted or reported, and whose they are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from spacy.language import Language

from pipeline import layers, quotations
from pipeline.records import Record, Segment

GOLD = Path(__file__).parent / "gold" / "statements.jsonl"


def quoted(*paragraphs: str) -> list[str]:
    text, segments = "", []
    for n, paragraph in enumerate(paragraphs):
        segments.append(Segment(id=f"g{n}", start=len(text), end=len(text) + len(paragraph), kind="paragraph"))
        text += paragraph + "\n\n"
    return [text[q.start : q.end] for q in quotations.find(text, segments)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“We go,” he said. “Now.”", ["We go,", "Now."]),
        ('"We go," he said. "Now."', ["We go,", "Now."]),
        ('"We go with the "Blue Line" plan," he said.', ['We go with the "Blue Line" plan,']),
        ("‘The partners’ plan is good,’ he said.", ["The partners’ plan is good,"]),
        ("'It's good,' he said.", ["It's good,"]),
        ("“We ‘will’ go,” he said.", ["We ‘will’ go,"]),
        ("«We go», he said.", ["We go"]),
        ('He said,"We go." and left', ["We go."]),
        ('a 5" pipe and a 6" hose', []),
        ("the '90s and the workers' rights", []),
    ],
)
def test_marks_pair_by_the_side_of_the_blank(text: str, expected: list[str]) -> None:
    assert quoted(text) == expected


def test_a_quotation_runs_over_paragraphs() -> None:
    assert quoted("“One.", "“Two.", "“Three,” he said.") == ["One.", "Two.", "Three,"]
    assert quoted('"One.', "Two.", 'Three," he said.') == ["One.", "Two.", "Three,"]


def test_an_unclosed_mark_reaches_no_further_than_its_paragraph() -> None:
    assert quoted("He said: “One.", "Two.", "Three.") == ["One."]


@pytest.mark.parametrize("noise", ['"', "“", "”", "' ", '" ', "“”", '‘"’', "« \" » '", '"\n'])
def test_many_marks_take_linear_time(noise: str) -> None:
    text = noise * (200_000 // len(noise))
    started = time.process_time()
    quotations.find(text, [Segment(id="g1", start=0, end=len(text), kind="paragraph")])
    assert time.process_time() - started < 8


def test_gold_quotations(nlp: Language) -> None:
    """Hand-written press English in all forms: what is found, and whose it is."""
    lines = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    wanted = found = named = right = extra = 0
    for line, doc in zip(lines, nlp.pipe([line["text"] for line in lines]), strict=True):
        got = {(s.start, s.end, s.direct): s for s in layers.get(doc, "statements")}
        for gold in line["statements"]:
            statement = got.pop((gold["start"], gold["end"], gold["direct"]), None)
            wanted += 1
            found += statement is not None
            if statement is not None and statement.speaker is not None and statement.speaker.name is not None:
                named += 1
                right += statement.speaker.name == gold["speaker"]
        extra += len(got)
    assert wanted >= 40
    assert found >= 0.95 * wanted
    assert extra <= 0.05 * wanted
    assert right >= 0.95 * named
    assert named >= 0.9 * wanted


def test_names_in_quotes_and_scare_quotes_are_no_statements(read: Callable[..., Record]) -> None:
    text = "The “Enduring Partnership” is a so-called “fast lane”. The minister called it “a good start”."
    assert read(text).statements == []


@pytest.mark.parametrize(
    ("between", "speaker"),
    [
        ("The fund opens in May.", "Maria Ruiz"),
        ("“It is late,” Jean Roux said.\n\nThe fund opens in May.", None),
        ("The fund opens in May.\n\nIt is new.\n\nAll are glad.", None),
    ],
)
def test_a_quotation_of_nobody_is_the_only_speakers_soon_after_his_words(
    read: Callable[..., Record], between: str, speaker: str | None
) -> None:
    text = f"“The road is open,” Maria Ruiz said.\n\n{between}\n\n“The bridge will open in June.”"
    last = read(text).statements[-1]
    assert (last.speaker and last.speaker.name) == speaker


def test_prose_below_a_title_is_the_speakers(read: Callable[..., Record]) -> None:
    record = read(
        "Statement by President Maria Ruiz on the floods\n\nWe mourn.\n\nWe will rebuild.\n\nNotes to editors\n\nRain."
    )
    (statement,) = record.statements
    assert statement.text == "We mourn.\n\nWe will rebuild."
    assert statement.speaker is not None
    assert statement.speaker.name == "Maria Ruiz"


def test_a_transcript_is_read_in_turns(read: Callable[..., Record]) -> None:
    text = "QUESTION: Will it open?\n\nPresident Maria Ruiz: I hope so.\n\nWe work on it.\n\nQUESTION: When?"
    turns = [(s.text, s.speaker and s.speaker.name) for s in read(text).statements]
    assert turns == [("Will it open?", None), ("I hope so.\n\nWe work on it.", "Maria Ruiz"), ("When?", None)]


def test_a_turn_may_bear_an_office_in_place_of_a_name(read: Callable[..., Record]) -> None:
    text = "President Maria Ruiz meets the press\n\nQ: Will it open?\n\nTHE PRESIDENT: I hope so."
    assert [s.speaker and s.speaker.name for s in read(text).statements] == [None, "Maria Ruiz"]


def test_an_item_that_tells_of_its_label_is_no_turn(read: Callable[..., Record]) -> None:
    text = "New plants\n\nMaria Ruiz: Next week Maria Ruiz will open a mill.\n\nJean Roux: Jean Roux will wait."
    assert read(text).statements == []


def test_a_paragraph_that_tells_of_the_speaker_ends_his_words(read: Callable[..., Record]) -> None:
    record = read("The minister said:\n\nThe talks went well.\n\nThe minister will return on Monday.")
    assert [s.text for s in record.statements] == ["The talks went well."]


def test_what_holds_another_statement_stands_first(read: Callable[..., Record]) -> None:
    statements = read("“The ministry said that prices would fall,” Maria Ruiz said.").statements
    assert [(s.direct, s.speaker and s.speaker.name) for s in statements] == [(True, "Maria Ruiz"), (False, "ministry")]


@pytest.mark.parametrize(
    "text", ["", "\n", '"', "”“", "said", "said said said:", '" said "', ": “", "“" * 50, "he said " * 200]
)
def test_absurd_input(read: Callable[..., Record], text: str) -> None:
    read(text)
