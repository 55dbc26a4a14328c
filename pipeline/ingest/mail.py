"""Mails (.eml) and mailboxes (.mbox): the subject as heading, then the body; the sending day is the publication."""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, MIMEPart
from itertools import islice

from pipeline.errors import DocumentError
from pipeline.ingest import markup
from pipeline.ingest.layout import Layout, clean
from pipeline.ingest.limits import Limits
from pipeline.ingest.metadata import day
from pipeline.ingest.source import Content
from pipeline.ingest.text import declared_encoding, decode

SEPARATOR = re.compile(rb"(?m)(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]*\r?\n")
QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
SIGNATURE = re.compile(r"(?m)^-- ?$")
FLOWED = re.compile(r"(?<=[^\s-]) \r?\n(?=\S)")  # RFC 3676: a blank at the end of a line joins it to the next
MAX_PARTS = 500  # of one mail
MAX_HEADER = 5_000  # characters; the standard library reads long ones in quadratic time
HEADERS = frozenset((
    "subject", "date", "organization", "message-id", "content-type", "content-disposition", "content-transfer-encoding",
))  # fmt: skip
"""The headers that are read; a list of recipients may be as long as it likes."""


def read(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """The one mail of an .eml file."""
    if data.strip():
        yield _content(data, path, limits)
    else:
        yield Content("")


def read_mailbox(data: bytes, path: str, limits: Limits) -> Iterator[Content]:
    """Every mail of an .mbox file, in its order."""
    starts = list(SEPARATOR.finditer(data))
    if data.strip() and (not starts or data[: starts[0].start()].strip()):
        raise DocumentError(
            f"{path}: no mailbox: its first line does not start with 'From '; a single mail is read as .eml."
        )
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        mail = data[start.end() : following.start() if following else len(data)]
        yield _content(QUOTED_FROM.sub(rb"\1", mail), path, limits)


def _content(data: bytes, path: str, limits: Limits) -> Content:
    layout = Layout(path, limits)
    try:
        message = email.message_from_bytes(data, EmailMessage, policy=policy.default)
        parts = list(islice(_parts(message, path), MAX_PARTS))
        subject = _header(message, "subject")
        layout.add(subject or "", "heading")
        warnings = _add_body(parts, path, layout)
    except RecursionError as error:
        raise DocumentError(f"{path}: the parts of the mail are nested too deep to be read.") from error
    sent, sender = day(_header(message, "date")), _header(message, "organization")
    entry = _header(message, "message-id") or hashlib.sha256(data).hexdigest()
    return layout.content({"title": subject, "publisher": sender, "published": sent}, entry=entry, warnings=warnings)


def _parts(message: MIMEPart, path: str) -> Iterator[MIMEPart]:
    """The parts of a mail in their order; a mail that is attached to it is one of them, what that holds is not."""
    pending = [message]
    while pending:
        part = pending.pop()
        if any(len(value) > MAX_HEADER for name, value in part.raw_items() if name.lower() in HEADERS):
            raise DocumentError(f"{path}: a header of the mail has more than {MAX_HEADER:,} characters; shorten it.")
        yield part
        if part.is_multipart() and (part is message or not part.is_attachment()):
            pending += reversed(list(part.iter_parts()))


def _add_body(parts: list[MIMEPart], path: str, layout: Layout) -> list[tuple[str, str]]:
    """Add the body, the HTML version before the plain one: it says what is a heading. Returns the warnings."""
    warnings: list[tuple[str, str]] = []
    bodies = [part for part in parts if part.get_content_maintype() == "text" and not part.is_attachment()]
    for wanted in ("text/html", "text/plain"):
        blocks = len(layout.blocks)
        for part in bodies:
            if part.get_content_type() == wanted:
                warnings += _add_part(part, path, layout)
        if len(layout.blocks) > blocks:
            break
    attached = [part.get_filename() or part.get_content_type() for part in parts if part.is_attachment()]
    if attached:
        names = ", ".join(clean(name)[:80] for name in attached[:5])
        warnings.append(("attachment_not_read", f"Attached and not read: {names}; save it as a file to read it."))
    return warnings


def _add_part(part: MIMEPart, path: str, layout: Layout) -> list[tuple[str, str]]:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return []
    if part.get_content_type() == "text/html":
        text, warnings = decode(data, path, part.get_content_charset() or declared_encoding(data), binary="\0")
        markup.add_html(text, path, layout)
        return warnings
    text, warnings = decode(data, path, part.get_content_charset(), binary="\0")
    if part.get_param("format", "") == "flowed":
        text = FLOWED.sub(" ", text)
    body, *signature = SIGNATURE.split(text, maxsplit=1)
    layout.add(body, "plain")
    for line in "".join(signature).splitlines():
        layout.add(line, "contact")
    return warnings


def _header(message: EmailMessage, name: str) -> str | None:
    """The value of a header in its own words; None where it is missing or past reading."""
    try:
        return clean(str(message[name] or "")) or None
    except Exception:  # the standard library stumbles over malformed headers in many ways
        return None
