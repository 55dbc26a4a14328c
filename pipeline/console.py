"""What happened, said on standard error; what a command makes goes to files or to standard output."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text without characters that steer a terminal (controls, direction marks); its length stays the same."""
    return STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def say(message: str) -> None:
    """One sentence for the user."""
    print(printable(message), file=sys.stderr)


def messages() -> Console:
    """The console for tables and progress; rich is imported only where there are any."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)
