"""Which inputs there are, in which order, and under which id; what reads them is looked up by the suffix."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from pipeline.errors import DocumentError, UsageError
from pipeline.ingest import jsonl
from pipeline.ingest.ids import STANDARD_INPUT, Ids, readable, stem
from pipeline.ingest.limits import Limits
from pipeline.ingest.source import Content, Failure, Source

Reader = Callable[[bytes, str, Limits], Iterator[Content]]


@dataclass(frozen=True)
class Format:
    """A kind of file: its media type, the function that reads it and the extra that brings the library for it.

    The module is imported when the first file of its kind comes: nobody waits for a library that is not needed.
    """

    media_type: str
    module: str
    extra: str = ""
    function: str = "read"
    many: bool = False
    """Whether one file holds many documents, with ids of their own."""

    def reader(self, path: str) -> Reader:
        """The function that reads such a file; DocumentError where its library is not installed."""
        try:
            return getattr(import_module(f"pipeline.ingest.{self.module}"), self.function)  # type: ignore[no-any-return]
        except ModuleNotFoundError as error:
            if not self.extra:
                raise
            what = f"{path}: reading {self.media_type} needs {error.name}, which is not installed"
            raise DocumentError(f"{what}; pip install 'communique[{self.extra}]' brings it.") from error


HTML = Format("text/html", "html", "html")
FEED = Format("application/xml", "feeds", "feed", many=True)
FORMATS = {
    ".txt": Format("text/plain", "text"),
    ".md": Format("text/markdown", "markdown", "html"),
    ".html": HTML,
    ".htm": HTML,
    ".pdf": Format("application/pdf", "pdf", "pdf"),
    ".docx": Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", "docx"),
    ".eml": Format("message/rfc822", "mail", "html"),
    ".mbox": Format("application/mbox", "mail", "html", function="read_mailbox", many=True),
    ".xml": FEED,
    ".rss": FEED,
    ".atom": FEED,
}
MEDIA_TYPES = {jsonl.SUFFIX: jsonl.MEDIA_TYPE, **{suffix: form.media_type for suffix, form in FORMATS.items()}}
KNOWN = ", ".join(sorted(MEDIA_TYPES))

ENTRY = re.compile(rb"<(?:item|entry)[\s>]")
MARKS = {
    jsonl.SUFFIX: re.compile(rb"^\s*+\S"),
    ".mbox": re.compile(rb"^From "),
    ".xml": ENTRY,
    ".rss": ENTRY,
    ".atom": ENTRY,
}
"""What each document of a file of many has one of, by the line."""


def read(inputs: Iterable[str | Path], limits: Limits | None = None) -> Iterator[Source | Failure]:
    """Read all inputs in the order given: files, folders (walked in sorted order) or "-" for standard input.

    Yields a `Source` for each document and a `Failure` for each that cannot be read. Raises UsageError for a folder
    without inputs.
    """
    limits = limits or Limits()
    ids = Ids()
    seen: set[str] = set()
    for path in paths(inputs):
        try:
            if path in seen:
                raise DocumentError(f"{path}: the input is named twice; it was read once.")
            seen.add(path)
            yield from _documents(path, ids, limits)
        except DocumentError as error:
            yield Failure(readable(path), stem(path), error.status, str(error))


def count(inputs: Iterable[str | Path]) -> int:
    """About how many documents `read` will yield, failures included: of feeds and mailboxes the marks are counted."""
    total = 0
    for path in paths(inputs):
        marks = MARKS.get(Path(path).suffix.lower())
        if marks is None:
            total += 1
            continue
        try:
            with Path(path).open("rb") as lines:
                total += sum(len(marks.findall(line)) for line in lines)
        except OSError:
            total += 1  # reading it says what is wrong
    return total


def paths(inputs: Iterable[str | Path]) -> Iterator[str]:
    """The files of all inputs in the order given; a folder is walked in sorted order, "-" stands for itself."""
    for given in inputs:
        path = Path(given)
        if str(given) == STANDARD_INPUT or not os.path.isdir(path):  # noqa: PTH112  Path.is_dir raises if it may not look
            yield path.as_posix()
            continue
        found = sorted(_files(path))
        if not found:
            raise UsageError(f"{path}: the folder holds no input; known are {KNOWN}.")
        yield from (p.as_posix() for p in found)


def _files(folder: Path) -> Iterator[Path]:
    """The inputs in a folder and the folders in it; what is hidden is left out, and a link to a folder not followed."""
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if path.suffix.lower() in MEDIA_TYPES and not name.startswith(".") and path.is_file():
                yield path


def _refuse(error: OSError) -> None:
    reason = f"the folder cannot be read ({error.strerror})"
    raise UsageError(f"{error.filename}: {reason}; check that you may read it.") from error


def _documents(path: str, ids: Ids, limits: Limits) -> Iterator[Source | Failure]:
    suffix = ".txt" if path == STANDARD_INPUT else Path(path).suffix.lower()
    if path != STANDARD_INPUT and not os.path.exists(path):  # noqa: PTH110  Path.exists raises if it may not look
        raise DocumentError(f"{path}: there is no such file or folder that you may read; check how it is written.")
    if suffix == jsonl.SUFFIX:
        yield from jsonl.read(path, ids, limits)
    elif suffix in FORMATS:
        form = FORMATS[suffix]
        data = _bytes(path, limits)
        if form.many:
            yield from _of_format(form, data, path, lambda content: ids.of_entry(path, content.entry or ""), limits)
        else:
            id_ = ids.of_file(path)
            yield from _of_format(form, data, path, lambda content: id_, limits)
    else:
        raise DocumentError(f"{path}: files of the kind {suffix!r} are not read; known are {KNOWN}.")


def _of_format(
    form: Format, data: bytes, path: str, id_of: Callable[[Content], str], limits: Limits
) -> Iterator[Source | Failure]:
    """The documents of one file; those without a word and those that are too long become failures."""
    limits.check_bytes(len(data), path)
    digest = hashlib.sha256(data).hexdigest()
    contents = form.reader(path)(data, path, limits)
    for content in contents:
        id_ = id_of(content)
        where = f"{path}: {id_}" if form.many else path
        try:
            limits.check_text(len(content.text), where)
            if data.strip() and not content.text.strip() and form.module != "text":
                what = f"{where}: no text was found in it; a picture of a text needs text recognition first."
                raise DocumentError(what, "no_text")
        except DocumentError as error:
            yield Failure(readable(path), id_, error.status, str(error))
            continue
        yield Source(
            id=id_,
            path=readable(path),
            media_type=form.media_type,
            sha256=digest,
            text=content.text,
            title=content.title,
            publisher=content.publisher,
            url=content.url,
            published=content.published,
            warnings=content.warnings,
            layout=content.layout,
        )


def _bytes(path: str, limits: Limits) -> bytes:
    """The bytes of an input; of one that is too large only the first that are too many."""
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read(limits.input_bytes + 1)
    try:
        with Path(path).open("rb") as file:
            return file.read(limits.input_bytes + 1)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check that you may read it.") from error
