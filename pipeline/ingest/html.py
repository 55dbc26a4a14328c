"""Web pages: the main text without navigation and adverts, by trafilatura; title, publisher and date by metadata.

htmldate stays unused: beside JSON-LD, meta tags and <time> it only adds guesses, and one of them is the day on which
the cookie policy was updated.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from trafilatura import bare_extraction
from trafilatura.settings import Document

from pipeline.errors import DocumentError
from pipeline.ingest import markup, metadata
from pipeline.ingest.layout import Layout
from pipeline.ingest.limits import Limits
from pipeline.ingest.source import Content
from pipeline.ingest.text import decode

DECLARED = re.compile(
    rb"(?i)<meta\b[^>]{0,200}?charset\s*+=\s*+[\"']?\s*+([\w.:-]{1,40})|<\?xml\b[^>]{0,100}?encoding=[\"']([\w.:-]{1,40})"
)
DECLARED_WITHIN = 4096  # bytes from the start; browsers look at the first 1024

logging.getLogger("trafilatura").addHandler(logging.NullHandler())
logging.getLogger("trafilatura").propagate = False  # what happened is said by our own warnings


def read(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """The page's main text with its headings, lists and tables."""
    html, warnings = decode(data, path, declared(data), binary="\0")
    layout = Layout(path, limits)
    tree = markup.parse(html, path)
    if tree is None:
        yield Content("")
        return
    fields = metadata.of_page(tree)
    try:
        page = bare_extraction(tree, favor_recall=True, include_comments=False, include_formatting=True)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DocumentError(f"{path}: the page is too damaged to be read ({type(error).__name__}).") from error
    if isinstance(page, Document):
        markup.add(page.body, layout)
    yield layout.content(fields, warnings=warnings)


def declared(data: bytes) -> str | None:
    """The encoding that a page or an XML document names in its head."""
    found = DECLARED.search(data, 0, DECLARED_WITHIN)
    return (found[1] or found[2]).decode("ascii") if found else None
