"""What speaks for and against a reading: the words beside it, and the parse where the document has one.

"March", "2015", "a year" or "the evening" are time only with evidence; each `needs` of a phrase rule names one check
here. The same parse says on which side of the publication a bare weekday or month lies (`direction`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spacy.tokens import Doc, Token

from pipeline.date_grammar import Cue, Found, Grammar, Lexemes, Need

_NAMES = ("PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "PRODUCT", "WORK_OF_ART", "LAW")
_SHORT_UNITS = ("day", "weekend", "hour", "minute", "second")
_ENDS_OF_BRACKET = (")", ",", ";", "-", "–")
_COUNTED_FROM_TEXT = ("later", "earlier")
_CUE_WINDOW = 8
_RATE_WINDOW = 5
_STEPS_TO_VERB = 12
_FINITE = ("VBD", "VBZ", "VBP", "MD")
_UNDECIDED = ("weekday", "named", "month", "season", "quarter", "half", "nearest")
_UNSURE = 0.2
_NEAR = 0.5
_PRESENT = 0.1


Check = Callable[["Found", "Context"], "str | None"]
Cues = Mapping[str, Mapping[str, Cue]]


@dataclass(slots=True)
class Context:
    """A segment's lexemes and the Doc they come from."""

    doc: Doc
    grammar: Grammar
    lexemes: Lexemes
    cues: Cues
    parsed: bool

    def has(self, n: int, table: str) -> bool:
        """Whether the n-th lexeme stands in a word table."""
        return self.grammar.in_table(self.lexemes, n, table)

    def token(self, n: int) -> Token | None:
        """The token that the n-th lexeme begins in."""
        if not 0 <= n < len(self.lexemes.starts):
            return None
        span = self.doc.char_span(self.lexemes.starts[n], self.lexemes.ends[n], alignment_mode="expand")
        return span[0] if span is not None and len(span) else None


def evidence(found: Found, context: Context) -> list[str] | None:
    """The ids of the rules that speak for a phrase, or None where something that it needs is missing."""
    ids = []
    for need in found.rule.needs:
        id_ = CHECKS[need](found, context)
        if id_ is None:
            return None
        ids.append(id_)
    return [id_ for id_ in ids if id_]


def _behind(table: str) -> Check:
    """The check that a word of a table stands right before the phrase."""
    return lambda found, context: table if context.has(found.first - 1, table) else None


def _no_name(found: Found, context: Context) -> str | None:
    """ "April" unless it is (part of) a name: April Jones."""
    token = context.token(found.first)
    return "" if token is None or token.ent_type_ not in _NAMES else None


def _doubtful_month(found: Found, context: Context) -> str | None:
    """ "May" only behind a word of time, and not where the model sees a person or a verb."""
    id_ = "before_month"
    if context.has(found.first - 1, "joining") and context.has(found.first - 2, "month"):
        id_ = "joining"  # "in April and May"
    elif not context.has(found.first - 1, id_):
        return None
    token = context.token(found.first)
    return id_ if token is None or (token.ent_type_ not in _NAMES and token.pos_ in ("PROPN", "NOUN", "")) else None


def _year(found: Found, context: Context) -> str | None:
    """ "in 2015", "(2015)", not "2015 jobs"; that the model sees a DATE is enough, a plural noun behind too much."""
    before, after = context.lexemes.word(found.first - 1), context.lexemes.word(found.last)
    own, behind = context.token(found.first), context.token(found.last)
    dated = own is not None and own.ent_type_ == "DATE"
    if after == ")" and context.lexemes.glued(found.last):
        return None  # "(2015)084" is the number of a release
    to = context.lexemes.word(found.last + 1)
    ranges = context.has(found.last, "dash") and not context.has(found.last + 1, "recent_year")
    if ranges and len(to) > 2 and to.isdigit():
        return None  # "about 2000 - 2500 calories"
    counted = behind is not None and behind.tag_ == "NNS" and not context.has(found.last, "after_year")
    if counted:
        return None
    before_dash = 2 if context.has(found.first - 1, "dash") else 1  # "mid-2020"
    if context.has(found.first - before_dash, "before_year"):
        return "after_year" if context.has(found.last, "after_year") else "before_year"
    return "" if dated or (before == "(" and after[:1] in _ENDS_OF_BRACKET) else None


