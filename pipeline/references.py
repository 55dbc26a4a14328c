"""References: what third-person pronouns and short descriptions stand for, where the text decides.

    Maria Ruiz met the ministers. She promised ...      she = Maria Ruiz, the only person in sight
    Ford said it will build ...                         it = Ford, the subject of the saying
    Norway and Chad met. They agreed ...                they = both
    ... Acme ... The company will ...                   the company = Acme, the only body in sight

In sight is what this sentence and the one before name. Two that fit are one too many, unless one of them is the
subject: a guess is worse than an open pronoun.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from spacy.tokens import Doc, Span, Token

from pipeline import layers, records, rulebook

Kind = Literal["person", "body", "several"]
SIGHT = 24  # names that are kept in sight; a sentence names fewer

KINDS: dict[str, Kind] = {
    "PERSON": "person", "ORG": "body", "GPE": "body", "PROGRAMME": "body", "NORP": "several",
    "FAC": "body", "EVENT": "body", "AGREEMENT": "body", "LOC": "body",
}  # fmt: skip


class Pronoun(rulebook.Rule):
    """Forms of one pronoun, and what they stand for."""

    words: list[rulebook.Lower]
    kind: Kind
    gender: Literal["man", "woman"] | None = None


class Description(rulebook.Rule):
    """Nouns that, with an article, stand for a named thing of one of the `types`."""

    nouns: list[rulebook.Lower]
    types: list[records.EntityType]


@dataclass(frozen=True)
class Referent:
    """What a word stands for: one name, or several ("they" = the two leaders just named), each with its entity's id."""

    names: tuple[tuple[str, str | None], ...]
    rule: str

    @property
    def entity(self) -> str | None:
        """The entity, where it is exactly one."""
        return self.names[0][1] if len(self.names) == 1 else None


@dataclass(frozen=True)
class Candidate:
    """Something in sight that a later word may stand for."""

    names: tuple[tuple[str, str | None], ...]
    kind: Kind
    subject: bool
    sentence: int
    quote: int | None
    token: Token
    type: str | None = None


@dataclass
class Sight:
    """What has been named lately, newest last."""

    candidates: deque[Candidate] = field(default_factory=lambda: deque(maxlen=SIGHT))
    genders: dict[str, str] = field(default_factory=dict)


class References:
    """Resolves third-person words of a Doc."""

    def __init__(self, pronouns: Sequence[Pronoun], descriptions: Sequence[Description]) -> None:
        self.pronouns = {word: rule for rule in pronouns for word in rule.words}
        self.descriptions = {noun: rule for rule in descriptions for noun in rule.nouns}

    def find(
        self, doc: Doc, entities: Mapping[int, records.Entity], quote_of: Sequence[int | None], quoted: Mapping[int, str]
    ) -> dict[int, Referent]:
        """The referents by token. `entities` holds the entity of each token of a name, `quote_of` the number of the
        direct statement around each token, `quoted` the speaker's entity of each.
        """
        found: dict[int, Referent] = {}
        sight = Sight()
        heads = _heads(doc, entities)
        sentence = -1
        for token in doc:
            if token.is_sent_start or token.i == 0:
                sentence += 1
            if token.i in heads:
                entity = heads[token.i]
                names: tuple[tuple[str, str | None], ...] = ((entity.name, entity.id),)
                self._see(sight, token, names, KINDS[entity.type], sentence, quote_of, entity.type)
                if token.dep_ == "conj":
                    self._see_both(sight, sentence, quote_of, token)
                continue
            rule = self.pronouns.get(token.lower_)
            if rule is not None and token.tag_ in ("PRP", "PRP$"):
                hit = self._pronoun(token, rule, sight, sentence, quote_of, quoted)
                if hit is not None:
                    found[token.i] = Referent(hit.names, rule.id)
                    self._see(sight, token, hit.names, hit.kind, sentence, quote_of, hit.type)
                    if hit.kind == "person" and rule.gender and hit.names[0][1]:
                        sight.genders.setdefault(hit.names[0][1], rule.gender)
            elif token.tag_ == "NNS" and token.dep_ in ("nsubj", "nsubjpass", "agent") and token.i not in entities:
                words = doc[token.left_edge.i : token.i + 1].text
                self._see(sight, token, ((_bare(words), None),), "several", sentence, quote_of)
            elif token.tag_ == "NN" and token.lower_ in self.descriptions:
                hit = self._description(token, sight, sentence)
                if hit is not None:
                    found[token.i] = Referent(hit.names, self.descriptions[token.lower_].id)
                    self._see(sight, token, hit.names, hit.kind, sentence, quote_of, hit.type)
        return found

    def _see(self, sight: Sight, token: Token, names: tuple[tuple[str, str | None], ...], kind: Kind, sentence: int,
             quote_of: Sequence[int | None], type_: str | None = None) -> None:
        first = token
        while first.dep_ == "conj" and first.head.i < first.i:
            first = first.head
        subject = first.dep_ in ("nsubj", "nsubjpass")
        sight.candidates.append(Candidate(names, kind, subject, sentence, quote_of[token.i], token, type_))

    def _see_both(self, sight: Sight, sentence: int, quote_of: Sequence[int | None], token: Token) -> None:
        """Add "Norway and Chad" as one candidate for "they"."""
        first = token
        while first.dep_ == "conj" and first.head.i < first.i:
            first = first.head
        members = [c for c in sight.candidates if c.token.i == first.i or first in c.token.ancestors and c.token.dep_ == "conj"]
        members = [c for c in members if c.kind in ("person", "body") and len(c.names) == 1]
        if len(members) > 1:
            names = tuple(dict.fromkeys(c.names[0] for c in members))
            self._see(sight, first, names, "several", sentence, quote_of)

    def _pronoun(self, token: Token, rule: Pronoun, sight: Sight, sentence: int, quote_of: Sequence[int | None],
                 quoted: Mapping[int, str]) -> Candidate | None:
        quote = quote_of[token.i]
        near = [c for c in sight.candidates if sentence - c.sentence <= 1 and c.quote in (None, quote)]
        if rule.kind == "person":
            return self._person(token, rule, near, sentence, sight, quoted.get(quote) if quote is not None else None)
        if rule.kind == "body":
            return _body(token, near, sentence)
        return _several(token, near, sentence)

    def _person(self, token: Token, rule: Pronoun, near: Sequence[Candidate], sentence: int, sight: Sight,
                speaker: str | None) -> Candidate | None:
        fits = [c for c in near if c.kind == "person" and c.names[0][1] != speaker
                and sight.genders.get(c.names[0][1] or "", rule.gender) == rule.gender]
        return _only(fits) or _subject(fits, sentence)

    def _description(self, token: Token, sight: Sight, sentence: int) -> Candidate | None:
        if not any(t.lower_ in ("the", "this") for t in token.lefts) or any(t.dep_ in ("amod", "compound", "poss") for t in token.lefts):
            return None
        if any(t.dep_ in ("prep", "relcl", "acl", "appos") for t in token.rights):
            return None
        types = self.descriptions[token.lower_].types
        return _only([c for c in sight.candidates if c.type in types and sentence - c.sentence <= 1])


