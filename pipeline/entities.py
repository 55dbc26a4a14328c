"""Entities: the names of a document, put together into the things that they name.

    "Jens Stoltenberg ... Stoltenberg"                                       one person
    "International Security Assistance Force (ISAF)", "U.S. ... United States"    one body, one country
    "NATO Summit in Warsaw ... Warsaw Summit"                                one event

Every mention keeps the rules that found it and the rule that merged it. Two names that both fit are never merged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from spacy.attrs import IDX, POS
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import gazetteer, layers, learned, lookup, names, people, rulebook
from pipeline.gazetteer import Form, Lexicon, Text
from pipeline.reading import Name
from pipeline.records import Entity, EntityType, Link, Mention

RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {
    "heads": gazetteer.Head,
    "titles": gazetteer.Title,
    "words": gazetteer.WordList,
    "shapes": gazetteer.Shape,
    "countries": gazetteer.Country,
    "bodies": gazetteer.Known,
    "places": gazetteer.Known,
    "states": gazetteer.State,
    "given_names": gazetteer.GivenNames,
}
MODEL_TYPES: dict[str, EntityType] = {
    "PERSON": "PERSON", "ORG": "ORG", "GPE": "GPE", "LOC": "LOC", "FAC": "FAC", "NORP": "NORP", "EVENT": "EVENT",
    "LAW": "AGREEMENT",
}  # fmt: skip

Key = tuple[Form, EntityType]
"""A form with its type: what the merge rules put together."""


@Language.factory("communique_entities", default_config={"rules": None}, requires=["doc.ents", "token.pos"])
def make(nlp: Language, name: str, rules: str | None) -> Entities:
    """Create the component; `rules` is a folder of rules to add."""
    return Entities(rulebook.load("entities", RULES, rules))


class Entities:
    """Finds the entities of a Doc (`doc._.communique_entities`)."""

    def __init__(self, rules: dict[str, list[Any]]) -> None:
        self.lexicon = Lexicon(rules)

    def __call__(self, doc: Doc) -> Doc:
        layers.put(doc, "entities", self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[Entity]:
        """The entities of a document, in the order of their first mentions."""
        text = gazetteer.read(lookup.text(doc), layers.get(doc, "segments"))
        model = [(e.start_char, e.end_char, MODEL_TYPES[e.label_]) for e in doc.ents if e.label_ in MODEL_TYPES]
        found = names.find(text, self.lexicon, _tagger(doc), model)
        return self.group(text, *learned.again(text, found, self.lexicon))

    def group(self, text: Text, found: Sequence[Name], pairs: Sequence[tuple[Form, Form]]) -> list[Entity]:
        """Put names together; `pairs` are acronyms and what the document says they stand for."""
        by_form: dict[tuple[Form, EntityType], list[Name]] = defaultdict(list)
        for name in found:
            by_form[learned.form_of(text, name), name.type].append(name)
        groups = Groups(by_form)
        for rule, merge in (
            ("same_words", self._same_words),
            ("surname", lambda forms: self._surnames(forms, self._strangers(text, by_form))),
            ("same_country", self._countries),
            ("same_state", self._states),
            ("known_body", self._bodies),
            ("acronym_in_brackets", lambda forms: self._bracketed(forms, pairs)),
            ("initials", self._initials),
            ("acronym_inside", lambda forms: self._acronyms_inside(forms, pairs)),
            ("company_form", self._company_forms),
            ("without_head", self._cores),
            ("same_place", self._same_place),
            ("shorter_name", self._shorter),
            ("head_alone", self._heads_alone),
        ):
            groups.merge(rule, merge(groups))
        return self._entities(text, by_form, groups)

    # --- merge rules: each yields pairs of forms that name one thing, the shorter first -------------------------

    def _same_words(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        seen: dict[tuple[str, EntityType], Key] = {}
        for key in groups.keys:
            plain = " ".join(w for w in key[0] if w[0].isalnum()).replace(".", "").casefold()
            if key[1] == "NORP":
                plain = plain.removesuffix("s")
            first = seen.setdefault((plain, key[1]), key)
            if first != key:
                yield key, first

    def _strangers(self, text: Text, by_form: dict[Key, list[Name]]) -> Callable[[Key, Key], bool]:
        """Whether a surname is somebody else's than the full name's: "President Hale" beside "Ada Hale", of whom the
        text says no office, or beside "First Lady Ada Hale".
        """
        persons = [name for key, found in by_form.items() if key[1] == "PERSON" for name in found]
        taken = {k for name in persons for k in range(name.i, name.j)}

        @cache
        def offices(key: Key) -> frozenset[str]:
            return frozenset().union(*(people.offices(text, self.lexicon, name.i, taken) for name in by_form[key]))

        def strange(short: Key, full: Key) -> bool:
            if not offices(short) or offices(short) & offices(full):
                return False
            if offices(full):
                return not offices(full).isdisjoint(self.lexicon.consorts)
            return not any(people.is_introduced(text, self.lexicon, name) for name in by_form[full])

        return strange

    def _surnames(self, groups: Groups, strange: Callable[[Key, Key], bool]) -> Iterator[tuple[Key, Key]]:
        by_last: dict[str, list[Key]] = defaultdict(list)
        persons = [key for key in groups.keys if key[1] == "PERSON"]
        for key in persons:
            last = learned.surname(key[0], self.lexicon)
            if last is not None and key[0][0] not in self.lexicon.particles:
                by_last[last.casefold()].append(key)
        firsts: dict[str, list[Key]] = defaultdict(list)
        for fulls in by_last.values():
            for full in fulls:
                firsts[full[0][0].casefold()].append(full)
                if full != fulls[0] and _given_names_fit(full[0], fulls[0][0]):
                    yield full, fulls[0]
        for key in persons:
            last = learned.surname(key[0], self.lexicon)
            if last is None or key[0][0] in self.lexicon.particles:
                word = (last or key[0][0]).casefold()
                fitting = [full for full in by_last.get(word, ()) if not strange(key, full)]
                one = groups.only(fitting) or groups.only(firsts.get(word, ()))
                if one is not None:
                    yield key, one

    def _countries(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        return _same(groups, lambda key: (key[1], self.code(*key)))

    def _states(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        return _same(groups, lambda key: self.lexicon.state_of.get(key[0]) if key[1] == "GPE" else None)

    def _bodies(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        return _same(groups, lambda key: self.lexicon.body_of.get(key[0]) if key[1] != "FAC" else None)

    def _bracketed(self, groups: Groups, pairs: Sequence[tuple[Form, Form]]) -> Iterator[tuple[Key, Key]]:
        by_form = {key[0]: key for key in groups.keys}
        for short, full in pairs:
            if short in by_form and full in by_form:
                yield by_form[short], by_form[full]

    def _initials(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        """ "SWB" and "Soil and Water Board", "SWB Fund" and "Soil and Water Board Fund"."""
        spelt: dict[tuple[str, Form], list[Key]] = defaultdict(list)  # by the initials of the first words, and the rest
        for key in groups.keys:
            if key[1] not in ("PERSON", "NORP"):
                for n in range(2, len(key[0]) + 1):
                    initials, rest = learned.initials(key[0][:n], self.lexicon.small_words), key[0][n:]
                    spelt[initials, rest].append(key)
                    if len(rest) == 1 and rest[0] in self.lexicon.company_ends:
                        spelt[initials, ()].append(key)
        for key in groups.keys:
            short, rest = key[0][0], key[0][1:]
            if learned.is_acronym(short) and key[1] not in ("PERSON", "NORP", "GPE"):
                fulls = spelt.get((short.upper(), rest), ())
                full = groups.only([full for full in fulls if not rest or full[1] == key[1]])
                if full is not None:
                    yield key, full

    def _acronyms_inside(self, groups: Groups, pairs: Sequence[tuple[Form, Form]]) -> Iterator[tuple[Key, Key]]:
        """ "Soil and Water Board (SWB) Fund" and "SWB Fund"."""
        full = {short[0]: form for short, form in pairs if len(short) == 1}
        for form, _ in groups.keys:
            if "(" in form[1:-1]:
                at = form.index("(")
                for k in range(max(0, at - learned.BRACKET_REACH), at - 1):
                    if learned.initials(form[k:at], self.lexicon.small_words) == form[at + 1].upper():
                        full.setdefault(form[at + 1], form[k:at])

        def spelt_out(key: Key) -> Any:
            words = [w for k, w in enumerate(key[0]) if w not in "()" and key[0][max(0, k - 1)] != "("]
            return (key[1], *(part for w in words for part in full.get(w, (w,)))) if len(key[0]) > 1 else None

        return _same(groups, spelt_out) if full else iter(())

    def _company_forms(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        by_start: dict[Form, list[Key]] = defaultdict(list)
        orgs = [key for key in groups.keys if key[1] == "ORG"]
        for key in orgs:
            for n in range(1, len(key[0])):
                by_start[key[0][:n]].append(key)
        for key in orgs:
            fulls = by_start.get(key[0], ())
            if key not in fulls:
                tails = [f for f in fulls if self._company_tail(f[0][len(key[0]) :])]
                full = groups.only(tails)
                if full is not None:
                    yield key, full

    def _company_tail(self, tail: Form) -> bool:
        return all(not w[0].isalnum() or w in self.lexicon.company_ends or w == "The" for w in tail)

    def _cores(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        by_core: dict[tuple[Form, EntityType], list[Key]] = defaultdict(list)
        for key in groups.keys:
            named = key[1] in ("PROGRAMME", "EVENT", "AGREEMENT")
            core = learned.core_of(key[0], self.lexicon) if named else None
            if core is not None:
                by_core[tuple(w.casefold() for w in core), key[1]].append(key)
        for key in groups.keys if by_core else ():
            full = groups.only(by_core.get((tuple(w.casefold() for w in key[0]), key[1]), ()))
            if full is not None:
                yield key, full

    def _same_place(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        """ "NATO Summit in Warsaw" and "Warsaw Summit"; "Minsk accord" and "Minsk agreement"."""
        seen: dict[Any, Key] = {}
        for key in groups.keys:
            if key[1] in ("EVENT", "AGREEMENT"):
                mark = self._place_mark(key)
                if mark is not None:
                    first = seen.setdefault(mark, key)
                    if first != key:
                        yield key, first

    def _place_mark(self, key: Key) -> Any:
        rest, heads, place = [], [], None
        for w in key[0]:
            value = self.lexicon.known.values.get((w,))
            if value and value[0] == "GPE" and place is None:
                place = w
            elif w in self.lexicon.heads or w in self.lexicon.small:
                heads.append(w)
            elif w[0].isupper() and (w,) not in self.lexicon.body_of or w.isdigit():
                rest.append(w)
        if place is None or not heads or rest:
            return None
        return key[1], place, "" if key[1] == "AGREEMENT" else heads[-1].casefold()

    def _shorter(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        """ "Energy Task Force" of "EU Energy Task Force"; "Justice Department" = "Department of Justice"."""
        by_end: dict[tuple[Form, EntityType], list[Key]] = defaultdict(list)
        wanted = [k for k in groups.keys if k[1] in ("ORG", "PROGRAMME", "AGREEMENT", "EVENT", "FAC") and len(k[0]) > 1]
        orgs = {key[0][0] for key in groups.keys if key[1] == "ORG" and len(key[0]) == 1}
        for key in wanted:
            if key[1] == "ORG" and key[0][-1] in orgs and key[0][:-1] in self.lexicon.known.values:
                by_end[key[0][-1:], key[1]].append(key)  # a town's team: "Boulder Rovers" and "the Rovers"
            for n in range(1, len(key[0]) - 1):
                if key[0][n - 1] not in self.lexicon.leads_on:  # the Board of Acme Corp is not Acme Corp
                    by_end[key[0][n:], key[1]].append(key)
        for key in groups.keys:
            full = groups.only(by_end.get(key, ()))
            if full is not None:
                yield key, full
        yield from _same(groups, self._unordered)

    def _unordered(self, key: Key) -> Any:
        """One mark for "Department of Justice" and "Justice Department", "2016 Oslo Summit" and "Oslo Summit 2016"."""
        words = sorted(w for w in key[0] if w[0].isalnum() and w not in self.lexicon.small_words)
        return (key[1], *words) if key[1] in ("ORG", "AGREEMENT", "PROGRAMME", "EVENT") and len(words) > 1 else None

    def _heads_alone(self, groups: Groups) -> Iterator[tuple[Key, Key]]:
        """ "the Task Force": the one name before it that has the head noun."""
        by_head: dict[tuple[str, EntityType], list[Key]] = defaultdict(list)
        for key in groups.keys:  # in reading order
            full = groups.only(by_head.get((" ".join(key[0]), key[1]), ()))
            if full is not None:
                yield key, full
            for head in learned.lone_heads(key[0], self.lexicon) if len(key[0]) > 1 else ():
                by_head[head, key[1]].append(key)

    # --- results -------------------------------------------------------------------------------------------------

    def code(self, form: Form, type_: str) -> str | None:
        """The ISO 3166 code that a name of a country or a nationality stands for."""
        table = self.lexicon.country_of if type_ == "GPE" else self.lexicon.people_of if type_ == "NORP" else {}
        return table.get(form)

    def _entities(self, text: Text, by_form: dict[Key, list[Name]], groups: Groups) -> list[Entity]:
        members: dict[Key, list[Key]] = defaultdict(list)
        for key in by_form:  # in reading order
            members[groups.root(key)].append(key)
        american = any(form in self.lexicon.state_of and self.code(form, type_) is None for form, type_ in by_form)
        entities: list[Entity] = []
        for keys in members.values():
            type_ = keys[0][1] if len(keys) == 1 else _weightiest(keys, by_form)
            named = [(name.i, name, groups.rule.get(key)) for key in keys for name in by_form[key]]
            named.sort(key=itemgetter(0))
            mentions = [self._mention(text, name, merged) for _, name, merged in named]
            code = next((c for key in keys if (c := self.code(*key))), None) if type_ in ("GPE", "NORP") else None
            if american and any(key[0] in self.lexicon.state_of for key in keys):
                code = None  # among American states, Georgia is one
            entities.append(
                Entity(
                    id=f"e{len(entities) + 1}",
                    type=type_,
                    name=max((m.text for m in mentions), key=len),
                    link=None if code is None else Link(scheme="iso3166", id=code),
                    mentions=mentions,
                )
            )
        return entities

    def _mention(self, text: Text, name: Name, merged: str | None) -> Mention:
        """A name with the rules that found it and the one that `merged` it with others."""
        start, end = self.lexicon.span(text, name.i, name.j)
        rules = name.rules if merged is None or merged in name.rules else (*name.rules, merged)
        return Mention(start=start, end=end, text=text.raw[start:end], rule="+".join(rules))


class Groups:
    """Forms that were merged, with the rule that did it."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys: list[Key] = list(keys)
        self.parent: dict[Key, Key] = {key: key for key in self.keys}
        self.rule: dict[Key, str] = {}

    def root(self, key: Key) -> Key:
        """The form that stands for the group of `key`."""
        while self.parent[key] != key:
            self.parent[key] = self.parent[self.parent[key]]
            key = self.parent[key]
        return key

    def merge(self, rule: str, pairs: Iterator[tuple[Key, Key]]) -> None:
        """Put pairs together; the first of each keeps the rule's name."""
        for short, full in pairs:
            a, b = self.root(short), self.root(full)
            if a != b:
                self.parent[a] = b
                self.rule.setdefault(short, rule)

    def only(self, keys: Sequence[Key]) -> Key | None:
        """One of the forms if all of them are one thing already, else None."""
        return keys[0] if keys and len({self.root(key) for key in keys}) == 1 else None


