"""Refuses regular expressions that can blow up: rules may come from strangers, and Python's `re` tries every way.

    \\d+\\s*\\s*m     two repeats may share the same blanks: a line of 2,000 of them takes 14 seconds
    (a+)+b         a repeat within a repeat: 30 letters take minutes
    (\\w|\\d)+b      two branches fit the same character

The remedy is the same for all: a possessive repeat (`\\s*+`), an atomic group (`(?>...)`), a bound (`{0,40}`) or a
separator between the two. The check reads Python's own parse of the expression. It errs on the side of refusal: it
looks at which characters two neighbours share, not at whether the rest of the expression can ever fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MANY = 200  # repeats: from here on a bound is none
MAX_PATTERN = 5_000  # characters

SAMPLE = frozenset(map(chr, range(128))) | frozenset("\x85\xa0\u2009\u2028éÉßñ–—‘’“”•€£…²½٣Ж中א\u0301😀")
_IS = {"DIGIT": str.isdecimal, "SPACE": str.isspace, "WORD": lambda char: char.isalnum() or char == "_"}


@dataclass(frozen=True)
class Piece:
    """A stretch of an expression: which characters it can hold, whether it may be empty, and whether how much it takes
    is open. `unbounded` is open without a limit; `closed` says that nothing is given back once it has matched.
    """

    chars: frozenset[str]
    empty: bool
    variable: bool = False
    unbounded: bool = False


def problem(pattern: str) -> str | None:
    """What in a regular expression can blow up, as a clause; None where nothing does.

    >>> problem(r"\\d++\\s*+million"), problem(r"(a+)+b")
    (None, 'a repeat of [a] may share characters with another repeat of [a] behind it')
    """
    if len(pattern) > MAX_PATTERN:
        return f"it has more than {MAX_PATTERN} characters"
    tree = parser.parse(pattern)
    return _Check(SAMPLE | set(pattern), bool(tree.state.flags & codes.SRE_FLAG_IGNORECASE)).problem(tree)


class _Check:
    def __init__(self, sample: frozenset[str], ignores_case: bool) -> None:
        self.all, self.ignores_case = sample, ignores_case

    def problem(self, nodes: Any) -> str | None:
        """The first problem in a sequence of nodes, or in what stands inside them."""
        for op, argument in nodes:
            for inner in _inside(op, argument):
                found = self.problem(inner)
                if found:
                    return found
            if op in (codes.MAX_REPEAT, codes.MIN_REPEAT) and argument[1] > 1:
                found = self._in_loop(argument[2], endless=argument[1] >= MANY)
                if found:
                    return found
        return _clash(list(self._pieces(nodes)), lambda piece: piece.unbounded)

    def _in_loop(self, body: Any, endless: bool) -> str | None:
        """Whether the body of a loop can be read in two ways when it comes twice."""
        pieces = list(self._pieces(body))
        counts = (lambda piece: piece.variable) if endless else (lambda piece: piece.unbounded)
        return _clash(pieces + pieces, counts, len(pieces))

    def _pieces(self, nodes: Any) -> Iterator[Piece]:
        for op, argument in nodes:
            if op in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
                continue
            if op in (codes.MAX_REPEAT, codes.MIN_REPEAT):
                low, high, body = argument
                inner = list(self._pieces(body))
                if high == 1 and low == 0:
                    # An optional group: its parts stand in the sequence, each of them may be missing.
                    yield from (Piece(p.chars, True, True, p.unbounded) for p in inner)
                elif len(inner) > 1 and high < MANY:
                    yield from (Piece(p.chars, p.empty or low == 0, True, p.unbounded) for p in inner)
                else:
                    chars = frozenset().union(*(p.chars for p in inner))
                    separated = len(inner) > 1 and not _clash(inner + inner, lambda piece: True, len(inner))
                    yield Piece(
                        chars, low == 0 or all(p.empty for p in inner), low != high, high >= MANY and not separated
                    )
            elif op in (codes.POSSESSIVE_REPEAT, codes.ATOMIC_GROUP):
                body = argument[2] if op is codes.POSSESSIVE_REPEAT else argument
                inner = list(self._pieces(body))
                low = argument[0] if op is codes.POSSESSIVE_REPEAT else 1
                yield Piece(frozenset().union(*(p.chars for p in inner)), low == 0 or all(p.empty for p in inner))
            elif op is codes.SUBPATTERN:
                yield from self._pieces(argument[3])
            elif op is codes.BRANCH:
                yield self._branch(argument[1])
            elif op in (codes.GROUPREF, codes.GROUPREF_EXISTS):
                yield Piece(self.all, True, True)
            else:
                yield Piece(self._chars(op, argument), False)

    def _branch(self, branches: Iterable[Any]) -> Piece:
        """Alternatives as one piece, open where two of them fit the same characters."""
        parts = [list(self._pieces(branch)) for branch in branches]
        chars = frozenset().union(*(p.chars for part in parts for p in part))
        alike = any(_alike(a, b) for n, a in enumerate(parts) for b in parts[n + 1 :])
        inside = [p for part in parts for p in part]
        return Piece(
            chars,
            any(all(p.empty for p in part) for part in parts),
            alike or any(p.variable for p in inside),
            any(p.unbounded for p in inside),
        )

    def _chars(self, op: Any, argument: Any) -> frozenset[str]:
        """The characters of the sample that a node for one character fits."""
        if op is codes.LITERAL:
            return self._cased(chr(argument))
        if op is codes.NOT_LITERAL:
            return self.all - self._cased(chr(argument))
        if op is codes.ANY:
            return self.all - {"\n"}
        if op is codes.RANGE:
            return frozenset().union(
                *(self._cased(char) for char in self.all if argument[0] <= ord(char) <= argument[1])
            )
        if op is codes.CATEGORY:
            found = frozenset(filter(_IS[str(argument).rsplit("_", 1)[-1]], self.all))
            return self.all - found if "_NOT_" in str(argument) else found
        if op is codes.IN:
            chars = frozenset().union(*(self._chars(*item) for item in argument if item[0] is not codes.NEGATE))
            return self.all - chars if argument[0][0] is codes.NEGATE else chars
        return self.all

    def _cased(self, char: str) -> frozenset[str]:
        return frozenset((char, char.lower(), char.upper())) if self.ignores_case else frozenset((char,))


def _clash(pieces: list[Piece], counts: Any, length: int | None = None) -> str | None:
    """Two open pieces that may share characters, with nothing between them that keeps them apart.

    `length` is that of the body of a loop, of which `pieces` holds two rounds: the first piece is one of round one.
    """
    for n, first in enumerate(pieces[:length]):
        if not counts(first) or not first.variable:
            continue
        for second in pieces[n + 1 : None if length is None else n + length + 1]:
            shared = first.chars & second.chars
            if second.variable and counts(second) and shared:
                return (
                    f"a repeat of {_show(first)} may share characters with another repeat of {_show(second)} behind it"
                )
            if not second.empty and not shared:
                break
    return None


def _alike(a: list[Piece], b: list[Piece]) -> bool:
    """Whether two alternatives may fit the same text, by their characters one after the other."""
    for first, second in zip(a, b, strict=False):
        if not first.chars & second.chars:
            return first.empty or second.empty
        if first.variable or second.variable:
            return True
    return True


def _inside(op: Any, argument: Any) -> Iterator[Any]:
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        yield argument[2]
    elif op is codes.SUBPATTERN:
        yield argument[3]
    elif op is codes.ATOMIC_GROUP:
        yield argument
    elif op in (codes.ASSERT, codes.ASSERT_NOT):
        yield argument[1]
    elif op is codes.BRANCH:
        yield from argument[1]
    elif op is codes.GROUPREF_EXISTS:
        yield from (branch for branch in argument[1:] if branch is not None)


def _show(piece: Piece) -> str:
    shown = [char for char in sorted(piece.chars) if char.isprintable()]
    return f"[{''.join(shown[:12])}{'...' if len(shown) > 12 else ''}]" if shown else "[blanks]"
