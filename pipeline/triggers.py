"""Triggers: words that bind, read in the shapes in which they do.

    NATO Defence Ministers agreed to increase and to modernise ...
    committer              trigger   branch 1     branch 2

A word (verbs.toml, modals.toml, adjectives.toml, nouns.toml) names its shapes (shapes.toml); a shape says where the
action and the committer stand. From the action down, words that bind by themselves and words of aspect are looked
through: in "agreed that they will continue to support" the action is support, and "will" makes no record of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

import numpy as np
from spacy.attrs import LEMMA, LOWER, NORM, SENT_START
from spacy.strings import get_string_id
from spacy.tokens import Doc, Token

from pipeline import records, rulebook, shapes
from pipeline.agents import Agents, entity_type, in_heading
from pipeline.arguments import amounts
from pipeline.vocabulary import Event, Lexicon, Vocabulary

Need = Literal["future", "amount", "sum", "deliverable", "bound_noun", "control", "bare_copula", "adjacent"]

MAX_SENTENCE = 1000  # tokens; what is longer is no sentence, and its walks would cost the square of its length

COMPLEMENTS = frozenset(("dobj", "xcomp", "ccomp", "prep", "advmod"))
"""The labels of what tells more of an action than its verb."""

KINDS = frozenset(("VBP", "VBZ", "VBG"))
"""The tags of verbs that tell what a kind of people does: "states that refuse", "people planning"."""

WORD_FILES = ("verbs", "modals", "adjectives", "nouns")


class Shape(rulebook.Rule):
    """A way in which a word stands to its action and its committer; the first path that leads somewhere counts.

    A committer path may end in `subject` or `bearer` (the subject, be it of a passive), or be `content`: the subject of
    the action. `needs` asks something of the action: to lie ahead (`future`), to be an `amount`, a `sum` of money, a
    `deliverable` or a `bound_noun`, to be under the committer's `control`, to hang on a `bare_copula` ("is to open",
    not "is happy to"), or to follow the trigger (`adjacent`).
    """

    action: list[shapes.Path]
    committer: list[str]
    needs: Need | None = None


class Word(rulebook.Rule):
    """Words that bind, with their force and the shapes in which they do.

    `copulas` are the verbs that may stand over an adjective, `governors` those over a noun; `reported`: only below a
    past verb of saying; `particle` and `tags` narrow a verb. `verb` names the action where a noun holds no other.
    """

    lemmas: list[rulebook.Lower]
    force: records.Force
    shapes: list[str]
    negated: bool = False
    copulas: list[rulebook.Lower] = []
    governors: list[rulebook.Lower] = []
    reported: bool = False
    particle: rulebook.Lower | None = None
    tags: list[str] = []
    verb: rulebook.Lower | None = None
    meant: bool = False
    """Whether the word says that the action is meant, so that none is a forecast: "we aim to be the first"."""


RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {
    "shapes": Shape,
    "verbs": Word,
    "modals": Word,
    "adjectives": Word,
    "nouns": Word,
    "lexicon": Lexicon,
    "events": Event,
}


@dataclass
class Candidate:
    """A word that binds in one of its shapes: trigger, first token of the content, and the token of the committer."""

    trigger: Token
    word: Word
    shape: Shape
    action: Token
    committer: Token | None
    refused: Token | None = None
    """Who stands in the committer's place and can bind nobody: "the fund will ..."."""
    is_joined: bool = False
    """Whether the content is a further clause below the trigger, with a subject of its own."""

    @property
    def clause(self) -> Token:
        """The verb on which the context of the trigger hangs: for "will" the verb behind it."""
        return self.trigger.head if self.trigger.dep_ == "aux" else self.trigger


@dataclass
class Branch:
    """One action: `start` its first word, `chain` from the content of the trigger to the word that names the action."""

    start: Token
    chain: list[Token]

    @property
    def action(self) -> Token:
        return self.chain[-1]


