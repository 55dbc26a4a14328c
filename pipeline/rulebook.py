"""The rulebook: rules are data with their examples, read strictly.

A layer's rules stand in `rules/<layer>/*.toml` (what people write) and `*.jsonl` (long name lists). The layer says
which model reads which file; an unknown file, key or value is an error that names file, line, rule and key. A
user's own folder (`--rules DIR`) has the same shape: its rules are added, an id that exists already is replaced.

An example marks what the layer finds in its sentence, with the values that matter:

    yes = ["at the summit on [8-9 July 2016](2016-07-08/2016-07-09; relation=on)."]

Square brackets hold the words, the parentheses what they are: first the main value, then `key=value` pairs. Marks may
nest; a bracket of the text itself is written `\\[`. An example tells the whole truth about its layer: what is not
marked must not be found. A `yes` example is one where the rule fires, a `no` example one where it does not.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from pipeline import backtracking, rulefiles
from pipeline.errors import UsageError
from pipeline.records import PartialDate

MAX_RULE_FILE_BYTES = 2_000_000
EXAMPLES = ("yes", "no", "todo")
UNTRUSTED = "rules of a user's own folder"

RuleModel = TypeVar("RuleModel", bound="Known")


def _lower(word: str) -> str:
    if word != word.lower() or word != word.strip() or not word:
        raise ValueError(f"{word!r} can never match: it is compared with lower-case text, so write it in lower case")
    return word


def _pattern(pattern: str, info: ValidationInfo) -> str:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    if compiled.match(""):
        raise ValueError(f"{pattern!r} matches the empty string")
    if info.context is UNTRUSTED and (danger := backtracking.problem(pattern)):
        raise ValueError(f"{pattern!r} could take for ever: {danger}; make a repeat possessive (*+) or bound it")
    return pattern


Lower = Annotated[str, AfterValidator(_lower)]
"""A word or phrase that is compared with lower-cased text; capitals in it are an error, since it could never match."""

Pattern = Annotated[str, AfterValidator(_pattern)]
"""A regular expression that compiles and does not match the empty string; one of a user's own folder is refused where
it could take for ever, too (tests look at the built-in ones).
"""

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]

Dep = Literal[
    "ROOT", "acl", "acomp", "advcl", "advmod", "agent", "amod", "appos", "attr", "aux", "auxpass", "case", "cc",
    "ccomp", "compound", "conj", "csubj", "csubjpass", "dative", "dep", "det", "dobj", "expl", "intj", "mark", "meta",
    "neg", "nmod", "npadvmod", "nsubj", "nsubjpass", "nummod", "oprd", "parataxis", "pcomp", "pobj", "poss", "preconj",
    "predet", "prep", "prt", "punct", "quantmod", "relcl", "xcomp",
]  # fmt: skip
"""The dependency labels that the English models know (ClearNLP); spaCy accepts any other word in silence."""


@dataclass(frozen=True)
class Mark:
    """One marked span: `[Mission](PROGRAMME; rule=x)` has main "PROGRAMME" and values {"rule": "x"}.

    A layer describes what it found as marks, too: `rules` are then the ids that took part, and `required` is False
    where an example may leave the mark out.
    """

    start: int
    end: int
    main: str
    values: Mapping[str, str] = field(default_factory=dict)
    rules: frozenset[str] = frozenset()
    required: bool = True


class Example(BaseModel):
    """A sentence with its truth: `text` without the marks, the marks, and the `published` date it is read with."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    text: str
    published: PartialDate | None = None
    marks: tuple[Any, ...] = ()


def parse_example(written: Any) -> Example:
    """Read an example as a rule file writes it: a string, or a table with `text` and `published`.

    >>> parse_example("in [April 2018](2018-04)").marks
    (Mark(start=3, end=13, main='2018-04', values={}, rules=frozenset(), required=True),)
    """
    if isinstance(written, Example):
        return written
    table = {"text": written} if isinstance(written, str) else dict(written)
    if not isinstance(table.get("text"), str):
        raise ValueError("an example is a sentence, or a table with `text` and, if it matters, `published`")
    table["text"], table["marks"] = _parse_marks(table["text"])
    return Example(**table)


def _parse_marks(written: str) -> tuple[str, tuple[Mark, ...]]:
    text, marks, opened, i = "", [], [], 0
    while i < len(written):
        char = written[i]
        if char == "\\" and written[i + 1 : i + 2] in ("[", "]"):
            text, i = text + written[i + 1], i + 2
        elif char == "[":
            opened.append(len(text))
            i += 1
        elif char == "]":
            close = written.find(")", i)
            if not opened or written[i + 1 : i + 2] != "(" or close < 0:
                raise ValueError(f"the mark that ends at {written[: i + 1]!r} is not of the form [words](value)")
            main, *pairs = [part.strip() for part in written[i + 2 : close].split(";")]
            if not main or any("=" not in pair for pair in pairs):
                raise ValueError(f"the mark ({written[i + 2 : close]}) is not of the form (value; key=value)")
            values = {key.strip(): value.strip() for key, value in (pair.split("=", 1) for pair in pairs)}
            marks.append(Mark(opened.pop(), len(text), main, values))
            i = close + 1
        else:
            text, i = text + char, i + 1
    if opened:
        raise ValueError(f"a bracket is opened and not closed in {written!r}; write \\[ for a bracket of the text")
    return text, tuple(sorted(marks, key=lambda m: (m.start, -m.end)))


Examples = list[Annotated[Example, BeforeValidator(parse_example)]]


