"""Parties: who the words for somebody stand for.

    "NATO's Secretary General Jens Stoltenberg"    the person Jens Stoltenberg
    "the Afghan authorities"                       a descriptive group: its words, no entity
    "its partners"                                 NATO's partners, where "its" is resolved
    "We", in Stoltenberg's mouth                   NATO, the body that he speaks for

A pronoun that the text does not decide stays unresolved: its words are kept, its name is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline import layers, records, rulebook
from pipeline.issuers import Opening, Sign
from pipeline.lookup import array, spread
from pipeline.references import Description, Name, Pronoun, References, Referent
from pipeline.titles import Bodies, Role, Seat, Titles
from pipeline.voices import FirstPerson, Government, Own, OwnAct, SecondPerson, Self, Speech, Stance, Voices

RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {
    "pronouns": Pronoun,
    "descriptions": Description,
    "voices": FirstPerson,
    "addressees": SecondPerson,
    "signs": Sign,
    "openings": Opening,
    "acts": OwnAct,
    "selves": Self,
    "stances": Stance,
    "owns": Own,
    "governments": Government,
    "roles": Role,
    "seats": Seat,
}


@dataclass
class Known:
    """What the parties of a document are known by: its names, the entity of each token of a name, the referent of each
    pronoun.
    """

    names: list[Name] = field(default_factory=list)
    entities: dict[int, records.Entity] = field(default_factory=dict)
    referents: dict[int, Referent] = field(default_factory=dict)


Doc.set_extension("communique_parties", default=None)


@Language.factory("communique_parties", default_config={"rules": None}, requires=["token.dep", "token.tag"])
def make(nlp: Language, name: str, rules: str | None) -> Parties:
    """Create the component; `rules` is a folder of rules to add."""
    return Parties(rulebook.load("parties", RULES, rules))


class Parties:
    """Resolves the pronouns and descriptions of a Doc, the speakers of its statements among them.

    The result serves `resolve`; pronouns that stand for one entity become its mentions of level PRO.
    """

    def __init__(self, rules: Mapping[str, Sequence[Any]]) -> None:
        self.titles = Titles(rules["roles"], rules["seats"])
        self.references = References(rules["pronouns"], rules["descriptions"], self.titles)
        self.voices = Voices(rules, self.titles)

    def __call__(self, doc: Doc) -> Doc:
        known = _known(doc)
        known.referents = self.find(doc)
        _set_mentions(doc, known)
        return doc

    def find(self, doc: Doc) -> dict[int, Referent]:
        """What pronouns and descriptions stand for, by token; speakers of statements are resolved on the way."""
        known = _known(doc)
        statements = layers.get(doc, "statements")
        direct = [n for n, s in enumerate(statements) if s.direct]
        voice_of = spread(doc, {n: (statements[n].start, statements[n].end) for n in direct})
        marked = [n for n in direct if _is_marked(doc, statements[n])]
        speakers = {n: s.speaker.entity for n, s in enumerate(statements) if s.speaker is not None and s.speaker.entity}
        quote_of = spread(doc, {n: (statements[n].start, statements[n].end) for n in marked})
        borne = self.titles.borne(doc, known.names, known.entities)
        holders = self.titles.holders(borne, known.entities)
        known.referents = self.references.find(doc, known.names, known.entities, holders, quote_of, speakers)
        statements = [_with_speaker(doc, statement) for statement in statements]
        layers.put(doc, "statements", statements)
        bodies = Bodies(doc, known.names, known.entities, known.referents)
        return known.referents | self.voices.find(Speech(bodies, borne, statements, voice_of))


def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as rule examples mark it: each pronoun or description with the names that it stands for."""
    return [
        rulebook.Mark(
            doc[i].idx,
            doc[i].idx + len(doc[i]),
            " and ".join(name for name, _ in referent.names),
            rules=frozenset(referent.rule.split("+")),
        )
        for i, referent in sorted(_known(doc).referents.items())
    ]


def resolve(doc: Doc, phrase: Span) -> records.Party:
    """The party that a noun phrase stands for: `resolve(doc, "its partners")` -> `Party(name="NATO's partners", ...)`.

    `phrase` is a name, a description or a pronoun, possessives too. Where it stands for several parties ("we" of a
    joint statement), their names are joined; `resolve_each` keeps them apart. An unresolved pronoun has no name.
    """
    each = resolve_each(doc, phrase)
    if len(each) == 1:
        return each[0]
    names = [party.name for party in each if party.name is not None]
    return each[0].model_copy(update={"name": ", ".join(names[:-1]) + " and " + names[-1], "entity": None})


def resolve_each(doc: Doc, phrase: Span) -> list[records.Party]:
    """Like `resolve`, one party for each that the phrase stands for; never empty. All carry the words of the phrase."""
    known = _known(doc)
    root = phrase.root
    joined = [token for token in root.conjuncts if root.i < token.i < phrase.end]
    if joined and root.i not in known.referents:
        parts = [doc[phrase.start : root.i + 1], *(doc[token.left_edge.i : token.i + 1] for token in joined)]
        each = [party for part in parts for party in resolve_each(doc, part)]
        return [_party(phrase, party.name, party.entity) for party in each if party.name is not None] or each[:1]
    if root.i in known.referents:
        return [_party(phrase, name, id_) for name, id_ in known.referents[root.i].names]
    if root.i in known.entities:
        entity = known.entities[root.i]
        return [_party(phrase, entity.name, entity.id)]
    if root.tag_ in ("PRP", "PRP$", "WP", "WDT", "DT", "EX"):
        return [_party(phrase, None)]
    return [_party(phrase, _description(doc, phrase, known))]


