"""Names learnt in a document: found and typed wherever it uses them again, whole or short.

"Jens Stoltenberg ... Stoltenberg"        the surname is the same person
"Resolute Support Mission ... Resolute Support", "the Mission"    the name without its head noun, the noun without its name
"International Security Assistance Force (ISAF)"       an acronym and what it stands for
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.names import WORD, Finder, Name, Table, Text, choose
from pipeline.records import EntityType

SMALL = frozenset(("of", "and", "the", "for", "on", "in", "to", "&", "with", "de", "-", "–", ",", "'s", "'"))
SUFFIXES = frozenset(("Jr", "Sr", "II", "III", "IV", "MP", "MEP", "KC", "QC", "CBE", "OBE", "."))
BRACKET_REACH = 16  # words that an acronym's expansion may have, small ones included


def form(text: Text, name: Name) -> tuple[str, ...]:
    """The words of a name as they are compared."""
    return tuple(text.words[name.i : name.j])


def words(name: str) -> tuple[str, ...]:
    """A name as it is written, cut into words as a text is."""
    return tuple(m.group().replace("’", "'") for m in WORD.finditer(name))


def surname(words: Sequence[str]) -> str | None:
    """The last name of a full name: `surname(("Joseph", "R", ".", "Biden", ",", "Jr", "."))` is "Biden"."""
    named = [w for w in words if w[0].isalnum() and len(w) > 1]
    while len(named) > 1 and named[-1] in SUFFIXES:
        named.pop()
    return named[-1] if len(named) > 1 else None


def initials(words: Iterable[str]) -> str:
    """`initials(("Organisation", "of", "American", "States"))` is "OAS"."""
    return "".join(w[0] for w in words if w[0].isalpha() and w.lower() not in SMALL).upper()


def is_acronym(word: str) -> bool:
    """Capitals in the main: NATO, ANDSF, EUFOR, DfID."""
    return 2 <= len(word) <= 10 and word[0].isalnum() and sum(c.isupper() for c in word) > len(word) / 2


def expansions(text: Text, names: Sequence[Name]) -> Iterable[tuple[Name, Name]]:
    """Pairs of a name and the acronym in brackets behind it, or the other way round, by their initials."""
    words = text.words
    begins = {name.i: name for name in names}
    ends = {name.j: name for name in names}
    for k, word in enumerate(words):
        if word != "(" or text.homes[k] < 0:
            continue
        a = k + 1
        while a < len(words) and words[a] in ('"', "“", "'", "the"):
            a += 1
        if a >= len(words) or not k:
            continue
        b = a + 1
        if is_acronym(words[a]) and b < len(words) and words[b] in (")", "”", '"', ",", ";", "or"):
            left = ends.get(k)
            start = _spelt(words, k, words[a], text.homes)
            if left is not None and (start is None or left.i <= start):
                start = (
                    left.i
                    if _fits(words[left.i : left.j], words[a])
                    or start is None
                    and left.j - left.i > 1
                    and _fits(words[left.i : left.j], words[a])
                    else start
                )
            if start is None:
                continue
            if left is not None and left.i <= start:
                full = left if left.i == start else replace(left, i=start)
            else:
                full = Name(
                    start, k, left.type if left is not None else "ORG", ("spelt_out",), 45 if left is not None else 12
                )
            yield full, Name(a, b, full.type, ("acronym_in_brackets",), full.weight)
        elif (
            is_acronym(words[k - 1]) and (right := begins.get(a)) is not None and words[right.j : right.j + 1] == [")"]
        ):
            if _fits(words[right.i : right.j], words[k - 1]):
                yield right, Name(k - 1, k, right.type, ("acronym_in_brackets",), right.weight)


def _fits(words: Sequence[str], acronym: str) -> bool:
    letters = "".join(c for c in acronym.upper() if c.isalpha())
    every = "".join(w[0] for w in words if w[0].isalpha()).upper()
    return initials(words).endswith(letters) or every.endswith(letters) or initials(words).startswith(letters)


def _spelt(words: Sequence[str], end: int, acronym: str, homes: Sequence[int]) -> int | None:
    """Where the words before `end` start whose initials are the acronym."""
    letters = [c for c in acronym.upper() if c.isalpha()]
    k, n = end - 1, len(letters) - 1
    start = None
    while k >= 0 and n >= 0 and end - k <= BRACKET_REACH and homes[k] == homes[end]:
        word = words[k]
        if word[0].upper() == letters[n] and (word[0].isupper() or word.lower() in SMALL):
            start, n = k, n - 1
        elif word.lower() not in SMALL:
            return None
        k -= 1
    return start if n < 0 and start is not None and words[start][0].isupper() else None


def lone_heads(words: Sequence[str], finder: Finder) -> list[str]:
    """The capitalised nouns that may stand for a name: "Task Force" for "Energy Task Force", "Declaration" for ..."""
    heads = []
    if words[-1] in finder.heads.lengths:
        heads.append(words[-1])
    if len(words) > 2 and f"{words[-2]} {words[-1]}" in ("Task Force", "Working Group", "Action Plan"):
        heads.append(f"{words[-2]} {words[-1]}")
    heads += [
        w
        for w, nxt in zip(words, words[1:], strict=False)
        if w in finder.heads.lengths and nxt in ("of", "for", "on", "in", "to", "between")
    ]
    return heads


def again(
    text: Text, names: Sequence[Name], finder: Finder
) -> tuple[list[Name], list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """All names, with the further mentions of those that the document has taught; and acronyms with their full names."""
    names = list(names)
    extra: list[Name] = []
    pairs = []
    for full, short in expansions(text, names):
        pairs.append((form(text, short), form(text, full)))
        extra += [replace(full, weight=full.weight + 1), replace(short, weight=full.weight + 1)]
    names = choose([*names, *extra]) if extra else names
    types = settle(text, names)
    table = Table()
    lower = {w for w in text.words if w.islower()}
    people = {s for words, type_ in types.items() if type_ == "PERSON" and (s := surname(words))}
    for words, type_ in types.items():
        if len(words) > 1 or (words[0].lower() not in lower and words[0] not in finder.openers and len(words[0]) > 1):
            table.put(words, (type_, "same_words"))
    for name in names:
        words = form(text, name)
        core = finder.core(words)
        if core and types[words] in ("PROGRAMME", "EVENT") and name.weight >= 50:
            table.put(core, (types[words], "without_head"))
    for person in sorted(people):
        if person not in finder.openers and person not in finder.generic:
            table.put((person,), ("PERSON", "surname"))
    found = [replace(name, type=types[form(text, name)]) for name in names]
    taken = {k for name in names for k in range(name.i, name.j)}
    for k in range(len(text.words)):
        word = text.words[k]
        if word in table and text.homes[k] >= 0 and (hit := table.match(text, k)):
            j, (type_, rule) = hit
            if rule == "surname" and k in taken:
                continue
            found.append(Name(k, j, type_, (rule,), 33 if j - k > 1 else 15))
    found = choose(found)
    found = [
        replace(n, type="PERSON", rules=("surname",))
        if n.j - n.i == 1 and text.words[n.i] in people and not _placed(text, n, finder)
        else n
        for n in found
    ]
    return alone(text, found, finder), pairs


def alone(text: Text, found: list[Name], finder: Finder) -> list[Name]:
    """Add the capitalised head nouns that stand for a name of the document: "the Task Force"."""
    heads: dict[str, Counter[EntityType]] = defaultdict(Counter)
    for name in found:
        if name.j - name.i > 1:
            for head in lone_heads(form(text, name), finder):
                heads[head][name.type] += 1
    taken = {k for name in found for k in range(name.i, name.j)}
    words, extra = text.words, []
    for k in range(1, len(words)):
        if (
            words[k - 1] not in ("the", "The", "this", "This", "our")
            or text.homes[k] != text.homes[k - 1]
            or k in taken
        ):
            continue
        two = " ".join(words[k : k + 2])
        head, j = (two, k + 2) if two in heads else (words[k], k + 1)
        if head in heads and not (
            j < len(words)
            and (
                words[j][0].isupper()
                and text.homes[j] == text.homes[k]
                and words[j] not in finder.openers
                or words[j] in ("-", "of")
            )
        ):
            type_ = max(heads[head], key=lambda t: heads[head][t])
            extra.append(Name(k, j, type_, ("head_alone",), 5))
    return choose([*found, *extra]) if extra else found


def _placed(text: Text, name: Name, finder: Finder) -> bool:
    return (
        name.i > 0
        and text.words[name.i] in finder.table
        and text.words[name.i - 1] in ("in", "at", "near", "from", "to")
    )


def settle(text: Text, names: Sequence[Name]) -> dict[tuple[str, ...], EntityType]:
    """One type for each form: the one with the most weight."""
    votes: dict[tuple[str, ...], Counter[EntityType]] = defaultdict(Counter)
    for name in names:
        votes[form(text, name)][name.type] += name.weight * name.weight
    return {words: max(count, key=lambda t: count[t]) for words, count in votes.items()}
