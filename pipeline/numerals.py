"""Numbers in running text, with exact offsets: "2.5 million", "a hundred and twenty", "1 074.3 billion", "one in five".

The grammar reads the characters, not tokens: a press text writes "40-50m" and "$400-million". It knows the form of
numbers; which words they are made of stands in rules/quantities/numerals.toml. Values are exact fractions. What a
number measures, and whether it is a name ("Resolution 1325"), is for others to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from pipeline.rulebook import Rule

MAX_DIGITS = 15
"""A number of more digits is a serial number; up to here every reader of JSON holds an integer exactly."""

GAP = "[ \u00a0\u2009\u202f]"
_NEAR = re.compile(rf"(?:\+?{GAP}{{1,2}}|{GAP}?\n{GAP}?|-|{GAP}-{GAP})")
_GROUPS = (
    r"\d{1,2}(?:,\d\d){1,4},\d{3}",  # 5,00,000
    r"\d{1,3}(?:,\d{3}){1,5}",  # 1,250,000
    rf"\d{{1,3}}(?:{GAP}\d{{3}}){{1,5}}(?![A-Za-z])",  # 1 074, but not "12 155mm shells"
    r"\d{1,3}(?:['’]\d{3}){1,5}",  # 1'000'000
    r"\d{1,3}(?:\.\d{3}){2,5}",  # 12.345.678
    rf"\d{{1,3}},{GAP}000",  # 80, 000
)
_THOUSANDS = rf"(?:{'|'.join(_GROUPS)})(?!\d)"
_DIGITS = rf"(?P<digits>(?:{_THOUSANDS}|\d++)(?:\.\d++)?+|(?<![\w.,])\.\d++)|(?P<vulgar>[¼-¾⅐-⅞])"
_LETTERS = r"[^\W\d_¼-¾⅐-⅞]"
_BEGINNING = 3  # letters by which a run of other words knows that a number word may follow
_DECIMAL_COMMA = re.compile(rf",\d{{1,2}}(?={GAP}?(?:%|per ?cent|[mb]illion|bn\b))")
_SLASHED = re.compile(rf"{GAP}?(\d{{1,3}})/(\d{{1,3}})(?![\d/])")
_DENOMINATOR = re.compile(r"/(\d{1,3})(?![\d/,.]\d|\d|/)")
_ORDINAL_END = re.compile(r"(?:st|nd|rd|th)\b")
_ARTICLE = re.compile(rf"(?<![^\W_])an?(?:{GAP}|\n|-)\Z", re.IGNORECASE)
_AND = re.compile(rf"(?:{GAP}|\n){{1,2}}and(?:{GAP}|\n){{1,2}}|{GAP}|-", re.IGNORECASE)
_AND_A_FRACTION = re.compile(rf"(?:{GAP}|-)and(?:{GAP}|-)(?:an?|one)(?:{GAP}|-)", re.IGNORECASE)
_OF_A = re.compile(rf"{GAP}(?:of{GAP})?an?{GAP}|{GAP}", re.IGNORECASE)
_OF_OR_UPON = re.compile(rf"{GAP}(?:of|upon|and|or){GAP}", re.IGNORECASE)
_IN = re.compile(rf"{GAP}(?:in|out of){GAP}(?:(?:every|each){GAP})?|-in-", re.IGNORECASE)
_SLASH_DENOMINATORS = (2, 3, 4, 5, 8, 10, 16, 32, 100)
_LARGEST_WHOLE = 10_000  # of "one in ten thousand"
_FIRST_YEAR = 1900  # from here on a bare whole in digits is a year

Kind = Literal["unit", "ten", "scale", "suffix", "vague", "few", "fraction", "ordinal"]


class NumberWords(Rule):
    """Words that numbers are made of, with what they do and their values: `kind = "scale"`, `million = 1000000`."""

    kind: Kind
    words: dict[str, int]


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number of the text: `start:end` are its characters, `value` is exact.

    `form` says how it is written: cardinal, ratio ("two-thirds", "one in five"), ordinal ("sixth") or vague
    ("dozens", value None). `scale` is its greatest multiplier ("40 to 50m": 10**6 for the right one, 1 for the left),
    `digits` says that it begins with digits, `suffix` is where a scale's letters begin ("50m": they may be metres).
    """

    start: int
    end: int
    value: Fraction | None
    form: Literal["cardinal", "ratio", "ordinal", "vague"] = "cardinal"
    scale: int = 1
    digits: bool = False
    suffix: int | None = None
    rules: tuple[str, ...] = ()

    def without_suffix(self) -> Numeral:
        """The number before its letters: "50m" -> 50."""
        if self.suffix is None or self.value is None:
            return self
        return replace(self, end=self.suffix, value=self.value / self.scale, scale=1, suffix=None, rules=())


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str
    start: int
    end: int
    value: Fraction
    rule: str | None = None


