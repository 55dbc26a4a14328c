"""Commitments: who bound himself to what, for whom, how much, by when.

    NATO Defence Ministers agreed to increase the size of the mission to around 16,000 troops in 2018
    committer              trigger   action                              quantity               deadline

Words that bind (verbs.toml, modals.toml, adjectives.toml, nouns.toml) are read in the shapes of shapes.toml. The
outermost word decides the force; the context decides whether anything was bound at all; the parse gives the arguments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from spacy.language import Language
from spacy.tokens import Doc, Token

from pipeline import arguments, context, layers, records, rulebook, segments, shapes
from pipeline.agents import Agent, Agents
from pipeline.context import Context

ROLES = ("committer", "beneficiary", "action", "object", "quantity", "deadline", "made_on", "made_at", "speaker", "trigger")
SILENT_SEGMENTS = ("furniture", "contact", "dateline")


class Shape(rulebook.Rule):
    """A way in which a word stands to its action and its committer; the first path that leads somewhere counts.

    A committer path may end in `subject` or `bearer` (the subject, be it of a passive), or be `content`: the subject
    of the action. `needs` asks something of the action: to lie ahead (`future`), to be an `amount`, a `deliverable`, a
    `bound_noun`, or something under the committer's `control`.
    """

    action: list[shapes.Path]
    committer: list[str]
    needs: Literal["future", "amount", "deliverable", "bound_noun", "control"] | None = None


class Word(rulebook.Rule):
    """Words that bind, with their force and the shapes in which they do.

    `copulas` are the verbs that may stand over an adjective, `governors` those over a noun, `under` those over a modal;
    `particle` and `tags` narrow a verb. `verb` is the action where a noun holds no other.
    """

    lemmas: list[rulebook.Lower]
    force: records.Force
    shapes: list[str]
    negated: bool = False
    copulas: list[rulebook.Lower] = []
    governors: list[rulebook.Lower] = []
    under: list[rulebook.Lower] = []
    particle: rulebook.Lower | None = None
    tags: list[str] = []
    verb: rulebook.Lower | None = None


class Lexicon(rulebook.Rule):
    """Words that the shapes ask for by their role."""

    role: Literal["bound_noun", "deliverable", "aspect", "uncontrolled", "served"]
    lemmas: list[rulebook.Lower]


class Event(rulebook.Entry):
    """A noun that stands for an action: "withdrawal" is "withdraw"."""

    verb: rulebook.Lower


RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {
    "shapes": Shape,
    "verbs": Word,
    "modals": Word,
    "adjectives": Word,
    "nouns": Word,
    "lexicon": Lexicon,
    "events": Event,
    "agents": Agent,
    "beneficiaries": arguments.Beneficiary,
}

WORD_FILES = ("verbs", "modals", "adjectives", "nouns")


@dataclass
class Candidate:
    """A word that binds in one of its shapes: trigger, first token of the content, and the token of the committer."""

    trigger: Token
    word: Word
    shape: Shape
    action: Token
    committer: Token | None
    inner: set[int] = field(default_factory=set)


@dataclass
class Branch:
    """One action of a candidate: `start` its first word, `chain` from there down to the word that names the action."""

    start: Token
    chain: list[Token]

    @property
    def action(self) -> Token:
        return self.chain[-1]


@Language.factory(
    "communique_commitments",
    default_config={"rules": None},
    requires=["token.dep", "token.tag", "token.lemma", "doc.spans"],
    assigns=["doc.spans"],
)
def make(nlp: Language, name: str, rules: str | None) -> Commitments:
    """Create the component; `rules` is a folder of rules to add."""
    return Commitments(rulebook.load("commitments", RULES, rules), rulebook.load("context", context.RULES, rules))


class Commitments:
    """Finds the commitments of a Doc (`doc._.communique_commitments`); reads all other layers."""

    def __init__(self, rules: dict[str, list], cues: dict[str, list]) -> None:
        self._shapes: dict[str, Shape] = {shape.id: shape for shape in rules["shapes"]}
        self._words: dict[str, dict[str, list[Word]]] = {kind: defaultdict(list) for kind in WORD_FILES}
        for kind in WORD_FILES:
            for word in rules[kind]:
                for lemma in word.lemmas:
                    self._words[kind][lemma].append(word)
        self._roles: dict[str, set[str]] = defaultdict(set)
        for entry in rules["lexicon"]:
            self._roles[entry.role] |= set(entry.lemmas)
        self._events = {event.id: event.verb for event in rules["events"]}
        self._agents = Agents(rules["agents"])
        self._context = Context(cues)
        self._arguments = arguments.Arguments(rules["beneficiaries"], self._agents, self._roles["served"])

    def __call__(self, doc: Doc) -> Doc:
        layers.put(doc, "commitments", self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[records.Commitment]:
        """The commitments of a Doc in reading order."""
        candidates = [c for token in doc for c in self._read(token)]
        bound: list[Candidate] = []
        inner: set[int] = set()
        for candidate in candidates:
            if candidate.committer is None or not self._binds(candidate):
                continue
            for branch in self._branches(candidate):
                candidate.inner |= {t.i for t in self._triggers_of(branch)}
            bound.append(candidate)
            inner |= candidate.inner - {candidate.trigger.i}
        found = [
            commitment
            for candidate in bound
            if candidate.trigger.i not in inner
            for commitment in self._records(candidate)
        ]
        found.sort(key=lambda c: (c.start, c.end))
        return [c.model_copy(update={"id": f"c{n}"}) for n, c in enumerate(found, 1)]

    def _read(self, token: Token) -> Iterator[Candidate]:
        """The first word and shape that fit a token."""
        for word in self._words_of(token):
            for id_ in word.shapes:
                shape = self._shapes[id_]
                action = self._content(token, word, shape)
                if action is None:
                    continue
                committer = self._committer(token, shape, action)
                yield Candidate(token, word, shape, action, committer)
                return

    def _words_of(self, token: Token) -> Iterator[Word]:
        lemma = token.lemma_.lower()
        if token.tag_ == "MD":
            for word in self._words["modals"].get(token.norm_.lower(), ()):
                if not word.under or _reported_by(token.head, word.under):
                    yield word
        elif token.pos_ in ("VERB", "AUX", "ADJ"):
            copula = _copula(token)
            if copula is not None:
                for word in self._words["adjectives"].get(token.lower_, ()):
                    if copula.lemma_.lower() in word.copulas:
                        yield word
            elif token.pos_ != "ADJ":
                for word in self._words["verbs"].get(lemma, ()):
                    particle = next((c.lower_ for c in token.children if c.dep_ == "prt"), None)
                    if particle == word.particle and (not word.tags or token.tag_ in word.tags):
                        yield word
        elif token.pos_ == "NOUN":
            for word in self._words["nouns"].get(lemma, ()):
                if not word.governors or token.head.lemma_.lower() in word.governors:
                    yield word

    def _content(self, token: Token, word: Word, shape: Shape) -> Token | None:
        for path in shape.action:
            for action in shapes.follow(token, path):
                if self._fits(action, shape, word):
                    return action
        return None

    def _fits(self, action: Token, shape: Shape, word: Word) -> bool:
        if shape.needs == "future":
            return self._is_future(action)
        if shape.needs == "amount":
            return arguments.is_amount(action)
        if shape.needs == "deliverable":
            return action.lemma_.lower() in self._roles["deliverable"]
        if shape.needs == "bound_noun":
            return action.lemma_.lower() in self._roles["bound_noun"]
        return True

    def _is_future(self, verb: Token) -> bool:
        """Whether a clause speaks of what lies ahead: "will", "would", or a word that binds."""
        for child in verb.children:
            if child.dep_ == "aux" and child.tag_ == "MD" and child.norm_.lower() in ("will", "would", "shall"):
                return True
        return any(self._content(verb, word, self._shapes[id_]) for word in self._words_of(verb) for id_ in word.shapes)

    def _committer(self, trigger: Token, shape: Shape, action: Token) -> Token | None:
        for path in shape.committer:
            head: Token | None
            if path == "content":
                head = shapes.subject(action)
            else:
                head = next(self._walk(trigger, path), None)
            if head is not None and self._agents.standing(head) != "never":
                return head
        return None

    def _walk(self, trigger: Token, path: str) -> Iterator[Token]:
        steps, _, last = path.rpartition(">")
        if last not in ("subject", "bearer"):
            yield from shapes.follow(trigger, path)
            return
        for token in shapes.follow(trigger, steps or "."):
            head = shapes.subject(token) if last == "subject" else shapes.bearer(token)
            if head is not None:
                yield head

    def _binds(self, candidate: Candidate) -> bool:
        """Whether the context leaves the trigger standing, and the committer can be bound by it."""
        modal = candidate.trigger.tag_ == "MD"
        verb = candidate.trigger.head if modal else candidate.trigger
        for found in self._context.above(verb):
            if found.kind == "condition":
                if found.inside:
                    return False
            elif found.cue.i == candidate.trigger.i or (modal and found.kind == "negation" and found.at.i == verb.i):
                continue
            else:
                return False
        if modal:
            assert candidate.committer is not None
            if self._agents.standing(candidate.committer) == "speaks" and candidate.committer.pos_ != "PRON":
                return False
            branch = next(self._branches(candidate))
            return branch.action.lemma_.lower() not in self._roles["uncontrolled"]
        return True

    def _branches(self, candidate: Candidate) -> Iterator[Branch]:
        """The actions of a candidate, one for each that has its own object."""
        for start in self._split(candidate.action):
            yield Branch(start, self._descend(start))

    def _split(self, action: Token) -> Iterator[Token]:
        yield action
        if action.pos_ not in ("VERB", "AUX"):
            return
        last = action
        for conjunct in list(shapes.coordinated(action))[1:]:
            if conjunct.pos_ not in ("VERB", "AUX") or shapes.own_subject(conjunct) is not None:
                break
            if any(c.dep_ == "aux" and c.tag_ != "TO" for c in conjunct.children) or conjunct.tag_ != action.tag_:
                break
            if shapes.has_complement(last):
                yield conjunct
            last = conjunct

    def _descend(self, start: Token) -> list[Token]:
        chain = [start]
        for _ in range(shapes.MAX_CLIMB):
            below = self._below(chain[-1])
            if below is None or below in chain:
                break
            chain.append(below)
        return chain

    def _below(self, token: Token) -> Token | None:
        """The content below a word of the chain: "continue [to support]", "agreed [to pay]", "steps [to boost]"."""
        lemma = token.lemma_.lower()
        if lemma in self._roles["aspect"]:
            below = next(shapes.follow(token, "xcomp:V"), None)
            if below is None:
                below = next((t for t in shapes.follow(token, "dobj") if t.lemma_.lower() in self._events), None)
            return below
        for child in token.children:
            if child.dep_ in ("acomp", "oprd", "dobj") and any(True for _ in self._words_of(child)):
                candidate = next(self._read(child), None)
                if candidate is not None:
                    return candidate.action
        candidate = next((c for c in self._read(token) if token.tag_ != "MD"), None)
        if candidate is not None:
            return candidate.action
        if token.pos_ == "NOUN":
            return next(shapes.follow(token, "acl:VB|relcl:VB"), None) if False else next(shapes.follow(token, "acl:VB"), None)
        return None

    def _triggers_of(self, branch: Branch) -> Iterator[Token]:
        """The words on a branch that would bind by themselves, with the auxiliaries that hang on them."""
        for token in branch.chain:
            yield token
            for child in token.children:
                if child.tag_ == "MD" or child.dep_ in ("acomp", "oprd", "dobj"):
                    yield child

    def _records(self, candidate: Candidate) -> Iterator[records.Commitment]:
        assert candidate.committer is not None
        parties = self._agents.parties(candidate.committer)
        if not parties:
            return
        doc = candidate.trigger.doc
        branches = list(self._branches(candidate))
        for n, branch in enumerate(branches):
            frame = arguments.Frame(candidate.trigger, candidate.committer, branch.start, branch.chain, first=n == 0)
            if n + 1 < len(branches):
                frame.until = branches[n + 1].start
            start, end = self._arguments.evidence(frame)
            segment = segments.at(layers.get(doc, "segments"), start)
            if segment is None or segment.kind in SILENT_SEGMENTS:
                continue
            below = [found for token in branch.chain for found in self._context.on(token)]
            negated = candidate.word.negated or any(f.kind == "negation" for f in below)
            above = self._context.on(candidate.trigger)
            conditional = any(f.kind == "condition" for f in (*below, *above))
            yield records.Commitment(
                id="c0",
                start=start,
                end=end,
                text=doc.text[start:end],
                segment=segment.id,
                committers=parties,
                action=self._lemma(branch.action, candidate),
                force=candidate.word.force,
                negated=negated,
                conditional=conditional,
                trigger=records.Trigger(
                    start=candidate.trigger.idx,
                    end=candidate.trigger.idx + len(candidate.trigger),
                    text=candidate.trigger.text,
                    rule=f"{candidate.shape.id}+{candidate.word.id}",
                ),
                **self._arguments.slots(frame, start, end, parties),
            )

    def _lemma(self, action: Token, candidate: Candidate) -> str:
        lemma = action.lemma_.lower()
        if action.pos_ in ("VERB", "AUX"):
            return lemma
        if lemma in self._events:
            return self._events[lemma]
        if candidate.word.verb is not None:
            return candidate.word.verb
        return candidate.word.lemmas[0] if candidate.trigger.tag_ == "MD" else candidate.trigger.lemma_.lower()


def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as examples mark it: roles with the words that fill them.

    The action carries `force`, and `negated=true`, `conditional=true` where they hold. The roles of the second record of a
    sentence end in ".2" and so on; a filler that an earlier record has in the same role is marked there only. Objects
    and triggers may stay unmarked, all else is the whole truth.
    """
    found: list[rulebook.Mark] = []
    seen: set[tuple[int, int, str]] = set()
    dates = {d.id: d for d in layers.get(doc, "dates")}
    quantities = {q.id: q for q in layers.get(doc, "quantities")}
    for n, c in enumerate(layers.get(doc, "commitments"), 1):
        rules = frozenset(c.trigger.rule.split("+"))
        suffix = "" if n == 1 else f".{n}"
        roles: list[tuple[str, records.Span | None]] = [("committer", p) for p in c.committers]
        roles += [("beneficiary", p) for p in c.beneficiaries]
        roles += [("quantity", quantities[q]) for q in c.quantities]
        roles += [(role, dates[d]) for role, d in (("deadline", c.deadline), ("made_on", c.made_on)) if d is not None]
        roles += [("made_at", c.made_at), ("speaker", c.speaker), ("object", c.object), ("trigger", c.trigger)]
        for role, span in roles:
            if span is not None and (span.start, span.end, role) not in seen:
                seen.add((span.start, span.end, role))
                required = role not in ("object", "trigger")
                found.append(rulebook.Mark(span.start, span.end, role + suffix, {}, rules, required))
    return found


def _copula(token: Token) -> Token | None:
    """The verb that ties an adjective to its bearer: "remain committed", "are determined"."""
    if token.dep_ in ("acomp", "oprd", "attr", "xcomp") and token.head.pos_ in ("AUX", "VERB"):
        return token.head
    return next((c for c in token.children if c.dep_ in ("auxpass", "cop") and c.lemma_ == "be"), None)


def _reported_by(verb: Token, reporting: Sequence[str]) -> bool:
    """Whether a verb's clause is what a past verb of saying reports: "said the company would cut"."""
    node = verb
    while node.dep_ == "conj":
        node = node.head
    return node.dep_ == "ccomp" and node.head.lemma_.lower() in reporting and node.head.tag_ in ("VBD", "VBN")
