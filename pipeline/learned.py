"""Names learnt in a document: found and typed wherever it uses them again, whole or short.

"Jens Stoltenberg ... Stoltenberg"                 the surname is the same person
"Resolute Support Mission ... Resolute Support"    the name without its head noun
"Energy Task Force ... the Task Force"             the head noun without its name
"International Security Assistance Force (ISAF)"   an acronym and what it stands for
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence

from pipeline.gazetteer import Form, Lexicon, Table, Text
from pipeline.reading import GIVEN, HEAD, TABLE, TABLE_WORD, TITLE, Name, choose
from pipeline.records import EntityType

BRACKET_REACH = 16  # words that an acronym's full name may have, small ones included
SEAT_RULE = ("seat_of_power",)
WHOLE, WORD, LONE_HEAD, SPELT = 33, 15, 5, 56


def form_of(text: Text, name: Name) -> Form:
    """The words of a name as they are compared."""
    return tuple(text.words[name.i : name.j])


def surname(form: Form, lexicon: Lexicon) -> str | None:
    """The last name of a full name: "Hale" of `("Joseph", "R", ".", "Hale", ",", "Jr")`."""
    if form[-1].islower():  # "Kim Jong-un"
        return form[0]
    named = [word for word in form if word[0].isupper() and len(word) > 1]
    while len(named) > 1 and named[-1] in lexicon.suffixes:
        named.pop()
    return named[-1] if len(named) > 1 else None


def initials(words: Iterable[str], small: Container[str]) -> str:
    """`initials(("Organisation", "of", "American", "States"), ("of",))` is "OAS": `small` words give no letter."""
    return "".join(word[0] for word in words if word[0].isalpha() and word.lower() not in small).upper()


def is_acronym(word: str) -> bool:
    """Mostly capitals: NATO, ANDSF, DfID."""
    return 2 <= len(word) <= 10 and word[0].isalnum() and 2 * sum(c.isupper() for c in word) > len(word)


def lone_heads(form: Form, lexicon: Lexicon) -> list[str]:
    """The capitalised nouns that may stand for a name: "Task Force" and "Force" for "Energy Task Force"."""
    heads = [" ".join(form[-n:]) for n in (2, 1) if form[-n:] in lexicon.heads.values and len(form) > n]
    if len(form) > 1 and form[-1].isdigit() and lexicon.is_head(form[-2]):
        heads += [" ".join(form[:-1]), form[-2]]
    heads += [w for w, after in zip(form, form[1:], strict=False) if after in lexicon.leads_on and lexicon.is_head(w)]
    return heads


def again(text: Text, names: Sequence[Name], lexicon: Lexicon) -> tuple[list[Name], list[tuple[Form, Form]]]:
    """All names, with further mentions of those that the document teaches; and its acronyms with their full names."""
    spelt = list(_expansions(text, names, lexicon))
    common = {form_of(text, short) for short, full in spelt if full is None}
    pairs = [(form_of(text, short), form_of(text, full)) for short, full in spelt if full is not None]
    if pairs:
        names = choose([*names, *(name for short, full in spelt if full is not None for name in (short, full))])
    seats = [name for name in names if name.rules == SEAT_RULE]  # a building here, whatever it is elsewhere
    names = [_as_head(text, name, lexicon) for name in names if _lasts(text, name, common, lexicon)]
    running = [name for name in names if text.homes[name.i] not in text.headlines] or names
    types = _settled(text, running, lexicon)
    table, people = _learnt(text, running, types, lexicon)
    found = [*seats, *(_typed(name, types.get(form_of(text, name), name.type)) for name in names)]
    spans = {(name.i, name.j) for name in found}
    found += (name for name in _matches(text, table) if (name.i, name.j) not in spans)
    return _alone(text, [_as_person(text, name, people, lexicon) for name in choose(found)], lexicon), pairs


def _lasts(text: Text, name: Name, common: Container[Form], lexicon: Lexicon) -> bool:
    """Whether a name stays: no acronym of common words, no lone head noun of the model's, no building by its place."""
    if name.rules == SEAT_RULE or form_of(text, name) in common:
        return False
    return name.weight >= TABLE_WORD or name.j - name.i > 1 or not lexicon.is_head(text.words[name.i])


