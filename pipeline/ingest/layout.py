"""From the blocks of a format to one text: what a reader sees, with the place of every block in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.ingest.limits import Limits
from pipeline.ingest.source import Block, BlockKind, Content, Fields

# How a format writes letters is not what they say: typesetters' ligatures are spelled out, marks that only allow a
# line to break are left out, and a run of blanks (non-breaking ones too) is one blank.
LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)
UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
MAX_BOLD_HEADING = 200  # characters


class Layout:
    """Collects blocks in reading order into a text; a blank line parts them, a line end the items of a list.

    >>> layout = Layout("a.html", Limits())
    >>> layout.add("Fund  grows", "heading"); layout.add("The fund\\ngrew.")
    >>> layout.content().text, layout.content().layout[0]
    ('Fund grows\\n\\nThe fund grew.', Block(start=0, end=10, kind='heading', page=None))
    """

    def __init__(self, where: str, limits: Limits) -> None:
        self.where, self.limits = where, limits
        self.parts: list[str] = []
        self.blocks: list[Block] = []
        self.length = 0

    def add(self, text: str, kind: BlockKind = "paragraph", page: int | None = None) -> None:
        """Add a block; one without a visible character is left out. Raises DocumentError when the text is too long."""
        seen = _plain(text) if kind == "plain" else clean(text)
        if not seen:
            return
        if self.blocks:
            self._append("\n" if kind == self.blocks[-1].kind and kind in ("item", "contact") else "\n\n")
        start = self.length
        self._append(seen)
        self.blocks.append(Block(start, self.length, kind, page))
        self.limits.check_text(self.length, self.where)

    def content(
        self, fields: Fields | None = None, *, entry: str | None = None, warnings: Iterable[tuple[str, str]] = ()
    ) -> Content:
        """The document so far, with what its metadata say about it."""
        text, layout = "".join(self.parts), tuple(self.blocks)
        return Content(text, layout, **(fields or {}), entry=entry, warnings=tuple(warnings))

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)


def clean(text: str) -> str:
    """The characters that a reader sees: `clean("com\\xadmit\\xa0 to")` is "commit to"."""
    return " ".join(UNSEEN.sub("", text).translate(LIGATURES).split())


def _plain(text: str) -> str:
    """The lines of a text, each cleaned at its end only: blanks at a line's start tell of its layout."""
    lines = UNSEEN.sub("", text).translate(LIGATURES).replace("\xa0", " ").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def is_bold_heading(text: str) -> bool:
    """Whether a paragraph that is wholly bold is a heading: "About Acme" is, a bold sentence is not."""
    return len(text) <= MAX_BOLD_HEADING and text[-1:] not in (".", ",", ";", "!", "?", "")
