"""Entities against gold: the names, how they are grouped, and what pronouns and nouns stand for.

    names.strict     the same characters and type; articles, quotation marks, a possessive, a person's titles set aside
    names.relaxed    a common character and the same type           names.untyped   the same characters
    alias            grouping of names: pairs and B-cubed, over names that both sides have, or over all of them
    coref            B-cubed over every mention of a gold group that holds a name
    link             non-names of the gold that stand in one group with a name of their gold group

Gold with `scored_types` PER, ORG, LOC is compared by these coarse types, all other gold by the nine types. Neither
right nor wrong: a name inside a longer gold name, and what touches no gold name but lies in a gold noun phrase of its
type, in a stretch that the gold ignores, or anywhere where the gold says that its names are not complete.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, get_args

from pipeline.evaluate.counting import Count, Score, f1, pair, shared, words
from pipeline.evaluate.gold import Document
from pipeline.records import EntityType

NINE: tuple[str, ...] = get_args(EntityType)
COARSE = {
    "PERSON": "PER", "PER": "PER", "ORG": "ORG", "ORGANISATION": "ORG", "ORGANIZATION": "ORG", "GPE": "LOC",
    "LOC": "LOC", "FAC": "LOC", "FACILITY": "LOC", "LOCATION": "LOC", "PLACE": "LOC", "NORP": "NORP",
    "NATIONALITY": "NORP", "EVENT": "MISC", "PRODUCT": "MISC", "LAW": "MISC", "WORK_OF_ART": "MISC",
    "LANGUAGE": "MISC", "MISC": "MISC", "OPERATION": "MISC", "PROGRAMME": "MISC", "FUND": "MISC", "AGREEMENT": "MISC",
    "FIN": "MISC", "DOCUMENT": "MISC",
}  # fmt: skip
"""The labels of other corpora. Descriptive groups have none: they are no entities."""

LEAD = re.compile(r"(?:(?:the|a|an)\s+|[\s\"'“”‘’(\[«])+", re.IGNORECASE)
TAIL = re.compile(r"(?:['’]s|['’]|[\s\"“”)\],;:»])+$")
TITLE = re.compile(r"([\w-]+)\.?\s+")
SAME = 1000  # ranks equal characters above any number of common ones

Groups = Mapping[Hashable, int]


@dataclass(frozen=True)
class Mention:
    """One mention: `span` is the trimmed stretch that is compared, `raw` the one annotated, `group` its entity."""

    span: tuple[int, int]
    raw: tuple[int, int]
    type: str
    level: str
    group: int
    text: str


@dataclass
class Sums:
    """Numerators and denominators of precision and recall that are means over mentions."""

    right_precision: float = 0
    predicted: float = 0
    right_recall: float = 0
    gold: float = 0

    def figures(self, name: str) -> dict[str, Count | float | None]:
        """Precision, recall and F1 under `name`."""
        precision = self.right_precision / self.predicted if self.predicted else 0.0
        recall = self.right_recall / self.gold if self.gold else 0.0
        return {f"{name}.precision": precision, f"{name}.recall": recall, f"{name}.f1": f1(precision, recall)}


@dataclass
class Totals:
    """What is summed over the documents."""

    names: dict[tuple[str, str], Count] = field(default_factory=lambda: defaultdict(Count))
    aligned: Sums = field(default_factory=Sums)
    pairs: Count = field(default_factory=Count)
    end_to_end: Sums = field(default_factory=Sums)
    coref: Sums = field(default_factory=Sums)
    links: dict[str, Count] = field(default_factory=lambda: {"we": Count(), "pronoun": Count(), "noun": Count()})
    grouped: bool = False


def score(documents: Sequence[tuple[Document, Document]]) -> Score:
    """The figures of the entities of pairs of gold and predicted documents."""
    scored, totals = Score(), Totals()
    for gold, predicted in documents:
        coarse = "PER" in (gold.get("scored_types") or [])
        types = frozenset(gold["scored_types"] if coarse else NINE)
        wanted = _mentions(gold, gold["text"], coarse)
        found = _mentions(predicted, gold["text"], coarse)
        names = _names(totals, scored, gold, wanted, found, types)
        if not gold.get("layers") or "coref" in gold["layers"]:
            totals.grouped = True
            _grouping(totals, *names, found)
            _linking(totals, wanted, names[0], found, types)
    for mode in ("strict", "relaxed", "untyped"):
        for (kept, type_), count in sorted(totals.names.items()):
            if kept == mode:
                scored.figures[f"names.{mode}" + ("" if type_ == "all" else f".{type_}")] = count
    if totals.grouped:
        scored.figures["alias.pairs"] = totals.pairs
        scored.figures |= totals.aligned.figures("alias.aligned") | totals.end_to_end.figures("alias.end_to_end")
        scored.figures |= totals.coref.figures("coref")
        scored.figures |= {f"link.{kind}": count for kind, count in totals.links.items() if count.gold}
    return scored


def _mentions(document: Document, text: str, coarse: bool) -> list[Mention]:
    found: dict[tuple[Any, ...], Mention] = {}
    for group, entity in enumerate(document.get("entities") or []):
        for m in entity.get("mentions") or []:
            label = str(m.get("type") or entity.get("type")).upper()
            type_ = COARSE.get(label) if coarse else label
            if type_ is not None and (coarse or type_ in NINE):
                span = _trimmed(text, m["start"], m["end"], type_)
                words_ = text[m["start"] : m["end"]]
                mention = Mention(span, (m["start"], m["end"]), type_, m.get("level") or "NAM", group, words_)
                found.setdefault((span, type_, group), mention)
    return sorted(found.values(), key=lambda mention: mention.span)


def _trimmed(text: str, start: int, end: int, type_: str) -> tuple[int, int]:
    """Without leading articles and quotation marks, a trailing possessive, and a person's titles."""
    low, high = start, end
    if match := LEAD.match(text, low, high):
        low = match.end()
    if match := TAIL.search(text[low:high]):
        high = low + match.start()
    while type_ in ("PER", "PERSON") and (match := TITLE.match(text[low:high])):
        if match[1].lower() not in words("titles"):
            break
        low += match.end()
    return (low, high) if low < high else (start, end)


