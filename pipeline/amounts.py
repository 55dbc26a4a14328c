"""From numbers to amounts: which numbers of a document count or measure something, what, and how they are bounded.

    numerals -> dates and identifiers out -> unit, or counted noun -> cue

"at least 300 engineers" is found with its cue and its noun, "Resolution 1325" is put aside under the rule that knows
it. A number that nothing shows to count stays as `weak`: it may be one end of a pair ("20 to 25 ships").
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spacy.tokens import Doc, Span, Token

from pipeline import ages, counted, layers, lookup
from pipeline.ages import Ages
from pipeline.home_currency import Homeland
from pipeline.identifiers import Identifiers
from pipeline.numerals import MAX_DIGITS, Grammar, Numeral
from pipeline.phrases import Endings, any_of, one_space
from pipeline.records import Bound, Direction
from pipeline.rulebook import Lower, Rule
from pipeline.units import Amount, Units

_LONGEST_CUE = 32
_SENTENCE_REACH = 60
_OF = re.compile(r"\s+of\s+")
_RANGE_LINK = re.compile(r"\s?[-–—~]\s?|\s(?:to|through)\s")
_BRACKET = re.compile(r"\s?\([^()\n]{1,40}\)")
_COMPOUND = re.compile(r"-[A-Za-z]")
_ANOTHER_NUMBER = re.compile(r"\s?[-–—~]\s?\d|(?:-|\s)\s?(?:to|and|or)\s\d")
_FORMATTED = re.compile(r"\d[.,]\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_OLD_YEAR = re.compile(r"1[5-8]\d\d")
_ARTICLE_ORDINAL = re.compile(r"an?\s+(\w+(?:rd|th))", re.IGNORECASE)
_PROPORTION = re.compile(r"\b(?:in|out of)\b")
_HALF = re.compile(r"(?:an? )?half", re.IGNORECASE)
_LONE_QUARTER = re.compile(r"quarters?", re.IGNORECASE)
_PLURALS = ("NNS", "NNPS")
_NAMES = ("ORG", "FAC", "PRODUCT", "WORK_OF_ART")
_ONLY_ONE = ("GPE", "LOC", "PERSON")
_ARGUMENTS = ("pobj", "dobj", "attr", "conj", "nsubj")
_LIMITS = ("more_than", "less_than", "at_least", "at_most")


class Cue(Rule):
    """Phrases that touch a number and bound it: "at least", "or more"."""

    bound: Bound
    before: list[Lower]
    after: list[Lower] = []
    between: list[Lower] = []
    """What may stand between a cue and the number: "at least another 40"."""
    ages: bool = False
    """Whether the cues hold only behind ages, and make a bare number one: "12 and under"."""
    whole: bool = False
    """Whether the amount ends with the cue and counts no noun behind it: "a 5,000-strong force"."""


class Repeated(Rule):
    """Nouns whose ordinals count: "the sixth meeting"; or, with `indefinite`, nouns whose ordinals do not count even
    behind an indefinite article: "a second aircraft" is one more, "a second chance" is not.
    """

    words: list[Lower]
    indefinite: bool = False


class Group(Rule):
    """Nouns whose size a number behind "of" is: "a crew of 600"."""

    words: list[Lower]


@dataclass(slots=True)
class Found:
    """An amount with its cue and its counted noun: `start:end` is the whole mention, `low:high` its segment. `weak`
    says that nothing shows it to count, `direction` where it is what something rose or fell to.
    """

    amount: Amount
    start: int
    end: int
    low: int
    high: int
    bound: Bound = "exact"
    noun: counted.Counted | None = None
    rules: tuple[str, ...] = ()
    weak: bool = False
    whole: bool = False
    direction: Direction | None = None

    @property
    def counts_behind(self) -> bool:
        """Whether a counted noun stands right behind the number."""
        return self.noun is not None and self.noun.end is not None


class Page:
    """A document as the readers of amounts see it; the dates in it are taken once."""

    def __init__(self, doc: Doc, places: Mapping[str, str]) -> None:
        self.doc, self.text = doc, lookup.text(doc)
        self.dates = Stretches((date.start, date.end, "date") for date in layers.get(doc, "dates"))
        self.homeland = Homeland(doc, places)
        self._segments = sorted((segment.start, segment.end) for segment in layers.get(doc, "segments"))

    def tokens(self, start: int, end: int) -> Span | None:
        """The tokens that the characters touch."""
        return layers.tokens(self.doc, start, end)

    def sentence_start(self, i: int) -> int:
        """The character where the sentence of token `i` begins, or the sixtieth token before it."""
        first = max(0, i - _SENTENCE_REACH)
        while i > first and not self.doc[i].is_sent_start:
            i -= 1
        return self.doc[i].idx

    def around(self, at: int) -> tuple[int, int]:
        """The segment around a place, which no match may leave; the gap between segments where it lies in none."""
        i = bisect_right(self._segments, (at, len(self.text)))
        if i and self._segments[i - 1][1] > at:
            return self._segments[i - 1]
        low = self._segments[i - 1][1] if i else 0
        return low, self._segments[i][0] if i < len(self._segments) else len(self.text)


class Stretches:
    """Labelled stretches of a text, asked which of them a place touches."""

    def __init__(self, stretches: Iterable[tuple[int, int, str]]) -> None:
        self.all = sorted(stretches)
        self._starts = [start for start, _, _ in self.all]

    def touching(self, start: int, end: int) -> tuple[int, int, str] | None:
        """The stretch that shares a character with `start:end`."""
        i = bisect_right(self._starts, end - 1)
        return self.all[i - 1] if i and self.all[i - 1][1] > start else None

    def next_start(self, at: int, high: int) -> int:
        """Where the next stretch behind a place begins, `high` at most: a counted noun ends before "30 today"."""
        i = bisect_right(self._starts, at - 1)
        return min(high, self._starts[i]) if i < len(self._starts) else high


class Amounts:
    """Finds the amounts of a document, by one set of rules."""

    def __init__(self, rules: Mapping[str, list[Any]]) -> None:
        self._grammar = Grammar(rules["numerals"])
        self._identifiers = Identifiers(rules["identifiers"])
        self._groups = {word: rule.id for rule in rules["groups"] for word in rule.words}
        self.places = {name: country.id for country in rules["places"] for name in country.names}
        self._ages = Ages(rules["ages"])
        self.units = Units(rules["currencies"], rules["money"], rules["units"], rules["rates"])
        self._before = {phrase: rule for rule in rules["bounds"] for phrase in rule.before}
        self._after = {phrase: rule for rule in rules["bounds"] for phrase in rule.after}
        self._between = {phrase: rule for rule in rules["bounds"] for phrase in rule.between}
        self._cue_before = re.compile(
            rf"(?<![\w-])({any_of(self._before)})(?:\s({any_of(self._between)}))?\s?$", re.IGNORECASE
        )
        self._cue_ends = Endings([*self._before, *self._between])
        # of "$5 million and over 40 towns" and "200 or more than 190" the cue is the next number's
        self._cue_after = re.compile(rf",?\s?({any_of(self._after)})(?!\w|\s\S{{0,3}}\d|\sthan\b)", re.IGNORECASE)
        ordinals: list[Repeated] = rules["ordinals"]
        self._repeated = {word: rule.id for rule in ordinals if not rule.indefinite for word in rule.words}
        self._one_more = {rule.id: frozenset(rule.words) for rule in ordinals if rule.indefinite}

    def find(self, page: Page) -> tuple[list[Found], list[tuple[int, int, str]]]:
        """The amounts in reading order, and the numbers that are names or durations, each with its rule."""
        found: list[Found] = []
        named: list[tuple[int, int, str]] = []
        too_long: list[Numeral] = []
        numerals = self._grammar.find(page.text)
        masks = Stretches(self._identifiers.masks(page.text) if numerals else [])
        for numeral in numerals:
            low, high = page.around(numeral.start)
            if numeral.end > high or (page.dates.touching(numeral.start, numeral.end) and not _priced(page, numeral)):
                continue
            if numeral.digits and _digits(page.text, numeral) > MAX_DIGITS:
                too_long.append(numeral)
                continue
            if mask := masks.touching(numeral.start, numeral.end):
                named += [mask] if mask not in named[-1:] else []
                continue
            amount = self._measured(page, numeral, found[-1].amount if found else None, low, high)
            if rule := self._name(page.text, amount, low, high, named):
                named.append((numeral.start, numeral.end, rule))
            elif not (found and found[-1].end > amount.start) and (item := self._found(page, amount, low, high)):
                found.append(item)
        if too_long:
            first = too_long[0]
            message = (
                f"{len(too_long)} numbers of more than {MAX_DIGITS} digits, the first at {first.start}, are no amounts."
            )
            layers.warn(page.doc, "number_too_long", message)
        return found, named

    def _measured(self, page: Page, numeral: Numeral, last: Amount | None, low: int, high: int) -> Amount:
        """The number with its unit; the sign of "EUR 40-50m" holds for the right end, too."""
        shared = None
        if last is not None and last.kind == "money" and last.start < last.numeral.start:
            shared = last.unit if _RANGE_LINK.fullmatch(page.text, last.end, numeral.start) else None
        counts = False
        if numeral.suffix is not None and (span := page.tokens(numeral.start, numeral.end)) is not None:
            counts = span.end < len(page.doc) and page.doc[span.end].tag_ == "NNS"
        return self.units.at_home(self.units.read(page.text, numeral, low, high, shared, counts), page.homeland)

    def _name(self, text: str, amount: Amount, low: int, high: int, named: list[tuple[int, int, str]]) -> str | None:
        """The rule by which a number is a name or a duration, not an amount."""
        numeral = amount.numeral
        if amount.kind in ("money", "percent"):
            return None
        if amount.kind == "time":
            return amount.rules[-1]
        if rule := self._identifiers.head(text, numeral, low):
            return rule
        if amount.kind is None and named and numeral.digits:
            _, end, rule = named[-1]
            if self._identifiers.continues(text, end, rule, numeral):
                return rule
        if amount.start == numeral.start:
            return self._identifiers.touched(text, numeral, low, numeral.end if amount.kind else high)
        return None

    def _found(self, page: Page, amount: Amount, low: int, high: int) -> Found | None:
        """The amount with its noun and cue; None where it shows itself to be something else."""
        span = page.tokens(amount.start, amount.end)
        if span is None:
            return None
        found = Found(amount, amount.start, amount.end, low, high, rules=amount.rules)
        self._read_cue(page.text, found)
        if amount.numeral.form == "ordinal":
            return self._ordinal(page, found, span)
        ordinal = _no_share(page.text, amount)
        repeated = self._ordinal(page, replace(found, amount=ordinal), span[1:]) if ordinal is not None else None
        if repeated is not None:
            return repeated
        if amount.kind is None and not self._read_age(page, found, span):
            self._read_cue_behind(page.text, found)
            if found.amount.kind is None and not found.whole and not self._read_noun(page, found, span):
                return None
        self._drop_preposition(page, found)
        self._read_cue_behind(page.text, found)
        self._read_rate_behind_bracket(page.text, found)
        return found

    def _read_age(self, page: Page, found: Found, span: Span) -> bool:
        """Take a number for an age where it is one: "workers over 55", "Maria Lund, 47, leads the agency"."""
        cue = page.tokens(found.start, found.amount.end) if found.bound in _LIMITS else span
        value = found.amount.value
        rule = self._ages.rule(page.doc, span, value, cue.start) if cue is not None and value is not None else None
        if rule is not None:
            found.amount = replace(found.amount, kind="measure", unit=ages.UNIT)
            found.rules = (*found.rules, rule)
        return rule is not None

    def _read_noun(self, page: Page, found: Found, span: Span) -> bool:
        """Take in what a number without a unit counts; False where it counts nothing and is no end of a pair."""
        numeral = found.amount.numeral
        compound = _COMPOUND.match(page.text, found.end) is not None
        found.noun = self._noun(page, found, span)
        unit = self.units.kind(found.noun.noun.text) if found.noun is not None else None
        if found.counts_behind and unit == "time":
            return False
        if not found.counts_behind and unit is not None:
            found.noun = None  # "three 81 mm guns" are no millimetres
        if found.noun is not None and found.noun.end is not None:
            found.end = found.noun.end
        if found.noun is None:
            self._read_group(page, found)
        if found.noun is None or found.counts_behind:
            self._read_rate(page.text, found)
        if numeral.form == "ratio":
            return self._is_share(page, found, span)
        if numeral.form == "vague":
            return found.noun is not None
        found.weak = compound or not self._counts(page, found, span)
        year = _YEAR.fullmatch(page.text, numeral.start, numeral.end) is not None
        return year or not found.weak or not found.counts_behind

    def _read_group(self, page: Page, found: Found) -> None:
        """Take a group for what a bare number behind "of" counts: "a crew of nearly 600"."""
        span = page.tokens(found.start, found.end)
        of = page.doc[span.start - 2 : span.start] if span is not None and span.start > 1 else None
        if of is not None and of[1].lower_ == "of" and (rule := self._groups.get(of[0].lower_)):
            found.noun = counted.Counted(None, of[0].text, of[0])
            found.rules = (*found.rules, rule)

    def _noun(self, page: Page, found: Found, span: Span) -> counted.Counted | None:
        doc, numeral, first = page.doc, found.amount.numeral, span.end
        if found.end > found.amount.end and (wider := page.tokens(found.start, found.end)) is not None:
            first = wider.end
        if _ANOTHER_NUMBER.match(page.text, numeral.end):
            return None
        if numeral.form == "vague" and _OF.match(page.text, numeral.end, found.high):
            first += 1
        noun = None
        stop = page.dates.next_start(numeral.end, found.high)
        if first < len(doc) and doc[first].idx < stop:
            number = doc[first - 1] if numeral.form == "vague" else span[-1]
            noun = counted.behind(doc, first, stop, number, single=numeral.value in (0, 1))
        if noun is None and numeral.form != "vague":
            noun = counted.elsewhere(doc, span[-1])
        return noun

    def _counts(self, page: Page, found: Found, span: Span) -> bool:
        """Whether a bare number counts something, by its form, its noun and the word before it."""
        text, numeral, exact = page.text, found.amount.numeral, found.bound == "exact"
        written = text[numeral.start : numeral.end]
        one = numeral.value == 1 and not numeral.digits
        of = _OF.match(text, numeral.end) is not None
        if one and of:
            return False
        noun = found.noun.noun if found.noun is not None else None
        plural = noun is not None and found.counts_behind and noun.tag_ in _PLURALS
        plain = numeral.digits and numeral.scale == 1 and exact
        if plain and not plural and _after_name(page, span, found.low):
            return False
        if exact and _YEAR.fullmatch(written) and not (plural and _opens_phrase(page, span, found.low)):
            return False
        if exact and _OLD_YEAR.fullmatch(written) and not found.counts_behind:
            return False
        if exact and span[0].ent_type_ in _NAMES and noun is not None and noun.ent_type_ == span[0].ent_type_:
            return False
        if noun is not None and found.counts_behind:
            return not exact or (len(noun) > 1 and not _in_a_name(page, found, span, noun))
        if noun is not None:
            return not one or span[-1].dep_ != "nsubj"
        if not numeral.digits:
            spelt_year = numeral.value is not None and 1900 <= numeral.value < 2100
            return not exact or (numeral.scale > 1 and not spelt_year)
        if exact and _after_article(page, span, found.low):
            return False
        if not exact or of or numeral.scale > 1 or _FORMATTED.search(written):
            return True
        return span[-1].tag_ == "CD" and span[-1].dep_ in _ARGUMENTS and not _after_noun(page, span, found.low)

    def _is_share(self, page: Page, found: Found, span: Span) -> bool:
        """Whether a fraction is a share: "one third of", "half the seats", not "a third party" or "the first half"."""
        written = page.text[found.amount.numeral.start : found.amount.numeral.end]
        before = page.doc[span.start - 1] if span.start else None
        after = page.doc[span.end] if span.end < len(page.doc) else None
        if before is not None and before.tag_ == "JJ":
            return False
        if _PROPORTION.search(written):
            return True
        behind = found.counts_behind
        found.noun, found.end = None, found.amount.end
        if after is not None and after.lower_ == "of":
            return True
        if _HALF.fullmatch(written):
            by = before is not None and before.lower_ == "by"
            return by or found.bound != "exact" or (after is not None and after.tag_ in ("DT", "PDT", "PRP$"))
        if written[:2].lower() == "a ":
            return not behind
        return _LONE_QUARTER.fullmatch(written) is None

    def _ordinal(self, page: Page, found: Found, span: Span) -> Found | None:
        """An ordinal before a noun for something that is repeated: "its sixth meeting"."""
        if span.end == len(page.doc):
            return None
        noun = counted.behind(page.doc, span.end, found.high, span[-1])
        if noun is None or noun.end is None:
            return None
        rule = self._repeated.get(noun.noun.lower_) or self._another(page, noun, span)
        if rule is None:
            return None
        start, rules = found.amount.start, (*found.amount.rules, rule)
        return replace(found, start=start, end=noun.end, bound="exact", noun=noun, rules=rules)

    def _another(self, page: Page, noun: counted.Counted, span: Span) -> str | None:
        """The rule by which an ordinal behind an indefinite article means one more of a kind: "a second aircraft"."""
        article = page.doc[span.start - 1] if span.start else None
        joined = page.text.startswith("-", span.end_char)  # "a third-party report"
        if joined or noun.noun.tag_ != "NN" or article is None or "Ind" not in article.morph.get("Definite", []):
            return None
        words = {noun.noun.lower_, page.doc[span.end].lower_}
        return next((id_ for id_, others in self._one_more.items() if words.isdisjoint(others)), None)

    def _read_rate(self, text: str, found: Found) -> None:
        """Take in the rate that stands behind the noun or the cue: "doses per week", "$10 or less per month"."""
        if found.amount.per is None and (rate := self.units.rate(text, found.end, found.high)):
            found.end, per, rule = rate
            found.amount, found.rules = replace(found.amount, per=per), (*found.rules, rule)

    def _read_rate_behind_bracket(self, text: str, found: Found) -> None:
        """Read the rate of "$25 (about 23 euros) per hour"; the mention ends before the bracket."""
        if found.amount.per is None and (bracket := _BRACKET.match(text, found.end, found.high)):
            rate = self.units.rate(text, bracket.end(), found.high)
            if rate is not None:
                found.amount, found.rules = replace(found.amount, per=rate[1]), (*found.rules, rate[2])

    def _read_cue(self, text: str, found: Found) -> None:
        """Take in the cue that touches the amount in front: "at least", "up to"."""
        for start in dict.fromkeys((found.start, found.amount.numeral.start)):
            left = text[max(found.low, start - _LONGEST_CUE) : start]
            if self._cue_ends.possible(left) and (match := self._cue_before.search(left)):
                rule = self._before[one_space(match[1])]
                found.start = min(found.start, start + match.start() - len(left))
                between = (self._between[one_space(match[2])].id,) if match[2] else ()
                found.bound, found.rules = rule.bound, (*found.rules, rule.id, *between)
                break
        left = text[max(found.low, found.start - _LONGEST_CUE) : found.start]
        # "up to nearly 3 million": the outer cue limits; a lone word ("over about 40 towns") may be a preposition
        if found.bound == "approximate" and (match := self._cue_before.search(left)) and " " in match[1]:
            rule = self._before[one_space(match[1])]
            found.start += match.start() - len(left)
            found.bound, found.rules = rule.bound, (*found.rules, rule.id)

    def _drop_preposition(self, page: Page, found: Found) -> None:
        """Leave out a cue that the parse takes for the particle of a verb ("turn over $5 million") or, before what is
        counted, for a preposition: "he served under two presidents", "unlawful under ten decisions".
        """
        before = page.tokens(found.start, found.amount.start) if found.start < found.amount.start else None
        if before is None or len(before) != 1 or found.bound not in _LIMITS:
            return
        cue, start = before[0], found.amount.start
        particle = cue.tag_ == "RP" and cue.text.islower()
        governed = found.noun is not None and found.counts_behind and found.noun.noun.head == cue
        if particle or (cue.tag_ == "IN" and cue.dep_ == "prep" and governed):
            rule = self._before.get(cue.lower_)
            found.start, found.bound = start, "exact"
            found.rules = tuple(id_ for id_ in found.rules if rule is None or id_ != rule.id)

    def _read_cue_behind(self, text: str, found: Found) -> None:
        """Take in the cue behind the amount: "or more", and the plus inside "$30+ billion"."""
        if "+" in text[found.amount.numeral.start : found.amount.numeral.end]:
            rule = self._after["+"]
        elif (match := self._cue_after.match(text, found.end, found.high)) and (
            found.bound == "exact" or (match[1] == "+" and found.bound == "approximate")
        ):
            rule = self._after[one_space(match[1])]
            bare = found.amount.kind is None and found.end == found.amount.end
            if rule.ages and bare:
                found.amount = replace(found.amount, kind="measure", unit=ages.UNIT)
            elif rule.ages and found.amount.unit != ages.UNIT:
                return
            found.end, found.whole = match.end(), rule.whole
        else:
            return
        found.bound, found.rules = rule.bound, (*found.rules, rule.id)
        self._read_rate(text, found)


def _in_a_name(page: Page, found: Found, span: Span, noun: Token) -> bool:
    """Whether a number and the noun behind it are a name, or a phrase that counts nothing: "Flight 12 Mayday", "Five
    Dock", "one Europe", "the CBP One app", "zero tolerance".
    """
    numeral, proper = found.amount.numeral, noun.tag_ == "NNP"
    single = proper and (noun.ent_type_ == "GPE" or not noun.text.endswith("s"))
    if numeral.digits:
        return single and numeral.scale == 1
    title = page.text[numeral.start].isupper() and not span[0].is_sent_start
    if numeral.value == 0:
        return noun.tag_ not in _PLURALS
    lone = (proper and noun.ent_type_ in _ONLY_ONE) or (title and _after_name(page, span, found.low))
    return (numeral.value == 1 and lone) or (title and single)


def _priced(page: Page, numeral: Numeral) -> bool:
    """Whether a sign of money touches a number, which no date has: "a $1,000-a-month grant"."""
    return numeral.start > 0 and unicodedata.category(page.text[numeral.start - 1]) == "Sc"


def _digits(text: str, numeral: Numeral) -> int:
    return sum(map(str.isdigit, text[numeral.start : numeral.end]))


def _before(page: Page, span: Span, low: int) -> Token | None:
    token = page.doc[span.start - 1] if span.start else None
    return token if token is not None and token.idx >= low else None


def _after_name(page: Page, span: Span, low: int) -> bool:
    """Whether a name stands right before a number: "Stoxx 600"."""
    token = _before(page, span, low)
    return token is not None and token.tag_ in ("NNP", "NNPS") and token.whitespace_ == " "


def _opens_phrase(page: Page, span: Span, low: int) -> bool:
    """Whether a number opens its noun phrase: "hire 2000 nurses", not "the 2019 floods" or "by 2040 goals"."""
    token = _before(page, span, low)
    return token is None or token.tag_ not in ("DT", "IN", "PRP$", "POS")


def _no_share(text: str, amount: Amount) -> Amount | None:
    """ "a third" as the ordinal that it is before a noun for something that is repeated: "a third round of talks"."""
    numeral, match = amount.numeral, _ARTICLE_ORDINAL.fullmatch(text, amount.start, amount.end)
    if match is None or amount.kind is not None or numeral.form != "ratio" or not numeral.value:
        return None
    start = match.start(1)
    ordinal = replace(numeral, start=start, value=1 / numeral.value, form="ordinal")
    return replace(amount, start=start, numeral=ordinal, value=ordinal.value)


def _after_article(page: Page, span: Span, low: int) -> bool:
    """Whether a number without a noun has an article or an owner and is a name, then: "the 747", "Boeing's 747"."""
    token = _before(page, span, low)
    return token is not None and (token.tag_ == "POS" or "Def" in token.morph.get("Definite", []))


def _after_noun(page: Page, span: Span, low: int) -> bool:
    token = _before(page, span, low)
    return token is not None and token.tag_ in ("NN", "NNS", "NNP", "NNPS")
