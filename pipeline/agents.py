"""Agents: who can bind himself, judged by general head nouns and by the type of the name, and as parties of a record.

    Norway, Acme, the minister, NATO leaders    act: any trigger binds them
    families, Australians, they (unresolved)    speak: "pledged" binds them, a mere "will" about them is a forecast
    the fund, the Clean Air Act                 never

A list of names would be right on the texts that it was made from and wrong on all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from spacy.tokens import Doc, Span, Token

from pipeline import layers, lookup, parties, records, rulebook, segments, shapes

Standing = Literal["acts", "speaks", "never"]

APART = frozenset(
    ("punct", "cc", "preconj", "advmod", "advcl", "relcl", "appos", "nsubj", "aux", "mark", "prep", "intj", "dep")
)
"""What may stand before a noun without belonging to its phrase: "only the minister"."""


class Agent(rulebook.Rule):
    """A class of words by what their bearers can do.

    `heads` are lemmas of head nouns, `types` entity types, `endings` those of nouns for peoples. `pronouns` that act do
    so whoever they are ("we"); those that speak are asked for what they stand for ("it" = the bank).
    """

    standing: Standing
    heads: list[rulebook.Lower] = []
    types: list[records.EntityType] = []
    pronouns: list[rulebook.Lower] = []
    endings: list[rulebook.Lower] = []
    collective: bool = False
    """Whether several owners are meant by the plural: "our countries" in a joint statement are its signatories."""


class Judgement(NamedTuple):
    """What somebody can do, and the rule that says so; None where the judgement is the want of any rule."""

    standing: Standing
    rule: str | None = None


class Agents:
    """Judges noun phrases; built from the rules of agents.toml."""

    def __init__(self, rules: Sequence[Agent]) -> None:
        self._heads = {head: Judgement(rule.standing, rule.id) for rule in rules for head in rule.heads}
        self._types = {type_: Judgement(rule.standing, rule.id) for rule in rules for type_ in rule.types}
        self._pronouns = {word: Judgement(rule.standing, rule.id) for rule in rules for word in rule.pronouns}
        self._collectives = {head for rule in rules if rule.collective for head in rule.heads}
        self._endings = [(ending, Judgement(rule.standing, rule.id)) for rule in rules for ending in rule.endings]

    @shapes.kept
    def judge(self, head: Token) -> Judgement:
        """What the bearer of the phrase around `head` can do: of "NATO leaders" ("acts", "offices")."""
        if head.tag_ in ("PRP", "PRP$", "DT", "WP", "WDT", "EX"):
            return self._pronoun(head)
        type_ = entity_type(head)
        for form in (shapes.lemma(head), head.lower_, head.lower_.removesuffix("s")):
            if form in self._heads:
                is_any = type_ is None and form in self._collectives and _is_any(head)
                return Judgement("speaks") if is_any else self._heads[form]  # "a nation that learns will ..."
        if any(child.dep_ == "nummod" for child in shapes.rights(head)):
            return Judgement("never")  # "EO 14219", "Boeing 737"
        if type_ is not None:
            return self._typed(type_, head.lower_)
        # A name that no layer knows: "Northwind will build ..."; things have an article: "the Pilot will ...".
        is_bare = head.tag_ == "NNP" and not any(child.dep_ == "det" for child in shapes.lefts(head))
        if is_bare and head.ent_type_ in ("", "PERSON", "ORG", "GPE") and not in_heading(head):
            last = shapes.lemma(phrase(head)[-1])  # of "Homes for Heroes scheme", which the parser hangs on "Homes"
            return self._heads[last] if last in self._heads else Judgement("acts")
        return Judgement("never")

    def standing(self, head: Token) -> Standing:
        """The judgement without its rule."""
        return self.judge(head).standing

    @shapes.kept
    def parties(self, token: Token) -> list[records.Party]:
        """The parties of a phrase that are agents: "Norway and its partners" -> two parties."""
        found: list[records.Party] = []
        names: list[str] = []
        reached = -1
        for head in _heads(token):
            if head.i < reached:
                continue  # the second office of "Adviser and Director Ann Roe"
            bearer = _bearer(head)
            if bearer is not None:
                reached = bearer.i
            name = _names(head.doc).get(head.i if bearer is None else bearer.i)
            if name is not None and name.id in names:
                continue  # "Berg & Holm" is one
            if name is not None:
                names.append(name.id)
            if self.standing(head) != "never":
                for party in self._resolve(head):
                    if all((party.name, party.start) != (p.name, p.start) for p in found):
                        found.append(party)
        return found

    def resolved(self, head: Token) -> Token:
        """The head itself, or what an open pronoun stands for by its place: "The airline announced that it will hire".

        Such a pronoun stands for the subject above it, if number allows: "its" is not "the airlines'".
        """
        if head.tag_ not in ("PRP", "PRP$") or "Person=3" not in str(head.morph):
            return head
        if parties.resolve(head.doc, head.doc[head.i : head.i + 1]).name is not None:
            return head
        node = head.head
        for _ in range(shapes.MAX_CLIMB):
            subject = shapes.own_subject(node)
            if subject is not None and subject.i != head.i:
                plural = subject.tag_ in ("NNS", "NNPS") or any(c.dep_ == "conj" for c in shapes.children(subject))
                fits = plural == ("Number=Plur" in str(head.morph)) and subject.pos_ in ("NOUN", "PROPN")
                if fits and self.standing(subject) != "never":
                    return subject
            if node.dep_ in ("relcl", "advcl") or node.head == node:
                break
            node = node.head
        return head

    def _resolve(self, head: Token) -> list[records.Party]:
        """The parties of one head; "our governments" are those whom "our" stands for, if they are several."""
        words, bearer = phrase(head), _bearer(head)
        found: list[records.Party] = []
        if bearer is not None:
            found = parties.resolve_each(head.doc, head.doc[bearer.i : bearer.i + 1])
        owner = next((child for child in shapes.lefts(head) if child.tag_ == "PRP$"), None)
        if owner is not None and shapes.lemma(head) in self._collectives and head.tag_ in ("NNS", "NNPS"):
            found = parties.resolve_each(head.doc, head.doc[owner.i : owner.i + 1])
        if bearer is None and len(found) <= 1:
            is_torn = words.root != head and entity_type(head) is not None
            found = parties.resolve_each(head.doc, head.doc[head.i : words.end] if is_torn else words)
        start, end = words.start_char, words.end_char
        if (found[0].start, found[0].end) == (start, end):
            return found
        text = lookup.text(head.doc)[start:end]
        return [party.model_copy(update={"start": start, "end": end, "text": text}) for party in found]

    def rules(self, token: Token) -> set[str]:
        """The ids of the rules that judge the heads of a phrase."""
        return {id_ for head in _heads(token) if (id_ := self.judge(head).rule) is not None}

    def _typed(self, type_: records.EntityType, word: str) -> Judgement:
        if type_ == "NORP":
            return next((judgement for ending, judgement in self._endings if word.endswith(ending)), Judgement("acts"))
        return self._types.get(type_, Judgement("never"))

    def _pronoun(self, token: Token) -> Judgement:
        known = self._pronouns.get(token.lower_, Judgement("never"))
        if known.standing != "speaks":
            return known
        unknown = known if "Number=Plur" in str(token.morph) else Judgement("never")
        each = parties.resolve_each(token.doc, token.doc[token.i : token.i + 1])
        judged = [self._referent(token.doc, party, unknown) for party in each]
        return next((one for one in judged if one.standing != "acts"), judged[0])

    def _referent(self, doc: Doc, party: records.Party, unknown: Judgement) -> Judgement:
        """The judgement of one for whom a pronoun stands."""
        if party.name is None:
            return unknown
        last = party.name.split()[-1].lower()
        for form in (last, last.removesuffix("s"), last.removesuffix("ies") + "y"):
            if form in self._heads:
                return self._heads[form]
        type_ = next((e.type for e in layers.get(doc, "entities") if e.id == party.entity), None)
        return unknown if type_ is None else self._typed(type_, last)


def _bearer(office: Token) -> Token | None:
    """The person whose office is named before him: "the minister of trade, Ann Roe,": Roe."""
    if entity_type(office) is not None:
        return None
    return next((c for c in shapes.rights(office) if c.dep_ == "appos" and entity_type(c) == "PERSON"), None)


def phrase(head: Token) -> Span:
    """The words of a party: head, what stands before it, "of" and "for" phrases; no relative clause, no apposition.

    "the Department of Health, which ...": the Department of Health.
    """
    doc = head.doc
    if head.pos_ == "PRON":
        return doc[head.i : head.i + 1]
    start = next((child.left_edge.i for child in shapes.lefts(head) if child.dep_ not in APART), head.i)
    while start < head.i and doc[start].tag_ in ("IN", "TO"):
        start += 1  # of "up to 300 nurses"
    while start >= 2 and doc[start - 1].text == "-" and not doc[start - 1].whitespace_:
        start -= 2  # "re-elected", "co-chairs", which the tokenizer cuts and the parser tears apart
        start -= start > 0 and doc[start - 1].pos_ == "DET"
    end = head.i + 1
    for child in shapes.rights(head):
        if child.i == end and child.dep_ == "prep" and child.lower_ in ("of", "for", "in"):
            last = next((c for c in shapes.children(child) if c.dep_ == "pobj"), None)
            if last is not None:
                end = max(phrase(token).end for token in _alike(last))
    return doc[start:end]


def _alike(noun: Token) -> Iterator[Token]:
    """A noun and those joined to it in the same form: "Heads of [State] and [Government]", not "of Iraq and the EU"."""
    has_article = _has_article(noun)
    for token in shapes.coordinated(noun):
        is_bare_name = token.pos_ == "PROPN" and not _has_article(token)  # "the United States and Peru"
        if token.pos_ != noun.pos_ or not (is_bare_name or _has_article(token) == has_article):
            return
        yield token


def _has_article(noun: Token) -> bool:
    return any(child.dep_ == "det" for child in shapes.lefts(noun))


def entity_type(token: Token) -> records.EntityType | None:
    """The type of the name that a token belongs to."""
    name = _names(token.doc).get(token.i)
    return None if name is None else name.type


def _is_any(head: Token) -> bool:
    """Whether a phrase names nobody in particular: "a skilled nation"; but "a Labor government"."""
    is_indefinite = any("Definite=Ind" in str(child.morph) for child in shapes.lefts(head))
    return is_indefinite and not any(child.pos_ == "PROPN" for child in shapes.lefts(head))


@lru_cache(maxsize=1)
def _names(doc: Doc) -> Mapping[int, records.Entity]:
    """The names of the Doc that is being read, by token."""
    return parties.named(doc)


def _heads(token: Token) -> Iterator[Token]:
    """The heads of all parties of a phrase: those coordinated with it, and what a relative pronoun stands for."""
    head = shapes.antecedent(token)
    yield from shapes.coordinated(head)
    for child in shapes.children(head):  # the parser takes the middle of "A, B and C" for an apposition at times
        joins = any(c.dep_ == "cc" for c in shapes.children(child))
        if child.dep_ == "appos" and joins:
            yield from shapes.coordinated(child)
        elif child.dep_ in ("nmod", "compound") and joins and entity_type(child) == "PERSON":
            yield child  # and the first of "Secretary Ruiz and Minister Berg" for a part of the last name


def in_heading(token: Token) -> bool:
    """Whether a token stands in a heading, where capitals tell nothing."""
    segment = segments.at(layers.get(token.doc, "segments"), token.idx)
    return segment is not None and segment.kind == "heading"
