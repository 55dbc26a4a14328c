"""Quantities: every amount of a text with its value, bound, unit, rate and counted noun, at exact offsets.

    numerals -> identifiers and dates out -> units -> counted nouns -> cues -> pairs -> records

"at least 500 million USD per year" becomes value 500000000, low 500000000, bound at_least, unit USD, per year; "from
around 13,000 to around 16,000 troops" one record with the change. The words stand in rules/quantities/, what counts
as a quantity and what its span holds in the annotation guideline.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from spacy.language import Language
from spacy.tokens import Doc

from pipeline import counted, layers, rulebook
from pipeline.identifiers import Identifier, Identifiers
from pipeline.numerals import GAP, MAX_DIGITS, Grammar, Numeral, NumberWords
from pipeline.records import Bound, Change, Direction, Quantity, QuantityKind
from pipeline.rulebook import Entry, Lower, Mark, Rule
from pipeline.units import Amount, Currency, Money, Rate, Unit, Units


class Cue(Rule):
    """Phrases that touch a number and bound it: "at least", "or more"."""

    bound: Bound
    before: list[Lower]
    after: list[Lower] = []


class ChangeWords(Rule):
    """Words that make "from A to B" a change, with the direction they name."""

    direction: Direction
    words: list[Lower]


class Repeated(Rule):
    """Nouns whose ordinals count: "the sixth meeting"."""

    words: list[Lower]


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
}

_IDENTIFIERS = "communique_identifiers"
_LONGEST_CUE = 32
_BACK = 60
_DATE = "\x00"
_FROM = re.compile(rf"\bfrom(?:{GAP}|\n)$", re.IGNORECASE)
_BETWEEN = re.compile(rf"\bbetween(?:{GAP}|\n)$", re.IGNORECASE)
_BY = re.compile(rf"\bby(?:{GAP}|\n)$", re.IGNORECASE)
_DASH = re.compile(rf"{GAP}?[-–—~]{GAP}?")
_TO = re.compile(rf"(?:{GAP}|\n)?(?:-to-|(?:{GAP}|\n)(?:to|through)(?:{GAP}|\n))")
_LONG_TO = re.compile(rf"(?:{GAP}\([^()\d]{{1,24}}\))?(?:{GAP}(?:(?:in|on|at){GAP})?{_DATE}+)?,?\s+to\s+")
_AND = re.compile(rf"\s+and\s+(?:{GAP})?")
_FROM_BEHIND = re.compile(r"\s+from\s+")
_OR = re.compile(r"(?:-|\s)?\s?(?:or|and)\s")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LOOSE_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_OF = re.compile(r"\s+of\s+")
_COMPOUND = re.compile(r"-[A-Za-z]")
_ANOTHER_NUMBER = re.compile(r"\s?[-–—~]\s?\d|(?:-|\s)\s?(?:to|and|or)\s")
_COINS = re.compile(r"\s(?:and\s)?")
_BRACKET = re.compile(r"\s?\((?:or\s)?")
_CLAUSE_END = re.compile(r"\s*(?:[.;!?)]|$)")
_HUNDREDTHS = ("cent", "penny", "sen")
_LISTING = frozenset({"and", "or", "including"})


@dataclass(slots=True)
class _Found:
    """An amount on its way to a record: with its cue, its counted noun, and what it shares with a neighbour."""

    amount: Amount
    start: int
    end: int
    low: int
    high: int
    bound: Bound = "exact"
    noun: counted.Counted | None = None
    rules: tuple[str, ...] = ()
    weak: bool = False
    """Nothing shows that the number counts: it stands only as one end of a pair, "20" of "20 to 25 scholarships"."""


@dataclass(slots=True)
class Reading:
    """What one pass over a document gave: the quantities, and the numbers that are names with the rule that says so."""

    quantities: list[Quantity] = field(default_factory=list)
    identifiers: list[tuple[int, int, str]] = field(default_factory=list)


class Quantities:
    """The component: reads numbers off the text, and writes `layers.get(doc, "quantities")`."""

    def __init__(self, rules: str | None = None) -> None:
        loaded = rulebook.load("quantities", RULES, rules)
        self._grammar = Grammar(loaded["numerals"])
        self._units = Units(loaded["currencies"], loaded["money"], loaded["units"], loaded["rates"])
        self._identifiers = Identifiers(loaded["identifiers"])
        self._before = {phrase: rule for rule in loaded["bounds"] for phrase in rule.before}
        self._after = {phrase: rule for rule in loaded["bounds"] for phrase in rule.after}
        self._cue_before = re.compile(rf"(?<![\w-])({_phrases(self._before)})((?:\s(?:an?|the|just))?\s?)$", re.IGNORECASE)
        self._cue_after = re.compile(rf",?\s?({_phrases(self._after)})(?!\w)", re.IGNORECASE)
        self._changes = {word: rule for rule in loaded["changes"] for word in rule.words}
        self._change = re.compile(rf"\b({_phrases(self._changes)})\b", re.IGNORECASE)
        self._repeated = {word: rule.id for rule in loaded["ordinals"] for word in rule.words}

    def __call__(self, doc: Doc) -> Doc:
        reading = self.read(doc)
        layers.put(doc, "quantities", reading.quantities)
        doc.user_data[_IDENTIFIERS] = reading.identifiers
        return doc

    def find(self, doc: Doc) -> list[Quantity]:
        """The quantities of a document in reading order. Reads the layers "segments" and "dates" where they are."""
        return self.read(doc).quantities

    def read(self, doc: Doc) -> Reading:
        """What `find` gives, together with the numbers that were put aside as names."""
        reading = Reading()
        numerals = self._grammar.find(doc.text)
        if not numerals:
            return reading
        found = self._amounts(doc, numerals, reading)
        quantities = self._pairs(doc, found)
        reading.quantities = [q.model_copy(update={"id": f"q{n}"}) for n, q in enumerate(quantities, 1)]
        return reading

    def _amounts(self, doc: Doc, numerals: list[Numeral], reading: Reading) -> list[_Found]:
        """The amounts that are no dates and no names, each with its unit or its counted noun, and its cue."""
        text = doc.text
        edges = _edges(doc)
        names = _Spans(self._identifiers.masks(text))
        dates = _Spans([(date.start, date.end, "date") for date in layers.get(doc, "dates")])
        found: list[_Found] = []
        last_name: tuple[int, str] | None = None
        for numeral in numerals:
            low, high = _around(edges, numeral.start, len(text))
            if numeral.end > high or dates.cover(numeral.start, numeral.end):
                continue
            rule = names.cover(numeral.start, numeral.end)
            amount = None
            if rule is None:
                if numeral.end - numeral.start > 2 * MAX_DIGITS and numeral.digits:
                    layers.warn(doc, "number_too_long", _too_long(text, numeral))
                    continue
                previous = found[-1].amount if found else None
                amount = self._units.read(text, numeral, low, high, _shared_sign(text, previous, numeral))
                rule = self._name(text, amount, low, high, last_name)
            if rule is not None:
                reading.identifiers.append((numeral.start, numeral.end, rule))
                last_name = (numeral.end, rule)
                continue
            assert amount is not None
            if amount.kind == "time":
                reading.identifiers.append((numeral.start, numeral.end, amount.rules[-1]))
                continue
            if found and found[-1].end > amount.start:
                continue
            item = self._found(doc, amount, low, high)
            if item is not None:
                found.append(item)
        return found

    def _name(self, text: str, amount: Amount, low: int, high: int, last: tuple[int, str] | None) -> str | None:
        """The rule by which a number is a name, not an amount."""
        numeral = amount.numeral
        if amount.kind in ("money", "percent"):
            return None
        if rule := self._identifiers.head(text, numeral, low):
            return rule
        if amount.kind is None and last and numeral.digits and self._identifiers.continues(text, last[0], numeral):
            return last[1]
        if amount.start == numeral.start:
            return self._identifiers.touched(text, numeral, low, numeral.end if amount.kind else high)
        return None

    def _found(self, doc: Doc, amount: Amount, low: int, high: int) -> _Found | None:
        """The amount with its noun and cue; None where nothing shows that the number counts or measures."""
        text, numeral = doc.text, amount.numeral
        span = doc.char_span(amount.start, amount.end, alignment_mode="expand")
        if span is None:
            return None
        found = _Found(amount, amount.start, amount.end, low, high, rules=amount.rules)
        self._read_cue(text, found)
        if numeral.form == "ordinal":
            return self._ordinal(doc, found, span.end)
        if amount.kind is None:
            found.noun = self._noun(doc, found, span.end)
            noun = found.noun
            if noun is not None and self._units.is_time(noun.noun.text):
                if noun.end is not None:
                    return None
                found.noun = noun = None
            if noun is None or noun.end is not None:
                found.end = noun.end if noun is not None and noun.end is not None else found.end
                if rate := self._units.rate(text, found.end, high):
                    found.end, per, rule = rate
                    found.amount = replace(amount, per=per)
                    found.rules = (*found.rules, rule)
            if not self._counts(doc, found, span):
                if numeral.form != "cardinal" or (found.noun is not None and found.noun.end is not None):
                    return None
                found.weak = True
        self._read_cue_behind(text, found)
        return found

    def _noun(self, doc: Doc, found: _Found, first: int) -> counted.Counted | None:
        numeral = found.amount.numeral
        if numeral.form == "vague" and _OF.match(doc.text, numeral.end, found.high):
            first += 1
        if _ANOTHER_NUMBER.match(doc.text, numeral.end):
            return None
        number = doc[first - 1]
        if first < len(doc) and doc[first].idx < found.high:
            noun = counted.behind(doc, first, found.high, number)
            if noun is not None:
                return noun
        return counted.elsewhere(doc, number) if numeral.form != "vague" else None

    def _counts(self, doc: Doc, found: _Found, span) -> bool:
        """Whether a number without a unit counts something, by its noun, its form and its neighbours."""
        text, numeral, noun = doc.text, found.amount.numeral, found.noun
        left = doc[span.start - 1] if span.start > 0 and doc[span.start - 1].idx >= found.low else None
        written = text[numeral.start : numeral.end]
        if numeral.form == "ratio":
            return self._is_share(doc, found, span.end)
        if numeral.form == "vague":
            return noun is not None
        if _COMPOUND.match(text, numeral.end) or (numeral.value == 1 and not numeral.digits and _OF.match(text, numeral.end)):
            return False
        plural = noun is not None and noun.end is not None and noun.noun.tag_ in ("NNS", "NNPS")
        after_name = left is not None and left.tag_ in ("NNP", "NNPS") and text[left.idx + len(left) : span.start_char] in (" ", "\u00a0")
        if numeral.digits and after_name and not plural and found.bound == "exact" and numeral.scale == 1:
            return False
        if found.bound == "exact" and _YEAR.fullmatch(written) or (_LOOSE_YEAR.fullmatch(written) and not plural):
            return False
        if noun is None and numeral.value is not None and not numeral.digits and 1900 <= numeral.value < 2100:
            return False
        if noun is not None and noun.end is not None:
            name = noun.noun.tag_ == "NNP" and (noun.noun.ent_type_ == "GPE" or not noun.noun.text.endswith("s"))
            return found.bound != "exact" or not (name and numeral.digits and numeral.scale == 1) and len(noun.noun) > 1
        if noun is not None:
            return not (numeral.value == 1 and not numeral.digits) or span[-1].dep_ != "nsubj"
        if not numeral.digits and numeral.scale == 1:
            return found.bound != "exact"
        if _OF.match(text, numeral.end) and not _LOOSE_YEAR.fullmatch(written):
            return True
        if numeral.scale > 1 or found.bound != "exact" or re.search(r"\d[.,]\d", written):
            return True
        return bool(span[-1].tag_ == "CD" and span[-1].dep_ in ("pobj", "dobj", "attr", "conj", "nsubj") and (left is None or left.tag_ not in ("NN", "NNS", "NNP", "NNPS")))

    def _is_share(self, doc: Doc, found: _Found, first: int) -> bool:
        """Whether a fraction is a share: "one third of", "half the seats", not "a third party" or "the first half"."""
        text, numeral = doc.text, found.amount.numeral
        follower = doc[first].lower_ if first < len(doc) else ""
        span = doc.char_span(numeral.start, numeral.end, alignment_mode="expand")
        if span is not None and span.start > 0 and doc[span.start - 1].tag_ == "JJ":
            return False
        written = text[numeral.start : numeral.end].lower()
        if follower == "of":
            found.noun = None
            return True
        if re.fullmatch(r"(?:an? )?half", written):
            return follower in ("the", "all", "its", "their", "his", "her", "our", "these", "those")
        if written.startswith("a "):
            return found.noun is None or found.noun.end is None
        if " in " in written or " of " in written or "out" in written:
            return True
        if found.noun is not None:
            found.noun, found.end = None, found.amount.end
        return not re.fullmatch(r"half|quarters?", written)

    def _ordinal(self, doc: Doc, found: _Found, first: int) -> _Found | None:
        noun = counted.behind(doc, first, found.high, doc[first - 1]) if first < len(doc) else None
        rule = self._repeated.get(noun.noun.lower_) if noun is not None else None
        if noun is None or rule is None or noun.end is None:
            return None
        found.start, found.end, found.bound, found.noun, found.rules = found.amount.start, noun.end, "exact", noun, (*found.amount.rules, rule)
        return found

    def _read_cue(self, text: str, found: _Found) -> None:
        """Take in the cue that touches the amount in front: "at least", "up to"."""
        start = found.amount.start
        left = text[max(found.low, start - _LONGEST_CUE) : start]
        if match := self._cue_before.search(left):
            rule = self._before[re.sub(r"\s+", " ", match[1].lower())]
            found.start = start - len(left) + match.start()
            found.bound = rule.bound
            found.rules = (*found.rules, rule.id)

    def _read_cue_behind(self, text: str, found: _Found) -> None:
        """Take in the cue behind the amount: "or more"."""
        if found.bound == "exact" and (match := self._cue_after.match(text, found.end, found.high)):
            rule = self._after[re.sub(r"\s+", " ", match[1].lower())]
            found.end, found.bound, found.rules = match.end(), rule.bound, (*found.rules, rule.id)
            if found.amount.per is None and (rate := self._units.rate(text, found.end, found.high)):
                found.end, per, rate_rule = rate
                found.amount, found.rules = replace(found.amount, per=per), (*found.rules, rate_rule)

    # Two amounts that belong together.

    def _pairs(self, doc: Doc, found: list[_Found]) -> list[Quantity]:
        quantities, i = [], 0
        text = _with_dates_blotted(doc)
        while i < len(found):
            this, other = found[i], found[i + 1] if i + 1 < len(found) else None
            pair = self._pair(doc, text, this, other) if other is not None else None
            if pair is None and other is not None:
                self._lend(doc, this, other)
            if pair == "drop":
                i += 2
            elif isinstance(pair, Quantity):
                quantities.append(pair)
                i += 2
            else:
                if not this.weak:
                    quantities.append(self._single(doc, text, this))
                i += 1
        return quantities

    def _pair(self, doc: Doc, text: str, left: _Found, right: _Found) -> Quantity | str | None:
        """The range or change that two neighbours make; "drop" for a score ("2-1"); None where they are two amounts."""
        a, b = left.amount, right.amount
        if a.value is None or b.value is None or left.high != right.high or a.numeral.form != b.numeral.form or a.numeral.form == "ordinal":
            return None
        before = text[max(left.low, left.start - 12) : left.start]
        gap_start, gap_end = left.end, right.start
        if gap_end - gap_start > _BACK:
            return None
        between, origin = _BETWEEN.search(before), _FROM.search(before)
        dash = _DASH.fullmatch(text, gap_start, gap_end)
        to = _TO.fullmatch(text, gap_start, gap_end)
        linked = dash or to or (between and _AND.fullmatch(text, gap_start, gap_end)) or (origin and _LONG_TO.fullmatch(text, gap_start, gap_end))
        if not linked:
            if _FROM_BEHIND.fullmatch(text, gap_start, gap_end) and _same_unit(a, b) and re.search(r"\bto\s$", before):
                return self._changed(doc, right, left, left.start, right.end, text)
            if a.kind == "money" and _COINS.fullmatch(text, gap_start, gap_end) and self._are_coins(text, left, right):
                value = a.value + b.value / 100
                return self._record(doc, text, replace_found(left, replace(a, value=value)), left.start, right.end, noun=None)
            if a.kind is None and left.noun is None and b.kind is not None and a.numeral.digits and _OR.fullmatch(text, gap_start, gap_end):
                left.amount = replace(a, kind=b.kind, unit=b.unit, per=b.per, rules=(*a.rules, *b.rules))
                left.weak = False
            return None
        if not _compatible(left, right, bool(origin or between)):
            return None
        if to and a.kind != "percent" and (a.kind or left.noun) and not origin and (_BY.search(before) or self._change.search(before.rstrip()[-12:]) and before.rstrip().lower().endswith(tuple(self._changes))):
            return None
        a, b = _shared(a, b)
        assert a.value is not None and b.value is not None
        start = left.start - len((between or origin)[0]) if between or origin else left.start
        left = replace_found(left, a)
        right = replace_found(right, b)
        if a.value >= b.value:
            if dash:
                return "drop" if a.kind is None else None
            if a.value == b.value:
                return None
            return self._changed(doc, left, right, start, right.end, text)
        if dash and a.kind is None and (right.noun is None or right.noun.end is None) and b.value < 100:
            return "drop"
        if origin and self._direction(doc, text, left) is not None:
            return self._changed(doc, left, right, start, right.end, text)
        item = right.noun or left.noun
        return self._record(doc, text, right, start, right.end, bound="range", low=a.value, high=b.value, noun=item, more=left.rules)

    def _are_coins(self, text: str, left: _Found, right: _Found) -> bool:
        """Whether the right amount are the coins of the left one: "3 dollars 50 cents", "15 dollars and 50"."""
        a, b = left.amount, right.amount
        assert b.value is not None
        if b.value >= 100 or b.value.denominator != 1 or a.start < a.numeral.start or a.unit in _HUNDREDTHS:
            return False
        bare = b.kind is None and (right.noun is None or right.noun.end is None) and _CLAUSE_END.match(text, right.end)
        return b.unit in _HUNDREDTHS or bool(bare)

    def _lend(self, doc: Doc, left: _Found, right: _Found) -> None:
        """What a right neighbour takes over: the noun ("68,400 people ... and 95,800"), the bound ("more than 100 km (60 miles)")."""
        a, b = left.amount, right.amount
        span = doc.char_span(b.start, b.end, alignment_mode="expand")
        if span is None or left.high != right.high or span.start == 0:
            return
        if a.kind is None and b.kind is None and left.noun is not None and right.noun is None and b.numeral.form == "cardinal":
            before = doc[span.start - 1]
            near = not doc.has_annotation("SENT_START") or before.sent.start_char <= left.start
            if near and before.lower_ in _LISTING and left.noun.noun.tag_ in ("NNS", "NNPS") and not _COMPOUND.match(doc.text, b.end):
                right.noun, right.weak = replace(left.noun, end=None), False
        if b.kind in ("money", "measure") and b.kind == a.kind and right.bound == "exact" and left.bound not in ("exact", "approximate"):
            if _BRACKET.fullmatch(doc.text, left.end, right.start):
                right.bound = left.bound

    def _changed(self, doc: Doc, left: _Found, right: _Found, start: int, end: int, text: str) -> Quantity:
        """One record for "from A to B" with the new value B and B's bound."""
        a, b = left.amount.value, right.amount.value
        assert a is not None and b is not None
        change = Change(from_=_number(a), to=_number(b), direction="increase" if b > a else "decrease")
        rule = self._direction(doc, text, left)
        noun = right.noun or left.noun
        return self._record(doc, text, right, start, end, noun=noun, change=change, more=(*left.rules, *((rule.id,) if rule else ())))

    def _direction(self, doc: Doc, text: str, found: _Found) -> ChangeWords | None:
        """The last word of change before an amount in its sentence: "increase ... from 3 to 5"."""
        span = doc.char_span(found.start, found.end, alignment_mode="expand")
        begin = max(found.low, found.start - 200)
        if span is not None and doc.has_annotation("SENT_START"):
            begin = max(begin, span.sent.start_char)
        last = None
        for last in self._change.finditer(text, begin, found.start):
            pass
        return self._changes[last[1].lower()] if last else None

    def _single(self, doc: Doc, text: str, found: _Found) -> Quantity:
        change = None
        rules: tuple[str, ...] = ()
        before = text[max(found.low, found.start - 40) : found.start]
        if re.search(r"\d[^\n.;]{0,24}\sto\s$", before) and (rule := self._direction(doc, text, found)) and found.amount.value is not None:
            change = Change(to=_number(found.amount.value), direction=rule.direction)
            rules = (rule.id,)
        return self._record(doc, text, found, found.start, found.end, change=change, noun=found.noun, more=rules)

    def _record(
        self,
        doc: Doc,
        text: str,
        found: _Found,
        start: int,
        end: int,
        *,
        noun: counted.Counted | None,
        bound: Bound | None = None,
        low: Fraction | None = None,
        high: Fraction | None = None,
        change: Change | None = None,
        more: Iterable[str] = (),
    ) -> Quantity:
        amount, numeral = found.amount, found.amount.numeral
        bound = bound or found.bound
        value = amount.value
        if bound == "range":
            value = None
        elif numeral.form == "vague":
            bound = "approximate"
        elif bound == "exact":
            low = high = value
        elif bound in ("at_least", "more_than"):
            low = value
        elif bound in ("at_most", "less_than"):
            high = value
        kind: QuantityKind = amount.kind or ("ordinal" if numeral.form == "ordinal" else "ratio" if numeral.form == "ratio" else "count")  # type: ignore[assignment]
        item = noun.item if noun is not None and amount.kind is None else None
        if item is None and kind in ("percent", "measure", "ratio"):
            span = doc.char_span(amount.start, amount.end, alignment_mode="expand")
            of = counted.of_what(doc, span.end) if span is not None else None
            if of is not None:
                item = of.item
                if amount.per is None and of.end is not None and (rate := self._units.rate(doc.text, of.end, found.high)):
                    amount = replace(amount, per=rate[1])
        return Quantity(
            id="q0", start=start, end=end, text=doc.text[start:end], value=_number(value), low=_number(low), high=_number(high),
            bound=bound, kind=kind, unit=amount.unit, per=amount.per, item=item, change=change,
            rule="+".join(dict.fromkeys((*more, *found.rules))) or None,
        )  # fmt: skip


