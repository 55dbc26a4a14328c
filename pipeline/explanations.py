"""Explanations: why a text has the commitments that it has, and why other sentences have none.

    c1   The ministers agreed to build a bridge by 2030.
         trigger    agreed        verb_infinitive+agree
         committer  ministers     nsubj(ministers)
         action     build         xcomp(build)
         deadline   2030          xcomp(build)>prep(by)>pobj(2030)
    not  The ministers may agree to build a bridge.
         agree      1 undone trigger (doubt)

A path leads from the trigger to the head of the argument, in the notation of the rules (see `shapes`). What is left out
carries the number of its kind in docs/left_out.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from pipeline import context, layers, records, shapes
from pipeline.commitments import Commitments, Refusal

NO_COMMITMENT = {
    1: "undone trigger",
    2: "obligation without an act",
    3: "present or past fact",
    4: "prediction",
    5: "subject is no agent",
    6: "agreement on an opinion",
    7: "nominal trigger without an agent",
    8: "signature without content",
    9: "permission or possibility",
    10: "request",
    11: "effect of a measure, or a noun phrase without a party",
}
"""What commitments are not, by the numbers of docs/left_out.md, which has an example of each."""

UNDONE = {"negation": 1, "condition": 1, "doubt": 1, "request": 10, "obligation": 2, "opinion": 6, "control": 4}
WITHOUT_TRIGGER: dict[context.Kind, int] = {"obligation": 2, "doubt": 9, "request": 10}
"""What a cue says of a sentence in which nothing else binds: "may build" is a possibility."""


@dataclass(frozen=True)
class LeftOut:
    """A sentence without a commitment: the word that might have bound, its number, and what was seen."""

    sentence: Span
    word: Token
    number: int
    because: str


@dataclass(frozen=True)
class Argument:
    """One slot of a commitment: its role, its words, and the path from the trigger to their head (None: none leads)."""

    role: str
    text: str
    path: str | None


def arguments(doc: Doc, commitment: records.Commitment) -> Iterator[Argument]:
    """The filled slots of a commitment: "the ministers" by `nsubj(ministers)`, and so on."""
    index = list(layers.get(doc, "commitments")).index(commitment)
    trace = doc._.communique_traces[index]
    named: dict[str, records.Span] = {
        item.id: item for layer in ("dates", "quantities") for item in layers.get(doc, layer)
    }
    trigger = _head(doc, commitment.trigger.start, commitment.trigger.end)
    slots: list[tuple[str, records.Span | None]] = [("committer", party) for party in commitment.committers]
    slots += [("beneficiary", party) for party in commitment.beneficiaries]
    slots += [("quantity", named[id_]) for id_ in commitment.quantities]
    slots += [(role, named[id_]) for role in ("deadline", "made_on") if (id_ := getattr(commitment, role)) is not None]
    slots += [("object", commitment.object), ("made_at", commitment.made_at), ("speaker", commitment.speaker)]
    action = _head(doc, trace.start, trace.start + trace.length)
    yield Argument("action", commitment.action, _path(trigger, action))
    for role, span in slots:
        if span is not None:
            yield Argument(role, span.text, _path(trigger, _head(doc, span.start, span.end)))


def left_out(doc: Doc, nlp: Language) -> Iterator[LeftOut]:
    """For each sentence that holds a word that might bind and no commitment, the rule that left it out."""
    component = nlp.get_pipe("communique_commitments")
    assert isinstance(component, Commitments)
    taken = [(c.start, c.end) for c in layers.get(doc, "commitments")]
    taken += [(c.trigger.start, c.trigger.end) for c in layers.get(doc, "commitments")]
    refusals: dict[int, Refusal] = {}
    for refusal in component.find(doc)[1]:
        refusals.setdefault(refusal.trigger.sent.start, refusal)
    cues = {
        cue.cue.sent.start: cue
        for cue in reversed(component.context.cues(doc))
        if cue.kind in WITHOUT_TRIGGER and cue.cue.pos_ != "NOUN"
    }
    for sentence in doc.sents:
        if any(start < sentence.end_char and sentence.start_char < end for start, end in taken):
            continue
        refused, cue = refusals.get(sentence.start), cues.get(sentence.start)
        if refused is not None:
            yield LeftOut(sentence, refused.trigger, _number(refused, component), refused.because)
        elif cue is not None:
            yield LeftOut(sentence, cue.cue, WITHOUT_TRIGGER[cue.kind], cue.kind)
        else:
            word = next((token for token in sentence if component.triggers.knows(token)), None)
            if word is not None:
                yield LeftOut(sentence, word, _number_of_unfit(word, component), "shape")


def lines(doc: Doc, nlp: Language, only: str | None = None) -> Iterator[str]:
    """The explanation of a text that `nlp` has read, as it is printed; `only` is the id of a commitment: "c3"."""
    for commitment in layers.get(doc, "commitments"):
        if only in (None, commitment.id):
            sentence = _head(doc, commitment.start, commitment.end).sent
            yield f"{commitment.id:<4} {_flat(sentence.text)}"
            yield _row("trigger", commitment.trigger.text, commitment.trigger.rule)
            for argument in arguments(doc, commitment):
                yield _row(argument.role, argument.text, argument.path or "in another sentence")
    if only is None:
        for one in left_out(doc, nlp):
            yield f"not  {_flat(one.sentence.text)}"
            yield f"     {one.word.text:<11} rule {one.number}: {NO_COMMITMENT[one.number]} ({one.because})"


def _number(refusal: Refusal, component: Commitments) -> int:
    """The number of a refusal; one for want of an agent tells a forecast, an effect, or neither."""
    if refusal.because != "agent":
        return UNDONE[refusal.because]
    head = refusal.head
    if refusal.trigger.pos_ in ("NOUN", "PROPN"):
        return 7
    if head is None:
        return 5
    if component.vocabulary.has("measure", head):
        return 11
    return 4 if component.agents.standing(head) == "speaks" else 5


def _number_of_unfit(word: Token, component: Commitments) -> int:
    """The number of a word that binds in other surroundings: "agree that this is critical": opinion."""
    if word.pos_ in ("NOUN", "PROPN"):
        if any(shapes.follow(word, "acl|relcl:TO")):
            return 11
        return 8 if word.dep_ in ("nsubjpass", "dobj") else 7
    agrees = any(known.force == "agreed" for known in component.triggers.words(word))
    return 6 if agrees and any(shapes.follow(word, "ccomp")) else 3


def _head(doc: Doc, start: int, end: int) -> Token:
    """The head of the words that hold `start:end`; the whole tokens, since a span may cut one."""
    words = layers.tokens(doc, start, end)
    assert words is not None
    return words.root


def _path(trigger: Token, token: Token) -> str | None:
    """The way from word to word: `^aux(build)>nsubj(council)`; "." for the word itself, None across sentences."""
    above: list[Token] = [token]
    while above[-1].dep_ != "ROOT":
        above.append(above[-1].head)
    known = {node.i: n for n, node in enumerate(above)}
    steps, node = [], trigger
    while node.i not in known:
        if node.dep_ == "ROOT":
            return None
        steps.append(f"^{node.dep_}({node.head.lower_})")
        node = node.head
    down = reversed(above[: known[node.i]])
    return ">".join([*steps, *(f"{child.dep_}({child.lower_})" for child in down)]) or "."


def _row(role: str, text: str, how: str) -> str:
    return f"     {role:<11} {_flat(text):<40} {how}"


def _flat(text: str) -> str:
    return " ".join(text.split())