def _weightiest(keys: Sequence[Key], by_form: dict[Key, list[Name]]) -> EntityType:
    """The type for which the names of a group speak most."""
    types: Counter[EntityType] = Counter()
    for key in keys:
        types[key[1]] += sum(name.weight * name.weight for name in by_form[key])
    return max(types, key=lambda t: types[t])


def _same(groups: Groups, mark: Callable[[Key], Any]) -> Iterator[tuple[Key, Key]]:
    """Pairs of forms with an equal mark; a mark that is None, or ends in None, is none."""
    seen: dict[Any, Key] = {}
    for key in groups.keys:
        value = mark(key)
        if value is not None and not (isinstance(value, tuple) and value[-1] is None):
            first = seen.setdefault(value, key)
            if first != key:
                yield key, first


def _given_names_fit(one: Form, other: Form) -> bool:
    """Whether given names before one surname may be one person's: "Joseph R.", "J." and "Joe"."""
    a, b = one[0].casefold(), other[0].casefold()
    short = min(len(a), len(b))
    return a[:short] == b[:short] if short < 2 else a == b or (a[:2] == b[:2] and short <= 3)


def _tagger(doc: Doc) -> Callable[[int], str]:
    """The part of speech of the token at a character: `_tagger(doc)(0)` is "PROPN"."""
    starts, tags = doc.to_array(IDX), doc.to_array(POS)
    strings = doc.vocab.strings
    return lambda offset: strings[int(tags[int(starts.searchsorted(offset, side="right")) - 1])]


def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as rule examples mark it: the words of a mention with the entity's type."""
    return [
        rulebook.Mark(m.start, m.end, e.type, _values(e), frozenset((m.rule or "").split("+")))
        for e in layers.get(doc, "entities")
        for m in e.mentions
    ]


def _values(entity: Entity) -> dict[str, str]:
    return {"name": entity.name} | ({"link": entity.link.id} if entity.link is not None else {})
