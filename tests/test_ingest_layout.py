"""Layouts: blocks point at their words, whatever the characters, and segments follow them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import ingest, rulebook, segments
from pipeline.ingest import Block, Limits, Source
from pipeline.ingest.layout import Layout, clean
from pipeline.ingest.pdf_lines import Line, blocks, mend
from tests import samples

FINDER = segments.Segments(rulebook.load("segments", segments.RULES)["lines"])
KINDS = ("heading", "paragraph", "item", "contact", "furniture", "plain")

# What has broken offsets elsewhere: emoji, combining marks, every kind of line end, marks that nobody sees.
AWKWARD = st.text(
    st.sampled_from(
        "aB .:-•1)|\r\n\t\x0b\x85\u2028\xa0\xad\u200b\u202e\ufb03e\N{COMBINING ACUTE ACCENT}\N{GRINNING FACE}\u05d0"
    )
)


def check(source: Source) -> None:
    """Blocks and segments lie in the text, in order, and hold every character that is not blank."""
    text, last = source.text, 0
    for block in source.layout:
        assert last <= block.start < block.end <= len(text)
        assert not text[block.start].isspace() and not text[block.end - 1].isspace()
        assert not text[last : block.start].strip()
        last = block.end
    found = FINDER.find(text, source.layout)
    covered = [n for segment in found for n in range(segment.start, segment.end)]
    assert len(covered) == len(set(covered))
    assert {n for n, char in enumerate(text) if not char.isspace()} <= set(covered)


@given(st.lists(st.tuples(st.sampled_from(KINDS), AWKWARD)))
def test_blocks_and_segments_hold_all_that_is_seen(given: list[tuple[str, str]]) -> None:
    layout = Layout("a", Limits())
    for kind, text in given:
        layout.add(text, kind)  # type: ignore[arg-type]
    content = layout.content()
    check(Source("a", "a", "text/html", "", content.text, layout=content.layout))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<li>",
                "<ul>",
                "</ul>",
                "<h2>",
                "<br>",
                "<table>",
                "<tr>",
                "<td>",
                "</td>",
                "<b>",
                "</b>",
                "<!--",
                "-->",
                "<script>",
                "&nbsp;",
                "&#x1F600;",
            ]
        )
        | AWKWARD
    )
)
def test_any_markup_is_read_or_refused(parts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, whole in (("a.html", samples.page("".join(parts))), ("b.md", "".join(parts))):
            path = Path(folder) / name
            path.write_bytes(whole.encode())
            for found in ingest.read([path]):
                if isinstance(found, Source):
                    check(found)


@given(st.text())
def test_what_is_seen_is_clean_already(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(
    st.lists(
        st.builds(
            Line,
            st.text("ab-\x02. •1)|A", min_size=1).map(str.strip).filter(bool),
            st.integers(1, 3),
            st.floats(0, 600),
            st.floats(0, 600),
            st.floats(0, 842),
            st.just(842.0),
            st.sampled_from([8.0, 11.0, 18.0]),
            st.booleans(),
        )
    )
)
def test_any_lines_become_blocks_without_loss(lines: list[Line]) -> None:
    lines.sort(key=lambda line: line.page)
    found = "".join(block.text for block in blocks(lines))
    wanted = "".join(line.text for line in lines)
    assert sorted(c for c in found if c.isalnum()) == sorted(c for c in wanted if c.isalnum())


@pytest.mark.parametrize(
    ("lines", "words", "mended"),
    [
        (["the com-", "mitted"], "", "the committed"),
        (["the com\x02", "mitted"], "", "the committed"),
        (["a long-", "term plan"], "long-term", "a long-term plan"),
        (["a long-", "term plan"], "long term", "a long-term plan"),
        (["a com-", "mitted group"], "committed com mitted", "a committed group"),
        (["NATO-", "led"], "", "NATO-led"),
        (["COVID-", "19"], "", "COVID-19"),
        (["Rhine-", "Main"], "", "Rhine-Main"),
        (["2020 -", "2025"], "", "2020 - 2025"),
    ],
)
def test_words_are_mended_over_line_ends(lines: list[str], words: str, mended: str) -> None:
    assert mend(lines, frozenset(words.split())) == mended


def test_segments_take_the_kinds_of_a_layout_and_the_pages() -> None:
    layout = Layout("a.pdf", Limits())
    layout.add("A sentence in a heading.", "heading", 1)
    layout.add("BRUSSELS, 13 May 2015 - Ministers met.", "paragraph", 1)
    layout.add("1. Background", "heading", 2)
    layout.add("No heading, though it is short", "paragraph", 2)
    layout.add("Wrapped by hand here\nand it goes on\n\nMedia contact: Jane Roe", "plain", 3)
    content = layout.content()
    found = FINDER.find(content.text, content.layout)
    assert [(s.kind, s.page, content.text[s.start : s.end]) for s in found] == [
        ("heading", 1, "A sentence in a heading."),
        ("dateline", 1, "BRUSSELS, 13 May 2015 -"),
        ("paragraph", 1, "Ministers met."),
        ("heading", 2, "1. Background"),
        ("paragraph", 2, "No heading, though it is short"),
        ("paragraph", 3, "Wrapped by hand here\nand it goes on"),
        ("contact", 3, "Media contact: Jane Roe"),
    ]


def test_a_list_of_a_layout_names_its_lead_in() -> None:
    text = "The partners intend to:\n\n- train the police;"
    lead_in, item = FINDER.find(text, (Block(0, 23, "paragraph"), Block(25, len(text), "item")))
    assert (lead_in.kind, item.kind, item.lead_in) == ("lead_in", "item", lead_in.id)
