"""Regular expressions that can blow up are refused, and the ones that rules are written with are not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipeline import backtracking, rulebook, segments
from pipeline.errors import UsageError
from tests.conftest import ROOT


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"^(a+)+$",
        r"(x+x+)+y",
        r"([a-zA-Z]+)*$",
        r"(a|aa)+$",
        r"(?i)(a|A)+[b-z]*A+x",
        r"(.*a){12}",
        r"\d+\s*\s*\s*(million)$",
        r"a.*b.*c",
        r"\w+\d+x",
        r"(?:\w+\s?)*x",
        r"(?:[A-Z][\w.]*\s?)+x",
        r"(?=(a+)+b)a",
        r"(?>(a+)+b)c",
        r"(?:(a+)+b)?+c",
        r"a{0,900}a{0,900}b",
        r"x|(?P<n>\s+)(?:y\s+)?\s+z",
        "a?" * 3000 + "b",
    ],
)
def test_what_can_blow_up_is_refused(pattern: str) -> None:
    assert backtracking.problem(pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d++\s*+million",
        r"(?:\s[A-Z]+)*x",
        r"(?:\w+\s)+x",
        r"(?:,\s\w+)*\sand",
        r"(?:\d{1,3},)+\d{3}",
        r"(?:foo|fob)+x",
        r".*+x",
        r".{0,80}a.{0,80}b",
        r"(?>a+)a+",
        r"[^,]+,[^,]+,",
        r"(?i)(?:media|press) (?:contact|office)\s++.{1,160}",
    ],
)
def test_what_cannot_is_not(pattern: str) -> None:
    assert backtracking.problem(pattern) is None


def patterns_of(value: Any, key: str = "") -> list[str]:
    if isinstance(value, dict):
        return [
            p for name, inner in value.items() for p in patterns_of(inner, name) if name not in ("yes", "no", "todo")
        ]
    if isinstance(value, list):
        return [p for inner in value for p in patterns_of(inner, key)]
    return [value] if isinstance(value, str) and key in ("pattern", "unless") else []


def test_the_built_in_rules_pass() -> None:
    found = {}
    for path in sorted((ROOT / "rules").rglob("*.toml")):
        for rule in tomllib.loads(path.read_text(encoding="utf-8")).get("rule", []):
            found |= dict.fromkeys(patterns_of(rule), f"{path.name} {rule['id']}")
    assert len(found) > 50
    problems = {where: problem for pattern, where in found.items() if (problem := backtracking.problem(pattern))}
    assert not problems


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("(a+)+b", "could take for ever"),
        ("(" * 20_000, "no regular expression"),
        ("a{99999999999}", "no regular expression"),
    ],
)
def test_a_users_rule_is_refused_with_its_place(tmp_path: Path, pattern: str, sentence: str) -> None:
    (tmp_path / "segments").mkdir()
    rule = f'[[rule]]\nid = "x"\nkind = "notes"\nscope = "line"\npattern = "{pattern}"\n'
    (tmp_path / "segments" / "lines.toml").write_text(rule)
    with pytest.raises(UsageError, match=rf"lines\.toml: line 1, rule x: pattern: .*{sentence}"):
        rulebook.load("segments", segments.RULES, tmp_path)
