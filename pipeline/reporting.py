"""Reporting: who says something, and where. Verbs with their subjects, and phrases like "according to".

Stoltenberg said that ...                    the verb, its subject, the verb of its clause
..., adding that ...                         the subject of the sentence
The ministry's statement said ...            the ministry: a paper has no voice
The company's chief executive, Jane Roe, said ...      Jane Roe
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.tokens import Doc, Span, Token

from pipeline import parties, records, rulebook
from pipeline.agents import Agent
from pipeline.lookup import Lookup

SPEAKERS = frozenset({"PERSON", "ORG", "GPE", "NORP"})
FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})


class Verb(rulebook.Rule):
    """Verbs that report speech. They may report a quotation; a `clause` ("said that prices fell") only where said so;
    with `stance` also somebody else's stance ("reiterated Peru's support for the plan"), and with `prose` paragraphs
    below it that bear no marks ("The minister said:").
    """

    lemmas: list[rulebook.Lower]
    objects: list[rulebook.Lower] = []
    """Nouns of which one must be the verb's object: "issued a statement"."""
    clause: bool = True
    stance: bool = False
    prose: bool = False


class Phrase(rulebook.Rule):
    """Words right before a party that make the rest of the sentence its words: "according to"."""

    words: rulebook.Lower


class Paper(rulebook.Rule):
    """Nouns for papers that "say" things: the speaker is the one whose paper it is ("the ministry's statement")."""

    lemmas: list[rulebook.Lower]


class Speaker(rulebook.Rule):
    """Nouns for people who say things and are no agents of commitments, whose nouns stand in the rules of those."""

    lemmas: list[rulebook.Lower]


@dataclass(frozen=True)
class Cue:
    """Words that report speech, the tokens `start:end`: "Stoltenberg said", "according to Maria Ruiz"."""

    verb: Token
    """The reporting verb, or the first word of the phrase."""
    speaker: Span | None
    clause: Token | None
    """The verb of the clause that is reported."""
    start: int
    end: int
    ids: str
    """The rules that made it: that of the verb, and that of the paper that "says" it."""
    rule: Verb | None = None

    @property
    def is_aside(self) -> bool:
        """Whether it stands beside the clause that it reports: "Prices, he said, will fall", "As he said, ..."."""
        if self.verb.dep_ == "parataxis":
            return True
        return self.verb.dep_ == "advcl" and any(t.dep_ == "mark" and t.lower_ == "as" for t in self.verb.lefts)


