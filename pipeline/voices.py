"""Voices: whose words a "we" or an "I" belongs to.

    NATO Secretary General Jens Stoltenberg said: "We will stay."      we = NATO
    "We grow," said Jane Roe, chief executive of Acme.                 we = Acme
    We, the leaders of Canada and Finland, resolve ...                 we = Canada and Finland
    About Acme ...                                                     we, in the text's own prose = Acme

Where no title, letterhead or signature says for whom somebody speaks, nobody is meant.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spacy.tokens import Doc, Token

from pipeline import layers, records, rulebook
from pipeline.issuers import Issuers, called
from pipeline.lookup import Lookup, spread
from pipeline.references import Names, Referent
from pipeline.titles import BODIES, Bodies, Title, Titles, titles_of

MAX_DEPTH = 12  # heads between "our" and the verb of its clause
SIGNATURE_WORDS = 80  # tokens in which "We, the leaders of ..." names its signatories


class FirstPerson(rulebook.Rule):
    """Forms of "we" or "I"."""

    words: list[rulebook.Lower]
    number: Literal["singular", "plural"]
    unless: list[rulebook.RuleId] = []
    """Rules of statements in whose words it says nothing."""
    joint_with: list[rulebook.Lower] = []
    """Adverbs with which its subject is both countries, in a voice that speaks of "our countries"."""
    common: list[rulebook.Lower] = []
    """Nouns of what is everybody's and not of a body that speaks: "our schools" in a party's mouth."""
    everybody_with: list[rulebook.Lower] = []
    """Verbs with which it is as likely everybody, where only the first words of a text say whose it is: "we must"."""


class SecondPerson(rulebook.Rule):
    """Forms of "you". In the paragraph before a statement made by a rule of `asked_in` it is the one who answers."""

    words: list[rulebook.Lower]
    asked_in: list[rulebook.RuleId]


class OwnAct(rulebook.Rule):
    """Verbs whose "our" object is the subject's own: "Peru reaffirms our commitment" is said by Peru.

    Who reaffirms one of the `objects` of a country speaks for it: "President Ruiz reaffirmed Peru's commitment".
    """

    lemmas: list[rulebook.Lower]
    objects: list[rulebook.Lower] = []


class Self(rulebook.Rule):
    """Nouns that, behind "our", are the speakers themselves: "our countries" in a joint statement."""

    nouns: list[rulebook.Lower]


class Stance(rulebook.Rule):
    """Verbs that say where a country stands: in an unnamed voice "Peru condemns the attack" shows that Peru speaks.

    With `followed_by` one of these words must depend on the verb: "stands with", "remains committed".
    """

    lemmas: list[rulebook.Lower]
    followed_by: list[rulebook.Lower] = []


class Own(rulebook.Rule):
    """Nouns that, behind "our" and one of the words `after`, are the subject's own: "Peru works with our partners".

    The subject is a country, or a body whose name ends in one of `bodies`: "the Ruiz Government".
    """

    nouns: list[rulebook.Lower]
    after: list[rulebook.Lower]
    bodies: list[rulebook.Lower] = []


class Government(rulebook.Rule):
    """Nouns for governments that bear the name of who leads them: "the Ruiz Administration" when Ruiz speaks."""

    nouns: list[rulebook.Lower]


@dataclass(frozen=True)
class Speech:
    """A text with its statements: `borne` holds the titles with the ids of the people who bear them, `voice_of` the
    number of the statement around each token.
    """

    bodies: Bodies
    borne: Sequence[tuple[str, Title]]
    statements: Sequence[records.Statement]
    voice_of: Sequence[int | None]


class Voices:
    """Resolves the first person of a Doc."""

    def __init__(self, rules: Mapping[str, Sequence[Any]], titles: Titles) -> None:
        self.words: dict[str, FirstPerson] = {word: rule for rule in rules["voices"] for word in rule.words}
        self._word_at = Lookup("LOWER", self.words)
        self.addressees: list[tuple[SecondPerson, Lookup]] = [
            (rule, Lookup("LOWER", rule.words)) for rule in rules["addressees"]
        ]
        self.acts: dict[str, OwnAct] = {lemma: act for act in rules["acts"] for lemma in act.lemmas}
        self._act_at = Lookup("LEMMA", self.acts)
        self.selves: dict[str, str] = {noun: rule.id for rule in rules["selves"] for noun in rule.nouns}
        self.stances: dict[str, Stance] = {lemma: stance for stance in rules["stances"] for lemma in stance.lemmas}
        self._stance_at = Lookup("LEMMA", self.stances)
        self.owns: dict[str, Own] = {noun: own for own in rules["owns"] for noun in own.nouns}
        self.governments: dict[str, str] = {noun: rule.id for rule in rules["governments"] for noun in rule.nouns}
        self.issuers = Issuers(rules["signs"], rules["openings"])
        self.titles = titles

    def find(self, speech: Speech) -> dict[int, Referent]:
        """The referents of "we", "I" and "you" by token."""
        return self._addressed(speech.bodies.doc, speech.statements) | self._speaking(speech)

    def _addressed(self, doc: Doc, statements: Sequence[records.Statement]) -> dict[int, Referent]:
        """Who "you" is in the questions of an interview with one person."""
        found: dict[int, Referent] = {}
        for rule, word_at in self.addressees:
            answers = {s.start: s.speaker for s in statements if s.rule in rule.asked_in}
            asked = dict.fromkeys(_person(speaker) for speaker in answers.values())
            meant = next(iter(asked)) if len(asked) == 1 else None
            if meant is not None:
                segments: Sequence[records.Segment] = layers.get(doc, "segments")
                pairs = enumerate(zip(segments, segments[1:], strict=False))
                questions = spread(doc, {n: (s.start, s.end) for n, (s, answer) in pairs if answer.start in answers})
                found |= {i: Referent(meant.names, rule.id) for i in word_at(doc) if questions[i] is not None}
        return found

    def _speaking(self, speech: Speech) -> dict[int, Referent]:
        """Who "we" and "I" are."""
        bodies, statements, voice_of = speech.bodies, speech.statements, speech.voice_of
        words = [bodies.doc[i] for i in self._word_at(bodies.doc)]
        first = [t for t in words if t.tag_ in ("PRP", "PRP$") and t.text != "US"]
        if not first:
            return {}
        people = self._of_acts(bodies) | self.titles.bodies(bodies, speech.borne)
        opening = self.issuers.opening(bodies, voice_of)
        owned = {token.i: own for token in first if (own := self._own(bodies, token)) is not None}
        bound = self._bind(speech, first, people, opening, owned)
        reported = self._of_reporters(speech, first, people)
        pair = _pair(bodies)
        paired = {voice_of[t.i] for t in first if pair and self._ourselves(bodies, t, bound[voice_of[t.i]], pair)}
        names = [] if opening is None else called(bodies, opening)
        found: dict[int, Referent] = {}
        beside: dict[int, Referent] = {}  # those whose "our countries" a sentence names, by its start
        for token in first:
            voice = voice_of[token.i]
            rule = self.words[token.lower_]
            if voice is not None and statements[voice].rule in rule.unless:
                continue
            meant = owned.get(token.i) or bound[voice] or reported.get(token.i)
            if rule.number == "singular":
                meant = None if voice is None else _person(statements[voice].speaker)
            ours = self._ourselves(bodies, token, meant, pair)
            if ours is not None:
                found[token.head.i] = meant = ours
                beside[token.sent.start] = ours
            elif meant is None and token.sent.start in beside and rule.number == "plural":
                meant = beside[token.sent.start]  # "our two nations will trade and we will grow"
            elif voice in paired and any(t.lower_ in rule.joint_with for t in _beside(token)):
                meant = Referent(pair, "")
            elif self._is_everybody(bodies, token, meant, opening):
                continue
            if meant is not None and meant is opening:
                meant = _last_called(meant, names, token)
            if meant is not None:
                found[token.i] = Referent(meant.names, f"{rule.id}+{meant.rule}" if meant.rule else rule.id)
        return found

    def _bind(
        self,
        speech: Speech,
        first: Sequence[Token],
        people: Mapping[str, Referent],
        opening: Referent | None,
        owned: Mapping[int, Referent],
    ) -> dict[int | None, Referent | None]:
        """The body of each voice: by a title or a sign, by who signs, by an `owned` "our", else by weaker evidence."""
        bound = self._of_titles(speech, first, people, opening)
        for token in reversed(first):
            signed = _signatories(speech.bodies, token)
            if signed is not None:
                bound[speech.voice_of[token.i]] = signed
        for i, own in owned.items():
            bound[speech.voice_of[i]] = bound[speech.voice_of[i]] or own
        return bound | self._unnamed(speech, first, opening, {voice for voice, body in bound.items() if body is None})

    def _of_reporters(
        self, speech: Speech, first: Sequence[Token], people: Mapping[str, Referent]
    ) -> dict[int, Referent]:
        """The body of who is said to say it outside quotations: "The minister said that our policy is old"."""
        told = spread(speech.bodies.doc, {n: (s.start, s.end) for n, s in enumerate(speech.statements) if not s.direct})
        found: dict[int, Referent] = {}
        for token in first:
            statement = told[token.i]
            if statement is not None and speech.voice_of[token.i] is None:
                body = self._body(speech.bodies, speech.statements[statement].speaker, people)
                if body is not None and body.names:
                    found[token.i] = body
        return found

    def _of_titles(
        self, speech: Speech, first: Sequence[Token], people: Mapping[str, Referent], opening: Referent | None
    ) -> dict[int | None, Referent | None]:
        """The body of each voice, by the speaker's title or the issuer's sign."""
        bound: dict[int | None, Referent | None] = {}
        signed = self.issuers.signed(speech.bodies, people)
        issuer = signed or opening
        for voice in dict.fromkeys(speech.voice_of[t.i] for t in first):
            body = signed if voice is None else self._body(speech.bodies, speech.statements[voice].speaker, people)
            if body is not None and not body.names:
                rules = body.rule if issuer is None or not issuer.rule else f"{body.rule}+{issuer.rule}"
                body = None if issuer is None or len(issuer.names) > 1 else Referent(issuer.names, rules)
            bound[voice] = body
        return bound

    def _unnamed(
        self, speech: Speech, first: Sequence[Token], opening: Referent | None, voices: Collection[int | None]
    ) -> dict[int | None, Referent | None]:
        """The body of voices for which no title speaks: by a stance, the first words of the text, a leader's name."""
        found: dict[int | None, Referent | None] = {**self._of_stance(speech, voices)}
        mine = {speech.voice_of[t.i]: t.head for t in first if t.lower_ == "my" and t.head.lemma_ in self.governments}
        for voice in voices:
            if voice is None:
                found.setdefault(None, opening)
            elif voice not in found:
                found[voice] = self._government(speech.bodies, speech.statements[voice].speaker, mine.get(voice))
        return found

    def _is_everybody(self, bodies: Bodies, token: Token, meant: Referent | None, opening: Referent | None) -> bool:
        """Whether "we" is or may be everybody: "our society" of whoever is no country; in the prose of an issuer and in
        the mouth of a head of government also "we must grow" and "our suburbs", and not "our plan".
        """
        rule = self.words[token.lower_]
        noun = token.head.lemma_ if token.dep_ == "poss" else None
        if noun in rule.common and not _are_countries(bodies, meant):
            return True
        if meant is None or not (meant is opening or meant.rule in self.governments.values()):
            return False
        if noun is not None:
            return noun not in self.owns and not any(noun in act.objects for act in self.acts.values())
        return any(t.lemma_ in rule.everybody_with for t in (token.head, *token.head.lefts))

    def _ourselves(self, bodies: Bodies, token: Token, meant: Referent | None, pair: Names) -> Referent | None:
        """The countries that "our countries" are: those that say it, or the two that the text names together."""
        owned = token.head
        if token.dep_ != "poss" or owned.lemma_ not in self.selves:
            return None
        if not _are_countries(bodies, meant):
            return None
        names = () if meant is None else meant.names
        if len(names) < 2 and owned.tag_ == "NNS":
            names = pair if all(name in pair for name in names) else ()
        return _referent(names, self.selves[owned.lemma_])

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
        # a name that no layer saw may bear a title, too
        around = [words, *titles_of(bodies.doc, words.start, words.end, bodies.entities)]
        titles = [title for title in map(self.titles.read, around) if title is not None]
        found = [body for title in titles if (body := self.titles.body(bodies, title)) is not None]
        return next((body for body in found if body.names), found[0] if found else None)

    def _of_acts(self, bodies: Bodies) -> dict[str, Referent]:
        """The country that each person speaks for, by whose commitment he reaffirms."""
        said: dict[str, dict[Names, Referent]] = {}
        for i in self._act_at(bodies.doc):
            verb = bodies.doc[i]
            act = self.acts[verb.lemma_]
            subject = next((t for v in (verb, verb.head) for t in v.lefts if t.dep_ == "nsubj"), None)
            person = None if subject is None else bodies.person(subject)
            for thing in verb.rights if person is not None else ():
                owner = next((t for t in thing.lefts if bodies.is_country(t)), None)
                if owner is not None and owner.dep_ == "poss" and thing.lemma_ in act.objects:
                    names = bodies.at(owner)
                    said.setdefault(str(person), {})[names] = Referent(names, act.id)
        return {person: next(iter(found.values())) for person, found in said.items() if len(found) == 1}

    def _of_stance(self, speech: Speech, voices: Collection[int | None]) -> dict[int | None, Referent]:
        """The country for which an official speaks by the voice, where his words take its stance and no other's."""
        bodies, statements, voice_of = speech.bodies, speech.statements, speech.voice_of
        officials = {person for person, title in speech.borne if not title.role.of_issuer}
        taken: dict[int | None, dict[Names, Referent]] = {}
        for i in self._stance_at(bodies.doc) if voices else ():
            verb = bodies.doc[i]
            voice = voice_of[i]
            speaker = None if voice is None else statements[voice].speaker
            if voice not in voices or (voice is not None and (speaker is None or speaker.entity not in officials)):
                continue
            stance = self.stances[verb.lemma_]
            subject = _stands(verb, stance)
            if subject is None or not (voice is None or bodies.is_country(subject)):
                continue
            names = bodies.at(subject)
            if names:
                taken.setdefault(voice, {})[names] = Referent(names, stance.id)
        return {voice: next(iter(found.values())) for voice, found in taken.items() if len(found) == 1}

    def _government(self, bodies: Bodies, speaker: records.Party | None, mine: Token | None) -> Referent | None:
        """The one government that bears first the name of its leader who speaks ("the Ruiz Administration"), or the one
        that he calls his: "my Administration".
        """
        owner = _person(speaker)
        if owner is None or bodies.types.get(owner.entity or "") != "PERSON":
            return None
        surname = re.findall(r"\w+", owner.names[0][0])[-1]
        led = {
            (entity.name, entity.id): self.governments[words[-1].lower()]
            for entity in layers.get(bodies.doc, "entities")
            if entity.type == "ORG"
            and (words := re.findall(r"\w+", entity.name))[:1] == [surname]
            and words[-1].lower() in self.governments
        }
        if len(led) == 1:
            return Referent(tuple(led), *led.values())
        if mine is None:
            return None
        return Referent(((f"{owner.possessive} {mine.text}", None),), self.governments[mine.lemma_])

    def _own(self, bodies: Bodies, token: Token) -> Referent | None:
        """The body that "our" shows to be speaking: "Norway and our partners", "Peru reaffirms our pledge", "Chad works
        with our allies".
        """
        if token.lower_ != "our":
            return None
        owned = token.head
        if owned.dep_ == "conj":
            return _referent(bodies.at(owned.head))
        own = self.owns.get(owned.lemma_)
        if own is not None and owned.dep_ == "pobj":
            return _subject_of(bodies, owned.head, own)
        if owned.dep_ != "dobj" or owned.head.lemma_ not in self.acts:
            return None
        subject = next((t for t in owned.head.lefts if t.dep_ == "nsubj"), None)
        if subject is None or any(True for _ in subject.conjuncts):
            return None
        return _referent(bodies.at(subject), self.acts[owned.head.lemma_].id)


