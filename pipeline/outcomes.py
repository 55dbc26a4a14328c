"""Outcomes: whether the sentence of a commitment says that the promise was kept or given up.

    The mayor fulfilled her pledge to open the school.      fulfilled
    We promised to halve our debt, and we did.              fulfilled
    The firm abandoned its commitment to cut emissions.     abandoned

Only what the sentence itself tells of its own promise counts; all others stay open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal

from spacy.tokens import Token

from pipeline import rulebook, shapes
from pipeline.context import Context
from pipeline.evidence import Frame
from pipeline.vocabulary import Vocabulary


class Outcome(rulebook.Rule):
    """Verbs that end a promise that is their object; `alone`: those that do without one: "and we did"."""

    status: Literal["fulfilled", "abandoned"]
    lemmas: list[rulebook.Lower]
    alone: bool = False


class Outcomes:
    """Reads how promises ended; built from the rules of outcomes.toml."""

    def __init__(self, rules: Sequence[Outcome], context: Context, vocabulary: Vocabulary) -> None:
        self._rules = {(lemma, rule.alone): rule for rule in rules for lemma in rule.lemmas}
        self._context = context
        self._vocabulary = vocabulary

    def of(self, frame: Frame) -> Outcome | None:
        """The rule that tells how the promise of a frame ended; None while it is open."""
        for verb, alone in self._verbs(frame):
            rule = self._rules.get((shapes.lemma(verb), alone))
            if rule is not None and self._is_done(verb, alone):
                return rule
        return None

    def _verbs(self, frame: Frame) -> Iterator[tuple[Token, bool]]:
        """The verb over a promise, and the verbs joined to the one that makes it, which may stand alone."""
        trigger = frame.trigger
        yield from ((verb, False) for path in ("^dobj", "^pobj>^prep") for verb in shapes.follow(trigger, path))
        top = frame.saying or frame.clause
        if top.tag_ not in ("VBD", "VBN"):
            return
        for verb in islice(shapes.coordinated(top), 1, None):
            objects = (*shapes.follow(verb, "dobj"), *shapes.follow(verb, "prep(on|from)>pobj"))
            if any(self._vocabulary.has("bound_noun", noun) for noun in objects):
                yield verb, False
            elif shapes.own_subject(verb) is not None and not shapes.has_complement(verb):
                yield verb, True

    def _is_done(self, verb: Token, alone: bool) -> bool:
        """Whether a verb tells what happened: "kept", "has kept", "and we have"; not "will keep", "has not kept"."""
        if any(cue.kind in ("negation", "doubt", "condition") for cue in self._context.above(verb)):
            return False
        auxiliaries = [child.lemma_ for child in shapes.children(verb) if child.dep_ == "aux"]
        if alone:
            return verb.tag_ in ("VBP", "VBZ", "VBD") and not auxiliaries
        return (verb.tag_ == "VBD" and not auxiliaries) or (verb.tag_ == "VBN" and auxiliaries == ["have"])
