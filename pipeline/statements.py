"""Statements: what somebody is said to have said, word for word or in a reported clause, and who said it.

    "We will stay," Stoltenberg said. "It is new."        two quotations, one speaker
    The ministry said that prices would fall.             a reported clause
    Prices, according to the ministry, will fall.         the same, around its cue
    Statement by Jane Roe on the floods                   a title: the prose below is hers

Names in quotes and scare quotes are no statements: nobody is said to say them, and they have no verb.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from pipeline import layers, parties, quotations, records, rulebook
from pipeline.lookup import spread, text
from pipeline.reporting import FINITE, Cue, Paper, Phrase, Reporting, Speaker, Verb, is_person
from pipeline.transcripts import ENDS, HEADER_BLOCKS, PROSE, Interview, Label, Transcripts

MIN_WORDS = 4  # of a quotation that no punctuation ties to a cue: what is shorter is a name or a scare quote
MAX_CLAUSE = 300  # tokens of a reported clause
MAX_GAP = 30  # tokens between a quotation and its cue: "Jane Roe, chief executive of the Acme Group of Peru, said"
SOON = 3  # paragraphs after which a quotation without a cue is no longer sure to go on
DASHES = frozenset("-–—―")
STOPS = frozenset(".:;!?")


class Title(rulebook.Rule):
    """A heading that makes the prose below somebody's words; the group `speaker` of the pattern holds the name."""

    pattern: rulebook.Pattern
    office: bool = False
    """Whether the group holds an office in place of a name: "Statement by the President"."""


RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {
    "verbs": Verb,
    "phrases": Phrase,
    "papers": Paper,
    "speakers": Speaker,
    "titles": Title,
    "labels": Label,
    "interviews": Interview,
}


@dataclass(frozen=True)
class Found:
    """A statement whose speaker is not resolved yet."""

    start: int
    end: int
    direct: bool
    speaker: Span | None
    rule: str | None


