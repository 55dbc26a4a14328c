"""The context engine: where a cue's scope begins and ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from spacy.tokens import Doc, Token

from pipeline import context, rulebook
from pipeline.context import Context

Parse = Callable[..., Doc]


@pytest.fixture(scope="module")
def engine() -> Context:
    return Context(rulebook.load("context", context.RULES))


def word(doc: Doc, text: str) -> Token:
    return next(token for token in doc if token.text == text)


@pytest.mark.parametrize(
    ("text", "at", "kinds"),
    [
        ("They have not agreed to pay.", "agreed", ["negation"]),
        ("They have not agreed to pay.", "pay", ["negation"]),
        ("They agreed not to pay.", "agreed", []),
        ("They agreed not to pay.", "pay", ["negation"]),
        ("They did not agree to sign or pay.", "pay", ["negation"]),
        ("They did not sign and they will pay.", "pay", []),
        ("They may agree to pay.", "agree", ["doubt"]),
        ("The minister did not say that they agreed.", "agreed", ["negation"]),
        ("The minister, who did not sign, agreed to pay.", "agreed", []),
        ("The union urged the board to agree.", "agree", ["request"]),
        ("The board must agree to pay.", "pay", ["obligation"]),
        ("The board will not only pay.", "pay", []),
    ],
)
def test_scope(parse: Parse, engine: Context, text: str, at: str, kinds: list[str]) -> None:
    assert [found.kind for found in engine.above(word(parse(text), at))] == kinds


def test_a_condition_holds_for_what_it_hangs_on_and_undoes_what_it_holds(parse: Parse, engine: Context) -> None:
    doc = parse("If they agree to pay, the bank will lend the money.")
    (inside,) = engine.above(word(doc, "agree"))
    assert (inside.kind, inside.inside) == ("condition", True)
    (on,) = engine.on(word(doc, "lend"))
    assert (on.kind, on.rule, on.inside) == ("condition", "if", False)


def test_a_question_leaves_nothing(parse: Parse, engine: Context) -> None:
    assert "doubt" in [found.kind for found in engine.above(word(parse("Did they agree to pay?"), "agree"))]


def test_a_long_way_up_ends(engine: Context) -> None:
    from spacy.vocab import Vocab

    n = 5000
    heads = [max(i - 1, 0) for i in range(n)]
    doc = Doc(
        Vocab(),
        words=["said"] * n,
        heads=heads,
        deps=["ROOT"] + ["ccomp"] * (n - 1),
        lemmas=["say"] * n,
        tags=["VBD"] * n,
    )
    assert list(engine.above(doc[n - 1])) == []
