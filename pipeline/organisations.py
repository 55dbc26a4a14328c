"""Organisations: the same party across documents.

    "NATO" in one release, "North Atlantic Treaty Organization" in another       one party, by the alias table
    "Afghanistan" and "the Islamic Republic of Afghanistan"                      one party, by the ISO code
    "Acme Corporation" and "Acme"                                                one party: only the legal form differs
    "ISAF", after a release that spells it out beside the short form             one party, by that short form
    "Ministers", "the Council" or "Smith" in two releases                        two parties: nothing says whose

Merging is conservative, since a wrong merge joins promises of different people. Documents are taken in the order of
their dates and a decision is never revised, so that documents that come later change no party of the earlier ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pydantic import ConfigDict

from pipeline import records, rulebook
from pipeline.rulebook import Entry, Lower, Rule
from pipeline.wording import unaccented

PLACE_TYPES = ("GPE", "LOC", "FAC")
SHORT_FORM = re.compile(r"[A-Z][A-Z0-9&]{2,9}")
DOTTED_LETTER = re.compile(r"(?<=\b\w)\.(?=\w\b|\W|$)")  # the dots of "U.S."
POSSESSIVE = re.compile(r"['\u2019]s\b|['\u2019](?=\s|$)")
WORD = re.compile(r"\w+")


class Representative(Rule):
    """Words for people who act for the body named beside them: "NATO leaders", "the Government of Peru".

    An example marks the description with the id of the party that it acts for.
    """

    words: list[Lower]


class LegalForm(Rule):
    """Words that end a company's name and do not tell it from another: "Acme Ltd". An example marks name and key."""

    words: list[Lower]


class Known(Entry):
    """One line of the entity layer's lists of bodies and countries, as far as parties need it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    names: list[str]
    demonyms: list[str] = []


class Head(Rule):
    """A rule of the entity layer for names that end in a head noun, as far as parties need it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    words: list[str]


@dataclass
class Party:
    """Somebody who takes part, over all documents, or in the one `document` that alone says who is meant.

    `acts_for` is the party behind a description ("NATO leaders").
    """

    id: str
    name: str
    type: str
    document: str | None = None
    acts_for: str | None = None
    long_name: str | None = None


@dataclass(frozen=True)
class Merge:
    """One name of a party, the document that it was first met in, and why it stands for that party."""

    party: str
    name: str
    document: str
    reason: str


class Resolved(NamedTuple):
    """The register's party for each entity of a record by its id, and for each Party of its commitments by `id()`; None
    for a pronoun left unresolved.
    """

    entities: dict[str, str]
    slots: dict[int, str | None]


