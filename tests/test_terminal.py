"""A record in the terminal: every slot in words, and nothing that steers the terminal."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from pipeline import terminal
from pipeline.records import Record, sha256
from tests.test_records import fields


def printed(**changes: Any) -> str:
    out = io.StringIO()
    record = Record.model_validate(fields() | changes)
    Console(file=out, width=120, force_terminal=False).print(terminal.show(record))
    return out.getvalue()


def test_the_slots_of_a_commitment_are_shown() -> None:
    shown = printed()
    assert "doc, published unknown" in shown
    for line in ("agreed (agreed, rule agree_to_verb)", "NATO", "send", "50 trucks", "2018"):
        assert line in shown


def test_control_characters_are_made_harmless() -> None:
    text = "NATO agreed in 2018 to send 50 trucks\x1b[2J\u202e\r\n."
    assert not set("\x1b\u202e\r") & set(printed(text=text, text_sha256=sha256(text)))