@Language.factory(
    "communique_quantities",
    default_config={"rules": None},
    assigns=["doc._.communique_quantities", "doc.spans"],
)
def make(nlp: Language, name: str, rules: str | None) -> Quantities:
    """spaCy's factory; `rules` is a user's rules folder or None."""
    return Quantities(rules)


def marks(doc: Doc) -> list[Mark]:
    """What was read, as examples mark it: `[at least 300 engineers](300; bound=at_least; item=engineers)`.

    A number put aside as a name is a mark `[1325](identifier)` that an example may leave out.
    """
    names = [
        Mark(start, end, "identifier", rules=frozenset([rule]), required=False)
        for start, end, rule in doc.user_data.get(_IDENTIFIERS, [])
    ]
    return [_mark(quantity) for quantity in layers.get(doc, "quantities")] + names


def _mark(quantity: Quantity) -> Mark:
    number = f"{_written(quantity.low)}..{_written(quantity.high)}" if quantity.bound == "range" else _written(quantity.value)
    unit = f" {quantity.unit}" if quantity.unit else ""
    main = f"{number}{unit}{f'/{quantity.per}' if quantity.per else ''}"
    values = {"bound": quantity.bound, "kind": quantity.kind, "item": quantity.item or ""}
    if quantity.change is not None:
        values |= {"from": _written(quantity.change.from_), "to": _written(quantity.change.to), "direction": quantity.change.direction or ""}
    return Mark(quantity.start, quantity.end, main, values, frozenset((quantity.rule or "").split("+")))


