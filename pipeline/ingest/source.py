"""What every format gives: a document before it is read, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

BlockKind = Literal["heading", "paragraph", "item", "contact", "furniture", "plain"]


@dataclass(frozen=True)
class Block:
    """A stretch of a text whose role the format knows: an <h2> is a `heading`, a bullet an `item`.

    `plain` is a stretch without a layout of its own (the body of a mail): its lines are looked at like those of a text
    file. `page` counts from 1.
    """

    start: int
    end: int
    kind: BlockKind
    page: int | None = None


class Fields(TypedDict, total=False):
    """What a document's metadata say about it; `published` is a date YYYY[-MM[-DD]]."""

    title: str | None
    publisher: str | None
    url: str | None
    published: str | None


@dataclass(frozen=True)
class Content:
    """One document as its format gives it; `entry` is what names it among the entries of a feed or a mailbox."""

    text: str
    layout: tuple[Block, ...] = ()
    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    published: str | None = None
    entry: str | None = None
    warnings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Source:
    """One document before it is read.

    `sha256` is that of its file's bytes (of its line, for .jsonl), `published` what its metadata say (YYYY[-MM[-DD]]).
    `layout` holds the blocks that the format knows, in reading order; empty for plain text.
    """

    id: str
    path: str
    media_type: str
    sha256: str
    text: str
    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    published: str | None = None
    warnings: tuple[tuple[str, str], ...] = ()
    """Pairs of code and sentence about how it was read."""
    layout: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Failure:
    """An input that did not become a record: where, which id it would have had, and why."""

    path: str
    id: str
    status: str
    reason: str
