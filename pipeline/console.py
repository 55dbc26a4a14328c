"""What happened, said on standard error; what a command makes goes to files or to standard output."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from pipeline.terminal import printable

messages = Console(stderr=True, highlight=False)


def say(message: str) -> None:
    """One sentence for the user."""
    messages.print(Text(printable(message)), soft_wrap=True)
