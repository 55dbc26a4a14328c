"""Every example of every rule, as a test of its own.

A failing example prints the rule, the sentence, what was wanted, what was found and the parse.
"""

from __future__ import annotations

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import examples
from pipeline.examples import Case

CASES = list(examples.cases())


@pytest.fixture(scope="session")
def docs(nlp: Language) -> dict[tuple[str, str | None], Doc]:
    return examples.parse(nlp, [case.example for case in CASES])


def params() -> list[object]:
    def strict(case: Case) -> pytest.MarkDecorator:
        return pytest.mark.xfail(strict=True, reason=f"todo of the rule {case.rule.id}")

    return [pytest.param(c, id=c.name, marks=strict(c) if c.kind == "todo" else ()) for c in CASES]


@pytest.mark.parametrize("case", params())
def test_example(case: Case, docs: dict[tuple[str, str | None], Doc]) -> None:
    doc = docs[case.example.text, case.example.published]
    found = examples.problems(case, doc)
    if found:
        pytest.fail(examples.explain(case, doc, found), pytrace=False)


@pytest.mark.parametrize("layer", examples.LAYERS)
def test_every_rule_has_sentences_that_it_matches_and_that_it_does_not(layer: str) -> None:
    of_layer = [rule for its_layer, _, rule in examples.rules() if its_layer == layer]
    bare = [rule.id for rule in of_layer if not rule.yes or not rule.no]
    assert not bare, f"rules without a `yes` or without a `no` example: {', '.join(bare)}"


def test_at_most_one_example_in_ten_is_a_todo() -> None:
    todo = sum(case.kind == "todo" for case in CASES)
    assert len(CASES) > 500
    assert todo <= len(CASES) / 10