def _names(
    totals: Totals, scored: Score, gold: Document, wanted: list[Mention], found: list[Mention], types: frozenset[str]
) -> tuple[list[Mention], list[Mention]]:
    """Count the names; the names of gold and prediction that are compared."""
    named = [m for m in wanted if m.level == "NAM"]
    outermost = [m for m in named if not any(o.span != m.span and _inside(m.span, o.span) for o in named)]
    either: dict[tuple[int, int], set[str]] = defaultdict(set)  # one stretch with two readings: either will do
    compared: dict[tuple[int, int], Mention] = {}
    for m in outermost:
        if m.type in types:
            either[m.span].add(m.type)
            compared.setdefault(m.span, m)
    names = list(compared.values())
    tried = _tried(gold, wanted, names, found, types)
    modes: dict[str, Callable[[Mention, Mention], int]] = {
        "strict": lambda g, p: int(g.span == p.span and p.type in either[g.span]),
        "relaxed": lambda g, p: shared(g.span, p.span) + (g.span == p.span) if p.type in either[g.span] else 0,
        "untyped": lambda g, p: int(g.span == p.span),
    }
    for mode, rank in modes.items():
        pairs = pair(names, tried, _overlapping(rank))
        read_as = {i: tried[j].type for i, j in pairs if mode != "untyped"}
        totals.names[mode, "all"].add(len(pairs), len(names), len(tried))
        for i, m in enumerate(names):
            totals.names[mode, read_as.get(i, m.type)].gold += 1
        for m in tried:
            totals.names[mode, m.type].predicted += 1
        for i, j in pairs:
            totals.names[mode, tried[j].type if mode != "untyped" else names[i].type].right += 1
        if mode == "strict":
            _differences(scored, gold, names, tried, pairs)
    return names, tried


def _tried(
    gold: Document, wanted: list[Mention], names: list[Mention], found: list[Mention], types: frozenset[str]
) -> list[Mention]:
    """The predicted names that count as right or wrong."""
    nested = [
        m
        for m in wanted
        if m.level == "NAM"
        and m not in names
        and any(o.level == "NAM" and o.span != m.span and _inside(m.span, o.span) for o in wanted)
    ]
    phrases = [m for m in wanted if m.level != "NAM"]
    ignored = [tuple(span) for span in gold.get("ignored") or []]
    once: dict[tuple[Any, ...], Mention] = {}
    for m in found:
        if m.level == "NAM" and m.type in types:
            once.setdefault((m.span, m.type), m)

    def free(m: Mention) -> bool:
        if any((m.span, m.type) == (o.span, o.type) for o in nested):
            return True
        if any(shared(m.span, o.span) for o in names):
            return False
        return (
            any(_inside(m.span, span) or _inside(span, m.span) for span in ignored)
            or (gold.get("names_complete") is False and not any(shared(m.span, o.span) for o in wanted))
            or any(shared(m.span, o.span) and _inside(m.span, o.raw) and m.type == o.type for o in phrases)
        )

    return [m for m in once.values() if not free(m)]


def _grouping(totals: Totals, names: list[Mention], tried: list[Mention], found: list[Mention]) -> None:
    """Whether names of one thing are in one group."""
    predicted = [m for m in found if m.level == "NAM"]
    aligned = pair(names, predicted, _overlapping(_closest))
    gold_of: Groups = {i: names[i].group for i, _ in aligned}
    found_of: Groups = {i: predicted[j].group for i, j in aligned}
    _b_cubed(totals.aligned, gold_of, found_of)
    together, said = _together(gold_of), _together(found_of)
    totals.pairs.add(len(together & said), len(together), len(said))
    back = {j: i for i, j in aligned}
    every: dict[Hashable, int] = {}
    for j, m in enumerate(predicted):
        if j in back:
            every["gold", back[j]] = m.group
        elif any(m is other for other in tried):
            every["predicted", j] = m.group
    _b_cubed(totals.end_to_end, {("gold", i): m.group for i, m in enumerate(names)}, every)


