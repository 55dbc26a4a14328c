"""What the rules know about names before a text is read: tables of words, and texts cut into the same words.

All tables are written by hand from general knowledge (country codes are ISO 3166's, state codes ISO 3166-2's); no
list was copied. A name is compared word by word, so that "Kabul/Ghazni", "U.S.-Peru" and "NATO-led" come apart
wherever spaCy's tokenizer leaves them whole:

>>> read("Kabul/Ghazni", []).words
['Kabul', '/', 'Ghazni']
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any, Generic, TypeVar

from pipeline import rulebook
from pipeline.records import EntityType, Segment

# Tags, addresses and handles are no text to read names from.
DARK = re.compile(
    r"<[^<>]{1,2000}>|https?://\S+|www\.\S+|#\w+|@[\w.-]+|\.(?:com|org|net|gov|int|eu|edu|mil|co\.uk|gov\.uk)\b"
)
DARK_BEFORE = re.compile(r"[\w.+-]{0,64}$")  # what belongs to an "@" or a ".com"
INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufeff"
WORD = re.compile(
    r"((?:[A-Z]\.){2,}|A/S\b"  # U.S., D.C.; the Danish company form
    r"|\w+(?:['’](?![sS]\b)\w+)*+"  # programme, O'Brien, Sana'a
    r"|['’][sS]\b|(?<=[sS])['’](?!\w)"  # Turkey's, States'
    rf"|[^\w\s{INVISIBLE}])"
)
YEAR = re.compile(r"(?:19|20)\d\d")

Form = tuple[str, ...]
"""A name as it is compared: its words, apostrophes straight."""


class Head(rulebook.Rule):
    """Head nouns: the capitalised run before one of these `words` is a name of `type`.

    `after` are the words that may lead on behind the head ("Ministry of Defence"); a `wide` head reaches back over
    small words ("Protection of Rivers Act"); a `first` head stands before its name ("Hurricane Otto"); `small` are
    the heads that count in small letters, too, behind a name of their own ("Minsk agreement").
    """

    type: EntityType
    words: list[str]
    after: list[str] = []
    small: list[str] = []
    wide: bool = False
    first: bool = False


class Title(rulebook.Rule):
    """Titles in front of people, which are no part of their names ("Prime Minister Marlow")."""

    words: list[str]


class WordList(rulebook.Entry):
    """Words that play one part, which the id names and `why` explains: openers of sentences, verbs of headlines."""

    why: str
    words: list[str]


class Shape(rulebook.Rule):
    """A name that its form gives away: a regular expression over the text ("Resolution 1325").

    It is only tried at one of `words`, of which every match holds one, and at the few words before it; digits that
    follow the word without a blank ("COP31") are no part of it.
    """

    type: EntityType
    pattern: rulebook.Pattern
    words: list[str]


class Known(rulebook.Entry):
    """Names that everybody knows, of one type; for `bodies`, those of one body."""

    type: EntityType
    names: list[str]


class State(rulebook.Entry):
    """A state by its ISO 3166-2 code: its names, and the `codes` that only count behind a comma ("Boulder, CO")."""

    names: list[str]
    codes: list[str]


class Country(rulebook.Entry):
    """A country by its ISO 3166 code: its names, and the words for its people."""

    names: list[str]
    demonyms: list[str]


class GivenNames(rulebook.Entry):
    """Common given names: evidence that a capitalised run is a person."""

    names: list[str]


@dataclass(slots=True)
class Text:
    """The words of a text: where they stand and which segment they belong to (-1: not to be read)."""

    raw: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    homes: list[int]
    datelines: tuple[tuple[int, int], ...]
    """The words of datelines: where each starts and ends."""
    items: tuple[tuple[int, int], ...]
    """The items of lists: segment, and the word where each starts."""
    headlines: frozenset[int]
    """The segments in title case, where a capital says nothing."""
    index: dict[str, list[int]] = field(init=False)
    """Where each word stands."""
    small: frozenset[str] = field(init=False)
    """The words that the text has in small letters, too: a capital alone makes no name of them."""

    def __post_init__(self) -> None:
        self.index = {}
        for k, word in enumerate(self.words):
            self.index.setdefault(word, []).append(k)
        self.small = frozenset(filter(str.islower, self.index))

    def find(self, words: Iterable[str]) -> list[int]:
        """Where any of the `words`, each given once, stands, in order."""
        return sorted(k for word in words if word in self.index for k in self.index[word])

    def at(self, offset: int) -> int:
        """The word that holds the character at `offset`, or the last one before it; -1 before the first."""
        return bisect_right(self.starts, offset) - 1

    def next_to(self, k: int) -> bool:
        """Whether word `k` follows the one before it without a blank."""
        return 0 < k < len(self.words) and self.ends[k - 1] == self.starts[k]


def form(name: str) -> Form:
    """A name as it is written, cut as a text is: `form("Côte d’Ivoire")` is `("Côte", "d'Ivoire")`."""
    return tuple(word.replace("’", "'") for word in WORD.findall(name))


def read(raw: str, segments: Sequence[Segment]) -> Text:
    """Cut a text into words, and say to which segment each belongs."""
    pieces = WORD.split(raw)  # what stands between words and the words by turns
    borders = list(accumulate(map(len, pieces)))
    words, starts, ends = pieces[1::2], borders[:-1:2], borders[1::2]
    if "’" in raw:
        words = [word.replace("’", "'") if "’" in word else word for word in words]
    words = ["'s" if word == "'S" else word for word in words] if "'S" in words else words
    homes: list[int] = []
    datelines, items, headlines = [], [], []
    first_words = [0, *(bisect_left(starts, segment.start) for segment in segments), len(words)]
    for home, (i, j) in enumerate(pairwise(first_words)):
        homes += [home] * (j - i)
        kind = segments[home - 1].kind if home else "paragraph"
        if kind == "dateline":
            datelines.append((i, j))
        elif kind == "item":
            items.append((home, i))
        elif home and _is_headline(words[i:j]):
            headlines.append(home)
    for match in DARK.finditer(raw):
        start = match.start()
        if raw[start] in "@.":
            before = DARK_BEFORE.search(raw, max(0, start - 64), start)
            start = before.start() if before is not None else start
        i, j = bisect_right(ends, start), bisect_left(starts, match.end())
        homes[i:j] = [-1] * (j - i)
    return Text(raw, words, starts, ends, homes, tuple(datelines), tuple(items), frozenset(headlines))


def _is_headline(words: Sequence[str]) -> bool:
    """Whether nearly every longer word has a capital and no full stop ends the line."""
    if not words or words[-1] in (".", "!", "?"):
        return False
    longer = [word[0].islower() for word in words if len(word) > 3]
    low = sum(longer)
    return len(longer) - low > max(3, 4 * low - 1)


V = TypeVar("V")


class Table(Generic[V]):
    """Word sequences and what they stand for; a look-up costs a hash or two, however many there are."""

    def __init__(self) -> None:
        self.values: dict[Form, V] = {}
        self.lengths: dict[str, list[int]] = {}

    def __contains__(self, word: str) -> bool:
        """Whether any sequence starts with this word."""
        return word in self.lengths

    def add(self, words: Form, value: V) -> None:
        """Add a sequence; the first value of a sequence stays."""
        if words and words not in self.values:
            self.values[words] = value
            lengths = self.lengths.setdefault(words[0], [])
            if len(words) not in lengths:
                lengths.append(len(words))
                lengths.sort(reverse=True)

    def add_all(self, names: Iterable[str], value: V) -> None:
        """Add names as they are written."""
        for name in names:
            self.add(form(name), value)

    def match(self, text: Text, i: int) -> tuple[int, V] | None:
        """The longest sequence that starts at word `i`, inside its segment: where it ends, and its value."""
        for length in self.lengths.get(text.words[i], ()):
            j = i + length
            if j <= len(text.words) and text.homes[i] == text.homes[j - 1] >= 0:
                value = self.values.get(tuple(text.words[i:j]))
                if value is not None:
                    return j, value
        return None


def shout(words: Form) -> Form:
    """A name in capitals, as headings and datelines have it; short single words stay: "US" is not "us"."""
    return tuple(word.upper() for word in words) if len(words) > 1 or len(words[0]) > 3 else words


def _by_form(pairs: Iterable[tuple[str, str]]) -> dict[Form, str]:
    """The id of each name, as it is written and in capitals."""
    ids: dict[Form, str] = {}
    for name, id_ in pairs:
        ids.setdefault(form(name), id_)
        ids.setdefault(shout(form(name)), id_)
    return ids


def _titles(titles: Iterable[Title]) -> Table[str]:
    """The rule of each title, as it is written and in capitals."""
    table: Table[str] = Table()
    for title in titles:
        for word in title.words:
            table.add_all((word, word.upper()), title.id)
    return table


class Lexicon:
    """All word tables of the layer, ready to look words up."""

    def __init__(self, rules: Mapping[str, Sequence[Any]]) -> None:
        self._take_names(rules["countries"], rules["states"], rules["bodies"], rules["places"])
        self.given_names = frozenset(name for group in rules["given_names"] for name in group.names)
        self._take_heads(rules["heads"])
        self.titles = _titles(rules["titles"])
        self.titling = frozenset(self.titles.lengths)
        self.shapes: dict[str, list[tuple[Shape, re.Pattern[str]]]] = {}
        for shape in rules["shapes"]:
            for word in shape.words:
                self.shapes.setdefault(word, []).append((shape, re.compile(shape.pattern)))
        self._take_lists({entry.id: frozenset(entry.words) for entry in rules["words"]})
        self.cues = self.named.union(
            self.heading, self.titling, self.exchanges, self.ship_prefixes, self.given_names,
            self.visits, self.place_nouns, self.close_to,
        )  # fmt: skip
        """All words that one is looked for by, for `Reading.find`."""
        single = {form[0]: head for form, head in self.heads.values.items() if len(form) == 1}
        self._last_heads = frozenset(word for word, head in single.items() if not head.first)
        self._bodies = frozenset(word for word, head in single.items() if head.type == "ORG") - self.company_ends
        self._empty = self.generic | self.roles | {form[0] for form in self.titles.values if len(form) == 1}

    def _take_names(
        self, countries: Sequence[Country], states: Sequence[State], bodies: Sequence[Known], places: Sequence[Known]
    ) -> None:
        """Names that everybody knows: their type and rule, and which country, state or body they name."""
        self.known: Table[tuple[EntityType, str]] = Table()
        self.codes: Table[tuple[EntityType, str]] = Table()
        for country in countries:
            self.known.add_all(country.names, ("GPE", "country_name"))
            self.known.add_all(country.demonyms, ("NORP", "nationality"))
        for state in states:
            self.known.add_all(state.names, ("GPE", "known_place"))
            self.codes.add_all(state.codes, ("GPE", "state_code"))
        for body in bodies:
            self.known.add_all(body.names, (body.type, "known_body"))
        for place in places:
            self.known.add_all(place.names, (place.type, "known_place"))
        for name_form, value in list(self.known.values.items()):
            self.known.add(shout(name_form), value)
        self.named = frozenset(self.known.lengths) | frozenset(self.codes.lengths)
        self.country_of = _by_form((name, country.id) for country in countries for name in country.names)
        self.people_of = _by_form((name, country.id) for country in countries for name in country.demonyms)
        self.body_of = _by_form((name, body.id) for body in bodies for name in body.names)
        written = [(name, state.id) for state in states for name in (*state.names, *state.codes)]
        self.state_of = _by_form([*written, *((name.rstrip("."), state) for name, state in written)])

    def _take_heads(self, heads: Sequence[Head]) -> None:
        """Head nouns, in capitals too; those of companies once more, as the words that a company's name ends with."""
        self.heads: Table[Head] = Table()
        for head in heads:
            for word in head.words:
                self.heads.add(form(word), head)
                if len(word) > 3 and not head.first:
                    self.heads.add(form(word.upper()), head)
        self.small = {word: head for head in heads for word in head.small}
        self.heading = frozenset(self.heads.lengths) | frozenset(self.small)
        self.company_forms = frozenset(word for head in heads if head.id == "company_form" for word in head.words)
        company_heads = frozenset(word for head in heads if head.id == "company_head" for word in head.words)
        self.company_ends = self.company_forms | company_heads

    def _take_lists(self, lists: Mapping[str, frozenset[str]]) -> None:
        """Words that play a part around names; `why` in rules/entities/words.jsonl says which."""
        generic = lists["generic_word"] | lists["not_a_name"]
        self.generic = generic | {word.upper() for word in generic if len(word) > 3}
        self.no_names = lists["not_a_name"]
        self.tails = lists["generic_tail"]
        shouted = {word.upper() for word in lists["opener"] if len(word) > 1}
        self.openers = lists["opener"] | {w for w in shouted if (w,) not in self.known.values and w not in self.codes}
        self.particles, self.suffixes = lists["particle"], lists["suffix"]
        self.abbreviations, self.before_lone_head = lists["abbreviation"], lists["before_lone_head"]
        self.portfolios = lists["portfolio"] | {words.upper() for words in lists["portfolio"]}
        self.headline_verbs = lists["headline_verb"]
        self.programme_cues = lists["programme_cue"]
        self.company_cues, self.company_owns = lists["company_cue"], lists["company_owns"]
        self.seats = frozenset(form(name) for name in lists["seat_of_power"])
        self.place_prepositions = lists["place_preposition"]
        self.roles = lists["role"]
        self.legal_forms = lists["legal_form"]
        self.small_words, self.law_words, self.leads_on = lists["small_word"], lists["law_word"], lists["leads_on"]
        self.owner_ends = tuple(sorted(lists["owner_end"]))
        self.office_words, self.body_words = lists["office_word"], lists["body_word"]
        self.before_place = lists["before_place"]
        self.language_before, self.language_behind = lists["language_before"], lists["language_behind"]
        self.degrees = lists["degree"]
        self.ship_prefixes, self.hyphen_tails = lists["ship_prefix"], lists["hyphen_tail"]
        self.alone_bodies, self.person_cues, self.compass = lists["alone_body"], lists["person_cue"], lists["compass"]
        self.consorts, self.town_joiners = lists["consort"], lists["town_joiner"]
        self.close_to = lists["close_to"]
        self.place_nouns, self.sites = lists["place_noun"], lists["site"]
        self.visits, self.stakes = lists["visit"], lists["stake"]
        self.exchanges, self.post_nominals = lists["exchange"], lists["post_nominal"]

    def span(self, text: Text, i: int, j: int) -> tuple[int, int]:
        """The characters of the words `i:j`, with the full stop of an abbreviation: "Acme Inc."."""
        end = text.ends[j - 1]
        return text.starts[i], end + (text.words[j - 1] in self.abbreviations and text.raw.startswith(".", end))

    def is_head(self, word: str) -> bool:
        """Whether the word is a head noun that stands last."""
        return word in self._last_heads

    def is_body(self, word: str) -> bool:
        """Whether the word is a head noun of bodies other than companies, which starts a name of its own in a list."""
        return word in self._bodies

    def says_nothing(self, words: Iterable[str]) -> bool:
        """Whether words make no name: "Heads of State and Government", "Eastern", "COVID-19"."""
        return all(word in self._empty or not word[0].isupper() for word in words)
