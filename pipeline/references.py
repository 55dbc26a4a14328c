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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from spacy.tokens import Doc, Token

from pipeline import layers, records, rulebook
from pipeline.lookup import Lookup, sentence_starts, spread

if TYPE_CHECKING:
    from pipeline.titles import Role, Titles

Kind = Literal["person", "body", "several"]
Names = tuple[tuple[str, str | None], ...]

SIGHT = 24  # names that are kept in sight; few sentences name more
CLAUSES = frozenset({"ccomp", "xcomp", "advcl", "csubj"})
BESIDE = frozenset({"case", "punct", "cc", "conj"})  # what may follow a phrase without being more of it
FAR_WORDS = 40  # tokens between a body and a "they" of its members
FAR = 3  # sentences back in which a "he" is looked for when the last two name nobody
PLURALS = ("NNS", "NNPS")
SUBJECTS = ("nsubj", "nsubjpass")
MAX_DEPTH = 12  # heads between a pronoun and the verb of its clause, members of a list

KINDS: dict[str, Kind] = {
    "PERSON": "person", "ORG": "body", "GPE": "body", "PROGRAMME": "body", "NORP": "several",
    "FAC": "body", "EVENT": "body", "AGREEMENT": "body", "LOC": "body",
}  # fmt: skip


class Pronoun(rulebook.Rule):
    """Forms of one pronoun, and what they stand for."""

    words: list[rulebook.Lower]
    kind: Kind
    gender: Literal["man", "woman"] | None = None
    empty_with: list[rulebook.Lower] = []
    """Verbs with which it names nothing, when a clause follows: "it is clear that", "it takes time to"."""


class Description(rulebook.Rule):
    """Nouns that, with an article, stand for a named thing of one of the `types`."""

    nouns: list[rulebook.Lower]
    types: list[records.EntityType]
    linked: bool = False
    """Whether only what has a public identifier is meant: "the country" is no city."""


@dataclass(frozen=True)
class Referent:
    """What a word stands for: one name, or several ("they" = the two leaders just named), each with its entity's id."""

    names: Names
    rule: str

    @property
    def entity(self) -> str | None:
        """The entity, where it is exactly one."""
        return self.names[0][1] if len(self.names) == 1 else None

    @property
    def possessive(self) -> str:
        """The names as an owner: "Norway and Chad's", "the Ruiz brothers'"."""
        name = " and ".join(name for name, _ in self.names)
        return name + ("'" if name.endswith("s") else "'s")


@dataclass(frozen=True, eq=False)
class Candidate:
    """Something in sight that a later word may stand for. `outer` counts the sentences of the text, a quotation as none
    of its own; `inner` counts all, so that both tell how far back a name is.
    """

    names: Names
    kind: Kind
    token: Token
    quote: int | None
    outer: int
    inner: int
    type: str | None = None

    @property
    def subject(self) -> bool:
        """Whether the phrase is a subject."""
        return phrase_head(self.token).dep_ in SUBJECTS


@dataclass(frozen=True)
class Name:
    """A name in the text: the tokens `start:end`, the head among them, and the entity."""

    start: int
    end: int
    root: int
    entity: records.Entity


class Sight:
    """What has been named lately, newest last, and where the reading stands."""

    def __init__(self, doc: Doc, quote_of: Sequence[int | None]) -> None:
        self.candidates: deque[Candidate] = deque(maxlen=SIGHT)
        self.genders: dict[str, str] = {}
        self.linked: set[str | None] = set()
        self.quote_of = quote_of
        starts = sentence_starts(doc)
        self.inner: list[int] = np.cumsum(starts).tolist()
        self.outer: list[int] = np.cumsum(starts & np.array([n is None for n in quote_of], dtype=bool)).tolist()

    def add(self, token: Token, names: Names, kind: Kind, type_: str | None = None) -> None:
        """Take a name into sight."""
        quote = self.quote_of[token.i]
        self.candidates.append(Candidate(names, kind, token, quote, self.outer[token.i], self.inner[token.i], type_))

    def ages(self, token: Token, most: int = 1) -> dict[Candidate, int]:
        """The names in this sentence (0) and the one before (1), or up to `most` before. From outside of quotation
        marks what stands in them is out of sight.
        """
        quote = self.quote_of[token.i]
        ages = {}
        for c in self.candidates:
            if c.quote is None or c.quote == quote:
                within = c.quote is not None and c.quote == quote
                age = self.inner[token.i] - c.inner if within else self.outer[token.i] - c.outer
                if age <= most:
                    ages[c] = age
        return ages


