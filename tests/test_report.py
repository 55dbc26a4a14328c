"""The report in a real browser: filter, click through both ways, hostile text, accessibility."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pipeline import queries, records, register, report
from pipeline.records import Record, sha256
from tests.test_records import fields

CHROMIUM = shutil.which("chromium")
if CHROMIUM is None and os.environ.get("CI") != "true":
    pytest.skip("no chromium on this machine: apt-get install chromium; CI has it", allow_module_level=True)

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'></script>"


def record(id_: str, before: str = "", party: str = "NATO", value: int = 50) -> Record:
    """The record of tests/test_records.py with words before its sentence and another party of four letters."""
    made, shift = fields(), len(before)
    text = before + made["text"].replace("NATO", party)

    def move(part: Any) -> Any:
        if isinstance(part, list):
            return [move(one) for one in part]
        if not isinstance(part, dict):
            return part.replace("NATO", party) if isinstance(part, str) else part
        return {k: v + shift if k in ("start", "end") else move(v) for k, v in part.items()}

    made = move(made) | {"id": id_, "text": text, "text_sha256": sha256(text)}
    made["commitments"][0]["deadline"] = "d1"
    made["dates"][0] |= {"earliest": "2018-01-01", "latest": "2018-12-31"}
    made["quantities"][0]["value"] = value
    return Record.model_validate(made)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True, bypass_csp=False)
    page = context.new_page()
    page.problems = []  # type: ignore[attr-defined]
    page.on("console", lambda message: page.problems.append(message.text))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
    yield page
    assert page.problems == []  # type: ignore[attr-defined]
    context.close()


def show(page: Page, tmp_path: Path, *shown: Record, promises: report.Promises | None = None) -> None:
    path = tmp_path / "report.html"
    path.write_text(report.render(shown, promises), encoding="utf-8")
    page.goto(path.resolve().as_uri())
    expect(page.locator("body")).to_have_attribute("data-ready", "true")


def test_the_same_records_give_the_same_page() -> None:
    assert report.render([record("a")]) == report.render([record("a")])


def test_filters_narrow_the_table(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, record("a"), record("b", party="Peru", value=9000))
    expect(page.locator("#summary")).to_have_text("2 of 2 commitments in 2 documents")
    page.get_by_label("Party", exact=True).fill("per")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Amount at least").fill("1000")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Due from").fill("2019-01-01")
    expect(page.locator("#summary")).to_have_text("0 of 2 commitments in 2 documents")


def test_the_table_sorts_both_ways(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, record("a", value=70), record("b", party="Peru", value=50))
    amount = page.get_by_role("columnheader", name="Amount")
    for direction, first in (("ascending", "Peru"), ("descending", "NATO")):
        amount.get_by_role("button").click()
        expect(amount).to_have_attribute("aria-sort", direction)
        expect(page.locator("#rows tr").first).to_contain_text(first)


def test_a_row_shows_its_evidence_to_the_letter(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, record("a"), record("b", before="\N{GRINNING FACE}\r\ne\N{COMBINING ACUTE ACCENT} "))
    page.locator("#rows tr").nth(1).get_by_role("button").click()
    chosen = "".join(page.locator("#text .chosen").all_text_contents())
    assert chosen == "NATO agreed in 2018 to send 50 trucks"
    expect(page.locator("#detail")).to_contain_text("commitments c1")
    expect(page.locator("#detail")).to_contain_text("agree_to_verb")
    assert "characters 6\u201343" in page.get_by_label("Citation").input_value()


def test_the_page_of_a_pdf_is_in_row_and_citation(page: Page, tmp_path: Path) -> None:
    of_a_pdf = record("a").model_copy(deep=True)
    of_a_pdf.segments[0].page = 4
    show(page, tmp_path, of_a_pdf)
    expect(page.locator("#rows tr")).to_contain_text("page 4")
    page.locator("#rows tr").get_by_role("button").click()
    assert "(a, page 4, characters" in page.get_by_label("Citation").input_value()


def test_an_amount_is_asked_for_in_its_unit(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, record("a"))
    page.get_by_label("Unit").select_option("count")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.get_by_label("Amount at least").fill("51")
    expect(page.locator("#rows tr")).to_have_count(0)


def test_a_register_tells_status_verdict_and_the_other_places_of_a_promise(page: Page, tmp_path: Path) -> None:
    documents = [record("a"), record("b", before="Again: ")]
    folder = tmp_path / "records"
    folder.mkdir()
    for one in documents:
        one.quantities[0].item = "trucks"
        (folder / f"{one.id}.json").write_text(records.dumps(one), encoding="utf-8")
    register.build([folder], tmp_path / "r.db")
    (thread,) = {row["thread"] for row in queries.promises(tmp_path / "r.db").values()}
    verdicts = tmp_path / "verdicts.csv"
    verdicts.write_text(f"thread,verdict,date,source\n{thread},kept,2019-01-05,own visit\n")
    register.build([folder], tmp_path / "r.db", verdicts=verdicts)
    show(page, tmp_path, *documents, promises=queries.promises(tmp_path / "r.db"))
    page.get_by_label("Status").select_option("kept")
    expect(page.locator("#rows tr")).to_have_count(2)
    page.locator("#rows tr").first.get_by_role("button").click()
    expect(page.locator("#detail")).to_contain_text("kept, 2019-01-05, own visit")
    page.locator("#detail").get_by_role("button", name="restated, b").click()
    expect(page.locator("#document-title")).to_have_text("b")


def test_without_a_register_there_is_no_status(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, record("a"))
    expect(page.get_by_label("Status")).to_be_hidden()
    expect(page.locator("#rows td")).to_have_count(6)


def test_a_click_in_the_text_shows_the_records_there(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, record("a"))
    page.locator("#text").get_by_text("50 trucks").click()
    expect(page.locator("#detail h3")).to_have_text(["quantities q1", "commitments c1"])
    expect(page.locator("#rows tr")).to_have_class("chosen")


def test_layers_are_switched_off(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, record("a"))
    page.get_by_role("checkbox", name="commitments").uncheck()
    page.locator("#text").get_by_text("50 trucks").click()
    expect(page.locator("#detail h3")).to_have_text(["quantities q1"])


def test_the_timeline_leads_to_the_commitment_by_keyboard(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, record("a"))
    page.locator("#timeline circle").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#detail h3")).to_have_text("commitments c1")


def test_marks_and_dots_are_one_stop_each_and_arrows_go_through_them(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, *(record(f"d{n}") for n in range(5)))
    for crowd in ("#timeline circle", "#text [data-items]"):
        expect(page.locator(f"{crowd}[tabindex='0']")).to_have_count(1)
        page.locator(crowd).first.focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(crowd).nth(1)).to_be_focused()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(crowd).first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h3").last).to_have_text("commitments c1")


def test_hostile_text_stays_text(page: Page, tmp_path: Path) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    show(page, tmp_path, record(HOSTILE, before=HOSTILE + "\u2028{SCRIPT}"))
    page.locator("#rows tr").get_by_role("button").click()
    assert page.title() == "communique report"
    assert page.locator("#text").text_content() == HOSTILE + "\u2028{SCRIPT}" + "NATO agreed in 2018 to send 50 trucks."
    assert len(requests) == 1


def test_two_hundred_documents_are_ready_at_once(page: Page, tmp_path: Path) -> None:
    # What takes time is what is drawn: one document, and of the table a page of rows. 200 real releases with 468
    # commitments take 0.3 to 0.6 s.
    show(page, tmp_path, *(record(f"d{n}", before="Words. " * 800) for n in range(300)))
    expect(page.locator("#summary")).to_have_text("300 of 300 commitments in 300 documents")
    expect(page.locator("#rows tr")).to_have_count(200)
    assert page.evaluate("document.querySelectorAll('*').length") < 200 * 12 + 300 * 4
    ready = page.evaluate("performance.timing.domComplete - performance.timing.navigationStart")
    assert ready < 2000 * 5  # 2 s on an idle machine; a busy one may take some times as long
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#rows tr")).to_have_count(300)


def test_many_deadlines_keep_to_their_years(page: Page, tmp_path: Path) -> None:
    # A deadline of another century must not stretch the axis, and none may be drawn in the column of another year.
    old = record("old").model_copy(deep=True)
    old.dates[0].earliest, old.dates[0].latest = "1872-01-01", "1872-12-31"
    show(page, tmp_path, old, *(record(f"d{n}") for n in range(150)))
    drawn = page.locator("#timeline circle").evaluate_all(
        "dots => dots.map(d => [d.cx.baseVal.value, d.cy.baseVal.value])"
    )
    lines = page.locator("#timeline line").evaluate_all("lines => lines.map(line => line.x1.baseVal.value)")
    assert len({tuple(place) for place in drawn}) == 151  # none covers another
    assert len(lines) == 2 and [x < lines[1] for x, _ in drawn] == [True] + [False] * 150
    assert all(y > 0 for _, y in drawn)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_reader(browser: Browser, tmp_path: Path, scheme: Any, width: int) -> None:
    viewport: Any = {"width": width, "height": 800}
    context = browser.new_context(offline=True, bypass_csp=True, color_scheme=scheme, viewport=viewport)
    page = context.new_page()
    show(page, tmp_path, record("a"), record("b"))
    page.locator("#rows tr").first.get_by_role("button").click()
    found = Axe().run(page).response["violations"]
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"]) for v in grave] == []
    context.close()


def test_a_phone_scrolls_one_way_only(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(offline=True, viewport={"width": 360, "height": 640})
    page = context.new_page()
    show(page, tmp_path, record("a"), record("b"))
    page.locator("#rows tr").nth(1).get_by_role("button").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator("#text .chosen").first).to_be_in_viewport()
    expect(page.locator("#detail h3")).to_be_in_viewport()
    context.close()


def test_paper_has_all_rows_and_the_colours_of_paper(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(offline=True, color_scheme="dark")
    page = context.new_page()
    show(page, tmp_path, *(record(f"d{n}") for n in range(250)))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#rows tr")).to_have_count(250)
    expect(page.locator("#filters")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    mark = page.locator("#text .commitments").first
    expect(mark).to_have_css("background-color", "rgb(255, 216, 168)")
    context.close()


def test_no_record_is_a_page_that_says_so(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path)
    expect(page.locator("#summary")).to_have_text("No commitments in 0 documents")


def test_the_data_are_inert() -> None:
    page = report.render([record("a", before=HOSTILE)])
    assert page.count("<script") == 2 and page.count("</script") == 2
    data = page.partition('id="data">')[2].partition("</script>")[0]
    assert json.loads(data)[0]["text"].startswith(HOSTILE)
