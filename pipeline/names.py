"""Names: where they stand in a text and what kind of thing each one names.

The model's names are the base; rules correct them. Tables know countries, places and bodies, a head noun types the
capitalised run before it, a title says that a person follows, patterns know numbered names:

    "the NATO Lisbon Summit"     EVENT (head noun)      "Kabul/Ghazni"              two places (table)
    "President Marlow"           PERSON (title)         "Executive Order 21500"     AGREEMENT (pattern)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from string import digits

from pipeline import headnouns, people, whereabouts
from pipeline.gazetteer import YEAR, Lexicon, Shape, Text
from pipeline.reading import (
    DASHES,
    JOINERS,
    MODEL,
    MODEL_WORD,
    NOBODY,
    SEAT,
    SHAPE,
    TABLE,
    TABLE_WORD,
    Name,
    Reading,
    choose,
)
from pipeline.records import EntityType

TRADE_MARKS = ("®", "™", "©")
BORDERS = ("/", ";", "•", "|", ":", "®", "™", "—")  # signs that no name crosses
MODEL_NUMBER = re.compile(r"[A-Z]{0,3}\d{2,4}[A-Za-z]{0,2}")  # of a vehicle or an index: A380, 737, 500
EXCHANGE_REACH = 8  # words of a company before its stock exchange
SHAPE_REACH = 4  # words before the one that a shape is known by: "United Nations Security Council Resolution 1325"


def find(
    text: Text, lexicon: Lexicon, tag: Callable[[int], str], model: Iterable[tuple[int, int, EntityType]]
) -> list[Name]:
    """The names of a text, in reading order, none inside another.

    `tag` gives the part of speech of the token at a character; `model` are the model's names by their characters.
    """
    r = Reading(text, lexicon, tag)
    found = list(_tabled(r))
    for name in found:
        r.known.update(dict.fromkeys(range(name.i, name.j), name))
    modelled = list(_modelled(r, model))
    for name in modelled:
        if name.type == "PERSON":
            r.people.update(dict.fromkeys(range(name.i, name.j), name))
    found += people.titled(r)
    found += (name for name in modelled if name.i not in r.offices)
    found += _shaped(r)
    found += headnouns.headed(r)
    found += people.introduced(r)
    found += people.employed(r)
    found += people.given(r)
    found += people.listed(r, found)
    found += _quoted_companies(r)
    found += whereabouts.before_land(r)
    found += whereabouts.datelines(r)
    found += whereabouts.located(r, modelled)
    crafts = {k + n for k in r.find(lexicon.ship_prefixes) for n in range(3)}
    return choose(_completed(r, name) for name in found if not _is_craft(r, name, crafts))


def _tabled(r: Reading) -> Iterator[Name]:
    """Names that a table holds, the longest at each place."""
    lexicon = r.lexicon
    known, codes = lexicon.known, lexicon.codes
    end = language = 0
    for i in r.find(lexicon.named):
        if i < end:
            continue
        hit = known.match(r.text, i)
        if r.words[i] in codes and (r.word(i - 1) == "," or (r.word(i + 1) == ":" and _opens_line(r, i))):
            hit = codes.match(r.text, i) or hit
        if hit is None or (r.word(hit[0]) == "$" and r.text.next_to(hit[0])):  # "US$"
            continue
        end, (type_, rule) = hit
        if type_ == "NORP" and (i == language or _is_language(r, i, end)):
            language = end + (r.word(end) == ",") + (r.word(end + (r.word(end) == ",")) == "and")  # "Greek and French"
            continue
        goes_on = r.same_segment(end, i) and r.words[end][0].isupper()
        if type_ == "GPE" and not goes_on and i and r.words[i - 1] in lexicon.compass and r.same_segment(i - 1, i):
            yield Name(i - 1, end, "LOC", ("part_of_land",), TABLE - 1)
        yield Name(i, end, type_, (rule,), TABLE if end - i > 1 else TABLE_WORD)


def _is_language(r: Reading, i: int, end: int) -> bool:
    """Whether the words for a people stand for its language: "She speaks Russian"."""
    return r.word(i - 1) in r.lexicon.language_before or r.word(end) in r.lexicon.language_behind


def _opens_line(r: Reading, i: int) -> bool:
    """Whether word `i` is the first of its segment, a bullet left aside: "- CA: Jobs are up"."""
    first = i - (i > 0 and r.same_segment(i - 1, i) and not r.words[i - 1][0].isalnum())
    return first == 0 or not r.same_segment(first - 1, i)


def _modelled(r: Reading, model: Iterable[tuple[int, int, EntityType]]) -> Iterator[Name]:
    """The model's names, cut at borders and trimmed; those that tables know whole are left to them."""
    for start, end, type_ in model:
        first, last = max(0, r.text.at(start)), r.text.at(end - 1)
        if first in r.known and _all_known(r, first, last + 1):
            continue
        for i, j in _pieces(r, first, last + 1, type_):
            i, j = _trimmed(r, i, j, type_)
            if i >= j or r.lexicon.says_nothing(r.words[i:j]) or r.words[i] in r.lexicon.no_names:
                continue
            if _all_known(r, i, j):
                continue
            kind = type_
            if j - i == 1 and r.words[i] in r.lexicon.given_names and i not in r.known:
                kind = "PERSON"
            elif kind == "PERSON":
                i = people.after_title(r, i, j)
                if j - i == 1 and _takes_article(r, i):
                    if not r.words[i].endswith("s"):
                        continue
                    kind = "ORG"
                elif j - i == 1 and _abbreviates(r, i):
                    kind = "ORG"
            if _believed(r, i, j, kind):
                yield Name(i, j, kind, ("model",), MODEL if j - i > 1 else MODEL_WORD)