class References:
    """Resolves third-person words of a Doc."""

    def __init__(self, pronouns: Sequence[Pronoun], descriptions: Sequence[Description], titles: Titles) -> None:
        self.titles = titles
        self.pronouns = {word: rule for rule in pronouns for word in rule.words}
        self.descriptions = {noun: rule for rule in descriptions for noun in rule.nouns}
        self._word_at = Lookup("LOWER", [*self.pronouns, *self.descriptions, *titles.words])
        self._plural_at = Lookup("TAG", PLURALS)
        self._subject_at = Lookup("DEP", SUBJECTS)

    def find(
        self,
        doc: Doc,
        names: Sequence[Name],
        entities: Mapping[int, records.Entity],
        holders: Mapping[str, Sequence[str]],
        quote_of: Sequence[int | None],
        speakers: Mapping[int, str],
    ) -> dict[int, Referent]:
        """The referents by token. `entities` holds the entity of each token of a name, `holders` the people who bear
        each office, `quote_of` the number of the statement in quotation marks around each token, `speakers` the
        speaker's entity of each statement.
        """
        found: dict[int, Referent] = {}
        heads = {name.root: entities[name.root] for name in names}
        people = {entity.id: entity for entity in heads.values() if entity.type == "PERSON"}
        held = {office: [people[id_] for id_ in ids if id_ in people] for office, ids in holders.items()}
        sight = Sight(doc, quote_of)
        sight.linked = {entity.id for entity in heads.values() if entity.link is not None}
        times = spread(doc, {n: (date.start, date.end) for n, date in enumerate(layers.get(doc, "dates"))})
        concerned = self._word_at.mask(doc) | (self._plural_at.mask(doc) & self._subject_at.mask(doc))
        concerned[list(heads)] = True
        for i in np.flatnonzero(concerned).tolist():
            token = doc[i]
            if token.i in heads:
                entity = heads[token.i]
                sight.add(token, ((entity.name, entity.id),), KINDS[entity.type], entity.type)
                if token.dep_ == "conj":
                    _add_both(sight, token)
                continue
            rule: Pronoun | Description | Role | None = None
            hit: Candidate | None = None
            if token.tag_ in ("PRP", "PRP$"):
                rule = self.pronouns.get(token.lower_)
                hit = None if rule is None else _pronoun(token, rule, sight, speakers)
            elif self._is_group(token, entities) and times[token.i] is None:
                sight.add(token, ((_words(token), None),), "several")
            elif token.tag_ in ("NN", "NNP") and token.i not in entities:
                rule, hit = self._noun(token, held, sight)
            if rule is not None and hit is not None:
                found[token.i] = Referent(hit.names, rule.id)
                sight.add(token, hit.names, hit.kind, hit.type)
                if isinstance(rule, Pronoun) and rule.gender and hit.names[0][1]:
                    sight.genders.setdefault(hit.names[0][1], rule.gender)
        return found

    def _noun(
        self, token: Token, held: Mapping[str, Sequence[records.Entity]], sight: Sight
    ) -> tuple[Description | Role | None, Candidate | None]:
        """What a noun stands for by its kind ("the company") or as an office that people of the text have `held`."""
        description = self.descriptions.get(token.lower_)
        if description is not None:
            return description, _description(token, description, sight)
        role = self.titles.role(token) if _is_definite(token) else None
        if role is None:
            return None, None
        hit = _holder(token, held.get(_office(token), ()), sight)
        if hit is None:  # he is in sight all the same: "The President met his staff"
            sight.add(token, ((_words(token), None),), "person")
        return role, hit

    def _is_group(self, token: Token, entities: Mapping[int, records.Entity]) -> bool:
        """Whether a plural subject that is no name; the tagger takes "Heads of State" for a singular name."""
        if token.i in entities or token.dep_ not in SUBJECTS or token.is_punct:
            return False  # the parser takes the hyphen of "co-chairs" for a noun
        office = token.tag_ == "NNP" and token.lower_.endswith("s") and self.titles.role(token) is not None
        return office or token.tag_ in PLURALS