class Organisations:
    """All parties of a register; feed it documents in the order of their dates. `rules` is a user's rules folder."""

    def __init__(self, rules: Path | None = None) -> None:
        self.rules = rules
        self.parties: dict[str, Party] = {}
        self.merges: dict[tuple[str, str], Merge] = {}
        self.by_name: dict[tuple[str, str], str | None] = {}
        """(kind, normal name) -> party; None for a short form that stands for two bodies."""
        self._normal: dict[str, str] = {}

    def resolve(self, record: records.Record) -> Resolved:
        """The parties of a record."""
        named = {entity.id: self.entity(record.id, entity) for entity in record.entities}
        forms = list(dict.fromkeys(m.text for e in record.entities for m in e.mentions if m.level == "NAM"))
        slots = {
            id(party): named[party.entity] if party.entity is not None else self.description(record.id, party, forms)
            for commitment in record.commitments
            for _, party in roles(commitment)
        }
        return Resolved(named, slots)

    def entity(self, document: str, entity: records.Entity) -> str:
        """The party of a named entity of a document.

        >>> mention = records.Mention(start=0, end=4, text="NATO")
        >>> nato = records.Entity(id="e1", type="ORG", name="NATO", mentions=[mention])
        >>> Organisations().entity("doc", nato)
        'body:nato'
        """
        kind = _kind(entity.type)
        name = self.normal(entity.name)
        forms = [mention.text for mention in entity.mentions if mention.level == "NAM"]
        id_, reason = self._known(entity, kind, name)
        if id_ is None and self._says_not_whose(kind, name):
            return self._local(f"{kind}:{name}", entity.name, entity.type, document)
        shorts = list(dict.fromkeys(form for form in forms if SHORT_FORM.fullmatch(form) and form != entity.name))
        if id_ is None and not SHORT_FORM.fullmatch(entity.name):
            id_, reason = self._by_short_form(kind, name, shorts)
        if id_ is None and (kind, name) in self.by_name:
            return self._local(f"{kind}:{name}", entity.name, entity.type, document)
        if id_ is None:
            id_, reason = f"{kind}:{name}", "first met"
        self._add(id_, entity.name, entity.type, document, reason)
        self._learn(kind, name, shorts, id_)
        return id_

    def description(self, document: str, party: records.Party, forms: Iterable[str]) -> str | None:
        """The party of a descriptive group ("NATO leaders"), None for a pronoun that stays unresolved.

        A group that contains a name (`forms`, those of the document) is the same group elsewhere; "Ministers" is not.
        """
        if party.name is None:
            return None
        name = self.normal(party.name)
        acts_for = self.acts_for(party.name)
        padded = f" {name} "
        named = acts_for is not None or any(f" {self.normal(form)} " in padded for form in forms)
        known = self._bodies.get(name) or self._countries.get(name) or self.by_name.get(("org", name))
        if known is None and not named:
            return self._local(f"group:{name}", party.name, "GROUP", document)
        id_ = known or f"org:{name}"
        self._add(id_, party.name, "GROUP", document, "equal name" if known else "first met")
        self.by_name.setdefault(("org", name), id_)
        return id_

    def acts_for(self, description: str) -> str | None:
        """The party that a description speaks for: "the Afghan authorities" -> "iso3166:AF"; None if unknown."""
        words = self.normal(description).split()
        rest = [word for word in words if word not in self._representatives]
        if not rest or len(rest) == len(words):
            return None
        name = " ".join(rest)
        return (
            self._demonyms.get(name)
            or self._countries.get(name)
            or self._bodies.get(name)
            or self.by_name.get(("org", name))
            or self.by_name.get(("place", name))
        )

    def behind(self, party: str) -> frozenset[str]:
        """A party with the one that it acts for: {"group:nato leaders", "body:nato"}."""
        acts_for = self.parties[party].acts_for
        return frozenset({party} if acts_for is None else {party, acts_for})

    def normal(self, name: str) -> str:
        """A name as it is compared: no case, accents, dots, article, possessive or legal form.

        >>> Organisations().normal("The Acme Corp."), Organisations().normal("U.S. Army's")
        ('acme', 'us army')
        """
        if name not in self._normal:  # names come again and again
            words = WORD.findall(DOTTED_LETTER.sub("", POSSESSIVE.sub("", unaccented(name.casefold()))))
            if len(words) > 1 and words[0] == "the":
                words = words[1:]
            while len(words) > 1 and words[-1] in self._legal_forms:
                words = words[:-1]
            self._normal[name] = " ".join(words) or name.casefold()
        return self._normal[name]

    def _says_not_whose(self, kind: str, name: str) -> bool:
        """Whether a name stands for another in another document: "Council", "Government", the surname "Smith"."""
        words = name.split()
        if kind == "person" and len(words) == 1:
            return True
        return name in self._heads or all(word in self._representatives for word in words)

    def _known(self, entity: records.Entity, kind: str, name: str) -> tuple[str | None, str]:
        if entity.link is not None and entity.type == "GPE":
            return f"{entity.link.scheme}:{entity.link.id}", f"ISO 3166 code {entity.link.id}"
        if kind != "person" and name in self._bodies:
            return self._bodies[name], "alias table"
        return self.by_name.get((kind, name)), "equal name"

    def _by_short_form(self, kind: str, name: str, shorts: list[str]) -> tuple[str | None, str]:
        """A long name joins a party known by its short form only: "ISAF", met before it was spelt out."""
        for short in shorts:
            id_ = self._bodies.get(self.normal(short)) or self.by_name.get((kind, self.normal(short)))
            if id_ is not None and id_ in self.parties and self.parties[id_].long_name in (None, name):
                return id_, f"short form {short}"
        return None, ""

    def _learn(self, kind: str, name: str, shorts: list[str], id_: str) -> None:
        self.by_name.setdefault((kind, name), id_)
        if shorts and self.parties[id_].long_name is None:
            self.parties[id_].long_name = name
        for short in shorts:
            key = (kind, self.normal(short))
            if self.by_name.setdefault(key, id_) != id_:
                self.by_name[key] = None

    def _local(self, id_: str, name: str, type_: str, document: str) -> str:
        """A party of one document: "Smith", "the Council" and "ministers" are others elsewhere."""
        id_ = f"{id_}@{document}"
        self._add(id_, name, type_, document, "may be another in another document")
        self.parties[id_].document = document
        return id_

    def _add(self, id_: str, name: str, type_: str, document: str, reason: str) -> None:
        if id_ not in self.parties:
            shown = self._first_names.get(id_, name)
            self.parties[id_] = Party(id_, shown, type_)
            acts_for = self.acts_for(name)
            if acts_for != id_:
                self.parties[id_].acts_for = acts_for
        self.merges.setdefault((id_, name), Merge(id_, name, document, reason))

    @cached_property
    def _bodies(self) -> dict[str, str]:
        return {self.normal(name): f"body:{body.id}" for body in self._list("bodies") for name in body.names}

    @cached_property
    def _countries(self) -> dict[str, str]:
        return {
            self.normal(name): f"iso3166:{country.id}" for country in self._list("countries") for name in country.names
        }

    @cached_property
    def _demonyms(self) -> dict[str, str]:
        return {
            self.normal(d): f"iso3166:{country.id}" for country in self._list("countries") for d in country.demonyms
        }

    @cached_property
    def _first_names(self) -> dict[str, str]:
        named = [(f"body:{body.id}", body.names[0]) for body in self._list("bodies")]
        return dict(named + [(f"iso3166:{country.id}", country.names[0]) for country in self._list("countries")])

    @cached_property
    def _representatives(self) -> frozenset[str]:
        rules = rulebook.load_file("register", "representatives", Representative, self.rules)
        return frozenset(word for rule in rules for word in rule.words)

    @cached_property
    def _heads(self) -> frozenset[str]:
        rules = rulebook.load_file("entities", "heads", Head, self.rules)
        return frozenset(self.normal(word) for rule in rules for word in rule.words)

    @cached_property
    def _legal_forms(self) -> frozenset[str]:
        rules = rulebook.load_file("register", "legal_forms", LegalForm, self.rules)
        return frozenset(word for rule in rules for word in rule.words)

    def _list(self, stem: str) -> list[Known]:
        return rulebook.load_file("entities", stem, Known, self.rules)


def roles(commitment: records.Commitment) -> Iterator[tuple[str, records.Party]]:
    """Everybody in a commitment with the part they play: ("committer", Party(name="NATO", ...))."""
    yield from (("committer", party) for party in commitment.committers)
    yield from (("beneficiary", party) for party in commitment.beneficiaries)
    if commitment.made_at is not None:
        yield "made_at", commitment.made_at
    if commitment.speaker is not None:
        yield "speaker", commitment.speaker


def _kind(type_: str) -> str:
    """What must agree for two names to be one: a city and a person of one name are two."""
    return "place" if type_ in PLACE_TYPES else type_.lower()
