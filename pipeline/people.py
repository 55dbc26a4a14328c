"""People: found by their titles, their given names, and by what somebody is said to be.

"Minister Marlow"       the title says so and is no part of the name
"Anna Marlow"           a common given name, where the model saw nothing
"Ada Marlow, Assistant to the President"       a role behind a comma
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import pairwise

from pipeline.gazetteer import Lexicon, Text
from pipeline.reading import CUED, FIRST, GIVEN, NOBODY, TABLE, TITLE, Name, Reading

MARKS_BEFORE = frozenset(("-", "•", "*", ".", "”", '"', "–", ";", ">", ","))  # an introduced person stands behind one
OPENING, CLOSING = frozenset(('"', "“", "‘", "'")), frozenset(('"', "”", "’", "'"))
OFFICE_REACH = 8  # words between an office and the person


def titled(r: Reading) -> Iterator[Name]:
    """People by the title before them: "Minister Marlow", "Senators Hale and Brandt"; fills `r.offices`."""
    k = 0
    for first in r.find(r.lexicon.titling):
        hit = r.lexicon.titles.match(r.text, first) if first >= k else None
        if hit is None:
            continue
        end, rule = hit
        while end < len(r.words) and (more := r.lexicon.titles.match(r.text, end)):
            end, rule = more
        k = end
        end += r.word(end) == "." and r.text.next_to(end)
        if r.hyphenated(end):  # "Director-Counsel"
            continue
        end, named = _portfolio(r, end, rule == "portfolio_title")
        stop = _person(r, end) if r.same_segment(end, first) else end
        if stop > end and _names_land(r, stop, first):
            continue
        if stop > end:
            yield Name(end, stop, "PERSON", (rule,), TITLE)
        if stop > end or named or k - first > 1:
            r.offices.update(range(first, end))
            k = max(k, stop)
        if stop > end and r.words[first].endswith("s") and r.word(stop) == "and" and r.same_segment(stop + 1, first):
            other = _person(r, stop + 1)
            if other > stop + 1:
                yield Name(stop + 1, other, "PERSON", (rule,), TITLE)


def _portfolio(r: Reading, k: int, free: bool) -> tuple[int, bool]:
    """Where the words end that say what an office is for: "of State", "for Health and Human Services".

    Behind a title that always has such words (`free`) any capitalised ones will do, down to the person's name.
    """
    if r.word(k) not in ("of", "for"):
        return k, False
    begin = end = b = k + 1 + (r.word(k + 1) == "the")
    listed = False
    while r.same_segment(b, k):
        two = f"{r.words[b]} {r.word(b + 1)}"
        if two in r.lexicon.portfolios or r.words[b] in r.lexicon.portfolios:
            b, listed = b + 1 + (two in r.lexicon.portfolios), True
        elif free and not (listed and b == end) and r.words[b][0].isupper() and not _starts_name(r, b):
            b, listed = b + 1, False
        else:
            break
        end = b
        b += r.word(b) in ("and", "&", ",", "for", "of")
    return (end, True) if end > begin else (k, False)


def _names_land(r: Reading, k: int, first: int) -> bool:
    """Whether a land bears the name of a titled person: "King George Island"."""
    head = r.lexicon.heads.values.get((r.word(k),))
    return head is not None and not head.first and head.type == "LOC" and r.same_segment(k, first)


def _starts_name(r: Reading, k: int) -> bool:
    return k in r.known or k in r.people or r.words[k] in r.lexicon.given_names or r.is_title(k)


def _person(r: Reading, i: int) -> int:
    """Where the name of a person that starts at word `i` ends; `i` if none does."""
    model = r.people.get(i)
    if model is not None and model.i == i and not (len(r.words[i]) > 3 and r.words[i].isupper()):
        return min(model.j, i + 3) if r.in_headline(i) else model.j
    j = i
    parts = 0
    while r.same_segment(j, i) and j - i < 10:
        word = r.words[j]
        if word[0].isupper():
            if word in r.lexicon.heads or word in r.lexicon.openers or word in r.lexicon.generic or r.is_title(j):
                break
            if j == i and word in r.lexicon.roles:  # "to be General Counsel"
                break
            if (j == i and j in r.known) or (j > i and r.verbal(j)) or (parts > 2 and len(word) > 1):
                break
            parts += len(word) > 1
        elif not (word == "." and len(r.words[j - 1]) == 1) and word not in r.lexicon.particles and not r.hyphenated(j):
            break
        j += 1
    while j > i and not r.words[j - 1][0].isupper() and r.words[j - 1] != ".":
        j -= 1
    return i if j == i + 1 and r.words[i].lower() in r.text.small else j


def introduced(r: Reading) -> Iterator[Name]:
    """People by what follows: "Ada Marlow, Assistant to the President"."""
    for k in r.text.index.get(",", ()):
        if not r.same_segment(k + 1, k) or not (r.words[k + 1] in r.lexicon.roles or r.is_title(k + 1)):
            continue
        i = k
        while i and r.same_segment(i - 1, k) and k - i < 6 and _part_of_person(r, i - 1):
            i -= 1
        while i < k and not r.words[i][0].isupper():
            i += 1
        alone = i == 0 or not r.same_segment(i - 1, k) or r.words[i - 1] in MARKS_BEFORE
        if alone and sum(word[0].isupper() and len(word) > 1 for word in r.words[i:k]) in (2, 3, 4):
            yield Name(i, k, "PERSON", ("role_behind_comma",), TITLE)


def employed(r: Reading) -> Iterator[Name]:
    """Bodies behind somebody's role: "Ada Marlow, Chief Executive Officer, Brontix"."""
    commas = r.text.index.get(",", [])
    for first, comma in pairwise(commas):
        if comma - first > OFFICE_REACH or not r.same_segment(comma + 1, first):
            continue
        role = r.words[first + 1] in r.lexicon.roles or r.is_title(first + 1)
        if not role or first == 0 or not r.same_segment(first - 1, comma) or not r.words[first - 1][0].isupper():
            continue
        i = comma + 1 + (r.word(comma + 1) in ("The", "the"))
        j = _whole_run(r, i)
        if j > i:
            yield Name(i, j, "ORG", ("employer",), FIRST if j - i > 1 else CUED)