def _is_definite(head: Token) -> bool:
    """Whether a phrase is "the ..." without more behind it, so that it can stand for something named before."""
    first = head.doc[head.left_edge.i]
    if head.i + 1 < len(head.doc) and head.doc[head.i + 1].text == ":":  # "THE PRESIDENT: Thank you." has no grammar
        return first.lower_ == "the"
    bare = first.lower_ in ("the", "this") and all(t.dep_ in BESIDE for t in head.rights)
    return bare and head.dep_ not in ("compound", "appos", "attr")


def _description(head: Token, rule: Description, sight: Sight) -> Candidate | None:
    """What "the company" stands for: no other words in the phrase, and one such thing in sight."""
    if not _is_definite(head) or head.left_edge.i != head.i - 1:
        return None
    fits = [c for c in sight.ages(head) if c.type in rule.types]
    return _only(c for c in fits if not rule.linked or c.names[0][1] in sight.linked)


def _office(head: Token) -> str:
    """The words of "the Secretary-General" as titles are kept: "secretary general"."""
    words = [t.lower_ for t in head.doc[head.left_edge.i + 1 : head.i + 1] if not t.is_punct]
    return " ".join(words).replace("-", " ")


def _holder(head: Token, people: Sequence[records.Entity], sight: Sight) -> Candidate | None:
    """The person meant by his office: the only one in the text who holds it."""
    if len(people) != 1:
        return None
    names = ((people[0].name, people[0].id),)
    quote, outer, inner = sight.quote_of[head.i], sight.outer[head.i], sight.inner[head.i]
    return Candidate(names, "person", head, quote, outer, inner, "PERSON")


def _pronoun(token: Token, rule: Pronoun, sight: Sight, speakers: Mapping[int, str]) -> Candidate | None:
    ages = {c: age for c, age in sight.ages(token).items() if not _same_clause_object(c.token, token)}
    if rule.kind == "body":
        return _body(token, ages, rule)
    if rule.kind == "several":
        return _several(token, ages)
    quote = sight.quote_of[token.i]
    speaker = None if quote is None else speakers.get(quote)
    fits = _people(ages, rule, speaker, sight)
    if not fits and token.dep_ == "nsubj":
        return _only(_people(sight.ages(token, FAR), rule, speaker, sight))
    governing = _governing(token, fits)
    if governing is not None:
        later = {c.names for c in fits if c.token.i > governing.token.i}
        return governing if later <= {governing.names} else None
    by_subject = token.dep_ in ("nsubj", "nsubjpass", "poss")
    return _only(fits) or (_subject(fits) if by_subject else None)


def _people(ages: Mapping[Candidate, int], rule: Pronoun, speaker: str | None, sight: Sight) -> dict[Candidate, int]:
    """The people among the candidates whom the pronoun fits; in his own words nobody calls himself "he"."""
    return {
        c: age
        for c, age in ages.items()
        if c.kind == "person"
        and (speaker is None or c.names[0][1] != speaker)
        and sight.genders.get(c.names[0][1] or "", rule.gender) == rule.gender
    }