class Grammar:
    """The number grammar over one set of number words."""

    def __init__(self, rules: Iterable[NumberWords]) -> None:
        self._words: dict[str, list[tuple[str, Fraction, str]]] = {}
        self._suffixes: dict[str, tuple[Fraction, str]] = {}
        for rule in rules:
            for word, value in rule.words.items():
                if rule.kind == "suffix":
                    self._suffixes[word] = (Fraction(value), rule.id)
                else:
                    self._words.setdefault(word.split()[-1].lower(), []).append((rule.kind, Fraction(value), rule.id))
        self._lexeme = _lexemes(self._words)
        self._suffix = re.compile(rf"[ \u00a0-]?({'|'.join(sorted(self._suffixes, reverse=True))})(?!{_LETTERS})")

    def find(self, text: str) -> list[Numeral]:
        """All numbers of `text` in reading order: "from 1.5 to two million" -> 1.5 and 2000000."""
        lexemes = self._read(text)
        found: list[Numeral] = []
        i = 0
        while i < len(lexemes):
            numeral, i = self._compose(text, lexemes, i)
            if numeral is not None:
                found.append(numeral)
        return _proportions(text, found)

    def _read(self, text: str) -> list[_Lexeme]:
        lexemes: list[_Lexeme] = []
        for match in self._lexeme.finditer(text):
            start, end = match.span()
            if match.lastgroup is None or (lexemes and start < lexemes[-1].end):
                continue
            if match.lastgroup == "word":
                if entry := self._words.get(match.group().lower()):
                    kind, value, rule = entry[0]
                    lexemes.append(_Lexeme(kind, start, end, value, rule))
            elif match.lastgroup == "vulgar":
                part = Fraction(unicodedata.numeric(match.group())).limit_denominator(10)
                lexemes.append(_Lexeme("vulgar", start, end, part))
            else:
                lexemes.append(_digits(text, start, end))
                if suffix := self._suffix.match(text, lexemes[-1].end):
                    value, rule = self._suffixes[suffix[1]]
                    lexemes.append(_Lexeme("suffix", suffix.start(1), suffix.end(), value, rule))
        return lexemes

    def _compose(self, text: str, lexemes: list[_Lexeme], i: int) -> tuple[Numeral | None, int]:
        """The number that begins with lexeme `i`, if one does, and the first lexeme behind it."""
        first = lexemes[i]
        article = _ARTICLE.search(text, max(0, first.start - 3), first.start)
        start = article.start() if article else first.start
        if first.kind == "vague":
            return self._vague(text, lexemes, i)
        if first.kind == "few":
            return self._few(text, lexemes, i)
        if first.kind == "fraction" or (first.kind == "ordinal" and article and first.value > 2):
            return self._fraction(text, lexemes, i, start, 1 / first.value)
        if first.kind in ("ordinal", "ordinal digits"):
            return Numeral(first.start, first.end, first.value, "ordinal", rules=_ids([first])), i + 1
        if first.kind == "suffix":
            return None, i + 1
        return self._cardinal(text, lexemes, i)

    def _vague(self, text: str, lexemes: list[_Lexeme], i: int) -> tuple[Numeral | None, int]:
        """A plural without a number: "dozens", "tens of thousands", "hundreds upon hundreds"."""
        first, j, end = lexemes[i], i + 1, lexemes[i].end
        while j < len(lexemes) and lexemes[j].kind == "vague" and _OF_OR_UPON.fullmatch(text, end, lexemes[j].start):
            end, j = lexemes[j].end, j + 1
        if text[first.start : end].lower() == "tens":
            return None, j
        return Numeral(first.start, end, None, "vague", rules=_ids(lexemes[i:j])), j

    def _few(self, text: str, lexemes: list[_Lexeme], i: int) -> tuple[Numeral | None, int]:
        """A scale made vague: "several hundred", "a few thousand"."""
        first, j, end = lexemes[i], i + 1, lexemes[i].end
        while j < len(lexemes) and lexemes[j].kind == "scale" and _NEAR.fullmatch(text, end, lexemes[j].start):
            end, j = lexemes[j].end, j + 1
        if j == i + 1:
            return None, j
        article = _ARTICLE.search(text, max(0, first.start - 3), first.start)
        start = article.start() if article and text[first.start : first.end].lower() == "few" else first.start
        return Numeral(start, end, None, "vague", rules=_ids(lexemes[i:j])), j

    def _cardinal(self, text: str, lexemes: list[_Lexeme], i: int) -> tuple[Numeral | None, int]:
        """A whole number, "1.2 million", "a hundred and twenty", "two and a half million", or "two-thirds"."""
        first = lexemes[i]
        start, end, j = first.start, first.end, i + 1
        total, group, top = Fraction(0), first.value, 1
        if first.kind == "scale":
            article = _ARTICLE.search(text, max(0, start - 3), start)
            if article is None:
                return None, j
            start, end, j, group = article.start(), first.start, i, Fraction(1)
        previous, suffix = first.kind, None
        while j < len(lexemes):
            this = lexemes[j]
            near = this.start == end or _NEAR.fullmatch(text, end, this.start) is not None
            if this.kind == "suffix" or (this.kind == "scale" and near):
                suffix = this.start if this.kind == "suffix" else None
                if this.value == 100:
                    group *= 100
                elif total and this.value < top:
                    total, group = total + group * this.value, Fraction(0)
                else:
                    total, group = (total + group) * this.value, Fraction(0)
                top = max(top, int(this.value))
            elif near and j == i + 1 and (part := _fraction_of(first, this)):
                return self._fraction(text, lexemes, j, start, part)
            elif this.kind == "fraction" and _AND_A_FRACTION.fullmatch(text, end, this.start):
                group += (1 if group else top) / this.value
            elif (near and _adds(previous, this)) or (
                previous == "scale" and this.kind in ("unit", "ten") and _AND.fullmatch(text, end, this.start)
            ):
                group += this.value
            else:
                break
            end, previous, j = this.end, this.kind, j + 1
        digits = first.kind == "digits"
        return Numeral(start, end, total + group, "cardinal", top, digits, suffix, _ids(lexemes[i:j])), j

    def _fraction(self, text: str, lexemes: list[_Lexeme], i: int, start: int, value: Fraction) -> tuple[Numeral, int]:
        """Lexeme `i` as a denominator: "a quarter", "two-thirds", "half a million", "three quarters of a million"."""
        end, j = lexemes[i].end, i + 1
        used = [lexeme for lexeme in lexemes[max(0, i - 1) : j] if lexeme.start >= start]
        if j < len(lexemes) and lexemes[j].kind == "scale" and _OF_A.fullmatch(text, end, lexemes[j].start):
            scale = lexemes[j]
            rules = _ids([*used, scale])
            return Numeral(start, scale.end, value * scale.value, scale=int(scale.value), rules=rules), j + 1
        return Numeral(start, end, value, "ratio", rules=_ids(used)), j


