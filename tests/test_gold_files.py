"""Gold files: from records and back from annotation tools; corrections are kept, nothing is lost in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import annotation_files, evaluate, gold_files
from pipeline.errors import UsageError
from pipeline.evaluate import Document, gold, page
from pipeline.evaluate.counting import Disagreement, Score
from pipeline.records import Record
from tests.conftest import ROOT
from tests.test_cli import communique
from tests.test_records import fields

RECORD = Record.model_validate(fields())


def exported(folder: Path, records: list[Record]) -> list[dict[str, Any]]:
    """Label Studio's export of tasks of ours that somebody submitted as they were."""
    annotation_files.write_label_studio(records, folder)
    tasks: list[dict[str, Any]] = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    return [
        {"id": n, "data": task["data"], "annotations": [{"id": n, "result": task["predictions"][0]["result"]}]}
        for n, task in enumerate(tasks, 1)
    ]


def taken_back(tmp_path: Path, tasks: list[dict[str, Any]], problems: list[str]) -> list[Document]:
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
    return gold_files.read(tmp_path / "export.json", problems)


@pytest.fixture
def task(tmp_path: Path) -> dict[str, Any]:
    """The one task of a Label Studio export, for a person to correct."""
    return exported(tmp_path / "ls", [RECORD])[0]


def region(task: dict[str, Any], id_: str) -> dict[str, Any]:
    return next(r for r in task["annotations"][0]["result"] if r.get("id") == id_)


def mark(task: dict[str, Any], id_: str, layer: str, label: str, words: str, note: str = "") -> None:
    """Mark the first place of some words as a person does."""
    start = task["data"]["text"].index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    new = {"id": id_, "from_name": layer, "to_name": "text", "type": "labels", "value": value}
    task["annotations"][0]["result"].append(new | ({"meta": {"text": [note]}} if note else {}))


def test_a_record_is_gold_that_evaluate_reads(gold_read: list[Record], tmp_path: Path) -> None:
    problems: list[str] = []
    gold_files.write([gold_files.from_record(record, problems) for record in gold_read], tmp_path / "gold.jsonl")
    documents = gold.read_gold([tmp_path / "gold.jsonl"])
    assert [document["id"] for document in documents] == [record.id for record in gold_read]
    assert problems == []
    assert differences(documents, gold_read) == []
    for document in documents:
        spans = [m for e in document["entities"] for m in e["mentions"]]
        spans += [i for layer in ("dates", "quantities", "commitments") for i in document[layer]]
        assert len(spans) > 30
        assert all(document["text"][span["start"] : span["end"]] == span["text"] for span in spans)
        ids = {entity["id"] for entity in document["entities"]}
        assert all({*c["committers"], *c["beneficiaries"]} <= ids for c in document["commitments"])


@pytest.mark.parametrize("tool", ["label-studio", "doccano"])
def test_there_and_back_is_the_same_gold(gold_read: list[Record], tmp_path: Path, tool: str) -> None:
    if tool == "doccano":
        annotation_files.write_doccano(gold_read, tmp_path / "d.jsonl")
        back = gold_files.read(tmp_path / "d.jsonl", problems := [])
    else:
        back = taken_back(tmp_path, exported(tmp_path / "ls", gold_read), problems := [])
    assert problems == []
    assert back == [gold_files.from_record(record, []) for record in gold_read]
    assert differences(back, gold_read) == []


def differences(documents: list[Document], records: list[Record]) -> list[Disagreement]:
    """What evaluate finds, apart from what never equals itself: unresolved pronouns, quantities without a number."""
    scores = evaluate.score(documents, {record.id: record.model_dump(mode="json", by_alias=True) for record in records})
    assert set(scores) == set(evaluate.LAYERS)
    unresolved = {(r.id, c.start) for r in records for c in r.commitments for p in c.committers if p.name is None}
    found = [d for scored in scores.values() for d in scored.disagreements if " ? " not in d.gold + d.predicted]
    return [d for d in found if d.kind != "committers" or (d.document, d.start) not in unresolved]


