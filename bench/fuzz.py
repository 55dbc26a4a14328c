"""Throw damaged files and rules at the readers until the time is over, and name every input that breaks one.

    python bench/fuzz.py [--seconds 600] [--seed 1] [--keep FOLDER] [--only NAME ...]

An input must become documents or a reason (`DocumentError`, `UsageError`), within ten seconds of CPU; anything else
is a finding: it is printed with its traceback, kept in the folder, and the exit code is 1. The same seed gives the same
inputs. Each document is also checked: its blocks and its segments must lie in its text, in order.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline import date_grammar, ingest, language, rulebook, segments  # noqa: E402
from pipeline.errors import UsageError  # noqa: E402
from pipeline.ingest import Source  # noqa: E402
from tests import samples  # noqa: E402

FINDER = segments.Segments(rulebook.load("segments", segments.RULES)["lines"])
LONGEST = 10  # seconds of this process, so that a busy machine finds nothing
MARKUP = (
    b"< > </ & ; &#x0; &#xD800; &#x1F600; <!-- --> <![CDATA[ ]]> <!DOCTYPE <?xml <table> <td> <li> <br> <p <script>"
)
PRINT = b"( ) [ ] { } \\ ' \" stream endobj obj R Tj 99999999999 -1 /Length PK\x03\x04 ``` # - |---| charset=rot13"
LINES = b"\r\n \n\n \0 \xff\xfe \xef\xbb\xbf \xf0\x9f\x98\x80 e\xcc\x81 \xc2\xad \xe2\x80\xa8 \x80".split(b" ")
MAIL = [
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Date: Fri, 99 May 2024 99:99:99 +9999\n",
    b"Subject: =?utf-8?b?=?= (((\n",
    b"From a@b\n",
]
PIECES = [*MARKUP.split(), *PRINT.split(), *LINES, *MAIL]
PATTERN = r"a b \s \w \d . [a-z] [^,] ( ) (?: (?> | * + ? {2,5} *+ ++ ^ $"


def seeds() -> dict[str, bytes]:
    """A sound file of each kind."""
    article = samples.page(samples.ARTICLE, '<meta name="date" content="2024-05-03">')
    lines = samples.paragraph(72, 700, "Acme agreed to com-", "mit to a plan.")
    head = samples.paragraph(72, 800, "Acme 1", size=9)
    sent = "Fri, 03 May 2024 10:00:00 +0200"
    item = f"<title>T</title><guid>1</guid><pubDate>{sent}</pubDate><description>&lt;p&gt;A&lt;/p&gt;</description>"
    entry = '<entry><id>1</id><title>T</title><content type="html">&lt;p&gt;A</content></entry>'
    mail = samples.mail("Acme hires.\n-- \nJane", "<p>Acme <b>hires</b>.</p>", "a.pdf", Subject="T", Date=sent)
    text = "Fund grows\n\nOSLO, 3 May 2024 – Acme agreed to:\n- pay €5m;\n- hire.\n\nAbout Acme\nPumps.\n"
    word = samples.word_document(heading="T", paragraphs=["Acme hires."], items=["one"], rows=[["A", "B"], ["1", "2"]])
    return {
        "a.txt": text.encode(),
        "a.html": article.encode(),
        "a.md": b"---\ntitle: T\n---\n# T\n\nAcme **will** [hire](x).\n\n- one\n\n| A | B |\n|---|---|\n| 1 | 2 |\n",
        "a.pdf": samples.pdf([*lines, *head], [*lines, *head]),
        "a.docx": word,
        "a.eml": mail,
        "a.mbox": b"From a@b Fri\n" + mail + b"\n\nFrom a@b Fri\n" + mail,
        "a.rss": samples.rss(item, item),
        "a.atom": f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title>{entry}</feed>'.encode(),
        "a.jsonl": b'{"id": "a", "text": "Acme hires.", "published": "2024-05-03"}\n{"id": "b", "text": "Acme."}\n',
    }


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The bytes after a few random edits."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 30))):
        at, length = chance.randrange(len(out) + 1), chance.choice((1, 1, 4, 40, 400))
        edit = chance.randrange(6)
        if edit == 0:
            del out[at : at + length]
        elif edit == 1 and at < len(out):
            out[at] ^= 1 << chance.randrange(8)
        elif edit == 2:
            out[at:at] = out[at : at + length] * chance.choice((1, 2, 50))
        elif edit == 3:
            other = chance.randrange(len(out) + 1)
            out[at:at] = out[other : other + length]
        elif edit == 4:
            out[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 3, 300))
        else:
            out[at:at] = chance.randbytes(length)
    return bytes(out[:300_000])


def rule_file(chance: random.Random) -> bytes:
    """A rule for segments with a random regular expression, now and then damaged."""
    pattern = f"'''{''.join(chance.choices(PATTERN.split(), k=chance.randrange(1, 12)))}'''"
    rule = f"[[rule]]\nid = 'x'\nkind = 'notes'\nscope = 'line'\npattern = {pattern}\nyes = ['[a](notes)']\n".encode()
    return rule if chance.random() < 0.7 else damaged(rule, chance)


def read_documents(path: Path) -> None:
    """Read a file, and check what every document says about its text."""
    for found in ingest.read([path]):
        if isinstance(found, Source):
            found.text.encode()
            last = 0
            for block in found.layout:
                assert last <= block.start < block.end <= len(found.text), "blocks overlap or leave the text"
                last = block.end
            spans = FINDER.find(found.text, found.layout)
            assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False)), "segments overlap"
            covered = sum(len("".join(found.text[s.start : s.end].split())) for s in spans)
            assert covered == len("".join(found.text.split())), "segments leave words out"
            language.of(found.text)


def read_rules(path: Path) -> None:
    """Load a user's rule file, and try an accepted expression on what makes bad ones run for ever."""
    try:
        lines = rulebook.load("segments", segments.RULES, path.parent.parent)["lines"]
    except UsageError:
        return
    for text in ("a" * 3_000, " " * 3_000, "1" * 3_000 + "!", "a b" * 1_000 + "!", "ab," * 1_000):
        segments.Segments([rule for rule in lines if rule.id == "x"]).find(text)


