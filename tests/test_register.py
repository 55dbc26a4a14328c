"""The register file: rebuilt to the row, never half-written, with the user's verdicts; and the list made from it."""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline import queries, records, register
from pipeline.errors import UsageError
from pipeline.queries import Wanted
from pipeline.records import Record
from tests.conftest import ROOT
from tests.marked import record
from tests.test_cli import communique

DOCUMENTS = [
    record(
        "[NATO](committer) will [maintain](action) [its presence in Kosovo](object) until "
        "[2018](deadline; relation=until).",
        "2016", "2016-07-09", title="Summit",
    ),
    record(
        "[NATO Defence Ministers](committer; type=GROUP) agreed to [keep](action; force=agreed) "
        "[the presence in Kosovo](object) until [2020](deadline; relation=until).",
        "2017", "2017-11-09",
    ),
    record(
        "[Norway](committer; iso=NO) promised to [give](action; force=pledged) [Malawi](beneficiary; iso=MW) "
        "[NOK 50 million](amount; value=50000000; unit=NOK) for [vaccine freezers](object).",
        "freezers", "2019-02-01", url="https://example.org/freezers",
    ),
    record(
        "[Norway](committer; iso=NO) will [provide](action) [Malawi](beneficiary; iso=MW) with [NOK 50 million]"
        "(amount; value=50000000; unit=NOK) for [vaccine freezers](object).",
        "freezers_again", "2019-08-01",
    ),
    record("[Acme](committer) will [paint](action) [its gates](object).", "undated"),
]  # fmt: skip


def write(folder: Path, documents: list[Record]) -> Path:
    folder.mkdir(exist_ok=True)
    for document in documents:
        (folder / f"{document.id}.json").write_text(records.dumps(document), encoding="utf-8")
    return folder


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in tables if not name.startswith("search_")]
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in sorted(kept)}


