"""The wheel: installed in a clean environment, it reads a document from another folder, with all of its rules."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_every_rule_file(wheel: Path) -> None:
    files = [p for p in (ROOT / "rules").rglob("*") if p.suffix in (".toml", ".jsonl")]
    wanted = {f"pipeline/rules/{p.relative_to(ROOT / 'rules').as_posix()}" for p in files}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("pipeline/rules/")}
    assert len(wanted) > 10
    assert {name for name in held if not name.endswith(".py")} == wanted


def test_the_installed_wheel_reads_a_document_elsewhere(wheel: Path, tmp_path: Path) -> None:
    # The environment sees the dependencies of this one, but not this checkout.
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    site = Path(next(p for p in sys.path if p.endswith("site-packages")))
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)  # what installing a pure wheel does, scripts aside
    (tmp_path / "text.txt").write_text("NATO agreed on 3 May 2018 to send 50 trucks.")
    code = f"import sys; sys.path[:0] = [{str(installed)!r}]; sys.path.append({str(site)!r})\n"
    code += "from pipeline.cli import main; main()"
    command = [str(python), "-I", "-c", code, "run", "text.txt", "--output", "-"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert [date["value"] for date in record["dates"]] == ["2018-05-03"]
    assert record["commitments"][0]["committers"][0]["name"] == "NATO"


def test_factories_are_entry_points() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    from pipeline import nlp

    wanted = {f"communique_{component}": f"pipeline.{component}:make" for component in nlp.COMPONENTS}
    assert project["entry-points"]["spacy_factories"] == wanted


def test_the_locks_name_no_registry_and_hash_everything() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        lock = (ROOT / name).read_text()
        assert "://" not in lock
        pinned = [line for line in lock.splitlines() if "==" in line and not line.startswith(" ")]
        assert len(pinned) > 40
        assert all(line.endswith("\\") for line in pinned), "a package without a hash"


def test_the_version_is_said_once() -> None:
    import pipeline

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == pipeline.__version__
