"""Quantities: every amount of a text with its value, bound, unit, rate and counted noun, at exact offsets.

    amounts.Amounts.find -> pairs.Pairs.join -> records

"at least 500 million USD per year" becomes value 500000000, low 500000000, bound at_least, unit USD, per year; "from
around 13,000 to around 16,000 troops" is one record with the change. The words stand in rules/quantities/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from spacy.language import Language
from spacy.tokens import Doc

from pipeline import counted, layers, rulebook
from pipeline.ages import Age
from pipeline.amounts import Amounts, Cue, Found, Group, Page, Repeated
from pipeline.home_currency import Places
from pipeline.identifiers import Identifier
from pipeline.numerals import NumberWords
from pipeline.pairs import ChangeWords, Pair, Pairs
from pipeline.records import Bound, Change, Quantity, QuantityKind
from pipeline.rulebook import Entry, Mark, Rule
from pipeline.units import Currency, Money, Rate, Unit

RULES: dict[str, type[Rule] | type[Entry]] = {
    "numerals": NumberWords,
    "currencies": Currency,
    "money": Money,
    "units": Unit,
    "rates": Rate,
    "bounds": Cue,
    "changes": ChangeWords,
    "ordinals": Repeated,
    "identifiers": Identifier,
    "ages": Age,
    "places": Places,
    "groups": Group,
}
"""Which model reads which file of rules/quantities/."""

_IDENTIFIERS = "communique_identifiers"


@dataclass(slots=True)
class Reading:
    """What one pass over a document gave: the quantities, and the numbers that are names with the rule that says so."""

    quantities: list[Quantity] = field(default_factory=list)
    identifiers: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Size:
    """How much a mention says: the main value, the lowest and highest that it allows, and what it rose or fell to."""

    bound: Bound
    value: Fraction | None
    low: Fraction | None
    high: Fraction | None
    change: Change | None = None


class Quantities:
    """The component: reads the amounts of a text and writes `layers.get(doc, "quantities")`."""

    def __init__(self, rules: str | None = None) -> None:
        loaded = rulebook.load("quantities", RULES, rules)
        self._amounts = Amounts(loaded)
        self._pairs = Pairs(loaded["changes"], self._amounts.units)

    def __call__(self, doc: Doc) -> Doc:
        reading = self.read(doc)
        layers.put(doc, "quantities", reading.quantities)
        doc.user_data[_IDENTIFIERS] = reading.identifiers
        return doc

    def find(self, doc: Doc) -> list[Quantity]:
        """The quantities of a document in reading order. Reads the layers "segments" and "dates" where they are;
        without a parse, counted nouns come from the tags, without tags there are none.
        """
        return self.read(doc).quantities

    def read(self, doc: Doc) -> Reading:
        """What `find` gives, together with the numbers that were put aside as names or durations."""
        page = Page(doc, self._amounts.places)
        found, named = self._amounts.find(page)
        quantities: list[Quantity] = []
        for item in self._pairs.join(page, found):
            if isinstance(item, Pair) and item.kind == "score":
                continue
            record = self._paired(page, item) if isinstance(item, Pair) else self._single(page, item)
            quantities.append(record.model_copy(update={"id": f"q{len(quantities) + 1}"}))
        nobodys = [quantity for quantity in quantities if quantity.kind == "money" and quantity.unit is None]
        if nobodys:
            message = f"Several countries have the money of {nobodys[0].text!r}; the text does not say which is meant."
            layers.warn(doc, "unknown_currency", message)
        return Reading(quantities, named)

    def _single(self, page: Page, found: Found) -> Quantity:
        value = found.amount.value
        rising = found.direction is not None and value is not None
        change = Change(to=_number(value), direction=found.direction) if rising else None
        bound: Bound = "approximate" if found.amount.numeral.form == "vague" else found.bound
        return self._record(page, found, found, Size(bound, value, *_limits(found.bound, value), change))

    def _paired(self, page: Page, pair: Pair) -> Quantity:
        left, right = pair.left, pair.right
        right = replace(right, noun=right.noun or left.noun)
        a, b = left.amount.value, right.amount.value
        assert a is not None and b is not None
        if pair.kind == "range":
            return self._record(page, pair, right, Size("range", None, a, b), left.rules)
        change, rules = None, left.rules
        if pair.kind == "change":
            change = Change(from_=_number(a), to=_number(b), direction="increase" if b > a else "decrease")
            rule = self._pairs.direction(page, left)
            rules = (*rules, rule.id) if rule is not None else rules
        return self._record(page, pair, right, Size(right.bound, b, *_limits(right.bound, b), change), rules)

    def _record(
        self, page: Page, mention: Found | Pair, found: Found, size: Size, rules: Iterable[str] = ()
    ) -> Quantity:
        """The record of a mention; its unit and noun are those of `found`, the second amount of a pair."""
        item, per = self._item_and_rate(page, found)
        return Quantity(
            id="q0",
            start=mention.start,
            end=mention.end,
            text=page.text[mention.start : mention.end],
            value=_number(size.value),
            low=_number(size.low),
            high=_number(size.high),
            bound=size.bound,
            kind=_kind(found),
            unit=found.amount.unit,
            per=per,
            item=item,
            change=size.change,
            rule="+".join(dict.fromkeys((*rules, *found.rules))) or None,
        )

    def _item_and_rate(self, page: Page, found: Found) -> tuple[str | None, str | None]:
        """What is counted or measured, and how often: "9 million tons of grain every year" -> ("grain", "year")."""
        amount = found.amount
        if amount.kind is None and found.noun is not None and found.noun.item is not None:
            return found.noun.item, amount.per
        span = page.tokens(amount.start, amount.end)
        of = None if amount.kind == "money" or span is None else counted.of_what(page.doc, span.end)
        if of is None:
            return None, amount.per
        if amount.per is None and of.end is not None:
            rate = self._amounts.units.rate(page.text, of.end, found.high)
            return of.item, None if rate is None else rate[1]
        return of.item, amount.per


@Language.factory(
    "communique_quantities",
    default_config={"rules": None},
    requires=["token.tag", "token.dep", "token.head"],
    assigns=["doc._.communique_quantities", "doc.spans"],
)
def make(nlp: Language, name: str, rules: str | None) -> Quantities:
    """spaCy's factory; `rules` is a user's rules folder or None."""
    return Quantities(rules)


def marks(doc: Doc) -> list[Mark]:
    """What was read, as examples mark it: `[at least 300 engineers](300; bound=at_least; item=engineers)`.

    The main value is number, unit and rate: "12 EUR/hour", a range "40000000..50000000 EUR", a vague plural "?". A
    number put aside as a name is a mark `[1325](identifier)` that an example may leave out.
    """
    names = [
        Mark(start, end, "identifier", rules=frozenset([rule]), required=False)
        for start, end, rule in doc.user_data.get(_IDENTIFIERS, [])
    ]
    return [_mark(quantity) for quantity in layers.get(doc, "quantities")] + names


def _mark(quantity: Quantity) -> Mark:
    main = _written(quantity.value)
    if quantity.bound == "range":
        main = f"{_written(quantity.low)}..{_written(quantity.high)}"
    main += f" {quantity.unit}" if quantity.unit else ""
    main += f"/{quantity.per}" if quantity.per else ""
    values: dict[str, str] = {"bound": quantity.bound, "kind": quantity.kind, "item": quantity.item or ""}
    if (change := quantity.change) is not None:
        values |= {"from": _written(change.from_), "to": _written(change.to), "direction": change.direction or ""}
    return Mark(quantity.start, quantity.end, main, values, frozenset((quantity.rule or "").split("+")))


def _written(number: int | float | None) -> str:
    return "?" if number is None else str(number)


def _number(value: Fraction | None) -> int | float | None:
    """An exact value as JSON holds it: an integer where it is one."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)


def _limits(bound: Bound, value: Fraction | None) -> tuple[Fraction | None, Fraction | None]:
    """Lowest and highest value that a single amount allows: "at least 5" -> (5, None)."""
    low = value if bound in ("exact", "at_least", "more_than") else None
    high = value if bound in ("exact", "at_most", "less_than") else None
    return low, high


def _kind(found: Found) -> QuantityKind:
    form = found.amount.numeral.form
    if found.amount.kind is not None and found.amount.kind != "time":
        return found.amount.kind
    return form if form == "ratio" or form == "ordinal" else "count"
