"""Feeds (RSS and Atom): one document an entry, its title as heading, then its content.

defusedxml looks at the file first: it refuses entities that blow up or name other files in milliseconds, where
feedparser needs a second to give up. The feed is given to feedparser as bytes, since a string may be an address to it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

import feedparser
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from pipeline.errors import DocumentError
from pipeline.ingest import markup
from pipeline.ingest.layout import Layout, clean
from pipeline.ingest.limits import Limits
from pipeline.ingest.metadata import day
from pipeline.ingest.source import Content
from pipeline.ingest.text import declared_encoding, decode

MAX_DEPTH = 200  # elements; feedparser's time grows with the square of it
UTF_8 = {"content-type": "application/xml; charset=utf-8"}


def read(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """Every entry of a feed, in its order."""
    text, warnings = decode(data, path, declared_encoding(data), binary="\0")
    xml = markup.XML_DECLARATION.sub("", text, count=1).lstrip().encode("utf-8", "replace")
    if not xml:
        yield Content("")
        return
    try:
        parser = DefusedXMLParser(target=_Depth(path))
        parser.feed(xml)
        parser.close()
    except DefusedXmlException as error:
        what = f"{path}: the feed declares entities ({type(error).__name__}), which no feed needs"
        raise DocumentError(f"{what}; take them out.") from error
    except (ParseError, ValueError) as error:
        warnings.append(("feed_malformed", f"The feed is not well-formed XML ({error}); entries may be missing."))
    try:
        feed = feedparser.parse(io.BytesIO(xml), response_headers=UTF_8)
    except Exception as error:  # its parser for what is not well-formed stumbles in many ways
        raise DocumentError(
            f"{path}: the feed is too damaged to be read ({type(error).__name__}); fetch it again."
        ) from error
    if not feed.version and not feed.entries:
        raise DocumentError(f"{path}: no RSS or Atom feed; XML of other kinds is not read, so save it as text or HTML.")
    if not feed.entries:
        raise DocumentError(f"{path}: the feed holds no entry.", "empty")
    for entry in feed.entries:
        yield _content(entry, feed, path, limits, warnings)


class _Depth:
    """Stands in for a tree: it only counts how deep the elements are nested."""

    def __init__(self, path: str) -> None:
        self.path, self.depth = path, 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise DocumentError(f"{self.path}: the elements are nested too deep to be read; this is no feed.")

    def end(self, tag: str) -> None:
        self.depth -= 1


def _content(entry: Any, feed: Any, path: str, limits: Limits, warnings: list[tuple[str, str]]) -> Content:
    layout = Layout(path, limits)
    title, link = _plain(entry.get("title_detail"), path, limits), entry.get("link")
    layout.add(title, "heading")
    parts = entry.get("content") or [entry.get("summary_detail")]
    for part in parts:
        if part and "html" in part.get("type", ""):
            markup.add_html(part.get("value", ""), path, layout)
        elif part:
            layout.add(part.get("value", ""), "plain")
    # Atom's `updated` is no publication; RSS 1.0 has its only date there.
    published = entry.get("published") or (None if feed.version.startswith("atom") else entry.get("updated"))
    publisher = entry.get("publisher") or (entry.get("source") or {}).get("title") or feed.feed.get("title")
    name = entry.get("id") or link or hashlib.sha256("".join(layout.parts).encode()).hexdigest()
    return layout.content(
        {
            "title": title or None,
            "publisher": clean(publisher or "") or None,
            "url": link if str(link).startswith(("http://", "https://")) else None,
            "published": day(published),
        },
        entry=name,
        warnings=warnings,
    )


def _plain(detail: Any, path: str, limits: Limits) -> str:
    """The characters of a title, which may be HTML."""
    if not detail:
        return ""
    if "html" not in detail.get("type", ""):
        return clean(detail.get("value", ""))
    layout = Layout(path, limits)
    markup.add_html(detail.get("value", ""), path, layout)
    return clean("".join(layout.parts))
