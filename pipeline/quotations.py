"""Quotations: which words of a text stand between quotation marks.

Straight marks do not say whether they open or close, and names in quotes stand inside quotations:

    "We will support them with the "Enduring Partnership" mission," he added.

So a mark opens where a blank or a bracket stands before it and closes where one stands behind it, and a closing
mark belongs to the nearest open one, within a paragraph. A quotation that runs over paragraphs opens each of them
anew and closes once; a careless one does not even open them anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import Segment

MARK = re.compile(r"[\"“”„‟«»'‘’‚`´]")
KINDS = dict.fromkeys('"“”„‟', '"') | dict.fromkeys("'‘’‚`´", "'") | dict.fromkeys("«»", "«")
OPENS, CLOSES = frozenset("“„‟«‘‚`"), frozenset("”»’´")
BEFORE_OPENING = frozenset("([{—–-/\"“„«'‘")  # what may stand right before an opening mark, besides a blank
AFTER_CLOSING = frozenset(")]}.,;:!?…—–-/\"”»'’")
MAX_BORROWED = 5  # paragraphs without any mark that a quotation may run over


@dataclass(frozen=True)
class Quotation:
    """The words `start:end` between two marks; `closed` is False where the paragraph ends before a mark closes it."""

    start: int
    end: int
    closed: bool = True


@dataclass
class _Open:
    start: int
    kind: str


def find(text: str, segments: Sequence[Segment]) -> list[Quotation]:
    """The outermost quotations in reading order, one for each paragraph that a quotation runs over.

    >>> text = 'He said: "We like the "Blue Line" plan."'
    >>> [text[q.start : q.end] for q in find(text, [Segment(id="g1", start=0, end=len(text), kind="paragraph")])]
    ['We like the "Blue Line" plan.']
    """
    found: list[Quotation] = []
    running: list[Quotation] = []  # the paragraphs of a quotation that still waits for its closing mark
    for segment in segments:
        closed, opened, closing = _pair(text, segment)
        reopens = segment.start + 1 in (opened, *(q.start for q in closed[:1]))
        if running and closing is not None and not reopens:
            found += [*running, Quotation(segment.start, closing)]
            running = []
        elif closed or opened is not None or len(running) > MAX_BORROWED or segment.kind == "heading":
            found += running[:1]
            running = []
        elif running:
            running.append(Quotation(segment.start, segment.end, closed=False))
        found += closed
        if opened is not None:
            running = [Quotation(opened, segment.end, closed=False)]
    return [q for q in (_trim(text, q) for q in found + running[:1]) if q.start < q.end]


def _trim(text: str, quote: Quotation) -> Quotation:
    words = text[quote.start : quote.end]
    start, end = quote.start + len(words) - len(words.lstrip()), quote.end - len(words) + len(words.rstrip())
    return Quotation(start, max(start, end), quote.closed)


def _pair(text: str, segment: Segment) -> tuple[list[Quotation], int | None, int | None]:
    """The outermost closed quotations of a paragraph, where one opens that stays open, and the first closing mark
    that nothing opens.
    """
    stack: list[_Open] = []
    waiting = dict.fromkeys(KINDS.values(), 0)
    closed: list[Quotation] = []
    orphan: int | None = None
    for match in MARK.finditer(text, segment.start, segment.end):
        mark, at = match.group(), match.start()
        kind = KINDS[mark]
        before = text[at - 1] if at > segment.start else " "
        after = text[at + 1] if at + 1 < segment.end else " "
        if _closes(mark, before, after, bool(waiting[kind])):
            if not waiting[kind]:
                orphan = at if orphan is None and kind != "'" and not closed and not stack else orphan
                continue
            while True:  # every mark is pushed and popped once
                last = stack.pop()
                waiting[last.kind] -= 1
                if last.kind == kind:
                    break
            while closed and closed[-1].start > last.start:
                closed.pop()
            closed.append(Quotation(last.start, at))
        elif _opens(mark, before, after):
            stack.append(_Open(at + 1, kind))
            waiting[kind] += 1
    left = next((o.start for o in stack if o.kind != "'" and not (closed and closed[-1].start > o.start)), None)
    return closed, left, orphan


def _closes(mark: str, before: str, after: str, waits: bool) -> bool:
    if before.isspace() and not (waits and after.isspace()):
        return False
    if mark in OPENS:
        return False
    if KINDS[mark] == "'":  # the apostrophe of "partners'" and of "it's" is the same character
        return waits and not after.isalnum() and not (before == "s" and after.isspace())
    if mark in CLOSES:
        return True
    return after.isspace() or after in AFTER_CLOSING or waits


def _opens(mark: str, before: str, after: str) -> bool:
    if after.isspace():
        return False
    if mark in OPENS:
        return not (KINDS[mark] == "'" and before.isalnum())
    if KINDS[mark] == "'":
        return mark == "'" and after.isalpha() and (before.isspace() or before in BEFORE_OPENING)
    return before.isspace() or before in BEFORE_OPENING or (mark == '"' and before in ",:")
