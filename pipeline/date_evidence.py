"""What speaks for and against a reading: the words beside it, and the parse where the document has one.

"March", "2015", "a year" or "the evening" are time only with evidence; each `needs` of a phrase rule names one check
here. The same parse says on which side of the publication a bare weekday or month lies (`direction`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spacy.tokens import Doc, Token

from pipeline.date_grammar import Found, Grammar, Lexemes

_NAMES = ("PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "PRODUCT", "WORK_OF_ART", "LAW")
_CUE_WINDOW = 8
_STEPS_TO_VERB = 12


@dataclass(slots=True)
class Context:
    """A segment's lexemes and the Doc they come from."""

    doc: Doc
    grammar: Grammar
    lexemes: Lexemes
    cues: Mapping[str, int]

    def has(self, n: int, table: str) -> bool:
        """Whether the n-th lexeme stands in a word table."""
        return self.grammar.in_table(self.lexemes, n, table)

    def token(self, n: int) -> Token | None:
        """The token that the n-th lexeme begins in."""
        if not 0 <= n < len(self.lexemes.starts):
            return None
        span = self.doc.char_span(self.lexemes.starts[n], self.lexemes.ends[n], alignment_mode="expand")
        return span[0] if span is not None and len(span) else None


def fits(found: Found, context: Context) -> bool:
    """Whether everything that the phrase needs is there."""
    return all(CHECKS[need](found, context) for need in found.rule.needs)


def _month_name(found: Found, context: Context) -> bool:
    """"April" unless it is (part of) a name: April Jones."""
    token = context.token(found.first)
    return token is None or token.ent_type_ not in _NAMES


def _doubtful_month(found: Found, context: Context) -> bool:
    """"May" only behind a word of time, and not where the model sees a person or a verb."""
    if not context.has(found.first - 1, "before_month") or context.lexemes.word(found.first - 1) == "":
        return False
    token = context.token(found.first)
    return token is None or (token.ent_type_ not in _NAMES and token.pos_ in ("PROPN", "NOUN", ""))


def _year(found: Found, context: Context) -> bool:
    before, after = context.lexemes.word(found.first - 1), context.lexemes.word(found.last)
    token = context.token(found.last)
    if after == "%" or context.has(found.last, "after_number"):
        return False
    if context.has(found.first - 1, "before_year"):
        return token is None or token.tag_ != "NNS" or after == ""
    if before == "(" and after in (")", ",", ";", "-", "–"):
        return True
    own = context.token(found.first)
    return own is not None and own.ent_type_ == "DATE"


def _preposition(found: Found, context: Context) -> bool:
    return context.has(found.first - 1, "time_preposition")


def _clock(found: Found, context: Context) -> bool:
    return "half" in found.fields or "zone" in found.fields or context.has(found.first - 1, "time_preposition")


def _phrase_end(found: Found, context: Context) -> bool:
    after = context.lexemes.word(found.last)
    return not after[:1].isalnum() or context.lexemes.word(found.last - 1) in ("later", "earlier")


def _adverb(found: Found, context: Context) -> bool:
    return context.lexemes.word(found.last) != "that"


def _length(found: Found, context: Context) -> bool:
    """"a year" is a length behind a preposition or bound, else mostly a rate or nothing."""
    if not context.has(found.first, "article") or found.last - found.first > 2:
        return True
    return context.has(found.first - 1, "before_length")


def _counted_units(found: Found, context: Context) -> bool:
    """"the past year" is a length, "the last day" and "the next stage" are none."""
    return found.fields["n"] != 1 or found.fields["unit"] not in ("day", "weekend", "hour", "minute", "second")


def _for(found: Found, context: Context) -> bool:
    return context.has(found.first - 1, "before_bare_units")


def _rate(found: Found, context: Context) -> bool:
    """"$5 a year", "three times a week": behind a number or a counted noun."""
    if context.lexemes.word(found.first) == "per":
        return True
    before = context.token(found.first - 1)
    return before is not None and (before.like_num or before.pos_ in ("NUM", "SYM") or before.text == "%")


def _between(found: Found, context: Context) -> bool:
    return context.lexemes.word(found.first - 1) == "between"


CHECKS: dict[str, Callable[[Found, Context], bool]] = {
    "month_name": _month_name, "weekday_name": _month_name, "doubtful_month": _doubtful_month, "year": _year,
    "preposition": _preposition, "clock": _clock, "phrase_end": _phrase_end, "adverb": _adverb, "length": _length,
    "counted_units": _counted_units, "for": _for, "rate": _rate, "between": _between,
}  # fmt: skip


def direction(found: Found, context: Context) -> int:
    """On which side of the publication a bare weekday, month or day lies: -1 behind, +1 ahead, 0 unknown."""
    token = context.token(found.first)
    if token is not None and context.doc.has_annotation("DEP"):
        tense = _tense(token, context.cues)
        if tense:
            return tense
    for n in range(found.first - 1, max(found.first - 1 - _CUE_WINDOW, -1), -1):
        word = context.lexemes.word(n)
        if word in (".", ";"):
            break
        if word in context.cues:
            return context.cues[word]
    return 0


def _tense(token: Token, cues: Mapping[str, int]) -> int:
    """What the verbs above a token say: "will meet on Monday" is ahead, "met on Monday" behind."""
    for _ in range(_STEPS_TO_VERB):
        if token.pos_ in ("VERB", "AUX"):
            helpers = [child for child in token.children if child.dep_ in ("aux", "auxpass")]
            if any(cues.get(child.lower_, 0) > 0 for child in helpers) or cues.get(token.lower_, 0) > 0:
                return 1
            if token.tag_ == "VBD" or any(child.tag_ in ("VBD", "VBZ", "VBP") for child in helpers if child.lemma_ in ("have", "be") and token.tag_ == "VBN"):
                return -1
        if token.head is token:
            return 0
        token = token.head
    return 0
