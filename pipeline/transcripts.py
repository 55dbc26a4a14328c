"""Transcripts: prose in turns, each the words of one speaker without any marks.

QUESTION: Will the border open?              an unnamed speaker
SECRETARY KERRY: We hope so.                 Kerry, down to the next label

Interview with Minister Maria Ruiz           a title
Will the border open?                        a question
I hope so.                                   Maria Ruiz, down to the next question
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from spacy.tokens import Span

from pipeline import rulebook
from pipeline.records import Segment

MIN_TURNS = 2
HEADER_BLOCKS = 4  # segments among which a title stands, above the prose
PROSE = ("paragraph", "lead_in", "item")
ENDS = ("contact", "boilerplate", "notes")  # with what the prose ends

Name = Callable[[int, int, bool], Span | None]


class Label(rulebook.Rule):
    """Words with a colon that open a turn; without a group `speaker` the turn is nobody's that has a name."""

    pattern: rulebook.Pattern
    office: bool = False
    """Whether the group holds an office in place of a name: "THE PRESIDENT:"."""


class Interview(rulebook.Rule):
    """A heading of questions and answers; the group `speaker` holds who answers."""

    pattern: rulebook.Pattern


@dataclass(frozen=True)
class Turn:
    """The words `start:end` of one speaker."""

    start: int
    end: int
    speaker: Span | None
    rule: str


class Transcripts:
    """Finds the turns of a text; `name` finds the one person whom the characters `start:end` name, or all their words
    where they hold an office.
    """

    def __init__(self, labels: Sequence[Label], interviews: Sequence[Interview]) -> None:
        self._labels = [(label, re.compile(label.pattern)) for label in labels]
        self._interviews = [(interview.id, re.compile(interview.pattern)) for interview in interviews]

    def turns(self, text: str, segments: Sequence[Segment], name: Name) -> Iterator[Turn]:
        """The turns in reading order; none where the text has no labels and is no interview."""
        labelled = list(self._labelled(text, segments, name))
        if len(labelled) >= MIN_TURNS and any(turn.speaker is not None for turn in labelled):
            yield from labelled
        else:
            yield from self._answers(text, segments, name)

    def _labelled(self, text: str, segments: Sequence[Segment], name: Name) -> Iterator[Turn]:
        opened: Turn | None = None
        for segment in segments:
            label = None if segment.kind in ENDS else self._label(text, segment, name)
            if opened is not None and (label is not None or segment.kind in ENDS):
                yield opened
                opened = None
            if label is not None:
                opened = label
            elif opened is not None and segment.kind in PROSE:
                opened = Turn(opened.start, segment.end, opened.speaker, opened.rule)
        if opened is not None:
            yield opened

    def _label(self, text: str, segment: Segment, name: Name) -> Turn | None:
        for label, pattern in self._labels:
            match = pattern.match(text, segment.start)
            if match is None or "\n" in match.group():
                continue
            speaker = name(*match.span("speaker"), label.office) if "speaker" in pattern.groupindex else None
            if speaker is not None or "speaker" not in pattern.groupindex:
                return Turn(match.end(), max(match.end() + 1, segment.end), speaker, label.id)
        return None

    def _answers(self, text: str, segments: Sequence[Segment], name: Name) -> Iterator[Turn]:
        for segment in segments[:HEADER_BLOCKS]:
            for id_, pattern in self._interviews:
                match = pattern.fullmatch(text, segment.start, segment.end)
                speaker = None if match is None else name(*match.span("speaker"), False)
                if speaker is not None:
                    yield from _between_questions(text, segments, speaker, id_)
                    return


def _between_questions(text: str, segments: Sequence[Segment], speaker: Span, rule: str) -> Iterator[Turn]:
    questions = [n for n, s in enumerate(segments) if s.kind in PROSE and text[s.end - 1] == "?"]
    if len(questions) < MIN_TURNS:
        return
    for question, following in zip(questions, [*questions[1:], len(segments)], strict=True):
        answer: list[Segment] = []
        for segment in segments[question + 1 : following]:
            if segment.kind not in PROSE:
                break
            answer.append(segment)
        if answer:
            yield Turn(answer[0].start, answer[-1].end, speaker, rule)
