"""Parties: who names, descriptions and pronouns stand for, and who speaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from spacy.tokens import Doc, Span

from pipeline import layers, parties
from pipeline.records import Record


@pytest.fixture
def phrase(parse: Callable[..., Doc]) -> Callable[[str], tuple[Doc, Span]]:
    """The words in square brackets, as a span of the text without them."""

    def find(marked: str) -> tuple[Doc, Span]:
        start, end = marked.index("["), marked.index("]") - 1
        doc = parse(marked.replace("[", "").replace("]", ""))
        span = doc.char_span(start, end)
        assert span is not None
        return doc, span

    return find


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        ("We met [President Maria Ruiz] on Monday.", "Maria Ruiz"),
        ("[NATO] will stay.", "NATO"),
        ("We welcome [NATO's] offer.", "NATO"),
        ("[NATO Defence Ministers] agreed to pay.", "NATO Defence Ministers"),
        ("[The Afghan authorities] agreed to pay.", "Afghan authorities"),
        ("NATO will support [its partners].", "NATO's partners"),
        ("They will support [their partners].", "partners"),
        ("[They] will pay.", None),
        ("Norway and Chad met. [They] will pay.", "Norway and Chad"),
        ("“[We] will stay,” said NATO Secretary General Jens Stoltenberg.", "NATO"),
        ("“[We] will stay,” said Maria Ruiz.", None),
        ("[We] will stay.", None),
        ("Statement by President Maria Ruiz on the floods\n\nPeru mourns the dead. [We] will rebuild.", "Peru"),
        ("Statement by Maria Ruiz of Acme on the floods\n\nPeru mourns the dead. [We] will rebuild.", None),
        ("Friends of Peru and Chad met. [Our two countries] will trade.", "Peru and Chad"),
        ("President Maria Ruiz met Vice President Jean Roux. [The President] left.", "Maria Ruiz"),
        ("Peru bought a ship and will rebuild [it].", None),
        ("Acme Corp will build a mill.\n\n[We] will hire 40 people.", "Acme Corp"),
        ("Acme Corp will build a mill.\n\n[We] must all save water.", None),
        ("Norway will build a wall.\n\n[We] will not wait.", None),
        ("Pentagon Press Secretary Hugo Brandt said: “The United States pays. [We] will stay.”", "United States"),
        (
            "“My administration works. [We] will repair roads,” President Hugo Brandt said.",
            "Hugo Brandt's administration",
        ),
        ("Norway opened a mill. [It] will make paper.", None),
        ("Norway trades with Chad and [its neighbours].", "Chad's neighbours"),
        ("The next few days are hard. The guards said that [they] will stay.", "guards"),
    ],
)
def test_resolve(phrase: Callable[[str], tuple[Doc, Span]], marked: str, name: str | None) -> None:
    doc, span = phrase(marked)
    party = parties.resolve(doc, span)
    assert party.name == name
    assert doc.text[party.start : party.end] == party.text == span.text


def test_resolve_each_keeps_signatories_apart(phrase: Callable[[str], tuple[Doc, Span]]) -> None:
    doc, span = phrase("[We], the leaders of Canada and Finland, will build ships.")
    each = parties.resolve_each(doc, span)
    assert [party.name for party in each] == ["Canada", "Finland"]
    assert all(party.entity for party in each)
    assert {party.text for party in each} == {"We"}


def test_speaker_is_the_narrowest_statement_that_holds_the_words(parse: Callable[..., Doc]) -> None:
    text = "“The ministry said that prices would fall below their old level,” Maria Ruiz said. She left."

    def speaker(words: str) -> str | None:
        party = parties.speaker(doc, text.index(words), text.index(words) + len(words))
        return None if party is None else party.name

    doc = parse(text)
    assert speaker("prices would fall") == "ministry"
    assert speaker("The ministry said that prices would fall below their old level") == "ministry"
    assert speaker("The ministry said") == "Maria Ruiz"
    assert speaker("She left") is None


def test_a_resolved_pronoun_is_a_mention_of_its_entity(read: Callable[..., Record]) -> None:
    record = read("“We will stay,” NATO said. It left the door open.")
    nato = next(entity for entity in record.entities if entity.name == "NATO")
    assert [(m.text, m.level) for m in nato.mentions] == [("We", "PRO"), ("NATO", "NAM"), ("It", "PRO")]
    assert [m.rule for m in nato.mentions if m.level == "PRO"] == ["we", "it"]


def test_a_speaker_named_by_a_pronoun_or_an_office_is_resolved(read: Callable[..., Record]) -> None:
    text = "Prime Minister Maria Ruiz came. “The road is open,” she said.\n\n“It was time,” the Prime Minister added."
    assert [s.speaker and s.speaker.name for s in read(text).statements] == ["Maria Ruiz", "Maria Ruiz"]


def test_two_that_fit_are_one_too_many(read: Callable[..., Record]) -> None:
    record = read("President Hugo Brandt met Minister Paul Ortega, and a clerk showed him the room.")
    assert all(mention.level == "NAM" for entity in record.entities for mention in entity.mentions)


def test_a_visiting_minister_speaks_for_his_own_government(read: Callable[..., Record]) -> None:
    record = read("OSLO - Chad's Foreign Minister Hugo Brandt visited Norway. “We will sign,” Hugo Brandt said.")
    chad = next(entity for entity in record.entities if entity.name == "Chad")
    assert "We" in [mention.text for mention in chad.mentions]


@pytest.mark.parametrize(
    "text", ["", "we", "We we WE our.", "he he he", "the the company", "our our our", "said we", "We, the"]
)
def test_absurd_input(read: Callable[..., Record], text: str) -> None:
    read(text)


def test_resolve_without_the_component(phrase: Callable[[str], tuple[Doc, Span]]) -> None:
    doc, span = phrase("[NATO] will stay.")
    doc._.communique_parties = None
    assert parties.resolve(doc, span).name == "NATO"
    assert layers.get(doc, "statements") == []
