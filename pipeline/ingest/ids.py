"""The ids of a run's documents: from file names and from what names an entry, each given once."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

STANDARD_INPUT = "-"


@dataclass
class Ids:
    """Gives every document of a run an id of its own; ids that differ only in case are one file on some systems."""

    taken: set[str] = field(default_factory=set)
    entries: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often an entry has come."""

    def of_file(self, path: str) -> str:
        """The file's stem; of two files with one stem the later becomes `<stem>-<8 hex digits of its path>`."""
        id_ = stem(path)
        if not self.claim(id_):
            id_ = f"{id_}-{_digits(path)}"
            self.claim(id_)
        return id_

    def of_entry(self, path: str, entry: str) -> str:
        """`<stem>-<8 hex digits of the entry's own id>`; an entry that comes again is counted."""
        while True:
            self.entries[path, entry] += 1
            n = self.entries[path, entry]
            id_ = f"{stem(path)}-{_digits(entry if n == 1 else f'{entry}#{n}')}"
            if self.claim(id_):
                return id_

    def claim(self, id_: str) -> bool:
        """Take an id; False if it is taken already."""
        new = id_.casefold() not in self.taken
        self.taken.add(id_.casefold())
        return new


def stem(path: str) -> str:
    """What the ids of a file's documents start with: `stem("raw/a.txt")` is "a", that of standard input "stdin"."""
    return "stdin" if path == STANDARD_INPUT else readable(Path(path).stem)


def readable(name: str) -> str:
    """A file name as text: bytes in it that are no UTF-8 become U+FFFD, which a record can hold."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _digits(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
