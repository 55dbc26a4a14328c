"""Names: where they stand in a text and what kind of thing each one names.

The model's names are the base; rules correct them. A capitalised run that ends in a head noun is a name of that
noun's type, tables know countries, places and bodies, a title says that a person follows:

    "the NATO Lisbon Summit"     EVENT (head noun)      "Kabul/Bagram"        two places
    "Ministry of Defence"        ORG (head noun)        "President Marlow"    PERSON, without the title
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline import rulebook
from pipeline.records import EntityType, Segment

# Tags, addresses and handles are no text to read names from.
DARK = re.compile(r"<[^<>]{1,2000}>|https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]{1,64}+@[\w.-]+|[@#]\w+")
WORD = re.compile(
    r"(?:[A-Z]\.){2,}"  # U.S., D.C.
    r"|(?!['’])\w+(?:['’](?!s\b)\w+)*+"  # programme, O'Brien, Sana'a
    r"|['’]s\b|(?<=s)['’](?!\w)"  # Turkey's, States'
    r"|[^\w\s][\u00ad\u200b-\u200d\u2060\ufeff]*+"  # any other sign, with invisible ones behind it
)
JOINERS = ("and", "&")
DASHES = ("-", "‐", "‑", "–", "/")
PARTICLES = (
    "de",
    "da",
    "do",
    "dos",
    "del",
    "della",
    "di",
    "du",
    "von",
    "van",
    "der",
    "den",
    "bin",
    "al",
    "el",
    "la",
    "le",
)
WIDE = ("of", "for", "with", "in", "on", "to", "against", "from", "and", "&", "the")
YEAR = re.compile(r"(?:19|20)\d\d$")
MAX_WORDS = 14  # the longest name that a rule builds


class Head(rulebook.Rule):
    """Head nouns that make the capitalised run before them a name of `type`.

    `after` are the words that may lead on behind the head ("Ministry of Defence"); a `wide` head reaches back over
    small words ("Americans with Disabilities Act"); `small` heads count in small letters, too ("Minsk agreement");
    a `first` head stands before its name ("Hurricane Otto").
    """

    type: EntityType
    words: list[str]
    after: list[str] = []
    small: list[str] = []
    wide: bool = False
    first: bool = False


class Words_(rulebook.Rule):
    """A list of words with one meaning for the layer."""

    words: list[str]


class Shape(rulebook.Rule):
    """A name that its form gives away: a regular expression over the text, "Resolution 1325"."""

    type: EntityType
    pattern: rulebook.Pattern


class Names(rulebook.Entry):
    """Names of one type; those that stand `after_comma` only count there ("Boulder, CO")."""

    type: EntityType
    names: list[str]
    after_comma: bool = False


class Country(rulebook.Entry):
    """A country by its ISO 3166 code: its names and the words for its people."""

    names: list[str]
    demonyms: list[str]


@dataclass(frozen=True, slots=True)
class Name:
    """One name in a text: the words `i:j`, its type, the rules that found it and how sure they are."""

    i: int
    j: int
    type: EntityType
    rules: tuple[str, ...]
    weight: int


@dataclass(slots=True)
class Text:
    """The words of a text: what they are, where they stand, which segment they belong to (-1: not to be read)."""

    raw: str
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)

    def span(self, i: int, j: int) -> tuple[int, int]:
        return self.starts[i], self.ends[j - 1]

    def at(self, offset: int) -> int:
        """The word that holds the character at `offset`, or the last one before it."""
        return bisect_right(self.starts, offset) - 1


def read(raw: str, segments: Sequence[Segment]) -> Text:
    """Cut a text into words: `read("Kabul/Bagram", [])` has the words Kabul, / and Bagram."""
    text = Text(raw)
    borders = [segment.start for segment in segments]
    dark = [(m.start(), m.end()) for m in DARK.finditer(raw)]
    d = home = 0
    next_border = borders[0] if borders else len(raw) + 1
    words, starts, ends, homes = text.words, text.starts, text.ends, text.homes
    for match in WORD.finditer(raw):
        start, end = match.span()
        while start >= next_border:
            home += 1
            next_border = borders[home] if home < len(borders) else len(raw) + 1
        while d < len(dark) and dark[d][1] <= start:
            d += 1
        word = match.group()
        words.append(word.rstrip("\u00ad\u200b\u200c\u200d\u2060\ufeff") or word if len(word) > 1 else word)
        starts.append(start)
        ends.append(end)
        homes.append(-1 if d < len(dark) and dark[d][0] < end else home)
    for i, word in enumerate(words):
        if "’" in word:
            words[i] = word.replace("’", "'")
    return text


class Table:
    """Word sequences with what they stand for; a look-up costs a hash or two, however many there are."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], Any] = {}
        self.lengths: dict[str, list[int]] = {}

    def __contains__(self, first: str) -> bool:
        """Whether any sequence starts with this word."""
        return first in self.lengths

    def add(self, name: str, value: Any) -> None:
        """Add a name as it is written: `add("Ministry of Defence", ...)`."""
        self.put(tuple(m.group().replace("’", "'") for m in WORD.finditer(name)), value)

    def put(self, words: tuple[str, ...], value: Any) -> None:
        """Add a sequence of words; the first value of a sequence stays."""
        if words not in self.values:
            self.values[words] = value
            lengths = self.lengths.setdefault(words[0], [])
            if len(words) not in lengths:
                lengths.append(len(words))
                lengths.sort(reverse=True)

    def match(self, text: Text, i: int) -> tuple[int, Any] | None:
        """The longest sequence that starts at word `i`: where it ends, and its value."""
        for length in self.lengths.get(text.words[i], ()):
            j = i + length
            value = self.values.get(tuple(text.words[i:j]))
            if value is not None and j <= len(text.words) and text.homes[i] == text.homes[j - 1]:
                return j, value
        return None


