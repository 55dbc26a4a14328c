"""Every example of every rule, as a test of its own.

A failing example prints the rule, the sentence, what was wanted, what was found and the parse.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import nlp as pipeline_nlp
from pipeline import rulebook
from pipeline.rulebook import Example, Rule

LAYERS = (*pipeline_nlp.BEFORE_MODEL, *pipeline_nlp.AFTER_MODEL)


class Case(NamedTuple):
    layer: str
    rule: Rule
    example: Example
    kind: str


def rules_of(layer: str) -> Iterator[tuple[str, Rule]]:
    for stem, rules in rulebook.load(layer, import_module(f"pipeline.{layer}").RULES).items():
        yield from ((stem, rule) for rule in rules if isinstance(rule, Rule))


def cases() -> Iterator[tuple[str, Case]]:
    for layer in LAYERS:
        for stem, rule in rules_of(layer):
            for kind in ("yes", "no", "todo"):
                for n, example in enumerate(getattr(rule, kind), 1):
                    yield f"{layer}/{stem}/{rule.id}/{kind}-{n}", Case(layer, rule, example, kind)


CASES = dict(cases())


@pytest.fixture(scope="session")
def docs(nlp: Language) -> dict[tuple[str, str | None], Doc]:
    wanted = dict.fromkeys((case.example.text, case.example.published) for case in CASES.values())
    unread = []
    for text, published in wanted:
        doc = nlp.make_doc(text)
        doc._.communique_published = published
        unread.append(doc)
    return dict(zip(wanted, nlp.pipe(unread), strict=True))


def params() -> list[object]:
    def strict(case: Case) -> pytest.MarkDecorator:
        return pytest.mark.xfail(strict=True, reason=f"todo of the rule {case.rule.id}")

    return [pytest.param(c, id=name, marks=strict(c) if c.kind == "todo" else ()) for name, c in CASES.items()]


@pytest.mark.parametrize("case", params())
def test_example(case: Case, docs: dict[tuple[str, str | None], Doc]) -> None:
    doc = docs[case.example.text, case.example.published]
    found = import_module(f"pipeline.{case.layer}").marks(doc)
    problems = rulebook.differences(case.example, found, case.rule.id, fires=case.kind != "no")
    if problems:
        parse = "\n".join(f"  {t.text:<18}{t.pos_:<7}{t.dep_:<11}{t.head.text:<18}{t.ent_type_}" for t in doc)
        pytest.fail(f"rule {case.rule.id}: {doc.text!r}\n" + "\n".join(problems) + f"\n{parse}", pytrace=False)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_rule_has_a_sentence_that_it_matches(layer: str) -> None:
    bare = [rule.id for _, rule in rules_of(layer) if not rule.yes]
    assert not bare, f"rules without a `yes` example: {', '.join(bare)}"


def test_at_most_one_example_in_ten_is_a_todo() -> None:
    todo = sum(case.kind == "todo" for case in CASES.values())
    assert len(CASES) > 40
    assert todo <= len(CASES) / 10
