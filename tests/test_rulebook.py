"""Rules are read strictly: a mistake in a rule file is one clear sentence with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import rulebook, rulefiles
from pipeline.errors import UsageError
from pipeline.rulebook import Entry, Example, Mark, Rule, parse_example


class Greeting(Rule):
    word: rulebook.Lower


class Name(Entry):
    name: str


MODELS: dict[str, type[Rule] | type[Entry]] = {"greetings": Greeting, "names": Name}
GOOD = '[[rule]]\nid = "hello"\nword = "hello"\nyes = ["[Hello](greeting) there."]\n'


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    (tmp_path / "greetings").mkdir()
    return tmp_path


def load(extra: Path, content: str, name: str = "greetings.toml") -> dict[str, list[Greeting]]:
    (extra / "greetings" / name).write_text(content, encoding="utf-8")
    return rulebook.load("greetings", MODELS, extra)


def test_rules_and_lists_are_read(extra: Path) -> None:
    load(extra, '{"id": "n1", "name": "Ann"}\n', "names.jsonl")
    rules = load(extra, GOOD)
    assert rules["greetings"][0].yes[0].marks == (Mark(0, 5, "greeting"),)
    assert [entry.id for entry in rules["names"]] == ["n1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD.replace("word", "wrod"), "line 1, rule hello: word: Field required"),
        (GOOD + 'colour = "red"\n', "colour: it is no key of such a rule; the keys are id, no, todo, why, word, yes"),
        (GOOD + GOOD.replace('"hello"\nword', '"Hello!"\nword'), "line 5, rule Hello!: id"),
        (GOOD.replace('word = "hello"', 'word = "Hello"'), "can never match"),
        (GOOD.replace("](greeting)", "]"), "is not of the form [words](value)"),
        (GOOD.replace("[Hello](greeting)", "[Hello"), "opened and not closed"),
        (GOOD.replace("(greeting)", "(greeting; loud)"), "key=value"),
        ('title = "x"\n', "'title'"),
        ("[[rule]\n", "not valid TOML"),
        (f"[[rule]]\nid = {'[' * 100_000}\n", "not valid TOML"),
        (f"[[rule]]\nid = {'9' * 5_000}\n", "not valid TOML"),
        ('rule = [{id = "hello"}]\n', "a list of [[rule]] tables"),
    ],
)
def test_a_mistake_is_named_with_its_place(extra: Path, content: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(extra, content)
    assert message in str(caught.value)
    assert "greetings.toml" in str(caught.value)


def test_an_unknown_file_is_an_error(extra: Path) -> None:
    with pytest.raises(UsageError, match="it reads greetings, names"):
        load(extra, GOOD, "greeting.toml")


@pytest.mark.parametrize("line", ['{"id": ', "[" * 100_000, "9" * 5_000])
def test_a_broken_line_of_a_list_is_named(extra: Path, line: str) -> None:
    with pytest.raises(UsageError, match="line 2 is not valid JSON"):
        load(extra, f'{{"id": "n1", "name": "Ann"}}\n{line}\n', "names.jsonl")


def test_an_id_that_exists_replaces_the_built_in_rule_in_its_place(extra: Path) -> None:
    from pipeline import segments

    built_in = rulebook.load("segments", segments.RULES)["lines"]
    (extra / "segments").mkdir()
    path = extra / "segments" / "lines.toml"
    path.write_text(f"[[rule]]\nid = '{built_in[0].id}'\nkind = 'notes'\nscope = 'line'\npattern = 'zzz'\n")
    replaced = rulebook.load("segments", segments.RULES, extra)["lines"]
    assert [rule.id for rule in replaced] == [rule.id for rule in built_in]
    assert replaced[0].kind == "notes"


def test_the_fingerprint_follows_the_content(extra: Path) -> None:
    load(extra, GOOD)
    first = rulefiles.fingerprint(extra)
    assert first != rulefiles.fingerprint()
    rulefiles.fingerprint.cache_clear()
    load(extra, GOOD + "\n")
    assert rulefiles.fingerprint(extra) != first


@pytest.mark.parametrize(
    ("marks", "fires", "problem"),
    [
        ((Mark(0, 5, "greeting", {}, frozenset({"hello"})),), True, None),
        ((), True, "wanted [Hello](greeting)"),
        ((Mark(0, 4, "greeting", {}, frozenset({"hello"})),), True, "got    [Hell](greeting)"),
        ((Mark(0, 5, "greeting", {}, frozenset({"other"})),), True, "did not fire"),
        ((Mark(0, 5, "greeting", {}, frozenset({"hello"})),), False, "fired"),
    ],
)
def test_differences(marks: tuple[Mark, ...], fires: bool, problem: str | None) -> None:
    example = parse_example("[Hello](greeting) there.")
    assert isinstance(example, Example)
    found = "\n".join(rulebook.differences(example, marks, "hello", fires))
    assert (problem in found) if problem else not found


def test_values_of_a_mark_must_agree() -> None:
    example = parse_example("[Hello](greeting; tone=kind) there.")
    kind, rude = (Mark(0, 5, "greeting", {"tone": t}, frozenset({"hello"})) for t in ("kind", "rude"))
    assert not rulebook.differences(example, [kind], "hello")
    assert rulebook.differences(example, [rude], "hello")


def test_marks_nest_and_brackets_can_be_written() -> None:
    example = parse_example(r"\[sic\] [at least [5](number) men](phrase)")
    assert example.text == "[sic] at least 5 men"
    assert [(m.start, m.end, m.main) for m in example.marks] == [(6, 20, "phrase"), (15, 16, "number")]
