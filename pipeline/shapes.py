"""Shapes: how a word that binds stands to its action and to the one whom it binds, walked on the parse.

A shape is a few paths from the trigger ("agreed") to its arguments. A path is a chain of steps:

    xcomp:TO                the infinitive that hangs on the trigger: agreed -> increase
    prep(to)>pcomp:VBG      through the preposition "to" to the gerund below: committed -> to -> giving
    ^nsubj(be)>xcomp:VB     up to the verb "be" whose subject the trigger is, then down: our aim (is) -> cut

A step is a dependency label (or several, "xcomp|ccomp"), in parentheses the lemmas that it may lead to, behind a colon
the tag or its first letter, TO for an infinitive with "to". "^" goes up: the trigger hangs on its head by this label.
"." is the trigger itself. Labels are those of the ClearNLP scheme that the English spaCy models use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache, wraps
from typing import Annotated, Any, NamedTuple, TypeVar, get_args

from pydantic import AfterValidator
from spacy.tokens import Doc, Token

from pipeline import rulebook

Result = TypeVar("Result")

SHARING = frozenset(("conj", "xcomp", "advcl", "acomp", "oprd"))
"""The labels by which a verb hangs on one whose subject it shares."""

MAX_CLIMB = 12  # steps up the parse; a promise that lies deeper is none, and absurd text stays linear

STEP = re.compile(r"(?P<up>\^?)(?P<deps>[a-z|]+)(?:\((?P<lemmas>[^()]+)\))?(?::(?P<tag>[A-Z]+))?")


class Step(NamedTuple):
    """One step of a path; empty `lemmas` and `tag` allow all."""

    up: bool
    deps: frozenset[str]
    lemmas: frozenset[str]
    tag: str


@cache
def parse(path: str) -> tuple[Step, ...]:
    """The steps of a written path; raises ValueError for anything that is no path.

    >>> parse("prep(to)>pcomp:VBG")[1]
    Step(up=False, deps=frozenset({'pcomp'}), lemmas=frozenset(), tag='VBG')
    """
    if path == ".":
        return ()
    steps = []
    for written in path.split(">"):
        match = STEP.fullmatch(written)
        if match is None:
            raise ValueError(f"{written!r} is no step of a path; write dep, dep(lemma), dep:TAG or ^dep")
        deps = frozenset(match["deps"].split("|"))
        unknown = deps - set(get_args(rulebook.Dep))
        if unknown:
            raise ValueError(f"{written!r}: no dependency label is called {min(unknown)!r}")
        lemmas = frozenset(match["lemmas"].split("|")) if match["lemmas"] else frozenset()
        steps.append(Step(bool(match["up"]), deps, lemmas, match["tag"] or ""))
    return tuple(steps)


def _path(path: str) -> str:
    parse(path)
    return path


Path = Annotated[str, AfterValidator(_path)]
"""A path as rules write it, checked when the rule is read."""


def kept(find: Callable[..., Result]) -> Callable[..., Result]:
    """Keep what a function or method finds for a token as long as the same Doc is being read.

    Its last argument is the token; spaCy walks a tree anew for each question, and many are asked twice.
    """

    @lru_cache(maxsize=1)
    def known(doc: Doc, *owner: object) -> dict[int, Result]:
        return {}

    @wraps(find)
    def found(*arguments: Any) -> Result:
        *owner, token = arguments
        here = known(token.doc, *owner)
        if token.i not in here:
            here[token.i] = find(*arguments)
        return here[token.i]

    return found


@kept
def children(token: Token) -> tuple[Token, ...]:
    """The children of a token in the order of the text."""
    return tuple(token.children)


def lefts(token: Token) -> list[Token]:
    """The children before a token."""
    return [child for child in children(token) if child.i < token.i]


def rights(token: Token) -> list[Token]:
    """The children behind a token."""
    return [child for child in children(token) if child.i > token.i]


def follow(token: Token, path: str) -> Iterator[Token]:
    """The tokens at the end of a path, in the order of the text: `follow(agreed, "xcomp:TO")` -> increase."""
    reached = [token]
    for step in parse(path):
        if step.up:
            found = [t.head for t in reached if t.dep_ in step.deps and t.head != t]
        else:
            found = [child for t in reached for child in children(t) if child.dep_ in step.deps]
        reached = [t for t in found if (not step.lemmas or lemma(t) in step.lemmas) and _tagged(t, step.tag)]
    yield from reached


def _tagged(token: Token, tag: str) -> bool:
    if tag == "TO":
        return any(child.tag_ == "TO" for child in lefts(token))
    return token.tag_ == tag if len(tag) > 1 else token.tag_.startswith(tag)


def subject(verb: Token) -> Token | None:
    """The head of the phrase that does what `verb` says: its own subject, or the one that it shares.

    "They agreed to meet and to talk": the subject of talk is They. "the firm that will build it": the firm. A passive
    has the noun of its "by" phrase, or None.
    """
    node = verb
    for _ in range(MAX_CLIMB):
        if is_passive(node):
            return next(follow(node, "agent>pobj"), None)
        own = own_subject(node)
        if own is not None:
            return antecedent(own)
        if any(child.dep_ in ("csubj", "csubjpass") for child in children(node)):
            return None  # "investing in schools will pay": a deed does it, nobody
        above = node.head
        if node.dep_ == "acl" and any(c.dep_ == "aux" and c.tag_ == "VBG" for c in children(node)):
            return own_subject(node.sent.root)  # "having pledged" tells of the subject, wherever the parser hangs it
        if (node.dep_ == "acl" and node.tag_ == "VBG") or (node.dep_ == "relcl" and node.tag_ != "VB"):
            return above  # "the firm building it", "the firm it will build"
        if (node.dep_ == "acl" and node.tag_ == "VB" and above.dep_ in ("dobj", "attr")) or node.dep_ == "pcomp":
            above = above.head  # "made a pledge to pay", "acted by closing the port"
        elif node.dep_ not in SHARING and not (node.dep_ == "ccomp" and node.tag_ == "VB"):
            return None
        if above == node or above.pos_ not in ("VERB", "AUX", "ADJ"):
            return None
        node = above
    return None


def own_subject(verb: Token) -> Token | None:
    """The subject that hangs on this very verb."""
    subjects = [c for c in children(verb) if c.dep_ in ("nsubj", "nsubjpass", "csubj") and c.i < verb.i]
    if not subjects or subjects[-1].dep_ == "csubj":
        return None
    found = subjects[-1]
    for child in children(found):  # "Harbours: The ministry will ...": the parser takes the label for the subject
        if child.dep_ == "appos" and any(":" in token.text for token in verb.doc[found.i : child.left_edge.i]):
            return child
    return found


def antecedent(token: Token) -> Token:
    """What a relative pronoun stands for: in "the firm that builds it" the firm; other words stand for themselves."""
    if token.tag_ in ("WP", "WDT"):
        node = token.head
        for _ in range(MAX_CLIMB):
            if node.dep_ == "relcl":
                return node.head
            if node.dep_ not in ("conj", "ccomp", "xcomp"):
                break
            node = node.head
    return token


def bearer(token: Token) -> Token | None:
    """The subject of an adjective or of the verb over it, in the passive too: "is committed to": who is committed."""
    own = own_subject(token)
    if own is not None:
        return antecedent(own)
    if token.dep_ in ("acomp", "oprd", "attr", "xcomp", "conj", "advcl") and token.head != token:
        own = own_subject(token.head)
        return antecedent(own) if own is not None else subject(token.head)
    return subject(token)


def is_passive(verb: Token) -> bool:
    """Whether a verb stands in the passive: "will be built"."""
    return any(c.dep_ in ("auxpass", "nsubjpass") for c in children(verb))


def has_complement(verb: Token) -> bool:
    """Whether something behind a verb tells what is done: none does in "keep and extend it" for "keep"."""
    return any(
        c.i > verb.i
        and c.dep_ in ("dobj", "prep", "xcomp", "ccomp", "attr", "acomp", "dative", "prt", "advmod", "agent")
        for c in children(verb)
    )


def lemma(token: Token) -> str:
    """The lemma in lower case; of a plural name too, which the model leaves as it stands: "Steps" -> step."""
    if token.tag_ == "NNPS":
        stem = token.lower_.removesuffix("s")
        return stem.removesuffix("ie") + "y" if stem.endswith("ie") else stem
    return token.lemma_.lower()


def coordinated(token: Token) -> Iterator[Token]:
    """The token and all that are coordinated with it, in the order of the text."""
    node: Token | None = token
    for _ in range(64):
        if node is None:
            return
        yield node
        node = next((c for c in children(node) if c.dep_ == "conj"), None)
