"""Entities: which names are one thing, what it is called and linked to, and that nothing is merged by a guess."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from babel import Locale
from spacy.tokens import Doc

from pipeline import layers, rulebook, rulefiles
from pipeline.entities import RULES
from pipeline.records import Entity


@pytest.fixture
def find(parse: Callable[..., Doc]) -> Callable[[str], list[Entity]]:
    return lambda text: layers.get(parse(text), "entities")


def groups(found: list[Entity]) -> list[list[str]]:
    """The names of each entity; pronouns are the parties' business."""
    return [[mention.text for mention in entity.mentions if mention.level == "NAM"] for entity in found]


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Minister Anna Marlow spoke. Later, Marlow left. Mrs Marlow was late.", ["Anna Marlow", "Marlow", "Marlow"]),
        ("Anna Marlow MP spoke. Then Marlow left.", ["Anna Marlow", "Marlow"]),
        ("Anna R. Marlow spoke. Anna Marlow left.", ["Anna R. Marlow", "Anna Marlow"]),
        ("President Kim Jong-un spoke. Later, President Kim left.", ["Kim Jong-un", "Kim"]),
        ("The Harbour Safety Council (HSC) met. The HSC pays.", ["Harbour Safety Council", "HSC", "HSC"]),
        ("The United Nations pays. The UN asked for it.", ["United Nations", "UN"]),
        ("The U.S. pays, said the United States of America.", ["U.S.", "United States of America"]),
        (
            "Brontix Holdings Inc. grew. Many Brontix Holdings employees left.",
            ["Brontix Holdings Inc.", "Brontix Holdings"],
        ),
        ("The Quiet Dawn Mission began. They left Quiet Dawn.", ["Quiet Dawn Mission", "Quiet Dawn"]),
        ("The Harbour Task Force met. Then the Task Force left.", ["Harbour Task Force", "Task Force"]),
        ("The NATO Summit in Wales began. The Wales Summit ended.", ["NATO Summit in Wales", "Wales Summit"]),
        (
            "The Soil and Water Board (SWB) Fund pays. They left the SWB Fund.",
            ["Soil and Water Board (SWB) Fund", "SWB Fund"],
        ),
        (
            "The Soil and Water Board Fund pays. They left the SWB Fund.",
            ["Soil and Water Board Fund", "SWB Fund"],
        ),
        ("The Minsk agreement holds. They broke the Minsk accord.", ["Minsk agreement", "Minsk accord"]),
        (
            "The Department of Justice paid. The Justice Department left.",
            ["Department of Justice", "Justice Department"],
        ),
    ],
)
def test_forms_of_one_name_are_one_entity(find: Callable[[str], list[Entity]], text: str, group: list[str]) -> None:
    assert group in groups(find(text))


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("Minister Anna Marlow met Minister Peter Marlow. Later, Marlow left.", ["Marlow"]),
        ("The Harbour Council and the River Council met. Then the Council left.", ["Council"]),
        ("The Harbour Fund paid. The River Fund did not.", ["Harbour Fund"]),
        ("President Marlow spoke. Ada Marlow came, too.", ["Marlow"]),
        ("President Marlow and First Lady Ada Marlow came.", ["Marlow"]),
        ("The Board of Harbour Works Inc. met. Harbour Works Inc. grew.", ["Harbour Works Inc."]),
        ("Afghan troops left Afghanistan.", ["Afghan"]),
        ("The Government of Peru met others in Peru.", ["Government of Peru"]),
    ],
)
def test_two_names_that_both_fit_are_never_merged(
    find: Callable[[str], list[Entity]], text: str, apart: list[str]
) -> None:
    assert apart in groups(find(text))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("Kosovo", "XK"),
        ("Taiwan", "TW"),
        ("the UK", "GB"),
        ("Russia", "RU"),
        ("Britain", "GB"),
    ],
)
def test_countries_carry_their_iso_code(find: Callable[[str], list[Entity]], words: str, code: str) -> None:
    (entity,) = find(f"They will meet in {words} again.")
    assert (
        entity.type == "GPE" and entity.link is not None and (entity.link.scheme, entity.link.id) == ("iso3166", code)
    )


def test_a_nationality_links_to_its_country_and_stays_an_entity_of_its_own(find: Callable[[str], list[Entity]]) -> None:
    people, country = find("The Afghan government thanked allies of Afghanistan.")
    assert (people.type, country.type) == ("NORP", "GPE")
    assert people.link is not None and people.link == country.link


def test_georgia_among_states_is_no_country(find: Callable[[str], list[Entity]]) -> None:
    assert [e.link for e in find("Floods hit Georgia, Alabama and Florida.")] == [None, None, None]


def test_the_name_is_the_fullest_form(find: Callable[[str], list[Entity]]) -> None:
    (entity,) = find("The UN met. The United Nations pays.")
    assert entity.name == "United Nations"


def test_every_mention_keeps_the_rules_that_made_it(find: Callable[[str], list[Entity]]) -> None:
    (entity,) = find("President Anna Marlow spoke. Then President Marlow left.")
    assert [mention.rule for mention in entity.mentions] == ["office_title", "office_title+surname"]


def test_ids_follow_the_text(find: Callable[[str], list[Entity]]) -> None:
    found = find("Kenya, Peru and Chad met in Oslo.")
    assert [(e.id, e.name) for e in found] == [("e1", "Kenya"), ("e2", "Peru"), ("e3", "Chad"), ("e4", "Oslo")]


def test_same_text_same_entities(find: Callable[[str], list[Entity]]) -> None:
    text = "NATO and the Harbour Council (HC) met President Anna Marlow in Oslo. Marlow and HC left NATO."
    assert find(text) == find(text)


def test_the_tables_stay_small() -> None:
    folder = rulefiles.folder() / "entities"
    assert sum(path.stat().st_size for path in folder.glob("*.jsonl")) <= 300_000


def test_no_country_code_is_used_twice_and_no_name_has_two_countries() -> None:
    countries = rulebook.load("entities", RULES)["countries"]
    names = [name for country in countries for name in (*country.names, *country.demonyms)]
    assert len(countries) > 230
    assert {country.id for country in countries} <= set(Locale("en").territories)
    assert len(names) == len(set(names))
