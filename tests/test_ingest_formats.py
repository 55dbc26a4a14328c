"""Formats: what is taken from each kind of file, with its layout, and what its metadata say."""

from __future__ import annotations

import email
import json
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from pipeline import ingest
from pipeline.ingest import Failure, Source
from tests import samples

Reader = Callable[..., list[Source | Failure]]


@pytest.fixture
def read_file(tmp_path: Path) -> Reader:
    """Write a file and read it: `read_file("a.html", "<p>...")`."""

    def read(name: str, content: str | bytes) -> list[Source | Failure]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(ingest.read([path]))

    return read


def source(found: list[Source | Failure]) -> Source:
    (only,) = found
    assert isinstance(only, Source), only
    return only


def blocks(found: Source) -> list[tuple[str, str]]:
    return [(block.kind, found.text[block.start : block.end]) for block in found.layout]


def codes(found: Source) -> list[str]:
    return [code for code, _ in found.warnings]


# Web pages


FIRST_PARAGRAPH = (
    "OSLO, 3 May 2024 – Acme agreed on Monday to invest €25 million in the railway between both cities and to hire 200 "
    "people in the next two years, it said in a statement to the press."
)


def test_a_page_gives_its_text_with_headings_lists_and_tables(read_file: Reader) -> None:
    assert blocks(source(read_file("a.html", samples.page(samples.ARTICLE)))) == [
        ("heading", "Fund grows"),
        ("paragraph", FIRST_PARAGRAPH),
        ("heading", "What will change"),
        ("paragraph", "The partners intend to:"),
        ("item", "- train the police;"),
        ("item", "- open a school."),
        ("paragraph", "Country | Sum"),
        ("paragraph", "Kenya | €5 million"),
        ("plain", "Press office\nJane Roe\npress@example.org"),
    ]


def test_a_paragraph_without_a_tag_of_its_own_stays_whole(read_file: Reader) -> None:
    body = "<div><b>OSLO, May 3</b> /Wire/ -- <b>Acme</b> will <i>hire</i> 500 people.<br><br>It said so.</div>"
    assert (
        source(read_file("a.html", samples.page(body))).text
        == "OSLO, May 3 /Wire/ -- Acme will hire 500 people.\nIt said so."
    )


JSON_LD = '<script type="application/ld+json">{}</script>'
ARTICLE_LD = {"@type": "NewsArticle", "headline": "Big fund grows", "datePublished": "2024-05-03T00:30:00+02:00"}
PUBLISHER_LD = {"@context": "https://schema.org", "@graph": [{**ARTICLE_LD, "publisher": {"name": "Acme"}}]}


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        (JSON_LD.format(json.dumps(ARTICLE_LD)), ("2024-05-03", "Big fund grows", None)),
        (JSON_LD.format(json.dumps(PUBLISHER_LD)), ("2024-05-03", "Big fund grows", "Acme")),
        (JSON_LD.format('{"@type": "NewsArticle"') + JSON_LD.format("[[[[1]]]]"), (None, "Fund grows", None)),
        (JSON_LD.format('{"@type": "Event", "datePublished": "2020-01-01"}'), (None, "Fund grows", None)),
        (
            '<meta property="article:published_time" content="2024-05-03T23:00:00-05:00">',
            ("2024-05-03", "Fund grows", None),
        ),
        (
            '<meta name="DC.date" content="3 May 2024"><meta property="og:site_name" content="Acme">',
            ("2024-05-03", "Fund grows", "Acme"),
        ),
        ('<meta name="date" content="03/05/2024">', (None, "Fund grows", None)),
        ('<meta name="date" content="1970-01-01">', (None, "Fund grows", None)),
        ('<meta name="last-modified" content="2024-05-03">', (None, "Fund grows", None)),
    ],
)
def test_metadata_are_read_where_they_mean_publication(
    read_file: Reader, head: str, fields: tuple[str | None, str, str | None]
) -> None:
    found = source(read_file("a.html", samples.page("<h1>Fund grows</h1><p>Acme will hire 200 people.</p>", head)))
    assert (found.published, found.title, found.publisher) == fields


def test_time_elements_count_only_where_they_agree(read_file: Reader) -> None:
    one = '<h1>Fund grows</h1><time datetime="2024-05-03T10:00">Friday</time><p>Acme will hire 200 people.</p>'
    other = one + '<p>See also</p><time datetime="2023-01-01">January</time>'
    assert source(read_file("a.html", samples.page(one))).published == "2024-05-03"
    assert source(read_file("b.html", samples.page(other))).published is None