def _lexemes(words: Iterable[str]) -> re.Pattern[str]:
    """What numbers are made of: digits, vulgar fractions, number words. Other words are passed over in runs, up to one
    that begins as a number word does: most words of a text are in such a run, and a run is one match.
    """
    beginnings = {word[:_BEGINNING] for word in words}
    others = rf"{_LETTERS}++(?:[ ,\n'’-]++(?!(?i:{_by_initial(beginnings)})){_LETTERS}++)*+"
    return re.compile(rf"{_DIGITS}|(?P<word>(?i:{_by_initial(words)})(?!{_LETTERS}))|{others}")


def _by_initial(words: Iterable[str]) -> str:
    """A regular expression for any of the words, which looks only at those that begin with the right letter."""
    initials: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda w: (-len(w), w)):
        initials.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(initial)}(?:{'|'.join(rests)})" for initial, rests in initials.items())


def _ids(lexemes: Iterable[_Lexeme]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lexeme.rule for lexeme in lexemes if lexeme.rule))


def _digits(text: str, start: int, end: int) -> _Lexeme:
    """The number written in digits at `start`, with a fraction behind it ("7 3/4") or an ordinal ending ("11th")."""
    written = text[start:end]
    if end - start > 2 * MAX_DIGITS:
        return _Lexeme("digits", start, end, Fraction(0))
    if "." not in written and (comma := _DECIMAL_COMMA.match(text, end)):
        end = comma.end()
        written = text[start:end].replace(",", ".")
    plain = written if written.isdecimal() else re.sub(r"[^\d.]", "", written)
    if plain.count(".") > 1:
        plain = plain.replace(".", "")
    value = Fraction(plain) if "." in plain else Fraction(int(plain))
    if "." not in plain:
        if _ORDINAL_END.match(text, end):
            return _Lexeme("ordinal digits", start, end + 2, value)
        if (slash := _DENOMINATOR.match(text, end)) and value < int(slash[1]) in _SLASH_DENOMINATORS:
            return _Lexeme("digits", start, slash.end(), value / int(slash[1]))
        part = _SLASHED.match(text, end)
        if part and part.start(1) > end and int(part[1]) < int(part[2]) in _SLASH_DENOMINATORS:
            return _Lexeme("digits", start, part.end(), value + Fraction(int(part[1]), int(part[2])))
    return _Lexeme("digits", start, end, value)


