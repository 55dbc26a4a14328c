"""Plain text, and from bytes to characters for every format that is text inside."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from pipeline.errors import DocumentError
from pipeline.ingest.limits import Limits
from pipeline.ingest.source import Content

# A byte order mark decides, then UTF-8 if it is without fault (pages lie about their encoding), then what the input
# declares, then Windows-1252. No statistical guess: one turned the euro sign of an undeclared page into another letter.
BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
LATIN_1 = ("iso8859-1", "ascii")  # what declares these is written in Windows-1252, as browsers know
DECLARED = re.compile(
    rb"(?i)<meta\b[^>]{0,200}?charset\s*+=\s*+[\"']?\s*+([\w.:-]{1,40})|<\?xml\b[^>]{0,100}?encoding=[\"']([\w.:-]{1,40})"
)
DECLARED_WITHIN = 4096  # bytes from the start; browsers look at the first 1024
CONTROLS = r"\x00-\x08\x0e-\x1a\x1c-\x1f"
MISREAD = re.compile(r"[\x80-\x84\x86-\x9f\N{REPLACEMENT CHARACTER}]")


def read(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """The text as it stands."""
    text, warnings = decode(data, path)
    yield Content(text, warnings=tuple(warnings))


def decode(
    data: bytes, path: str, declared: str | None = None, binary: str = CONTROLS
) -> tuple[str, list[tuple[str, str]]]:
    """Text of `data`, with warnings about the encoding. Raises DocumentError for what is not text.

    `declared` is the encoding that the input or its envelope names, if any; `binary` the characters that no text of its
    kind holds.

    >>> decode("€25 million".encode("cp1252"), "a.html", "iso-8859-1")
    ('€25 million', [])
    """
    text, warnings = _decode(data, path, declared)
    found = re.search(f"[{binary}]", text)
    if found:
        what = f"{path}: found the control character U+{ord(found.group()):04X} at character {found.start()}"
        raise DocumentError(f"{what}, so this is no text file; give the text itself.")
    found = MISREAD.search(text)
    if found:
        what = f"U+{ord(found.group()):04X} at character {found.start()}"
        warnings.append(("encoding_doubtful", f"The text holds {what}: its encoding may not be what was read."))
    return text, warnings


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page or an XML document names in its head."""
    found = DECLARED.search(data, 0, DECLARED_WITHIN)
    return (found[1] or found[2]).decode("ascii") if found else None


def _decode(data: bytes, path: str, declared: str | None) -> tuple[str, list[tuple[str, str]]]:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), []
            except UnicodeDecodeError as error:
                what = f"{path}: the byte order mark says {encoding}, but byte {error.start} does not fit it"
                raise DocumentError(f"{what}; save the file as UTF-8.") from error
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    codec = _codec(declared)
    if codec is not None:
        try:
            return data.decode(codec), []
        except UnicodeDecodeError:
            pass
    says = "declares nothing" if declared is None else f"is not {declared[:40]!r} either, which it declares"
    message = f"The input is not UTF-8 and {says}; it was read as Windows-1252."
    return data.decode("cp1252", "replace"), [("encoding_assumed", message)]


def _codec(declared: str | None) -> str | None:
    """Python's name of a declared text encoding; None for UTF-8 (tried before) and for what is none."""
    try:
        codec = codecs.lookup((declared or "").strip())
        "".encode(codec.name)  # refuses codecs from bytes to bytes, such as "zip"
    except (LookupError, ValueError):
        return None
    if codec.name in LATIN_1:
        return "cp1252"
    return None if codec.name.startswith(("utf-8", "utf-7", "unicode", "raw", "idna", "punycode")) else codec.name