def _as_head(text: Text, name: Name, lexicon: Lexicon) -> Name:
    """Give a name of the model that is nothing but a head noun that noun's type: "the Executive Order".

    So with a body that ends in what is none: "the Sharing the Harvest Pledge".
    """
    if name.rules != ("model",):
        return name
    form = form_of(text, name)
    head = lexicon.heads.values.get(form)
    if head is None and name.type == "ORG" and len(form) > 1:
        head = lexicon.heads.values.get(form[-2:]) or lexicon.heads.values.get(form[-1:])
        if head is not None and (head.first or head.type not in ("AGREEMENT", "PROGRAMME", "EVENT")):
            return name
    return name if head is None else _typed(name, head.type)


def _typed(name: Name, type_: EntityType) -> Name:
    return name if type_ == name.type else name._replace(type=type_)


def _learnt(
    text: Text, names: Sequence[Name], types: dict[Form, EntityType], lexicon: Lexicon
) -> tuple[Table[tuple[EntityType, str]], frozenset[str]]:
    """What to look for: names as they stand, names without their head nouns, surnames."""
    table: Table[tuple[EntityType, str]] = Table()
    for name in names:
        form = form_of(text, name)
        taught = name.weight >= HEAD and len(form) > 1 and _stands_alone(form, types[form], lexicon)
        core = core_of(form, lexicon) if taught else None
        if core is not None and (len(core) > 1 or core[0].lower() not in text.small):
            types[core] = types[form]
            table.add(core, (types[form], "without_head"))
    for form, type_ in types.items():
        if len(form) > 1 or (form[0].lower() not in text.small and form[0] not in lexicon.openers and len(form[0]) > 1):
            table.add(form, (type_, "same_words"))
    sure = {form_of(text, name) for name in names if name.weight >= GIVEN}
    people = {
        last for form, type_ in types.items() if type_ == "PERSON" and (last := _surname_taught(form, sure, lexicon))
    }
    for person in sorted(people):
        table.add((person,), ("PERSON", "surname"))
    return table, frozenset(people)


def _surname_taught(form: Form, sure: Container[Form], lexicon: Lexicon) -> str | None:
    """The surname that a full name teaches; one that is a known name, too, only where the person is beyond doubt."""
    last = surname(form, lexicon)
    if last in lexicon.openers or last in lexicon.generic or ((last,) in lexicon.known.values and form not in sure):
        return None
    return last


def _matches(text: Text, table: Table[tuple[EntityType, str]]) -> Iterator[Name]:
    j = 0
    for k in text.find(table.lengths):
        hit = table.match(text, k) if k >= j else None
        if hit is None:
            continue
        j, (type_, rule) = hit
        weight = WHOLE if j - k > 1 else WORD
        if text.homes[k] in text.headlines:
            weight = TABLE + 6 if j - k > 1 else TITLE + 2
        yield Name(k, j, type_, (rule,), weight)


def _as_person(text: Text, name: Name, people: frozenset[str], lexicon: Lexicon) -> Name:
    """Retype a surname that the model or a table took for something else; "in Richmond" stays a place."""
    word = text.words[name.i]
    if name.j - name.i > 1 or word not in people or name.type == "PERSON":
        return name
    before = text.words[name.i - 1] if name.i else ""
    if word in lexicon.known and (before in lexicon.before_place or before == "of"):
        return name
    return name._replace(type="PERSON", rules=("surname",))


def _stands_alone(form: Form, type_: EntityType, lexicon: Lexicon) -> bool:
    """Whether texts use such a name without its head noun."""
    return type_ in ("PROGRAMME", "EVENT") or form[-1] in lexicon.company_forms


