"""The grammar of time expressions: `rules/dates/*.toml` compiled once, matched on raw text with exact offsets.

A text is cut into lexemes (a word, a number, a mark). Every distinct set of word tables that a lexeme belongs to is
one private character, so that a text becomes a short string and every phrase rule a plain regular expression over
it: `the? {month} {year}` is `T?[M][Y]`. What a phrase captures are unresolved fields ({"month": 4, "year": 2018});
`pipeline.date_anchors` makes values of them.

spaCy is not needed here, see `read_date`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Literal, NamedTuple, get_args

from pipeline import rulebook
from pipeline.errors import UsageError
from pipeline.records import Mod, Relation
from pipeline.rulebook import Entry, Lower, Pattern, Rule
from pipeline.timex import Point

Need = Literal[
    "no_name", "doubtful_month", "year", "clock", "preposition", "for_the", "within", "phrase_end", "no_noun",
    "no_clause", "length", "counted_units", "no_amount", "between", "few_times",
    "no_end", "no_compound",
]  # fmt: skip
Kind = Literal[
    "day", "weekend", "week", "month", "season", "quarter", "half", "year", "decade", "century",
    "length", "measured", "distance", "time", "open",
]  # fmt: skip
CuePlace = Literal["beside", "deadline", "verb", "infinitive", "present", "near"]
CUE_PLACES: tuple[CuePlace, ...] = get_args(CuePlace)
Value = int | str
Fields = dict[str, Value]

UNKNOWN = "\ue000"
_FIRST_KIND = 0xE010
_LONGEST_LEXEME = 32
_ENDS = ("", ".", "?", "!")
_NEEDED_FIELDS = {
    "relative": ("unit", "n"), "distance": ("unit", "n", "sign"), "length": ("unit", "n"), "set": ("unit", "n"),
    "vague": ("value",),
}  # fmt: skip
_COMMON, _RATHER_COMMON = 100, 10
_NUMBER_TABLES = ("vague_count", "multiplier", "tens", "count", "fraction", "day_word", "article")
_REPEATED = "{0,6}"  # what * means in a phrase: bounded, so that no text makes matching slow
_PHRASE_PIECE = re.compile(
    r"\{(?:(?P<field>\w+):)?(?P<table>\w+)\}|(?P<word>[a-z']+)|(?P<operator>\((?:\?=)?|\)[?*]?|\||\?)|\s+"
)


class Words(Rule):
    """A table of words of one sort with what each stands for: months, units, number words."""

    words: dict[Lower, Value]
    capital: bool = False
    """Whether the word counts only with a capital: "Monday", "May"."""
    common: bool = False
    """Whether the words are everywhere, so that none of them hints at time: "the", "one", "of"."""
    glued: bool = False
    """Whether the word may touch the digits before it: "5pm"."""


class Shape(Rule):
    """A form of lexeme that has to be spelt out: "3rd", "1990s", "FY2024". Named groups become fields."""

    pattern: Pattern
    tables: list[str]
    """The word tables that such a lexeme counts as a member of."""
    value: Value | None = None
    """What the lexeme stands for where that is not its own digits."""


class Part(Rule):
    """A piece of phrases that is longer than a word, such as the amount "two and a half"."""

    phrase: str


class Phrase(Rule):
    """A time expression. `phrase` is made of {table} or {field:table}, lower-case words and ( | ) ?; what stands in
    (?= ) follows the expression and is no part of it.
    """

    phrase: str
    reading: Literal["point", "range", "relative", "distance", "period", "length", "set", "vague", "nothing"]
    fields: Fields = {}
    """Fields that the phrase has without a word of its own: {unit = "day"} in "tomorrow"."""
    needs: list[Need] = []
    """The evidence without which the phrase is not read, see `pipeline.dates`."""


class Modifier(Rule):
    """Words before an expression that become part of it and set its `mod`: "the end of 2020"."""

    phrase: str
    mod: Mod
    after: bool = False
    """Whether the words stand behind the expression ("or later")."""
    behind: str | None = None
    """A word table that has to stand before the modifier: "for over a year" is more than one, "over a year" within."""
    apart: str | None = None
    """A word table that may not stand before the modifier: "2% less than a year ago" compares percentages."""
    units: list[Kind]
    """The granularities, or "length", "time", "open", that the modifier goes with."""
    narrows: bool = False
    """Whether only the last (END) or first (START) day of a month, quarter, half or year is meant."""


class RelationWords(Rule):
    """Words right before an expression that say how the matter relates to it: "no later than" = by. Without a
    `relation` they say that there is none ("compared to 1990").
    """

    relation: Relation | None = None
    phrases: list[Lower]
    lengths: bool = True
    """Whether they go with a length of time: nothing lasts until ten years."""


class Cue(Rule):
    """Words before a bare weekday, month or day that say whether it lies ahead (+1) or behind (-1)."""

    direction: Literal[-1, 1]
    place: CuePlace
    words: list[Lower]


_PHRASE_FILES = ("points", "ranges", "relatives", "lengths", "sets", "refusals")
RULES: dict[str, type[Rule] | type[Entry]] = {
    "words": Words,
    "evidence": Words,
    "shapes": Shape,
    "parts": Part,
    **dict.fromkeys(_PHRASE_FILES, Phrase),
    "modifiers": Modifier,
    "relations": RelationWords,
    "cues": Cue,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a text: lexemes `first` to `last` (exclusive), its characters, and the fields it captured."""

    first: int
    last: int
    start: int
    end: int
    rule: Phrase
    rules: tuple[str, ...]
    fields: Fields