def select(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("register")
    register.build([write(folder / "records", DOCUMENTS)], folder / "register.db", as_of="2020-06-30")
    return folder / "register.db"


def test_the_same_promise_is_one_thread(built: Path) -> None:
    steps = select(built, "SELECT thread, step, step_kind, document FROM commitments ORDER BY thread, step")
    told = sorted([kind for t, _, kind, _ in steps if t == thread] for thread in {t for t, *_ in steps})
    assert told == [["made"], ["made", "extended"], ["made", "restated"]]


def test_status_and_its_evidence(built: Path) -> None:
    found = select(built, "SELECT parties, status, status_reason FROM threads ORDER BY first_date")
    assert [(parties, status) for parties, status, _ in found] == [
        ("Acme", "undated"), ("NATO", "due"), ("Norway", "undated"),
    ]  # fmt: skip
    assert found[1][2] == "its time 2020 has come"


def test_a_restated_amount_counts_once(built: Path) -> None:
    assert select(built, "SELECT party, SUM(value) FROM promised_amounts GROUP BY party") == [("iso3166:NO", 50000000)]


def test_every_span_points_at_its_words(built: Path) -> None:
    texts = {document.id: document.text for document in DOCUMENTS}
    spans = [
        ("commitments", "start", "end", "text"), ("commitments", "sentence_start", "sentence_end", "sentence"),
        ("commitments", "trigger_start", "trigger_end", "trigger"),
        ("commitments", "object_start", "object_end", "object"),
        ("commitments", "deadline_start", "deadline_end", "deadline_text"), ("mentions", "start", "end", "text"),
        ("commitment_parties", "start", "end", "text"), ("amounts", "start", "end", "text"),
    ]  # fmt: skip
    checked = 0
    for table, start, end, text in spans:
        for document, a, b, words in select(built, f'SELECT document, "{start}", "{end}", "{text}" FROM {table}'):
            if words is not None:
                assert texts[document][a:b] == words
                checked += 1
    assert checked > 30


def test_parties_say_why_they_are_one(built: Path) -> None:
    reasons = select(built, "SELECT party, name, reason FROM party_names WHERE party IN ('body:nato', 'iso3166:NO')")
    assert sorted(reasons) == [("body:nato", "NATO", "alias table"), ("iso3166:NO", "Norway", "ISO 3166 code NO")]
    (acts_for,) = select(built, "SELECT acts_for FROM parties WHERE name = 'NATO Defence Ministers'")
    assert acts_for == ("body:nato",)


def test_without_a_day_due_is_not_computed_and_it_says_so(tmp_path: Path) -> None:
    register.build([write(tmp_path / "r", DOCUMENTS)], tmp_path / "register.db")
    assert {s for (s,) in select(tmp_path / "register.db", "SELECT status FROM threads")} == {"open", "undated"}
    (note,) = select(tmp_path / "register.db", "SELECT value FROM meta WHERE key = 'note'")
    assert "due and overdue were not computed" in note[0]


@pytest.mark.parametrize("seed", range(5))
def test_adding_documents_gives_the_rows_of_building_anew(tmp_path: Path, seed: int) -> None:
    order = random.Random(seed).sample(DOCUMENTS, len(DOCUMENTS))
    folder, grown, new = tmp_path / "records", tmp_path / "grown.db", tmp_path / "new.db"
    for document in order:
        write(folder, [document])
        register.build([folder], grown)
    register.build([folder], new)
    assert rows(grown) == rows(new)
    assert len(rows(new)["commitments"]) == len(DOCUMENTS)
    assert grown.read_bytes() == new.read_bytes()


def test_thread_ids_stay_when_later_documents_are_added(tmp_path: Path) -> None:
    seen: dict[tuple[str, str], str] = {}
    for n in range(1, len(DOCUMENTS) + 1):
        register.build([write(tmp_path / "r", DOCUMENTS[:n])], tmp_path / "register.db")
        found = select(tmp_path / "register.db", "SELECT document, id, thread FROM commitments")
        now = {(document, id_): thread for document, id_, thread in found}
        assert seen.items() <= now.items()
        seen = now
    assert len(seen) == len(DOCUMENTS)


PAIRS = tomllib.loads((ROOT / "tests" / "pairs.toml").read_text(encoding="utf-8"))["pair"]
MANY = [
    record(pair[which], f"{which[0]}{n}", pair.get(f"{which}_published", day) or None)
    for n, pair in enumerate(PAIRS)
    for which, day in (("first", "2020-01-15"), ("second", "2021-03-10"))
]


@pytest.mark.parametrize("seed", range(4))
def test_documents_may_come_in_any_order(tmp_path: Path, seed: int) -> None:
    # Whatever comes when: the rows are those of building anew, and an id that was given once leads to its promise,
    # though an older document may have taken the beginning of the thread.
    order = random.Random(seed).sample(MANY, len(MANY))
    folder, grown, anew = tmp_path / "r", tmp_path / "grown.db", tmp_path / "anew.db"
    given: dict[str, tuple[str, str]] = {}
    kept = 0
    for n in range(0, len(order), 24):
        build = [write(folder, order[n : n + 24])]
        register.build(build, grown)
        found = select(grown, "SELECT own_thread, thread, document, id FROM commitments ORDER BY thread, step")
        leads_to = {own: (thread, (document, id_)) for own, thread, document, id_ in found}
        for thread, first in given.items():
            assert leads_to[thread][1] == first
            kept += leads_to[thread][0] == thread
        given |= {thread: leads_to[thread][1] for _, thread, _, _ in found}
    register.build([folder], anew)
    assert grown.read_bytes() == anew.read_bytes()
    assert kept > len(MANY) / 2


def test_adding_keeps_the_documents_of_the_register(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a", DOCUMENTS[:2]), write(tmp_path / "b", DOCUMENTS[2:])
    for args in ([first], [second, "--add"]):
        done = communique("register", *args, "--output", tmp_path / "grown.db")
        assert done.returncode == 0, done.stderr
    register.build([first, second], tmp_path / "new.db")
    assert (tmp_path / "grown.db").read_bytes() == (tmp_path / "new.db").read_bytes()
    (first / "2016.json").unlink()
    done = communique("register", second, "--add", "--output", tmp_path / "grown.db")
    assert done.returncode == 3 and "2016.json: cannot be read" in done.stderr


def test_rules_of_a_user_join_what_the_built_in_ones_keep_apart(tmp_path: Path) -> None:
    told = "[Acme {}](committer) will [{}](action) [oaks along the Leeds canal](object)."
    folder = write(tmp_path / "r", [record(told.format("Zrt", "plant"), "a"), record(told.format("", "sow"), "b")])
    rules = tmp_path / "rules" / "register"
    rules.mkdir(parents=True)
    (rules / "actions.toml").write_text('[[rule]]\nid = "plant"\nlemmas = ["plant", "sow"]\n')
    (rules / "legal_forms.toml").write_text('[[rule]]\nid = "hungarian_forms"\nwords = ["zrt"]\n')
    assert register.build([folder], tmp_path / "r.db").joined == 0
    assert register.build([folder], tmp_path / "r.db", rules=tmp_path / "rules").joined == 2
    words = tmp_path / "words" / "evaluate"
    words.mkdir(parents=True)
    (words / "words.jsonl").write_text("")
    with pytest.raises(UsageError, match="lies in the folder of its layer"):
        register.build([folder], tmp_path / "r.db", rules=tmp_path / "words")
    (rules / "verbs.toml").write_text("")
    with pytest.raises(UsageError, match="the layer 'register' has no rules of this name"):
        register.build([folder], tmp_path / "r.db", rules=tmp_path / "rules")


def test_the_page_of_a_pdf_is_told(tmp_path: Path) -> None:
    of_a_pdf = DOCUMENTS[0].model_copy(deep=True)
    of_a_pdf.segments[0].page = 7
    register.build([write(tmp_path / "r", [of_a_pdf, DOCUMENTS[4]])], tmp_path / "r.db")
    assert [row["page"] for row in queries.find(tmp_path / "r.db", Wanted())] == [7, None]
    assert " 2016, page 7 " in communique("commitments", "--register", tmp_path / "r.db").stdout


def test_an_act_of_a_year_has_no_invented_day(tmp_path: Path) -> None:
    told = record("In [2012](made_on; relation=in) [Acme](committer) agreed to [sell](action) [its mill](object).", "a")
    register.build([write(tmp_path / "r", [told])], tmp_path / "r.db", as_of="2012-06-30")
    (row,) = queries.find(tmp_path / "r.db", Wanted(since="2012-01-01"))
    assert (row["date"], row["status"]) == ("2012", "undated")
    assert queries.find(tmp_path / "r.db", Wanted(since="2012-02")) == []


def test_verdicts_survive_a_rebuild_and_an_older_beginning_of_the_thread(tmp_path: Path) -> None:
    folder, output, verdicts = tmp_path / "r", tmp_path / "register.db", tmp_path / "verdicts.csv"
    register.build([write(folder, [DOCUMENTS[1]])], output)
    ((thread,),) = select(output, "SELECT id FROM threads")
    verdicts.write_text(f"thread,verdict,date,source\n{thread},kept,2021-01-05,own visit\nt000000000000,broken,,\n")
    built = register.build([write(folder, DOCUMENTS)], output, verdicts=verdicts)
    assert built.lost_verdicts == ["t000000000000"]
    told = [row for row in queries.find(output, Wanted()) if row["verdict"]]
    assert [(row["document"], row["verdict"], row["verdict_date"], row["verdict_source"]) for row in told] == [
        ("2016", "kept", "2021-01-05", "own visit"),
        ("2017", "kept", "2021-01-05", "own visit"),
    ]


def test_of_two_verdicts_on_one_promise_the_later_one_holds(tmp_path: Path) -> None:
    folder, output, verdicts = tmp_path / "r", tmp_path / "register.db", tmp_path / "verdicts.csv"
    ids = []
    for document in DOCUMENTS[:2]:  # each alone, as before somebody found that they are one promise
        register.build([write(tmp_path / document.id, [document])], output)
        ids += [thread for (thread,) in select(output, "SELECT id FROM threads")]
    verdicts.write_text(f"thread,verdict,date,source\n{ids[1]},broken,2021-05-01,\n{ids[0]},kept,2019-01-05,\n")
    built = register.build([write(folder, DOCUMENTS[:2])], output, verdicts=verdicts)
    assert (built.lost_verdicts, built.older_verdicts) == ([], [ids[0]])
    assert [row["verdict"] for row in queries.find(output, Wanted())] == ["broken", "broken"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("thread,verdict\nt1,maybe\n", "line 2: found the verdict 'maybe'"),
        ("thread,verdict,date,source\nt1,kept,2021,\n", "2021 is no day"),
        ("thread,verdict,date,source\nt1,kept,,\nt1,broken,,\n", "line 3: the thread t1 has a verdict already"),
        ("id,judgement\nt1,kept\n", "has the columns thread, verdict"),
    ],
)
def test_a_wrong_verdicts_file_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "v.csv").write_text(content)
    with pytest.raises(UsageError, match=sentence):
        register.read_verdicts(tmp_path / "v.csv")