def _body(token: Token, ages: Mapping[Candidate, int], rule: Pronoun) -> Candidate | None:
    if token.dep_ == "expl" or _is_empty(token, rule):
        return None
    fits = {c: age for c, age in ages.items() if c.type in ("ORG", "GPE", "PROGRAMME")}
    beside = _beside(token)
    if beside is not None:
        # not "in Norway and Chad and its neighbours"
        alone = beside.dep_ != "conj" and not any(t.dep_ == "conj" and t.i < token.i for t in beside.rights)
        return next((c for c in fits if c.token == beside and alone), None)
    governing = _governing(token, fits)
    if governing is not None:
        return governing
    if token.dep_ in SUBJECTS and 0 not in fits.values() and not _follows_thing(token):
        earlier = _only([c for c in fits if c.subject])
        return None if earlier is not None and _is_of_thing(earlier, token) else earlier
    return None


def _beside(pronoun: Token) -> Token | None:
    """The noun whose the thing beside it is: "Chad" of "Norway trades with Chad and its neighbours"."""
    thing = pronoun.head
    if pronoun.dep_ != "poss" or thing.dep_ != "conj" or thing.head.pos_ not in ("NOUN", "PROPN"):
        return None
    return None if any(t.tag_ == "PRP$" for t in thing.head.lefts) else thing.head


def _follows_thing(pronoun: Token) -> bool:
    """Whether a lower clause follows something in its sentence that "it" may mean: "press the regime until it"."""
    if pronoun.head.dep_ in ("ROOT", "conj"):
        return False
    for token in reversed(pronoun.doc[max(0, pronoun.i - FAR_WORDS) : pronoun.i]):
        if token.tag_ == "NN" and token.dep_ in ("nsubj", "dobj", "pobj"):
            return True
        if token.is_sent_start:
            return False
    return True


def _is_of_thing(body: Candidate, pronoun: Token) -> bool:
    """Whether "it" rather means what the body of the sentence before dealt with: in "Acme sold a mill. It makes paper."
    the mill; or what is said at all: "It is a good day."
    """
    if body.type == "PROGRAMME":
        return False
    if pronoun.head.lemma_ == "be":
        return True
    for token in body.token.doc[body.token.i + 1 : body.token.i + FAR_WORDS]:
        if token.is_sent_start:
            return False
        if token.dep_ == "dobj" and token.tag_ in ("NN", "NNP"):
            return True
    return False


def _several(token: Token, ages: Mapping[Candidate, int]) -> Candidate | None:
    fits = {c: age for c, age in ages.items() if c.kind == "several"}
    body = _governing(token, {c: age for c, age in ages.items() if c.type == "ORG"})
    if body is not None and _has_plural_between(body.token, token):
        body = None  # "The Administration helps teachers as they recover"
    governing = _governing(token, fits) or body
    if governing is not None:
        return governing
    if token.dep_ not in SUBJECTS or _has_plural_before(token):
        return None
    earlier = [c for c, age in fits.items() if age == 1 and c.subject]
    if earlier:
        return _only(earlier)
    people = {c.names: c for c, age in ages.items() if c.kind == "person" and age == 1}
    if len(people) != 2 or 0 in ages.values():
        return None
    one, other = people.values()  # "Biden met Ghani. They agreed ..."
    return Candidate(one.names + other.names, "several", one.token, one.quote, one.outer, one.inner)


def _has_plural_between(name: Token, pronoun: Token) -> bool:
    """Whether a plural noun stands between the two that does not itself govern the pronoun ("sold shares in their")."""
    plurals = [t for t in pronoun.doc[max(name.i + 1, pronoun.i - FAR_WORDS) : pronoun.i] if t.tag_ in PLURALS]
    return bool(plurals) and any(not t.is_ancestor(pronoun) for t in plurals)


def _has_plural_before(pronoun: Token) -> bool:
    """Whether the sentence has a plural noun before the pronoun, which is then not sure to mean an earlier one."""
    for token in reversed(pronoun.doc[max(0, pronoun.i - FAR_WORDS) : pronoun.i + 1]):
        if token.tag_ in PLURALS:
            return True
        if token.is_sent_start:
            return False
    return True