class Triggers:
    """Reads tokens as triggers; built from the rules of the layer."""

    def __init__(self, rules: dict[str, list[Any]], agents: Agents, vocabulary: Vocabulary) -> None:
        self._agents = agents
        self._vocabulary = vocabulary
        self._shapes: dict[str, Shape] = {shape.id: shape for shape in rules["shapes"]}
        self._words: dict[str, dict[str, list[Word]]] = {kind: defaultdict(list) for kind in WORD_FILES}
        for kind in WORD_FILES:
            for word in rules[kind]:
                for lemma in word.lemmas:
                    self._words[kind][lemma].append(word)
        lemmas = {lemma for words in self._words.values() for lemma in words}
        self._forms = np.sort(np.array([get_string_id(lemma) for lemma in lemmas], dtype=np.uint64))

    def candidates(self, doc: Doc) -> Iterator[Candidate]:
        """Every trigger of a text with its shape, in reading order."""
        # One look at the arrays of the Doc passes over the nine words in ten that are no trigger in any shape.
        words = doc.to_array([LEMMA, NORM, LOWER])
        nearest = np.searchsorted(self._forms, words).clip(max=len(self._forms) - 1)
        known = (self._forms[nearest] == words).any(axis=1)
        if len(doc) > MAX_SENTENCE:
            sentence = np.cumsum(doc.to_array(SENT_START) == 1)
            known &= np.bincount(sentence)[sentence] <= MAX_SENTENCE
        for i in np.flatnonzero(known):
            candidate = self.read(doc[int(i)])
            if candidate is not None:
                yield candidate
                yield from self._joined_clauses(candidate)

    def _joined_clauses(self, candidate: Candidate) -> Iterator[Candidate]:
        """The other clauses below a trigger: "agreed that Peru will pay and that Chile will build"."""
        if candidate.shape.needs != "future":
            return
        for clause in islice(shapes.coordinated(candidate.action), 1, None):
            if shapes.own_subject(clause) is not None and self._is_future(clause):
                committer, refused = self._committer(candidate.trigger, candidate.shape, clause)
                yield replace(candidate, action=clause, committer=committer, refused=refused, is_joined=True)

    def read(self, token: Token) -> Candidate | None:
        """The first word and shape that fit a token, with the committer if an agent stands in its place."""
        for word in self.words(token):
            for id_ in word.shapes:
                shape = self._shapes[id_]
                action = self._content(token, shape)
                if action is not None:
                    committer, refused = self._committer(token, shape, action)
                    return Candidate(token, word, shape, action, committer, refused)
        return None

    def shape(self, id_: str) -> Shape:
        """The shape of an id."""
        return self._shapes[id_]

    def owner(self, noun: Token, shape: Shape) -> Token | None:
        """The agent in the committer's place of a noun, whatever its content is: "Labor's pledge": Labor."""
        heads = (self._agents.resolved(head) for path in shape.committer for head in _walk(noun, path))
        return next((head for head in heads if self._agents.standing(head) == "acts"), None)

    def words(self, token: Token) -> Iterator[Word]:
        """The words that a token may be, whether or not its surroundings have one of their shapes."""
        if token.tag_ == "MD" or _promises_in_heading(token):
            for word in self._words["modals"].get(token.norm_, ()):
                if not word.reported or self._is_reported(token.head):
                    yield word
        elif token.pos_ in ("VERB", "AUX", "ADJ"):
            adjectives = self._words["adjectives"].get(token.lower_, ())
            copula = _copula(token) if adjectives else None
            is_compared = any(child.tag_ == "RBR" for child in shapes.lefts(token))  # "so that we are better prepared"
            if copula is not None and not is_compared:
                for word in adjectives:
                    if shapes.lemma(copula) in word.copulas:
                        yield word
            if token.pos_ != "ADJ":
                for word in self._words["verbs"].get(shapes.lemma(token), ()):
                    fits = (not word.tags or token.tag_ in word.tags) and _particle(token) == word.particle
                    if fits and (not word.reported or self._is_reported(token)):
                        yield word
        elif token.pos_ in ("NOUN", "PROPN"):
            for word in self._words["nouns"].get(shapes.lemma(token), ()):
                if not word.governors or shapes.lemma(token.head) in word.governors:
                    yield word

    def knows(self, token: Token) -> bool:
        """Whether a token may bind in other surroundings or another form: "intended"; "is" alone is no such word."""
        if token.pos_ == "VERB":
            words = (w for w in self._words["verbs"].get(shapes.lemma(token), ()) if w.particle == _particle(token))
            return any(self._shapes[word.shapes[0]].needs != "bare_copula" for word in words)
        return token.pos_ != "AUX" and any(self.words(token))

    @shapes.kept
    def branches(self, action: Token) -> list[Branch]:
        """The actions of a content, one for each that has its own object: "to comply with X and to ensure Y"."""
        return list(self._expand(action, 0))

    def _expand(self, action: Token, depth: int) -> Iterator[Branch]:
        for start in (*_split(action), *self._further_nouns(action)):
            below = self._below(start) if depth < shapes.MAX_CLIMB else None
            if below is None:
                yield Branch(start, [start])
                continue
            for n, branch in enumerate(self._expand(below, depth + 1)):
                yield Branch(branch.start if n else start, [start, *branch.chain])

    def _further_nouns(self, action: Token) -> Iterator[Token]:
        """The nouns that bind behind another: "reaffirm our support for the treaty and our determination to cut".

        The parser hangs the second on what the first is for, at times.
        """
        if not self._vocabulary.has("bound_noun", action):
            return
        for noun in (action, *shapes.follow(action, "prep>pobj")):
            for conjunct in islice(shapes.coordinated(noun), 1, None):
                has_owner = any(c.dep_ == "poss" for c in shapes.lefts(conjunct))
                if has_owner and self._vocabulary.has("bound_noun", conjunct):
                    yield conjunct

    def inner(self, branch: Branch) -> Iterator[Token]:
        """The words on a branch that would bind by themselves, with the auxiliaries and nouns that hang on them."""
        for token in branch.chain:
            yield token
            for child in shapes.children(token):
                if child.dep_ in ("aux", "acomp", "oprd", "dobj"):
                    yield child

    def is_of_a_kind(self, candidate: Candidate, committer: Token) -> bool:
        """Whether a relative clause tells what things or people are like, and nobody in particular is bound.

        "a plant [that will create jobs]", "states [that refuse to pay]", "people [planning to travel]"; but "the Acme
        Group, [which will build it]".
        """
        verb = candidate.clause
        subject = shapes.own_subject(verb)
        pronoun = None if subject is None else subject.tag_
        is_bare = candidate.shape.needs == "control"
        if is_bare and pronoun == "WDT":
            return entity_type(committer) not in ("ORG", "PERSON")
        tells = pronoun == "WP" if is_bare else verb.tag_ in KINDS
        if not tells or verb.dep_ not in ("relcl", "acl") or verb.head.i != committer.i:
            return False
        before = {child.dep_ for child in shapes.lefts(committer)}
        is_plural = committer.tag_ == "NNS" and not is_bare  # "the states that refuse" are many, too
        is_one = not before.isdisjoint(("poss", "nummod")) or ("det" in before and not is_plural)
        return not is_one and committer.pos_ == "NOUN" and entity_type(committer) is None

    def is_empty(self, branch: Branch) -> bool:
        """Whether no act is told: "what we aim to do"."""
        behind = {child.dep_ for child in shapes.rights(branch.action)}
        return behind.isdisjoint(COMPLEMENTS) and self._vocabulary.has("empty", branch.action)

    def is_controlled(self, branch: Branch, committer: Token) -> bool:
        """Whether somebody's own act is told, no forecast: "will build", not "will need", "will grow"."""
        action = branch.action
        behind = {c.dep_ for verb in shapes.coordinated(action) for c in shapes.rights(verb)}
        if self._vocabulary.has("uncontrolled", action) and not behind.issuperset(("prt", "dobj")):
            return False  # "will face hard times", but "will face down the rebels"
        if action.pos_ == "VERB" and "dobj" not in behind and self._vocabulary.has("changing", action):
            return False
        if self._vocabulary.has("uncontrolled_alone", action) and behind.isdisjoint(COMPLEMENTS):
            return False
        if committer.tag_ == "PRP" and committer.lower_ == "it" and self._vocabulary.has("effect", action):
            return False
        is_first_person = "Number=Sing|Person=1" in str(committer.morph)
        return not (is_first_person and self._vocabulary.has("telling", action))

    def name(self, branch: Branch, candidate: Candidate) -> str:
        """The lemma of an action; a noun counts as its verb ("withdrawal": withdraw).

        Where there is no verb, the innermost word that binds names the action: "its commitment to Ghana": commit.
        """
        for token in reversed(branch.chain):
            if token.pos_ in ("VERB", "AUX") or token.dep_ == "ROOT":
                return _joined(token)
            verb = self._vocabulary.verb(token)
            if verb is not None:
                return verb
            if token.i == candidate.action.i and token.sent.start != candidate.trigger.sent.start:
                return _joined(token)  # an item begins with its verb, whatever the model makes of it
            inner = next(self.words(token), None)
            if inner is not None and inner.verb is not None and candidate.shape.needs != "deliverable":
                return inner.verb
        return candidate.word.verb or shapes.lemma(candidate.trigger)

    def _content(self, token: Token, shape: Shape) -> Token | None:
        for path in shape.action:
            for action in shapes.follow(token, path):
                if self._fits(action, shape.needs):
                    return action
        return None

    def _fits(self, action: Token, needs: Need | None) -> bool:
        if needs == "future":
            return self._is_future(action)
        if needs == "amount":
            return action.i in amounts(action.doc)
        if needs == "sum":
            return amounts(action.doc).get(action.i) == "money"
        if needs == "adjacent":
            return action.i == action.head.i + 2
        if needs == "bare_copula":
            copula, subject = action.head, shapes.own_subject(action.head)
            is_near = subject is not None and copula.i - subject.right_edge.i <= 2
            is_bare = not any(c.dep_ in ("acomp", "attr") for c in shapes.children(copula))
            return is_near and is_bare and action.i > copula.i
        if needs in ("deliverable", "bound_noun"):
            return self._vocabulary.has(needs, action)
        return True

    def _is_future(self, verb: Token) -> bool:
        """Whether a clause speaks of what lies ahead: "will", "would", "is sourcing", or a word that binds."""
        for child in shapes.children(verb):
            if child.dep_ == "aux" and self._vocabulary.has("future", child):
                return True
            if child.dep_ == "aux" and verb.tag_ == "VBG" and child.tag_ in ("VBZ", "VBP"):
                return True
        return any(self._content(verb, self._shapes[id_]) for word in self.words(verb) for id_ in word.shapes)

    def _is_reported(self, verb: Token) -> bool:
        """Whether a verb's clause is what a past verb of saying reports: "said the company would cut"."""
        node = verb
        for _ in range(shapes.MAX_CLIMB):
            if node.dep_ != "conj":
                break
            node = node.head
        return node.dep_ == "ccomp" and self._vocabulary.has("saying", node.head) and node.head.tag_ in ("VBD", "VBN")

    def _committer(self, trigger: Token, shape: Shape, action: Token) -> tuple[Token | None, Token | None]:
        """The first head on the shape's paths who is an agent, and the first who is none."""
        refused: Token | None = None
        if trigger.tag_ == "VB" and trigger.dep_ == "ROOT" and not shapes.lefts(trigger):
            return None, None  # "Promise that you will stay": asked, not promised
        for path in shape.committer:
            head = shapes.subject(action) if path == "content" else next(_walk(trigger, path), None)
            if head is not None:
                head = self._agents.resolved(head)
            if head is not None and head.dep_ in ("compound", "nmod") and entity_type(head) is None:
                continue  # "campaign promise" names nobody, "U.S. promise" does
            if head is not None and not self._never(head):
                if path != "content" or self._agents.standing(head) == "acts" or head.pos_ == "PRON":
                    return head, refused
                continue  # "promised that no patient will wait" binds who promised
            refused = refused or head
            if path == "content" and shapes.own_subject(action) is not None and not shapes.is_passive(action):
                break  # "announced that sales will grow" binds nobody
        return None, refused

    def _never(self, head: Token) -> bool:
        return self._agents.standing(head) == "never"

    def _below(self, token: Token) -> Token | None:
        """The content below a word of the chain: "continue [to support]", "agreed [to pay]", "steps [to boost]"."""
        if self._vocabulary.has("aspect", token):
            below = next(shapes.follow(token, "xcomp:V"), None)
            if below is None:
                below = next((t for t in shapes.follow(token, "dobj") if self._vocabulary.verb(t)), None)
            return below
        for word in (*(c for c in shapes.children(token) if c.dep_ in ("acomp", "oprd", "dobj")), token):
            candidate = self.read(word)
            if candidate is not None and candidate.trigger.dep_ != "aux":
                return candidate.action
        if token.pos_ == "NOUN":
            return next(shapes.follow(token, "acl:TO"), None)
        return None


