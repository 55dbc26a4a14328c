"""Files of every format, made by hand: small, and the same bytes on every machine."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from typing import Any

import docx

# A line of a page: left, bottom (in points from the lower left corner), size, bold, words in Windows-1252.
Words = tuple[float, float, float, bool, str]


def pdf(*pages: list[Words]) -> bytes:
    """A PDF of A4 pages in Helvetica."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for words in pages:
        drawn = b"".join(map(_drawn, words))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        fonts = b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
        box = b"/MediaBox [0 0 595 842]"
        objects.append(b"<< /Type /Page /Parent 2 0 R %s %s /Contents %d 0 R >>" % (box, fonts, len(objects)))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + head + table + tail


def _drawn(words: Words) -> bytes:
    left, bottom, size, bold, text = words
    written = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("cp1252")
    return b"BT /F%d %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n" % (1 + bold, size, left, bottom, written)


def paragraph(left: float, bottom: float, *lines: str, size: float = 11, bold: bool = False) -> list[Words]:
    """Lines below each other."""
    return [(left, bottom - 1.3 * size * n, size, bold, line) for n, line in enumerate(lines)]


def word_document(**parts: Any) -> bytes:
    """A Word file: `heading`, `paragraphs`, `items`, `rows` of a table, in this order."""
    document = docx.Document()
    if "heading" in parts:
        document.add_heading(parts["heading"], 1)
    for text in parts.get("paragraphs", ()):
        document.add_paragraph(text)
    for text in parts.get("items", ()):
        document.add_paragraph(text, style="List Bullet")
    rows = parts.get("rows", ())
    table = document.add_table(len(rows), len(rows[0])) if rows else None
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    return saved(document)


def saved(document: Any) -> bytes:
    """The bytes of a python-docx document."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def with_member(archive: bytes, name: str, content: bytes) -> bytes:
    """A copy of a zip file in which one member is another."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return out.getvalue()


def mail(plain: str = "", html: str = "", attached: str = "", **headers: str) -> bytes:
    """A mail with a body in one or two versions, and an attachment of that name."""
    message = EmailMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if plain:
        message.set_content(plain)
    if html and plain:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    if attached:
        message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=attached)
    return bytes(message)


def rss(*items: str, head: str = "") -> bytes:
    """An RSS feed of a channel "Acme News" with these <item>s' insides."""
    entries = "".join(f"<item>{item}</item>" for item in items)
    channel = f"<channel><title>Acme News</title>{entries}</channel>"
    return f'<?xml version="1.0" encoding="utf-8"?>{head}<rss version="2.0">{channel}</rss>'.encode()


def page(body: str, head: str = "") -> str:
    """A web page with a navigation, a main part and a footer."""
    navigation = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/news'>All news</a></li></ul></nav>"
    footer = "<footer><p>&copy; 2019 Acme. <a href='/cookies'>Cookie policy, updated 1 July 2016</a></p></footer>"
    top = f"<!DOCTYPE html><html><head><title>Fund grows</title>{head}<script>var day = '2011-01-01';</script></head>"
    return f"{top}<body>{navigation}<main><article>{body}</article></main>{footer}</body></html>"


ARTICLE = """<h1>Fund grows</h1>
<p><b>OSLO, 3 May 2024</b> &ndash; Acme agreed on Monday to invest &euro;25&nbsp;million in the railway between both
cities and to hire 200 people in the next two years, it said in a statement to the press.</p>
<h2>What will change</h2>
<p>The partners intend to:</p>
<ul><li>train the <i>police</i>;</li><li>open a school.</li></ul>
<table><tr><th>Country</th><th>Sum</th></tr><tr><td>Kenya</td><td>&euro;5 million</td></tr></table>
<p>Press office<br>Jane Roe<br>press@example.org</p>"""