def _clock(found: Found, context: Context) -> str | None:
    """ "10:30" is a time behind a preposition, "10:30 a.m." everywhere."""
    if found.fields.keys() & {"ampm", "zone", "zone_word"}:
        return ""
    return _behind("time_preposition")(found, context)


def _phrase_end(found: Found, context: Context) -> str | None:
    """ "two days after." counts from a date of the text, "two days after the summit" from the summit."""
    after = context.lexemes.word(found.last)
    return "" if not after[:1].isalnum() or context.lexemes.word(found.last - 1) in _COUNTED_FROM_TEXT else None


def _no_noun(found: Found, context: Context) -> str | None:
    """ "in summer" but not "in summer schools"."""
    token = context.token(found.last)
    return "" if token is None or token.pos_ not in ("NOUN", "PROPN", "ADJ", "NUM") else None


def _no_clause(found: Found, context: Context) -> str | None:
    """ "now" but not "now that the talks are over"."""
    return None if context.lexemes.word(found.last) == "that" else ""


def _length(found: Found, context: Context) -> str | None:
    """ "a year" is a length behind a preposition or bound, else mostly a rate or nothing."""
    if context.has(found.first, "recent_year"):
        return None  # "at the FIFA World Cup 2018 day five"
    if not context.has(found.first, "article") or found.last - found.first > 2:
        return ""
    return _behind("before_length")(found, context)


def _counted_units(found: Found, context: Context) -> str | None:
    """ "the past year" and "the last two days" are lengths, "the last day" and "the past years" are none."""
    if "amount" in found.rules:
        return ""
    return None if context.has(found.last - 1, "units") or found.fields["unit"] in _SHORT_UNITS else ""


def _no_amount(found: Found, context: Context) -> str | None:
    """ "reports annually", but "500 million dollars annually" is the rate of a quantity."""
    window = range(found.first - 1, max(found.first - 1 - _RATE_WINDOW, -1), -1)
    return None if any(context.has(n, "count") or context.has(n, "multiplier") for n in window) else ""


def _few_times(found: Found, context: Context) -> str | None:
    """ "three times a week" is how often, "78,000 times a minute" a number of times."""
    counts = context.lexemes.word(found.first)[:1].isdigit() and not context.has(found.first, "day")
    return None if counts else ""


def _between(found: Found, context: Context) -> str | None:
    return "" if context.lexemes.word(found.first - 1) == "between" else None


def _no_compound(found: Found, context: Context) -> str | None:
    """ "that day", but not in "agreed that day care is needed"."""
    token = context.token(found.last - 1)
    return "" if token is None or token.dep_ != "compound" else None


def _no_end(found: Found, context: Context) -> str | None:
    """ "the year", but not of "the year ended 30 June", which is another one."""
    return None if context.has(found.last, "ending") else ""


CHECKS: dict[Need, Check] = {
    "no_name": _no_name, "doubtful_month": _doubtful_month, "year": _year, "clock": _clock,
    "preposition": _behind("time_preposition"), "for_the": _behind("for_the"), "within": _behind("before_bare_units"),
    "phrase_end": _phrase_end, "no_noun": _no_noun, "no_clause": _no_clause, "length": _length,
    "counted_units": _counted_units, "no_amount": _no_amount, "between": _between,
    "few_times": _few_times, "no_end": _no_end, "no_compound": _no_compound,
}  # fmt: skip