@dataclass(slots=True)
class Lexemes:
    """A text cut into lexemes: where each starts and ends, and the string of their kinds."""

    text: str
    starts: list[int]
    ends: list[int]
    kinds: str

    def word(self, n: int) -> str:
        """The n-th lexeme in lower case; empty outside the text."""
        return self.text[self.starts[n] : self.ends[n]].lower() if 0 <= n < len(self.starts) else ""

    def in_sentence(self, first: int, last: int) -> bool:
        """Whether no sentence or stretch ends among some lexemes."""
        return first >= 0 and all(self.word(n) not in _ENDS for n in range(first, last))

    def glued(self, n: int) -> bool:
        """Whether a letter or digit follows the n-th lexeme without a space."""
        return self.text[self.ends[n] : self.ends[n] + 1].isalnum()


class _Compiled(NamedTuple):
    """A phrase rule as a regular expression over kinds, which table each of its groups reads, and the kinds of which
    every match holds one.
    """

    rule: Phrase
    pattern: re.Pattern[str]
    tables: dict[str, str]
    needed: frozenset[str]


class Grammar:
    """The compiled rules. `Grammar(rulebook.load("dates", RULES))`; UsageError for a phrase that cannot be read."""

    def __init__(self, rules: Mapping[str, list[Any]]) -> None:
        self.rules = rules
        self._tables: dict[str, Words] = {table.id: table for table in [*rules["words"], *rules["evidence"]]}
        self._parts: dict[str, str] = {part.id: part.phrase for part in rules["parts"]}
        self._shapes = [(shape, re.compile(shape.pattern)) for shape in rules["shapes"]]
        self.phrases: list[Phrase] = [rule for stem in _PHRASE_FILES for rule in rules[stem]]
        self._literals = {m["word"] for phrase in self._written() for m in _PHRASE_PIECE.finditer(phrase) if m["word"]}
        self._vocabulary = self._literals.union(*(table.words for table in self._tables.values()))
        self._kinds = self._number_the_kinds()
        self._tables_of = {kind: tables for tables, kind in self._kinds.items()}
        self._lexer = self._build_lexer()
        self._kind_of = lru_cache(maxsize=65536)(self._classify)
        self._commonness = {kind: self._how_common(tables) for kind, tables in self._tables_of.items()}
        telling = frozenset[str]()
        self._compiled = []
        for rule in self.phrases:
            pattern, groups = self.compile(rule.id, rule.phrase)
            _check_fields(rule, {group.partition("__")[0] for group in groups})
            tree = parser.parse(pattern.pattern)
            self._compiled.append(_Compiled(rule, pattern, groups, self._needed(tree)))
            telling |= self._needed(tree, telling)
        self._known = self._build_runs()
        self._telling = re.compile(f"[{''.join(sorted(telling))}]")

    def _written(self) -> list[str]:
        return [rule.phrase for rule in [*self.rules["parts"], *self.phrases, *self.rules["modifiers"]]]

    def lex(self, text: str, stretches: Iterable[tuple[int, int]] | None = None) -> Lexemes:
        """Cut a text, or stretches of it, into lexemes; between two stretches stands a break that no phrase crosses."""
        starts: list[int] = []
        ends: list[int] = []
        kinds: list[str] = []
        kind_of = self._kind_of
        for start, end in [(0, len(text))] if stretches is None else stretches:
            for match in self._lexer.finditer(text, start, end):
                first, last = match.span()
                starts.append(first)
                ends.append(last)
                readable = last - first <= _LONGEST_LEXEME and match.lastgroup is None
                kinds.append(kind_of(match[0]) if readable else UNKNOWN)
            starts.append(end)
            ends.append(end)
            kinds.append(UNKNOWN)
        return Lexemes(text, starts, ends, "".join(kinds))

    def find(self, lexemes: Lexemes) -> list[Found]:
        """Every phrase of every rule, overlapping ones included, in the order of the rules."""
        # Most of a text is no part of any phrase: phrases are matched on the runs of lexemes that they know, and only
        # on those of them that hold a lexeme without which there is no phrase.
        runs = [m.span() for m in self._known.finditer(lexemes.kinds) if self._telling.search(m[0])]
        kinds = UNKNOWN.join(lexemes.kinds[first:last] for first, last in runs)
        places = [n for first, last in runs for n in range(first, last + 1)]
        present = set(kinds)
        found = []
        for rule, pattern, tables, needed in self._compiled:
            if needed.isdisjoint(present):
                continue
            for match in pattern.finditer(kinds):
                first, last = places[match.start()], places[match.end() - 1] + 1
                fields, used = self._read(lexemes, match, first - match.start(), tables)
                ids = tuple(dict.fromkeys((rule.id, *used)))
                span = (lexemes.starts[first], lexemes.ends[last - 1])
                found.append(Found(first, last, *span, rule, ids, {**rule.fields, **fields}))
        return found

    def in_table(self, lexemes: Lexemes, n: int, table: str) -> bool:
        """Whether the n-th lexeme exists and stands in a word table."""
        return 0 <= n < len(lexemes.kinds) and table in self._tables_of.get(lexemes.kinds[n], ())

    def _read(
        self, lexemes: Lexemes, match: re.Match[str], shift: int, tables: Mapping[str, str]
    ) -> tuple[Fields, list[str]]:
        """The fields that a compiled phrase captured, and the ids of the word tables that gave them.

        `shift` is how much further on in the text the lexemes stand than in the string that was matched.
        """
        fields: Fields = {}
        used = []
        for group, table in tables.items():
            first, last = match.span(group)
            if first < 0:
                continue
            first, last = first + shift, last + shift
            field = group.partition("__")[0]
            if table in self._parts:
                fields[field], more_used = self._amount(lexemes, first, last)
                used += [table, *more_used]
                continue
            value, more, id_ = self._value(lexemes.text[lexemes.starts[first] : lexemes.ends[first]], table)
            fields[field] = value
            fields.update(more)
            used.append(id_)
        return fields, used

    def compile(self, id_: str, phrase: str) -> tuple[re.Pattern[str], dict[str, str]]:
        """A phrase as a regular expression over kinds, and which table each of its groups reads."""
        tables: dict[str, str] = {}
        numbers = count()

        def piece(phrase: str, capture: bool) -> str:
            out, at = [], 0
            for m in _PHRASE_PIECE.finditer(phrase):
                if m.start() != at:
                    break
                at = m.end()
                if m["table"]:
                    inner = self._parts.get(m["table"])
                    pattern = self._class(id_, m["table"]) if inner is None else piece(inner, capture=False)
                    if capture:
                        group = f"{m['field'] or m['table']}__{next(numbers)}"
                        tables[group] = m["table"]
                        out.append(f"(?P<{group}>{pattern})")
                    else:
                        out.append(f"(?:{pattern})")
                elif m["word"]:
                    out.append(self._class(id_, f"'{m['word']}"))
                elif m["operator"]:
                    out.append("(?:" if m["operator"] == "(" else m["operator"].replace("*", _REPEATED))
            if at != len(phrase):
                raise UsageError(f"rules/dates: rule {id_}: {phrase[at:]!r} in its phrase cannot be read.")
            return "".join(out)

        compiled = re.compile(piece(phrase, capture=True))
        if compiled.match(""):
            raise UsageError(f"rules/dates: rule {id_}: its phrase can be empty, so it would match everywhere.")
        return compiled, tables

    def _class(self, id_: str, table: str) -> str:
        kinds = [kind for tables, kind in self._kinds.items() if table in tables]
        if not kinds:
            raise UsageError(f"rules/dates: rule {id_}: there is no word table {table!r}.")
        return f"[{''.join(kinds)}]"

    def _number_the_kinds(self) -> dict[frozenset[str], str]:
        sets = [frozenset(shape.tables) for shape, _ in self._shapes]
        for word in sorted(self._vocabulary):
            sets += [self._memberships(word), self._memberships(word.capitalize())]
        return {tables: chr(_FIRST_KIND + n) for n, tables in enumerate(dict.fromkeys(sets))}

    def _memberships(self, lexeme: str) -> frozenset[str]:
        word, capital = lexeme.lower(), lexeme[:1].isupper()
        if word not in self._vocabulary:
            return frozenset()
        tables = [id_ for id_, table in self._tables.items() if word in table.words and (capital or not table.capital)]
        return frozenset([*tables, *([f"'{word}"] if word in self._literals else [])])

    def _classify(self, lexeme: str) -> str:
        tables = self._memberships(lexeme)
        if not tables and not lexeme.isalpha():
            shape = next((shape for shape, pattern in self._shapes if pattern.fullmatch(lexeme)), None)
            tables = frozenset(shape.tables) if shape else tables
        return self._kinds[tables] if tables else UNKNOWN

    def _build_lexer(self) -> re.Pattern[str]:
        # "Sept." and "a.m." are one lexeme each, and so is every shape; a chunk of digits that no shape knows
        # ("1.2.3.4") is one unknown lexeme, so that no part of it is read as a day or a year.
        words = {
            word for table in self._tables.values() for word in table.words if not word.isalpha() and len(word) > 1
        }
        dotted = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
        shapes = "|".join(re.sub(r"\(\?P<\w+>", "(?:", shape.pattern) for shape, _ in self._shapes)
        glued = "|".join(re.escape(word) for table in self._tables.values() if table.glued for word in table.words)
        apart = rf"(?!(?i:{glued})(?!\w))[^\W_]" if glued else r"[^\W_]"
        return re.compile(
            rf"[^\W\d_]++(?![\d_.])|(?=\S)(?:\b(?=[^\W\d_])(?i:{dotted})(?!\w)"
            rf"|(?:{shapes})(?!{apart}|[:/]\d|\.\d|,\d\d\d(?!\d)|(?<=\d{{4}})-\d\d?-\d)"
            r"|(?P<unread>\d++(?:[.,:/]\d++)*+\w*+)|[^\W\d_]++(?![\d_])|\w++|[^\w\s])|\n[^\S\n]*+\n\s*+"
        )

    def _build_runs(self) -> re.Pattern[str]:
        written = {m["table"] or f"'{m['word']}" for phrase in self._written() for m in _PHRASE_PIECE.finditer(phrase)}
        return re.compile(f"[{''.join(kind for tables, kind in self._kinds.items() if tables & written)}]++")

    def _needed(self, nodes: Any, free: frozenset[str] = frozenset()) -> frozenset[str]:
        """Kinds of which every match of a parsed expression holds at least one, the rarest there are (those that are
        `free` cost nothing); none where the expression can be empty.
        """
        sets: list[frozenset[str]] = []
        for op, argument in nodes:
            if op is codes.LITERAL:
                sets.append(frozenset(chr(argument)))
            elif op is codes.IN:
                sets.append(frozenset(chr(code) for _, code in argument))
            elif op is codes.SUBPATTERN:
                sets.append(self._needed(argument[-1], free))
            elif op is codes.MAX_REPEAT and argument[0]:
                sets.append(self._needed(argument[2], free))
            elif op is codes.BRANCH:
                branches = [self._needed(branch, free) for branch in argument[1]]
                sets.append(frozenset[str]().union(*branches) if all(branches) else frozenset())
        return min(
            filter(None, sets),
            key=lambda kinds: sum(self._commonness[kind] for kind in kinds - free),
            default=frozenset(),
        )

    def _how_common(self, tables: frozenset[str]) -> int:
        """How common lexemes of some tables are, roughly: "the" is in every sentence, "Tuesday" is not."""
        if any(tables == frozenset(shape.tables) for shape, _ in self._shapes):
            return _RATHER_COMMON
        return _COMMON if any(self._tables[table].common for table in tables & self._tables.keys()) else 1

    def _value(self, lexeme: str, table: str) -> tuple[Value, Fields, str]:
        word = lexeme.lower()
        if table in self._tables and word in self._tables[table].words:
            return self._tables[table].words[word], {}, table
        for shape, pattern in self._shapes:
            if table in shape.tables and (match := pattern.fullmatch(lexeme)):
                groups: Fields = {k: _number(v) for k, v in match.groupdict().items() if v is not None}
                return groups.pop("value", shape.value or _number(lexeme)), groups, shape.id
        raise AssertionError(f"{lexeme!r} was counted as a {table} and has no value there")

    def _amount(self, lexemes: Lexemes, first: int, last: int) -> tuple[Value, list[str]]:
        """The number that a run of number words says, and the tables it used: "two and a half" is "2.5"."""
        total, used = 0.0, []
        for n in range(first, last):
            tables = self._tables_of[lexemes.kinds[n]]
            table = next((table for table in _NUMBER_TABLES if table in tables), None)
            if table is None:
                continue
            value, _, id_ = self._value(lexemes.text[lexemes.starts[n] : lexemes.ends[n]], table)
            used.append(id_)
            if table == "vague_count":
                return value, used
            if table == "multiplier":
                total = (total or 1) * float(value)
            elif table in ("tens", "count", "fraction", "day_word"):
                total += float(value)
            elif last - first == 1:  # an article alone
                total = float(value)
        return int(total) if total.is_integer() else f"{total:g}", used