def _adds(previous: str, this: _Lexeme) -> bool:
    """Whether a lexeme adds to the one right before it: the five of "forty-five", the ½ of "7½"."""
    if previous == "ten":
        return this.kind == "unit" and 0 < this.value < 10
    return previous == "digits" and this.kind == "vulgar"


def _fraction_of(first: _Lexeme, this: _Lexeme) -> Fraction | None:
    """A small number right before a denominator: "two-thirds", "one fifth"."""
    is_part = this.kind == "fraction" or (this.kind == "ordinal" and first.value == 1)
    return first.value / this.value if is_part and first.kind == "unit" and 0 < first.value < this.value else None


def _proportions(text: str, numerals: list[Numeral]) -> list[Numeral]:
    """Join "one in five" and "3 out of 4" into one ratio."""
    joined: list[Numeral] = []
    for numeral in numerals:
        last = joined[-1] if joined else None
        proportion = None if last is None else _proportion(text, last, numeral)
        if proportion is None:
            joined.append(numeral)
        else:
            joined[-1] = proportion
    return joined


def _proportion(text: str, part: Numeral, whole: Numeral) -> Numeral | None:
    """The ratio of two small whole numbers with "in" or "out of" between them; no part of a year: "three in 2031"."""
    if part.form != "cardinal" or whole.form != "cardinal" or part.value is None or whole.value is None:
        return None
    small = part.scale == 1 and 0 < part.value < whole.value <= _LARGEST_WHOLE
    if not small or part.value.denominator != 1 or whole.value.denominator != 1:
        return None
    year = whole.digits and whole.value >= _FIRST_YEAR and "." not in text[whole.start : whole.end]
    if year or not _IN.fullmatch(text, part.end, whole.start):
        return None
    return replace(part, end=whole.end, value=part.value / whole.value, form="ratio")