def _abbreviates(r: Reading, i: int) -> bool:
    """Whether word `i` abbreviates a body's name, and is no surname in capitals as in "HALE: We agree"."""
    word = r.words[i]
    if len(word) < 3 or not word.isupper() or not word.isalpha() or r.word(i + 1) == ":":
        return False
    alone = (r.same_segment(k, i) and r.words[k].isupper() and len(r.words[k]) > 1 for k in (i - 1, i + 1))
    return word.capitalize() not in r.text.index and not any(alone)


def _takes_article(r: Reading, i: int) -> bool:
    """Whether word `i` has an article of its own, as no person has: "the Rovers won", but "the Marlow plan"."""
    if r.word(i - 1) != "the" or not r.same_segment(i, i - 1) or not r.same_segment(i + 1, i):
        return False
    if not r.words[i + 1][0].isalnum():
        return r.words[i + 1] not in DASHES
    return r.tag(r.text.starts[i + 1]) not in ("NOUN", "PROPN", "ADJ")


def _all_known(r: Reading, i: int, j: int) -> bool:
    """Whether tables hold all of the words `i:j`."""
    return all(k in r.known or not r.words[k][0].isalpha() for k in range(i, j))


def _believed(r: Reading, i: int, j: int, type_: EntityType) -> bool:
    """Whether the model can be right about the words `i:j`."""
    if all(word.isdigit() or word in r.lexicon.openers for word in r.words[i:j]):
        return False  # "9 September 2024"
    if r.word(i - 1) == ":" and r.word(i - 2) in r.lexicon.exchanges:
        return False  # "(NYSE: BRX)"
    if r.word(j) in TRADE_MARKS:
        return False  # "Brontix® valves"
    topical = j - i > 1 and type_ in ("ORG", "PERSON", "GPE", "NORP")
    if topical and all(word.lower() in r.text.small for word in r.words[i:j] if word[0].isupper()):
        return False  # "Clean Energy" in a text on clean energy
    if r.word(i - 1) == "in" and r.word(i - 2) in r.lexicon.degrees and type_ != "GPE":
        return False
    if type_ in ("ORG", "PERSON") and (_is_charge(r, i, j) or _is_field(r, i, j)):
        return False
    is_role = j - i == 2 and r.words[i + 1] in r.lexicon.roles and r.words[i] not in r.lexicon.given_names
    if type_ == "PERSON" and is_role:
        return False  # "Youth Advocate"
    if type_ != "PERSON" and r.shouted(i, j):
        return False
    if type_ == "PERSON" and any(word.isdigit() for word in r.words[i:j]):
        return False
    if j - i == 1 and not r.words[i].isupper() and r.only_in_headlines(r.words[i]):
        return False
    if j - i == 1:  # a word that the text has in small letters, too
        return r.words[i].lower() not in r.text.small and (type_ != "PERSON" or r.words[i].isalpha())
    if type_ == "PERSON" and r.in_headline(i):
        return r.words[i] in r.lexicon.given_names
    if type_ in ("ORG", "AGREEMENT", "EVENT", "FAC") and r.in_headline(i):
        return False
    hit = r.lexicon.titles.match(r.text, i)
    return type_ == "PERSON" or hit is None or hit[0] >= j