def _whole_run(r: Reading, i: int) -> int:
    """Where the run of capitalised words at word `i` ends that fills the rest of its line; `i` for none."""
    j = i
    while r.same_segment(j, i) and (r.words[j][0].isupper() or r.words[j] in r.lexicon.body_words or r.hyphenated(j)):
        if j - i >= OFFICE_REACH:
            return i
        j += 1
    if j == i or (r.same_segment(j, i) and r.words[j] != ";") or not r.words[j - 1][0].isupper():
        return i
    known = r.known.get(i, NOBODY)
    named = r.words[i] in r.lexicon.roles or r.is_title(i) or r.words[i] in r.lexicon.given_names or i in r.people
    place = known.type in ("GPE", "NORP") or r.words[i] in r.lexicon.codes
    return i if named or place or r.lexicon.says_nothing(r.words[i:j]) else j


def given(r: Reading) -> Iterator[Name]:
    """People by a common given name: "Anna Marlow" where the model saw nothing."""
    names = r.lexicon.given_names
    for i in r.find(names):
        if r.homes[i] < 0 or i in r.offices or (i and r.text.next_to(i) and r.words[i - 1][0].isupper()):
            continue
        j = i + 1
        while r.same_segment(j, i) and j - i < 6 and _part_of_person(r, j):
            j += 1
        while j > i + 1 and not r.words[j - 1][0].isupper():
            j -= 1
        parts = sum(len(word) > 1 for word in r.words[i:j])
        if 2 <= parts <= 3 and not any(r.verbal(k) for k in range(i + 1, j)):
            yield Name(i, j, "PERSON", ("given_name",), GIVEN)


def listed(r: Reading, found: Iterable[Name]) -> Iterator[Name]:
    """People of a list of people: where most items start with a person and a comma, the others do, too."""
    starts = {name.i: name.type for name in found if name.type != "GPE"}
    runs: list[list[tuple[int, int]]] = [[]]
    last = 0
    for home, begin in r.text.items:
        i = begin
        while i < len(r.words) and not r.words[i][0].isalpha() and r.same_segment(i, begin):
            i += 1
        j = i
        while r.same_segment(j, begin) and j - i < 6 and _part_of_person(r, j) and j not in r.known:
            j += 1
        if home != last + 1:
            runs.append([])
        last = home
        if r.word(j) == "," and sum(word[0].isupper() and len(word) > 1 for word in r.words[i:j]) in (2, 3, 4):
            runs[-1].append((i, j))
    for run in runs:
        sure = sum(starts.get(i) == "PERSON" for i, _ in run)
        if sure > 2 and 2 * sure >= len(run):
            yield from (Name(i, j, "PERSON", ("listed_person",), TITLE) for i, j in run if i not in starts)


