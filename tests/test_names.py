"""Names found by rules alone: what tables, titles, head nouns and forms say without any model."""

from __future__ import annotations

import time

import pytest

from pipeline import entities, gazetteer, learned, names, rulebook
from pipeline.gazetteer import Lexicon
from pipeline.records import EntityType, Segment, SegmentKind


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(rulebook.load("entities", entities.RULES))


def read(
    lexicon: Lexicon, text: str, *model: tuple[str, EntityType], kind: SegmentKind = "paragraph"
) -> list[tuple[str, str]]:
    """The names of a text with their types; `model` are names that the model is said to have found."""
    spans = [(text.index(words), text.index(words) + len(words), type_) for words, type_ in model]
    cut = gazetteer.read(text, [Segment(id="g1", start=0, end=len(text), kind=kind)])
    found, _ = learned.again(cut, names.find(cut, lexicon, lambda offset: "PROPN", spans), lexicon)
    return [(text[slice(*lexicon.span(cut, name.i, name.j))], name.type) for name in found]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The hubs are Kabul/Ghazni and Herat.", [("Kabul", "GPE"), ("Ghazni", "GPE"), ("Herat", "GPE")]),
        (
            "The hubs are Kabul/Orrin and Dunmore/Herat.",
            [(town, "GPE") for town in ("Kabul", "Orrin", "Dunmore", "Herat")],
        ),
        ("U.S.-Peru ties are strong.", [("U.S.", "GPE"), ("Peru", "GPE")]),
        ("A NATO-led force came.", [("NATO", "ORG")]),
        ("They paid US$40 and left.", []),
        ("He moved to Boulder, CO, in May.", [("Boulder", "GPE"), ("CO", "GPE")]),
        ("The CO of the unit left.", []),
        ("It ends in Côte d’Ivoire.", [("Côte d’Ivoire", "GPE")]),
        ("Write to press@nato.int, @NATOpress or www.nato.int/Kabul.", []),
        ('See <a href="/Kabul">our page</a>.', []),
    ],
)
def test_tables_know_places_and_bodies(lexicon: Lexicon, text: str, wanted: list[tuple[str, str]]) -> None:
    assert read(lexicon, text) == wanted


@pytest.mark.parametrize(
    ("text", "name", "type_"),
    [
        ("They stood near the town of Orrin again.", "Orrin", "GPE"),
        ("It lies 12 km north of Ayn-Isa again.", "Ayn-Isa", "GPE"),
        ("They live in Orrin again.", "Orrin", "GPE"),
        ("They will build a plant at Orrin again.", "Orrin", "GPE"),
        ("They visited Orrin again.", "Orrin", "GPE"),
        ("They hold a stake in Orrin again.", "Orrin", "ORG"),
        ("They worked at Orrin again.", "Orrin", "ORG"),
    ],
)
def test_words_before_a_name_say_that_it_is_a_place(lexicon: Lexicon, text: str, name: str, type_: str) -> None:
    assert read(lexicon, text, (name, "ORG")) == [(name, type_)]