def _is_field(r: Reading, i: int, j: int) -> bool:
    """Whether the words `i:j` list fields of work: "Trade, Foreign Affairs"."""
    if not any(word in (",", "and") for word in r.words[i:j]):
        return False
    lists = (r.lexicon.portfolios, r.lexicon.generic, r.lexicon.tails)
    return all(any(word in some for some in lists) for word in r.words[i:j] if word[0].isupper())


def _is_charge(r: Reading, i: int, j: int) -> bool:
    """Whether the words `i:j` say what an office is for, or hold an office: "Director of Policy and Outreach"."""
    lexicon = r.lexicon
    if r.word(i - 1) == "for" and (r.word(i - 2),) in lexicon.titles.values:
        return not r.words[i].isupper()
    if r.word(i - 1) == "of" and (r.word(i - 2) in lexicon.roles or (r.word(i - 2),) in lexicon.titles.values):
        return r.words[i] in lexicon.portfolios or r.words[i] in lexicon.generic or r.words[i] in lexicon.roles
    for k in range(i, j - 1):
        if lexicon.is_head(r.words[k]):
            return False
        person = r.words[k + 1] in lexicon.given_names
        if (person or r.words[k + 1] in ("of", "for")) and (r.words[k],) in lexicon.titles.values:
            return True
    return False


def _pieces(r: Reading, i: int, j: int, type_: EntityType) -> Iterator[tuple[int, int]]:
    """Cut a model's name at signs and segments that no name crosses."""
    begin = i
    home = -1 if r.in_headline(i) else r.homes[i]
    for k in range(i, j):
        if r.homes[k] == home >= 0 and r.words[k][0].isupper():
            continue  # most words
        cut = r.homes[k] < 0 or r.words[k] in BORDERS
        cut = cut or (type_ == "PERSON" and r.words[k] in (*JOINERS, "'s", "'"))
        cut = cut or (i < k < j - 1 and r.words[k] == "and" and _apart(r, k))
        cut = cut or (r.words[k] == "'s" and i < k < j - 1 and r.known.get(k - 1, NOBODY).type == "ORG")
        cut = cut or (r.in_headline(k) and r.words[k] in r.lexicon.headline_verbs)
        if cut or (k > begin and not r.same_segment(k, k - 1)):
            if begin < k:
                yield begin, k
            begin = k + cut
    if begin < j:
        yield begin, j


def _apart(r: Reading, k: int) -> bool:
    """Whether the "and" at word `k` stands between two names: "Norway and Brontix", "IAEA and Interpol"."""
    before, behind = r.known.get(k - 1, NOBODY), r.known.get(k + 1, NOBODY)
    whole = k < 2 or not r.words[k - 2][0].isupper() or before.i < k - 1
    return (whole and before.type in ("GPE", "ORG")) or behind.type == "GPE" or r.is_title(k + 1)


def _trimmed(r: Reading, i: int, j: int, type_: EntityType) -> tuple[int, int]:
    """Cut articles, titles, possessives and generic tails off the words `i:j`."""
    words, lexicon = r.words, r.lexicon
    if r.verbal(i):  # "- Revoking Marlow orders"
        i += 1
    while i < j and i not in r.known and words[i] not in lexicon.particles:
        numbered = YEAR.fullmatch(words[i]) or (words[i].isdigit() and r.hyphenated(i + 1))
        if (words[i][0].isupper() or numbered) and words[i] not in lexicon.openers:
            break
        i += 1
    while type_ == "PERSON" and j - i > 2 and words[j - 1] in lexicon.roles:
        j -= 1
    while type_ == "PERSON" and i < j and (hit := lexicon.titles.match(r.text, i)) and hit[0] < j:
        i = hit[0]
        while i < j and not words[i][0].isalnum():
            i += 1
    if "(" in words[i:j] and ")" not in words[i:j]:
        j = i + words[i:j].index("(")
    while i < j and not words[j - 1][0].isupper() and not (words[j - 1].isdigit() and type_ != "GPE"):
        if type_ == "PERSON" and j - i > 3 and words[j - 2] in DASHES and words[j - 1] not in lexicon.hyphen_tails:
            break  # "Kim Jong-un"
        j -= 1
    if type_ == "NORP" and j - i > 1 and (people := r.known.get(j - 1)) is not None:
        return people.i, j  # "Congressional Democrats"
    while j - i > 1 and words[j - 1] in lexicon.tails:
        j -= 1
        while j - i > 1 and not words[j - 1][0].isalnum():
            j -= 1
    return i, j