def test_the_date_of_the_cookie_policy_is_nobodys_publication(read_file: Reader) -> None:
    found = source(read_file("a.html", samples.page("<h1>Fund grows</h1><p>Acme will hire 200 people.</p>")))
    assert found.published is None
    assert "2016" not in found.text


@pytest.mark.parametrize(
    ("encoding", "declared", "warned"),
    [
        ("utf-8", "utf-8", []),
        ("utf-8", "iso-8859-1", []),  # pages lie
        ("cp1252", "iso-8859-1", []),
        ("cp1252", "windows-1252", []),
        ("cp1252", "", ["encoding_assumed"]),
        ("utf-16", "", []),
        ("iso-8859-15", "iso-8859-15", []),
    ],
)
def test_a_page_is_decoded_without_a_guess(read_file: Reader, encoding: str, declared: str, warned: list[str]) -> None:
    head = f'<meta charset="{declared}">' if declared else ""
    html = samples.page("<h1>Fund grows</h1><p>Acme will pay €25 million for “rail”.</p>", head)
    html = html.replace("“rail”", "rail") if encoding == "iso-8859-15" else html
    found = source(read_file("a.html", html.encode(encoding)))
    assert "€25 million" in found.text
    assert codes(found) == warned


def test_characters_that_no_text_has_are_a_warning(read_file: Reader) -> None:
    html = samples.page("<p>Acme will pay \x93much\x94 for rail in the next two years.</p>", '<meta charset="utf-8">')
    assert codes(source(read_file("a.html", html))) == ["encoding_doubtful"]


def test_the_address_is_the_canonical_one(read_file: Reader) -> None:
    head = '<link rel="canonical" href="https://acme.example/2024/05/03/fund"><meta property="og:url" content="/x">'
    assert (
        source(read_file("a.html", samples.page(samples.ARTICLE, head))).url == "https://acme.example/2024/05/03/fund"
    )


# Word


def test_a_word_file_in_its_order(read_file: Reader) -> None:
    parts = {
        "heading": "Fund grows",
        "paragraphs": ["OSLO – Acme agreed to pay\u00a0€5 million.", ""],
        "items": ["train the police;", "open a school."],
        "rows": [["Country", "Sum"], ["Kenya", "€5 million"]],
    }
    assert blocks(source(read_file("a.docx", samples.word_document(**parts)))) == [
        ("heading", "Fund grows"),
        ("paragraph", "OSLO – Acme agreed to pay €5 million."),
        ("item", "- train the police;"),
        ("item", "- open a school."),
        ("paragraph", "Country | Sum"),
        ("paragraph", "Kenya | €5 million"),
    ]


def test_word_insertions_count_deletions_and_text_boxes_do_not(read_file: Reader) -> None:
    document = docx.Document()
    document.add_paragraph("Fund grows", style="Title")
    insides = (
        '<w:r><w:t xml:space="preserve">Acme will </w:t></w:r>'
        '<w:ins w:id="1" w:author="x"><w:r><w:t>hire</w:t></w:r></w:ins>'
        '<w:del w:id="2" w:author="x"><w:r><w:delText>fire</w:delText></w:r></w:del>'
        "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>BOX</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
        "<w:r><w:t> 20 people.</w:t></w:r>"
    )
    document.element.body.insert(1, parse_xml(f"<w:p {nsdecls('w')}>{insides}</w:p>"))
    control = "<w:sdtContent><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>About Acme</w:t></w:r></w:p></w:sdtContent>"
    document.element.body.insert(2, parse_xml(f"<w:sdt {nsdecls('w')}>{control}</w:sdt>"))
    document.sections[0].header.paragraphs[0].text = "RUNNING HEAD"
    found = source(read_file("a.docx", samples.saved(document)))
    assert blocks(found) == [
        ("heading", "Fund grows"),
        ("paragraph", "Acme will hire 20 people."),
        ("heading", "About Acme"),
    ]
    assert found.title == "Fund grows"


def test_a_word_table_that_frames_the_page_is_no_table(read_file: Reader) -> None:
    document = docx.Document()
    cell = document.add_table(1, 2).cell(0, 0)
    cell.text = "Acme will hire 20 people."
    cell.add_paragraph("It will train them.")
    assert [kind for kind, _ in blocks(source(read_file("a.docx", samples.saved(document))))] == ["paragraph"] * 2


# PDF


