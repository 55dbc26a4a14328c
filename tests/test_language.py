"""The language of a text: English, another, or too little to tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import language, rulebook, rulefiles
from pipeline import nlp as pipeline_nlp
from pipeline.errors import UsageError
from tests.conftest import ROOT

WORDS = [rule for _, rule in rulebook.read(rulefiles.folder(), "language", language.RULES)]


@pytest.mark.parametrize("text", [example.text for rule in WORDS for example in rule.yes])
def test_english(text: str) -> None:
    assert language.of(text) == "en"


@pytest.mark.parametrize("text", [example.text for rule in WORDS for example in rule.no])
def test_other_languages(text: str) -> None:
    assert language.of(text) == "other"


@pytest.mark.parametrize("text", ["", "Acme agreed to help.", "Genf, 5. Mai", "\u4f60\u597d", "12 345 " * 100])
def test_too_little_to_tell(text: str) -> None:
    assert language.of(text) is None


def test_the_texts_of_raw_are_english() -> None:
    for path in (ROOT / "raw").glob("*.txt"):
        assert language.of(path.read_text(encoding="utf-8")) == "en"


def test_a_users_rules_can_add_a_language(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("rules") / "language"
    folder.mkdir()
    (folder / "words.toml").write_text('[[rule]]\nid = "pidgin"\nshare = 0.1\nwords = ["dey", "una", "wey", "dem"]\n')
    text = "Una go chop well well dem say wey dey " * 4
    assert (language.of(text), language.of(text, folder.parent)) == ("other", "en")


def test_a_wrong_rule_is_said_before_a_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "language").mkdir()
    (tmp_path / "language" / "words.toml").write_text('[[rule]]\nid = "x"\nshare = 2\nwords = ["dey"]\n')
    with pytest.raises(UsageError, match=r"words\.toml: line 1, rule x: share"):
        pipeline_nlp.load(rules=tmp_path)
