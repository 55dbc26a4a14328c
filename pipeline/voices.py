"""Voices: whose words a "we" or an "I" belongs to.

    NATO Secretary General Jens Stoltenberg said: "We will stay."      we = NATO
    "We grow," said Jane Roe, chief executive of Acme.                 we = Acme
    We, the leaders of Canada and Finland, resolve ...                 we = Canada and Finland
    About Acme ...                                                     we, in the text's own prose = Acme

Where no title, letterhead or signature says for whom somebody speaks, nobody is meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from spacy.tokens import Doc, Token

from pipeline import layers, records, rulebook
from pipeline.lookup import Lookup, text
from pipeline.references import Names, Referent
from pipeline.titles import BODIES, Bodies, Titles, titles_of

SIGNATURE_WORDS = 80  # tokens in which "We, the leaders of ..." names its signatories
HEADER_BLOCKS = 4
HOST = re.compile(r"\bwww\.(\w[\w-]{1,40})\.[a-z]{2,}")


class FirstPerson(rulebook.Rule):
    """Forms of "we" or "I"."""

    words: list[rulebook.Lower]
    number: Literal["singular", "plural"]
    unless: list[rulebook.RuleId] = []
    """Rules of statements in whose words it says nothing."""


class Sign(rulebook.Rule):
    """Lines that say who issues the text; the bodies that the line names are meant."""

    pattern: rulebook.Pattern
    several: bool = False
    """Whether two or more issue it, so that one name alone is not enough."""
    people: bool = False
    """Whether the bodies of the people named count, too."""


class OwnAct(rulebook.Rule):
    """Verbs whose "our" object is the subject's own: "Peru reaffirms our commitment" is said by Peru."""

    lemmas: list[rulebook.Lower]


class Self(rulebook.Rule):
    """Nouns that, behind "our", are the speakers themselves: "our countries" in a joint statement."""

    nouns: list[rulebook.Lower]


class Voices:
    """Resolves the first person of a Doc."""

    def __init__(
        self,
        words: Sequence[FirstPerson],
        signs: Sequence[Sign],
        acts: Sequence[OwnAct],
        selves: Sequence[Self],
        titles: Titles,
    ) -> None:
        self.words = {word: rule for rule in words for word in rule.words}
        self._word_at = Lookup("LOWER", self.words)
        self.signs = [(sign, re.compile(sign.pattern)) for sign in signs]
        self.acts = {lemma: act.id for act in acts for lemma in act.lemmas}
        self.selves = {noun: rule.id for rule in selves for noun in rule.nouns}
        self.titles = titles

    def find(
        self,
        bodies: Bodies,
        statements: Sequence[records.Statement],
        voice_of: Sequence[int | None],
    ) -> dict[int, Referent]:
        """The referents of first-person words by token; `voice_of` holds the number of the statement around each."""
        words = [bodies.doc[i] for i in self._word_at(bodies.doc)]
        first = [t for t in words if t.tag_ in ("PRP", "PRP$") and t.text != "US"]
        if not first:
            return {}
        people = self.titles.bodies(bodies)
        bound: dict[int | None, Referent | None] = {}
        issuer = self._issuer(bodies, people)
        for voice in dict.fromkeys(voice_of[t.i] for t in first):
            body = issuer if voice is None else self._body(bodies, statements[voice].speaker, people)
            if body is not None and not body.names:
                body = None if issuer is None or len(issuer.names) > 1 else Referent(issuer.names, body.rule)
            bound[voice] = body
        bound |= {voice_of[t.i]: signed for t in reversed(first) if (signed := _signatories(bodies, t)) is not None}
        for token in first:
            voice = voice_of[token.i]
            bound[voice] = bound[voice] or self._own(bodies, token)
        found = {}
        for token in first:
            voice = voice_of[token.i]
            rule = self.words[token.lower_]
            if voice is not None and statements[voice].rule in rule.unless:
                continue
            meant = bound[voice]
            if rule.number == "singular":
                meant = None if voice is None else _person(statements[voice].speaker)
            if meant is not None:
                found[token.i] = Referent(meant.names, f"{rule.id}+{meant.rule}" if meant.rule else rule.id)
                owned = token.head
                countries = all(bodies.types.get(id_ or "") == "GPE" for _, id_ in meant.names)
                if owned.lemma_ in self.selves and token.dep_ == "poss" and countries:
                    found[owned.i] = Referent(meant.names, self.selves[owned.lemma_])
        return found

    def _body(self, bodies: Bodies, speaker: records.Party | None, people: Mapping[str, Referent]) -> Referent | None:
        """The body that a speaker speaks for: he is one, or his title names one."""
        if speaker is None:
            return None
        if speaker.entity is not None:
            own = bodies.types.get(speaker.entity) in BODIES
            return _person(speaker) if own else people.get(speaker.entity)
        words = layers.tokens(bodies.doc, speaker.start, speaker.end)
        if words is None or words.root.tag_ in ("NNS", "NNPS"):
            return None
        titles = [words, *titles_of(words, bodies.entities)]  # a name that no layer saw may bear a title, too
        found = [body for title in titles if (body := self.titles.body(bodies, title)) is not None]
        return next((body for body in found if body.names), found[0] if found else None)

    def _issuer(self, bodies: Bodies, people: Mapping[str, Referent]) -> Referent | None:
        """Who issues the text: the bodies of a sign in its header or its notes, or of the address in its letterhead."""
        written = text(bodies.doc)
        segments: Sequence[records.Segment] = layers.get(bodies.doc, "segments")
        for n, segment in enumerate(segments):
            if n >= HEADER_BLOCKS and segment.kind != "boilerplate":
                continue
            for sign, pattern in self.signs:
                if not pattern.fullmatch(written, segment.start, segment.end):
                    continue
                names = bodies.within(segment.start, segment.end)
                if sign.people and len(names) < 2:
                    names = names + _of_people(bodies, segment, people)
                names = tuple(dict.fromkeys(names))
                return Referent(names, sign.id) if names and (len(names) > 1) == sign.several else None
        hosts = {match.group(1).lower() for match in HOST.finditer(written)}
        issuers = {
            (entity.name, entity.id): None
            for entity in layers.get(bodies.doc, "entities")
            if entity.type == "ORG" and any(re.sub(r"\W", "", m.text).lower() in hosts for m in entity.mentions)
        }
        return Referent(tuple(issuers), "") if len(issuers) == 1 else None

    def _own(self, bodies: Bodies, token: Token) -> Referent | None:
        """The body that "our" shows to be speaking: "Norway and our partners", "Peru reaffirms our pledge"."""
        if token.lower_ != "our":
            return None
        owned = token.head
        if owned.dep_ == "conj":
            return _referent(bodies.at(owned.head))
        if owned.dep_ != "dobj" or owned.head.lemma_ not in self.acts:
            return None
        subject = next((t for t in owned.head.lefts if t.dep_ == "nsubj"), None)
        if subject is None or any(True for _ in subject.conjuncts):
            return None
        return _referent(bodies.at(subject), self.acts[owned.head.lemma_])