def _split(action: Token) -> Iterator[Token]:
    """The first of coordinated verbs, and those behind a verb that has its complement already."""
    yield action
    last = action
    for conjunct in islice(shapes.coordinated(action), 1, None):
        if not {action.pos_, conjunct.pos_} <= {"VERB", "AUX"} or shapes.own_subject(conjunct) is not None:
            return
        has_auxiliary = any(c.dep_ == "aux" and c.tag_ != "TO" for c in shapes.children(conjunct))
        if has_auxiliary or _form(conjunct) != _form(action):
            return
        if shapes.has_complement(last):
            if _purpose_between(last, conjunct):
                return
            yield conjunct
        last = conjunct


def _purpose_between(first: Token, second: Token) -> bool:
    """Whether a purpose stands between two conjuncts: "buy ships to patrol and fight" may be one act or two."""
    between = first.doc[first.i + 1 : min([second.i, *(c.i for c in shapes.lefts(second))])]
    return any(t.tag_ == "TO" for t in between)


def _joined(verb: Token) -> str:
    """The lemma of a verb with its prefix, which the tokenizer cuts off: "co", "-", "host"."""
    behind = list(verb.doc[verb.i + 1 : verb.i + 3])
    if len(behind) == 2 and behind[0].text == "-" and not verb.whitespace_ and not behind[0].whitespace_:
        return f"{verb.lower_}-{shapes.lemma(behind[1])}"
    return shapes.lemma(verb)