def pages() -> bytes:
    def page(number: int, *body: list[samples.Words]) -> list[samples.Words]:
        head, foot = (72.0, 800.0, 9.0, False, "PRESS RELEASE - Acme"), (280.0, 40.0, 9.0, False, f"Page {number} of 2")
        return [head, foot, *(words for part in body for words in part)]

    first = page(
        1,
        samples.paragraph(72, 740, "Acme to build railway", size=18, bold=True),
        samples.paragraph(
            72,
            700,
            "Acme agreed to a long-",
            "term plan and a long-term fund. The minister com-",
            "mitted NATO-",
            "led troops to it.",
        ),
        samples.paragraph(72, 620, "What will change", bold=True),
        samples.paragraph(72, 600, "The partners intend to:"),
        samples.paragraph(80, 580, "• train the police by 2026 and to open a new school in the", "  city of Lyon;"),
        samples.paragraph(80, 551.4, "• hire staff."),
        samples.paragraph(72, 500, "The ministers said on Tuesday that the fund for all of the"),
    )
    second = page(
        2,
        samples.paragraph(72, 740, "regions would be closed by the end of 2026."),
        [
            words
            for n, end in enumerate(("", "", "", "."))
            for words in (
                (72.0, 700 - 14.0 * n, 11.0, False, f"left side line number {n}{end}"),
                (320.0, 700 - 14.0 * n, 11.0, False, f"right side line number {n}{end}"),
            )
        ],
        [(72.0, 600.0, 11.0, False, "Kenya"), (320.0, 600.0, 11.0, False, "5 million")],
    )
    return samples.pdf(first, second)


def test_a_pdf_in_reading_order_with_its_pages(read_file: Reader) -> None:
    found = source(read_file("a.pdf", pages()))
    assert [(b.kind, b.page, found.text[b.start : b.end]) for b in found.layout] == [
        ("furniture", 1, "PRESS RELEASE - Acme"),
        ("furniture", 1, "Page 1 of 2"),
        ("heading", 1, "Acme to build railway"),
        (
            "paragraph",
            1,
            "Acme agreed to a long-term plan and a long-term fund. The minister committed NATO-led troops to it.",
        ),
        ("heading", 1, "What will change"),
        ("paragraph", 1, "The partners intend to:"),
        ("item", 1, "• train the police by 2026 and to open a new school in the city of Lyon;"),
        ("item", 1, "• hire staff."),
        (
            "paragraph",
            1,
            "The ministers said on Tuesday that the fund for all of the regions would be closed by the end of 2026.",
        ),
        ("furniture", 2, "PRESS RELEASE - Acme"),
        ("furniture", 2, "Page 2 of 2"),
        (
            "paragraph",
            2,
            "left side line number 0 left side line number 1 left side line number 2 left side line number 3.",
        ),
        (
            "paragraph",
            2,
            "right side line number 0 right side line number 1 right side line number 2 right side line number 3.",
        ),
        ("paragraph", 2, "Kenya | 5 million"),
    ]
    assert found.published is None


def test_a_pdf_with_a_place_beyond_all_numbers_is_read(read_file: Reader) -> None:
    """pdfium says NaN for a coordinate that overflows, as in a damaged file."""
    content = samples.pdf([(72, 700, 11, False, "Acme agreed to pay."), (72, 600, 11, False, "It will.")])
    found = source(read_file("a.pdf", content.replace(b"72 600 Tm", b"72 6" + b"8" * 52 + b"5.7 Tm")))
    assert "agreed to pay." in found.text and "It will." in found.text


def test_a_pdf_page_without_text_is_a_warning_and_a_pdf_without_text_a_failure(read_file: Reader) -> None:
    words = samples.paragraph(72, 700, "Acme will hire 20 people.")
    assert codes(source(read_file("a.pdf", samples.pdf(words, [])))) == ["page_without_text"]
    (failure,) = read_file("b.pdf", samples.pdf([]))
    assert isinstance(failure, Failure) and failure.status == "no_text"


# Mails and feeds


def test_a_mail_with_two_versions_and_an_attachment(read_file: Reader) -> None:
    headers = {"Subject": "Fund grows – €5 m", "Date": "Fri, 03 May 2024 23:30:00 -0500", "Organization": "Acme"}
    content = samples.mail("Fund grows", "<h2>Fund</h2><p>Acme will hire 20&nbsp;people.</p>", "release.pdf", **headers)
    found = source(read_file("a.eml", content))
    assert blocks(found) == [
        ("heading", "Fund grows – €5 m"),
        ("heading", "Fund"),
        ("paragraph", "Acme will hire 20 people."),
    ]
    assert (found.published, found.publisher, found.title) == ("2024-05-03", "Acme", "Fund grows – €5 m")
    assert codes(found) == ["attachment_not_read"]


