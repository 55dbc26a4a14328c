"""Inputs: from files, folders and standard input to `Source` objects, one for each document.

    files      which inputs there are, in which order, under which id       limits    what is too large to be read
    source     what every format gives                                      layout    text with its blocks
    text  markdown  html (with metadata, markup)  pdf (with pdf_lines)  docx  mail  feeds  jsonl      one format each

A source's `text` is what the offsets of its record point into: for .txt and .jsonl the decoded input as it stands, for
the others the text that was found in it. An input that cannot be read becomes a `Failure` in its place, so that one bad
document never stops the others. Nothing here opens a network address.
"""

from pipeline.ingest.files import MEDIA_TYPES, count, paths, read
from pipeline.ingest.ids import STANDARD_INPUT, Ids
from pipeline.ingest.jsonl import from_line
from pipeline.ingest.limits import Limits
from pipeline.ingest.source import Block, Failure, Source
from pipeline.ingest.text import decode

__all__ = [
    "MEDIA_TYPES", "STANDARD_INPUT", "Block", "Failure", "Ids", "Limits", "Source", "count", "decode", "from_line",
    "paths", "read",
]  # fmt: skip
