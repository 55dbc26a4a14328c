"""Web pages: the main text without navigation and adverts, by trafilatura; title, publisher and date by metadata.

htmldate stays unused: beside JSON-LD, meta tags and <time> it only adds guesses, and one of them is the day on which
the cookie policy was updated.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from typing import Any

from trafilatura import bare_extraction
from trafilatura.settings import DEFAULT_CONFIG, Document

from pipeline.errors import DocumentError
from pipeline.ingest import markup, metadata
from pipeline.ingest.layout import Layout
from pipeline.ingest.limits import Limits
from pipeline.ingest.source import Content
from pipeline.ingest.text import declared_encoding, decode

FORMATTED = frozenset(("b", "strong", "i", "em", "u"))
INLINE = FORMATTED | frozenset(
    ("a", "abbr", "br", "cite", "font", "mark", "q", "small", "span", "sub", "sup", "time", "wbr")
)
MAX_INLINE = 2_000  # elements of a paragraph that are looked at

# Below 250 characters trafilatura takes all words of the page, its navigation among them; a release may be shorter.
SHORT_PAGES_TOO = deepcopy(DEFAULT_CONFIG)
SHORT_PAGES_TOO["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "20"

logging.getLogger("trafilatura").addHandler(logging.NullHandler())
logging.getLogger("trafilatura").propagate = False  # what happened is said by our own warnings


def read(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """The page's main text with its headings, lists and tables."""
    html, warnings = decode(data, path, declared_encoding(data), binary="\0")
    layout = Layout(path, limits)
    tree = markup.parse(html, path)
    if tree is None:
        yield Content("")
        return
    fields = metadata.of_page(tree)
    _name_paragraphs(tree)
    try:
        page = bare_extraction(
            tree, favor_recall=True, include_comments=False, include_formatting=True, config=SHORT_PAGES_TOO
        )
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DocumentError(
            f"{path}: the page is too damaged to be read ({type(error).__name__}); save it again."
        ) from error
    if isinstance(page, Document):
        markup.add(page.body, layout)
    yield layout.content(fields, warnings=warnings)


def _name_paragraphs(tree: Any) -> None:
    """Turn a <div> that is a paragraph into one: of "<div>Acme <b>will</b> hire</div>" trafilatura makes three."""
    for element in tree.iter("div"):
        inside = [inner.tag for inner in islice(element.iterdescendants(), MAX_INLINE)]
        says = [element.text, *(child.tail for child in element)]
        if FORMATTED.intersection(inside) and INLINE.issuperset(inside) and any(text and text.strip() for text in says):
            element.tag = "p"
