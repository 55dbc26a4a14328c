"""Segments: the blocks of a text and their roles, found before the model reads it.

A heading or a dateline glued to the first sentence costs the sentence its subject, a list torn from its lead-in its
verb. So every block gets its offsets and its kind, nothing is cut, and sentences and names never cross a border:

    ANTALYA                                     dateline
    NATO will maintain its presence ...         paragraph
    The ministers intend to:                    lead_in
    - train the police;                         item
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import layers, lookup, rulebook
from pipeline.ingest.source import Block as LayoutBlock
from pipeline.ingest.source import BlockKind
from pipeline.records import Segment, SegmentKind

LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
MAX_HEADING = 200  # characters; subtitles of releases run to two printed lines
WRAP_WIDTHS = range(45, 121)  # the widths at which mail and agency copy is wrapped by hand
MAX_FURNITURE = 80  # characters of a running head
HEADER_LINES = 15  # a dateline or a date of its own stands above the body

Scope = Literal["line", "start", "section"]


class Line(rulebook.Rule):
    """A kind of line, known by its words.

    `scope` is what the kind covers: the whole `line`; only the `start` that the pattern matches, cut off from what
    follows ("LONDON, 4 May -"); or the `section` that the line opens, down to the next heading ("About Acme").
    `unless` is a pattern of lines that look the same and are something else.
    """

    kind: SegmentKind
    scope: Scope
    pattern: rulebook.Pattern
    unless: rulebook.Pattern | None = None
    header: bool = False
    """Whether such a line is only believed above the body, within the first lines of the text."""


RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {"lines": Line}


@dataclass
class Block:
    """Lines that belong together: `start:end` without outer blanks; `rule` is the line rule that matched, if any."""

    start: int
    end: int
    gap: bool
    kind: SegmentKind = "paragraph"
    rule: Line | None = None


@Language.factory("communique_segments", default_config={"rules": None}, assigns=["token.is_sent_start"])
def make(nlp: Language, name: str, rules: str | None) -> Segments:
    """Create the component; `rules` is a folder of rules to add."""
    return Segments(rulebook.load("segments", RULES, rules)["lines"])


class Segments:
    """Finds the segments of a Doc and starts a sentence at each of them (`doc._.communique_segments`)."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = [(line, re.compile(line.pattern), re.compile(line.unless or r"(?!)")) for line in lines]

    def __call__(self, doc: Doc) -> Doc:
        text = lookup.text(doc)
        segments = self.find(text, doc._.communique_layout)
        layers.put(doc, "segments", segments)
        starts = {s.start for s in segments}
        starts |= {after_marker(text, s) for s in segments if s.kind in ("item", "lead_in")}
        _start_sentences(doc, sorted(starts))
        return doc

    def find(self, text: str, layout: Sequence[LayoutBlock] = ()) -> list[Segment]:
        """The segments of a text in reading order; they do not overlap and hold every character that is not blank.

        `layout` holds the blocks that the text's format knows: what is a heading there is one, and nothing is joined.

        >>> [s.kind for s in Segments([]).find("Fund grows\\n\\nThe fund grew in May.")]
        ['heading', 'paragraph']
        """
        laid_out = self._lay_out(text, layout) if layout else self._join(text, self._label(text, 0, len(text)))
        blocks = list(self._cut_starts(text, laid_out))
        self._spread_sections(text, blocks)
        segments = [
            Segment(id=f"g{n}", start=b.start, end=b.end, kind=b.kind, rule=b.rule.id if b.rule else None)
            for n, b in enumerate(blocks, 1)
        ]
        _tie_lists(text, segments)
        for segment in segments if layout else ():
            segment.page = layout[bisect_right(layout, segment.start, key=lambda b: b.start) - 1].page
        return segments

    def _lay_out(self, text: str, layout: Sequence[LayoutBlock]) -> list[Block]:
        """The blocks of a format, with what line rules say of them; plain stretches are read line by line."""
        blocks: list[Block] = []
        for given in layout:
            if given.kind == "plain":
                blocks += self._join(text, self._label(text, given.start, given.end, len(blocks)))
                continue
            block = Block(given.start, given.end, True, given.kind)
            rule = self._rule(text[block.start : block.end], len(blocks))
            # "1. Background" in a heading is no item, and the first heading is the title even where it names a place.
            if rule is not None and _may_change(given.kind, rule, first=not blocks):
                block.rule = rule
                block.kind = rule.kind if rule.scope == "line" else given.kind
            blocks.append(block)
        return blocks

    def _label(self, text: str, start: int, end: int, above: int = 0) -> list[Block]:
        """One block a line of `text[start:end]`, with the kind that a line rule or its repetition gives it; `above` is
        the number of lines before.
        """
        blocks: list[Block] = []
        last = start
        for match in LINE.finditer(text, start, end):
            stripped = match.group().strip()
            if not stripped:
                continue
            start = match.start() + match.group().index(stripped[0])
            gap = text.count("\n", last, start) + text.count("\f", last, start) > 1
            blocks.append(Block(start, start + len(stripped), gap))
            last = start + len(stripped)
        seen: Counter[str] = Counter()
        for n, block in enumerate(blocks, above):
            line = text[block.start : block.end]
            block.rule = self._rule(line, n)
            if block.rule is not None and block.rule.scope == "line":
                block.kind = block.rule.kind
            if len(line) <= MAX_FURNITURE and block.kind in ("paragraph", "heading"):
                seen[line] += 1
                # A line that stands alone and comes again is the head of another page.
                if seen[line] > 1 and block.gap:
                    block.kind, block.rule = "furniture", None
        return blocks

    def _rule(self, line: str, n: int) -> Line | None:
        for rule, pattern, unless in self.lines:
            if rule.header and n >= HEADER_LINES:
                continue
            found = pattern.match(line) if rule.scope == "start" else pattern.fullmatch(line)
            if found and not unless.match(line):
                return rule
        return None

    def _join(self, text: str, blocks: list[Block]) -> list[Block]:
        """Make one block of the lines of a paragraph that was wrapped by hand."""
        joined: list[Block] = []
        for run in _runs(blocks):
            width = max(block.end - block.start for block in run)
            wrapped = width in WRAP_WIDTHS and len(run) > 2
            for n, block in enumerate(run):
                if n and joined[-1].kind in ("paragraph", "item") and block.kind == "paragraph" and not block.rule:
                    above, line = text[run[n - 1].start : run[n - 1].end], text[block.start : block.end]
                    full = len(above) + 1 + len(line.split(maxsplit=1)[0]) > width
                    open_end = above[-1] not in ".!?:;\"”'’"
                    runs_on = line[0].islower() or (above[-1] == "," and line[0].isdigit())  # "September 30,\n2022"
                    if (wrapped and full) or (open_end and runs_on):
                        joined[-1].end = block.end
                        continue
                joined.append(block)
        for n, block in enumerate(joined):
            if block.kind == "paragraph" and not (block.rule and block.rule.scope == "start"):
                last = n + 1 == len(joined)
                block.kind = "heading" if not last and _is_heading(text[block.start : block.end]) else "paragraph"
        return joined

    def _cut_starts(self, text: str, blocks: list[Block]) -> Iterator[Block]:
        """Cut datelines and run-in headings off the block that they open."""
        patterns = {rule.id: pattern for rule, pattern, _ in self.lines}
        for block in blocks:
            if block.rule is not None and block.rule.scope == "start":
                match = patterns[block.rule.id].match(text[block.start : block.end])
                border = block.start + (match.end() if match else 0)
                rest = next((i for i in range(border, block.end) if not text[i].isspace()), block.end)
                yield Block(block.start, border, block.gap, block.rule.kind, block.rule)
                if rest == block.end:
                    continue
                block = Block(rest, block.end, False, block.kind)
            if block.kind in ("paragraph", "item"):
                title = _run_in_title(text, block)
                if title is not None:
                    yield Block(block.start, title, block.gap, "heading")
                    start = next(i for i in range(title, block.end) if not text[i].isspace())
                    block = Block(start, block.end, False, block.kind, block.rule)
            yield block

    def _spread_sections(self, text: str, blocks: list[Block]) -> None:
        """Give the blocks below "About Acme" or "Notes to editors" the kind of their section."""
        section: SegmentKind | None = None
        opened = False  # by the block just above: a name that stands alone below "Contact:" is no heading
        for block in blocks:
            if block.rule is not None and block.rule.scope == "section":
                section, opened = block.rule.kind, True
            else:
                if block.kind == "heading" and (section != "contact" or (block.gap and not opened)):
                    section = None
                opened = False
            if section is not None and block.kind not in ("furniture", "contact"):
                block.kind = section


