"""Issuers: the body that a text comes from, so who "we" is in its own prose.

Joint Statement by Norway and Chad on Trade      its title: Norway and Chad
About Acme                                       its notes: Acme
Acme Corp today announced ...                    its first words: Acme Corp
www.acme.example                                 its letterhead: Acme
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pipeline import layers, records, rulebook
from pipeline.lookup import text
from pipeline.references import Names, Referent
from pipeline.titles import Bodies
from pipeline.transcripts import HEADER_BLOCKS, PROSE

HOST = re.compile(r"\bwww\.(\w[\w-]{1,40})\.[a-z]{2,}")


class Sign(rulebook.Rule):
    """Lines that say who issues the text; the bodies that the line names are meant."""

    pattern: rulebook.Pattern
    several: bool = False
    """Whether two or more issue it, so that one name alone is not enough."""
    people: bool = False
    """Whether the bodies of the people named count, too."""


class Opening(rulebook.Rule):
    """First words of the prose by which a body tells its own news; the group `body` of the pattern holds its name."""

    pattern: rulebook.Pattern


class Issuers:
    """Finds the issuer of a text."""

    def __init__(self, signs: Sequence[Sign], openings: Sequence[Opening]) -> None:
        self._signs = [(sign, re.compile(sign.pattern)) for sign in signs]
        self._openings = [(opening.id, re.compile(opening.pattern)) for opening in openings]

    def signed(self, bodies: Bodies, people: Mapping[str, Referent]) -> Referent | None:
        """The bodies of a sign in the header or the notes, or of the address in the letterhead; `people` holds the
        body that each person speaks for.
        """
        written = text(bodies.doc)
        segments: Sequence[records.Segment] = layers.get(bodies.doc, "segments")
        for n, segment in enumerate(segments):
            if n >= HEADER_BLOCKS and segment.kind != "boilerplate":
                continue
            for sign, pattern in self._signs:
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
            for entity in (layers.get(bodies.doc, "entities") if hosts else ())
            if entity.type == "ORG" and any(re.sub(r"\W", "", m.text).lower() in hosts for m in entity.mentions)
        }
        return Referent(tuple(issuers), "") if len(issuers) == 1 else None

    def opening(self, bodies: Bodies, voice_of: Sequence[int | None]) -> Referent | None:
        """The body whose own news the first paragraph opens with; none where somebody else says it."""
        written = text(bodies.doc)
        segments: Sequence[records.Segment] = layers.get(bodies.doc, "segments")
        start, end = next(((s.start, s.end) for s in segments if s.kind in PROSE), (0, 0))
        for id_, pattern in self._openings:
            match = pattern.match(written, start, end)
            words = None if match is None else layers.tokens(bodies.doc, *match.span("body"))
            if words is None or voice_of[words.start] is not None:
                continue
            entity = bodies.entities.get(words[-1].i)
            if entity is not None and entity.type == "ORG" and bodies.entities.get(words.start) is entity:
                return Referent(((entity.name, entity.id),), id_)
        return None


def called(bodies: Bodies, issuer: Referent) -> list[tuple[int, Names]]:
    """Where a subject names the issuer, in full or by a part of its name: "a Ruiz Labour Government", then "Labour"."""
    words = {word for name, _ in issuer.names for word in name.split()}
    found = []
    for name in bodies.names:
        entity = name.entity
        own = entity.type == "ORG" and words.issuperset(entity.name.split())
        if own and bodies.doc[name.root].dep_ in ("nsubj", "nsubjpass"):
            found.append((name.root, ((entity.name, entity.id),)))
    return sorted(found)


def _of_people(bodies: Bodies, segment: records.Segment, people: Mapping[str, Referent]) -> Names:
    span = layers.tokens(bodies.doc, segment.start, segment.end)
    ids = dict.fromkeys(bodies.entities[t.i].id for t in span or () if t.i in bodies.entities)
    return tuple(name for id_ in ids if id_ in people for name in people[id_].names)