class Reporting:
    """Finds the cues of a Doc."""

    def __init__(self, rules: Mapping[str, Sequence[Any]]) -> None:
        self._verbs: dict[str, Verb] = {lemma: verb for verb in rules["verbs"] for lemma in verb.lemmas}
        self._phrases: dict[tuple[str, ...], Phrase] = {tuple(p.words.split()): p for p in rules["phrases"]}
        self._papers: dict[str, str] = {lemma: paper.id for paper in rules["papers"] for lemma in paper.lemmas}
        agents = rulebook.load_file("commitments", "agents", Agent)
        self._agents = {head for agent in agents if agent.standing != "never" for head in agent.heads}
        self._speakers = {lemma: speaker.id for speaker in rules["speakers"] for lemma in speaker.lemmas}
        self._verb_at = Lookup("LEMMA", self._verbs)
        self._phrase_at = Lookup("LOWER", (words[0] for words in self._phrases))

    def cues(self, doc: Doc) -> list[Cue]:
        """The reporting verbs of a Doc in reading order; none that is undone, and none whose subject cannot speak."""
        return [cue for i in self._verb_at(doc) if (cue := self._cue(doc[i])) is not None]

    def citations(self, doc: Doc) -> Iterator[Cue]:
        """The phrases that report: "according to Maria Ruiz"."""
        for i in self._phrase_at(doc):
            for words, rule in self._phrases.items():
                if tuple(token.lower_ for token in doc[i : i + len(words)]) != words:
                    continue
                first, last = doc[i], doc[i + len(words) - 1]
                head = next((token for token in last.children if token.dep_ == "pobj"), None)
                speaker = None if head is None else self._speaker(head)
                clause = next((token for token in first.ancestors if token.pos_ in ("VERB", "AUX")), None)
                if head is not None and speaker is not None and clause is not None:
                    group = first.left_edge.i, head.right_edge.i + 1
                    yield Cue(first, speaker, clause, *group, self._ids(rule.id, head))

    def beside(self, verb: Token) -> Span | None:
        """The speaker next to a verb whose subject the parser did not see: '...", added the ministry'."""
        head = _beside(verb)
        return None if head is None else self._speaker(head)

    def may_report(self, cue: Cue) -> bool:
        """Whether somebody is said to have said a clause: things do not say, they show ("the visit underlines that").

        With a quotation any noun is a speaker's; nothing else stands beside the very words.
        """
        if cue.speaker is None:
            return False
        head = cue.speaker.root
        return head.lower_ not in ("i", "we") if head.tag_ == "PRP" else self._may_say(head)

    def _may_say(self, head: Token) -> bool:
        """Whether a noun stands for somebody, or for a paper of somebody's."""
        if head.tag_ in ("NNP", "NNPS") or head.i in parties.named(head.doc):
            return True
        lemma = head.lemma_.lower()
        people = any(form in self._agents for form in (lemma, head.lower_, head.lower_.removesuffix("s")))
        return people or lemma in self._speakers or head.lemma_ in self._papers

    def _cue(self, verb: Token) -> Cue | None:
        if not verb.tag_.startswith("VB") or _is_undone(verb):
            return None
        rule = self._verbs[verb.lemma_]
        if rule.objects and not any(t.dep_ == "dobj" and t.lemma_ in rule.objects for t in verb.rights):
            return None
        subject = _subject(verb)
        if subject is not None and subject.dep_ == "dobj" and verb.head == subject and not self._may_say(subject):
            subject = _subject(subject.head)  # "The minister slated the idea, saying"
        speaker = None if subject is None else self._speaker(subject)
        if subject is not None and speaker is None:
            return None  # a paper of nobody's
        start = verb.i if speaker is None else min(verb.i, speaker.start)
        return Cue(verb, speaker, _clause(verb), start, verb.i + 1, self._ids(rule.id, subject), rule)

    def _ids(self, rule: str, subject: Token | None) -> str:
        if subject is None:
            return rule
        nouns = self._papers.get(subject.lemma_), self._speakers.get(subject.lemma_.lower())
        return "+".join([rule, *(id_ for id_ in nouns if id_ is not None)])

    def _speaker(self, head: Token) -> Span | None:
        """The words for the speaker around their head: "Jane Roe", "a spokesman for the ministry"; None for a paper
        of nobody's.
        """
        known = parties.named(head.doc)
        if head.i in known and known[head.i].type not in SPEAKERS:
            return None
        if head.lemma_ in self._papers and head.ent_type_ not in ("ORG", "PERSON"):
            owner = next((t for t in head.children if t.dep_ == "poss" or t.dep_ == "compound" and t.ent_type_), None)
            if owner is None or owner.ent_type_ in ("DATE", "TIME"):
                return None
            return owner.doc[owner.left_edge.i : owner.i + 1]
        name = _named_behind(head)
        if name is not None:
            return name
        start, end = head.left_edge.i, head.i + 1
        if head.tag_ in ("NN", "NNS"):
            for child in head.rights:
                if child.dep_ != "prep" or child.i != end:
                    break
                end = child.right_edge.i + 1
        joined = [t for t in head.conjuncts if t.i > head.i]
        if joined:
            end = max(end, joined[-1].i + 1)
            first = _start_of_name(joined[-1], known)
            if head.i not in known and first is not None and first.doc[first.i - 1].tag_ != "CC":
                return head.doc[first.i : end]  # "Zoom's CEO and founder Eric Yuan" is one person
        return head.doc[start:end]


