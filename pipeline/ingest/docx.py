"""Word documents: paragraphs and tables in the order of the document, headings and lists by their styles.

The walk is python-docx's `iter_inner_content` widened by content controls and tracked insertions, which templates for
press releases are full of. Headers, footers, footnotes and text boxes are not part of the text.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import docx
from docx.exceptions import PythonDocxError
from docx.oxml.ns import qn
from lxml import etree

from pipeline.errors import DocumentError
from pipeline.ingest.layout import Layout, clean, is_bold_heading
from pipeline.ingest.limits import Limits, check_archive
from pipeline.ingest.source import BlockKind, Content

PARAGRAPH, TABLE, ROW, CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
RUN, TEXT, STYLE, LIST = qn("w:r"), qn("w:t"), qn("w:pStyle"), qn("w:numPr")
WRAPPERS = {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml"), qn("w:smartTag"), qn("w:moveTo")}
WRAPPERS |= {TABLE, ROW, CELL}
SPACES = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:ptab"): " "}
UNREAD = {qn("w:pict"), qn("w:drawing"), qn("w:object"), qn("w:del"), qn("w:moveFrom"), qn("w:rPr"), qn("w:pPr")} | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
}
DAMAGE = (
    AttributeError, EOFError, IndexError, KeyError, NotImplementedError, OSError, RecursionError, TypeError, ValueError,
    PythonDocxError, etree.LxmlError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""How python-docx and what is below it stumble over a damaged file."""
HEADING = re.compile(r"(?i)(?:heading|title|subtitle|toc heading)\b.*")
LISTED = re.compile(r"(?i)list\b(?! paragraph).*")


def read(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """The body of a document."""
    check_archive(data, path)
    layout = Layout(path, limits)
    try:
        document = docx.Document(io.BytesIO(data))
        if document.element.getroottree().docinfo.doctype:
            raise DocumentError(f"{path}: the document declares entities, which no Word document needs; save it again.")
        styles = {style.style_id: style for style in document.styles}
        title = _add_body(document.element.body, styles, layout)
    except DocumentError:
        raise
    except DAMAGE as error:
        what = f"{path}: no readable Word document ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
        raise DocumentError(f"{what}; save it again as .docx.") from error
    yield layout.content({"title": title})


def _add_body(body: Any, styles: dict[str, Any], layout: Layout) -> str | None:
    """Add all blocks; returns the paragraph that has the style of a title, if there is one."""
    title = None
    for element in _blocks(body):
        if element.tag == TABLE:
            for row in element.iterfind(ROW):
                cells = [" ".join(map(_text, cell.iter(PARAGRAPH))) for cell in row.iterfind(CELL)]
                layout.add(" | ".join(filter(None, map(clean, cells))))
            continue
        text, kind, is_title = _text(element), *_role(element, styles)
        title = title or (clean(text) if is_title else None)
        if kind == "paragraph" and is_bold_heading(clean(text)) and _all_bold(element):
            kind = "heading"
        if kind == "item" and clean(text):
            text = f"- {text}"
        layout.add(text, "plain" if kind == "paragraph" and "\n" in text.strip() else kind)
    return title


def _blocks(parent: Any) -> Iterator[Any]:
    """The paragraphs and the tables of data below an element, through wrappers, in document order."""
    pending = list(reversed(parent))
    while pending:
        element = pending.pop()
        if element.tag == PARAGRAPH or (element.tag == TABLE and _holds_data(element)):
            yield element
        elif element.tag in WRAPPERS:
            pending += reversed(element)


def _holds_data(table: Any) -> bool:
    """Whether each cell has one paragraph at most, and some row two filled cells; other tables frame a layout."""
    filled = [
        [sum(bool(clean(_text(p))) for p in cell.iter(PARAGRAPH)) for cell in row.iterfind(CELL)]
        for row in table.iterfind(ROW)
    ]
    return any(sum(map(bool, row)) > 1 for row in filled) and all(count <= 1 for row in filled for count in row)


def _text(paragraph: Any) -> str:
    """All words of a paragraph: of runs, links, fields and insertions, not of deletions, drawings and text boxes."""
    words = []
    walk = etree.iterwalk(paragraph, events=("start",))
    for _, element in walk:
        if element.tag in UNREAD:
            walk.skip_subtree()
        elif element.tag == TEXT:
            words.append(element.text or "")
        elif element.tag in SPACES:
            words.append(SPACES[element.tag])
    return "".join(words)


def _role(paragraph: Any, styles: dict[str, Any]) -> tuple[BlockKind, bool]:
    """The kind that a paragraph's style gives it, and whether it is the title of the document."""
    properties = paragraph.find(qn("w:pPr"))
    style = properties.find(STYLE) if properties is not None else None
    name = _style_name(styles, style.get(qn("w:val"))) if style is not None else ""
    if HEADING.fullmatch(name):
        return "heading", name.lower() == "title"
    numbered = properties is not None and properties.find(LIST) is not None
    return ("item" if numbered or LISTED.fullmatch(name) else "paragraph"), False


def _style_name(styles: dict[str, Any], style_id: str | None) -> str:
    """The name of a style, or that of the built-in one which it is based on."""
    style = styles.get(style_id or "")
    for _ in range(10):
        if style is None:
            return ""
        name = style.name or ""
        base = getattr(style, "base_style", None)
        if HEADING.fullmatch(name) or LISTED.fullmatch(name) or base is None:
            return name
        style = base
    return ""


def _all_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(RUN) if "".join(text.text or "" for text in run.iter(TEXT)).strip()]
    return bool(runs) and all(_is_bold(run) for run in runs)


def _is_bold(run: Any) -> bool:
    mark = run.find(f"{qn('w:rPr')}/{qn('w:b')}")
    return mark is not None and mark.get(qn("w:val")) not in ("0", "false", "off")
