"""PDF: characters with their places, by pypdfium2; what makes lines and paragraphs of them is in pdf_lines.

The date in a PDF's properties is when somebody printed it: no publication.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.errors import DocumentError
from pipeline.ingest import pdf_lines
from pipeline.ingest.layout import Layout, clean
from pipeline.ingest.limits import Limits
from pipeline.ingest.pdf_lines import HYPHEN, Line
from pipeline.ingest.source import Content

LINE_ENDS = frozenset([0x0A, 0x0D])
HYPHENS = frozenset([0x02, 0xFFFE, 0xAD])  # how pdfium marks a hyphen at the end of a line, which it glues to the next
BULLETS = {0xF0B7: "\u2022", 0xF0A7: "\u25aa", 0xF0D8: "\u2022", 0xF02D: "-"}  # of the Symbol and Wingdings fonts
MAX_PAGES = 2_000


@dataclass
class _Page:
    """A page with its characters: `units` are UTF-16 as pdfium gives them, `text` is its object to ask for places."""

    number: int
    height: float
    text: Any
    units: list[int]


def read(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """The text in reading order, with headings by their size and pages by their number."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "assword" in str(error)
        what = (
            "is locked with a password; save it without" if locked else f"is damaged or no PDF ({error}); save it again"
        )
        raise DocumentError(f"{path}: the document {what}.") from error
    try:
        yield _content(document, path, limits)
    finally:
        document.close()


def _content(document: Any, path: str, limits: Limits) -> Content:
    if len(document) > MAX_PAGES:
        raise DocumentError(f"{path}: the document has {len(document):,} pages, more than {MAX_PAGES:,}.", "too_large")
    lines: list[Line] = []
    empty, characters = [], 0
    for number in range(1, len(document) + 1):
        found = _page(document, number, path, limits)
        characters += sum(len(line.text) for line in found)
        limits.check_text(characters, path)
        if not found:
            empty.append(number)
        lines += found
    layout = Layout(path, limits)
    for block in pdf_lines.blocks(lines):
        layout.add(block.text, block.kind, block.page)
    title = clean(document.get_metadata_value("Title"))
    stands_in_text = bool(title) and title.casefold() in clean("".join(layout.parts)).casefold()
    warnings = []
    if empty and lines:
        pages = ", ".join(map(str, empty[:20]))
        warnings.append(("page_without_text", f"No text was found on page {pages}: it may be a picture."))
    return layout.content({"title": title if stands_in_text else None}, warnings=warnings)


def _page(document: Any, number: int, path: str, limits: Limits) -> list[Line]:
    """The lines of a page in the order in which it draws them; none for a page that cannot be read."""
    try:
        page = document[number - 1]
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []
    count = text.count_chars()
    limits.check_text(count, path)
    units = [min(pdfium.FPDFText_GetUnicode(text.raw, n), 0x10FFFF) for n in range(count)]
    printed = _Page(number, _place(page.get_height()), text, units)
    lines, start = [], 0
    for n, unit in enumerate([*units, 0x0A]):
        if unit in LINE_ENDS or unit in HYPHENS:
            lines += _line(printed, start, n, hyphen=unit in HYPHENS)
            start = n + 1
    text.close()
    page.close()
    return lines


def _line(page: _Page, start: int, end: int, hyphen: bool) -> list[Line]:
    """The line `page.units[start:end]`, cut where a gap is too wide for a blank: columns, or the cells of a table."""
    text, units = page.text, page.units
    while start < end and _is_blank(units[start]):
        start += 1
    while end > start and _is_blank(units[end - 1]):
        end -= 1
    if start == end:
        return []
    # A bullet or a word of code may come from another font than the line: three looks settle its size and weight.
    letters = [n for n in range(start, end) if chr(units[n]).isalnum()] or [start]
    fonts = [_font(text, letters[place]) for place in (0, len(letters) // 2, -1)]
    size, bold = sorted(size for size, _ in fonts)[1], all(bold for _, bold in fonts)
    borders, last = [start], start
    for n in range(start + 1, end):
        if not _is_blank(units[n]):
            if n > last + 1 and text.get_charbox(n)[0] - text.get_charbox(last)[2] > size:
                borders.append(n)
            last = n
    pieces = []
    for first, following in zip(borders, [*borders[1:], end], strict=True):
        last = max(n for n in range(first, following) if not _is_blank(units[n]))
        left, bottom, _, _ = map(_place, text.get_charbox(first, loose=True))
        right = _place(text.get_charbox(last, loose=True)[2])
        words = _characters(units[first : last + 1]) + (HYPHEN if hyphen and following == end else "")
        pieces.append(Line(words, page.number, left, right, bottom, page.height, size, bold))
    return pieces


def _place(points: float) -> float:
    """A coordinate; 0, a margin, for the endless or undefined one of a damaged file."""
    return points if math.isfinite(points) else 0.0


def _characters(units: list[int]) -> str:
    """Text of pdfium's units, which are UTF-16 where a character needs two."""
    codes = [ord(BULLETS.get(unit, "\0")) or unit for unit in units]
    return "".join(map(chr, codes)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_blank(unit: int) -> bool:
    return unit <= 0x20 or unit == 0xA0


def _font(text: Any, n: int) -> tuple[float, bool]:
    """The size at which a character is seen, and whether its font is a bold one."""
    matrix = pdfium.FS_MATRIX()
    scale = 1.0
    if pdfium.FPDFText_GetMatrix(text.raw, n, ctypes.byref(matrix)):
        scale = math.hypot(matrix.c, matrix.d) or 1.0
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text.raw, n, name, len(name), ctypes.byref(flags))
    bold = any(mark in name.value.lower() for mark in (b"bold", b"black", b"heavy"))
    size = pdfium.FPDFText_GetFontSize(text.raw, n) * scale
    return size if 1 < size < math.inf else 1.0, bold