def _last_called(issuer: Referent, names: Sequence[tuple[int, Names]], token: Token) -> Referent:
    """The issuer by the name that the text called it last before a token; see `issuers.called`."""
    before = bisect_left(names, (token.i,))
    return Referent(names[before - 1][1], issuer.rule) if before else issuer


def _are_countries(bodies: Bodies, meant: Referent | None) -> bool:
    """Whether no other body than a country is meant."""
    return meant is None or all(id_ in bodies.countries for _, id_ in meant.names)


def _beside(subject: Token) -> Iterator[Token]:
    """The words that belong to the verb of a subject."""
    if subject.dep_ in ("nsubj", "nsubjpass"):
        yield from subject.head.children


def _subject_of(bodies: Bodies, link: Token, own: Own) -> Referent | None:
    """The country or government that is the subject above a preposition: "Peru works" above "with" our partners."""
    if link.lower_ not in own.after and f"{link.head.lower_} {link.lower_}" not in own.after:
        return None
    verb = link
    for _ in range(MAX_DEPTH):
        verb = verb.head
        subject = next((t for t in verb.lefts if t.dep_ in ("nsubj", "nsubjpass")), None)
        if subject is not None:
            speaks = bodies.is_country(subject) or subject.lower_ in own.bodies
            alone = not any(True for _ in subject.conjuncts)
            return _referent(bodies.at(subject), own.id) if speaks and alone else None
    return None