def test_a_mail_that_is_attached_is_named_and_not_read(read_file: Reader) -> None:
    outer = email.message_from_bytes(samples.mail("Acme will hire 20 people."), policy=policy.default)
    assert isinstance(outer, EmailMessage)
    outer.add_attachment(email.message_from_bytes(samples.mail("We promise more."), policy=policy.default))
    found = source(read_file("a.eml", outer.as_bytes()))
    assert (found.text, codes(found)) == ("Acme will hire 20 people.", ["attachment_not_read"])


def test_a_plain_mail_keeps_its_lines_and_its_signature_is_contact(read_file: Reader) -> None:
    found = source(
        read_file("a.eml", samples.mail("Acme will hire:\n\n- 20 drivers;\n-- \nJane Roe\n+44 20 7946 0000\n"))
    )
    assert blocks(found) == [
        ("plain", "Acme will hire:\n\n- 20 drivers;"),
        ("contact", "Jane Roe"),
        ("contact", "+44 20 7946 0000"),
    ]


def test_flowed_lines_of_a_mail_are_one(read_file: Reader) -> None:
    content = b"Content-Type: text/plain; format=flowed\n\nAcme will hire \n20 people.\n\nIt said so.\n"
    assert source(read_file("a.eml", content)).text == "Acme will hire 20 people.\n\nIt said so."


def test_a_mailbox_gives_a_document_for_each_mail(read_file: Reader) -> None:
    mails = [samples.mail(f"From here on Acme hires {n} people.", Message_ID=f"<{n}@acme.example>") for n in (1, 2, 2)]
    content = b"".join(
        b"From a@b Fri May  3 10:00:00 2024\n" + m.replace(b"\nFrom ", b"\n>From ") + b"\n" for m in mails
    )
    found = read_file("box.mbox", content)
    assert [item.text for item in found if isinstance(item, Source)] == [
        f"From here on Acme hires {n} people." for n in (1, 2, 2)
    ]
    assert len({item.id for item in found}) == 3
    assert all(item.id.startswith("box-") and len(item.id) == 12 for item in found)
    assert [item.id for item in read_file("box.mbox", content)] == [item.id for item in found]


def test_a_feed_gives_a_document_for_each_entry(read_file: Reader, tmp_path: Path) -> None:
    item = (
        "<title>Fund {0} &amp;amp; more</title><link>https://acme.example/{0}</link><guid>g{0}</guid>"
        "<pubDate>Fri, 03 May 2024 23:30:00 -0500</pubDate>"
        "<description>&lt;p&gt;Acme will hire {0} people.&lt;/p&gt;</description>"
    )
    found = read_file("feed.rss", samples.rss(item.format(1), item.format(2)))
    first = found[0]
    assert isinstance(first, Source)
    assert blocks(first) == [("heading", "Fund 1 & more"), ("paragraph", "Acme will hire 1 people.")]
    assert (first.published, first.publisher, first.url) == ("2024-05-03", "Acme News", "https://acme.example/1")
    assert len({entry.id for entry in found}) == 2
    assert ingest.count([tmp_path / "feed.rss"]) == 2


def test_what_was_updated_in_an_atom_feed_is_not_published_then(read_file: Reader) -> None:
    entry = "<entry><id>{0}</id><title>T</title><updated>2024-05-07T00:00:00Z</updated>{1}<summary>A</summary></entry>"
    dated = entry.format(1, "<published>2024-05-03T23:00:00-05:00</published>")
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Acme</title>{dated}{entry.format(2, "")}</feed>'
    assert [item.published for item in read_file("a.atom", feed) if isinstance(item, Source)] == ["2024-05-03", None]


# Markdown


def test_markdown_without_its_marks(read_file: Reader) -> None:
    header = '---\ntitle: "Fund grows"\ndate: 2024-05-03\n---\n'
    text = f"{header}# Fund grows\n\nAcme **will** [hire](https://x.example) 20\npeople.\n\n- one\n- two\n"
    found = source(read_file("a.md", text))
    assert blocks(found) == [
        ("heading", "Fund grows"),
        ("paragraph", "Acme will hire 20 people."),
        ("item", "- one"),
        ("item", "- two"),
    ]
    assert (found.title, found.published) == ("Fund grows", "2024-05-03")


def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    read_file: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
    monkeypatch.delitem(__import__("sys").modules, "pipeline.ingest.pdf", raising=False)
    (failure,) = read_file("a.pdf", b"%PDF-1.4")
    assert isinstance(failure, Failure)
    assert "needs pypdfium2" in failure.reason and "communique[pdf]" in failure.reason
