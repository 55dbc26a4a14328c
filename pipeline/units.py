"""What stands around a number and says what it measures: "$", "EUR", "million Danish crowns", "%", "km", "per year".

`Units.read` turns a numeral into an amount: it looks at the characters that touch the number, currency first, since
a sign decides what letters mean ("$5m" are millions, "5m" metres). The words stand in rules/quantities/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from pipeline.numerals import GAP, Numeral
from pipeline.phrases import Endings
from pipeline.rulebook import Entry, Lower, Rule

if TYPE_CHECKING:  # the register reads amounts without spaCy
    from pipeline.home_currency import Homeland

_SPACE = re.compile(rf"(?:{GAP}|\n)?-?(?:{GAP})?")
_OF = re.compile(r"\s+of\s+")
_OF_A = re.compile(r"\s(?:of\s)?an?\s")
_PER = re.compile(rf"{GAP}?/{GAP}?|(?:{GAP}|-|\n)per(?:{GAP}|-|\n)")
_EACH = re.compile(rf"(?:{GAP}|-|\n)(?:an?|each|every)(?:{GAP}|-|\n)", re.IGNORECASE)
_MINUS = re.compile(rf"(?<![\w)])(?:(?:minus|negative)(?:{GAP}|-)|[-−])\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_NOTHING = r"\Z\A"  # matches nowhere
_LONGEST_SIGN = 6
_LONGEST_CUE = 16
_LONGEST_MINUS = 10
_CODE_LENGTH = 3


UnitKind = Literal["money", "percent", "measure", "time"]


class Currency(Entry):
    """One line of currencies.jsonl: an ISO 4217 code with its English names and signs of its own."""

    names: list[Lower]
    signs: list[str]


class Money(Rule):
    """Signs and names of money that the ISO list does not decide, by code; `parts` are small coins, `hundredths` of a
    dollar, a pound. Where several countries share a rule's signs and names, `homes` are the codes by country, and
    `shared` are names that have no meaning without one.
    """

    signs: dict[str, str] = {}
    names: dict[Lower, str] = {}
    shared: list[Lower] = []
    homes: dict[str, str] = {}
    parts: dict[Lower, str] = {}
    glued: dict[str, str] = {}
    words: list[str] = []
    hundredths: bool = False


class Unit(Rule):
    """A unit of measure: its words (any case), symbols (to the letter), symbols that must touch the digits (`glued`),
    the rate it carries (`per`), how many of `unit` it stands for (`times`: bcm = 10**9 cubic metres), and words in
    front of a bare number that give it the unit (`cues`: "aged 12"). A dash before a number is a minus where the unit
    is `signed`: "-5 °C".
    """

    unit: str
    kind: Literal["measure", "percent", "time"] = "measure"
    words: list[Lower] = []
    symbols: list[str] = []
    glued: list[str] = []
    per: str | None = None
    times: int = 1
    cues: list[Lower] = []
    signed: bool = False


class Rate(Rule):
    """What amounts are counted by: "per year", "a barrel" (where `article` is true), "annually"."""

    article: bool
    words: dict[Lower, str]
    adverbs: dict[Lower, str] = {}
    stop: list[Lower] = []


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word behind or before a number makes of it: "km" -> Meaning("measure", "kilometre")."""

    kind: UnitKind
    unit: str | None
    rule: str
    per: str | None = None
    times: int = 1
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit. `start:end` covers sign, number, unit and rate; kind is None where no unit stands."""

    start: int
    end: int
    numeral: Numeral
    value: Fraction | None
    kind: UnitKind | None = None
    unit: str | None = None
    per: str | None = None
    rules: tuple[str, ...] = field(default=())


class Units:
    """All words that give a number its unit, compiled once from the rules."""

    def __init__(
        self, currencies: Iterable[Currency], money: Sequence[Money], units: Iterable[Unit], rates: Iterable[Rate]
    ) -> None:
        self._prefixes: dict[str, Meaning] = {}
        words: dict[str, Meaning] = {}
        symbols: dict[str, Meaning] = {}
        glued: dict[str, Meaning] = {}
        self._cues: dict[str, Meaning] = {}
        self._no_codes: dict[str, str] = {}
        self._homes = {rule.id: rule.homes for rule in money if rule.homes}
        for unit in units:
            meaning = Meaning(unit.kind, unit.unit, unit.id, unit.per, unit.times, unit.signed)
            words |= dict.fromkeys(unit.words, meaning)
            symbols |= dict.fromkeys(unit.symbols, meaning)
            glued |= dict.fromkeys(unit.glued, meaning)
            self._cues |= dict.fromkeys(unit.cues, meaning)
        self._hundredths = {part for rule in money for part in rule.parts.values() if rule.hundredths}
        for rule in money:
            self._no_codes |= dict.fromkeys(rule.words, rule.id)
            for sign, code in rule.signs.items():
                self._prefixes[sign] = symbols[sign] = Meaning("money", code, rule.id)
            words |= {name: Meaning("money", code, rule.id) for name, code in {**rule.names, **rule.parts}.items()}
            words |= {name: Meaning("money", None, rule.id) for name in rule.shared}
            glued |= {sign: Meaning("money", code, rule.id) for sign, code in rule.glued.items()}
        for currency in currencies:
            meaning = Meaning("money", currency.id, "iso_4217")
            if currency.id not in self._no_codes:
                self._prefixes[currency.id] = symbols[currency.id] = meaning
                symbols["M" + currency.id] = self._prefixes["M" + currency.id] = replace(meaning, times=1_000_000)
            for name in currency.names:
                words.setdefault(name, meaning)
            for sign in currency.signs:
                self._prefixes[sign] = symbols[sign] = meaning
        self._words, self._symbols, self._glued = words, symbols, glued
        self._after = re.compile(f"(?:(?i:{_either(words)})|{_either(symbols)})(?![^\\W_])")
        self._touching = re.compile(f"(?:{_either(glued)})(?![^\\W_])")
        self._cue = re.compile(f"(?<!\\w)({_either(self._cues)})\\s$", re.IGNORECASE)
        self._cue_ends = Endings(self._cues)
        self._take_rates(rates)

    def _take_rates(self, rates: Iterable[Rate]) -> None:
        """The words of rates: behind "per", behind an article, adverbs, and what is no rate though it begins as one."""
        self._per: dict[str, tuple[str, str]] = {}
        self._each: dict[str, tuple[str, str]] = {}
        self._adverbs: dict[str, tuple[str, str]] = {}
        stops: list[str] = []
        for rate in rates:
            self._per |= {word: (name, rate.id) for word, name in rate.words.items()}
            if rate.article:
                self._each |= {word: (name, rate.id) for word, name in rate.words.items()}
            self._adverbs |= {word: (name, rate.id) for word, name in rate.adverbs.items()}
            stops += rate.stop
        self._per_words = re.compile(f"(?i:{_either(self._per)})s?(?![^\\W_])")
        self._adverb = re.compile(f"{GAP}((?i:{_either(self._adverbs)}))(?![^\\W_])")
        self._stop = re.compile(f"(?i:{GAP}(?:{_either(dict.fromkeys(stops, None))}))(?![^\\W_])")

    def kind(self, word: str) -> UnitKind | None:
        """What a word measures, where it is a unit: "time" for "years", "measure" for "mm"."""
        meaning = self._words.get(word.lower()) or self._symbols.get(word)
        return meaning.kind if meaning is not None else None

    def is_hundredth(self, unit: str | None) -> bool:
        """Whether a unit is a coin worth a hundredth of the currency: "cent"."""
        return unit in self._hundredths

    def read(
        self, text: str, numeral: Numeral, low: int, high: int, shared: str | None = None, counts: bool = False
    ) -> Amount:
        """The amount that `numeral` begins; only characters within `low:high` are looked at. `shared` is the currency
        of the other end of a range, `counts` says that a counted noun follows ("12m users").

        "EUR 75.5 million", "500 million USD per year", "85-kilometre", "25 basis points", "RM50 a month".
        """
        start, before = self._before(text, numeral.start, low)
        if before is None and shared is not None:
            before = Meaning("money", shared, "shared_currency")
        if before is None and not counts and numeral.suffix is not None:
            numeral = self._settle_suffix(text, numeral, high)
        end, after = self._behind(text, numeral, high)
        meaning = after
        if before is not None:
            end, meaning = _with_sign(text, numeral, before, end, after)
        elif after is None and (cue := self._unit_cue(text[max(low, start - _LONGEST_CUE) : start])):
            start, meaning = start - len(cue[0]), self._cues[cue[1].lower()]
        if meaning is None:
            rules = (*numeral.rules, *self._no_code(text, start, low))
            return Amount(numeral.start, numeral.end, numeral, numeral.value, rules=rules)
        value = None if numeral.value is None else numeral.value * meaning.times
        minus = _MINUS.search(text, max(low, start - _LONGEST_MINUS), start)
        spelt = minus is not None and minus[0][0].isalpha()  # "negative €5 million"; a dash may join anything
        if minus is not None and value is not None and (spelt or (meaning.signed and start == numeral.start)):
            start, value = minus.start(), -value
        amount = Amount(
            start, end, numeral, value, meaning.kind, meaning.unit, meaning.per, (*numeral.rules, meaning.rule)
        )
        return amount if meaning.per else self.rated(text, amount, high)

    def at_home(self, amount: Amount, homeland: Homeland) -> Amount:
        """The amount in the currency that its sign or name has in a document: "$5 million" of an Australian release."""
        if amount.kind != "money":
            return amount
        homes = next((self._homes[rule] for rule in amount.rules if rule in self._homes), None)
        return amount if homes is None else replace(amount, unit=homeland.currency(homes, amount.unit))

    def rated(self, text: str, amount: Amount, high: int) -> Amount:
        """The amount with the rate that stands right behind it: "20 miles per hour", "$52 a barrel", "annually"."""
        per = self.rate(text, amount.end, high)
        if per is None:
            return amount
        end, name, rule = per
        return replace(amount, end=end, per=name, rules=(*amount.rules, rule))

    def rate(self, text: str, at: int, high: int) -> tuple[int, str, str] | None:
        """Where the rate at `at` ends, what it counts by, and its rule: " per year" -> (9, "year", "per_time")."""
        if adverb := self._adverb.match(text, at, high):
            return adverb.end(), *self._adverbs[adverb[1].lower()]
        if (link := _PER.match(text, at, high)) and (word := self._rate_word(text, link.end(), high, self._per)):
            return None if "/" in link[0] and text[link.end()].isdigit() else word  # "500 MW/1,000 MWh"
        if link and link[0].strip(" -\n") == "per" and (any_word := _WORD.match(text, link.end(), high)):
            return any_word.end(), any_word[0].lower(), "per_thing"
        if (link := _EACH.match(text, at, high)) and (word := self._rate_word(text, link.end(), high, self._each)):
            return None if self._stop.match(text, word[0], high) else word
        return None

    def _rate_word(
        self, text: str, at: int, high: int, known: Mapping[str, tuple[str, str]]
    ) -> tuple[int, str, str] | None:
        if not (match := self._per_words.match(text, at, high)):
            return None
        word = match[0].lower()
        entry = known.get(word) or known.get(word.removesuffix("s"))
        return (match.end(), *entry) if entry else None

    def _before(self, text: str, at: int, low: int) -> tuple[int, Meaning | None]:
        """The sign or code before a number, and where it begins: "EUR 75", "US $1", "RM50"."""
        stop = at - 1 if at > low and text[at - 1] in " \n\u00a0\u2009\u202f-" else at
        for end in (at, stop):
            for length in range(min(_LONGEST_SIGN, end - low), 0, -1):
                start = end - length
                meaning = self._prefixes.get(text[start:end]) or self._prefixes.get(
                    text[start:end].upper() if text[end - 1] == "$" else ""
                )
                if meaning is not None and not (text[start].isalpha() and start > low and text[start - 1].isalnum()):
                    return self._lettered(text, start, low, meaning)
        return at, None

    def _unit_cue(self, left: str) -> re.Match[str] | None:
        return self._cue.search(left) if self._cue_ends.possible(left) else None

    def _no_code(self, text: str, start: int, low: int) -> tuple[str, ...]:
        """The rule that keeps the word before a number from being a code: "ALL 5 proposals"."""
        word = text[max(low, start - _CODE_LENGTH - 1) : start].rstrip()
        return (self._no_codes[word],) if word in self._no_codes else ()

    def _lettered(self, text: str, start: int, low: int, meaning: Meaning) -> tuple[int, Meaning]:
        """Letters that stand apart from the sign: "US $1.1 million", "HK $5". "A $" is an article before it."""
        if text[start] == "$" and start - 2 >= low and text[start - 1] == " ":
            word = re.search(r"(?<![\w'’.])[A-Za-z.]{1,4}\Z", text[max(low, start - 8) : start - 1])
            letters = word[0] if word else ""
            other = self._prefixes.get(letters.replace(".", "").upper() + "$") if letters else None
            if other is not None and letters not in ("A", "a", "s"):
                return start - 1 - len(letters), other
        return start, meaning

    def _settle_suffix(self, text: str, numeral: Numeral, high: int) -> Numeral:
        """Letters after bare digits: "5m" and "5 m" are metres, unless money or a unit follows: "30m euros"."""
        assert numeral.suffix is not None
        letters = text[numeral.suffix : numeral.end]
        if len(letters) > 1 or (letters in "kKM" and not text[numeral.suffix - 1].isspace()):
            return numeral
        gap = _SPACE.match(text, numeral.end, high)
        after = self._after.match(text, gap.end() if gap else numeral.end, high)
        if after is not None and (self._meaning(after[0]).kind == "money" or len(after[0]) > 3):
            return numeral
        return numeral.without_suffix()

    def _behind(self, text: str, numeral: Numeral, high: int) -> tuple[int, Meaning | None]:
        """The unit behind a number, and where it ends: "km", "million Danish crowns", "dozens of miles"."""
        if touching := self._touching.match(text, numeral.end, high):
            return touching.end(), self._glued[touching[0]]
        part = numeral.form == "ratio" or (numeral.value is not None and numeral.value < 1)  # "0.5 of a point"
        link = _OF if numeral.form == "vague" else _OF_A if part else None
        gap = (link and link.match(text, numeral.end, high)) or _SPACE.match(text, numeral.end, high)
        match = self._after.match(text, gap.end() if gap else numeral.end, high)
        if match is None:
            return numeral.end, None
        meaning = self._meaning(match[0])
        if meaning.kind == "measure" and not numeral.digits and match[0] in self._symbols:
            return numeral.end, None
        return match.end(), meaning

    def _meaning(self, written: str) -> Meaning:
        word = written.lower()
        return self._symbols.get(written) or self._words.get(word) or self._words[re.sub(r"[\s-]", " ", word)]


def _with_sign(text: str, numeral: Numeral, before: Meaning, end: int, after: Meaning | None) -> tuple[int, Meaning]:
    """What a sign before a number and a word behind it make together: "$9.99 US dollars" is one amount, "$5 km" is not,
    and of "$20 $30" the second sign is another's. A bare dollar may be named by the word: "$5 Canadian dollars".
    """
    if after is None or after.kind != "money" or before.unit not in ("USD", after.unit):
        return numeral.end, before
    return (end if text[end - 1].isalpha() else numeral.end), after


def _either(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first; a break may stand for each space."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"[\s-]") for word in longest_first) or _NOTHING