def _governing(token: Token, ages: Mapping[Candidate, int]) -> Candidate | None:
    """The last of the candidates that is the subject of the clause around the pronoun."""
    here = [c for c, age in ages.items() if age == 0 and c.subject and _governs(c.token, token)]
    return here[-1] if here else None


def _is_empty(token: Token, rule: Pronoun) -> bool:
    """Whether "it" names nothing: "it is clear that", "it takes time to"."""
    verb = token.head
    if verb.lemma_ == "go":  # "it is going to take time"
        verb = next((t for t in verb.rights if t.dep_ == "xcomp"), verb)
    elif not any(t.dep_ in CLAUSES or any(u.dep_ in CLAUSES for u in t.rights) for t in verb.rights):
        return False
    return token.dep_ == "nsubj" and verb.lemma_ in rule.empty_with


def _governs(name: Token, pronoun: Token) -> bool:
    """Whether a name is the subject of the clause that the pronoun stands in, or of the one that governs it."""
    verb = phrase_head(name).head
    above = pronoun.head
    for _ in range(MAX_DEPTH):
        if above == verb:
            return pronoun.i > name.i
        if above.head == above or (above.pos_ in ("VERB", "AUX") and _has_other_subject(above, pronoun)):
            return False
        above = above.head
    return False


def _has_other_subject(verb: Token, pronoun: Token) -> bool:
    return any(t.dep_ in SUBJECTS and t != pronoun for t in verb.children)


def _same_clause_object(name: Token, pronoun: Token) -> bool:
    """Whether the two would be subject and object of one verb: in "NATO rescinded it" and in "NATO met to rescind it",
    "it" is something else.
    """
    if pronoun.lower_.endswith(("self", "selves")) or pronoun.dep_ not in ("dobj", "dative"):
        return False
    return phrase_head(name).dep_ in SUBJECTS and _governs(name, pronoun)


def _add_both(sight: Sight, token: Token) -> None:
    """Take "Norway and Chad" into sight as one, for "they"."""
    first = phrase_head(token)
    members = [c for c in sight.candidates if c.kind != "several" and phrase_head(c.token) == first]
    names = tuple(dict.fromkeys(c.names[0] for c in members))
    if len(names) > 1:
        sight.add(first, names, "several")


def phrase_head(name: Token) -> Token:
    """The head of the phrase that a name stands in: "Norway" of "Norway and Chad", "maker" of "the car maker Ford"."""
    for _ in range(MAX_DEPTH):
        if name.dep_ == "conj" and name.head.i < name.i or name.dep_ == "appos" and not _has_comma(name):
            name = name.head
        else:
            break
    return name


def _has_comma(name: Token) -> bool:
    left = name.left_edge.i
    return left > 0 and name.doc[left - 1].is_punct


def _only(fits: Iterable[Candidate]) -> Candidate | None:
    """The one that all candidates name, or None."""
    by_names = {c.names: c for c in fits}
    return next(iter(by_names.values())) if len(by_names) == 1 else None


def _subject(fits: Mapping[Candidate, int]) -> Candidate | None:
    """The only subject among the candidates of this sentence; where it names nobody, of the one before."""
    for age in (0, 1):
        here = [c for c in fits if fits[c] == age]
        if here:
            return _only(c for c in here if c.subject)
    return None


def _words(head: Token) -> str:
    """The words of a group without its article: "the Ministers of the Alliance" -> "Ministers of the Alliance"."""
    start, end = head.left_edge.i, head.i + 1
    for child in head.rights:
        if child.dep_ != "prep" or child.i != end:
            break
        end = child.right_edge.i + 1
    while start < head.i and head.doc[start].tag_ in ("DT", "PDT"):
        start += 1
    return head.doc[start:end].text