class Page:
    """The tokens, quotations and paragraphs of a Doc, each found from the other in constant time."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.text = text(doc)
        self.segments: list[records.Segment] = layers.get(doc, "segments")
        self.quotes = quotations.find(self.text, self.segments)
        self.segment_of = spread(doc, {n: (s.start, s.end) for n, s in enumerate(self.segments)})
        self.quote_of = spread(doc, {n: (q.start, q.end) for n, q in enumerate(self.quotes)})
        self.inside: list[list[int]] = [[] for _ in self.quotes]
        for i, n in enumerate(self.quote_of):
            if n is not None:
                self.inside[n].append(i)

    def between(self, start: int, end: int) -> Iterator[Token]:
        """The tokens `start:end` that are neither blank nor a quotation mark."""
        return (t for t in self.doc[start:end] if not t.is_space and not t.is_quote)


@Language.factory(
    "communique_statements", default_config={"rules": None}, requires=["token.dep", "token.tag", "token.lemma"]
)
def make(nlp: Language, name: str, rules: str | None) -> Statements:
    """Create the component; `rules` is a folder of rules to add."""
    return Statements(rulebook.load("statements", RULES, rules))


class Statements:
    """Finds the statements of a Doc (`doc._.communique_statements`)."""

    def __init__(self, rules: Mapping[str, Sequence[Any]]) -> None:
        self.reporting = Reporting(rules)
        self.transcripts = Transcripts(rules["labels"], rules["interviews"])
        self.titles = [(title, re.compile(title.pattern)) for title in rules["titles"]]

    def __call__(self, doc: Doc) -> Doc:
        layers.put(doc, "statements", self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[records.Statement]:
        """The statements of a Doc in reading order; one that holds another stands before it."""
        page = Page(doc)
        cues = self.reporting.cues(doc)
        outside = [cue for cue in cues if page.quote_of[cue.verb.i] is None]
        quoted = self._quoted(page, outside)
        tied = {n for n, (_, loose) in quoted.items() if not loose}
        clauses = list(self._reported(page, cues, tied))
        reported = spread(doc, {n: (clause.start, clause.end) for n, clause in enumerate(clauses)})
        found = clauses + [s for n, (s, loose) in quoted.items() if not loose or reported[page.inside[n][0]] is None]
        found += self._turns(page)
        found += self._prose(page, outside, {page.segment_of[page.inside[n][0]] for n in tied})
        found.sort(key=lambda s: (s.start, -s.end))
        return [_record(page, n, statement) for n, statement in enumerate(found, 1)]

    # Quotations

    def _quoted(self, page: Page, cues: Sequence[Cue]) -> dict[int, tuple[Found, bool]]:
        """The quotations that are statements by their number, and whether nothing ties them to a cue."""
        by_verb = {cue.verb.i: cue for cue in cues}
        said: dict[int, tuple[Found, bool]] = {}
        for n, quote in enumerate(page.quotes):
            if not page.inside[n]:
                continue
            cue, tied = self._attribution(page, n, by_verb)
            last = said.get(n - 1)
            if cue is not None and (tied or (_is_speech(page, n) and cue.clause is not None)):
                speaker = cue.speaker or self.reporting.beside(cue.verb)
                said[n] = Found(quote.start, quote.end, True, speaker, cue.ids), not tied
            elif last is not None and _continues(page, n):
                said[n] = Found(quote.start, quote.end, True, last[0].speaker, last[0].rule), False
            elif _stands_alone(page, n):
                said[n] = Found(quote.start, quote.end, True, _introduced(page, n) or _signed(page, n), None), False
        return _with_last_speaker(page, said)

    def _attribution(self, page: Page, n: int, cues: Mapping[int, Cue]) -> tuple[Cue | None, bool]:
        """The cue of a quotation and whether punctuation ties the two ("X said: ...", "...," X said)."""
        first, last = page.inside[n][0], page.inside[n][-1]
        before, mark = _cue_before(page, first, cues)
        after = _cue_after(page, last, cues)
        if before is not None and mark == ":":
            return before, True
        if after is not None:
            return after, page.doc[last].is_punct or _next(page, last).text == ","
        if before is not None:
            # not the label in 'promised a new, "made in Peru" label'
            speech = page.doc[last].text in ".!?" or _is_speech(page, n) or _is_sentence(page, n)
            return before, speech and mark in ("", ",", "that", "—", "–", "-")
        return None, False

    # Reported speech

    def _reported(self, page: Page, cues: Sequence[Cue], tied: set[int]) -> Iterator[Found]:
        """Reported clauses that are not for the most part a quotation, which is a statement already; in a quotation
        those that it holds.
        """
        for cue in cues:
            if not self.reporting.may_report(cue):
                continue
            around = page.quote_of[cue.verb.i]
            for clause in _clauses(page, cue):
                span = layers.tokens(page.doc, clause.start, clause.end)
                quotes = [] if span is None else page.quote_of[span.start : span.end]
                inside = all(n == around for n in quotes)
                if inside or (around is None and 2 * sum(n in tied for n in quotes) <= len(quotes)):
                    yield clause

        for cue in filter(self.reporting.may_report, self.reporting.citations(page.doc)):
            yield from _pieces(page, cue, cue.clause, (cue.start, cue.end))

    # Prose

    def _prose(self, page: Page, cues: Sequence[Cue], quoted: set[int | None]) -> Iterator[Found]:
        """Prose that is somebody's words without any marks: below a title, and behind "A spokesman said:"."""
        title = self._title(page)
        if title is not None:
            speaker, rule, header = title
            body = _own_words(page, header + 1, speaker.root)
            if body is not None:
                yield Found(*body, True, speaker, rule)
        known = parties.named(page.doc)
        persons = [cue for cue in cues if cue.speaker is not None and is_person(cue.speaker.root, known)]
        prose = [cue for cue in cues if cue.rule is not None and cue.rule.prose]
        opening = {cue.verb.i: colon for cue in prose if (colon := _colon(page, cue)) is not None}
        stop = quoted | {page.segment_of[cue.verb.i] for cue in persons} | {page.segment_of[i] for i in opening}
        for cue in cues:
            n = page.segment_of[cue.verb.i]
            if n is None or n in quoted or cue.speaker is None or cue.verb.i not in opening:
                continue
            start, end = opening[cue.verb.i], page.segments[n].end
            body = None if title or n + 1 in quoted else _block(page, n + 1, stop, cue.speaker.root)
            if start < end and page.text[start].isupper():
                yield Found(start, end if body is None else body[1], True, cue.speaker, cue.ids)
            elif start >= end and body is not None:
                yield Found(*body, True, cue.speaker, cue.ids)

    def _turns(self, page: Page) -> Iterator[Found]:
        """The turns of a transcript or of an interview."""

        def name(start: int, end: int, office: bool) -> Span | None:
            words = layers.tokens(page.doc, start, end)
            return words if words is None or office else parties.one_name(page.doc, words, people=True)

        for turn in self.transcripts.turns(page.text, page.segments, name):
            if turn.speaker is not None and _tells_of(page, turn.start, turn.end, turn.speaker[-1]):
                continue  # "Acme: Under the plan, Acme will ..." is an item of a list
            yield Found(turn.start, turn.end, True, turn.speaker, turn.rule)

    def _title(self, page: Page) -> tuple[Span, str, int] | None:
        for n, segment in enumerate(page.segments[:HEADER_BLOCKS]):
            line = page.text[segment.start : segment.end]
            for title, pattern in self.titles:
                match = pattern.fullmatch(line)
                if match is None:
                    continue
                start, end = match.span("speaker")
                span = layers.tokens(page.doc, segment.start + start, segment.start + end)
                if span is None or any(t.tag_ in FINITE for t in span):
                    continue  # "Cabinet approves statement on ..." tells of one
                name = span if title.office else parties.one_name(page.doc, span)
                if name is not None:
                    return name, title.id, n
        return None