def test_what_a_text_says_elsewhere_outweighs_a_weak_cue(lexicon: Lexicon) -> None:
    text = "Brontix Ltd grew. They work in Brontix again."
    assert ("Brontix", "ORG") in read(lexicon, text, ("Brontix Ltd", "ORG"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the 2010 NATO Strategic Concept says", [("2010 NATO Strategic Concept", "AGREEMENT")]),
        (
            "the NATO Lisbon Summit and then the Summit in Wales.",
            [("NATO Lisbon Summit", "EVENT"), ("Summit in Wales", "EVENT")],
        ),
        ("the Building Integrity (BI) programme", [("Building Integrity (BI) programme", "PROGRAMME")]),
        ('a "Quiet Dawn" mission', [("Quiet Dawn", "PROGRAMME")]),
        ("the Ministry of Justice, Forests and Rivers met", [("Ministry of Justice, Forests and Rivers", "ORG")]),
        ("the Grain Council and the Timber Board met", [("Grain Council", "ORG"), ("Timber Board", "ORG")]),
        ("an annual meeting and a new strategy", []),
        ("NATO Allies and NATO ministers agreed", [("NATO", "ORG"), ("NATO", "ORG")]),
    ],
)
def test_head_nouns_take_their_modifiers(lexicon: Lexicon, text: str, wanted: list[tuple[str, str]]) -> None:
    assert read(lexicon, text) == wanted


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Then President Marlow spoke.", "Marlow"),
        ("Then Secretary of State Ada Marlow spoke.", "Ada Marlow"),
        ("Then Dr. J. R. Marlow spoke.", "J. R. Marlow"),
        ("Then Minister Ada von der Heide spoke.", "Ada von der Heide"),
        ("Then Mr Marlow, Jr. spoke.", "Marlow, Jr."),
        ("Ada Marlow, Assistant to the President, spoke.", "Ada Marlow"),
        ("Then Anna Bauer-Marlow spoke.", "Anna Bauer-Marlow"),
    ],
)
def test_people_are_found_without_their_titles(lexicon: Lexicon, text: str, person: str) -> None:
    assert read(lexicon, text) == [(person, "PERSON")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the 82nd Harbour Brigade left", [("82nd Harbour Brigade", "ORG")]),
        ("at Brontix Holdings, Inc. in May", [("Brontix Holdings, Inc.", "ORG")]),
        ("the Ada Marlow Safety in Mining Act passed", [("Ada Marlow Safety in Mining Act", "AGREEMENT")]),
        ("the Harbours Act for Fiscal Year 2031 passed", [("Harbours Act for Fiscal Year 2031", "AGREEMENT")]),
        ('the new "Growing the Harvest Fund" pays', [("Growing the Harvest Fund", "PROGRAMME")]),
        ("the Mine Rescue Service Medal", []),
        ("in Spring 2031 again", []),
        ("Then the Heads of State and Government of the Alliance could meet there again", [("Alliance", "ORG")]),
        ("PROMOTING CLEAN ENERGY SOLUTIONS AND GROWTH", []),
        ("New Harlow County votes", [("New Harlow County", "GPE")]),
    ],
)
def test_head_nouns_keep_to_their_names(lexicon: Lexicon, text: str, wanted: list[tuple[str, str]]) -> None:
    assert read(lexicon, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Near Ayn Orr, one mill burnt.", [("Ayn Orr", "GPE")]),
        ("They hailed the liberation of Orrin again.", [("Orrin", "GPE")]),
        ("The mill in Northern Norway burnt.", [("Northern Norway", "LOC")]),
        ("Today, Harlow, Ohio, opens a mill.", [("Harlow", "GPE"), ("Ohio", "GPE")]),
        ("SUPPORTING AMERICA’S MINERS: they came.", [("AMERICA", "GPE")]),
        ("It was said by (BRTX Newport, VT) again.", [("Newport", "GPE"), ("VT", "GPE")]),
    ],
)
def test_words_around_a_place_name_it(lexicon: Lexicon, text: str, wanted: list[tuple[str, str]]) -> None:
    assert read(lexicon, text) == wanted


@pytest.mark.parametrize(
    ("text", "model", "wanted"),
    [
        ("They met IAEA and Interpol again.", ("IAEA and Interpol", "ORG"), [("IAEA", "ORG"), ("Interpol", "ORG")]),
        ("Clean Orchards pay: we want clean orchards.", ("Clean Orchards", "ORG"), []),
        ("They sell Brontix® pumps.", ("Brontix", "ORG"), []),
        ("Then BRTX hired again.", ("BRTX", "PERSON"), [("BRTX", "ORG")]),
        ("MARLOW: We agree.", ("MARLOW", "PERSON"), [("MARLOW", "PERSON")]),
        ("While the Rovers, in red, lost, we won.", ("Rovers", "PERSON"), [("Rovers", "ORG")]),
        ("Then the Gospel, in short, came.", ("Gospel", "PERSON"), []),
        ("She is Director of Policy and Outreach.", ("Policy and Outreach", "ORG"), []),
        ("the Special Envoy for River Basins met", ("Special Envoy for River Basins", "ORG"), []),
        ('Then Joseph "Joe" Marlow came.', ("Joseph", "PERSON"), [('Joseph "Joe" Marlow', "PERSON")]),
        ("Then Ada Marlow Archivist came.", ("Ada Marlow Archivist", "PERSON"), [("Ada Marlow", "PERSON")]),
        ("the Marlow regime fell", ("Marlow", "ORG"), [("Marlow", "PERSON")]),
    ],
)
def test_the_model_is_corrected(
    lexicon: Lexicon, text: str, model: tuple[str, EntityType], wanted: list[tuple[str, str]]
) -> None:
    assert read(lexicon, text, model) == wanted


def test_a_body_stands_behind_a_role(lexicon: Lexicon) -> None:
    text = "- Ada Marlow, Chief Executive Officer, Friends of the Harbour"
    assert read(lexicon, text, kind="item") == [("Ada Marlow", "PERSON"), ("Friends of the Harbour", "ORG")]
    assert read(lexicon, "- Ada Marlow, Author and Activist, Norway", kind="item")[1:] == [("Norway", "GPE")]


def test_an_acronym_may_have_a_hyphen(lexicon: Lexicon) -> None:
    text = "The Baltic Harbour Task Force (BHTF-31) met. BHTF-31 pays."
    assert read(lexicon, text)[1:] == [("BHTF-31", "ORG"), ("BHTF-31", "ORG")]


