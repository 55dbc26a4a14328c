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
_RATE_WINDOW = 5
_STEPS_TO_VERB = 12
_FINITE = ("VBD", "VBZ", "VBP", "MD")
_UNSURE = 0.4
_PRESENT = 0.2


@dataclass(slots=True)
class Context:
    """A segment's lexemes and the Doc they come from."""

    doc: Doc
    grammar: Grammar
    lexemes: Lexemes
    cues: Mapping[str, Mapping[str, int]]

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
        return token is None or token.tag_ != "NNS" or _is_dated(context.token(found.first))
    if before == "(" and after in (")", ",", ";", "-", "–"):
        return True
    return _is_dated(context.token(found.first))


def _is_dated(token: Token | None) -> bool:
    return token is not None and token.ent_type_ == "DATE"


def _preposition(found: Found, context: Context) -> bool:
    return context.has(found.first - 1, "time_preposition")


def _clock(found: Found, context: Context) -> bool:
    return "ampm" in found.fields or "zone" in found.fields or context.has(found.first - 1, "time_preposition")


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
    if context.has(found.last - 1, "units"):
        return "amount" in found.rules
    return "amount" in found.rules or found.fields["unit"] not in ("day", "weekend", "hour", "minute", "second")


def _for(found: Found, context: Context) -> bool:
    return context.has(found.first - 1, "before_bare_units")


def _rate(found: Found, context: Context) -> bool:
    """"$5 a year", "three times a week": behind a number or a counted noun."""
    window = range(found.first - 1, max(found.first - 1 - _RATE_WINDOW, -1), -1)
    return not any(context.has(n, "count") or context.has(n, "multiplier") for n in window)


def _for_the(found: Found, context: Context) -> bool:
    return context.has(found.first - 1, "for_the")


def _no_noun(found: Found, context: Context) -> bool:
    """"in the past" but not "in the past century of war"."""
    token = context.token(found.last)
    return token is None or token.pos_ not in ("NOUN", "PROPN", "ADJ", "NUM") or token.is_punct


def _between(found: Found, context: Context) -> bool:
    return context.lexemes.word(found.first - 1) == "between"


CHECKS: dict[str, Callable[[Found, Context], bool]] = {
    "month_name": _month_name, "weekday_name": _month_name, "doubtful_month": _doubtful_month, "year": _year,
    "preposition": _preposition, "clock": _clock, "phrase_end": _phrase_end, "adverb": _adverb, "length": _length,
    "counted_units": _counted_units, "for": _for, "rate": _rate, "between": _between, "for_the": _for_the, "no_noun": _no_noun,
}  # fmt: skip


def direction(found: Found, context: Context) -> float:
    """On which side of the publication a bare weekday, month or day lies: from -1 (surely behind) to 1 (surely ahead)."""
    cues, lexemes = context.cues, context.lexemes
    if context.has(found.last, "apostrophe"):
        return 0  # "Wednesday's ruling" says nothing by its verb
    beside = cues["beside"].get(lexemes.word(found.first - 1))
    if beside is not None:
        return beside
    token = context.token(found.first) if context.doc.has_annotation("DEP") else None
    tense = _tense(token, cues) if token is not None else 0
    if tense:
        return tense
    for n in range(found.first - 1, max(found.first - 1 - _CUE_WINDOW, -1), -1):
        word = lexemes.word(n)
        if word in (".", ";"):
            break
        if word in cues["near"]:
            return cues["near"][word] * _UNSURE
    return 0


def _tense(token: Token, cues: Mapping[str, Mapping[str, int]]) -> float:
    """What the verbs above a token say: "will meet on Monday" is ahead, "met on Monday" behind.

    It is less sure where a noun stands between: "announced the meeting on Monday".
    """
    sure, infinitive = 1.0, False
    for _ in range(_STEPS_TO_VERB):
        if token.pos_ in ("VERB", "AUX") or infinitive:
            helpers = [child for child in token.children if child.dep_ in ("aux", "auxpass")]
            words = [word for part in (*helpers, token) for word in (part.lower_, part.lemma_)]
            places = ("verb", "infinitive") if infinitive else ("verb",)
            if any(helper.lemma_ == "have" and helper.tag_ == "VBD" for helper in helpers):
                return -sure  # "had been due to expire on Friday"
            ahead = [cues[place][word] for place in places for word in words if word in cues[place]]
            if ahead:
                return ahead[0] * sure
            finite = [helper for helper in helpers if helper.tag_ in _FINITE] or [token]
            if finite[0].tag_ == "VBD" or (token.tag_ == "VBN" and finite[0].lemma_ != "be"):
                return -sure
            if finite[0].tag_ in _FINITE:
                return _PRESENT
            infinitive = any(helper.lower_ == "to" for helper in helpers)
        elif token.pos_ in ("NOUN", "PROPN") and token.ent_type_ not in ("DATE", "TIME"):
            sure = _UNSURE
        if token.head is token:
            return 0
        token = token.head
    return 0
