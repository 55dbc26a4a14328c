"""Places that no table knows, by the words around them.

"Newport, VT", "in Ayn Isa, Syria"     the state or country behind them
"MAINZ, Germany, 4 May -"              a dateline
"the town of Orrin", "in Orrin"        a word before them that only a place has
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.reading import CUED, NOBODY, SITED, TABLE, TITLE, Name, Reading

PLACE_BEFORE_LAND = 3  # words of a town before its state


def before_land(r: Reading) -> Iterator[Name]:
    """Towns by the state or country behind them: "Newport, VT", "in Ayn Isa, Syria"."""
    for k in r.text.index.get(",", ()):
        if k == 0 or k + 1 == len(r.words):
            continue
        land = r.known.get(k + 1)
        code = r.words[k + 1] in r.lexicon.codes and r.lexicon.codes.match(r.text, k + 1) is not None
        if not code and (land is None or land.type != "GPE" or land.i != k + 1):
            continue
        i = k
        station = False  # "(BRTX Newport, VT)"
        while k - i < PLACE_BEFORE_LAND and i and r.same_segment(i - 1, k) and _part_of_place(r, i - 1):
            station = i < k and len(r.words[i - 1]) > 1 and r.words[i - 1].isupper() and not r.words[i].isupper()
            if station:
                break
            i -= 1
        before = r.word(i - 1) if r.same_segment(i - 1, k) else ""
        state = land is not None and tuple(r.words[land.i : land.j]) in r.lexicon.state_of and _closes(r, i, land.j)
        body = any(r.lexicon.is_body(w) or (r.lexicon.is_head(w) and not code) for w in r.words[i:k])
        stands = code or state or before in r.lexicon.before_place
        if i < k and stands and not body and (station or not before[:1].isupper()):
            yield Name(i, k, "GPE", ("before_land",), TABLE)


def _closes(r: Reading, i: int, j: int) -> bool:
    """Whether the town and state in the words `i:j` stand by themselves, in no list: "Today, Harlow, Ohio, votes"."""
    listed = r.word(i - 1) == "," and i - 2 in r.known
    alone = not r.same_segment(j, i) or not (r.words[j][0].isalnum() or r.words[j] in ("'s", "'"))
    return alone and not listed and (j - i < 4 or i not in r.people)


def datelines(r: Reading) -> Iterator[Name]:
    """Towns of datelines: "MAINZ, Germany, 4 May -"; what stands in brackets is an agency."""
    for begin, end in r.text.datelines:
        i = begin
        while i < end:
            j = i
            while j < end and _part_of_place(r, j) and r.words[j] not in r.lexicon.generic:
                j += 1
            day = r.word(j + (r.word(j) == ".")).isdigit() and j - i == 1 and j < end  # "Nov 12"
            if j > i and not day and (i == begin or r.words[i - 1] != "("):
                yield Name(i, j, "GPE", ("dateline",), TITLE)
            i = max(j, i + 1)


def _part_of_place(r: Reading, k: int) -> bool:
    known = r.known.get(k)
    if not r.words[k][0].isupper() or (known is not None and known.type == "ORG"):
        return False
    return r.words[k] not in r.lexicon.openers and not r.is_title(k)


def located(r: Reading, modelled: Sequence[Name]) -> Iterator[Name]:
    """Single names behind "the town of", "12 km north of", "visit", and those of the model behind "in", "plant at".

    Where a document's other mentions say something else, they outweigh the weaker cues.
    """
    words, lexicon = r.words, r.lexicon
    nouns, visits = lexicon.place_nouns, lexicon.visits
    for k in r.find(visits):
        j = _one_place(r, k + 1)
        if r.same_segment(k + 1, k) and j > k + 1:
            yield Name(k + 1, j, "GPE", ("place_cue",), SITED)
    of = (k + 1 for k in r.find(nouns) if r.word(k + 1) == "of")
    for k in sorted([*r.find(lexicon.close_to), *of]):
        j = _unknown_place(r, k + 1)
        if j > k + 1:
            yield Name(k + 1, j, "GPE", ("place_noun",), CUED)
    for k in r.text.index.get("/", ()):  # "Kabul/Orrin"
        if k and r.known.get(k - 1, NOBODY).type == "GPE" and (j := _one_place(r, k + 1)) > k + 1:
            yield Name(k + 1, j, "GPE", ("place_cue",), SITED)
        elif k and r.known.get(k + 1, NOBODY).type == "GPE" and _one_place(r, k - 1) == k:
            yield Name(k - 1, k, "GPE", ("place_cue",), SITED)
    for name in modelled:
        single = name.type in ("ORG", "PERSON") and _one_place(r, name.i) == name.j
        if not single or not r.same_segment(name.i - 1, name.i):
            continue
        before, cue = words[name.i - 1], r.word(name.i - 2)
        inside = before == "in" and cue not in lexicon.stakes
        site = before in ("at", "in", "near") and cue in lexicon.sites
        if inside or site or before in ("near", "outside"):
            yield Name(name.i, name.j, "GPE", ("place_cue",), SITED)


def _unknown_place(r: Reading, i: int) -> int:
    """Where the unknown name at word `i` ends that a place has of up to three words ("Deir Az Orr"); `i` for none."""
    j = i
    while r.same_segment(j, i - 1) and j - i < PLACE_BEFORE_LAND:
        if not (r.words[j][0].isupper() and r.words[j][1:].islower()):
            break
        if j in r.known or r.words[j] in r.lexicon.heads or r.words[j] in r.lexicon.openers or r.is_title(j):
            return i
        j += 1
    if j == i + 1 or r.hyphenated(j):
        return _one_place(r, i)
    if j == i or r.word(j)[:1].isupper() or r.in_headline(i) or r.words[i] in r.lexicon.given_names:
        return i
    return i if r.lexicon.says_nothing(r.words[i:j]) else j


def _one_place(r: Reading, i: int) -> int:
    """Where the single capitalised name at word `i` ends that may be an unknown place's ("Ayn-Isa"); `i` for none."""
    j = i + 1
    while r.hyphenated(j) and r.word(j + 1)[:1].isupper():
        j += 2
    if i >= len(r.words) or i in r.known or r.in_headline(i):
        return i
    word = r.words[i]
    if not word[0].isupper() or not word[1:].islower() or word.lower() in r.text.small or r.word(j)[:1].isupper():
        return i
    named = word in r.lexicon.openers or r.lexicon.says_nothing([word]) or word in r.lexicon.heads
    return i if named or word in r.lexicon.given_names or word in r.lexicon.portfolios else j