def test_broken_and_foreign_files_are_named_and_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", DOCUMENTS[:2])
    (folder / "foreign.json").write_text('{"name": "package"}')
    (folder / "torn.json").write_text(records.dumps(DOCUMENTS[2])[:200])
    (folder / "binary.json").write_bytes(b"\xff\xfe\x00")
    broken = json.loads(records.dumps(DOCUMENTS[3]))
    broken["commitments"][0]["start"] += 1
    twice = records.dumps(DOCUMENTS[0], indent=None)
    (folder / "lines.jsonl").write_text(f'{json.dumps(broken)}\n{twice}\n"\u2028"\n', encoding="utf-8")
    done = communique("register", folder, "--output", tmp_path / "register.db")
    assert done.returncode == 3
    for name in ("foreign.json", "torn.json", "binary.json", "lines.jsonl: line 1", "lines.jsonl: line 2", "line 3"):
        assert name in done.stderr
    assert "commitments[0]: text[" in done.stderr and "Traceback" not in done.stderr
    assert "2 documents" in done.stderr and "due and overdue were not computed" in done.stderr.lower()
    assert len(select(tmp_path / "register.db", "SELECT 1 FROM documents")) == 2


def test_a_failed_build_leaves_the_old_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "register.db"
    register.build([write(tmp_path / "r", DOCUMENTS)], output)
    before = output.read_bytes()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(register.Rows, "parties_met", interrupted)
    with pytest.raises(KeyboardInterrupt):
        register.build([tmp_path / "r"], output)
    assert output.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r", "register.db"]