def _written(number: int | float | None) -> str:
    return "?" if number is None else str(number)


def _number(value: Fraction | None) -> int | float | None:
    """An exact value as JSON holds it: an integer where it is one."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)


def _phrases(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(p).replace(r"\ ", r"\s") for p in sorted(phrases, key=lambda p: (-len(p), p)))


class _Spans:
    """Stretches of text in reading order, asked which of them covers a place."""

    def __init__(self, spans: list[tuple[int, int, str]]) -> None:
        self._spans = sorted(spans)
        self._starts = [start for start, _, _ in self._spans]

    def cover(self, start: int, end: int) -> str | None:
        """The label of a stretch that shares a character with `start:end`."""
        i = bisect_right(self._starts, end - 1)
        if i and self._spans[i - 1][1] > start:
            return self._spans[i - 1][2]
        return None


def _edges(doc: Doc) -> list[tuple[int, int]]:
    return [(segment.start, segment.end) for segment in layers.get(doc, "segments")]


def _around(edges: list[tuple[int, int]], at: int, length: int) -> tuple[int, int]:
    """The segment around a place; the whole text where no segment is."""
    i = bisect_right(edges, (at, length + 1))
    if i and edges[i - 1][1] > at:
        return edges[i - 1]
    return (edges[i - 1][1] if i else 0), (edges[i][0] if i < len(edges) else length)


def _with_dates_blotted(doc: Doc) -> str:
    """The text with each date as a run of one sign, of the same length."""
    parts, last = [], 0
    for date in layers.get(doc, "dates"):
        if date.start >= last:
            parts += [doc.text[last : date.start], _DATE * (date.end - date.start)]
            last = date.end
    return "".join([*parts, doc.text[last:]])


def _shared_sign(text: str, previous: Amount | None, numeral: Numeral) -> str | None:
    """The currency whose sign stands before the left end of a pair: the EUR of "EUR 40-50m"."""
    if previous is None or previous.kind != "money" or previous.start == previous.numeral.start:
        return None
    gap = previous.end, numeral.start
    return previous.unit if _DASH.fullmatch(text, *gap) or _TO.fullmatch(text, *gap) else None


def _too_long(text: str, numeral: Numeral) -> str:
    return f"A number of {numeral.end - numeral.start} characters at {numeral.start} was left out: it is no amount."


def _same_unit(a: Amount, b: Amount) -> bool:
    return (a.kind, a.unit) == (b.kind, b.unit)


def _compatible(left: _Found, right: _Found, framed: bool) -> bool:
    """Whether two ends can share one unit: the same, or one that the other end lacks; `framed` by from or between."""
    a, b = left.amount, right.amount
    behind = left.noun is not None and left.noun.end is not None
    if a.kind is None and b.kind is None:
        if right.noun is None:
            return framed or not behind
        return not behind or (left.noun is not None and right.noun.noun.lower_ == left.noun.noun.lower_)
    if a.kind is None:
        return not behind
    return _same_unit(a, b) or (b.kind is None and right.noun is None and framed)


def _shared(a: Amount, b: Amount) -> tuple[Amount, Amount]:
    """Spread unit, rate and scale over both ends: "EUR 40-50m" -> 40000000 and 50000000 EUR."""
    assert a.value is not None and b.value is not None and a.numeral.value is not None and b.numeral.value is not None
    if a.numeral.scale == 1 < b.numeral.scale and a.value * b.numeral.scale < b.value:
        a = replace(a, value=a.value * b.numeral.scale)
    if a.kind is None and b.kind is not None and b.numeral.value:
        a = replace(a, value=(a.value or 0) * (b.value / b.numeral.value))
    unit = b if b.kind is not None else a
    per = b.per or a.per
    return replace(a, kind=unit.kind, unit=unit.unit, per=per), replace(b, kind=unit.kind, unit=unit.unit, per=per)


def replace_found(found: _Found, amount: Amount) -> _Found:
    """The same find with another amount."""
    return replace(found, amount=amount)