@pytest.mark.parametrize("words", ["Heads of State and Government", "Eastern", "Media Backgrounder", "COVID-19", "The"])
def test_words_that_say_nothing_are_no_names(lexicon: Lexicon, words: str) -> None:
    assert read(lexicon, f"{words} is here again.", (words, "ORG")) == []


def test_a_word_in_small_letters_elsewhere_is_no_name(lexicon: Lexicon) -> None:
    assert read(lexicon, "Bioethanol sells. We make bioethanol.", ("Bioethanol", "PERSON")) == []


@pytest.mark.parametrize(
    "text", ["Then HMS Queen Charlotte left.", "They flew a Boeing 737 home.", "She speaks Greek."]
)
def test_ships_vehicles_and_languages_are_no_names(lexicon: Lexicon, text: str) -> None:
    assert read(lexicon, text) == []


def test_a_list_of_people_has_only_people(lexicon: Lexicon) -> None:
    lines = ["- Anna Marlow, Chair", "- Peter Hale, Author", "- Oyelaran Tjarne, nurse", "- Laura Brandt, Mayor"]
    text, segments = "\n".join(lines), []
    for n, line in enumerate(lines, 1):
        segments.append(Segment(id=f"g{n}", start=text.index(line), end=text.index(line) + len(line), kind="item"))
    cut = gazetteer.read(text, segments)
    found = names.find(cut, lexicon, lambda offset: "PROPN", [])
    assert ("Oyelaran Tjarne", "PERSON") in [(text[slice(*lexicon.span(cut, n.i, n.j))], n.type) for n in found]


def test_a_dateline_names_a_town(lexicon: Lexicon) -> None:
    assert read(lexicon, "MAINZ, Germany (NEWSWIRE) -", kind="dateline") == [("MAINZ", "GPE"), ("Germany", "GPE")]


def test_a_building_is_meant_where_somebody_is_at_it(lexicon: Lexicon) -> None:
    text = "The White House said so. They met at the White House."
    assert read(lexicon, text) == [("White House", "ORG"), ("White House", "FAC")]


def test_a_name_learnt_once_is_found_everywhere(lexicon: Lexicon) -> None:
    text = "The Quiet Dawn Mission began. Quiet Dawn is small. The Mission ends in May."
    assert read(lexicon, text) == [
        ("Quiet Dawn Mission", "PROGRAMME"),
        ("Quiet Dawn", "PROGRAMME"),
        ("Mission", "PROGRAMME"),
    ]


def test_a_surname_is_a_person_whatever_the_model_says(lexicon: Lexicon) -> None:
    text = "Minister Ada Marlow spoke. Later Marlow left for Richmond."
    assert read(lexicon, text, ("Later Marlow", "ORG"))[:2] == [("Ada Marlow", "PERSON"), ("Marlow", "PERSON")]


def test_an_acronym_takes_its_words_and_lends_its_type(lexicon: Lexicon) -> None:
    text = "The Baltic Harbour Council (BHC) met. BHC pays."
    assert read(lexicon, text) == [("Baltic Harbour Council", "ORG"), ("BHC", "ORG"), ("BHC", "ORG")]


def test_an_acronym_of_common_words_is_no_name(lexicon: Lexicon) -> None:
    text = "They buy liquefied heating gas (LHG). LHG is dear."
    assert read(lexicon, text, ("LHG", "ORG")) == []


def test_no_name_crosses_a_segment(lexicon: Lexicon) -> None:
    text = "ANTALYA\nNATO agreed."
    cut = gazetteer.read(
        text, [Segment(id="g1", start=0, end=7, kind="dateline"), Segment(id="g2", start=8, end=20, kind="paragraph")]
    )
    found = names.find(cut, lexicon, lambda offset: "PROPN", [(0, 12, "ORG")])
    assert [(text[slice(*lexicon.span(cut, n.i, n.j))], n.type) for n in found] == [("ANTALYA", "GPE"), ("NATO", "ORG")]


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "((((", "’s", "A", "Mr", "The", "<", "🎉", "President", "of of of", "€" * 50]
)
def test_absurd_input_has_no_names(lexicon: Lexicon, text: str) -> None:
    assert read(lexicon, text) == []


@pytest.mark.parametrize(
    "unit",
    [
        "Bank of ",
        "President ",
        "a@",
        "<",
        "(NATO) ",
        "A-",
        "Department of Health, ",
        "Secretary of State and ",
        "Ada Hale, Chair, Oslo; ",
        '"A Fund" ',
        "near Orr, ",
    ],
)
def test_time_grows_with_the_text(lexicon: Lexicon, unit: str) -> None:
    def seconds(times: int) -> float:
        begin = time.process_time()
        read(lexicon, unit * times)
        return time.process_time() - begin

    seconds(100)
    assert seconds(5_000) < 40 * max(seconds(500), 0.005)
