"""What is remembered is what the model's attribute_ruler writes, to the token."""

from __future__ import annotations

import pytest
import spacy
from spacy.language import Language
from spacy.pipeline import AttributeRuler
from spacy.tokens import Doc

from pipeline import DEFAULT_MODEL
from pipeline.attributes import Attributes
from tests.conftest import ROOT

WRITTEN = ["POS", "TAG", "DEP", "MORPH", "LEMMA", "NORM"]
SENTENCES = [
    "Let's say that there is a plan, and there were none before.",
    "They're gonna build it and we gotta pay; it ain't ours.",
    "Y'all know nothin' of what she'd got.\n\n  It   was agreed.\t",
    "He himself gets what they've got: more, most and better of it.",
    "",
    " ",
]


@pytest.fixture(scope="module")
def parser() -> Language:
    """The model up to the parser: what the ruler finds when its turn comes."""
    return spacy.load(DEFAULT_MODEL, exclude=["ner", "lemmatizer", "attribute_ruler"])


@pytest.fixture(scope="module")
def ruler(parser: Language) -> AttributeRuler:
    pipe = spacy.load(DEFAULT_MODEL, vocab=parser.vocab).get_pipe("attribute_ruler")
    assert isinstance(pipe, AttributeRuler)
    return pipe


def assert_same(ruler: AttributeRuler, docs: list[Doc]) -> None:
    ours = Attributes(ruler)
    for doc in docs:
        wanted, found = ruler(doc.copy()), ours(doc.copy())
        assert found.to_array(WRITTEN).tolist() == wanted.to_array(WRITTEN).tolist()


def test_the_same_is_written(parser: Language, ruler: AttributeRuler) -> None:
    releases = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "raw").glob("*.txt"))]
    assert_same(ruler, list(parser.pipe([*SENTENCES, *releases])))
    twice = list(parser.pipe(releases * 2))
    assert_same(ruler, twice)


@pytest.mark.parametrize(
    "rule",
    [
        {"patterns": [[{"LOWER": "plan"}]], "attrs": {"POS": "X", "MORPH": "Number=Plur"}},
        {"patterns": [[{"LOWER": {"REGEX": "^pla"}}]], "attrs": {"LEMMA": "scheme"}},
        {"patterns": [[{"LOWER": "a"}, {"TAG": {"NOT_IN": ["JJ"]}}]], "attrs": {"POS": "X"}, "index": -1},
        {"patterns": [[{"IS_PUNCT": False, "OP": "+"}, {"LOWER": "plan"}]], "attrs": {"LEMMA": "start"}},
        {"patterns": [[{"LOWER": "plan"}], [{"LOWER": "none"}, {"LOWER": "before"}]], "attrs": {"NORM": "thing"}},
        {"patterns": [[{"LENGTH": {">=": 4}, "TEXT": "plan"}]], "attrs": {"LEMMA": "long"}},
    ],
)
def test_rules_of_any_sort_keep_their_order(parser: Language, rule: dict[str, object]) -> None:
    """A model of the user's own may hold any rule; the last one that writes an attribute wins, wherever it is tried."""
    ruler = AttributeRuler(parser.vocab)
    ruler.add([[{"TAG": "NN"}], [{"TAG": "DT"}]], {"POS": "NOUN", "LEMMA": "first"})
    ruler.add_patterns([rule])
    ruler.add([[{"TAG": "NN"}]], {"MORPH": "Number=Sing"})
    assert_same(ruler, list(parser.pipe(SENTENCES)))


@pytest.mark.filterwarnings("ignore:.*W036")  # spaCy says that the ruler has no patterns
@pytest.mark.parametrize("patterns", [[], [[{"LOWER": "gon"}, {"LOWER": "na"}]]])
def test_a_ruler_without_rules_for_one_token_is_obeyed(parser: Language, patterns: list[list[dict[str, str]]]) -> None:
    ruler = AttributeRuler(parser.vocab)
    for pattern in patterns:
        ruler.add([pattern], {"LEMMA": "go"})
    assert_same(ruler, list(parser.pipe(SENTENCES)))


def test_what_is_remembered_does_not_grow_with_the_words(parser: Language, ruler: AttributeRuler) -> None:
    """Tokens that no rule tells apart are one kind, so that a long run remembers no more than a short one."""
    ours = Attributes(ruler)
    ours(parser("Acme agreed to hire 50 people."))
    before = len(ours.memory)
    for name in ("Bolt", "Core", "Dune", "Ekan"):
        ours(parser(f"{name} agreed to hire 50 people."))
    assert len(ours.memory) == before