def _party(phrase: Span, name: str | None, entity: str | None = None) -> records.Party:
    return records.Party(start=phrase.start_char, end=phrase.end_char, text=phrase.text, name=name, entity=entity)


def speaker(doc: Doc, start: int, end: int) -> records.Party | None:
    """Whose words the characters `start:end` are; None in the author's own prose.

    The narrowest statement counts that holds at least half of them: a clause that is cited with its reporting verb
    ("The minister said that Peru will pay") is still the minister's.
    """
    best = None
    for statement in layers.get(doc, "statements"):
        held = min(end, statement.end) - max(start, statement.start)
        narrower = best is None or statement.end - statement.start < best.end - best.start
        if 2 * held >= end - start and held > 0 and narrower:
            best = statement
    return None if best is None else best.speaker


def _known(doc: Doc) -> Known:
    known: Known | None = doc._.communique_parties
    if known is None:
        known = doc._.communique_parties = _names(doc)
    return known


def _with_speaker(doc: Doc, statement: records.Statement) -> records.Statement:
    if statement.speaker is None:
        return statement
    words = layers.tokens(doc, statement.speaker.start, statement.speaker.end)
    return statement if words is None else statement.model_copy(update={"speaker": resolve(doc, words)})


def _is_marked(doc: Doc, statement: records.Statement) -> bool:
    """Whether a statement stands in quotation marks, and not as prose below a title."""
    span = layers.tokens(doc, statement.start, statement.end)
    return span is not None and span.start > 0 and doc[span.start - 1].is_quote


def _set_mentions(doc: Doc, known: Known) -> None:
    """Add the pronouns that stand for one entity to its mentions."""
    entities = {entity.id: entity for entity in layers.get(doc, "entities")}
    added: dict[str, list[records.Mention]] = {}
    spans = []
    for i, referent in sorted(known.referents.items()):
        token = doc[i]
        if referent.entity is not None and token.tag_ in ("PRP", "PRP$"):
            start, end = token.idx, token.idx + len(token)
            mention = records.Mention(start=start, end=end, text=token.text, level="PRO", rule=referent.rule)
            added.setdefault(referent.entity, []).append(mention)
            label = entities[referent.entity].type
            spans.append(Span(doc, i, i + 1, label=label, span_id=referent.entity))
    for id_, mentions in added.items():
        all_mentions = sorted([*entities[id_].mentions, *mentions], key=lambda m: m.start)
        entities[id_] = entities[id_].model_copy(update={"mentions": all_mentions})
    layers.put_more(doc, "entities", list(entities.values()), spans)


def named(doc: Doc) -> dict[int, records.Entity]:
    """The entity of each token that belongs to a name; the longest name wins. To be read, not changed."""
    return _known(doc).entities


def _names(doc: Doc) -> Known:
    """The names of the entities layer by token, found without making a Span of each."""
    mentions = [(entity, m) for entity in layers.get(doc, "entities") for m in entity.mentions if m.level == "NAM"]
    starts = array(doc, "IDX")
    first = np.searchsorted(starts, np.array([m.start for _, m in mentions], dtype=np.uint64), "right") - 1
    last = np.searchsorted(starts, np.array([m.end for _, m in mentions], dtype=np.uint64))
    head_of = (np.arange(len(doc)) + array(doc, "HEAD").astype(np.int64)).tolist()
    names = []
    for (entity, _), start, end in zip(mentions, first.tolist(), last.tolist(), strict=True):
        roots = [i for i in range(start, end) if not start <= head_of[i] < end or head_of[i] == i]
        root = roots[0] if len(roots) == 1 else doc[start:end].root.i
        names.append(Name(start, end, root, entity))
    longest_last = sorted(names, key=lambda name: (name.end - name.start, -name.start))
    named = {i: name.entity for name in longest_last for i in range(name.start, name.end)}
    return Known(names, named)


def one_name(doc: Doc, phrase: Span, people: bool = False) -> Span | None:
    """The one person, or else the one body, that a phrase names: "President Joe Biden" -> "Joe Biden".

    With `people` no body counts. None where the phrase names nobody or several.
    """
    known = _known(doc).entities
    for kinds in (("PERSON",),) if people else (("PERSON",), ("ORG", "GPE")):
        named = {known[t.i].id: t.i for t in phrase if t.i in known and known[t.i].type in kinds}
        if len(named) == 1:
            (id_,) = named
            tokens = [t.i for t in phrase if t.i in known and known[t.i].id == id_]
            return doc[tokens[0] : tokens[-1] + 1]
        if named:
            return None
    return None


ARTICLES = frozenset({"DT", "PDT"})


def _description(doc: Doc, phrase: Span, known: Known) -> str:
    """The words of a descriptive group without article; "its" becomes the name it stands for, or goes."""
    tokens = [token for token in phrase if not token.is_space]
    while tokens and tokens[-1].tag_ == "POS":
        tokens.pop()
    while len(tokens) > 1 and tokens[0].tag_ in ARTICLES:
        tokens.pop(0)
    if tokens[0].tag_ == "PRP$" and len(tokens) > 1:
        owner = known.referents.get(tokens[0].i)
        rest = doc[tokens[1].i : tokens[-1].i + 1].text
        return rest if owner is None else f"{owner.possessive} {rest}"
    return doc[tokens[0].i : tokens[-1].i + 1].text
