"""Voices: whose words a "we" or an "I" belongs to, and for which body somebody speaks.

    NATO Secretary General Jens Stoltenberg said: "We will stay."      we = NATO
    "We grow," said Jane Roe, chief executive of Acme.                 we = Acme
    We, the leaders of Canada and Finland, resolve ...                 we = Canada and Finland
    About Acme ...                                                     we, in the text's own prose = Acme

A title says for whom its bearer speaks. Where no title, letterhead or signature says it, nobody does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from spacy.tokens import Doc, Span, Token

from pipeline import layers, records, rulebook
from pipeline.references import Referent

Names = tuple[tuple[str, str | None], ...]

TITLE_WORDS = 14  # tokens that a title may take: "the Minister of State for Foreign Affairs of the Republic of Peru"
SIGNATURE_WORDS = 80  # tokens in which "We, the leaders of ..." names its signatories
HEADER_BLOCKS = 4
BODIES = ("ORG", "GPE")


class FirstPerson(rulebook.Rule):
    """Forms of "we" or "I"."""

    words: list[rulebook.Lower]
    number: Literal["singular", "plural"]


class Role(rulebook.Rule):
    """Nouns for people by their office; `bound_by_for`: the body that they speak for may follow on "for"."""

    lemmas: list[rulebook.Lower]
    bound_by_for: bool = False


class Voices:
    """Resolves the first person of a Doc."""

    def __init__(self, words: Sequence[FirstPerson], roles: Sequence[Role]) -> None:
        self.words = {word: rule for rule in words for word in rule.words}
        self.roles = {lemma: role for role in roles for lemma in role.lemmas}

    def find(
        self,
        doc: Doc,
        entities: Mapping[int, records.Entity],
        referents: Mapping[int, Referent],
        statements: Sequence[records.Statement],
        voice_of: Sequence[int | None],
    ) -> dict[int, Referent]:
        """The referents of first-person words by token; `voice_of` holds the number of the statement around each."""
        page = _Page(doc, entities, referents)
        first = [t for t in doc if t.lower_ in self.words and t.tag_ in ("PRP", "PRP$") and not (t.text == "US")]
        if not first:
            return {}
        bodies = self._bodies(page)
        voices = {voice_of[t.i] for t in first}
        spoken_for = {
            voice: self._issuer(page) if voice is None else self._speaks_for(page, statements[voice].speaker, bodies)
            for voice in voices
        }
        for token in first:
            signed = _signatories(page, token)
            if signed:
                spoken_for[voice_of[token.i]] = signed
        for token in first:
            voice = voice_of[token.i]
            if not spoken_for[voice]:
                spoken_for[voice] = _beside_our(page, token)
        found = {}
        for token in first:
            rule = self.words[token.lower_]
            voice = voice_of[token.i]
            if rule.number == "plural":
                names = spoken_for[voice]
            else:
                speaker = None if voice is None else statements[voice].speaker
                names = () if speaker is None or speaker.name is None else ((speaker.name, speaker.entity),)
                if names and " and " in names[0][0] and names[0][1] is None:
                    names = ()
            if names:
                found[token.i] = Referent(names, rule.id)
        return found

    def _bodies(self, page: _Page) -> dict[str, Names]:
        """The body that each person speaks for, by the titles that stand with his name anywhere in the text."""
        said: dict[str, dict[Names, None]] = {}
        for span in page.doc.spans.get("entities", ()):
            if span.label_ != "PERSON":
                continue
            for title in _titles(page, span):
                body = self.body(page, title)
                if body:
                    said.setdefault(span.id_, {})[body] = None
        return {person: next(iter(bodies)) for person, bodies in said.items() if len(bodies) == 1}

    def _speaks_for(self, page: _Page, speaker: records.Party | None, bodies: Mapping[str, Names]) -> Names:
        if speaker is None:
            return ()
        if speaker.entity is not None:
            if speaker.entity in bodies:
                return bodies[speaker.entity]
            type_ = page.types.get(speaker.entity)
            return ((speaker.name or speaker.text, speaker.entity),) if type_ in BODIES else ()
        words = layers.tokens(page.doc, speaker.start, speaker.end)
        return () if words is None or any(t.tag_ == "NNS" for t in words) else self.body(page, words)

    def body(self, page: _Page, title: Span) -> Names:
        """The body that a title names: "NATO Secretary General" -> NATO, "chief executive of Acme" -> Acme."""
        role = next((t for t in reversed(title) if t.lemma_.lower() in self.roles or t.lower_ in self.roles), None)
        if role is None:
            return ()
        for token in reversed(title[: role.i - title.start]):
            names = page.body_at(token)
            if names:
                return names
            if token.tag_ in ("IN", "CC") or token.is_punct:
                break
        rule = self.roles.get(role.lemma_.lower()) or self.roles[role.lower_]
        behind: Names = ()
        link = ""
        for token in title[role.i + 1 - title.start :]:
            if token.tag_ == "IN":
                link = token.lower_
            elif link in ("of", "at", "with") or (link == "for" and rule.bound_by_for):
                behind = page.body_at(token) or behind
            if token.is_punct:
                break
        return behind

    def _issuer(self, page: _Page) -> Names:
        """Who issues the text, by its joint title, its "About" section, or the address in its letterhead."""
        segments = layers.get(page.doc, "segments")
        for segment in segments[:HEADER_BLOCKS]:
            line = page.doc.text[segment.start : segment.end]
            if JOINT.search(line):
                return page.names_in(segment.start, segment.end)
        for segment in segments:
            line = page.doc.text[segment.start : segment.end]
            if segment.kind == "boilerplate" and ABOUT.match(line):
                names = page.names_in(segment.start, segment.end)
                return names if len(names) == 1 else ()
        hosts = {m.group(1).lower() for m in HOST.finditer(page.doc.text)}
        issuers = {
            (e.name, e.id): None
            for e in layers.get(page.doc, "entities")
            if e.type == "ORG" and any(re.sub(r"\W", "", m.text).lower() in hosts for m in e.mentions)
        }
        return tuple(issuers) if len(issuers) == 1 else ()


JOINT = re.compile(r"(?i)\bjoint\b.{0,60}\b(?:statement|declaration|communiqu[eé]|readout|press release|vision)\b")
ABOUT = re.compile(r"(?i)about\s")
HOST = re.compile(r"\bwww\.(\w[\w-]{1,40})\.[a-z]{2,}")


class _Page:
    """The names of a Doc at hand."""

    def __init__(self, doc: Doc, entities: Mapping[int, records.Entity], referents: Mapping[int, Referent]) -> None:
        self.doc, self.entities, self.referents = doc, entities, referents
        all_entities: Sequence[records.Entity] = layers.get(doc, "entities")
        self.types = {e.id: e.type for e in all_entities}
        self.countries = {e.link.id: (e.name, e.id) for e in reversed(all_entities) if e.type == "GPE" and e.link}

    def body_at(self, token: Token) -> Names:
        """The body that a token names: a body, the country of a nationality, or what a description stands for."""
        entity = self.entities.get(token.i)
        if entity is None:
            known = self.referents.get(token.i)
            return known.names if known is not None and self.types.get(known.entity or "") in BODIES else ()
        if entity.type in BODIES:
            return ((entity.name, entity.id),)
        if entity.type == "NORP" and entity.link is not None:
            return (self.countries.get(entity.link.id, (entity.name, entity.id)),)
        return ()

    def names_in(self, start: int, end: int) -> Names:
        """The bodies named in the characters `start:end`, in order."""
        span = layers.tokens(self.doc, start, end)
        names = [name for token in span or () for name in self.body_at(token)]
        return tuple(dict.fromkeys(names))


def _titles(page: _Page, name: Span) -> Iterator[Span]:
    """The words that may be a title of a name: those before it and the apposition behind it."""
    doc = page.doc
    end = name.start
    if end and doc[end - 1].text == ",":
        end -= 1  # "The company's chief executive, Jane Roe,"
    start = end
    while start and end - start < TITLE_WORDS and _may_be_title(page, doc[start - 1]):
        start -= 1
    if start < end:
        yield doc[start:end]
    begin = name.end
    if begin < len(doc) and doc[begin].text == ",":
        begin += 1
        stop = begin
        while stop < len(doc) and stop - begin < TITLE_WORDS and _may_be_title(page, doc[stop]):
            stop += 1
        if begin < stop:
            yield doc[begin:stop]


def _may_be_title(page: _Page, token: Token) -> bool:
    if token.i in page.entities:
        return page.entities[token.i].type != "PERSON"
    return token.pos_ in ("PROPN", "NOUN", "ADJ", "DET") or token.tag_ in ("POS", "HYPH") or token.lower_ in (
        "of", "for", "at", "and", "the", "&", "-", "with",
    )  # fmt: skip


def _signatories(page: _Page, token: Token) -> Names:
    """Who signs: "We, the leaders of Canada, Finland and the United States"."""
    if token.lower_ != "we":
        return ()
    doc = page.doc
    i = token.i + 1
    if i < len(doc) and doc[i].text == ",":
        i += 1
    if i + 1 >= len(doc) or doc[i].lower_ != "the":
        return ()
    names: list[tuple[str, str | None]] = []
    plural = False
    for word in doc[i + 1 : i + SIGNATURE_WORDS]:
        if word.is_sent_start or (word.tag_ in ("VBP", "VBD", "VBZ", "MD") and word.i not in page.entities):
            break
        plural = plural or word.tag_ in ("NNS", "NNPS")
        if plural:
            names += page.body_at(word)
    return tuple(dict.fromkeys(names))


def _beside_our(page: _Page, token: Token) -> Names:
    """The body that stands beside "our": "the United States and our partners" are said by the United States."""
    if token.lower_ != "our" or token.head.dep_ != "conj":
        return ()
    beside = token.head.head
    entity = page.entities.get(beside.i)
    return ((entity.name, entity.id),) if entity is not None and entity.type in BODIES else ()