def test_corrections_of_a_person_win(task: dict[str, Any], tmp_path: Path) -> None:
    before = gold_files.from_record(RECORD, [])
    region(task, "c1")["value"]["labels"] = ["decided"]
    region(task, "c1")["meta"] = {"text": ["keep"]}
    flags = {"id": "c1", "from_name": "flags", "to_name": "text", "type": "choices"}
    task["annotations"][0]["result"].append(flags | {"value": {"choices": ["negated"]}})
    region(task, "d1")["meta"] = {"text": ["2019-02"]}
    (after,) = taken_back(tmp_path, [task], problems := [])
    assert problems == []
    (c,) = after["commitments"]
    assert (c["force"], c["action"], c["negated"], c["conditional"]) == ("decided", "keep", True, False)
    date = after["dates"][0]
    assert (date["value"], date["earliest"], date["latest"]) == ("2019-02", "2019-02-01", "2019-02-28")
    assert after["entities"] == before["entities"]
    assert c["committers"] == before["commitments"][0]["committers"]


def test_marks_of_a_person_are_taken(task: dict[str, Any], tmp_path: Path) -> None:
    words = task["data"]["text"].split()[-1].strip(".")
    mark(task, "x1", "entities", "PERSON", words, "Ann Example")
    mark(task, "x2", "quantities", "money", words, "2500000 EUR")
    mark(task, "x3", "roles", "beneficiary", words, "the villagers")
    for relation, other in (("beneficiary", "x3"), ("quantity", "x2")):
        link = {"type": "relation", "from_id": other, "to_id": "c1", "direction": "left", "labels": [relation]}
        task["annotations"][0]["result"].append(link)
    (after,) = taken_back(tmp_path, [task], problems := [])
    assert problems == []
    assert ("PERSON", "Ann Example") in {(e["type"], e["name"]) for e in after["entities"]}
    group = next(e for e in after["entities"] if e["type"] == "GROUP" and e["name"] == "the villagers")
    amount = next(q for q in after["quantities"] if q["value"] == 2500000)
    assert amount["unit"] == "EUR" and amount["kind"] == "money"
    assert group["id"] in after["commitments"][0]["beneficiaries"]
    assert amount["id"] in after["commitments"][0]["quantities"]


def test_what_cannot_be_taken_is_named(task: dict[str, Any], tmp_path: Path) -> None:
    mark(task, "x1", "dates", "DATE", task["data"]["text"][:4])
    mark(task, "x2", "entities", "SHIP", task["data"]["text"][:4])
    region(task, "d1")["value"]["start"] += 1
    lost = {"type": "relation", "from_id": "c1", "to_id": "nowhere", "direction": "right", "labels": ["deadline"]}
    foreign = lost | {"from_id": "d1", "to_id": "c1"}
    unknown = {"id": "x3", "from_name": "remarks", "to_name": "text", "type": "textarea", "value": {"text": ["?"]}}
    task["annotations"][0]["result"] += [lost, foreign, unknown]
    mark(task, "x4", "roles", "object", task["data"]["text"][:4])
    for id_, length in (("x5", 6), ("x6", 8)):
        mark(task, id_, "roles", "object", task["data"]["text"][:length])
        task["annotations"][0]["result"].append(lost | {"to_id": id_, "labels": ["object"]})
    (after,) = taken_back(tmp_path, [task], problems := [])
    assert len(after["dates"]) == len(RECORD.dates)  # one was lost, one is new
    for words in (
        "has no value yet", "entities:SHIP", "dates:DATE at", "(nowhere)", "deadline from d1, no commitment",
        "textarea", "which belongs to no commitment", "a second object of c1",
    ):  # fmt: skip
        assert any(words in problem for problem in problems), (words, problems)


def test_foreign_values_are_named_and_never_reach_the_gold(task: dict[str, Any], tmp_path: Path) -> None:
    first = task["data"]["text"][:4]
    mark(task, "x1", "quantities", "money", first, "1e999 EUR")
    mark(task, "x2", "quantities", "money", first, "5 quid")
    mark(task, "x3", "dates", "DATE", first, "next spring or so")
    mark(task, "x4", "entities", "ORG", first)
    region(task, "x4")["value"]["labels"] = ["ORG", "GPE"]
    results = task["annotations"][0]["result"]
    results += [
        {"type": "labels", "id": "x5"},
        {"type": "labels", "id": "x6", "from_name": "dates", "value": {"start": "0"}},
    ]
    results += [{}, {"type": "relation", "from_id": "c1"}]
    results.append({"id": "c1", "type": "choices", "from_name": "flags", "value": {"choices": ["urgent"]}})
    task["data"]["facts"].append({"id": "d1"})
    (after,) = taken_back(tmp_path, [task], problems := [])
    for words in (
        "'1e999' is no number", "'quid' is no currency code", "'next spring or so' is no TIMEX3 value",
        "x4, which has 2 labels", "from_name: field required", "value.start: input should be a valid integer",
        "a result without a type", "to_id: field required", "the flag urgent of c1", "facts 6, layer: field required",
    ):  # fmt: skip
        assert any(words in problem for problem in problems), (words, problems)
    gold_files.write([after], tmp_path / "gold.jsonl")
    (read,) = gold.read_gold([tmp_path / "gold.jsonl"])
    assert "Infinity" not in (tmp_path / "gold.jsonl").read_text()
    assert [item["value"] for item in read["dates"] + read["quantities"]].count(None) == 3