class Known(BaseModel):
    """What rules and entries have in common: an id, unique in its file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str


class Rule(Known):
    """Base of every rule that people write. Ids describe the text that matches and never change their meaning."""

    id: RuleId
    why: str = ""
    yes: Examples = []
    no: Examples = []
    todo: Examples = []
    """Sentences that the rule should match and does not yet: strict expected failures."""


class Entry(Known):
    """Base of one line of a .jsonl list: data without examples of its own."""


def load(
    layer: str, models: Mapping[str, type[Rule] | type[Entry]], extra: str | Path | None = None
) -> dict[str, list[Any]]:
    """All rules of a layer by file stem: `load("dates", {"months": Month})["months"]`.

    `models` says which model reads which file. `extra` is a user's rules folder: its rules stand after the built-in
    ones, and one whose id exists replaces the built-in in its place. Built-in rules come without their examples, which
    the tests read: they would take half of the time. Raises UsageError for anything that is wrong.
    """
    rules: dict[str, dict[str, Any]] = {stem: {} for stem in models}
    for root in rulefiles.roots(extra):
        for stem, rule in read(root, layer, models, examples=root != rulefiles.folder()):
            rules[stem][rule.id] = rule
    return {stem: list(by_id.values()) for stem, by_id in rules.items()}


def load_file(
    layer: str, stem: str, model: type[RuleModel], extra: str | Path | None = None, examples: bool = False
) -> list[RuleModel]:
    """The rules of one file, for a reader of another layer: `load_file("entities", "bodies", Body)`; `extra` as in
    `load`. Examples are read where they are asked for.
    """
    by_id: dict[str, RuleModel] = {}
    for root in rulefiles.roots(extra):
        for path in rulefiles.of_layer(root / layer):
            if path.stem == stem:
                by_id |= {rule.id: rule for rule in _read(path, model, _context(root), examples)}
    return list(by_id.values())


def read(
    root: Path, layer: str, models: Mapping[str, type[Rule] | type[Entry]], examples: bool = True
) -> Iterator[tuple[str, Any]]:
    """The rules of one layer in one folder of rules, with the stems of their files; UsageError as in `load`."""
    for path in rulefiles.of_layer(root / layer):
        if path.stem not in models:
            raise UsageError(f"{path}: the layer {layer!r} has no rules of this name; it reads {_listed(models)}.")
        seen: set[str] = set()
        for rule in _read(path, models[path.stem], _context(root), examples):
            if rule.id in seen:
                raise UsageError(f"{path}: the rule id {rule.id!r} is used twice.")
            seen.add(rule.id)
            yield path.stem, rule


def differences(example: Example, found: Iterable[Mark], rule: str, fires: bool = True) -> list[str]:
    """How what a layer found in an example's sentence differs from what is marked; empty when nothing does.

    Every mark must be found with the same characters, the same main value and the values it names; every required
    found mark must be marked; and the rule itself must have fired, or not (`fires`).
    """
    found = list(found)
    problems, left = [], list(found)
    for mark in example.marks:
        same = [f for f in left if (f.start, f.end, f.main) == (mark.start, mark.end, mark.main)]
        fits = next((f for f in same if all(f.values.get(k) == v for k, v in mark.values.items())), None)
        if fits is None:
            problems.append(f"wanted {_show(example.text, mark)}")
        else:
            left.remove(fits)
    problems += [f"got    {_show(example.text, f)}" for f in left if f.required]
    fired = any(rule in f.rules for f in found)
    if fired != fires:
        problems.append(f"the rule {rule!r} {'fired' if fired else 'did not fire'} in this sentence")
    return problems


def _show(text: str, mark: Mark) -> str:
    values = "".join(f"; {key}={value}" for key, value in mark.values.items())
    return f"[{text[mark.start : mark.end]}]({mark.main}{values})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _context(root: Path) -> str | None:
    return None if root == rulefiles.folder() else UNTRUSTED


def _read(path: Path, model: type[RuleModel], context: str | None, examples: bool) -> Iterator[RuleModel]:
    size = path.stat().st_size
    if size > MAX_RULE_FILE_BYTES:
        raise UsageError(f"{path}: the file has {size} bytes; a rule file has at most {MAX_RULE_FILE_BYTES}.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; rule files are UTF-8.") from error
    for line, table in _jsonl_tables(path, text) if path.suffix == ".jsonl" else _toml_tables(path, text):
        if not examples:
            table = {key: value for key, value in table.items() if key not in EXAMPLES}
        try:
            yield model.model_validate(table, context=context)
        except ValidationError as error:
            raise UsageError(_explain(path, line, table, model, error)) from error


def _toml_tables(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}.") from error
    tables = content.pop("rule", [])
    lines = [n for n, line in enumerate(text.split("\n"), 1) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]
    if content or not isinstance(tables, list) or len(tables) != len(lines):
        raise UsageError(
            f"{path}: found the key {next(iter(content), 'rule')!r}; a rule file is a list of [[rule]] tables."
        )
    yield from zip(lines, tables, strict=True)


def _jsonl_tables(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for n, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield n, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{path}: line {n} is not valid JSON: {error}.") from error


def _explain(path: Path, line: int, table: Any, model: type[BaseModel], error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "the rule"
    name = table.get("id", "without an id") if isinstance(table, dict) else "that is no table"
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        what = f"it is no key of such a rule; the keys are {_listed(model.model_fields)}"
    return f"{path}: line {line}, rule {name}: {key}: {what}."
