"""Floors: figures that must not fall, pinned together with the gold that they were measured on.

gold = "<the gold's fingerprint, as `communique evaluate` prints it>"
[floors]
"dates.value_f1" = 0.85
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import UsageError
from pipeline.records import Sha256


class Floors(BaseModel):
    """A floor file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    gold: Sha256
    floors: dict[str, float]


def read(path: Path, gold: str) -> Floors:
    """The floors of a file, for gold of this fingerprint. Raises UsageError for a wrong file and for other gold."""
    try:
        floors = Floors.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as TOML ({error}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        message = f"{path}: {key}: {first['msg']}; a floor file has `gold`, the fingerprint, and a table [floors]."
        raise UsageError(message) from error
    if floors.gold != gold:
        raise UsageError(f"{path}: these floors are for gold {floors.gold}, this gold is {gold}; measure them anew.")
    return floors


def below(floors: Floors, figures: dict[str, float]) -> list[str]:
    """A sentence for each figure below its floor. Raises UsageError for a floor of an unknown figure."""
    for name in floors.floors:
        if name not in figures:
            raise UsageError(f"--floor: {name} is no figure of this gold; there are: {', '.join(figures)}.")
    return [
        f"{name} is {figures[name]:.3f}, below its floor {floor:.3f}."
        for name, floor in floors.floors.items()
        if figures[name] < floor
    ]
