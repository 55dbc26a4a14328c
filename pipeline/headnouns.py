"""Names by their head nouns: the capitalised run before a "Summit", a "Fund", a "Ministry", with what leads on behind.

"NATO Lisbon Summit", "2010 NATO Strategic Concept", "Minsk agreement"      the run before the head
"Department of Health and Human Services", "Summit in Warsaw"               the words behind it
"Hurricane Otto"                                                            a head that stands first
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.gazetteer import YEAR, Head
from pipeline.reading import DASHES, FIRST, HEAD, JOINERS, MAX_WORDS, NOBODY, Name, Reading

QUOTES = ('"', "“", "”", "‘", "'", "«", "»")
QUOTED_WORDS = 8  # words of a name in quotation marks
NUMBER = re.compile(r"\d{1,5}")
ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)")


def headed(r: Reading) -> Iterator[Name]:
    """All names with a head noun; where they overlap, the longest will be chosen."""
    heads, small = r.lexicon.heads, r.lexicon.small
    end = 0
    for i in r.find(r.lexicon.heading):
        if r.homes[i] < 0 or i in r.offices or i < end:  # the "Force" of a "Task Force" is no head of its own
            continue
        name = None
        if hit := heads.match(r.text, i):
            end, head = hit
            name = _before_name(r, i, end, head) if head.first else _behind_name(r, i, end, head)
        elif r.words[i] in small:
            name = _small(r, i, small[r.words[i]])
        if name is not None:
            yield name


def _before_name(r: Reading, i: int, end: int, head: Head) -> Name | None:
    """ "Hurricane Otto", "Operation Northern Light": the head stands first."""
    stop = end
    while stop - end < 3 and r.same_segment(stop, i) and r.fits(stop) and not r.lexicon.is_head(r.words[stop]):
        stop += 1
    if stop == end:
        return None
    stop += head.type == "EVENT" and YEAR.fullmatch(r.word(stop)) is not None and r.same_segment(stop, i)
    return Name(i, stop, head.type, (head.id,), FIRST)


def _behind_name(r: Reading, i: int, end: int, head: Head) -> Name | None:
    """ "Lisbon Summit", "Ministry of Defence": the head at the words `i:end` stands last, or leads on."""
    quoted = _quoted(r, i, head)
    if quoted is not None:
        return quoted
    start = _left(r, i, head)
    stop = _right(r, end, head, start, i)
    if r.word(stop) in QUOTES and head.type in ("PROGRAMME", "AGREEMENT", "EVENT"):
        start = min(start, _opening_quote(r, i))
    if start == i and (stop == end or _in_list_of_generics(r, i)):
        return None
    vague = stop == end and not ORDINAL.fullmatch(r.words[start]) and r.lexicon.says_nothing(r.words[start:i])
    if vague and (i - start < 2 or r.in_headline(i) or head.type in ("EVENT", "FAC", "LOC")):
        return None
    if start == i and head.id == "war_head" and r.words[stop - 1].isdigit():
        return None  # "in Spring 2031"
    if any((first := r.lexicon.heads.values.get((word,))) is not None and first.first for word in r.words[start:i]):
        return None  # "Sixth Operation Northern Light Mission"
    if stop == end and head.id == "company_head" and (r.in_headline(i) or r.shouted(start, end) or _goes_on(r, end)):
        return None
    if head.type == "EVENT" and r.in_headline(i) and r.words[i] != "Summit":
        return None  # "Readout of White House Meeting With ..."
    return Name(start, stop, head.type, (head.id,), HEAD)


def _goes_on(r: Reading, k: int) -> bool:
    """Whether a capitalised noun at word `k` says that a name does not end before it: "Mine Rescue Service Medal"."""
    return (
        r.same_segment(k, k - 1)
        and r.words[k][0].isupper()
        and not r.in_headline(k)
        and r.fits(k)
        and not (k in r.known or k in r.people or k in r.offices or r.is_title(k) or r.words[k] in r.lexicon.roles)
    )


def _in_list_of_generics(r: Reading, i: int) -> bool:
    """Whether the head at word `i` goes on a list that names nothing: "State and Government of the Alliance"."""
    return r.word(i - 1) in JOINERS and r.word(i - 2) in r.lexicon.generic and r.same_segment(i - 2, i)


def _small(r: Reading, i: int, head: Head) -> Name | None:
    """ "Minsk agreement", "Building Integrity programme": a name of its own and a head in small letters."""
    quoted = _quoted(r, i, head)
    if quoted is not None:
        return quoted
    start = _left(r, i, head)
    run = [k for k in range(start, i) if r.words[k][0].isalnum()]
    if not run or r.lexicon.says_nothing(r.words[k] for k in run) or r.lexicon.is_head(r.words[i - 1]):
        return None
    first = r.lexicon.heads.match(r.text, start)
    if first is not None and first[1].first:  # "Operation Northern Light mission"
        return None
    if head.type in ("AGREEMENT", "EVENT"):
        place = r.known.get(i - 1)
        fits = place is not None and (place.type == "GPE" or start < place.i) and len(run) <= 3
        if len(run) == 1 and head.type == "AGREEMENT" and (r.words[start],) in r.lexicon.country_of:
            fits = False  # "U.S. treaty allies"
    elif head.type == "LOC":
        fits = not any(k in r.known for k in run) and run[0] == start and r.words[start] not in r.lexicon.given_names
    else:
        fits = run[-1] not in r.people and any(k not in r.known and r.words[k] not in r.lexicon.generic for k in run)
    return Name(start, i + 1, head.type, (head.id,), HEAD) if fits else None


def _quoted(r: Reading, i: int, head: Head) -> Name | None:
    """The name in quotation marks before the head at word `i`: '"Resolute Support" mission'."""
    if i < 3 or r.words[i - 1] not in QUOTES or not r.same_segment(i - 1, i):
        return None
    k = i - 2
    while k > 0 and i - k < QUOTED_WORDS and r.words[k] not in QUOTES:
        k -= 1
    inside = [word for word in r.words[k + 1 : i - 1] if word[0].isalnum()]
    if r.words[k] not in QUOTES or not inside or not all(word[0].isupper() for word in inside):
        return None
    return Name(k + 1, i - 1 - (r.words[i - 2] == ","), head.type, (head.id,), HEAD)


def _opening_quote(r: Reading, i: int) -> int:
    """The first word of the quotation in title case that ends in the head at word `i`; `i` for none."""
    k = i - 1
    while r.same_segment(k, i) and i - k < QUOTED_WORDS:
        if not (r.words[k][0].isupper() or r.words[k] in r.lexicon.small_words):
            break
        k -= 1
    return k + 1 if r.same_segment(k, i) and r.words[k] in QUOTES and r.words[k + 1][0].isupper() else i


def _left(r: Reading, i: int, head: Head) -> int:
    """Where the capitalised run starts that ends before the head at word `i`."""
    words, start, k = r.words, i, i - 1
    while k >= 0 and r.same_segment(k, i) and i - k <= MAX_WORDS and k not in r.offices:
        if words[k][0].isupper():
            if not r.fits(k) or (k + 1 in r.people and r.is_title(k)):
                break
            start = k
        elif head.type == "ORG" and k == start - 1 and ORDINAL.fullmatch(words[k]):
            return k  # "82nd Airborne Division"
        elif YEAR.fullmatch(words[k]) and k == start - 1 and head.type in ("EVENT", "AGREEMENT", "PROGRAMME"):
            return k if r.word(k - 1) != "," else start  # "the 9 July, 2031 Order"
        elif words[k] == "." and k and len(words[k - 1]) == 1 and words[k - 1].isupper():
            pass  # "Ada R. Marlow College"
        elif words[k] in DASHES and r.text.next_to(k) and words[k - 1][0].isupper():
            pass
        elif words[k] == "," and k == i - 1 and k and words[i] in r.lexicon.legal_forms and words[k - 1][0].isupper():
            pass  # "Brontix, Inc."
        elif words[k] == ")" and k > 2 and words[k - 2] == "(" and start == k + 1 and words[k - 1][0].isupper():
            k -= 2
        elif start != k + 1 or k == 0 or not _joins(r, k, head):
            break
        k -= 1
    if head.type == "GPE" and start and words[start - 1] == "New" and r.same_segment(start - 1, i):
        return start - 1  # "New Harlow County"
    while start < i and (not words[start][0].isalnum() or (words[start] in r.lexicon.openers and start not in r.known)):
        start += 1
    return start


def _joins(r: Reading, k: int, head: Head) -> bool:
    """Whether the small word `k` before a capitalised run belongs to the name: "Health and Safety Agency"."""
    word, before = r.words[k], r.words[k - 1]
    if head.wide and word in r.lexicon.law_words:
        b = k - 1 if before[0].isupper() or before not in r.lexicon.law_words else k - 2
        if word == "in" and not r.in_headline(k):  # "Ada Marlow Justice in Mining Act"
            return b >= 0 and r.fits(b) and not r.lexicon.is_head(r.words[b])
        return b >= 0 and r.fits(b) and not r.is_title(b) and b not in r.people and not r.lexicon.is_head(r.words[b])
    if head.type == "FAC" and word in r.lexicon.particles:  # "Anna de Vries Airport"
        return before[0].isupper() and not r.is_title(k - 1)
    if word in ("'s", "'") and k - 1 not in r.people and before[0].isupper():
        owns = before.endswith(r.lexicon.owner_ends) and not (head.wide and before == "President")
        return owns and r.known.get(k - 1, NOBODY).j != k
    if not before[0].isupper() or r.is_title(k - 1) or (k - 1 in r.people and word != "&"):
        return False
    if k - 1 in r.known and r.known[k - 1].j <= k:
        return False
    if word == "for" and head.type == "PROGRAMME":  # "Water for Life programme"
        return not r.lexicon.is_head(before)
    if word == "&":
        return True
    if word not in JOINERS or before in r.lexicon.tails:
        return False
    other = r.lexicon.heads.values.get((before,))
    if other is not None and not (head.type == "ORG" and other.type in ("FAC", "LOC")):
        return False  # "Port and Harbour Agency" is one, "Harlow Bank and Marlow Agency" are two
    b = k - 1
    while b and r.words[b][0].isupper():
        b -= 1
    return r.words[b] not in ("of", "for", "on", "'s")


def _right(r: Reading, end: int, head: Head, start: int, at: int) -> int:
    """Where the words that lead on behind a head end: "of Health and Human Services", "in Warsaw", "2016"."""
    if head.type in ("EVENT", "AGREEMENT") and r.same_segment(end, at):
        number = end + r.hyphenated(end)  # "Memorandum-16"
        if NUMBER.fullmatch(r.word(number)):
            return number + 1
    if head.type == "EVENT" and r.word(end) == "in" and not r.in_headline(at):
        place, body = r.known.get(end + 1, NOBODY), r.known.get(start, NOBODY)
        bare = start == at or (body.i == start and body.j == at and body.type == "ORG")
        if bare and place.type == "GPE":
            return place.j
    body = r.known.get(at, NOBODY)
    if body.j > end and not r.lexicon.is_head(r.words[body.j - 1]):  # the table knows where it ends
        end = _list_end(r, body.j, at)
        if r.word(end) != "for":  # "Court of Appeals for the Tenth Circuit"
            return end
    k = end
    begin = end
    while r.same_segment(k + 1, at) and k - at < MAX_WORDS and _leads_on(r, k, head, k > begin):
        if r.in_headline(at) and r.words[k] not in ("of", "for"):
            break
        b = k + 1 + (r.words[k + 1] in ("the", "an", "a"))
        if head.type == "FAC" and tuple(r.words[b : r.known.get(b, NOBODY).j]) in r.lexicon.seats:
            break  # "the South Lawn of the White House" are two
        if head.wide and YEAR.fullmatch(r.word(b)):
            return b + 1
        run = _capitals(r, b, at)
        if run == b:
            break
        end = k = _list_end(r, run, at)
    if head.wide and end > at + 1 and r.same_segment(end, at) and YEAR.fullmatch(r.words[end]):
        return end + 1  # "Appropriations Act for Fiscal Year 2031"
    return end


def _leads_on(r: Reading, k: int, head: Head, further: bool) -> bool:
    """Whether word `k` leads on behind a head, or `further` on in its name: "Office for People with Disabilities"."""
    if r.words[k] in head.after:
        return True
    if not further or (r.words[k] == "in" and not (head.wide and r.word(k + 1) == "the")):
        return False
    return r.words[k] in ("with", "in")  # "Executive Order on Fair Trade in the Alpine Economy"


def _list_end(r: Reading, end: int, at: int) -> int:
    """Where a list in a name ends: "Health, Education and Pensions"."""
    while r.same_segment(end + 1, at) and r.words[end] in (*JOINERS, ","):
        nxt = end + 1
        if r.words[end] == ",":
            if not _list_closes(r, end):
                break
            nxt += r.words[nxt] in JOINERS
        stop = _capitals(r, nxt, at)
        last, first = r.known.get(end - 1, NOBODY), r.known.get(nxt, NOBODY)
        closed = last.i >= at and last.j == end and last.type not in ("NORP", "ORG")
        apart = closed or (first.i == nxt and first.type != "NORP")
        other = any(r.lexicon.is_body(r.words[m]) or r.words[m] in r.lexicon.roles for m in range(nxt, stop))
        if stop == nxt or apart or r.is_title(nxt) or other:
            break
        end = stop
    return end


def _list_closes(r: Reading, comma: int) -> bool:
    """Whether the list behind a comma ends in "and" and a capital: ", Labor and Pensions"."""
    k = comma
    while r.word(k) == "," and r.same_segment(k + 1, comma) and k - comma < 2 * MAX_WORDS:
        if r.words[k + 1] in JOINERS:
            return True
        stop = _capitals(r, k + 1, comma)
        if stop == k + 1:
            return False
        if r.word(stop) in JOINERS:
            return r.word(stop + 1)[:1].isupper()
        k = stop
    return False


def _starts_person(r: Reading, k: int) -> bool:
    """Whether a person's full name starts at word `k`."""
    person = r.people.get(k, NOBODY)
    if person.i == k and person.j - k > 1:
        return True
    surname = r.word(k + 1)
    return r.words[k] in r.lexicon.given_names and surname[:1].isupper() and not r.lexicon.is_head(surname)


def _capitals(r: Reading, i: int, at: int) -> int:
    """Where the capitalised run that starts at word `i` ends, in the segment of word `at`."""
    j = i
    while r.same_segment(j, at) and j - i < MAX_WORDS:
        if j > i and r.hyphenated(j) and r.same_segment(j + 1, at):
            # "Climate-related Financial Disclosures"
            related = r.words[j + 1].islower() and r.word(j + 2)[:1].isupper()
            if not related and not r.words[j + 1][0].isupper():
                break
            j += 1 + related
            continue
        if not r.fits(j) or j in r.offices or (j > i and _starts_person(r, j)):
            break
        j += 1
    office = r.word(i - 1) in ("the", "an", "a")  # "Office of the Trade Representative"
    while j > i and (
        not r.words[j - 1][0].isalnum() or (j - i > 1 and not office and r.words[j - 1] in r.lexicon.tails)
    ):
        j -= 1
    return j
