"""From the lines of printed pages to blocks: what is furniture, heading, item or paragraph, and where words go on.

    lines -> columns in order -> running heads apart -> lines joined into paragraphs, hyphens mended

Only places, sizes and letters are used, so it can be tested without a PDF.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from statistics import median_low

from pipeline.ingest.source import BlockKind

HYPHEN = "\x02"  # a hyphen that pdfium knows to end a line
MARGIN = 0.15  # of the page: running heads stand in the uppermost and the lowest part
REPEATED = 0.4  # of the pages: heads may differ on left and right pages
SAME_PLACE = 6.0  # points
MIN_COLUMN = 15  # characters that a line of a column has on average
CELL_GAP = 2.0  # sizes: a wider gap in a line parts cells
MAX_HEADING = 200  # characters
LARGER = 1.15  # times the size of the body: a heading

ITEM = re.compile(r"(?:[•◦▪●■‣·–—*-]|o|\(?(?:\d{1,2}|[a-z])[.)])\s+\S")
LETTER_BEFORE_HYPHEN = re.compile(r"\w[-\N{HYPHEN}\x02]$")
ENDS_SENTENCE = tuple('.!?:;”"’)')
WORD = re.compile(r"\w+(?:[-\N{HYPHEN}]\w+)*")


@dataclass
class Line:
    """A piece of a printed line: its words, its page, its place in points from the left lower corner, its font."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    page_height: float
    size: float
    bold: bool = False
    is_furniture: bool = False


@dataclass
class Block:
    """Lines that belong together."""

    text: str
    kind: BlockKind
    page: int


@dataclass
class _Open:
    """The paragraph that is being read, and the furniture that came in its way."""

    lines: list[Line] = field(default_factory=list)
    furniture: list[Line] = field(default_factory=list)


def blocks(lines: Sequence[Line]) -> Iterator[Block]:
    """The blocks of a document. A paragraph may go on over a page; running heads in its way stand after it."""
    _mark_running_heads(lines)
    body = _body_size(lines)
    words = frozenset(word.lower() for line in lines for word in _whole_words(line.text))
    opened = _Open()
    for _, page in groupby(lines, key=lambda line: line.page):
        rows = _in_columns(list(page))
        edges = _right_edges(rows)
        for line in rows:
            if line.is_furniture:
                opened.furniture.append(line)
                if not opened.lines:
                    yield from _close(opened, body, words)
                continue
            if opened.lines and not _goes_on(opened.lines, line, edges):
                yield from _close(opened, body, words)
            opened.lines.append(line)
    yield from _close(opened, body, words)


def _mark_running_heads(lines: Sequence[Line]) -> None:
    """Mark the lines that stand at the same place of several pages, alike but for their numbers."""
    pages = len({line.page for line in lines})
    places: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if not MARGIN < line.bottom / line.page_height < 1 - MARGIN:
            places[re.sub(r"\d+", "#", line.text)].append(line)
    for same in places.values():
        middle = median_low(line.bottom for line in same)
        near = [line for line in same if abs(line.bottom - middle) < SAME_PLACE]
        if len({line.page for line in near}) >= max(2, REPEATED * pages):
            for line in near:
                line.is_furniture = True


