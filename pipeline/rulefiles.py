"""Where the rule files lie, and which they are; what stands in them is the rulebook's matter.

Nothing is imported here that takes time: a run that finds nothing changed asks for the fingerprint and no more.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from pipeline.errors import UsageError

SUFFIXES = (".toml", ".jsonl")
BUILT_IN_ONLY = "evaluate"  # what counts as equal is the same for everybody, or figures could not be compared


def folder() -> Path:
    """The built-in rules: inside the package in a wheel, beside it in a checkout or an editable install."""
    packaged = Path(str(files("pipeline"))) / "rules"
    return packaged if packaged.is_dir() else Path(str(files("pipeline"))).parent / "rules"


def roots(extra: str | Path | None) -> list[Path]:
    """The folders that rules are read from: the built-in one, then the user's."""
    return [folder()] if extra is None else [folder(), Path(extra)]


def of_layer(path: Path) -> list[Path]:
    """The rule files in the folder of one layer, sorted; none where there is no such folder."""
    return sorted(p for p in path.glob("*") if p.suffix in SUFFIXES) if path.is_dir() else []


@cache
def fingerprint(extra: str | Path | None = None) -> str:
    """SHA-256 over names and contents of all rule files in use: two equal fingerprints read every text alike."""
    digest = hashlib.sha256()
    for root in roots(extra):
        for path in sorted(p for p in root.rglob("*") if p.suffix in SUFFIXES):
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def check_folder(extra: str | Path) -> None:
    """Refuse a user's rules folder that is missing, holds nothing, or has a part that would not be read."""
    root = Path(extra)
    known = sorted(p.name for p in folder().iterdir() if p.is_dir() and p.name != BUILT_IN_ONLY)
    if not root.is_dir():
        raise UsageError(f"{root}: there is no such folder; --rules takes a folder shaped like rules/.")
    found = [p for p in sorted(root.rglob("*")) if p.suffix in SUFFIXES]
    if not found:
        raise UsageError(
            f"{root}: no rule file (.toml or .jsonl) was found; --rules takes a folder shaped like rules/."
        )
    for path in found:
        parts = path.relative_to(root).parts
        if len(parts) != 2 or parts[0] not in known:
            raise UsageError(f"{path}: a rule file lies in the folder of its layer, one of {', '.join(known)}.")