class Finder:
    """Finds the names of a text with the rules of the layer."""

    def __init__(self, rules: dict[str, list[Any]]) -> None:
        self.table = Table()
        self.codes = Table()
        self.capitals: dict[str, str] = {}
        for country in rules["countries"]:
            for name in country.names:
                self.table.add(name, ("GPE", "country_name"))
            for name in country.demonyms:
                self.table.add(name, ("NORP", "nationality"))
        for group in rules["bodies"]:
            for name in group.names:
                self.table.add(name, (group.type, "known_body"))
        for group in rules["places"]:
            for name in group.names:
                (self.codes if group.after_comma else self.table).add(name, (group.type, "known_place"))
        for words in self.table.values:
            if len(words) == 1 and len(words[0]) > 3 and not words[0].isupper():
                self.capitals.setdefault(words[0].upper(), words[0])
        self.heads = Table()
        self.small: dict[str, Head] = {}
        for head in rules["heads"]:
            for word in head.words:
                self.heads.add(word, head)
                if not head.first and word.upper() != word and len(word) > 3:
                    self.heads.add(word.upper(), head)
            for word in head.small:
                self.small[word] = head
        self.company = frozenset(word for head in rules["heads"] if head.id == "company_head" for word in head.words)
        self.titles = Table()
        for title in rules["titles"]:
            for word in title.words:
                self.titles.add(word, title)
        lists = {rule.id: frozenset(word.replace("’", "'") for word in rule.words) for rule in rules["generic"]}
        self.generic, self.tails, self.openers = lists["generic_word"], lists["generic_tail"], lists["opener"]
        self.shapes = [(shape, re.compile(shape.pattern)) for shape in rules["shapes"]]

    # --- single sources of names -------------------------------------------------------------------------------

    def known(self, text: Text) -> Iterator[tuple[int, int, EntityType, str]]:
        """Names that a table holds, the longest at each place."""
        i, n, words = 0, len(text.words), text.words
        capitals = self.capitals
        while i < n:
            word = words[i]
            if text.homes[i] >= 0:
                if i and words[i - 1] == "," and word in self.codes and (found := self.codes.match(text, i)):
                    yield i, found[0], *found[1]
                    i = found[0]
                    continue
                if word in self.table and (found := self.table.match(text, i)):
                    yield i, found[0], *found[1]
                    i = found[0]
                    continue
                if word in capitals:
                    type_, rule = self.table.values[capitals[word],]
                    yield i, i + 1, type_, rule
            i += 1

    def shaped(self, text: Text) -> Iterator[tuple[int, int, EntityType, str]]:
        """Names that a pattern matches."""
        for shape, pattern in self.shapes:
            for match in pattern.finditer(text.raw):
                i, j = text.at(match.start()), text.at(match.end() - 1) + 1
                if i >= 0 and text.starts[i] == match.start() and text.homes[i] == text.homes[j - 1] >= 0:
                    yield i, j, shape.type, shape.id

    def headed(
        self, text: Text, known: dict[int, tuple[int, str]], people: dict[int, int], pos: Any
    ) -> Iterator[tuple[int, int, EntityType, str, int, int]]:
        """Names with a head noun; with the place of the head in each."""
        words, homes = text.words, text.homes
        for i, word in enumerate(words):
            if homes[i] < 0:
                continue
            if word in self.heads:
                found = self.heads.match(text, i)
                if found is None:
                    continue
                end, head = found
                if head.first:
                    stop = self._run(text, end, 3, pos)
                    if stop > end:
                        yield i, stop, head.type, head.id, i, end
                    continue
            elif word in self.small:
                end, head = i + 1, self.small[word]
                start = self._left(text, i, head, known, people, pos)
                if start < i and self._own(text, start, i, head, known):
                    yield start, end, head.type, head.id, i, end
                continue
            else:
                continue
            start = self._left(text, i, head, known, people, pos)
            stop = self._right(text, end, head, known)
            proper = any(words[k] not in self.generic for k in range(start, i)) or stop > end
            if start == i and stop == end:
                continue
            if proper:
                yield start, stop, head.type, head.id, i, end

    def _own(self, text: Text, start: int, i: int, head: Head, known: dict[int, tuple[int, str]]) -> bool:
        """Whether the words before a head in small letters are a name for it and not somebody's: "Minsk agreement"."""
        run = [w for w in text.words[start:i] if w[0].isalnum()]
        if all(w in self.generic for w in run):
            return False
        last = known.get(i - 1)
        if head.type in ("AGREEMENT", "EVENT"):
            return last is not None and last[1] == "GPE" and len(run) <= 3
        return not (last is not None and last[0] <= start) and any(
            w not in self.generic and k not in known for k, w in enumerate(text.words[start:i], start) if w[0].isalnum()
        )

    def _left(
        self, text: Text, i: int, head: Head, known: dict[int, tuple[int, str]], people: dict[int, int], pos: Any
    ) -> int:
        """Where the capitalised run that ends before word `i` starts."""
        words, homes, start = text.words, text.homes, i
        k = i - 1
        while k >= 0 and homes[k] == homes[i] and i - k <= MAX_WORDS:
            word = words[k]
            if word[0].isupper() and word not in self.openers:
                if self._is_title(text, k) and k + 1 in people:
                    break
                if not self._nominal(text, k, pos):
                    break
                start = k
            elif YEAR.match(word) and k == start - 1 and head.type in ("EVENT", "AGREEMENT", "PROGRAMME"):
                start = k
                break
            elif word in DASHES and k and words[k - 1][0].isupper() and text.ends[k - 1] == text.starts[k]:
                pass
            elif word == ")" and k > 2 and words[k - 2] == "(" and words[k - 1].isupper() and start == k + 1:
                k -= 2
            elif (
                word in JOINERS
                and start == k + 1
                and k
                and words[k - 1][0].isupper()
                and k - 1 not in known
                and k - 1 not in people
                and not head.wide
            ):
                b = k - 1
                while b and words[b][0].isupper():
                    b -= 1
                if words[b] in ("of", "for", "on"):
                    break
            elif (
                word in ("'s", "'")
                and k
                and start == k + 1
                and words[k - 1].endswith(("s", "men", "ren", "People", "Nation"))
                and k - 1 not in known
                and k - 1 not in people
            ):
                pass
            elif head.wide and word in WIDE and start < i and self._wide_left(text, k):
                pass
            else:
                break
            k -= 1
        while start < i and (words[start] in self.openers or not words[start][0].isalnum() or words[start] in WIDE):
            start += 1
        return start

    def _wide_left(self, text: Text, k: int) -> bool:
        for b in range(k - 1, max(-1, k - 3), -1):
            word = text.words[b]
            if word[0].isupper():
                return word not in self.openers and not self._is_title(text, b)
            if word not in WIDE:
                return False
        return False

    def _is_title(self, text: Text, k: int) -> bool:
        return text.words[k] in self.titles

    def _nominal(self, text: Text, k: int, pos: Any) -> bool:
        return pos(text.starts[k]) not in ("VERB", "AUX", "ADV", "PRON", "DET", "SCONJ", "CCONJ", "INTJ")

    def _run(self, text: Text, i: int, most: int, pos: Any) -> int:
        """Where the capitalised run that starts at word `i` ends."""
        j = i
        while j < len(text.words) and j - i < most and text.homes[j] == text.homes[i - 1]:
            word = text.words[j]
            if not (
                word[0].isupper()
                and word not in self.openers
                and word not in self.titles
                and self._nominal(text, j, pos)
            ):
                break
            j += 1
        return j

    def _right(self, text: Text, i: int, head: Head, known: dict[int, tuple[int, str]]) -> int:
        """Where the words that lead on behind a head end: "of Health and Human Services"."""
        words, homes, n = text.words, text.homes, len(text.words)
        home = homes[i - 1]
        if head.type in ("EVENT", "AGREEMENT") and i < n and homes[i] == home and re.fullmatch(r"\d{1,5}", words[i]):
            return i + 1
        end = i
        k = i
        while k + 1 < n and homes[k] == home and words[k] in head.after and k - i < MAX_WORDS:
            b = k + 1
            if words[b] == "the" and b + 1 < n:
                b += 1
            if homes[b] != home:
                break
            if head.wide and YEAR.match(words[b]):
                return b + 1
            j = self._capital_run(text, b, home)
            if j == b:
                break
            end = j
            # lists: "Health, Education and Pensions"
            while end + 1 < n and homes[end + 1] == home:
                nxt = end + 1
                if words[end] == "," and words[nxt] in JOINERS:
                    nxt += 1
                if words[end] not in (*JOINERS, ","):
                    break
                if words[end] == "," and not self._list_closes(text, end, home):
                    break
                stop = self._capital_run(text, nxt, home)
                if (
                    stop == nxt
                    or end - 1 in known
                    or nxt in known
                    or any(words[m] in self.heads for m in range(nxt, stop))
                    or self._is_title(text, nxt)
                ):
                    break
                end = stop
            k = end
            if end < n and words[end] == "of" and "of" not in head.after:
                break
        return end

    def _list_closes(self, text: Text, comma: int, home: int) -> bool:
        """Whether the list that goes on behind a comma ends in "and" and a capital: ", Labor and Pensions"."""
        k = comma
        while k < len(text.words) and text.words[k] == "," and text.homes[k] == home:
            b = k + 1
            if b < len(text.words) and text.words[b] in JOINERS:
                return True
            stop = self._capital_run(text, b, home)
            if stop == b:
                return False
            if stop < len(text.words) and text.words[stop] in JOINERS:
                return stop + 1 < len(text.words) and text.words[stop + 1][0].isupper()
            k = stop
        return False

    def _capital_run(self, text: Text, i: int, home: int) -> int:
        j = i
        while j < len(text.words) and text.homes[j] == home and j - i < MAX_WORDS:
            word = text.words[j]
            if word in DASHES and j > i and j + 1 < len(text.words) and text.words[j + 1][0].isupper():
                j += 1
                continue
            if (
                not word[0].isupper()
                or word in self.openers
                or (self._is_title(text, j) and word not in ("State", "General"))
            ):
                break
            j += 1
        while j > i and not text.words[j - 1][0].isalnum():
            j -= 1
        return j

    def titled(
        self, text: Text, known: dict[int, tuple[int, str]], pos: Any
    ) -> Iterator[tuple[int, int, EntityType, str]]:
        """People by the title before them: "Minister Marlow", "Senators Hale and Brandt"."""
        words = text.words
        for i, word in enumerate(words):
            if word not in self.titles or text.homes[i] < 0:
                continue
            found = self.titles.match(text, i)
            if found is None:
                continue
            k, rule = found
            if k < len(words) and words[k] == "." and text.ends[k - 1] == text.starts[k]:
                k += 1
            if k >= len(words) or text.homes[k] != text.homes[i] or words[k] in self.titles:
                continue
            end = self._person(text, k, known, pos)
            if end > k:
                yield k, end, "PERSON", rule.id

    def _person(self, text: Text, i: int, known: dict[int, tuple[int, str]], pos: Any) -> int:
        words, home = text.words, text.homes[i - 1]
        j = i
        while j < len(words) and text.homes[j] == home and j - i < 7:
            word = words[j]
            if word in self.heads or word in self.openers or word in self.generic or (j in known and j == i):
                break
            if word[0].isupper():
                if j > i and not self._nominal(text, j, pos):
                    break
                j += 1
            elif (
                word == "."
                and len(words[j - 1]) == 1
                and j > i
                or word == "-"
                and j > i
                and text.ends[j] == text.starts[j + 1 if j + 1 < len(words) else j]
            ):
                j += 1
            elif (
                word.lower() in PARTICLES
                and j + 1 < len(words)
                and (words[j + 1][0].isupper() or words[j + 1].lower() in PARTICLES or words[j + 1] in DASHES)
            ):
                j += 1
            else:
                break
        while j > i and not words[j - 1][0].isupper() and words[j - 1] != ".":
            j -= 1
        return j

    def trim(self, text: Text, i: int, j: int, type_: str) -> tuple[int, int]:
        """Cut articles, titles, possessives and generic tails off a run of words."""
        words = text.words
        while (
            i < j
            and (not (words[i][0].isupper() or words[i][0].isdigit()) or words[i] in self.openers)
            and not (words[i] in ("al", "el") and i + 1 < j)
        ):
            i += 1
        if type_ == "PERSON":
            while i < j and (found := self.titles.match(text, i)) and found[0] < j:
                i = found[0]
                while i < j and not words[i][0].isalnum():
                    i += 1
        while i < j and (
            not words[j - 1][0].isalnum()
            or (words[j - 1].islower() and words[j - 1] not in PARTICLES)
            or words[j - 1] == "'s"
        ):
            j -= 1
        while (
            j - i > 1 and words[j - 1] in self.tails and not (words[j - 1] in ("Forces", "States", "Region", "Press"))
        ):
            j -= 1
            while j - i > 1 and not words[j - 1][0].isalnum():
                j -= 1
        return i, j

    def core(self, words: Sequence[str]) -> tuple[str, ...] | None:
        """A name without its head noun, where what is left can stand alone: "Resolute Support" of "... Mission"."""
        if words[-1] not in self.heads and words[-1] not in self.small:
            return None
        core = tuple(words[:-1])
        named = [w for w in core if w[0].isalnum()]
        if len(named) < 2 or any(not w[0].isupper() for w in named) or all(w in self.generic for w in named):
            return None
        return None if core in self.table.values else core

    # --- all together ------------------------------------------------------------------------------------------

    def find(self, text: Text, model: Iterable[tuple[int, int, EntityType]], pos: Any) -> list[Name]:
        """The names of a text, in reading order, none inside another."""
        if not text.words:
            return []
        found: list[Name] = []
        known: dict[int, tuple[int, str]] = {}
        for i, j, type_, rule in self.known(text):
            found.append(Name(i, j, type_, (rule,), 40 if j - i > 1 else 20))
            known.update((k, (i, type_)) for k in range(i, j))
        people: dict[int, int] = {}
        for start, end, type_ in model:
            for i, j in self._pieces(text, text.at(start), text.at(end - 1) + 1):
                i, j = self.trim(text, i, j, type_)
                if i >= j or all(w in self.generic or not w[0].isalnum() for w in text.words[i:j]):
                    continue
                if all(k in known or not text.words[k][0].isalnum() for k in range(i, j)):
                    continue
                if type_ == "PERSON":
                    people.update((k, i) for k in range(i, j))
                found.append(Name(i, j, type_, ("model",), 30 if j - i > 1 else 10))
        found += [Name(i, j, type_, (rule,), 60) for i, j, type_, rule in self.shaped(text)]
        found += [Name(i, j, type_, (rule,), 50) for i, j, type_, rule, *_ in self.headed(text, known, people, pos)]
        found += [Name(i, j, type_, (rule,), 35) for i, j, type_, rule in self.titled(text, known, pos)]
        return choose(found)

    def _pieces(self, text: Text, i: int, j: int) -> Iterator[tuple[int, int]]:
        """Cut a model's name at borders that no name crosses: segments, slashes, dark text."""
        begin = i
        for k in range(i, j):
            if (
                text.homes[k] < 0
                or text.words[k] in ("/", ";", "•", "|")
                or (k > begin and text.homes[k] != text.homes[k - 1])
            ):
                if begin < k:
                    yield begin, k
                begin = k if text.homes[k] >= 0 and text.words[k] not in ("/", ";", "•", "|") else k + 1
        if begin < j:
            yield begin, j


def choose(found: Iterable[Name]) -> list[Name]:
    """The surest of names that overlap, then the longest; in reading order."""
    taken: set[int] = set()
    chosen = []
    for name in sorted(found, key=lambda n: (-n.weight, n.i - n.j, n.i)):
        if not any(k in taken for k in range(name.i, name.j)):
            taken.update(range(name.i, name.j))
            chosen.append(name)
    return sorted(chosen, key=lambda n: n.i)