@pytest.mark.parametrize(
    ("wanted", "documents"),
    [
        (Wanted(), ["2016", "2017", "freezers", "freezers_again", "undated"]),
        (Wanted(party="NATO"), ["2016", "2017"]),
        (Wanted(party="north atlantic treaty organization"), []),
        (Wanted(party="NATO Defence Ministers"), ["2017"]),
        (Wanted(due_before="2021"), ["2016", "2017"]),
        (Wanted(due_before="2020-12-31"), []),
        (Wanted(since="2019-08"), ["freezers_again"]),
        (Wanted(over="49M NOK"), ["freezers", "freezers_again"]),
        (Wanted(over="50M NOK"), []),
        (Wanted(over="1M USD"), []),
        (Wanted(text="vaccine MALAWI"), ["freezers", "freezers_again"]),
        (Wanted(text='presence "in" (Kosovo) OR *'), []),
    ],
)
def test_finding(built: Path, wanted: Wanted, documents: list[str]) -> None:
    if wanted.party is not None and not documents:
        with pytest.raises(UsageError, match="knows no party"):
            queries.find(built, wanted)
        return
    assert sorted(row["document"] for row in queries.find(built, wanted)) == documents


def test_the_list_shows_sentence_and_source(built: Path) -> None:
    done = communique("commitments", "--register", built, "--over", "1M NOK", "--format", "json")
    (first, _) = json.loads(done.stdout)
    assert list(first) == list(queries.COLUMNS)
    assert first["sentence"] == DOCUMENTS[2].text
    assert (first["document"], first["url"], first["published"]) == (
        "freezers",
        "https://example.org/freezers",
        "2019-02-01",
    )
    table = communique("commitments", "--register", built, "--party", "Acme").stdout
    assert "Acme will paint its gates." in table and "undated" in table
    listed = list(csv.DictReader(io.StringIO(communique("commitments", "--register", built, "--format", "csv").stdout)))
    assert [row["document"] for row in listed] == ["2016", "2017", "freezers", "freezers_again", "undated"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["register", "nowhere"], "no record was found"),
        (["register", "--as-of", "2020"], "2020 is no day"),
        (["commitments", "--register", "nowhere.db"], "communique register"),
        (["commitments", "--register", "README.md"], "no register"),
    ],
)
def test_a_wrong_call_is_one_sentence(args: list[str], sentence: str) -> None:
    done = communique(*args)
    assert (done.returncode, sentence in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_a_register_of_another_version_is_one_sentence(tmp_path: Path) -> None:
    register.build([write(tmp_path / "r", DOCUMENTS)], tmp_path / "r.db")
    with closing(sqlite3.connect(tmp_path / "r.db")) as database:
        database.execute("PRAGMA user_version = 99")
    done = communique("commitments", "--register", tmp_path / "r.db")
    assert (done.returncode, "build it anew" in done.stderr) == (2, True), done.stderr


def test_the_register_needs_no_spacy() -> None:
    code = "import sys; from pipeline import register, queries; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_absurd_records_do_no_harm(tmp_path: Path) -> None:
    huge = record(
        "[A\x00cme](committer) will [give](action) [9 trillion trillion beds]"
        "(amount; value=9e24; kind=count; item=beds).",
        "huge\x1b\u202e",
    )
    huge.quantities[0].value = 9 * 10**24  # more than SQLite's integers hold
    empty = huge.model_copy(update={"id": "empty", "commitments": [], "quantities": [], "entities": []})
    folder = tmp_path / "r"
    folder.mkdir()
    (folder / "records.jsonl").write_text("".join(records.dumps(r, None) + "\n" for r in (huge, empty)), "utf-8")
    (folder / "surrogate.json").write_bytes(records.dumps(empty).replace('"empty"', '"\\ud800"').encode())
    built = register.build([folder], tmp_path / "register.db")
    assert (built.documents, built.commitments, len(built.left_out)) == (2, 1, 1)
    assert select(tmp_path / "register.db", "SELECT value FROM amounts") == [(9e24,)]
    assert len(queries.find(tmp_path / "register.db", Wanted(over="8 trillion"))) == 1
