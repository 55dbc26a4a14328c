"""Titles: which office somebody holds, and for which body he speaks by it.

NATO Secretary General Jens Stoltenberg            secretary general; NATO
Jane Roe, chief executive of Acme,                 chief executive; Acme
the company's spokeswoman, Jane Roe,               spokeswoman; what "the company" stands for
French Prime Minister Jean Roux                    prime minister; France, where the text names it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints
from spacy.tokens import Doc, Span, Token

from pipeline import layers, records, rulebook
from pipeline.references import Name, Names, Referent

TITLE_WORDS = 14  # tokens that a title may take: "the Minister of State for Foreign Affairs of the Republic of Peru"
BODIES = ("ORG", "GPE")
LINKS = frozenset({"of", "for", "at", "with", "and", "the", "&", "-"})


class Role(rulebook.Rule):
    """Nouns for people by their office.

    With `bound_by_for` the body that they speak for may follow on "for". With `of_issuer` a title that names no body
    is one of the text's issuer: in a release of Acme "chief executive Jane Roe" is Acme's.
    """

    lemmas: list[rulebook.Lower]
    bound_by_for: bool = False
    of_issuer: bool = False
    of_state: bool = False
    """Whether he speaks for the country whose seat of government he works in: a Foreign Office minister for the UK."""
    another_with: list[rulebook.Lower] = []
    """Words that make another office of it: "the President" is neither the vice president nor a former one."""


class Seat(rulebook.Rule):
    """Names for parts of one country's government that do not name the country: "Downing Street"."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    names: list[rulebook.Lower]


class Bodies:
    """The names of a Doc as bodies that somebody may speak for."""

    def __init__(
        self,
        doc: Doc,
        names: Sequence[Name],
        entities: Mapping[int, records.Entity],
        referents: Mapping[int, Referent],
    ) -> None:
        self.doc, self.names, self.entities, self.referents = doc, names, entities, referents
        listed: Sequence[records.Entity] = layers.get(doc, "entities")
        self.types = {entity.id: entity.type for entity in listed}
        self.countries = {e.id for e in listed if e.type == "GPE" and e.link}
        self._by_code = {e.link.id: (e.name, e.id) for e in reversed(listed) if e.type == "GPE" and e.link}

    def at(self, token: Token) -> Names:
        """The body that a token names: a body, the country of a nationality, what "the company" stands for; else ()."""
        entity = self.entities.get(token.i)
        if entity is None:
            known = self.referents.get(token.i)
            return known.names if known is not None and self.types.get(known.entity or "") in BODIES else ()
        if entity.type in BODIES:
            return ((entity.name, entity.id),)
        if entity.type == "NORP" and entity.link is not None:
            return (self._by_code.get(entity.link.id, (entity.name, entity.id)),)
        return ()

    def country(self, code: str | None) -> Names:
        """The country of an ISO 3166 code, if the text names it."""
        return (self._by_code[code],) if code in self._by_code else ()

    def is_country(self, token: Token) -> bool:
        """Whether a token belongs to the name of a country."""
        entity = self.entities.get(token.i)
        return entity is not None and entity.id in self.countries

    def person(self, token: Token) -> str | None:
        """The id of the one person that a token stands for, by name, office or pronoun."""
        entity = self.entities.get(token.i)
        known = self.referents.get(token.i)
        id_ = entity.id if entity is not None else known.entity if known is not None else None
        return id_ if id_ is not None and self.types.get(id_) == "PERSON" else None

    def within(self, start: int, end: int) -> Names:
        """The bodies named in the characters `start:end`, in order."""
        span = layers.tokens(self.doc, start, end)
        return tuple(dict.fromkeys(name for token in span or () for name in self.at(token)))


@dataclass(frozen=True)
class Title:
    """The words of a title with its noun: "NATO Secretary General", "General"."""

    words: Span
    head: Token
    role: Role


