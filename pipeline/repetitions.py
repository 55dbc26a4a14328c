"""Repetitions: which commitments of a document tell a promise that it told before.

    c1  The ministry will build 40 homes by 2030.       headline
    c4  It plans to build 40 homes in Oslo.             same_as c1

Two records are the same promise when the same resolved parties are bound to the same action on the same thing, and no
amount, deadline, beneficiary or name speaks against it: a school in Ohio is none in Utah, two orders are not one. What
is only alike stays apart: the register may join it later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from spacy.tokens import Doc

from pipeline import layers, records, shapes

REACH = 8  # earlier records of one key that are compared, so that a list of a thousand promises stays linear
SHARED = 0.5  # of the words of the shorter object


def link(doc: Doc, commitments: Sequence[records.Commitment]) -> None:
    """Set `same_as` of each commitment that was told before: the id of the first record of that promise."""
    values = {quantity.id: (quantity.value, quantity.unit) for quantity in layers.get(doc, "quantities")}
    values |= {date.id: date.value for date in layers.get(doc, "dates")}
    earlier: dict[tuple[frozenset[str], str, bool], list[records.Commitment]] = defaultdict(list)
    for commitment in commitments:
        who = _who(commitment.committers)
        if who is None or commitment.object is None:
            continue
        known = earlier[who, commitment.action, commitment.negated]
        same = next((one for one in known[:REACH] if _is_same(doc, one, commitment, values)), None)
        if same is None:
            known.append(commitment)
        else:
            commitment.same_as = same.id


def _who(parties: Sequence[records.Party]) -> frozenset[str] | None:
    """The parties by entity or name; None where one of them is unknown."""
    named = [party.entity or party.name for party in parties]
    return frozenset(name.lower() for name in named if name is not None) if all(named) else None


def _is_same(doc: Doc, first: records.Commitment, second: records.Commitment, values: Mapping[str, object]) -> bool:
    facts = zip(_facts(first, values), _facts(second, values), strict=True)
    if any(one and other and one.isdisjoint(other) for one, other in facts):
        return False
    head, words, names = _content(doc, first.object)
    other_head, other_words, other_names = _content(doc, second.object)
    if names and other_names and names.isdisjoint(other_names):
        return False
    shorter = min(len(words), len(other_words))
    return head == other_head and bool(words) and len(words & other_words) >= SHARED * shorter


def _facts(commitment: records.Commitment, values: Mapping[str, object]) -> tuple[frozenset[object], ...]:
    """Amounts, deadline and beneficiaries; of each, two records of one promise share something or one has none."""
    amounts = frozenset(values[id_] for id_ in commitment.quantities)
    deadline = frozenset([values[commitment.deadline]] if commitment.deadline else [])
    return amounts, deadline, _who(commitment.beneficiaries) or frozenset()


def _content(doc: Doc, span: records.Span | None) -> tuple[tuple[str, bool], frozenset[str], frozenset[str]]:
    """Of an object: its head (lemma, whether plural), the lemmas of its nouns and adjectives, and its names."""
    words = None if span is None else layers.tokens(doc, span.start, span.end)
    if words is None:
        return ("", False), frozenset(), frozenset()
    head = (shapes.lemma(words.root), words.root.tag_ in ("NNS", "NNPS"))
    telling = frozenset(shapes.lemma(token) for token in words if token.pos_ in ("NOUN", "PROPN", "ADJ"))
    return head, telling, frozenset(token.lower_ for token in words if token.pos_ == "PROPN")