def _walk(trigger: Token, path: str) -> Iterator[Token]:
    steps, _, last = path.rpartition(">")
    if last not in ("subject", "bearer"):
        yield from shapes.follow(trigger, path)
        return
    for token in shapes.follow(trigger, steps or "."):
        head = shapes.subject(token) if last == "subject" else shapes.bearer(token)
        if head is not None:
            yield head


def _promises_in_heading(token: Token) -> bool:
    """Whether "to" means "will", as in headlines: "Acme to Build Plant"; no finite verb is before it or the root."""
    if token.tag_ != "TO" or token.head.dep_ not in ("ROOT", "relcl", "acl") or not in_heading(token):
        return False
    sentence = token.sent
    before = (*token.doc[sentence.start : token.i], sentence.root)
    return not any(t.tag_ in ("VBZ", "VBP", "VBD", "MD") for t in before)


def _particle(verb: Token) -> str | None:
    """The word that goes with a verb: "out" of "ruled it out"."""
    return next((c.lower_ for c in shapes.children(verb) if c.dep_ == "prt"), None)


def _copula(token: Token) -> Token | None:
    """The verb that ties an adjective to its bearer: "remain committed", "are determined"."""
    if token.dep_ in ("acomp", "oprd", "attr", "xcomp") and token.head.pos_ in ("AUX", "VERB"):
        return token.head
    return next((c for c in shapes.children(token) if c.dep_ == "auxpass" and c.lemma_ == "be"), None)


def _form(verb: Token) -> str:
    """The form of a verb by which conjuncts are known; the model takes bare infinitives for presents at times."""
    return "VB" if verb.tag_ == "VBP" else verb.tag_