def _check_fields(rule: Phrase, captured: set[str]) -> None:
    """UsageError for a phrase that can never have a field without which its reading has no value."""
    fields = captured | rule.fields.keys()
    wanted = _NEEDED_FIELDS.get(rule.reading, ())
    missing = [field for field in wanted if field not in fields]
    if missing and not (rule.reading == "set" and fields & {"weekday", "month", "season"}):
        raise UsageError(f"rules/dates: rule {rule.id}: a {rule.reading} needs the field {missing[0]!r}.")


def _number(written: str) -> Value:
    plain = written.replace(",", "")
    return int(plain) if plain.isdigit() and len(plain) < 10 else plain


@cache
def load(rules: str | None) -> Grammar:
    """The grammar of the built-in rules, and of those in a user's folder, compiled once in a process."""
    return Grammar(rulebook.load("dates", RULES, rules))


def read_date(text: str) -> str | None:
    """Read a text that is one explicit date and nothing else, complete or partial; None for anything else.

    >>> read_date("13 May 2015"), read_date("April 2018"), read_date("13/05/2015")
    ('2015-05-13', '2018-04', None)
    """
    grammar, trimmed = load(None), text.strip()
    if not trimmed or len(trimmed) > 60:
        return None
    lexemes = grammar.lex(trimmed)
    for found in grammar.find(lexemes):
        if found.rule.reading == "point" and (found.start, found.end) == (0, len(trimmed)):
            point = explicit_point(found.fields)
            if point is not None and point.unit in ("day", "month", "year"):
                return point.timex3()
    return None


def explicit_point(fields: Fields) -> Point | None:
    """The point that fields with their own year name, or None: for a day that the calendar does not have, or whose
    weekday is another one ("Monday, 13 May 2015" was a Wednesday), too.
    """
    year, month, day = (fields.get(key) for key in ("year", "month", "day"))
    try:
        if isinstance(year, int) and isinstance(month, int) and isinstance(day, int):
            point = Point.day(year, month, day)
            return point if fields.get("weekday") in (None, point.first().isoweekday()) else None
        if isinstance(year, int) and isinstance(month, int):
            return Point.month(year, month)
        return Point.year(year) if isinstance(year, int) else None
    except ValueError:
        return None
