"""Segments: every block with its role, nothing cut, and no sentence across a border."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from pipeline import rulebook, segments
from pipeline.records import Segment
from tests.conftest import ROOT

FINDER = segments.Segments(rulebook.load("segments", segments.RULES)["lines"])


def kinds(text: str) -> list[tuple[str, str]]:
    return [(s.kind, text[s.start : s.end]) for s in FINDER.find(text)]


def test_a_wrapped_paragraph_is_one_segment() -> None:
    text = (
        "The ministers met in Oslo on Monday and agreed to\n"
        "raise the budget of the fund to fifty million euros\n"
        "by the end of the year, said a spokesman for them.\n"
    )
    assert kinds(text) == [("paragraph", text.strip())]


def test_lines_that_end_sentences_are_paragraphs_of_their_own() -> None:
    text = "The fund grew in May.\nIt will grow again in June, the minister said in Oslo."
    assert [kind for kind, _ in kinds(text)] == ["paragraph", "paragraph"]


def test_a_list_names_its_lead_in() -> None:
    text = "The ministers intend to:\n- train the police;\n- open a school.\n\nThey met in Oslo."
    lead_in, first, second, paragraph = FINDER.find(text)
    assert (lead_in.kind, first.lead_in, second.lead_in, paragraph.lead_in) == ("lead_in", "g1", "g1", None)


def test_a_heading_governs_its_list() -> None:
    heading, item = FINDER.find("Actions by 2030\n\n- Train the police.")
    assert (heading.kind, item.lead_in) == ("heading", heading.id)


def test_a_title_that_runs_into_its_paragraph_is_cut_off() -> None:
    text = "BUILDING CAPACITY: The order will train staff.\n\nIt starts in May."
    assert kinds(text)[:2] == [("heading", "BUILDING CAPACITY:"), ("paragraph", "The order will train staff.")]


def test_the_sign_of_a_share_is_no_title() -> None:
    text = "Acme Corp (NYSE: ACM) will train staff.\n\nIt starts in May."
    assert kinds(text)[0] == ("paragraph", "Acme Corp (NYSE: ACM) will train staff.")


def test_what_somebody_said_is_no_title() -> None:
    text = "Minister Jane Roe said: We will train staff.\n\nIt starts in May."
    assert kinds(text)[0] == ("paragraph", "Minister Jane Roe said: We will train staff.")


def test_a_running_head_is_furniture_from_its_second_time_on() -> None:
    text = "Media Backgrounder\n\nThe fund grew.\n\nMedia Backgrounder\n\nIt will grow again."
    assert [kind for kind, _ in kinds(text)] == ["heading", "paragraph", "furniture", "paragraph"]


def test_a_section_lasts_until_the_next_heading() -> None:
    text = "It opens in May.\n\nAbout Acme\n\nAcme makes pumps.\n\nIt has 50 staff.\n\nMedia contact\n\nJane Roe, Acme"
    found = [kind for kind, _ in kinds(text)]
    assert found == ["paragraph", "boilerplate", "boilerplate", "boilerplate", "contact", "contact"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
def test_every_kind_of_line_end_parts_lines(newline: str) -> None:
    text = newline.join(["Fund grows", "", "The fund grew in May."])
    assert kinds(text) == [("heading", "Fund grows"), ("paragraph", "The fund grew in May.")]


def test_sentences_never_cross_a_segment(parse: Callable[..., Doc]) -> None:
    for name in ("000_7339f39d667943b9", "002_1eafbde1e8238f51"):
        doc = parse((ROOT / "raw" / f"{name}.txt").read_text(encoding="utf-8"))
        starts = {s.start for s in doc._.communique_segments}
        assert len(starts) > 20
        assert starts <= {next(t.idx for t in sent if not t.is_space) for sent in doc.sents}


@given(st.text(alphabet=st.sampled_from("aB .:,-•1)\n\r\t\u2028\N{GRINNING FACE}e\N{COMBINING ACUTE ACCENT}")))
def test_every_character_that_is_not_blank_lies_in_one_segment(text: str) -> None:
    found = FINDER.find(text)
    covered = [n for s in found for n in range(s.start, s.end)]
    assert len(covered) == len(set(covered))
    assert {n for n, char in enumerate(text) if not char.isspace()} <= set(covered)
    assert all(not text[s.start].isspace() and not text[s.end - 1].isspace() for s in found)


def test_at_finds_the_segment_of_a_character() -> None:
    found = [Segment(id="g1", start=0, end=4, kind="heading"), Segment(id="g2", start=6, end=9, kind="paragraph")]
    at = [segments.at(found, offset) for offset in (0, 3, 4, 6, 8, 9)]
    assert [s.id if s else None for s in at] == ["g1", "g1", None, "g2", "g2", None]


def test_an_item_that_announces_items_is_their_lead_in() -> None:
    text = "The parties will:\n\n1. meet often;\n2. in May:\n(a) open a school;\n(b) share data;\n3. report."
    assert [(text[s.start : s.end].split()[0], s.kind, s.lead_in) for s in FINDER.find(text)] == [
        ("The", "lead_in", None), ("1.", "item", "g1"), ("2.", "lead_in", None), ("(a)", "item", "g3"),
        ("(b)", "item", "g3"), ("3.", "item", "g1"),
    ]  # fmt: skip
