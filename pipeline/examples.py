"""Examples: the sentences that rules carry, run.

Every `yes`, `no` and `todo` sentence of every rule is a case; `communique rules check` and the tests run them. All
sentences are parsed in one batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Literal, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from pipeline import nlp as pipeline_nlp
from pipeline import rulebook, rulefiles
from pipeline.rulebook import Example, Rule

LAYERS = (*pipeline_nlp.BEFORE_MODEL, *pipeline_nlp.AFTER_MODEL, "context")


class Case(NamedTuple):
    """One example of one rule; `name` is "dates/points/month_year/yes-1"."""

    name: str
    layer: str
    rule: Rule
    example: Example
    kind: Literal["yes", "no", "todo"]


def rules(root: Path | None = None) -> Iterator[tuple[str, str, Rule]]:
    """All rules of a folder (the built-in one by default) that can carry examples, with layer and file stem."""
    for layer in LAYERS:
        models = import_module(f"pipeline.{layer}").RULES
        for stem, rule in rulebook.read(root or rulefiles.folder(), layer, models):
            if isinstance(rule, Rule):
                yield layer, stem, rule


def cases(root: Path | None = None) -> Iterator[Case]:
    """The examples of all rules of a folder, in the order of the files."""
    kinds: tuple[Literal["yes", "no", "todo"], ...] = ("yes", "no", "todo")
    for layer, stem, rule in rules(root):
        for kind in kinds:
            for n, example in enumerate(getattr(rule, kind), 1):
                yield Case(f"{layer}/{stem}/{rule.id}/{kind}-{n}", layer, rule, example, kind)


def parse(nlp: Language, examples: Iterable[Example]) -> dict[tuple[str, str | None], Doc]:
    """Read the sentences of examples, each with its own date of publication, in one batch."""
    wanted = dict.fromkeys((example.text, example.published) for example in examples)
    unread = [pipeline_nlp.make_doc(nlp, text, published) for text, published in wanted]
    return dict(zip(wanted, nlp.pipe(unread), strict=True))


def problems(case: Case, doc: Doc) -> list[str]:
    """How what was found in an example's sentence differs from what its rule says; see `rulebook.differences`."""
    found = import_module(f"pipeline.{case.layer}").marks(doc)
    return rulebook.differences(case.example, found, case.rule.id, fires=case.kind != "no")


def explain(case: Case, doc: Doc, found: Iterable[str]) -> str:
    """A failing example in full: the rule, the sentence, what is wrong, and the parse."""
    parse = (f"  {t.text:<18}{t.pos_:<7}{t.dep_:<11}{t.head.text:<18}{t.ent_type_}".rstrip() for t in doc)
    return "\n".join([f"{case.name}: {doc.text!r}", *found, *parse])