def test_a_task_of_another_shape_costs_itself_only(task: dict[str, Any], tmp_path: Path) -> None:
    tasks = [task, {"id": 2, "data": {"text": "a"}, "annotations": []}, 7, task]
    documents = taken_back(tmp_path, tasks, problems := [])
    assert [document["id"] for document in documents] == [RECORD.id]
    assert problems == [
        "task 2: left out: data.id: field required.",
        "task 3: left out: it is no object with keys.",
        f"task 4: left out: the document {RECORD.id} stands in an earlier task already.",
    ]


def test_tasks_that_nobody_submitted_are_named(task: dict[str, Any], tmp_path: Path) -> None:
    task["annotations"][0]["was_cancelled"] = True
    assert taken_back(tmp_path, [task], problems := []) == []
    assert problems == [f"{RECORD.id}: left out: nobody has submitted an annotation of this task."]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"text": "a"}', '{"annotations": [], "data": 7}', "null"])
def test_a_foreign_file_is_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="found neither Label Studio's JSON"):
        gold_files.read(path, [])


def test_the_commands_make_gold_and_never_overwrite_it(tmp_path: Path) -> None:
    release = tmp_path / "a.txt"
    release.write_text("OSLO, 3 May 2024 - Acme agreed to invest EUR 25 million in Kenya by 2027.\n")
    target = tmp_path / "gold.jsonl"
    done = communique("gold", "new", release, "--output", target)
    assert done.returncode == 0, done.stderr
    (document,) = gold.read_gold([target])
    assert [q["value"] for q in document["quantities"]] == [25000000]
    again = communique("gold", "new", release, "--output", target)
    assert again.returncode == 2 and "name another --output" in again.stderr
    done = communique("gold", "new", release, "--to", "label-studio", "--output", tmp_path / "ls")
    assert done.returncode == 0 and (tmp_path / "ls" / "config.xml").exists(), done.stderr
    tasks = json.loads((tmp_path / "ls" / "tasks.json").read_text(encoding="utf-8"))
    (tmp_path / "export.json").write_text(json.dumps([t | {"annotations": t["predictions"]} for t in tasks]))
    done = communique("gold", "import", tmp_path / "export.json", "--output", tmp_path / "back.jsonl")
    assert done.returncode == 0, done.stderr
    assert gold.read_gold([tmp_path / "back.jsonl"]) == [document]


HOSTILE = '<script>document.title="owned"</script>&<img src=x onerror=alert(1)>'


def test_the_page_of_errors_shows_markup_as_words() -> None:
    scored = Score()
    scored.differ("dates", "missed", {"id": HOSTILE, "text": HOSTILE}, 0, len(HOSTILE), HOSTILE, "")
    written = page.render({"dates": scored}, "0" * 64)
    assert "<script" not in written and "<img" not in written
    assert written.count("&lt;script&gt;") == 3
    assert "default-src 'none'" in written and "script-src" not in written


def test_evaluate_writes_the_page(tmp_path: Path) -> None:
    seeds, empty = ROOT / "tests" / "gold" / "seeds.jsonl", tmp_path / "empty.jsonl"
    empty.write_text("")
    done = communique("evaluate", seeds, "--records", empty, "--html", tmp_path / "errors.html")
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "errors.html").read_text(encoding="utf-8")
    for layer in ("entities", "dates", "quantities", "commitments"):
        assert f'<h2 id="{layer}">' in written
    assert written.count("<td>missed</td>") > 100