def _stands(verb: Token, stance: Stance) -> Token | None:
    """The one subject that takes a stance here and now: "Peru condemns", "Peru will continue to stand with"."""
    behind = (t.lower_ for right in verb.rights for t in (right, *right.rights))  # "stands with", "is at the forefront"
    if stance.followed_by and not any(word in stance.followed_by for word in behind):
        return None
    if verb.dep_ == "xcomp" and verb.head.lemma_ == "continue":
        verb = verb.head
    if verb.dep_ not in ("ROOT", "conj"):
        return None
    present = any(t.tag_ in ("VBZ", "VBP") or t.lower_ == "will" for t in (verb, *verb.lefts))
    subject = next((t for t in verb.lefts if t.dep_ in ("nsubj", "nsubjpass")), None)
    return subject if present and subject is not None and not any(True for _ in subject.conjuncts) else None


def _pair(bodies: Bodies) -> Names:
    """The two countries that a text names together ("Peru and Chad"), where it does so of no other two or more."""
    joined: dict[frozenset[tuple[str, str | None]], Names] = {}
    for name in bodies.names:
        first = bodies.doc[name.root] if name.entity.type == "GPE" else None
        if first is not None and first.dep_ != "conj":
            names = dict.fromkeys(
                body for t in (first, *first.conjuncts) for body in bodies.at(t) if bodies.is_country(t)
            )
            if len(names) > 1:
                joined[frozenset(names)] = tuple(names)
    pairs = list(joined.values())
    return pairs[0] if len(pairs) == 1 and len(pairs[0]) == 2 else ()


def _referent(names: Names, rule: str = "") -> Referent | None:
    return Referent(names, rule) if names else None


def _person(speaker: records.Party | None) -> Referent | None:
    """The speaker as the one who says "I"; several speakers say "we"."""
    if speaker is None or speaker.name is None or (speaker.entity is None and " and " in speaker.name):
        return None
    return Referent(((speaker.name, speaker.entity),), "")


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
