"""Why a text has its commitments, and which of the kinds of docs/left_out.md the other sentences are."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import explanations, layers
from tests.conftest import ROOT
from tests.test_cli import communique

Parse = Callable[..., Doc]

LEFT_OUT = [
    (1, "The ministers have not agreed to send troops."),
    (1, "The ministers may decide to send troops."),
    (1, "If the ministers agree to send troops, the talks will end."),
    (2, "The government must close the port."),
    (2, "The government must decide to close the port."),
    (3, "In 2010 the city intended to double the fund."),
    (4, "The country will face many difficulties."),
    (4, "Families will pay less."),
    (5, "The programme will train 40 nurses."),
    (5, "The shuttle will be sent to the museum."),
    (6, "The ministers agree that this is a critical moment."),
    (6, "The ministers agreed on the importance of trade."),
    (7, "The report underscores the commitment to global partnerships."),
    (8, "The agreement was signed in 2010 by Peru and Chile."),
    (9, "The company could build a second plant."),
    (10, "We call on all sides to withdraw their troops."),
    (10, "The union urged the board to promise higher wages."),
    (11, "This funding will repair the grid."),
    (11, "The goal to halve emissions is ambitious."),
]

ROW = re.compile(r"^\| (\d+) \| (.*?) \| (.*?) \|", re.MULTILINE)
PAGE = (ROOT / "docs" / "left_out.md").read_text(encoding="utf-8")
EXPLAINED = [(int(number), name, text) for number, name, text in ROW.findall(PAGE)]


@pytest.mark.parametrize(("number", "text"), LEFT_OUT)
def test_what_is_left_out_names_its_rule(parse: Parse, nlp: Language, number: int, text: str) -> None:
    (one,) = explanations.left_out(parse(text), nlp)
    assert one.number == number, (one.word.text, one.because)
    assert one.sentence.text == text


def test_every_kind_is_tested_and_explained() -> None:
    assert {number for number, _ in LEFT_OUT} == set(explanations.NO_COMMITMENT)
    assert {number: name for number, name, _ in EXPLAINED} == explanations.NO_COMMITMENT


@pytest.mark.parametrize(("number", "name", "text"), EXPLAINED)
def test_the_page_of_what_is_left_out_is_true(parse: Parse, nlp: Language, number: int, name: str, text: str) -> None:
    (one,) = explanations.left_out(parse(text), nlp)
    assert (one.number, explanations.NO_COMMITMENT[one.number]) == (number, name), one.because


def test_a_path_leads_from_the_trigger_to_every_argument(parse: Parse) -> None:
    doc = parse("The ministers agreed to lend Ghana $300 million by 2030.", published="2018-04")
    (commitment,) = layers.get(doc, "commitments")
    assert [(a.role, a.path) for a in explanations.arguments(doc, commitment)] == [
        ("action", "xcomp(lend)"),
        ("committer", "nsubj(ministers)"),
        ("beneficiary", "xcomp(lend)>dative(ghana)"),
        ("quantity", "xcomp(lend)>dobj(million)"),
        ("deadline", "xcomp(lend)>prep(by)>pobj(2030)"),
        ("object", "xcomp(lend)>dobj(million)"),
    ]


def test_no_path_leads_out_of_a_sentence(parse: Parse) -> None:
    doc = parse("The council will:\n\n- open a clinic;\n- fund a school.")
    first, _ = layers.get(doc, "commitments")
    paths = {a.role: a.path for a in explanations.arguments(doc, first)}
    assert (paths["committer"], paths["action"]) == ("nsubj(council)", None)


def test_a_sentence_that_binds_or_has_no_trigger_is_not_left_out(parse: Parse, nlp: Language) -> None:
    assert list(explanations.left_out(parse("The council will open a clinic. The sun was out."), nlp)) == []


@pytest.mark.parametrize("text", ["", " \n", ":", "will", "agreed to " * 50, "not " * 50])
def test_absurd_text_does_no_harm(parse: Parse, nlp: Language, text: str) -> None:
    list(explanations.lines(parse(text), nlp))


def test_the_command_explains_one_commitment_or_all() -> None:
    text = "The council will open a clinic. The council agreed to fund a school. The fund will pay."
    done = communique("explain", "-", stdin=text)
    assert done.returncode == 0, done.stderr
    assert "c1   The council will open a clinic." in done.stdout
    assert "modal_verb+will" in done.stdout and "^aux(open)>nsubj(council)" in done.stdout
    assert "rule 5: subject is no agent (agent)" in done.stdout
    one = communique("explain", "-", "--id", "c2", stdin=text).stdout
    assert "fund a school" in one and "clinic" not in one
    none = communique("explain", "-", "--id", "c9", stdin=text)
    assert (none.returncode, "no commitment has the id 'c9'" in none.stderr) == (3, True)
