"""The documentation is run: every piece of code or output in it is what the program says today.

```text       a press text, and
```json       right below it the record made from it, or the part of it that is shown
```console    commands; the lines below a `$ communique` line are its output
```python     runs
```toml       a rule file: `# commitments/verbs.toml` in its first line says where it would stand
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline import rulebook, rulefiles
from pipeline.records import Record
from tests.conftest import ROOT
from tests.test_cli import communique

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "rules" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    page: str
    line: int
    language: str
    code: str
    above: str
    """The code of the block before it on the page."""


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text, above = page.read_text(encoding="utf-8"), ""
        for match in FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(page.relative_to(ROOT).as_posix(), line, match[1], match[2], above))
            above = match[2]
    return found


def of(language: str) -> Any:
    chosen = [block for block in blocks() if block.language == language]
    return pytest.mark.parametrize("block", chosen, ids=[f"{block.page}:{block.line}" for block in chosen])


def test_the_pages_hold_code_of_every_kind() -> None:
    languages = [block.language for block in blocks()]
    assert len(languages) > 7
    assert {"text", "json", "console", "python", "toml"} <= set(languages)


def test_the_map_names_every_module_and_no_other() -> None:
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs" / "modules.md").read_text(encoding="utf-8"), re.MULTILINE)
    modules = [path.stem for path in (ROOT / "pipeline").rglob("*.py") if path.stem != "__init__"]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(modules)


@of("json")
def test_a_record_is_what_the_text_above_it_gives(
    block: Block, read: Callable[..., Record], request: pytest.FixtureRequest
) -> None:
    shown = json.loads(block.code)
    record = read(block.above.rstrip("\n"), published=shown.get("published")).model_dump(by_alias=True, mode="json")
    if request.config.getoption("--update-golden"):
        page = ROOT / block.page
        page.write_text(page.read_text(encoding="utf-8").replace(block.code, laid_out(record, list(shown))), "utf-8")
        return
    for key, value in shown.items():
        assert record[key] == value, key


def laid_out(record: dict[str, Any], keys: list[str]) -> str:
    """Some layers of a record as a page shows them: a line an item, for commitments a line a slot."""
    layers = []
    for key in keys:
        items = []
        for item in record[key]:
            slots = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in item.items()]
            items.append("  {" + (",\n   " if key == "commitments" else ", ").join(slots) + "}")
        layers.append(f" {json.dumps(key)}: [\n" + ",\n".join(items) + "\n ]")
    return "{\n" + ",\n".join(layers) + "\n}\n"


@of("console")
def test_commands_print_what_is_shown(block: Block, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "raw", tmp_path / "raw")
    for command in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        call, _, shown = command.partition("\n")
        if call.startswith("communique "):
            done = communique(*call.split()[1:], cwd=tmp_path, PYTHONPATH=str(ROOT))
            assert done.returncode == 0, done.stderr
            printed = [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
            for line in shown.splitlines():
                assert line.rstrip() in printed or line.strip() == "..."
        else:
            assert call.startswith(("make ", "git ", "cd ", ".venv/bin/")), f"a command that is not tested: {call}"


@of("python")
def test_python_runs(block: Block, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block.code, f"{block.page}:{block.line}", "exec"), {})
    wanted = re.findall(r"^# -> (.*)$", block.code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == wanted


@of("toml")
def test_a_rule_file_loads(block: Block, tmp_path: Path) -> None:
    where = re.match(r"# (\w+)/(\w+\.toml)\n", block.code)
    if where is None:  # an extract of a rule: its examples must be readable
        written = re.findall(r'"(.*)"', block.code)
        assert written and all(rulebook.parse_example(example.replace("\\\\", "\\")) for example in written)
        return
    (tmp_path / where[1]).mkdir()
    (tmp_path / where[1] / where[2]).write_text(block.code, encoding="utf-8")
    rulefiles.check_folder(tmp_path)
    assert rulebook.load(where[1], import_module(f"pipeline.{where[1]}").RULES, tmp_path)