def _only(fits: Sequence[Candidate]) -> Candidate | None:
    """The one that all candidates name, or None."""
    return fits[-1] if fits and len({c.names for c in fits}) == 1 else None


def _subject(fits: Sequence[Candidate], sentence: int) -> Candidate | None:
    """The only subject among the candidates of this sentence, else of the one before."""
    for number in (sentence, sentence - 1):
        here = [c for c in fits if c.sentence == number and c.subject]
        if here:
            return _only(here)
    return None


def _body(token: Token, near: Sequence[Candidate], sentence: int) -> Candidate | None:
    if token.dep_ == "expl" or _is_empty(token):
        return None
    fits = [c for c in near if c.kind == "body" and c.type in ("ORG", "GPE", "PROGRAMME")]
    own = [c for c in fits if c.sentence == sentence and c.subject and _governs(c.token, token)]
    if own:
        return own[-1]
    if token.dep_ in ("nsubj", "nsubjpass") and not any(c.sentence == sentence for c in fits):
        return _only([c for c in fits if c.subject])
    return None


def _is_empty(token: Token) -> bool:
    """Whether "it" names nothing: "it is clear that", "it takes time to"."""
    verb = token.head
    return token.dep_ == "nsubj" and verb.lemma_ in ("be", "seem", "appear", "take", "remain") and any(
        t.dep_ in ("ccomp", "xcomp", "advcl", "csubj", "acl") for t in verb.subtree if t.i > token.i
    )


def _governs(name: Token, pronoun: Token) -> bool:
    """Whether a name is the subject of the clause that the pronoun stands in, or of the one that governs it."""
    while name.dep_ == "conj":
        name = name.head
    verb = name.head
    above = pronoun.head
    for _ in range(12):
        if above == verb:
            return pronoun.i > name.i
        if above.head == above:
            return False
        if any(t.dep_ in ("nsubj", "nsubjpass") and t != pronoun for t in above.children) and above.pos_ in ("VERB", "AUX"):
            return False
        above = above.head
    return False


def _several(token: Token, near: Sequence[Candidate], sentence: int) -> Candidate | None:
    fits = [c for c in near if c.kind == "several"]
    own = [c for c in fits if c.sentence == sentence and c.subject and _governs(c.token, token)]
    if own:
        return own[-1]
    if token.dep_ in ("nsubj", "nsubjpass"):
        earlier = [c for c in fits if c.sentence == sentence - 1 and c.subject]
        return _only(earlier)
    body = [c for c in near if c.type == "ORG" and c.sentence == sentence and c.subject and _governs(c.token, token)]
    return body[-1] if body else None


def _heads(doc: Doc, entities: Mapping[int, records.Entity]) -> dict[int, records.Entity]:
    """The head token of each name, where the names of a longer one do not count."""
    heads = {}
    for i, entity in entities.items():
        token = doc[i]
        if entities.get(token.head.i) is not entity or token.head == token or token.head.i == i:
            heads[i] = entity
    return heads


def _bare(words: str) -> str:
    first, _, rest = words.partition(" ")
    return rest if rest and first.lower() in ("the", "a", "an", "these", "those", "both") else words
