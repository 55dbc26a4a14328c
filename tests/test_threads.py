"""Threads: fifty pairs of releases, half of which must not join, and what the register says of a promise over time."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipeline import rulebook, threads
from pipeline.organisations import LegalForm, Organisations, Representative
from pipeline.records import Record
from pipeline.threads import Thread
from pipeline.wording import Action, Ignored, Wording
from tests.marked import record

WORDING = Wording()
PAIRS = tomllib.loads(Path(__file__).with_name("pairs.toml").read_text(encoding="utf-8"))["pair"]


def joined(*documents: Record) -> list[Thread]:
    """The threads of documents that come in the order of their dates."""
    parties = Organisations()
    promises = []
    for document in documents:
        promises += threads.promises(document, WORDING, parties, parties.resolve(document))
    return threads.join(promises)


def step_of(pair: dict[str, Any]) -> str:
    """What the second release does to the promise of the first; "none" where it speaks of another."""
    dates = [pair.get(f"{which}_published", day) or None for which, day in DAYS.items()]
    first, second = (record(pair[which], which, day) for which, day in zip(DAYS, dates, strict=True))
    found = joined(first, second)
    return found[0].steps[1].kind if len(found) == 1 else "none"


DAYS = {"first": "2020-01-15", "second": "2021-03-10"}


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["name"] for pair in PAIRS])
def test_pair(pair: dict[str, Any]) -> None:
    assert step_of(pair) == pair["step"]


def test_half_of_the_pairs_must_not_join() -> None:
    assert len(PAIRS) == 50
    assert sum(pair["step"] == "none" for pair in PAIRS) == 25


STEMS: dict[str, tuple[type[rulebook.Rule], Any]] = {
    "actions": (Action, lambda words, mark: mark.main),
    "ignored": (Ignored, lambda words, mark: " ".join(sorted(WORDING.stems(words))) or "none"),
    "legal_forms": (LegalForm, lambda words, mark: Organisations().normal(words)),
    "representatives": (Representative, lambda words, mark: Organisations().acts_for(words) or "none"),
}


def examples() -> list[Any]:
    return [
        pytest.param(stem, rule, kind, example, id=f"{stem}/{rule.id}/{kind}-{n}")
        for stem, (model, _) in STEMS.items()
        for rule in rulebook.load_file("register", stem, model, examples=True)
        for kind in ("yes", "no")
        for n, example in enumerate(getattr(rule, kind), 1)
    ]


@pytest.mark.parametrize(("stem", "rule", "kind", "example"), examples())
def test_rule_example(stem: str, rule: Any, kind: str, example: rulebook.Example) -> None:
    assert example.marks
    for mark in example.marks:
        assert STEMS[stem][1](example.text[mark.start : mark.end], mark) == mark.main
        if stem == "actions":
            assert (WORDING.action_class(mark.main) == rule.id) == (kind == "yes")


@pytest.mark.parametrize("stem", STEMS)
def test_every_word_stands_in_an_example(stem: str) -> None:
    rules = rulebook.load_file("register", stem, STEMS[stem][0], examples=True)
    assert {rule.id for rule in rules}
    for rule in rules:
        assert rule.no, f"{rule.id} has no sentence that looks alike and is not"
        marked = " ".join(e.text[m.start : m.end] for e in rule.yes for m in e.marks)
        shown = set(re.findall(r"\w+", marked.casefold().replace(".", "")))
        assert set(rule.lemmas if isinstance(rule, Action) else rule.words) <= shown


FUND = "[Peru](committer; iso=PE) will [fund](action{}) [the school meals programme](object){}."


def fund(id: str, published: str, flags: str = "", rest: str = "") -> Record:
    return record(FUND.format(flags, rest), id, published)


UNTIL_2021 = " until [2021](deadline; relation=until)"


@pytest.mark.parametrize(
    ("rest", "flags", "as_of", "status"),
    [
        (UNTIL_2021, "", None, "open"),
        (UNTIL_2021, "", "2020-06-30", "open"),
        (UNTIL_2021, "", "2021-06-30", "due"),
        (UNTIL_2021, "", "2022-01-01", "overdue"),
        (UNTIL_2021, "; negated=yes", "2022-01-01", "open"),
        (" beyond [2021](deadline; relation=beyond)", "", "2025-01-01", "due"),
        (UNTIL_2021, "; status=fulfilled", "2025-01-01", "fulfilled"),
        (UNTIL_2021, "; status=abandoned", "2025-01-01", "abandoned"),
        ("", "", "2025-01-01", "undated"),
        ("", "", "2019-01-01", None),
    ],
)
def test_status(rest: str, flags: str, as_of: str | None, status: str | None) -> None:
    (thread,) = joined(fund("a", "2020-03-01", flags, rest))
    found, reason = threads.status(thread, as_of)
    assert found == status
    assert reason


def test_the_status_on_a_day_knows_nothing_of_later_documents() -> None:
    (thread,) = joined(
        fund("a", "2020-03-01", "", UNTIL_2021),
        fund("b", "2021-12-01", "", " until [2024](deadline; relation=until)"),
        fund("c", "2023-05-01", "; status=abandoned"),
    )
    assert [step.kind for step in thread.steps] == ["made", "extended", "dropped"]
    days = ("2021-01-01", "2022-06-01", "2024-06-01")
    assert [threads.status(thread, day)[0] for day in days] == ["due", "open", "abandoned"]


def test_a_dropped_promise_stands_again_when_it_is_reaffirmed() -> None:
    steps = [
        fund("a", "2020-03-01"),
        fund("b", "2021-03-01", "; negated=yes"),
        fund("c", "2022-03-01"),
        fund("d", "2023-03-01", "; force=reaffirmed"),
    ]
    found = [threads.status(joined(*steps[:n])[0], "2024-01-01")[0] for n in range(1, 5)]
    assert found == ["undated", "abandoned", "abandoned", "undated"]


def test_a_raised_amount_is_compared_with_the_last_one() -> None:
    sums = ("[NOK 5 million](amount; value=5e6; unit=NOK)", "[NOK 8 million](amount; value=8e6; unit=NOK)")
    told = "[Norway](committer; iso=NO) will [{}](action) [the vaccine stockpile of Malawi](object) {} {}."
    (thread,) = joined(
        record(told.format("fund", "with", sums[0]), "a", "2020-01-01"),
        record(told.format("raise", "to", sums[1]), "b", "2021-01-01"),
        record(told.format("fund", "with", sums[1]), "c", "2022-01-01"),
    )
    assert [step.kind for step in thread.steps] == ["made", "raised", "restated"]
    assert [amount.quantity.value for amount in thread.amounts] == [8e6]


def test_ten_thousand_alike_stay_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    # One promise for each town: only the town tells them apart, so every thread is alike to every other.
    monkeypatch.setattr(threads, "REACH", 7)
    told = "[Acme](committer) will [open](action) [a tool shop](object) in [{}ton](name; type=GPE)."
    documents = [record(told.format(letter * 3), letter, "2020-01-15") for letter in "BCDFGHKLMNPRSTVW"]
    parties = Organisations()
    promises = [p for d in documents for p in threads.promises(d, WORDING, parties, parties.resolve(d))]
    index = threads.Index(promises)
    for number, promise in enumerate(promises):
        assert len(index.candidates(promise)) <= 7 * 4  # four keys: tool, shop, and the two words of a name
        index.add(promise, number)
    assert len(threads.join(promises)) == len(documents)


def test_joining_looks_at_few_threads() -> None:
    # "safety" stands in every object: only the rarer words may lead to a comparison.
    told = "[Acme](committer) will [improve](action) [the {0}{0}{0} {0}{1}{0} {1}{0}{0} safety](object)."
    letters = "abcdefghijklmnopqrstuvwxyz"
    documents = [record(told.format(a, b), f"{a}{b}", "2020-01-01") for a in letters for b in letters[:4]]
    parties = Organisations()
    promises = [p for d in documents for p in threads.promises(d, WORDING, parties, parties.resolve(d))]
    index = threads.Index(promises)
    for number, promise in enumerate(promises):
        index.add(promise, number)
    assert sum(len(index.candidates(promise)) for promise in promises) < 8 * len(promises)