def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as rule examples mark it: the words with `direct` or `reported` and the speaker's name."""
    return [
        rulebook.Mark(
            s.start,
            s.end,
            "direct" if s.direct else "reported",
            {"speaker": "none" if s.speaker is None or s.speaker.name is None else s.speaker.name},
            frozenset((s.rule or "").split("+")),
        )
        for s in layers.get(doc, "statements")
    ]


def _record(page: Page, n: int, found: Found) -> records.Statement:
    return records.Statement(
        id=f"s{n}",
        start=found.start,
        end=found.end,
        text=page.text[found.start : found.end],
        direct=found.direct,
        speaker=None if found.speaker is None else parties.resolve(page.doc, found.speaker),
        rule=found.rule,
    )


def _cue_before(page: Page, first: int, cues: Mapping[int, Cue]) -> tuple[Cue | None, str]:
    """The nearest cue before a quotation in its sentence, or above it after a colon; and the mark between the two."""
    segment = page.segment_of[first]
    left = [t for t in page.between(max(0, first - MAX_GAP), first) if t.i < first]
    if not left or segment is None:
        return None, ""
    above = page.segment_of[left[-1].i]
    if above != segment and left[-1].text != ":":
        return None, ""
    mark = left[-1].text if left[-1].is_punct else left[-1].lower_
    for token in reversed(left):
        if token.text in ".!?" or page.quote_of[token.i] is not None or page.segment_of[token.i] != above:
            break
        if token.i in cues:
            return cues[token.i], "" if token is left[-1] else mark
    return None, ""


def _cue_after(page: Page, last: int, cues: Mapping[int, Cue]) -> Cue | None:
    """The cue whose speaker or verb follows a quotation: "...," Jane Roe of Acme said."""
    segment = page.segment_of[last]
    right = [t for t in page.between(last + 1, last + MAX_GAP) if page.segment_of[t.i] == segment]
    if right and right[0].text in (",", "—", "–", "-"):
        right.pop(0)
    if not right:
        return None
    first = right[0].i
    for n, token in enumerate(right):
        if token.text in ".!?:;" or page.quote_of[token.i] is not None:
            return None
        cue = cues.get(token.i)
        if cue is None:
            continue
        begins = first in (cue.start, cue.start - 1, cue.verb.i)
        own = cue.clause is None or page.quote_of[cue.clause.i] is not None or cue.clause.i < first
        opens = next((t for t in right[n + 1 :] if t.text in ".!?:"), None)
        return cue if begins and own and (opens is None or opens.text != ":") else None
    return None


def _next(page: Page, i: int) -> Token:
    """The token behind `i` and the closing mark; `i` itself at the end of the text."""
    return next(page.between(i + 1, i + 4), page.doc[i])


def _is_speech(page: Page, n: int) -> bool:
    """Whether a quotation has the look of something said: some words and a verb, and no title case throughout."""
    words = [page.doc[i] for i in page.inside[n] if page.doc[i].is_alpha]
    titled = all(t.is_title or t.is_upper for t in words if len(t) > 3)
    return len(words) >= MIN_WORDS and not titled and any(t.tag_ in ("VBZ", "VBP", "VBD", "MD", "VB") for t in words)


def _stands_alone(page: Page, n: int) -> bool:
    """Whether a quotation without a cue is a sentence of its own, at the start of a sentence."""
    first = page.inside[n][0]
    left = list(page.between(max(0, first - 3), first))
    opens = not left or left[-1].text in ".:!?" or page.segment_of[left[-1].i] != page.segment_of[first]
    return opens and _is_sentence(page, n) and _is_speech(page, n)