def _start_sentences(doc: Doc, offsets: Sequence[int]) -> None:
    """Start a sentence at each token that begins at one of the offsets, all at once: spaCy looks through the whole text
    for a parse whenever it is told of one.
    """
    if not offsets:
        return
    begins, wanted = lookup.array(doc, "IDX"), np.array(offsets, dtype=np.uint64)
    first = np.minimum(np.searchsorted(begins, wanted), len(doc) - 1)
    marks: Any = doc.to_array("SENT_START")
    marks[first[begins[first] == wanted]] = 1
    doc.from_array(["SENT_START"], marks)


def _may_change(kind: BlockKind, rule: Line, first: bool) -> bool:
    """Whether a line rule may say more about a block than its format does."""
    if kind == "heading":
        return rule.kind != "item" and not (first and rule.kind == "dateline")
    return kind == "paragraph"


def at(segments: Sequence[Segment], offset: int) -> Segment | None:
    """The segment that holds the character at `offset`, or None for a blank between two."""
    n = bisect_right(segments, offset, key=lambda s: s.start) - 1
    return segments[n] if n >= 0 and offset < segments[n].end else None


def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as rule examples mark it: the words of a segment and its kind; paragraphs may stay unmarked."""
    return [
        rulebook.Mark(s.start, s.end, s.kind, rules=frozenset({s.rule or ""}), required=s.kind != "paragraph")
        for s in layers.get(doc, "segments")
    ]


def _runs(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Lines without a blank line between them."""
    run: list[Block] = []
    for block in blocks:
        if block.gap and run:
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _is_heading(text: str) -> bool:
    """Whether a block that stands alone has the look of a heading: short, and no end of a sentence."""
    if len(text) > MAX_HEADING or "\n" in text:
        return False
    if text.isupper():
        return text[-1] not in ",;"
    return text[-1] not in ".,;:!?…\"”'’" and not text[0].islower()