def direction(found: Found, context: Context) -> tuple[float, str]:
    """On which side of the publication a bare weekday, month or day lies, from -1 (surely behind) to 1 (surely
    ahead), and the id of the cue that says so.
    """
    cues, lexemes = context.cues, context.lexemes
    if "side" in found.fields:
        return float(found.fields["side"]), ""
    undecided = found.fields.get("unit") == "week" or not found.fields.keys().isdisjoint(_UNDECIDED)
    if "year" in found.fields or not undecided or context.has(found.last, "apostrophe"):
        return 0, ""  # "Wednesday's ruling" says nothing by its verb
    before = found.first - 1
    while context.has(before, "edge_word"):
        before -= 1
    token = context.token(found.first) if context.parsed else None
    if lexemes.word(before) in cues["deadline"] and token is not None and _long_past(token):
        return -1, ""
    beside = cues["deadline"].get(lexemes.word(before)) or cues["beside"].get(lexemes.word(before))
    if beside is not None:
        return beside.direction, beside.id if before == found.first - 1 else f"{beside.id}+edge_word"
    tense = _tense(token, cues) if token is not None else (0.0, "")
    if abs(tense[0]) > _UNSURE:
        return tense
    for n in range(before, max(before - _CUE_WINDOW, -1), -1):
        word = lexemes.word(n)
        if word in (".", ";"):
            break
        if word in cues["near"]:
            return cues["near"][word].direction * _NEAR, cues["near"][word].id
    return tense


def _helpers(token: Token) -> list[Token]:
    return [child for child in token.children if child.dep_ in ("aux", "auxpass")]


def _long_past(token: Token) -> bool:
    """Whether the verb above says what had been by then: "By Friday, the fund had raised"."""
    verb = next((above for above in token.ancestors if above.pos_ in ("VERB", "AUX")), token)
    return any(helper.lemma_ == "have" and helper.tag_ == "VBD" for helper in _helpers(verb))


def _tense(token: Token, cues: Cues) -> tuple[float, str]:
    """What the verbs above a token say: "will meet on Monday" is ahead, "met on Monday" behind.

    It is less sure where a noun stands between: "announced the meeting on Monday".
    """
    sure, infinitive = 1.0, False
    for _ in range(_STEPS_TO_VERB):
        if token.pos_ in ("VERB", "AUX") or infinitive:
            helpers = _helpers(token)
            if token.dep_ == "acomp":  # "it had been due to expire"
                helpers += [token.head, *_helpers(token.head)]
            words = [word for part in (*helpers, token) for word in (part.lower_, part.lemma_)]
            places = ("verb", "infinitive") if infinitive else ("verb",)
            if any(helper.lemma_ == "have" and helper.tag_ == "VBD" for helper in helpers):
                return -sure, ""  # "had been due to expire on Friday"
            ahead = [cues[place][word] for place in places for word in words if word in cues[place]]
            if ahead:
                return ahead[0].direction * sure, ahead[0].id
            finite = [helper for helper in helpers if helper.tag_ in _FINITE] or [token]
            perfect = finite[0].lemma_ == "have" and finite[0] is not token
            if finite[0].tag_ == "VBD" or perfect:
                return -sure * (_UNSURE if infinitive else 1), ""  # "met to prepare for Monday"
            if token.tag_ == "VBN" and not helpers:
                return -sure * _UNSURE, ""  # "the talks set for Monday"
            if finite[0].tag_ in _FINITE:
                timetable = cues["present"].get(token.lemma_) if finite[0] is token else None
                return (timetable.direction * sure, timetable.id) if timetable else (_PRESENT * sure, "")
            infinitive = any(helper.lower_ == "to" for helper in helpers)
            if infinitive and token.dep_ == "relcl":
                return sure, ""  # "the summit to be held on Friday"
        elif token.pos_ in ("NOUN", "PROPN") and token.ent_type_ not in ("DATE", "TIME"):
            sure = _UNSURE
        if token.head.i == token.i:
            return 0, ""
        token = token.head
    return 0, ""