def _shaped(r: Reading) -> Iterator[Name]:
    """Names that a pattern matches."""
    for word, places in r.text.index.items():
        for shape, pattern in r.lexicon.shapes.get(word.rstrip(digits), ()):
            for k in places:
                yield from _shape(r, shape, pattern, k)


def _shape(r: Reading, shape: Shape, pattern: re.Pattern[str], k: int) -> Iterator[Name]:
    """The name around word `k` that the pattern matches, from as far left as it can."""
    for i in range(max(0, k - SHAPE_REACH), k + 1):
        match = pattern.match(r.text.raw, r.text.starts[i])
        if match is not None and match.end() > r.text.starts[k]:
            j = r.text.at(match.end() - 1) + 1
            if r.same_segment(j - 1, i):
                yield Name(i, j, shape.type, (shape.id,), SHAPE)
                return


def _quoted_companies(r: Reading) -> Iterator[Name]:
    """Companies by their stock exchange: "Brontix (NYSE: BRX)"."""
    for k in r.find(r.lexicon.exchanges):
        if r.word(k - 1) != "(" or r.word(k + 1) != ":" or not r.same_segment(k - 2, k):
            continue
        i = j = k - 1
        while i and j - i < EXCHANGE_REACH and r.same_segment(i - 1, k) and _part_of_company(r, i - 1):
            i -= 1
        while i < j and not r.words[i][0].isupper():
            i += 1
        if i < j:
            yield Name(i, j, "ORG", ("stock_exchange",), SHAPE)


def _part_of_company(r: Reading, k: int) -> bool:
    word = r.words[k]
    if word == ",":
        return r.words[k + 1] in r.lexicon.company_forms
    return (word[0].isupper() and r.fits(k)) or word in ("&", ".", "-") or word in r.lexicon.company_forms


def _is_craft(r: Reading, name: Name, crafts: set[int]) -> bool:
    """Whether a ship has the name or a model number follows it: "HMS Queen Charlotte", "Brontix A380".

    `crafts` are the words at and behind what stands before a ship's name.
    """
    if name.type == "ORG" and name.j - name.i == 1 and MODEL_NUMBER.fullmatch(r.word(name.j)):
        return r.same_segment(name.j, name.i) and not YEAR.fullmatch(r.words[name.j])
    return name.i in crafts and name.type != "NORP"


def _completed(r: Reading, name: Name) -> Name:
    """A person's name with what belongs to it behind its end; a seat of power as the building, behind "at the"."""
    if name.type == "PERSON":
        return people.completed(r, name)
    if name.type == "GPE":
        name = _whole_town(r, name)
    if tuple(r.words[name.i : name.j]) in r.lexicon.seats:
        before = r.word(name.i - 2) if r.word(name.i - 1) == "the" else r.word(name.i - 1)
        if before in r.lexicon.place_prepositions:
            return name._replace(type="FAC", rules=("seat_of_power",), weight=SEAT)
    return name


def _whole_town(r: Reading, name: Name) -> Name:
    """A town with what its name goes on with behind a hyphen: "Newton-on-Orr"."""
    j = name.j
    joined = r.hyphenated(j) and r.words[j + 1] in r.lexicon.town_joiners and r.hyphenated(j + 2)
    goes_on = joined and r.words[j + 3][0].isupper() and r.same_segment(j + 3, name.i)
    return name._replace(j=j + 4) if goes_on else name