class Titles:
    """Reads the titles of people."""

    def __init__(self, roles: Sequence[Role], seats: Sequence[Seat]) -> None:
        self._roles = {lemma: role for role in roles for lemma in role.lemmas}
        self._seats = {name: seat for seat in seats for name in seat.names}

    @property
    def words(self) -> list[str]:
        """The nouns for offices, one or several holders."""
        return [form for lemma in self._roles for form in (lemma, lemma + "s")]

    def role(self, token: Token) -> Role | None:
        """The rule of a noun for an office, or None."""
        words = (token.lemma_.lower(), token.lower_, token.lower_.removesuffix("s"))
        return next((self._roles[word] for word in words if word in self._roles), None)

    def read(self, words: Span) -> Title | None:
        """The title that some words are: its noun stands before any preposition, so "wife of the President" is none."""
        found = None
        for token in words:
            if token.tag_ == "IN":
                break
            role = self.role(token)
            found = found if role is None else Title(words, token, role)
        return found

    def borne(self, doc: Doc, names: Sequence[Name], entities: Mapping[int, records.Entity]) -> list[tuple[str, Title]]:
        """The titles that stand with people's names, each with the person's id."""
        people = [name for name in names if name.entity.type == "PERSON"]
        titled = [
            (name.entity.id, words) for name in people for words in titles_of(doc, name.start, name.end, entities)
        ]
        return [(person, title) for person, words in titled if (title := self.read(words)) is not None]

    def holders(
        self, borne: Sequence[tuple[str, Title]], entities: Mapping[int, records.Entity]
    ) -> dict[str, list[str]]:
        """The ids of the people who bear each office in the text, by all its endings: "prime minister", "minister"."""
        found: dict[str, list[str]] = {}
        for person, title in borne:
            words: list[str] = []
            start = title.words.start
            for token in reversed(title.words[: title.head.i + 1 - start]):
                is_border = token.tag_ in ("IN", "CC", "POS", "DT") or (token.is_punct and token.text != "-")
                if is_border or token.i in entities:
                    break
                if not token.is_punct:
                    words.insert(0, token.lower_)
                    if token.i > start and _word_before(token) in title.role.another_with:
                        continue
                    people = found.setdefault(" ".join(words).replace("-", " "), [])
                    if person not in people:
                        people.append(person)
        return found

    def bodies(self, bodies: Bodies, borne: Sequence[tuple[str, Title]]) -> dict[str, Referent]:
        """The body that each person speaks for, by the titles that stand with his name anywhere in the text; no names
        for a title of the issuer.
        """
        said: dict[str, dict[Names, Referent]] = {}
        for person, title in borne:
            body = self.body(bodies, title)
            if body is not None:
                said.setdefault(person, {})[body.names] = body
        for found in said.values():
            if len(found) > 1:
                found.pop((), None)
        return {person: next(iter(found.values())) for person, found in said.items() if len(found) == 1}

    def body(self, bodies: Bodies, title: Title) -> Referent | None:
        """The body that a title names: "NATO Secretary General" -> NATO, "chief executive of Acme" -> Acme.

        No names for a title of the text's issuer, None for a title that says nothing.
        """
        words, head, role = title.words, title.head, title.role
        for token in reversed(words[: head.i - words.start]):
            names = bodies.at(token)
            if names:
                return None if _is_cut(token, bodies, self) else self._spoken_for(bodies, names, role)
            if token.tag_ in ("IN", "CC") or (token.is_punct and token.text != "-"):
                break
        behind: Names = ()
        link = ""
        for token in words[head.i + 1 - words.start :]:
            if token.tag_ == "IN":
                link = token.lower_
            elif link in ("of", "at", "with") or (link == "for" and role.bound_by_for):
                behind = bodies.at(token) or behind
                if behind and _goes_on(token, bodies):
                    return None
            if token.is_punct:
                break
        return self._spoken_for(bodies, behind, role) if behind or role.of_issuer else None

    def _spoken_for(self, bodies: Bodies, names: Names, role: Role) -> Referent:
        """The body of an office, or the country in whose government it is."""
        seat = self._seats.get(names[0][0].lower()) if role.of_state and names else None
        country = () if seat is None else bodies.country(seat.country)
        return Referent(country, f"{role.id}+{seat.id}") if seat is not None and country else Referent(names, role.id)


def _word_before(token: Token) -> str:
    """The word before a token, across a hyphen: "vice" in "Vice-President"."""
    before = token.i - 1
    while before > 0 and token.doc[before].is_punct:
        before -= 1
    return str(token.doc[before].lower_)


def _is_cut(token: Token, bodies: Bodies, titles: Titles) -> bool:
    """Whether a name before an office is cut off a longer one that no layer found: "Environment Canada spokesman"."""
    entity = bodies.entities.get(token.i)
    first = token.i
    while first and bodies.entities.get(first - 1) is entity and entity is not None:
        first -= 1
    before = token.doc[first - 1] if first else None
    return (
        before is not None
        and before.pos_ == "PROPN"
        and before.i not in bodies.entities
        and titles.role(before) is None
    )


def _goes_on(token: Token, bodies: Bodies) -> bool:
    """Whether a name behind an office only begins a longer phrase: "head of the National Nutrition survey"."""
    entity = bodies.entities.get(token.i)
    following = token.doc[token.i + 1] if token.i + 1 < len(token.doc) else token
    if following.tag_ in ("NNP", "NNPS") and following.i > token.i and following.i not in bodies.entities:
        return True
    head = token.head
    return token.dep_ in ("compound", "nmod") and head.i > token.i and bodies.entities.get(head.i) is not entity


def titles_of(doc: Doc, first: int, last: int, entities: Mapping[int, records.Entity]) -> Iterator[Span]:
    """The words that may be the title of the person whose name is the tokens `first:last`: those before it, and the
    apposition behind it.
    """
    end = first - (first > 0 and doc[first - 1].text == ",")  # "the chief executive, Jane Roe,"
    start = end
    while start and end - start < TITLE_WORDS and _may_be_title(doc[start - 1], entities):
        start -= 1
    advises = start > 0 and doc[start - 1].lower_ == "to" and doc[start].lower_ == "the"
    if start < end and not advises:  # not "Advisor to the President Jane Roe"
        stop = last
        if stop < len(doc) and doc[stop].lower_ == "of":  # "Prime Minister Maria Ruiz of Peru"
            while stop < len(doc) and stop - last < TITLE_WORDS and _may_be_title(doc[stop], entities):
                stop += 1
        yield doc[start : stop if stop > last else end]
    if last < len(doc) and doc[last].text == ",":
        stop = last + 1
        while stop < len(doc) and stop - last < TITLE_WORDS and _may_be_title(doc[stop], entities):
            stop += 1
        if stop > last + 1:
            yield doc[last + 1 : stop]


def _may_be_title(token: Token, entities: Mapping[int, records.Entity]) -> bool:
    if token.i in entities:
        return entities[token.i].type != "PERSON"
    return (
        token.pos_ in ("PROPN", "NOUN", "ADJ", "DET")
        or token.is_title
        or token.tag_ in ("POS", "HYPH")
        or token.lower_ in LINKS
    )
