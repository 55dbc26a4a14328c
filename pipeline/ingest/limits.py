"""What is too large to be read, and the sentence that says so.

The figures are far above any press release and far below what stops a machine: the longest of 600 press
releases has 9,900 characters, and a Word file inflates about 23 times where a bomb does 400 times.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from pipeline.errors import DocumentError

MAX_UNPACKED = 100_000_000  # bytes of all members of an archive
MAX_RATIO = 100  # unpacked to packed, of a member that unpacks to more than RATIO_FROM
RATIO_FROM = 1_000_000
MAX_MEMBERS = 2_000


@dataclass(frozen=True)
class Limits:
    """The largest input and the longest text that are read."""

    input_bytes: int = 20_000_000
    characters: int = 1_000_000

    def check_bytes(self, size: int, where: str) -> None:
        """Raise DocumentError (`too_large`) for an input of more bytes than allowed."""
        if size > self.input_bytes:
            raise _too_large(where, f"the input has more than {self.input_bytes:,} bytes")

    def check_text(self, characters: int, where: str) -> None:
        """Raise DocumentError (`too_large`) for a text of more characters than allowed."""
        if characters > self.characters:
            raise _too_large(where, f"the text has more than {self.characters:,} characters")


def check_archive(data: bytes, where: str) -> None:
    """Refuse an archive that is none, that is encrypted or that unpacks to far more than it holds.

    A directory that lies about sizes is no way around: reading stops at the size it states.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise DocumentError(f"{where}: the archive is damaged ({error}); save the document again.") from error
    if len(members) > MAX_MEMBERS:
        raise _too_large(where, f"the archive has {len(members):,} members, more than {MAX_MEMBERS:,}")
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise _too_large(where, f"the archive unpacks to more than {MAX_UNPACKED:,} bytes")
    for member in members:
        if member.flag_bits & 1:
            raise DocumentError(f"{where}: the archive is encrypted; save it without a password.")
        if member.file_size > max(RATIO_FROM, MAX_RATIO * member.compress_size):
            raise _too_large(where, f"a member of the archive unpacks to more than {MAX_RATIO} times its size")


def _too_large(where: str, what: str) -> DocumentError:
    return DocumentError(
        f"{where}: {what}; split it, or raise --input-limit or --text-limit if it is a single document.", "too_large"
    )