def _is_sentence(page: Page, n: int) -> bool:
    first, last = page.doc[page.inside[n][0]], page.doc[page.inside[n][-1]]
    return first.text[0].isupper() and (last.text in ".!?…," or not page.quotes[n].closed)


def _continues(page: Page, n: int) -> bool:
    """Whether a quotation goes on with what the quotation before it says: only a cue's sentence or nothing between."""
    if not page.inside[n - 1] or not _is_sentence(page, n):
        return False
    above, here = page.inside[n - 1][-1], page.inside[n][0]
    one, two = page.segment_of[above], page.segment_of[here]
    if one is None or two is None or two - one > 1:
        return False
    between = list(page.between(above + 1, here))
    starts = sum(bool(t.is_sent_start) for t in between)  # "Col." ends no sentence
    return len(between) <= MAX_GAP and starts <= 1 and not any(t.text == ":" for t in between)


def _with_last_speaker(page: Page, said: dict[int, tuple[Found, bool]]) -> dict[int, tuple[Found, bool]]:
    """Give the quotations that nobody is named for to the one person whom a text quotes, soon after his words."""
    known = parties.named(page.doc)
    heads = (found.speaker.root.i for found, _ in said.values() if found.speaker is not None)
    quoted = {known[i].id for i in heads if i in known and known[i].type == "PERSON"}
    if len(quoted) != 1:
        return said
    last: tuple[int, Found] | None = None
    for n, (found, loose) in said.items():
        segment = page.segment_of[page.inside[n][0]]
        if found.speaker is None and last is not None and segment is not None and segment - last[0] <= SOON:
            said[n] = replace(found, speaker=last[1].speaker, rule=last[1].rule), loose
        speaker = said[n][0].speaker
        if speaker is not None and segment is not None and is_person(speaker.root, known):
            last = segment, said[n][0]
    return said


def _introduced(page: Page, n: int) -> Span | None:
    """Who the sentence is about that ends in a colon before a quotation: "Jane Roe welcomed the deal: ..."."""
    first = page.inside[n][0]
    left = list(page.between(max(0, first - 2), first))
    if not left or not left[-1].text.endswith(":"):  # of "(ACME):" the last token is a smiley
        return None
    known = parties.named(page.doc)
    colon = start = left[-1].i
    while start > max(0, colon - 2 * MAX_GAP) and page.segment_of[start - 1] == page.segment_of[colon]:
        start -= 1
        if page.doc[start].text in ".!?":
            start += 1
            break
    label = page.doc[start:colon]
    for token in label:
        if token.dep_ == "nsubj" and token.head.dep_ == "ROOT" and token.i in known:
            return page.doc[token.left_edge.i : token.i + 1] if known[token.i].type == "PERSON" else None
    return _label(page, label)


def _signed(page: Page, n: int) -> Span | None:
    """Who is named behind a dash after a quotation, or on the line below it: "— Jane Roe, chair of Acme"."""
    last = page.inside[n][-1]
    segment = page.segment_of[last]
    behind = [t for t in page.between(last + 1, last + MAX_GAP) if page.segment_of[t.i] is not None]
    if not behind or segment is None or behind[0].text not in DASHES:
        return None
    line = page.segment_of[behind[0].i]
    following = next((t for t in behind if page.segment_of[t.i] != line), None)
    listed = following is not None and line != segment and following.text in DASHES
    name = [t for t in behind[1:] if page.segment_of[t.i] == line]
    if line not in (segment, segment + 1) or listed or not name:
        return None
    return _label(page, page.doc[name[0].i : name[-1].i + 1])


def _label(page: Page, label: Span) -> Span | None:
    """The one whom a label names, of several the one before the first comma; none where it is a sentence."""
    if any(t.pos_ in ("VERB", "AUX") for t in label):
        return None
    comma = next((t.i for t in label if t.text == ","), label.end)
    return parties.one_name(page.doc, label) or parties.one_name(page.doc, page.doc[label.start : comma])


def _clauses(page: Page, cue: Cue) -> Iterator[Found]:
    """What a verb reports: a clause, the clause beside it, or the stance of somebody else."""
    quoted = page.quote_of[cue.verb.i] is not None
    if cue.rule is None:
        return
    if cue.rule.clause and cue.clause is not None:
        if _colon(page, cue) is None or cue.clause.i < cue.verb.i:  # what a colon announces is a quotation or prose
            yield from _pieces(page, cue, cue.clause, (cue.start, cue.end))
    elif cue.rule.clause and cue.is_aside and not quoted:
        yield from _pieces(page, cue, cue.verb.head, (cue.verb.left_edge.i, cue.verb.right_edge.i + 1))
    elif cue.rule.stance and not quoted:
        yield from _stance(page, cue)