RUN_IN = re.compile(r"(?:[-*•–]\s+)?([^\s:.!?“”\"][^:.!?“”\"\r\n]{2,150}):(?:</\w{1,10}>)*+(?=\s+[A-Z“\"$€£\d])")


def _run_in_title(text: str, block: Block) -> int | None:
    """Where a title that runs into its paragraph ends: "BUILDING CAPACITY: The order will ..." after the colon."""
    match = RUN_IN.match(text, block.start, block.end)
    if match is None:
        return None
    if match[1].count("(") != match[1].count(")"):
        return None  # "Acme Corp (NYSE: ACM) said"
    words = [word for word in re.findall(r"[^\W\d_]+", match.group(1)) if len(word) > 3 or word.isupper()]
    titled = sum(word[0].isupper() for word in words)
    return match.end() if len(words) > 1 and titled >= 0.7 * len(words) else None


MARKER = re.compile(r"(?:[-*•·◦▪●■–—‣o]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s+")


def after_marker(text: str, segment: Segment) -> int:
    """Where the words of an item begin, behind its bullet, number or letter: 4 in "(a) open the border"."""
    match = MARKER.match(text, segment.start, segment.end)
    return match.end() if match else segment.start


def _tie_lists(text: str, segments: list[Segment]) -> None:
    """Make the block above a list its lead-in, if it announces one, and say so at each item.

    An item that announces items of another kind is their lead-in: "6. We will:", "(a) open a school".
    """
    above: Segment | None = None
    outer: Segment | None = None
    nested = ""  # the kind of marker of the item that `above` is, if it is one
    for n, segment in enumerate(segments):
        if segment.kind == "item":
            marker = _marker_kind(text, segment)
            if marker == nested:
                above, nested = outer, ""
            following = segments[n + 1] if n + 1 < len(segments) else None
            announces = text[segment.end - 1] == ":" and following is not None and following.kind == "item"
            if announces and following is not None and _marker_kind(text, following) != marker:
                outer = outer if nested else above
                segment.kind, above, nested = "lead_in", segment, marker
            elif above is not None and above.kind in ("paragraph", "lead_in", "heading"):
                if above.kind != "heading" and text[above.end - 1] == ":":
                    above.kind = "lead_in"
                if above.kind != "paragraph":
                    segment.lead_in = above.id
        elif segment.kind == "heading" and n + 1 < len(segments) and _runs_into_item(text, segment, segments[n + 1]):
            continue  # the title of an item does not part the item from its lead-in
        else:
            above, nested = segment, ""


def _marker_kind(text: str, item: Segment) -> str:
    """Whether digits, letters or a bullet mark an item."""
    sign = text[item.start : item.end].lstrip("(")[0]
    return "digit" if sign.isdigit() else "letter" if sign.isalpha() and sign != "o" else "bullet"


def _runs_into_item(text: str, heading: Segment, following: Segment) -> bool:
    return following.kind == "item" and "\n" not in text[heading.end : following.start]
