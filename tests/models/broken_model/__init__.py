"""A spaCy pipeline package that loads at once and breaks on command, in the ways in which programs break.

Its components bear the names of a model's and find nothing, but words of a text in capitals do what they say.
"""

from __future__ import annotations

import ctypes
import os
import re
import time
from collections.abc import Callable

import spacy
from spacy.language import Language
from spacy.tokens import Doc

PIPES = ("tagger", "parser", "attribute_ruler", "lemmatizer", "ner")


def load(**_: object) -> Language:
    """The pipeline, as `spacy.load("broken_model")` asks for it."""
    nlp = spacy.blank("en", meta={"name": "broken_model", "version": "1.0.0"})
    Language.component("broken_model_idle", func=lambda doc: doc)
    Language.component("broken_model_parser", func=_parse)
    Language.component("broken_model_obey", func=_obey)
    stand_ins = {"parser": "broken_model_parser", "ner": "broken_model_obey"}
    for name in PIPES:
        nlp.add_pipe(stand_ins.get(name, "broken_model_idle"), name=name)
    return nlp


def _parse(doc: Doc) -> Doc:
    """A tree for every sentence: all words hang on its first one."""
    for token in doc:
        token.is_sent_start = token.i == 0 or token.is_sent_start is True
    for sentence in list(doc.sents):
        for token in sentence:
            token.tag_, token.pos_, token.lemma_ = "NN", "NOUN", token.lower_
            token.head, token.dep_ = sentence[0], "ROOT" if token.i == sentence.start else "dep"
    return doc


def _obey(doc: Doc) -> Doc:
    for token in doc:
        if token.text in COMMANDS:
            COMMANDS[token.text]()
    return doc


def _loop() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")  # in C, deaf to signal handlers, for longer than the world lasts


def _swallow() -> None:
    bytearray(3 << 30)


def _segfault() -> None:
    ctypes.string_at(0)


def _recurse() -> None:
    _recurse()


COMMANDS: dict[str, Callable[[], object]] = {
    "LOOP": _loop,
    "SWALLOW": _swallow,
    "SEGFAULT": _segfault,
    "RECURSE": _recurse,
    "EXIT": lambda: os._exit(7),
    "PRINT": lambda: print("printed by a component", flush=True),
    "SLEEP": lambda: time.sleep(0.2),
}