def _pieces(page: Page, cue: Cue, clause: Token | None, group: tuple[int, int]) -> Iterator[Found]:
    """The clause around its verb as statements: one, or two where the words of the cue stand in its midst."""
    if clause is None:
        return
    start, end = group
    left, right = clause.left_edge.i, clause.right_edge.i + 1
    for first, last in ((left, min(start, right)), (max(end, left), right)) if start < right else ((left, right),):
        if last - first > MAX_CLAUSE:
            continue  # no clause but an accident of the parser
        tokens = list(page.doc[first:last])
        while tokens and (tokens[0].is_punct or tokens[0].is_space or tokens[0].dep_ in ("mark", "cc")):
            tokens.pop(0)
        while tokens and (tokens[-1].is_punct or tokens[-1].is_space) and tokens[-1].text not in ")]%":
            tokens.pop()
        subject = any(t == clause or (t.head == clause and t.dep_ in ("nsubj", "nsubjpass", "expl")) for t in tokens)
        if len(tokens) > 1 and subject:
            yield Found(tokens[0].idx, tokens[-1].idx + len(tokens[-1]), False, cue.speaker, cue.ids)


def _stance(page: Page, cue: Cue) -> Iterator[Found]:
    """Somebody else's stance: "reiterated NATO's commitment to peace" is what the speaker says of NATO."""
    known = parties.named(page.doc)
    own = None if cue.speaker is None else known.get(cue.speaker.root.i)
    for child in cue.verb.children:
        owner = next((t for t in child.lefts if _is_owner(t)), None) if child.dep_ == "dobj" else None
        if owner is not None and owner.i in known and known[owner.i] is not own:
            yield from _pieces(page, cue, child, (cue.start, cue.end))


def _is_owner(token: Token) -> bool:
    """Whether a possessive noun; the parser takes the curly mark of "the States’ commitment" for a quotation mark."""
    following = token.doc[token.right_edge.i + 1] if token.right_edge.i + 1 < len(token.doc) else token
    return token.pos_ in ("NOUN", "PROPN") and (token.dep_ == "poss" or following.text in ("'", "’"))


def _own_words(page: Page, n: int, speaker: Token) -> tuple[int, int] | None:
    """The prose below a title from the paragraph `n` on, without "X released the following statement:"; None where
    it tells of the speaker: "First Lady Jane Roe issued a statement on Monday." is about her words, not in them.
    """
    following = [m for m in range(n, len(page.segments)) if page.segments[m].kind in PROSE]
    for m in following[:2]:
        if not _tells_of(page, page.segments[m].start, page.segments[m].end, speaker):
            return _block(page, m)
        if page.text[page.segments[m].end - 1] != ":":
            return None
    return None


def _colon(page: Page, cue: Cue) -> int | None:
    """Where the words start that a cue announces with a colon; the end of the paragraph when they stand below it."""
    n = page.segment_of[cue.verb.i]
    if n is None:
        return None
    mark = next((t for t in page.doc[cue.verb.i + 1 : cue.verb.i + MAX_GAP] if t.text in STOPS), None)
    if mark is None or mark.text != ":" or page.segment_of[mark.i] != n:
        return None
    end = page.segments[n].end
    return next((i for i in range(mark.idx + 1, end) if not page.text[i].isspace()), end)


def _block(
    page: Page, n: int, stop: Collection[int | None] = (), speaker: Token | None = None
) -> tuple[int, int] | None:
    """From the paragraph `n` to the last before the notes; None where there is none.

    With a `speaker` it ends before a heading, before a paragraph of `stop`, and before one that tells of him: "The
    minister will return on Monday" is not said by the minister.
    """
    body: list[records.Segment] = []
    for number, segment in enumerate(page.segments[n:], n):
        if segment.kind in ENDS or number in stop:
            break
        if speaker is not None and (segment.kind == "heading" or _tells_of(page, segment.start, segment.end, speaker)):
            break
        if segment.kind in PROSE:
            body.append(segment)
    return (body[0].start, body[-1].end) if body else None


def _tells_of(page: Page, start: int, end: int, speaker: Token) -> bool:
    """Whether the characters tell of the speaker by his name."""
    span = layers.tokens(page.doc, start, end)
    return any(t.lower_ == speaker.lower_ and t.dep_ == "nsubj" for t in span or ())
