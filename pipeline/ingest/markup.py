"""Marked-up text into blocks: the HTML of a mail or a feed, and what trafilatura keeps of a web page.

One walk serves both: trafilatura's names (head, item, lb, hi, row, cell) and those of HTML do not clash in a body.
"""

from __future__ import annotations

import re
from typing import Any

import lxml.html
from lxml import etree

from pipeline.errors import DocumentError
from pipeline.ingest.layout import Layout, clean, is_bold_heading

HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "head", "legend", "summary"])
ITEMS = frozenset(["li", "item", "dd"])
ROWS, CELLS, BREAKS = frozenset(["tr", "row"]), frozenset(["td", "th", "cell"]), frozenset(["br", "lb"])
BOLD = frozenset(["b", "strong"])
OTHER_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hr", "list", "main", "nav", "ol", "p", "pre", "quote",
    "section", "table", "tbody", "tfoot", "thead", "ul",
))  # fmt: skip
BLOCKS = HEADINGS | ITEMS | ROWS | CELLS | OTHER_BLOCKS
NESTED = (HEADINGS | ITEMS | {"table", "p", "div", "ul", "ol", "list"}) - {"head"}
UNREAD = frozenset((
    "script", "style", "template", "noscript", "title", "meta", "link", "svg", "math", "iframe", "object", "select",
    "textarea",
))  # fmt: skip

MAX_ATTRIBUTES = 1_000  # of one tag: libxml2 compares each with all before it (100,000 took 200 s)
LONG_PIECE = re.compile(r"<([^<]{2000,}+)")  # no shorter tag holds so many
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")


def parse(html: str, where: str) -> Any:
    """The element tree of a page or of a piece of one; None where it holds nothing at all.

    Raises DocumentError for what would keep the parser busy for ever, or makes it stop half-way: a tag of thousands
    of attributes, elements nested more than 250 deep.
    """
    for piece in LONG_PIECE.finditer(html):
        if piece[1][0].isalpha() or piece[1][0] in "\"'":
            tag = QUOTED.sub('""', piece[1]).partition(">")[0]
            if len(tag.split()) + tag.count('""') + tag.count("/") > MAX_ATTRIBUTES:
                raise DocumentError(f"{where}: a tag has more than {MAX_ATTRIBUTES:,} attributes; this is no page.")
    html = XML_DECLARATION.sub("", html, count=1) if html[:200].lstrip().startswith("<?xml") else html
    parser = lxml.html.HTMLParser(encoding="utf-8", collect_ids=False)
    try:
        tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):
        tree = None
    if any("xcessive depth" in entry.message for entry in parser.error_log):
        raise DocumentError(f"{where}: the elements are nested too deep to be read; this is no page.")
    for element in () if tree is None else tree.iter():
        # libxml2 lets through what lxml refuses to write again: controls, bare or as "&#1;"
        if element.text and NOT_XML.search(element.text):
            element.text = NOT_XML.sub(" ", element.text)
        if element.tail and NOT_XML.search(element.tail):
            element.tail = NOT_XML.sub(" ", element.tail)
    return tree


def add(tree: Any, layout: Layout) -> None:
    """Add the blocks of an element tree to a layout, in document order."""
    walker = _Walker(layout)
    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            if element.tag in UNREAD or _hidden(element):
                walk.skip_subtree()
                walker.unread = element
            else:
                walker.open(element)
        elif event == "end":
            if element is walker.unread:
                walker.unread = None
            else:
                walker.close(element)
            walker.text(element.tail)
        else:
            walker.text(element.tail)
    walker.flush()


def add_html(html: str, where: str, layout: Layout) -> None:
    """Add the blocks of a piece of HTML, all of it: a mail or an entry has no navigation to leave out."""
    tree = parse(html, where)
    if tree is not None:
        add(tree, layout)


class _Walker:
    """What a walk through a tree has to remember: the text since the last border, and which elements are open."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.words: list[str] = []
        self.seen = self.seen_bold = 0
        self.bold = 0
        self.kinds: list[str] = ["paragraph"]
        self.tables: list[bool] = []
        """For each open table whether it holds data: then a row is one block."""
        self.unread: Any = None

    def open(self, element: Any) -> None:
        tag = element.tag
        if tag == "table":
            self.flush()
            self.tables.append(_holds_data(element))
        elif tag in BLOCKS and not self._in_row(tag):
            self.flush()
        if tag in HEADINGS:
            self.kinds.append("heading")
        elif tag in ITEMS:
            self.kinds.append("item")
        elif tag in BREAKS:
            self.words.append("\n")
        elif _is_bold(element):
            self.bold += 1
        self.text(element.text, as_it_stands=tag == "pre")

    def close(self, element: Any) -> None:
        tag = element.tag
        if tag in CELLS and self._in_row(tag):
            self.words.append(" | ")
        elif tag in BLOCKS and not self._in_row(tag):
            self.flush()
        if tag in HEADINGS or tag in ITEMS:
            self.kinds.pop()
        elif tag == "table":
            self.tables.pop()
        elif _is_bold(element):
            self.bold -= 1

    def text(self, text: str | None, as_it_stands: bool = False) -> None:
        if not text:
            return
        self.words.append(text if as_it_stands else re.sub(r"\s", " ", text))
        visible = not text.isspace()
        self.seen += visible
        self.seen_bold += visible and self.bold > 0

    def flush(self) -> None:
        """Close the block that is open."""
        text, kind = "".join(self.words), self.kinds[-1]
        all_bold = self.seen > 0 and self.seen == self.seen_bold
        self.words, self.seen, self.seen_bold = [], 0, 0
        text = text.strip(" \n|") if self.tables and self.tables[-1] else text.strip()
        if not clean(text):
            return
        if kind == "item":
            text, self.kinds[-1] = f"- {text}", "paragraph"  # what follows in the same item is no item of its own
            self.layout.add(text, "item")
        elif kind == "heading" or (all_bold and is_bold_heading(clean(text))):
            self.layout.add(text, "heading")
        else:
            self.layout.add(_lines(text), "plain" if "\n" in text else "paragraph")

    def _in_row(self, tag: str) -> bool:
        """Whether the tag is inside a row of a table of data, where it parts nothing."""
        return (
            bool(self.tables)
            and self.tables[-1]
            and tag not in ROWS
            and tag not in ("table", "tbody", "thead", "tfoot")
        )


def _lines(text: str) -> str:
    return "\n".join(clean(line) for line in text.split("\n"))


def _is_bold(element: Any) -> bool:
    return element.tag in BOLD or (element.tag == "hi" and "#b" in element.get("rend", ""))


def _hidden(element: Any) -> bool:
    style = element.get("style", "") if isinstance(element.tag, str) else ""
    return element.get("hidden") is not None or "display:none" in style.replace(" ", "").lower()


def _holds_data(table: Any) -> bool:
    """Whether a table is one of data, not a frame for a layout: some row has two filled cells, no cell has blocks."""
    if any(element.tag in NESTED for element in table.iterdescendants() if element.tag != "p" or _shares_cell(element)):
        return False
    rows = (row for row in table.iter(*ROWS))
    return any(sum(bool("".join(cell.itertext()).strip()) for cell in row if cell.tag in CELLS) > 1 for row in rows)


def _shares_cell(paragraph: Any) -> bool:
    """Whether another element of its cell stands beside a paragraph: Word wraps the text of every cell in one."""
    parent = paragraph.getparent()
    return parent is not None and len(parent) > 1