def _body_size(lines: Iterable[Line]) -> tuple[float, bool]:
    """Size and weight of most characters."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2, line.bold] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else (0.0, False)


def _in_columns(page: list[Line]) -> list[Line]:
    """The lines of a page in reading order: rows that were drawn across two columns are taken apart, rows of a table
    are put together.
    """
    rows = [list(row) for row in _rows(page)]
    ordered: list[Line] = []
    n = 0
    while n < len(rows):
        gutter = _gutter(rows, n)
        if gutter is None:
            ordered.append(_joined(rows[n]))
            n += 1
            continue
        end = n + 4
        while end < len(rows) and _continues(rows[end - 1], rows[end], gutter):
            end += 1
        block = [line for row in rows[n:end] for line in row]
        ordered += [line for line in block if line.left < gutter - SAME_PLACE]
        ordered += [line for line in block if line.left >= gutter - SAME_PLACE]
        n = end
    return ordered


def _rows(page: list[Line]) -> Iterator[list[Line]]:
    """Pieces that stand on one line, from left to right."""
    row: list[Line] = []
    for line in page:
        if row and (abs(line.bottom - row[-1].bottom) > line.size / 2 or line.left < row[-1].right):
            yield row
            row = []
        row.append(line)
    if row:
        yield row


def _gutter(rows: list[list[Line]], n: int) -> float | None:
    """Where the right column starts, if rows of two columns start at row `n`: four in a row with the same gap."""
    following = rows[n : n + 4]
    if len(following) < 4 or any(len(row) != 2 for row in following):
        return None
    starts = [row[1].left for row in following]
    lengths = [sum(len(row[side].text) for row in following) / 4 for side in (0, 1)]
    return min(starts) if max(starts) - min(starts) < SAME_PLACE and min(lengths) >= MIN_COLUMN else None


def _continues(above: list[Line], row: list[Line], gutter: float) -> bool:
    """Whether a row goes on with the columns: close to the one above, and nothing in it crosses the gutter."""
    near = above[0].bottom - row[0].bottom < 3 * row[0].size
    return near and all(line.right < gutter or line.left > gutter - SAME_PLACE for line in row)


def _joined(row: list[Line]) -> Line:
    """One line of the pieces of a row: a wide gap parts cells, a narrow one is that of a justified line."""
    first, text = row[0], row[0].text
    if len(row) == 1:
        return first
    for left, right in zip(row, row[1:], strict=False):
        text += (" | " if right.left - left.right > CELL_GAP * first.size else " ") + right.text
    bold, is_furniture = all(line.bold for line in row), any(line.is_furniture for line in row)
    return replace(first, text=text, right=row[-1].right, bold=bold, is_furniture=is_furniture)


def _right_edges(rows: Iterable[Line]) -> dict[int, float]:
    """How far lines that start at a place (in steps of 20 points) reach to the right."""
    edges: defaultdict[int, float] = defaultdict(float)
    for line in rows:
        for step in (-1, 0, 1):
            key = int(line.left // 20) + step
            edges[key] = max(edges[key], line.right)
    return edges


def _goes_on(above: list[Line], line: Line, edges: dict[int, float]) -> bool:
    """Whether a line belongs to the paragraph above it."""
    last, first = above[-1], above[0]
    if abs(line.size - last.size) > 0.12 * last.size or line.bold != last.bold or ITEM.match(line.text):
        return False
    if " | " in line.text or " | " in last.text:
        return False
    if LETTER_BEFORE_HYPHEN.search(last.text):
        return True
    open_end = not last.text.endswith(ENDS_SENTENCE)
    step = last.bottom - line.bottom
    if line.page != last.page or step < 0:  # another page or column
        return open_end and (line.text[0].islower() or last.text[-1] == "," or not last.bold)
    pitch = above[-2].bottom - last.bottom if len(above) > 1 and above[-2].bottom > last.bottom else 1.5 * last.size
    if step > max(1.3 * pitch, 1.3 * last.size):
        return False
    if line.left - last.left > 0.8 * line.size and not (len(above) == 1 and ITEM.match(first.text)):
        return False  # the first line of a paragraph is indented
    width = edges.get(int(last.left // 20), last.right) - last.left
    return open_end or last.right - last.left > 0.75 * width


def _close(opened: _Open, body: tuple[float, bool], words: frozenset[str]) -> Iterator[Block]:
    if opened.lines:
        first = opened.lines[0]
        text = mend([line.text for line in opened.lines], words)
        yield Block(text, _kind(text, first, body), first.page)
    for line in opened.furniture:
        yield Block(line.text, "furniture", line.page)
    opened.lines, opened.furniture = [], []


def _kind(text: str, first: Line, body: tuple[float, bool]) -> BlockKind:
    if ITEM.match(text) and first.size < LARGER * body[0]:
        return "item"
    if len(text) > MAX_HEADING or " | " in text:
        return "paragraph"
    larger = first.size >= LARGER * body[0]
    bold = first.bold and not body[1] and not text.endswith((".", ",", ";", "!", "?"))
    return "heading" if larger or bold else "paragraph"


def mend(lines: Sequence[str], words: frozenset[str]) -> str:
    """Join the lines of a paragraph. A hyphen at the end of one is dropped, unless it belongs to the word.

    It belongs where the document writes the word with it ("long-term"), where a capital or a digit stands beside it
    ("NATO-led", "COVID-19") or where both parts are words of the document while the whole is none.

    >>> mend(["The minister com-", "mitted NATO-", "led troops."], frozenset())
    'The minister committed NATO-led troops.'
    """
    text = lines[0] if lines else ""
    for line in lines[1:]:
        if not LETTER_BEFORE_HYPHEN.search(text) or not line or not line[0].isalnum():
            text = f"{text} {line}"
            continue
        left, right = re.search(r"[\w-]*$", text[:-1]), WORD.match(line)
        before, after = (left[0] if left else "").lower(), (right[0] if right else "").lower()
        whole = before + after in words
        hyphened = f"{before}-{after}" in words or (before in words and after in words and not whole)
        keep = not text[-2].islower() or not line[0].islower() or (hyphened and not whole)
        text = f"{text[:-1]}-{line}" if keep else text[:-1] + line
    return text.replace(HYPHEN, "-")


def _whole_words(text: str) -> list[str]:
    """The words of a line but for one that goes on in the next."""
    found = WORD.findall(text)
    return found[:-1] if LETTER_BEFORE_HYPHEN.search(text) else found
