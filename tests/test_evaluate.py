"""Evaluate: its figures are those of the reference scorers, on a small case whose answers were computed with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import evaluate
from pipeline.errors import UsageError
from pipeline.evaluate import dates, floors, gold, quantities
from tests.conftest import ROOT
from tests.test_cli import communique

SEEDS = ROOT / "tests" / "gold" / "seeds.jsonl"


def spoilt(document: dict[str, Any]) -> dict[str, Any]:
    """A prediction that is wrong in many ways: every so many items are lost, shifted, renamed or doubled."""
    wrong = json.loads(json.dumps(document))
    for layer in ("dates", "quantities", "commitments"):
        for n, item in enumerate(wrong[layer], 1):
            item["start"] += n % 4 == 0
            item["end"] -= 3 * (n % 5 == 0)
    for n, date in enumerate(wrong["dates"], 1):
        date["value"] = date["value"][:4] if n % 3 == 0 else date["value"]
        date["type"] = "TIME" if n % 7 == 0 else date["type"]
    for n, quantity in enumerate(wrong["quantities"], 1):
        quantity["bound"] = "exact" if n % 2 == 0 else quantity["bound"]
        quantity["unit"] = "euros" if n % 3 == 0 else quantity["unit"]
        quantity["item"] = "people" if n % 3 == 1 else quantity["item"]
    for n, entity in enumerate(wrong["entities"], 1):
        entity["type"] = "ORG" if n % 4 == 0 else entity["type"]
        entity["mentions"] = [m for k, m in enumerate(entity["mentions"]) if k % 6 != 5]
        entity["mentions"] = entity["mentions"][:3] if n % 5 == 0 else entity["mentions"]
    for n, c in enumerate(wrong["commitments"], 1):
        c["force"] = "intends" if n % 3 == 0 else c["force"]
        c["committers"] = c["committers"][:1] if n % 2 else [*c["committers"], "e1"]
        c["action"] = "do" if n % 4 == 0 else c["action"]
        c["made_on"] = None if n % 2 else c.get("made_on")
        c["negated"] = n % 5 == 0
        c["end"] = c["start"] + 20 if n % 6 == 0 else c["end"]
    wrong["commitments"] = [c for n, c in enumerate(wrong["commitments"]) if n % 7 != 6]
    wrong["dates"] = [d for n, d in enumerate(wrong["dates"]) if n % 9 != 8]
    wrong["quantities"] += [{"id": "q99", "start": 0, "end": 3, "value": 7, "kind": "count", "item": "x"}]
    return wrong


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    return gold.read_gold([SEEDS])


@pytest.fixture(scope="module")
def figures(documents: list[dict[str, Any]]) -> dict[str, float]:
    return evaluate.flat(evaluate.score(documents, {d["id"]: spoilt(d) for d in documents}))


EXPECTED = {
    "dates.strict.precision": 0.5909, "dates.strict.recall": 0.5652, "dates.relaxed.f1": 0.9778,
    "dates.type_f1": 0.8444, "dates.value_f1": 0.8, "dates.value.precision": 0.8182, "dates.value.recall": 0.7826,
    "dates.lenient_f1": 0.8, "dates.days": 0.8, "dates.mod": 1.0,
    "quantities.value.f1": 0.909, "quantities.value+unit.f1": 0.636, "quantities.value+bound.f1": 0.545,
    "quantities.value+unit+bound.f1": 0.273, "quantities.value+item.f1": 0.545, "quantities.span.f1": 0.909,
    "quantities.span_exact.f1": 0.636,
    "entities.names.strict.f1": 0.7197, "entities.names.relaxed.f1": 0.7197, "entities.names.untyped.f1": 0.9236,
    "entities.names.strict.PROGRAMME.recall": 0.8889, "entities.alias.aligned.recall": 0.9875,
    "entities.alias.pairs.recall": 0.9802, "entities.alias.end_to_end.f1": 0.8838, "entities.coref.recall": 0.8185,
    "commitments.detection.f1": 0.95, "commitments.detection_strict.f1": 0.85, "commitments.core.f1": 0.7485,
    "commitments.all.f1": 0.7636, "commitments.exact.f1": 0.15, "commitments.committers.precision": 0.6667,
    "commitments.committers.recall": 0.7407, "commitments.action.recall": 0.7143,
    "commitments.made_on.precision": 0.8333, "commitments.made_on.recall": 0.4545,
    "commitments.negated.precision": 0.0, "commitments.accuracy.action": 0.7895,
    "commitments.accuracy.force_in_four_kinds": 0.7895,
}  # fmt: skip
"""As the reference scorers have them, to the third decimal."""


@pytest.mark.parametrize("name", EXPECTED)
def test_figure(figures: dict[str, float], name: str) -> None:
    assert figures[name] == pytest.approx(EXPECTED[name], abs=6e-4)


def test_gold_agrees_with_itself(documents: list[dict[str, Any]]) -> None:
    same = evaluate.flat(evaluate.score(documents, {d["id"]: d for d in documents}))
    empty = [name for name in same if name.split(".")[1] in ("negated", "conditional") and name.endswith(PARTS)]
    assert {name for name, figure in same.items() if figure != 1} == set(empty)  # the seeds have none of these
    assert len(same) > 100


PARTS = ("precision", "recall", "f1")


def test_a_missing_prediction_counts_as_empty(documents: list[dict[str, Any]]) -> None:
    figures = evaluate.flat(evaluate.score(documents, {documents[0]["id"]: documents[0]}))
    assert figures["commitments.detection.precision"] == 1
    assert 0 < figures["commitments.detection.recall"] < 1


def test_optional_spans_are_neither_right_nor_wrong(documents: list[dict[str, Any]]) -> None:
    first = dict(documents[0])
    extra = {"id": "d99", "start": 0, "end": 8, "type": "DATE", "value": "2018"}
    predicted = {first["id"]: first | {"dates": [*first["dates"], extra]}}
    spurious = evaluate.flat(evaluate.score([first], predicted))
    assert spurious["dates.strict.precision"] < 1
    first["optional"] = [{"layer": "dates", "start": 0, "end": 5}]
    assert evaluate.flat(evaluate.score([first], predicted))["dates.strict.precision"] == 1


@pytest.mark.parametrize(
    ("value", "lenient", "first", "last"),
    [
        ("P1DE", "P10Y", None, None), ("P12M", "P1Y", None, None), ("199X", "199", "1990-01-01", "1999-12-31"),
        ("2018-XX-XX", "2018", "2018-01-01", "2018-12-31"), ("2018-02", "2018-02", "2018-02-01", "2018-02-28"),
        ("2018-Q4", "2018-Q4", "2018-10-01", "2018-12-31"), ("2018-WI", "2018-WI", "2018-12-01", "2019-02-28"),
        ("2018-W16", "2018-W16", "2018-04-16", "2018-04-22"),
        ("2018-W16-WE", "2018-W16-WE", "2018-04-21", "2018-04-22"),
        ("2018-04-09TNIGHT", "2018-04-09TNI", "2018-04-09", "2018-04-09"), ("2018-02-30", "2018-02-30", None, None),
    ],
)  # fmt: skip
def test_values_of_dates(value: str, lenient: str, first: str | None, last: str | None) -> None:
    assert dates.lenient(value) == lenient
    between = dates.days(value)
    assert (between and between[0].isoformat(), between and between[1].isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("wanted", "found", "right"),
    [
        ({"value": 5e8, "kind": "money", "unit": "USD", "per": "year"}, {"unit": "US dollars per year"}, True),
        ({"value": 5e8, "kind": "money", "unit": "USD", "per": "year"}, {"unit": "USD"}, False),
        ({"value": 60, "kind": "measure", "unit": "mile", "per": "hour"}, {"unit": "mph"}, True),
        ({"value": 5, "kind": "count", "item": "people"}, {"item": "persons"}, True),
        ({"value": 5, "kind": "count", "item": "people"}, {"item": "trucks"}, False),
    ],
)
def test_units_of_quantities(wanted: dict[str, Any], found: dict[str, Any], right: bool) -> None:
    place = {"start": 0, "end": 5, "value": wanted["value"]}
    document = {"id": "a", "text": "12345", "quantities": [place | wanted]}
    predicted = {"id": "a", "quantities": [place | {"per": None} | found]}
    assert quantities.score([(document, predicted)]).figures["value+unit"].right == right  # type: ignore[union-attr]


def write_predictions(tmp_path: Path, documents: list[dict[str, Any]]) -> Path:
    path = tmp_path / "predicted.jsonl"
    path.write_text("".join(json.dumps(spoilt(document)) + "\n" for document in documents), encoding="utf-8")
    return path


def test_the_command_prints_figures_and_differences(tmp_path: Path, documents: list[dict[str, Any]]) -> None:
    done = communique("evaluate", SEEDS, "--records", write_predictions(tmp_path, documents), "--errors", "3")
    assert done.returncode == 0, done.stderr
    assert "detection_strict" in done.stdout and "0.850" in done.stdout
    assert done.stdout.count("\ndates ") == 3 and "gold 'DATE" in done.stdout
    assert gold.fingerprint(documents) in done.stderr


@pytest.mark.parametrize(("floor", "code"), [(0.8, 0), (0.81, 4)])
def test_floors(tmp_path: Path, documents: list[dict[str, Any]], floor: float, code: int) -> None:
    pinned = tmp_path / "floors.toml"
    pinned.write_text(f'gold = "{gold.fingerprint(documents)}"\n[floors]\n"dates.value_f1" = {floor}\n')
    done = communique("evaluate", SEEDS, "--records", write_predictions(tmp_path, documents), "--floor", pinned)
    assert done.returncode == code
    assert ("dates.value_f1 is 0.800, below its floor 0.810." in done.stderr) == (code == 4)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('gold = "{other}"\n[floors]\n', "these floors are for gold"),
        ('[floors]\n"dates.value_f1" = 0.5\n', "a floor file has `gold`"),
        ("gold = ", "cannot be read as TOML"),
        ('gold = "{gold}"\n[floors]\n"dates.value" = 0.5\n', "dates.value is no figure of this gold"),
    ],
)
def test_a_wrong_floor_file_is_one_sentence(
    tmp_path: Path, documents: list[dict[str, Any]], figures: dict[str, float], content: str, sentence: str
) -> None:
    print_ = gold.fingerprint(documents)
    pinned = tmp_path / "floors.toml"
    pinned.write_text(content.replace("{gold}", print_).replace("{other}", "0" * 64))
    with pytest.raises(UsageError, match=sentence):
        floors.below(floors.read(pinned, print_), figures)


def test_the_fingerprint_is_of_the_gold_not_of_its_order(documents: list[dict[str, Any]]) -> None:
    reordered = [dict(reversed(document.items())) for document in reversed(documents)]
    assert gold.fingerprint(reordered) == gold.fingerprint(documents)
    assert gold.fingerprint(documents[:1]) != gold.fingerprint(documents)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "not valid JSON"),
        ("[]", "no object with an `id`"),
        ('{"id": "a"}', "no gold document was found"),
        ('{"id": "a", "text": "b", "dates": [{"start": 0, "end": 9}]}', "does not lie in the text"),
        ('{"id": "a", "text": "b"}\n{"id": "a", "text": "b"}', "stands in the gold already"),
    ],
)
def test_wrong_gold_is_one_sentence(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "gold.jsonl").write_text(line + "\n")
    with pytest.raises(UsageError, match=sentence):
        gold.read_gold([tmp_path / "gold.jsonl"])


def test_records_of_another_text_are_refused(tmp_path: Path, documents: list[dict[str, Any]]) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"id": documents[0]["id"], "text": "Another text."}) + "\n")
    done = communique("evaluate", SEEDS, "--records", other)
    assert (done.returncode, "is not the one of the gold" in done.stderr, "Traceback" in done.stderr) == (
        2,
        True,
        False,
    )
