"""Markdown: CommonMark with tables, and the header of `key: value` lines that site builders put above it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from pipeline.ingest import markup
from pipeline.ingest.layout import Layout
from pipeline.ingest.limits import Limits
from pipeline.ingest.metadata import day
from pipeline.ingest.source import Content, Fields
from pipeline.ingest.text import decode

FRONT_MATTER = re.compile(r"\A---[ \t]*+\r?\n(?P<fields>(?:[^\n]*+\n){1,60}?)(?:---|\.\.\.)[ \t]*+\r?\n")
FIELD = re.compile(r"(?m)^(?P<key>title|date|published|publisher|url)[ \t]*+:(?P<value>.*+)$")


def read(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """The text without its marks: "# Fund grows" is the heading "Fund grows"."""
    text, warnings = decode(data, path, binary="\0")
    header = FRONT_MATTER.match(text)
    stated = (
        {found["key"]: found["value"].strip(" \t\r\"'") for found in FIELD.finditer(header["fields"])} if header else {}
    )
    layout = Layout(path, limits)
    body = text[header.end() :] if header else text
    markup.add_html(MarkdownIt("commonmark").enable("table").render(body), path, layout)
    fields: Fields = {
        "title": stated.get("title"),
        "publisher": stated.get("publisher"),
        "url": stated.get("url"),
        "published": day(stated.get("published") or stated.get("date")),
    }
    yield layout.content(fields, warnings=warnings)
