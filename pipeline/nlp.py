"""The spaCy pipeline: the only place where the order of the components stands, and the road from source to record.

    segments published | the model's tagger, parser, lemmatizer, ner | entities dates quantities
    statements parties commitments

Segments come before the model, because they set sentence starts that the parser and the NER obey. One component of the
model, its attribute_ruler, is replaced by `attributes`, which writes the same for less.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.pipeline import AttributeRuler
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import NumpyOps, set_current_ops

from pipeline import DEFAULT_MODEL, __version__, language, layers, lookup, records, rulefiles
from pipeline.errors import UsageError
from pipeline.ingest import Failure, Source
from pipeline.records import MadeBy, Record, SourceInfo

BEFORE_MODEL = ("segments", "published")
# Names decide who speaks, speakers who "we" are, and parties, days and amounts what is promised.
AFTER_MODEL = ("entities", "dates", "quantities", "statements", "parties", "commitments")
COMPONENTS = (*BEFORE_MODEL, "attributes", *AFTER_MODEL)
NEEDED_PIPES = ("tagger", "parser", "attribute_ruler", "lemmatizer", "ner")

BATCH = 16  # documents: more saves no CPU and costs memory
LONGEST_TOKEN = 1000  # characters
LONG_RUN = re.compile(rf"(?<!\S)\S{{{LONGEST_TOKEN},}}")
ZONE = 1000  # documents between two clearings of the string store: each costs the tokenizer its cache


for _component in COMPONENTS:
    import_module(f"pipeline.{_component}")  # registers its factory, so that a checkout works without being installed


def _empty_tokenizer() -> Callable[[Language], Tokenizer]:
    return lambda nlp: Tokenizer(nlp.vocab)


registry.tokenizers("communique.empty", func=_empty_tokenizer)


def load(model: str = DEFAULT_MODEL, rules: str | Path | None = None, published: str | None = None) -> Language:
    """Load a spaCy English pipeline and put our components around it.

    `model` is the name of an installed pipeline package or a path; `rules` a folder of rules to add; `published` the
    date (YYYY, YYYY-MM or YYYY-MM-DD) of texts that state none. Raises UsageError when the model or a rule cannot be
    used.
    """
    if rules is not None:
        rulefiles.check_folder(rules)
    language.load(rules)  # now, so that a wrong rule is said before a document is read
    # numpy's matrix product costs 0.64-0.71 of the CPU of BLIS where BLIS does not know the processor, with the same
    # output (the command line sets one BLAS thread before numpy is imported).
    set_current_ops(NumpyOps(use_blis=False))
    nlp = _model(model)
    nlp.max_length = sys.maxsize  # the limits of ingest hold, which a user may raise
    folder = None if rules is None else str(rules)
    if isinstance(nlp.get_pipe("attribute_ruler"), AttributeRuler):  # the model of a user may have something else
        nlp.add_pipe("communique_attributes", after="attribute_ruler")
        nlp.remove_pipe("attribute_ruler")
    first = nlp.pipe_names[0]
    for layer in BEFORE_MODEL:
        option = {"option": published} if layer == "published" else {}
        nlp.add_pipe(f"communique_{layer}", config={"rules": folder, **option}, before=first)
    for layer in AFTER_MODEL:
        nlp.add_pipe(f"communique_{layer}", config={"rules": folder})
    return nlp


def read(nlp: Language, sources: Iterable[Source | Failure], batch: int = BATCH) -> Iterator[Record | Failure]:
    """Read every source into a record, in order; failures pass through, and a document that breaks becomes one.

    No more than `batch` sources are taken before their results are given: with 1 a source is read as it comes.
    """
    made_by = _made_by(nlp)
    sources = iter(sources)
    while True:
        with nlp.memory_zone():
            for _ in range(0, ZONE, batch):
                if not (taken := list(islice(sources, batch))):
                    return
                yield from _read_batch(nlp, taken, made_by)


def annotate(nlp: Language, source: Source) -> Doc:
    """One source as a Doc with all of its layers; they are empty where the text is not English."""
    doc = _prepare(nlp, source)
    return doc if doc._.communique_language == "other" else nlp(doc)


def make_doc(nlp: Language, text: str, published: str | None = None) -> Doc:
    """A text cut into tokens, with the date of publication that its metadata state; the components are still to come.

    A run of more than a thousand characters without a blank is cut into pieces of that length: spaCy peels commas off
    such a run one by one and takes hours for a megabyte of them.
    """
    words: list[str] = []
    spaces: list[bool] = []
    done = 0
    for run in LONG_RUN.finditer(text):
        before = nlp.make_doc(text[done : run.start()])
        words += [token.text for token in before]
        spaces += [bool(token.whitespace_) for token in before]
        pieces = [text[n : min(n + LONGEST_TOKEN, run.end())] for n in range(*run.span(), LONGEST_TOKEN)]
        words += pieces
        spaces += [False] * len(pieces)
        done = run.end()
        if text.startswith(" ", done):
            spaces[-1] = True
            done += 1
    if words:
        rest = nlp.make_doc(text[done:])
        words += [token.text for token in rest]
        spaces += [bool(token.whitespace_) for token in rest]
        doc = Doc(nlp.vocab, words=words, spaces=spaces)
    else:
        doc = nlp.make_doc(text)
    lookup.remember(doc, text)
    doc._.communique_published = published
    return doc


def _made_by(nlp: Language) -> MadeBy:
    """The versions that a record of this pipeline carries."""
    model = f"{nlp.meta['lang']}_{nlp.meta['name']} {nlp.meta['version']}"
    return MadeBy(communique=__version__, model=model, rules=rulefiles.fingerprint(_rules(nlp)))


def record(doc: Doc, source: Source, made_by: MadeBy) -> Record:
    """The record of a Doc that has gone through the pipeline; its models check every span and id."""
    warnings = [records.Warning(code=code, message=message) for code, message in source.warnings]
    if not source.text.strip():
        warnings.append(records.Warning(code="empty", message="The document holds no text."))
    return Record(
        id=source.id,
        made_by=made_by,
        source=SourceInfo(
            path=source.path,
            media_type=source.media_type,
            sha256=source.sha256,
            title=source.title,
            publisher=source.publisher,
            url=source.url,
            language="en" if doc._.communique_language == "en" else None,
        ),
        published=doc._.communique_published,
        published_from=doc._.communique_published_from,
        text=source.text,
        text_sha256=records.sha256(source.text),
        segments=layers.get(doc, "segments"),
        entities=layers.get(doc, "entities"),
        dates=layers.get(doc, "dates"),
        quantities=layers.get(doc, "quantities"),
        statements=layers.get(doc, "statements"),
        commitments=layers.get(doc, "commitments"),
        warnings=warnings + doc._.communique_warnings,
    )


def _model(name: str) -> Language:
    if not Path(name).exists() and not spacy.util.is_package(name):
        raise UsageError(f"--model {name}: no such spaCy pipeline is installed and no such folder exists.")
    # spaCy makes the 1,300 special cases of English twice: for its own tokenizer, and again from the model's folder.
    once = {"nlp.tokenizer": {"@tokenizers": "communique.empty"}} if name == DEFAULT_MODEL else {}
    try:
        nlp = spacy.load(name, config=once, exclude=["senter"])
    except Exception as error:  # a package that is no pipeline breaks in any way it likes
        raise UsageError(f"--model {name}: spaCy cannot load it ({type(error).__name__}: {error}).") from error
    missing = [pipe for pipe in NEEDED_PIPES if pipe not in nlp.pipe_names]
    if nlp.lang != "en" or missing:
        lacks = f"it lacks {', '.join(missing)}" if missing else f"its language is {nlp.lang!r}"
        raise UsageError(f"--model {name}: an English pipeline with {', '.join(NEEDED_PIPES)} is needed; {lacks}.")
    return nlp


def _rules(nlp: Language) -> str | None:
    """The folder of rules that the pipeline was loaded with, besides the built-in ones."""
    folder: str | None = nlp.get_pipe_config("communique_segments")["rules"]
    return folder


def _read_batch(nlp: Language, batch: list[Source | Failure], made_by: MadeBy) -> list[Record | Failure]:
    sources = [source for source in batch if isinstance(source, Source)]
    results = _read_together(nlp, sources, made_by) if len(sources) > 1 else None
    # One document broke the batch: read them one by one, to name it and to keep the others.
    left = iter(results or [_read_one(nlp, source, made_by) for source in sources])
    return [next(left) if isinstance(item, Source) else item for item in batch]


def _read_together(nlp: Language, sources: list[Source], made_by: MadeBy) -> list[Record | Failure] | None:
    try:
        docs = [_prepare(nlp, source) for source in sources]
        english = nlp.pipe((doc for doc in docs if doc._.communique_language != "other"), batch_size=BATCH)
        read_docs = [doc if doc._.communique_language == "other" else next(english) for doc in docs]
        return [record(doc, source, made_by) for doc, source in zip(read_docs, sources, strict=True)]
    except Exception:
        return None


def _read_one(nlp: Language, source: Source, made_by: MadeBy) -> Record | Failure:
    try:
        return record(annotate(nlp, source), source, made_by)
    except Exception as error:
        reason = f"{source.path}: reading the document {source.id!r} failed"
        if isinstance(error, MemoryError):
            reason = f"{reason} for want of memory; raise --memory-limit if the text is worth it."
        else:
            reason = f"{reason} ({type(error).__name__}: {error}); please report it with the text."
        return Failure(source.path, source.id, "crashed", reason)


def _prepare(nlp: Language, source: Source) -> Doc:
    """A Doc that carries what the source knows; one in another language than English is not read any further."""
    doc = make_doc(nlp, source.text, source.published)
    doc._.communique_layout, doc._.communique_url = source.layout, source.url
    doc._.communique_language = language.of(source.text, _rules(nlp))
    if doc._.communique_language == "other":
        doc._.communique_published_from = None if source.published is None else "metadata"
        message = "The text is not English (few of its words are English function words), so nothing was read in it."
        layers.warn(doc, "not_english", message)
    return doc
