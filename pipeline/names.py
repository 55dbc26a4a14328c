"""Names: where they stand in a text and what kind of thing each one names.

The model's names are the base; rules correct them. A capitalised run that ends in a head noun is a name of that
noun's type, tables know countries, places and bodies, a title says that a person follows:

    "the NATO Lisbon Summit"     EVENT (head noun)      "Kabul/Bagram"        two places
    "Ministry of Defence"        ORG (head noun)        "President Marlow"    PERSON, without the title
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pipeline.gazetteer import Head, Lexicon, Text
from pipeline.records import EntityType

JOINERS = ("and", "&")
DASHES = ("-", "‐", "‑", "–")
BORDERS = ("/", ";", "•", "|", ":", "®", "™", "—")
QUOTES = ('"', "“", "”", "‘", "'", "«", "»")
PARTICLES = frozenset(
    (
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
        "ten",
        "bin",
        "ibn",
        "al",
        "el",
        "la",
        "le",
    )
)
SMALL = frozenset(
    ("of", "for", "with", "in", "on", "to", "against", "from", "and", "&", "an", "a")
)  # inside the name of a law
OWNERS = (
    "s",
    "men",
    "ren",
    "People",
    "Nation",
    "President",
)  # ends of words that own a name from inside: "Women's Fund"
STOPS = frozenset((".", "!", "?", ":", '"', "“", "”"))
YEAR = re.compile(r"(?:19|20)\d\d")
NUMBER = re.compile(r"\d{1,5}")
MAX_WORDS = 14  # the longest run that a rule builds
NOT_NOMINAL = frozenset(("VERB", "AUX", "ADV", "PRON", "DET", "SCONJ", "CCONJ", "INTJ"))

# How sure a source is. Names that overlap are chosen by the tens, then by length, then by the rest.
SHAPE, SEAT, FIRST, TABLE, HEAD, TITLE, GIVEN, MODEL, TABLE_WORD, MODEL_WORD = 60, 58, 53, 52, 51, 35, 34, 31, 21, 10


@dataclass(frozen=True, slots=True)
class Name:
    """One name in a text: the words `i:j`, its type, the rules that found it and how sure they are."""

    i: int
    j: int
    type: EntityType
    rules: tuple[str, ...]
    weight: int


def choose(found: Iterable[Name]) -> list[Name]:
    """The surest of names that overlap, then the longest; in reading order."""
    taken: set[int] = set()
    chosen = []
    for name in sorted(found, key=lambda n: (-(n.weight // 10), n.i - n.j, -n.weight, n.i)):
        if taken.isdisjoint(range(name.i, name.j)):
            taken.update(range(name.i, name.j))
            chosen.append(name)
    return sorted(chosen, key=lambda n: n.i)


class Reading:
    """One text while its names are found: the words, and what is known about each so far."""

    def __init__(self, text: Text, lexicon: Lexicon, tag: Callable[[int], str]) -> None:
        self.text, self.lexicon, self.tag = text, lexicon, tag
        self.words, self.homes = text.words, text.homes
        self.known: dict[int, Name] = {}
        """The table's names, by each of their words."""
        self.people: dict[int, Name] = {}
        """The model's people, by each of their words."""
        self.small = frozenset(word for word in text.words if word.islower())
        """The words that the text has in small letters, too: a capital alone makes no name of them."""
        self.offices: set[int] = set()
        """The words of titles that a person or a portfolio follows: "Secretary of State"."""

    def names(self, model: Iterable[tuple[int, int, EntityType]]) -> list[Name]:
        """All names of the text, in reading order, none inside another; `model` are the model's names."""
        if not self.words:
            return []
        found = list(self._tabled())
        for name in found:
            self.known.update(dict.fromkeys(range(name.i, name.j), name))
        modelled = list(self._modelled(model))
        for name in modelled:
            if name.type == "PERSON":
                self.people.update(dict.fromkeys(range(name.i, name.j), name))
        titled = list(self._titled())
        found += titled
        found += (name for name in modelled if name.i not in self.offices)
        found += self._shaped()
        found += self._headed()
        found += self._introduced()
        found += self._given()
        found += self._before_state()
        return choose(map(self._completed, found))

    # --- sources -----------------------------------------------------------------------------------------------

    def _tabled(self) -> Iterator[Name]:
        """Names that a table holds, the longest at each place."""
        words, known, codes = self.words, self.lexicon.known, self.lexicon.codes
        end = 0
        for i in sorted({*known.places(self.text), *codes.places(self.text)}):
            if i < end:
                continue
            hit = known.match(self.text, i)
            if words[i] in codes and i and (words[i - 1] == "," or (words[i + 1 : i + 2] == [":"] and self._opens(i))):
                hit = codes.match(self.text, i) or hit
            if hit is None or (words[hit[0] : hit[0] + 1] == ["$"] and self.text.next_to(hit[0])):  # "US$"
                continue
            end, (type_, rule) = hit
            yield Name(i, end, type_, (rule,), TABLE if end - i > 1 else TABLE_WORD)

    def _opens(self, i: int) -> bool:
        """Whether word `i` is the first of its segment, a bullet left aside."""
        return (
            i == 0
            or self.homes[i - 1] != self.homes[i]
            or (not self.words[i - 1][0].isalnum() and (i == 1 or self.homes[i - 2] != self.homes[i]))
        )

    def _modelled(self, model: Iterable[tuple[int, int, EntityType]]) -> Iterator[Name]:
        """The model's names, cut at borders and trimmed."""
        words = self.words
        for start, end, type_ in model:
            for i, j in self._pieces(max(0, self.text.at(start)), self.text.at(end - 1) + 1, type_):
                i, j = self._trimmed(i, j, type_)
                if i >= j or self.lexicon.says_nothing(words[i:j]) or words[i] in self.lexicon.no_names:
                    continue
                if all(k in self.known or not words[k][0].isalnum() for k in range(i, j)):
                    continue
                if type_ == "PERSON":
                    i = self._after_title(i, j)
                elif (hit := self.lexicon.titles.match(self.text, i)) is not None and hit[0] < j:
                    continue
                elif (
                    j - i > 1 and type_ in ("ORG", "AGREEMENT", "EVENT", "FAC") and self.homes[i] in self.text.headlines
                ):
                    continue
                if j - i == 1 and (words[i].lower() in self.small or (type_ == "PERSON" and not words[i].isalpha())):
                    continue
                if i < j:
                    yield Name(i, j, type_, ("model",), MODEL if j - i > 1 else MODEL_WORD)

    def _pieces(self, i: int, j: int, type_: EntityType) -> Iterator[tuple[int, int]]:
        """Cut a model's name at signs and segments that no name crosses."""
        begin = i
        for k in range(i, j):
            cut = self.homes[k] < 0 or self.words[k] in BORDERS
            cut = cut or (type_ == "PERSON" and (self.words[k] in JOINERS or self.words[k] in ("'s", "'")))
            if cut or (k > begin and self.homes[k] != self.homes[k - 1]):
                if begin < k:
                    yield begin, k
                begin = k + cut
        if begin < j:
            yield begin, j

    def _trimmed(self, i: int, j: int, type_: EntityType) -> tuple[int, int]:
        """Cut articles, titles, possessives and generic tails off the words `i:j`."""
        words, lexicon = self.words, self.lexicon
        while (
            i < j
            and (not (words[i][0].isupper() or words[i].isdigit()) or words[i] in lexicon.openers)
            and i not in self.known
        ):
            if words[i] in ("al", "el") and i + 1 < j:
                break
            i += 1
        while i < j and type_ == "PERSON" and (hit := lexicon.titles.match(self.text, i)) and hit[0] < j:
            i = hit[0]
            while i < j and not words[i][0].isalnum():
                i += 1
        if "(" in words[i:j] and ")" not in words[i:j]:
            j = i + words[i:j].index("(")
        while i < j and not words[j - 1][0].isupper() and not (words[j - 1].isdigit() and type_ != "GPE"):
            if type_ == "PERSON" and j - i > 3 and words[j - 2] in DASHES and len(words[j - 1]) < 6:
                break  # "Kim Jong-un"
            j -= 1
        while j - i > 1 and words[j - 1] in lexicon.tails:
            j -= 1
            while j - i > 1 and not words[j - 1][0].isalnum():
                j -= 1
        return i, j

    def _after_title(self, i: int, j: int) -> int:
        """Where the person starts in words that hold a title: "NSC Spokesperson Ada Marlow"."""
        for k in range(j - 2, i, -1):
            hit = self.lexicon.titles.match(self.text, k) if self.words[k] in self.lexicon.titles else None
            if hit is not None and hit[0] < j:
                return hit[0]
        if i and self.words[i - 1] in self.lexicon.given_names and self.homes[i - 1] == self.homes[i]:
            return i - 1
        return i

    def _shaped(self) -> Iterator[Name]:
        """Names that a pattern matches."""
        for shape, pattern in self.lexicon.shapes:
            for match in pattern.finditer(self.text.raw):
                i, j = self.text.at(match.start()), self.text.at(match.end() - 1) + 1
                if i >= 0 and self.text.starts[i] == match.start() and self.homes[i] == self.homes[j - 1] >= 0:
                    yield Name(i, j, shape.type, (shape.id,), SHAPE)

    def _titled(self) -> Iterator[Name]:
        """People by the title before them: "Minister Marlow", "Senators Hale and Brandt"."""
        words, titles = self.words, self.lexicon.titles
        k = 0
        for first in titles.places(self.text):
            hit = titles.match(self.text, first) if first >= k else None
            if hit is None:
                continue
            end, rule = hit
            while end < len(words) and (more := titles.match(self.text, end)):
                end, rule = more
            k = end
            if words[end : end + 1] == ["."] and self.text.next_to(end):
                end += 1
            if words[end : end + 1] and words[end] in DASHES and self.text.next_to(end):
                continue
            end, named = self._portfolio(end, rule == "portfolio_title")
            stop = self._person(end) if end < len(words) and self.homes[end] == self.homes[first] else end
            if stop > end:
                yield Name(end, stop, "PERSON", (rule,), TITLE)
            if stop > end or named:
                self.offices.update(range(first, end))
                k = max(k, stop)
            if words[k - 1].endswith("s") or not words[stop : stop + 1] == ["and"] or not words[first].endswith("s"):
                continue
            other = self._person(stop + 1)
            if other > stop + 1:
                yield Name(stop + 1, other, "PERSON", (rule,), TITLE)

    def _portfolio(self, k: int, free: bool) -> tuple[int, bool]:
        """Where the words end that say what an office is for: "of State", "for Health and Human Services".

        Behind a title that always has such words (`free`) any capitalised ones will do, down to the person's name.
        """
        words, portfolios = self.words, self.lexicon.portfolios
        if words[k : k + 1] not in (["of"], ["for"]):
            return k, False
        begin = end = b = k + 1 + (words[k + 1 : k + 2] == ["the"])
        listed = False
        while b < len(words) and self.homes[b] == self.homes[k]:
            two = " ".join(words[b : b + 2])
            if two in portfolios or words[b] in portfolios:
                b, listed = b + (2 if two in portfolios else 1), True
            elif free and not (listed and b == end) and words[b][0].isupper() and not self._starts_name(b):
                b, listed = b + 1, False
            else:
                break
            end = b
            b += words[b : b + 1] in (["and"], ["&"], [","], ["for"], ["of"])
        return (end, True) if end > begin else (k, False)

    def _starts_name(self, k: int) -> bool:
        word = self.words[k]
        return k in self.known or k in self.people or word in self.lexicon.given_names or self._is_title(k)

    def _person(self, i: int) -> int:
        """Where the name of a person that starts at word `i` ends; `i` if none does."""
        words, lexicon = self.words, self.lexicon
        known = self.people.get(i)
        if known is not None and known.i == i and not self._shouted(i):
            return known.j if self.homes[i] not in self.text.headlines else min(known.j, i + 3)
        j = i
        while j < len(words) and self.homes[j] == self.homes[i] and j - i < 8:
            word = words[j]
            if word[0].isupper():
                if word in lexicon.heads or word in lexicon.openers or word in lexicon.generic or self._is_title(j):
                    break
                if (j == i and j in self.known) or (j > i and self._verbal(j)) or (j - i > 3 and len(word) > 1):
                    break
            elif not (word == "." and len(words[j - 1]) == 1) and not (word in PARTICLES or word in DASHES):
                break
            elif word in DASHES and not (self.text.next_to(j) and self.text.next_to(j + 1)):
                break
            j += 1
        while j > i and not words[j - 1][0].isupper() and words[j - 1] != ".":
            j -= 1
        return j

    def _shouted(self, i: int) -> bool:
        return len(self.words[i]) > 3 and self.words[i].isupper()

    def _introduced(self) -> Iterator[Name]:
        """People by what follows: "Ada Marlow, Assistant to the President"; at the start of an item or a sentence."""
        words, roles = self.words, self.lexicon.roles
        for k in range(2, len(words) - 1):
            if words[k] != "," or (words[k + 1] not in roles and not self._is_title(k + 1)):
                continue
            if self.homes[k] != self.homes[k + 1] or self.homes[k] < 0:
                continue
            i = k
            while i and self.homes[i - 1] == self.homes[k] and k - i < 6 and self._part_of_person(i - 1):
                i -= 1
            while i < k and not words[i][0].isupper():
                i += 1
            opens = (
                i == 0
                or self.homes[i - 1] != self.homes[k]
                or words[i - 1] in ("-", "•", "*", ".", "”", '"', "–", ";", ">")
            )
            if opens and sum(w[0].isupper() and len(w) > 1 for w in words[i:k]) in (2, 3, 4):
                yield Name(i, k, "PERSON", ("role_behind_comma",), TITLE)

    def _part_of_person(self, k: int) -> bool:
        word = self.words[k]
        if word in PARTICLES or (word in DASHES and self.text.next_to(k) and self.text.next_to(k + 1)):
            return True
        if word == ".":
            return k > 0 and len(self.words[k - 1]) == 1
        if not word[0].isupper() or word in self.lexicon.openers or word in self.lexicon.heads or self._is_title(k):
            return False
        return word not in self.lexicon.generic and self.known.get(k, _NOBODY).weight < TABLE

    def _given(self) -> Iterator[Name]:
        """People by a common given name: "Ada Marlow" where the model saw nothing."""
        given = self.lexicon.given_names
        for i in [i for i, word in enumerate(self.words) if word in given]:
            if self.homes[i] < 0 or i in self.offices:
                continue
            j = i + 1
            while j < len(self.words) and self.homes[j] == self.homes[i] and j - i < 6 and self._part_of_person(j):
                j += 1
            while j > i + 1 and not self.words[j - 1][0].isupper():
                j -= 1
            count = sum(len(w) > 1 for w in self.words[i:j])
            if 2 <= count <= 3 and not (i and self.words[i - 1][0].isupper() and self.text.next_to(i)):
                if not any(self._verbal(k) for k in range(i + 1, j)):
                    yield Name(i, j, "PERSON", ("given_name",), GIVEN)

    def _before_state(self) -> Iterator[Name]:
        """Towns by the state or country behind them: "Newport, VT", "in Ayn Isa, Syria"."""
        for k in range(1, len(self.words) - 1):
            if self.words[k] != ",":
                continue
            land = self.known.get(k + 1, _NOBODY)
            code = self.words[k + 1] in self.lexicon.codes and self.lexicon.codes.match(self.text, k + 1) is not None
            if code or (land.type == "GPE" and land.i == k + 1):
                i = k
                while i and k - i < 3 and self.homes[i - 1] == self.homes[k] and self._part_of_place(i - 1):
                    i -= 1
                before = self.words[i - 1] if i else ""
                if i < k and not before[:1].isupper() and (code or before in ("in", "at", "near", "from")):
                    yield Name(i, k, "GPE", ("before_state",), TABLE)

    def _part_of_place(self, k: int) -> bool:
        return self.words[k][0].isupper() and self.words[k] not in self.lexicon.openers and not self._is_title(k)

    def _completed(self, name: Name) -> Name:
        """Take in what belongs to a name behind its end: "Bauer-Kahan", "von der Leyen", ", Jr."; building or body."""
        words, j = self.words, name.j
        if name.type == "PERSON":
            k = j
            while (
                k + 1 < len(words)
                and k - j < 4
                and (
                    words[k] in PARTICLES or (words[k] in DASHES and self.text.next_to(k) and self.text.next_to(k + 1))
                )
            ):
                k += 1
            if k > j and k < len(words) and words[k][0].isupper() and self.homes[k] == self.homes[name.i]:
                j = k + 1
            if words[j : j + 1] == [","] and words[j + 1 : j + 2] and words[j + 1] in ("Jr", "Sr", "III", "JR"):
                j += 2
            elif words[j : j + 1] and words[j] in ("Jr", "Sr", "II", "III", "JR"):
                j += 1
        elif tuple(words[name.i : j]) in self.lexicon.seats and name.i:
            before = words[name.i - 2 : name.i] if words[name.i - 1] == "the" else words[name.i - 1 : name.i]
            if before[0] in self.lexicon.place_prepositions:
                return Name(name.i, j, "FAC", ("seat_of_power",), SEAT)
        return name if j == name.j else Name(name.i, j, name.type, name.rules, name.weight)

    # --- head nouns --------------------------------------------------------------------------------------------

    def _headed(self) -> Iterator[Name]:
        """Names with a head noun."""
        heads, small = self.lexicon.heads, self.lexicon.small
        words = self.words
        for i in [i for i, word in enumerate(words) if word in heads.lengths or word in small]:
            word = words[i]
            if self.homes[i] < 0 or i in self.offices:
                continue
            if word in heads and (hit := heads.match(self.text, i)):
                end, head = hit
                name = self._first_headed(i, end, head) if head.first else self._last_headed(i, end, head)
            elif word in small:
                name = self._small_headed(i, small[word])
            else:
                continue
            if name is not None:
                yield name

    def _first_headed(self, i: int, end: int, head: Head) -> Name | None:
        """ "Hurricane Otto", "Operation Northern Light"."""
        stop = end
        while (
            stop < len(self.words)
            and stop - end < 3
            and self.homes[stop] == self.homes[i]
            and self._fits(stop)
            and not self.lexicon.is_head(self.words[stop])
        ):
            stop += 1
        return Name(i, stop, head.type, (head.id,), FIRST) if stop > end else None

    def _last_headed(self, i: int, end: int, head: Head) -> Name | None:
        """ "Lisbon Summit", "Ministry of Defence"."""
        headline = self.homes[i] in self.text.headlines
        if self._quoted(i) is not None:
            return self._quoted_name(i, head)
        start = self._left(i, head)
        stop = self._right(end, head, start, i, headline)
        if start == i and stop == end:
            return None
        vague = self.lexicon.says_nothing(self.words[start:i]) and stop == end
        if vague and (i - start < 2 or headline or head.type in ("EVENT", "FAC", "LOC")):
            return None
        if headline and head.type == "EVENT" and self.words[i] != "Summit":
            return None
        return Name(start, stop, head.type, (head.id,), HEAD)

    def _small_headed(self, i: int, head: Head) -> Name | None:
        """ "Minsk agreement", "Building Integrity programme": a name of its own and a head in small letters."""
        if self._quoted(i) is not None:
            return self._quoted_name(i, head)
        start = self._left(i, head)
        run = [k for k in range(start, i) if self.words[k][0].isalnum()]
        if not run or self.lexicon.says_nothing(self.words[k] for k in run):
            return None
        first = self.lexicon.heads.match(self.text, start)
        if first is not None and first[1].first or self.lexicon.is_head(self.words[i - 1]):
            return None
        if head.type in ("AGREEMENT", "EVENT"):
            last = self.known.get(i - 1)
            fits = last is not None and (last.type == "GPE" or start < last.i) and len(run) <= 3
        else:
            fits = (
                any(k not in self.known and self.words[k] not in self.lexicon.generic for k in run)
                and run[-1] not in self.people
            )
        return Name(start, i + 1, head.type, (head.id,), HEAD) if fits else None

    def _quoted(self, i: int) -> int | None:
        """The word behind the quotation mark that opens the words before head `i`: '"Resolute Support" mission'."""
        if i < 3 or self.words[i - 1] not in QUOTES or self.homes[i - 1] != self.homes[i]:
            return None
        k = i - 2
        while k > 0 and i - k < 8 and self.words[k] not in QUOTES:
            k -= 1
        inside = [w for w in self.words[k + 1 : i - 1] if w[0].isalnum()]
        return k + 1 if self.words[k] in QUOTES and inside and all(w[0].isupper() for w in inside) else None

    def _quoted_name(self, i: int, head: Head) -> Name | None:
        k = self._quoted(i)
        return None if k is None else Name(k, i - 1 - (self.words[i - 2] == ","), head.type, (head.id,), HEAD)

    def _fits(self, k: int) -> bool:
        """Whether word `k` may stand in a capitalised run."""
        word = self.words[k]
        if not word[0].isupper() or k in self.known:
            return word[0].isupper()
        return word not in self.lexicon.openers and not self._verbal(k)

    def _is_title(self, k: int) -> bool:
        return self.words[k] in self.lexicon.titles and self.lexicon.titles.match(self.text, k) is not None

    def _verbal(self, k: int) -> bool:
        """Whether word `k` is no part of a noun phrase, where a capital does not tell: in headlines, at the start."""
        if self.homes[k] in self.text.headlines:
            return self.words[k] in self.lexicon.headline_verbs or self.tag(self.text.starts[k]) in NOT_NOMINAL
        opens = k == 0 or self.homes[k - 1] != self.homes[k] or self.words[k - 1] in STOPS
        return opens and k not in self.known and self.tag(self.text.starts[k]) in NOT_NOMINAL

    def _left(self, i: int, head: Head) -> int:
        """Where the capitalised run starts that ends before the head at word `i`."""
        words, homes, start, k = self.words, self.homes, i, i - 1
        while k >= 0 and homes[k] == homes[i] and i - k <= MAX_WORDS and k not in self.offices:
            word = words[k]
            if word[0].isupper():
                if not self._fits(k) or (self._is_title(k) and k + 1 in self.people):
                    break
                start = k
            elif YEAR.fullmatch(word) and k == start - 1 and head.type in ("EVENT", "AGREEMENT", "PROGRAMME"):
                return k
            elif word in DASHES and words[k - 1][0].isupper() and self.text.next_to(k):
                pass
            elif word == ")" and k > 2 and words[k - 2] == "(" and start == k + 1 and words[k - 1][0].isupper():
                k -= 2
            elif start != k + 1 or k == 0 or not self._joins_left(k, i, head):
                break
            k -= 1
        while start < i and (
            not words[start][0].isalnum() or (words[start] in self.lexicon.openers and start not in self.known)
        ):
            start += 1
        return start

    def _joins_left(self, k: int, i: int, head: Head) -> bool:
        """Whether a small word before a capitalised run belongs to the name: "Health and Safety Agency"."""
        words, before = self.words, self.words[k - 1]
        if head.wide and words[k] in SMALL:
            b = k - 1 if before[0].isupper() or before not in SMALL else k - 2
            return (
                b >= 0
                and self._fits(b)
                and not self._is_title(b)
                and b not in self.people
                and not self.lexicon.is_head(words[b])
            )
        if not before[0].isupper() or k - 1 in self.people or self._is_title(k - 1):
            return False
        if k - 1 in self.known and self.known[k - 1].j <= k:
            return False
        if words[k] in ("'s", "'"):
            return before.endswith(OWNERS)
        if words[k] not in JOINERS or self.lexicon.is_head(before) or before in self.lexicon.tails:
            return False
        b = k - 1
        while b and words[b][0].isupper():
            b -= 1
        return words[b] not in ("of", "for", "on", "'s")

    def _right(self, i: int, head: Head, start: int, at: int, headline: bool) -> int:
        """Where the words that lead on behind a head end: "of Health and Human Services", "in Warsaw", "2016"."""
        words, homes, n = self.words, self.homes, len(self.words)
        home = homes[i - 1]
        if i < n and homes[i] == home and head.type in ("EVENT", "AGREEMENT"):
            dash = words[i] in DASHES and self.text.next_to(i) and self.text.next_to(i + 1)
            if NUMBER.fullmatch(words[i + dash] if i + dash < n else ""):
                return i + dash + 1
        if head.type == "EVENT" and i + 1 < n and words[i] == "in" and not headline and start < n:
            place, body = self.known.get(i + 1), self.known.get(start)
            bare = start == at or (body is not None and body.i == start and body.j == at and body.type == "ORG")
            if bare and place is not None and place.type == "GPE":
                return place.j
        end = k = i
        while k + 1 < n and homes[k] == home and words[k] in head.after and k - i < MAX_WORDS:
            if headline and words[k] not in ("of", "for"):
                break
            b = k + 1
            if words[b] in ("the", "an", "a") and b + 1 < n:
                b += 1
            if homes[b] != home:
                break
            if head.wide and YEAR.fullmatch(words[b]):
                return b + 1
            run = self._capitals(b, home)
            if run == b:
                break
            end = k = self._list_end(run, i, home)
        return end

    def _list_end(self, end: int, i: int, home: int) -> int:
        """Where a list in a name ends: "Health, Education and Pensions"."""
        words, n = self.words, len(self.words)
        while end + 1 < n and self.homes[end + 1] == home and words[end] in (*JOINERS, ","):
            nxt = end + 1
            if words[end] == ",":
                if not self._list_closes(end, home):
                    break
                nxt += words[nxt] in JOINERS
            stop = self._capitals(nxt, home)
            last, first = self.known.get(end - 1, _NOBODY), self.known.get(nxt, _NOBODY)
            apart = (last.i >= i and last.j == end and last.type != "NORP") or (first.i == nxt and first.type != "NORP")
            if (
                stop == nxt
                or apart
                or self._is_title(nxt)
                or any(self.lexicon.is_body(words[m]) for m in range(nxt, stop))
            ):
                break
            end = stop
        return end

    def _list_closes(self, comma: int, home: int) -> bool:
        """Whether the list behind a comma ends in "and" and a capital: ", Labor and Pensions"."""
        k, words = comma, self.words
        while k + 1 < len(words) and words[k] == "," and self.homes[k] == home and k - comma < 2 * MAX_WORDS:
            if words[k + 1] in JOINERS:
                return True
            stop = self._capitals(k + 1, home)
            if stop == k + 1 or stop >= len(words):
                return False
            if words[stop] in JOINERS:
                return stop + 1 < len(words) and words[stop + 1][0].isupper()
            k = stop
        return False

    def _capitals(self, i: int, home: int) -> int:
        """Where the capitalised run that starts at word `i` ends."""
        j, words = i, self.words
        while j < len(words) and self.homes[j] == home and j - i < MAX_WORDS:
            if (
                words[j] in DASHES
                and j > i
                and j + 1 < len(words)
                and words[j + 1][0].isupper()
                and self.text.next_to(j)
            ):
                j += 1
                continue
            person = self.people.get(j)
            if not self._fits(j) or (person is not None and person.i == j and person.j - j > 1) or j in self.offices:
                break
            j += 1
        while j > i and not words[j - 1][0].isalnum():
            j -= 1
        return j


_NOBODY = Name(0, 0, "PERSON", (), 0)