def _part_of_person(r: Reading, k: int) -> bool:
    word = r.words[k]
    if word in r.lexicon.particles or r.hyphenated(k):
        return True
    if word == ".":
        return k > 0 and len(r.words[k - 1]) == 1
    if not word[0].isupper() or word in r.lexicon.openers or word in r.lexicon.heads or r.is_title(k):
        return False
    if word in r.lexicon.generic or word in r.lexicon.roles:
        return False
    return r.known.get(k, NOBODY).weight < TABLE


def after_title(r: Reading, i: int, j: int) -> int:
    """Where the person starts in the words `i:j` of the model, which may hold a title or lack a given name."""
    for k in range(j - 2, i, -1):
        hit = r.lexicon.titles.match(r.text, k)
        if hit is not None and hit[0] < j:  # "NSC Spokesperson Ada Marlow"
            return hit[0] + (not r.words[hit[0]][0].isalnum())
    if not i or not r.same_segment(i - 1, i):
        return i
    alone = r.opens(i - 1) or i - 2 in r.known or not r.words[i - 2][0].isalnum()
    return i - 1 if r.words[i - 1] in r.lexicon.given_names or (alone and _plain(r, i - 1)) else i


def offices(text: Text, lexicon: Lexicon, i: int, taken: Container[int]) -> frozenset[str]:
    """The words of the offices in front of the person at word `i`: "Vice", "President" of "Vice President Marlow".

    `taken` are the words of other people, whose offices are their own. Forms of address ("Mr") are no office.
    """
    found: set[str] = set()
    for k in range(i - 1, max(i - OFFICE_REACH, -1), -1):
        word = text.words[k]
        if text.homes[k] != text.homes[i] or k in taken or not (word[0].isupper() or word in lexicon.office_words):
            break
        hit = lexicon.titles.match(text, k)
        if hit is not None and hit[1] != "honorific":
            found.update(text.words[k : hit[0]])
    return frozenset(found)


def is_introduced(text: Text, lexicon: Lexicon, name: Name) -> bool:
    """Whether the text says in small letters what a person is: "Ada Marlow, the mayor", "director Ada Marlow"."""
    before = text.words[max(0, name.i - 2) : name.i]
    behind = text.words[name.j : name.j + OFFICE_REACH] if text.words[name.j : name.j + 1] == [","] else []
    words = {word.capitalize() for word in (*before, *behind) if text.homes[name.i] >= 0}
    return any(word in lexicon.roles or (word,) in lexicon.titles.values for word in words)


def _plain(r: Reading, k: int) -> bool:
    """Whether word `k` may be a given name that the model left out: "Sadiq" of "Mayor of London Sadiq Khan"."""
    word = r.words[k]
    if not (word[0].isupper() and not word.isupper() and word.isalpha()):
        return False
    if k in r.known or r.in_headline(k) or r.is_title(k):
        return False
    lists = (r.lexicon.openers, r.lexicon.generic, r.lexicon.roles, r.lexicon.heads)
    return not any(word in some for some in lists) and not r.verbal(k)


def completed(r: Reading, name: Name) -> Name:
    """Take in what belongs to a person's name behind its end: "Bauer-Kahan", "von der Leyen", "Jong-un", ", Jr.".

    Letters of a seat or an honour are no part of it: "Ada Marlow MP".
    """
    j = name.j
    while j - name.i > 1 and r.words[j - 1] in r.lexicon.post_nominals:
        j -= 1
    if j < name.j:
        return name._replace(j=j)
    if j - name.i > 2 and r.words[j - 2] in OPENING:  # the model's end: 'Joseph "Joe'
        j -= 2
    if r.word(j) in OPENING and r.same_segment(j + 3, name.i) and r.words[j + 2] in CLOSING:
        j += 4 if r.words[j + 1][0].isupper() and r.words[j + 3][0].isupper() else 0  # 'Joseph "Joe" Marlow'
    k = j
    while k - j < 4 and (r.word(k) in r.lexicon.particles or r.hyphenated(k)) and r.same_segment(k + 1, name.i):
        k += 1
    if k > j and r.words[k][0].isupper():
        j = k + 1
    elif k > j and r.hyphenated(j) and r.words[k].islower() and j - name.i > 1 and len(r.words[k]) < 6:
        j += 2 * (r.words[k] not in r.lexicon.hyphen_tails)
    if r.word(j) == "," and r.word(j + 1) in r.lexicon.suffixes:
        j += 2
    elif r.word(j) in r.lexicon.suffixes:
        j += 1
    return name if j == name.j else name._replace(j=j)