def _is_undone(verb: Token) -> bool:
    """Whether nobody says anything here: "did not say", "would say", "to say", "the attack claimed by the group"."""
    helpers = [t for t in verb.lefts if t.dep_ in ("neg", "aux", "auxpass")]
    if verb.tag_ == "VBN" and verb.dep_ != "conj" and not any(t.lemma_ == "have" for t in helpers):
        return True
    return any(
        t.dep_ in ("neg", "auxpass") or t.tag_ == "TO" or (t.tag_ == "MD" and t.lemma_ not in ("will", "shall"))
        for t in helpers
    )


def _subject(verb: Token) -> Token | None:
    """Who does what the verb says, also where the verb shares its subject or modifies it ("..., adding that")."""
    for _ in range(4):
        subjects = [t for t in verb.children if t.dep_ == "nsubj"]
        if subjects:
            nearest = min(subjects, key=lambda t: abs(t.i - verb.i))
            relative = nearest.tag_ in ("WP", "WDT") and verb.dep_ == "relcl"
            return verb.head if relative else nearest
        if verb.dep_ == "acl":
            return verb.head
        if verb.dep_ not in ("conj", "advcl", "xcomp", "dep", "pcomp") or verb.head == verb:
            return None
        verb = verb.head.head if verb.dep_ == "pcomp" else verb.head  # "began by saying that"
    return None


def _named_behind(head: Token) -> Span | None:
    """The person whose title is the head: "the company's chief executive, Jane Roe", "the head of the WHO Jane Roe"."""
    known = parties.named(head.doc)
    if head.i in known and known[head.i].type == "PERSON":
        return None
    for child in head.rights:
        if child.dep_ == "appos" and child.i in known and known[child.i].type == "PERSON":
            return head.doc[child.left_edge.i : child.i + 1]
        if child.dep_ == "prep":
            last = head.doc[child.right_edge.i]
            if last.i in known and known[last.i].type == "PERSON":
                first = _start_of_name(last, known)
                if first is not None and head.doc[first.i - 1].pos_ in ("PROPN", "NOUN"):
                    return head.doc[first.i : last.i + 1]
    return None


def _start_of_name(token: Token, known: Mapping[int, records.Entity]) -> Token | None:
    """The first token of the person's name that ends in a token, if it has one before it."""
    person = known.get(token.i)
    if person is None or person.type != "PERSON":
        return None
    while token.i and known.get(token.i - 1) is person:
        token = token.doc[token.i - 1]
    return token if token.i else None


def _beside(verb: Token) -> Token | None:
    """The head of the noun phrase next to a verb whose subject the parser did not see: '...", added the ministry'."""
    doc = verb.doc
    for i in range(verb.i + 1, min(verb.i + 8, len(doc))):
        if doc[i].is_punct or doc[i].pos_ in ("VERB", "ADP"):
            break
        following = doc[i + 1].pos_ if i + 1 < len(doc) else ""
        if doc[i].pos_ in ("PROPN", "NOUN", "PRON") and following not in ("PROPN", "NOUN", "PART"):
            return doc[i] if doc[i].left_edge.i == verb.i + 1 else None
    before = doc[verb.i - 1] if verb.i else None
    return before if before is not None and before.pos_ in ("PROPN", "NOUN", "PRON") else None


def _clause(verb: Token) -> Token | None:
    """The verb of the clause that a reporting verb governs; a question or a clause without a finite verb is none."""
    for child in verb.children:
        asks = any(t.tag_ in ("WRB", "WP", "WDT") or t.lower_ in ("whether", "if") for t in child.lefts)
        finite = any(t.tag_ in FINITE for t in (child, *child.lefts) if t is child or t.dep_ in ("aux", "auxpass"))
        if child.dep_ == "ccomp" and finite and not asks:
            return child
    return None


def is_person(token: Token, known: Mapping[int, records.Entity]) -> bool:
    """Whether a speaker is somebody other than the one who speaks: a named person, he or she."""
    return token.lower_ in ("he", "she") or (token.i in known and known[token.i].type == "PERSON")
