"""What users of the quantities layer rely on; the examples of the rules are run by test_rules."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from pipeline import layers
from pipeline.phrases import Endings
from pipeline.quantities import Quantities, marks
from pipeline.records import Date, Quantity, Segment
from tests import generate_currencies

Find = Callable[[str], list[Quantity]]


@pytest.fixture(scope="module")
def component() -> Quantities:
    return Quantities()


@pytest.fixture
def quantities_of(parse: Callable[..., Doc]) -> Find:
    def find(text: str) -> list[Quantity]:
        return layers.get(parse(text), "quantities")

    return find


def words(*tokens: str) -> Doc:
    """A Doc without tags and parse."""
    return Doc(Vocab(), words=list(tokens))


def test_the_currency_table_is_what_babel_knows() -> None:
    written = generate_currencies.TARGET.read_text(encoding="utf-8").splitlines()
    assert len(written) > 150
    assert written == generate_currencies.lines(), "run: python -m tests.generate_currencies"


def test_a_bounded_amount_with_its_rate(quantities_of: Find) -> None:
    (quantity,) = quantities_of("The ministry agreed to provide at least 300 million USD per year.")
    assert quantity.text == "at least 300 million USD per year"
    assert (quantity.value, quantity.low, quantity.high) == (300_000_000, 300_000_000, None)
    assert (quantity.bound, quantity.kind, quantity.unit, quantity.per) == ("at_least", "money", "USD", "year")


def test_a_change_is_one_record_with_the_new_value(quantities_of: Find) -> None:
    (quantity,) = quantities_of("They will increase the force from around 4,000 to around 6,000 soldiers.")
    assert quantity.text == "from around 4,000 to around 6,000 soldiers"
    assert (quantity.value, quantity.bound, quantity.item) == (6000, "approximate", "soldiers")
    assert quantity.change is not None
    assert (quantity.change.from_, quantity.change.to, quantity.change.direction) == (4000, 6000, "increase")


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("The bank offers EUR 40-50m.", 40_000_000, 50_000_000, "EUR"),
        ("The bank offers €40m to €50m.", 40_000_000, 50_000_000, "EUR"),
        ("The bank offers between $3bn and $6bn.", 3_000_000_000, 6_000_000_000, "USD"),
        ("The bank offers 2-3 million euros.", 2_000_000, 3_000_000, "EUR"),
        ("Prices will vary from 5 to 7 per cent.", 5, 7, "%"),
    ],
)
def test_two_ends_share_sign_scale_and_unit(quantities_of: Find, text: str, low: int, high: int, unit: str) -> None:
    (quantity,) = quantities_of(text)
    assert (quantity.bound, quantity.value, quantity.low, quantity.high) == ("range", None, low, high)
    assert quantity.unit == unit


def test_integers_stay_integers_and_decimals_are_exact(quantities_of: Find) -> None:
    text = json.dumps([q.value for q in quantities_of("They paid $500 million, €0.3 million, £7.1 and 4.35%.")])
    assert text == "[500000000, 300000, 7.1, 4.35]"


def test_a_bare_amount_in_brackets_has_the_bound_of_what_it_converts(quantities_of: Find) -> None:
    assert [q.bound for q in quantities_of("The pipe is more than 100 km (62 miles) long.")] == [
        "more_than",
        "more_than",
    ]


def test_coins_are_part_of_the_sum(quantities_of: Find) -> None:
    assert [(q.value, q.unit) for q in quantities_of("The ticket costs 3 dollars and 50 cents.")] == [(3.5, "USD")]


@pytest.mark.parametrize(
    "text",
    [
        "Resolution 1325 and Articles 5 and 6 apply.",
        "The F-16 and the A400M flew over the G20.",
        "Call +32 2 555 12 34 or 555-123-4567.",
        "See https://example.org/2019/07/15/index and ISO 9001:2015.",
        "Regulation (EU) 2018/1805, Law 31/2009 and 12/13/14.",
        "The home side won 2-1.",
        "No one was hurt; it is one of the best.",
        "The value is 1e400.",
    ],
)
def test_numbers_that_are_names_are_no_quantities(quantities_of: Find, text: str) -> None:
    assert quantities_of(text) == []


def test_what_lies_in_a_date_is_no_quantity(component: Quantities) -> None:
    doc = words("On", "12", "May", "1.5", "million", "euros", "came")
    layers.put(doc, "dates", [Date(id="d1", start=3, end=9, text="12 May", type="DATE", value="XXXX-05-12")])
    assert [q.text for q in component.find(doc)] == ["1.5 million euros"]


def test_no_match_crosses_a_segment(component: Quantities) -> None:
    doc = words("paid", "5", "million", "euros", "more")
    edges = [(0, 6), (7, len(doc.text))]
    segments = [Segment(id=f"g{n}", start=a, end=b, kind="paragraph") for n, (a, b) in enumerate(edges)]
    layers.put(doc, "segments", segments)
    assert component.find(doc) == []


def test_without_a_parse_units_and_bounds_are_read_all_the_same(component: Quantities) -> None:
    (quantity,) = component.find(words("up", "to", "85%", "of", "it"))
    assert (quantity.text, quantity.value, quantity.bound) == ("up to 85%", 85, "at_most")


def test_an_endless_number_is_left_out_with_a_warning(component: Quantities) -> None:
    doc = component(words("pay", "9" * 10_000, "euros"))
    assert layers.get(doc, "quantities") == []
    assert [warning.code for warning in doc._.communique_warnings] == ["number_too_long"]


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "$", "%", "½", "٣", "五 5", "- 5", "1 / 0", "0/0", "from 5 to 5", "+ 5 +"]
)
def test_odd_text_never_crashes(component: Quantities, text: str) -> None:
    for quantity in component.find(words(*text.split())):
        assert quantity.text


def test_identifiers_are_optional_marks(nlp: Language) -> None:
    found = marks(nlp("Resolution 1325 asks for 40 observers."))
    assert [(m.main, m.required) for m in found] == [("40", True), ("identifier", False)]


@pytest.mark.parametrize("unit", [["1", ","], ["$1"], ["from", "1", "to"], ["one", "people"], ["Article", "1", "and"]])
def test_the_time_grows_with_the_length(component: Quantities, unit: list[str]) -> None:
    def seconds(times: int) -> float:
        doc = words(*unit * times)
        start = time.process_time()
        component.find(doc)
        return time.process_time() - start

    seconds(10)
    assert seconds(2000) < 30 * seconds(200) + 0.5


def test_a_hard_wrapped_line_hides_nothing(quantities_of: Find) -> None:
    text = (
        "The council decided that the force in the south of the region will grow to at least\n"
        "16,000 troops, that the cost of the larger mission in its first phase may reach 5 million\n"
        "euros, and that the members of the alliance will send to the port in the north some 40\n"
        "ships."
    )
    assert [(q.text, q.value, q.item, q.unit) for q in quantities_of(text)] == [
        ("at least\n16,000 troops", 16_000, "troops", None),
        ("5 million\neuros", 5_000_000, None, "EUR"),
        ("some 40\nships", 40, "ships", None),
    ]


def test_a_number_without_a_noun_borrows_the_last_one(quantities_of: Find) -> None:
    found = quantities_of("The index rose 64.5 points to 4,577.1.")
    assert [(q.value, q.item) for q in found] == [(64.5, "points"), (4577.1, "points")]


@pytest.mark.parametrize(
    ("address", "currency"),
    [
        ("https://www.minister.gov.au/media/7", "AUD"),
        ("https://news.example.ca", "CAD"),
        ("https://example.org/au/7", "USD"),
        ("http://[", "USD"),
        (None, "USD"),
    ],
)
def test_a_bare_dollar_is_that_of_the_web_address(component: Quantities, address: str | None, currency: str) -> None:
    doc = words("pay", "$5", "million")
    doc._.communique_url = address
    assert [q.unit for q in component.find(doc)] == [currency]


def test_a_bare_dollar_is_that_of_the_country_that_the_text_names(quantities_of: Find) -> None:
    australian = "Australia will build the road. Most Australians will use it. It costs $5 million."
    assert [q.unit for q in quantities_of(australian)] == ["AUD"]
    mixed = australian + " The United States will pay a third of it, the American ambassador said."
    assert [q.unit for q in quantities_of(mixed)] == ["USD", None]


def test_money_that_several_countries_have_is_null_with_one_warning(parse: Callable[..., Doc]) -> None:
    doc = parse("The grant is 3 million kroner, the loan 9 million kroner.")
    assert [(q.kind, q.unit) for q in layers.get(doc, "quantities")] == [("money", None)] * 2
    assert [warning.code for warning in doc._.communique_warnings].count("unknown_currency") == 1


def test_so_many_for_every_so_many_is_one_share(quantities_of: Find) -> None:
    (quantity,) = quantities_of("The ward will have one nurse for every four patients.")
    assert (quantity.text, quantity.value, quantity.kind) == ("one nurse for every four patients", 0.25, "ratio")


def test_between_two_years_an_amount_changes(quantities_of: Find) -> None:
    (quantity,) = quantities_of("Spending went from $16 billion in 2016 to $20 billion in 2020.")
    assert quantity.change is not None
    assert (quantity.value, quantity.change.from_) == (20_000_000_000, 16_000_000_000)


def test_what_changes_is_counted(quantities_of: Find) -> None:
    (quantity,) = quantities_of("The number of homes at risk fell from 190,000 to 120,000.")
    assert (quantity.value, quantity.item) == (120_000, "homes")


def test_the_firms_that_get_money_are_no_money(quantities_of: Find) -> None:
    found = quantities_of("The state is granting $40 million to about 100-120 firms.")
    assert [(q.value, q.low, q.high, q.unit) for q in found] == [
        (40_000_000, 40_000_000, 40_000_000, "USD"),
        (None, 100, 120, None),
    ]


def test_all_endless_numbers_make_one_warning(component: Quantities) -> None:
    doc = component(words(*["9" * 20, "and"] * 50))
    assert len(doc._.communique_warnings) == 1


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("children aged ", True),
        ("Children Aged-", True),
        ("art. ", True),
        ("an aged ship ", False),
        ("(", False),
        ("", False),
    ],
)
def test_an_ending_is_possible_by_its_last_word_or_sign(text: str, possible: bool) -> None:
    assert Endings(["aged", "the age of", "art."]).possible(text) is possible