def _referent(names: Names, rule: str = "") -> Referent | None:
    return Referent(names, rule) if names else None


def _person(speaker: records.Party | None) -> Referent | None:
    """The speaker as the one who says "I"; several speakers say "we"."""
    if speaker is None or speaker.name is None or (speaker.entity is None and " and " in speaker.name):
        return None
    return Referent(((speaker.name, speaker.entity),), "")


def _of_people(bodies: Bodies, segment: records.Segment, people: Mapping[str, Referent]) -> Names:
    span = layers.tokens(bodies.doc, segment.start, segment.end)
    ids = dict.fromkeys(bodies.entities[t.i].id for t in span or () if t.i in bodies.entities)
    return tuple(name for id_ in ids if id_ in people for name in people[id_].names)


def _signatories(bodies: Bodies, token: Token) -> Referent | None:
    """Who signs: "We, the leaders of Canada, Finland and the United States", "As leaders of Canada and Finland, we"."""
    if token.lower_ != "we":
        return None
    doc: Doc = bodies.doc
    start = token.i + 1 + (token.i + 1 < len(doc) and doc[token.i + 1].text == ",")
    if start + 1 < len(doc) and doc[start].lower_ == "the":
        return _referent(_listed(bodies, doc, start + 1))
    opening = token.i
    while opening > max(0, token.i - SIGNATURE_WORDS) and not doc[opening].is_sent_start:
        opening -= 1
    if doc[opening].lower_ == "as":
        return _referent(_listed(bodies, doc, opening + 1))
    return None


def _listed(bodies: Bodies, doc: Doc, start: int) -> Names:
    """The bodies behind a plural noun, up to the verb: "leaders of Canada and Finland"."""
    names: list[tuple[str, str | None]] = []
    plural = False
    for token in doc[start : start + SIGNATURE_WORDS]:
        if token.is_sent_start or token.tag_ in ("VBP", "VBD", "VBZ", "MD", "VBG", "PRP"):
            break
        plural = plural or token.tag_ in ("NNS", "NNPS")
        if plural:
            names += bodies.at(token)
    return tuple(dict.fromkeys(names))