def core_of(form: Form, lexicon: Lexicon) -> Form | None:
    """A name without its head noun, where what is left can stand alone: "Resolute Support" of "... Mission"."""
    first = lexicon.heads.values.get(form[:1])
    if first is not None and first.first and first.type == "EVENT" and len(form) > 1:
        return form[1:]
    if not lexicon.is_head(form[-1]) and form[-1] not in lexicon.small:
        return None
    core = form[:-1]
    named = [word for word in core if word[0].isalnum()]
    enough = 1 if form[-1] in lexicon.company_forms else 2
    if len(named) < enough or not all(word[0].isupper() for word in named):
        return None
    if core[-1] in lexicon.tails or lexicon.says_nothing(named):
        return None
    return None if core in lexicon.known.values or any(w in lexicon.small_words for w in core) else core


def _settled(text: Text, names: Sequence[Name], lexicon: Lexicon) -> dict[Form, EntityType]:
    """One type for each form: the one with the most weight, cues behind single names counted in."""
    votes: dict[Form, Counter[EntityType]] = defaultdict(Counter)
    for name in names:
        votes[form_of(text, name)][name.type] += name.weight * name.weight
        cue = _cue(text, name, lexicon)
        if cue is not None:
            votes[form_of(text, name)][cue] += SPELT * SPELT if cue == "PROGRAMME" else GIVEN * GIVEN
    return {form: max(count, key=lambda t: count[t]) for form, count in votes.items()}


def _cue(text: Text, name: Name, lexicon: Lexicon) -> EntityType | None:
    """The type that the words behind a name of the model ask for: "DEFG recipients", "Brontix's shareholders"."""
    if name.rules not in (("model",), ("acronym_in_brackets",)) or text.words[name.i] in lexicon.given_names:
        return None
    k = name.j + (text.words[name.j : name.j + 1] == [")"])
    after, owned = [*text.words[k : k + 2], "", ""][:2]
    if after in lexicon.person_cues and name.type == "ORG" and name.j - name.i == 1:
        return "PERSON"
    if after == "'s" and owned in lexicon.company_owns and name.type == "PERSON":
        return "ORG"
    if name.j - name.i > 1:
        return None
    if after.lower() in lexicon.programme_cues and name.type in ("ORG", "PROGRAMME"):
        return "PROGRAMME"
    return "ORG" if after in lexicon.company_cues and name.type in ("PERSON", "GPE", "NORP") else None


# --- acronyms --------------------------------------------------------------------------------------------------


def _expansions(text: Text, names: Sequence[Name], lexicon: Lexicon) -> Iterator[tuple[Name, Name | None]]:
    """Acronyms in brackets with what they stand for; None where that is no name: "liquefied natural gas (LNG)"."""
    words = text.words
    begins, ends = {name.i: name for name in names}, {name.j: name for name in names}
    for k in text.index.get("(", ()):
        if not 0 < k < len(words) - 2 or text.homes[k] < 0 or text.homes[k - 1] != text.homes[k]:
            continue
        a = k + 1
        while a < len(words) - 1 and words[a] in ('"', "“", "'", "‘", "the"):
            a += 1
        end = _acronym_end(words, a)
        if end > a and words[end : end + 1] in ([")"], ["”"], ['"'], [","], [";"], ["or"], ["’"]):
            yield from _behind(text, k, (a, end), ends.get(k), lexicon)
            continue
        full = begins.get(a)
        if full is None or words[full.j : full.j + 1] != [")"] or not is_acronym(words[k - 1]):
            continue
        if _fits(words[full.i : full.j], words[k - 1], lexicon):
            short = Name(k - 1, k, full.type, ("acronym_in_brackets",), SPELT)
            yield short, full._replace(weight=max(full.weight, SPELT))


