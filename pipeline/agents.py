"""Agents: who can bind himself, judged by the type of the name and by general head nouns, and as parties of a record.

    Norway, Acme, the minister, NATO leaders    act: any trigger binds them
    families, Australians, the summit           only speak: "pledged" binds them, a mere "will" about them is a forecast
    the fund, the Clean Air Act                 never

A list of names would be right on the texts that it was made from and wrong on all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from spacy.tokens import Doc, Span, Token

from pipeline import layers, parties, records, rulebook, segments, shapes
from pipeline.shapes import antecedent, coordinated, follow

Standing = Literal["acts", "speaks", "never"]

APART = frozenset(("punct", "cc", "preconj", "advmod", "advcl", "relcl", "appos", "nsubj", "aux", "mark", "prep", "intj", "dep"))
"""What may stand before a noun without belonging to its phrase: "only the minister"."""


class Agent(rulebook.Rule):
    """A class of words by what their bearers can do; `types` are entity types, `heads` lemmas of head nouns, `pronouns`
    words, `endings` those of nouns for peoples.
    """

    standing: Standing
    heads: list[rulebook.Lower] = []
    types: list[records.EntityType] = []
    pronouns: list[rulebook.Lower] = []
    endings: list[rulebook.Lower] = []


class Agents:
    """Judges noun phrases of one document after the other; built from the rules of agents.toml."""

    def __init__(self, rules: Sequence[Agent]) -> None:
        self._heads = {head: rule.standing for rule in rules for head in rule.heads}
        self._types = {type_: rule.standing for rule in rules for type_ in rule.types}
        self._pronouns = {word: rule.standing for rule in rules for word in rule.pronouns}
        self._endings = tuple((ending, rule.standing) for rule in rules for ending in rule.endings)

    def standing(self, head: Token) -> Standing:
        """What the bearer of the phrase around `head` can do: `standing(ministers)` -> "acts"."""
        if head.pos_ == "PRON" or head.tag_ in ("PRP", "PRP$", "DT", "WP"):
            return self._pronoun(head)
        for form in (shapes.lemma(head), head.lower_, head.lower_.removesuffix("s")):
            if form in self._heads:
                return self._heads[form]
        type_ = entity_type(head)
        if type_ == "NORP":
            return next((standing for ending, standing in self._endings if head.lower_.endswith(ending)), "acts")
        if type_ is not None:
            return self._types.get(type_, "never")
        if head.tag_ == "NNP" and not any(c.dep_ == "det" for c in head.lefts) and not _in_heading(head):
            return "acts"  # a name that no layer knows: "Northwind will build ..."; things have an article: "the Pilot"
        return "never"

    def _pronoun(self, token: Token) -> Standing:
        word = token.lower_
        if word in self._pronouns and self._pronouns[word] != "speaks":
            return self._pronouns[word]
        party = parties.resolve(token.doc, token.doc[token.i : token.i + 1])
        if party.name is None:
            return "speaks" if token.morph.get("Number") == ["Plur"] else "never"
        type_ = next((e.type for e in layers.get(token.doc, "entities") if e.id == party.entity), None)
        last = party.name.split()[-1].lower()
        for form in (last, last.removesuffix("s"), last.removesuffix("ies") + "y"):
            if form in self._heads:
                return self._heads[form]
        if type_ is not None:
            return self._types.get(type_, "acts" if type_ == "NORP" else "never")
        return "never"

    def heads(self, token: Token) -> Iterator[Token]:
        """The heads of all parties of a phrase: coordination, "both A and B", "the leaders of A and B" behind "we"."""
        head = antecedent(token)
        yield from coordinated(head)
        for listed in head.children:  # the parser takes the middle of "A, B and C" for an apposition at times
            if listed.dep_ == "appos" and any(c.dep_ == "cc" for c in listed.children):
                yield from coordinated(listed)

    def parties(self, token: Token) -> list[records.Party]:
        """The parties of a phrase that are agents: "Norway and its partners" -> two parties."""
        found: list[records.Party] = []
        for head in self.heads(token):
            if self.standing(head) != "never":
                for party in parties.resolve_each(head.doc, phrase(head)):
                    if all((party.name, party.start) != (p.name, p.start) for p in found):
                        found.append(party)
        return found


def _in_heading(token: Token) -> bool:
    """Whether a token stands in a heading, where capitals tell nothing."""
    segment = segments.at(layers.get(token.doc, "segments"), token.idx)
    return segment is not None and segment.kind == "heading"


def entity_type(token: Token) -> records.EntityType | None:
    """The type of the name that a token belongs to."""
    return types(token.doc).get(token.i)


def types(doc: Doc) -> dict[int, records.EntityType]:
    """The entity type of each token of a name, made once a document."""
    known = doc.user_data.get("communique_entity_types")
    if known is None:
        known = {token.i: span.label_ for span in doc.spans.get("entities", ()) for token in span}
        doc.user_data["communique_entity_types"] = known
    return known


def phrase(head: Token) -> Span:
    """The words of a party: head, what stands before it, "of" and "for" phrases; no relative clause, no apposition.

    "the Department of Health, which ...": the Department of Health.
    """
    doc = head.doc
    if head.pos_ == "PRON":
        return doc[head.i : head.i + 1]
    start, end = head.i, head.i + 1
    for child in head.lefts:
        if child.dep_ not in APART:
            start = child.left_edge.i
            break
    for child in follow(head, "prep(of|for|in)"):
        if child.i == end:
            last = next((c for c in child.children if c.dep_ == "pobj"), None)
            if last is not None:
                end = phrase(last).end
    return doc[start:end]