def _linking(
    totals: Totals, wanted: list[Mention], names: list[Mention], found: list[Mention], types: frozenset[str]
) -> None:
    """Whether pronouns and nouns stand in the group of the name that they stand for."""
    named = {m.group for m in names}
    gold = [m for m in wanted if m.group in named and (m.level != "NAM" or m in names)]
    sizes = Counter(m.group for m in found)
    predicted = [m for m in found if m.level == "NAM" or sizes[m.group] > 1]
    aligned = dict(pair(gold, predicted, _overlapping(_alike)))
    back = {j: i for i, j in aligned.items()}
    every: dict[Hashable, int] = {}
    for j, m in enumerate(predicted):
        if j in back:
            every["gold", back[j]] = m.group
        elif m.type in types and not any(m.span == o.span for o in wanted):
            every["predicted", j] = m.group
    _b_cubed(totals.coref, {("gold", i): m.group for i, m in enumerate(gold)}, every)

    owner: dict[int, Counter[int]] = defaultdict(Counter)  # predicted group -> gold groups of its names
    for i, m in enumerate(gold):
        if m.level == "NAM" and i in aligned:
            owner[predicted[aligned[i]].group][m.group] += 1
    for i, m in enumerate(gold):
        if m.level != "NAM":
            count = totals.links[_link_kind(m)]
            count.gold += 1
            owned = owner[predicted[aligned[i]].group] if i in aligned else None
            if owned:
                count.predicted += 1
                count.right += owned.most_common(1)[0][0] == m.group
    nameless = [m.span for m in wanted if m.level != "NAM" and m.group not in named]
    for j, m in enumerate(predicted):
        # A link that the gold does not have at all is tried, and never right.
        tried = m.level != "NAM" and j not in back and bool(owner[m.group])
        if tried and (m.level == "PRO" or any(shared(m.span, span) for span in nameless)):
            totals.links[_link_kind(m)].predicted += 1


def _link_kind(mention: Mention) -> str:
    if mention.level == "NOM":
        return "noun"
    return "we" if mention.text.lower() in words("we") and mention.text != "US" else "pronoun"


def _closest(g: Mention, p: Mention) -> int:
    return shared(g.span, p.span) + (SAME if g.span == p.span else 0)


def _alike(g: Mention, p: Mention) -> int:
    if g.span == p.span:
        return SAME
    common = shared(g.span, p.span)
    if g.level == p.level == "NAM":
        return common
    if "PRO" in (g.level, p.level):
        return 0
    return common if 2 * common >= max(g.span[1], p.span[1]) - min(g.span[0], p.span[0]) else 0


def _overlapping(rank: Callable[[Mention, Mention], int]) -> Callable[[Mention, Mention], int]:
    return lambda g, p: rank(g, p) if shared(g.span, p.span) else 0


def _inside(a: tuple[int, int], b: Sequence[int]) -> bool:
    return b[0] <= a[0] and a[1] <= b[1]


def _b_cubed(sums: Sums, gold_of: Groups, found_of: Groups) -> None:
    """Of each common mention's group, the share that is right: of the predicted one, and of the gold one."""
    gold_groups, found_groups = _members(gold_of), _members(found_of)
    for key in gold_of.keys() & found_of.keys():
        mine, theirs = gold_groups[gold_of[key]], found_groups[found_of[key]]
        sums.right_precision += len(mine & theirs) / len(theirs)
        sums.right_recall += len(mine & theirs) / len(mine)
    sums.gold += len(gold_of)
    sums.predicted += len(found_of)


def _members(group_of: Groups) -> dict[int, set[Hashable]]:
    members: dict[int, set[Hashable]] = defaultdict(set)
    for key, group in group_of.items():
        members[group].add(key)
    return members


def _together(group_of: Groups) -> set[tuple[Hashable, Hashable]]:
    groups: Iterable[set[Any]] = _members(group_of).values()
    return {pair_ for members in groups for pair_ in combinations(sorted(members), 2)}


def _differences(
    scored: Score, gold: Document, names: list[Mention], tried: list[Mention], pairs: list[tuple[int, int]]
) -> None:
    hit_gold, hit_tried = {i for i, _ in pairs}, {j for _, j in pairs}
    left = [m for j, m in enumerate(tried) if j not in hit_tried]
    for i, g in enumerate(names):
        if i not in hit_gold:
            near = next((m for m in left if shared(m.span, g.span)), None)
            kind = "missed" if near is None else "type" if near.span == g.span else "boundary"
            scored.differ("entities", kind, gold, *g.raw, _show(g), _show(near) if near else "")
    for m in left:
        if not any(shared(m.span, g.span) for g in names):
            scored.differ("entities", "spurious", gold, *m.raw, "", _show(m))


def _show(mention: Mention) -> str:
    return f"{mention.type} {mention.text}"