def inputs(chance: random.Random, folder: Path, only: list[str]) -> Iterator[tuple[Path, Callable[[Path], None]]]:
    """Random inputs without end, each with what reads it."""
    whole = {name: data for name, data in seeds().items() if not only or name in only}
    rules = folder / "segments" / "lines.toml"
    rules.parent.mkdir(exist_ok=True)
    while True:
        if not only or "rules" in only:
            rules.write_bytes(rule_file(chance))
            yield rules, read_rules
        for name, data in whole.items():
            path = folder / name
            path.write_bytes(damaged(data, chance))
            yield path, read_documents


def main() -> int:
    """Run; 1 if there were findings."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    options.add_argument("--only", nargs="*", default=[])
    given = options.parse_args()
    date_grammar.load(None)  # what is made once counts for no input
    signal.signal(signal.SIGPROF, _too_slow)
    end, read, findings = time.monotonic() + given.seconds, Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for path, reader in inputs(random.Random(given.seed), Path(folder), given.only):
            if time.monotonic() > end:
                break
            read[path.name] += 1
            signal.setitimer(signal.ITIMER_PROF, LONGEST)
            try:
                reader(path)
            except Exception as error:
                signal.setitimer(signal.ITIMER_PROF, 0)
                where = traceback.extract_tb(error.__traceback__)[-1]
                finding = f"{path.name}: {type(error).__name__} in {Path(where.filename).name}:{where.lineno}"
                findings[finding] += 1
                if findings[finding] == 1:
                    given.keep.mkdir(exist_ok=True)
                    data = path.read_bytes()
                    (given.keep / f"{hashlib.sha256(data).hexdigest()[:8]}-{path.name}").write_bytes(data)
                    traceback.print_exc()
            signal.setitimer(signal.ITIMER_PROF, 0)
    print(", ".join(f"{name} {count}" for name, count in sorted(read.items())))
    for finding, count in findings.most_common():
        print(f"{count} x {finding}")
    return 1 if findings else 0


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"took longer than {LONGEST} seconds")


if __name__ == "__main__":
    sys.exit(main())