def _acronym_end(words: Sequence[str], a: int) -> int:
    """Where the acronym at word `a` ends, with what a hyphen adds to it ("SW-2031", "CJTF-OIR"); `a` for none."""
    if not is_acronym(words[a]):
        return a
    more = words[a + 1] == "-" and a + 2 < len(words) and (is_acronym(words[a + 2]) or words[a + 2].isdigit())
    return a + 3 if more else a + 1


def _behind(
    text: Text, k: int, at: tuple[int, int], left: Name | None, lexicon: Lexicon
) -> Iterator[tuple[Name, Name | None]]:
    """The acronym at the words `at`, in the bracket at `k`, with the words before it that it is made of."""
    words, (a, end) = text.words, at
    short = "".join(words[a:end])
    start = _spelt(text, k, short, lexicon)
    if left is not None and _fits(words[left.i : left.j], short, lexicon) and (start is None or left.i <= start):
        start = left.i
    if start is None:
        return
    named = [word for word in words[start:k] if word.lower() not in lexicon.small_words]
    type_: EntityType = left.type if left is not None else "ORG"
    acronym = Name(a, end, type_, ("acronym_in_brackets",), SPELT)
    if sum(word[0].isupper() for word in named) * 2 <= len(named) or not words[start][0].isupper():
        yield acronym, None
    elif left is not None and left.i == start:
        yield acronym, left._replace(weight=max(left.weight, SPELT))
    elif left is not None:
        yield acronym, Name(start, k, type_, ("spelt_out",), SPELT)


def _fits(words: Sequence[str], acronym: str, lexicon: Lexicon) -> bool:
    letters = "".join(c for c in acronym.upper() if c.isalpha())
    every = "".join(word[0] for word in words if word[0].isalpha()).upper()
    short = initials(words, lexicon.small_words)
    return letters in (short, every) or short.endswith(letters) or (len(letters) > 2 and short.startswith(letters))


def _spelt(text: Text, end: int, acronym: str, lexicon: Lexicon) -> int | None:
    """Where the words before `end` start whose initials are the acronym."""
    letters = [c for c in acronym.upper() if c.isalpha()]
    k, n, start = end - 1, len(letters) - 1, None
    while k >= 0 and n >= 0 and end - k <= BRACKET_REACH and text.homes[k] == text.homes[end]:
        word = text.words[k]
        if word[0].upper() == letters[n]:
            start, n = k, n - 1
        elif word.lower() not in lexicon.small_words and word[0].isalnum():
            return None
        k -= 1
    return start if n < 0 else None


# --- head nouns alone ------------------------------------------------------------------------------------------


def _alone(text: Text, found: list[Name], lexicon: Lexicon) -> list[Name]:
    """Add the capitalised head nouns that stand for a name of the document: "the Task Force"."""
    heads: dict[Form, Counter[EntityType]] = defaultdict(Counter)
    for name in found:
        if name.j - name.i > 1:
            for head in lone_heads(form_of(text, name), lexicon):
                heads[tuple(head.split())][name.type] += 1
    for word in lexicon.alone_bodies:
        heads[word,]["ORG"] += 0
    words, extra = text.words, []
    places = text.find({head[0] for head in heads})
    places = [k for k in places if k and words[k - 1] in lexicon.before_lone_head]
    taken = {k for name in found for k in range(name.i, name.j)} if places else ()
    for k in places:
        if (words[k],) not in heads and tuple(words[k : k + 2]) not in heads:
            continue
        j = k + 2 if tuple(words[k : k + 2]) in heads else k + 1
        if k in taken or text.homes[k] != text.homes[k - 1] or text.homes[k] in text.headlines:
            continue
        after = words[j] if j < len(words) and text.homes[j] == text.homes[k] else "."
        if (after[0].isupper() and after not in lexicon.openers) or after in ("-", "of") or j in taken:
            continue
        types = heads[tuple(words[k:j])]
        extra.append(Name(k, j, max(types, key=lambda t: types[t]), ("head_alone",), LONE_HEAD))
    return choose([*found, *extra]) if extra else found
