"""Commitments against gold.

    detection   evidence overlaps by half of the shorter span, one to one; detection_strict by half of the union
    <slot>      the slot end to end: a missed commitment loses its fillers, a spurious one adds its own
    accuracy    of the matched pairs, the share whose slot is right; filled: of those where the gold slot is filled
    core, all   slots together; exact: commitments with every core slot right

Parties are equal when they share a form of a name, half of its words, or their characters; dates by their values or
intervals; quantities by value and unit. The starting value of a change may be given, it need not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate import dates
from pipeline.evaluate.counting import Count, Score, pair, share, words
from pipeline.evaluate.gold import Document

PARTY_SLOTS = ("committers", "beneficiaries")
CORE = (*PARTY_SLOTS, "action", "force", "quantities", "deadline", "negated", "conditional")
SLOTS = (*CORE, "made_on", "made_at", "speaker")
BINDING = {"pledged": "bound", "agreed": "bound", "decided": "bound"}
"""Forces that count as one where only four kinds are told apart."""

POSSESSIVE = re.compile(r"['\u2019]s\b|['\u2019](?=\s|$)")
DOTS = re.compile(r"(?<=\b\w)\.(?=\w\b|\s|$)")
ENDINGS = ("ing", "ed", "es", "s", "e")
HALF = 0.5


@dataclass(frozen=True)
class Who:
    """A party by the forms of its name and the characters of its mentions."""

    name: str
    forms: frozenset[str]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class When:
    """A date by its value, direction and days."""

    value: str
    direction: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class HowMuch:
    """A quantity by its value and unit; `source` is what it changed from."""

    value: float | None
    kind: str | None
    unit: str
    source: float | None


@dataclass(frozen=True)
class Filled:
    """A commitment with its slots as lists of comparable fillers."""

    start: int
    end: int
    fillers: dict[str, list[Any]]
    verbs: frozenset[str]


def score(documents: Sequence[tuple[Document, Document]]) -> Score:
    """The figures of the commitments of pairs of gold and predicted documents."""
    scored = Score()
    slots = {slot: Count() for slot in SLOTS}
    right, filled = {slot: Count() for slot in SLOTS}, {slot: Count() for slot in SLOTS}
    detection, strict, exact = Count(), Count(), Count()
    four_kinds = 0
    for gold, predicted in documents:
        wanted = [_filled(c, gold) for c in gold.get("commitments") or []]
        found = [_filled(c, predicted) for c in predicted.get("commitments") or []]
        pairs = pair(wanted, found, lambda g, p: _rank(g, p, union=False))
        detection.add(len(pairs), len(wanted), len(found))
        strict.add(len(pair(wanted, found, lambda g, p: _rank(g, p, union=True))), len(wanted), len(found))
        whole = 0
        for slot in SLOTS:
            slots[slot].add(0, sum(len(c.fillers[slot]) for c in wanted), sum(len(c.fillers[slot]) for c in found))
        for i, j in pairs:
            g, p = wanted[i], found[j]
            wrong = []
            for slot in SLOTS:
                hits, of_gold, of_predicted = _compare(slot, g, p)
                slots[slot].add(hits, 0, of_predicted - len(p.fillers[slot]))
                same = hits == of_gold == of_predicted
                right[slot].add(same, 1, 1)
                filled[slot].add(same and of_gold > 0, of_gold > 0, 0)
                if not same:
                    wrong.append(slot)
            whole += not set(wrong) & set(CORE)
            four_kinds += _kind(g) == _kind(p)
            for slot in wrong:
                scored.differ("commitments", slot, gold, g.start, g.end, _show(g, slot), _show(p, slot))
        exact.add(whole, len(wanted), len(found))
        for i in sorted(set(range(len(wanted))) - {i for i, _ in pairs}):
            scored.differ("commitments", "missed", gold, wanted[i].start, wanted[i].end, _show(wanted[i], "force"), "")
        for j in sorted(set(range(len(found))) - {j for _, j in pairs}):
            scored.differ("commitments", "spurious", gold, found[j].start, found[j].end, "", _show(found[j], "force"))
    scored.figures = {"detection": detection, "detection_strict": strict, **slots}
    scored.figures |= {"core": _sum(slots, CORE), "all": _sum(slots, SLOTS), "exact": exact}
    for slot in SLOTS:
        scored.figures[f"accuracy.{slot}"] = right[slot].recall
        scored.figures[f"accuracy.{slot}.filled"] = share(filled[slot].right, filled[slot].gold)
    scored.figures["accuracy.force_in_four_kinds"] = four_kinds / detection.right if detection.right else 0.0
    return scored


def _sum(slots: dict[str, Count], names: Sequence[str]) -> Count:
    total = Count()
    for name in names:
        total.add(slots[name].right, slots[name].gold, slots[name].predicted)
    return total


def _rank(g: Filled, p: Filled, union: bool) -> Any:
    common = min(g.end, p.end) - max(g.start, p.start)
    if common <= 0 or common < HALF * min(g.end - g.start, p.end - p.start):
        return None
    of_union = common / (max(g.end, p.end) - min(g.start, p.start))
    if union and of_union < HALF:
        return None
    return round(of_union, 3), sum(_compare(slot, g, p)[0] for slot in ("committers", "force", "action"))


def _compare(slot: str, g: Filled, p: Filled) -> tuple[int, int, int]:
    """Right fillers, fillers of the gold, fillers predicted; equal names are paired before similar ones."""
    wanted, left = list(g.fillers[slot]), list(p.fillers[slot])
    hits = 0
    for strict in (True, False):
        for filler in list(wanted):
            hit = next((other for other in left if _equal(slot, filler, other, g, strict)), None)
            if hit is not None:
                hits += 1
                left.remove(hit)
                wanted = [other for other in wanted if other is not filler]
    predicted = len(p.fillers[slot])
    if slot == "quantities":
        sources = [q.source for q in g.fillers[slot] if q.source is not None]
        predicted -= sum(any(_near(source, q.value) for q in left) for source in sources)
    return hits, len(g.fillers[slot]), predicted


def _equal(slot: str, g: Any, p: Any, gold: Filled, strict: bool) -> bool:
    if isinstance(g, Who):
        return _same_party(g, p, strict)
    if strict:
        return False
    if isinstance(g, When):
        return _same_date(g, p)
    if isinstance(g, HowMuch):
        return _same_quantity(g, p)
    if slot == "action":
        return _stem(p) in gold.verbs or any(_stem(word) in gold.verbs for word in p.split())
    return bool(g == p)


def _same_party(g: Who, p: Who, strict: bool) -> bool:
    if g.forms & p.forms:
        return True
    if strict:
        return False
    for start, end in g.spans:
        for low, high in p.spans:
            if min(end, high) - max(start, low) >= HALF * (max(end, high) - min(start, low)) > 0:
                return True
    small = words("determiners") | words("small_words")
    for form in g.forms:
        for other in p.forms:
            a, b = set(form.split()) - small, set(other.split()) - small
            if a and b and len(a & b) >= HALF * len(a | b):
                return True
    return False


def _same_date(g: When, p: When) -> bool:
    if g.direction != p.direction:
        return False
    if g.value and g.value == p.value:
        return True
    if (g.low, g.high) == (p.low, p.high) != (None, None):
        return True
    if g.low is None or g.high is None or p.low is None or p.high is None:
        return False
    common = min(g.high, p.high) - max(g.low, p.low) + 1
    return common > 0 and common >= HALF * (max(g.high, p.high) - min(g.low, p.low) + 1)


def _same_quantity(g: HowMuch, p: HowMuch) -> bool:
    if g.value is None and p.value is None:
        return True
    return _near(g.value, p.value) and (g.kind not in ("money", "percent", "measure") or g.unit == p.unit)


def _near(a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)


def _filled(c: Any, document: Document) -> Filled:
    by_id = {
        layer: {item["id"]: item for item in document.get(layer) or [] if "id" in item}
        for layer in ("entities", "dates", "quantities")
    }
    fillers: dict[str, list[Any]] = {}
    for slot in (*PARTY_SLOTS, "made_at", "speaker"):
        fillers[slot] = [_who(raw, by_id["entities"]) for raw in _listed(c.get(slot))]
    for slot in ("deadline", "made_on"):
        fillers[slot] = [_when(raw, by_id["dates"]) for raw in _listed(c.get(slot))]
    fillers["quantities"] = [_how_much(raw, by_id["quantities"]) for raw in _listed(c.get("quantities"))]
    fillers["force"] = [str(raw).lower() for raw in _listed(c.get("force"))]
    fillers["action"] = [str(raw) for raw in _listed(c.get("action"))][:1]
    for slot in ("negated", "conditional"):
        fillers[slot] = [True] if c.get(slot) is True else []
    verbs = frozenset(_stem(verb) for verb in [*fillers["action"], *_listed(c.get("action_any"))])
    return Filled(c["start"], c["end"], fillers, verbs)


def _listed(value: Any) -> list[Any]:
    if value in (None, "", [], {}):
        return []
    return value if isinstance(value, list) else [value]


def _looked_up(raw: Any, by_id: dict[str, Any], key: str) -> dict[str, Any]:
    found = by_id.get(raw) if isinstance(raw, str) else raw
    return found if isinstance(found, dict) else {key: raw}


def _who(raw: Any, entities: dict[str, Any]) -> Who:
    """A party: the id of an entity, a party object with the entity that it stands for, or a name."""
    party = _looked_up(raw, entities, "name")
    mentions = list(party.get("mentions") or [])
    names = [party.get("name"), *(party.get("aliases") or [])]
    if "entity" in party:
        entity = entities.get(party["entity"]) or {}
        mentions += [party, *(entity.get("mentions") or [])]
        names += [entity.get("name"), *(entity.get("aliases") or [])]
    mentions = [m for m in mentions if not _is_pronoun(m.get("text") or "")]
    names = [str(name) for name in [*names, *(m.get("text") for m in mentions)] if name]
    forms = frozenset(_normal(name) for name in [n for n in names if not _is_pronoun(n)] or names) - {""}
    spans = tuple((m["start"], m["end"]) for m in mentions if m.get("start") is not None)
    return Who(str(party.get("name")), forms, spans)


def _when(raw: Any, known: dict[str, Any]) -> When:
    date = _looked_up(raw, known, "value")
    value = str(date.get("value") or "").strip().upper()
    mod = str(date.get("mod") or "").upper()
    direction = "AFTER" if "AFTER" in mod else "BEFORE" if "BEFORE" in mod else ""
    low, high = _ordinal(date.get("earliest")), _ordinal(date.get("latest"))
    if low is None and high is None and not direction and (m := re.match(r"\d{4}(?:-\d\d(?:-\d\d)?)?", value)):
        between = dates.days(m[0])
        low, high = (between[0].toordinal(), between[1].toordinal()) if between else (None, None)
    return When(value, direction, low, high)


def _ordinal(day: Any) -> int | None:
    between = dates.days(str(day)[:10]) if day else None
    return between[0].toordinal() if between else None


def _how_much(raw: Any, known: dict[str, Any]) -> HowMuch:
    quantity = _looked_up(raw, known, "value")
    unit = _normal(quantity.get("unit") or "").removesuffix("s")
    if quantity.get("unit") == "%" or unit in ("per cent", "pct"):
        unit = "percent"
    source = _number((quantity.get("change") or {}).get("from"))
    return HowMuch(_number(quantity.get("value")), quantity.get("kind"), unit, source)


def _number(value: Any) -> float | None:
    try:
        return float(re.sub(r"[,_\s]", "", value) if isinstance(value, str) else value)
    except (TypeError, ValueError):
        return None


def _normal(name: str) -> str:
    """A name as it is compared: no case, possessive, dots of initials, hyphens, leading determiners."""
    text = DOTS.sub("", POSSESSIVE.sub("", name.casefold())).replace("-", " ")
    tokens = re.findall(r"\w+", text)
    while len(tokens) > 1 and tokens[0] in words("determiners"):
        tokens = tokens[1:]
    return " ".join(tokens)


def _is_pronoun(text: str) -> bool:
    text = text.strip()
    acronym = text.replace(".", "").isupper() and len(text) > 1  # "us" is one, "US" is not
    return _normal(text) in words("pronouns") and not acronym


def _stem(word: str) -> str:
    word = _normal(word)
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _kind(c: Filled) -> str | None:
    force = c.fillers["force"][0] if c.fillers["force"] else None
    return BINDING.get(force, force) if force is not None else None


def _show(c: Filled, slot: str) -> str:
    def shown(filler: Any) -> str:
        if isinstance(filler, Who):
            return filler.name
        return str(filler.value) if isinstance(filler, When | HowMuch) else str(filler)

    return ", ".join(shown(filler) for filler in c.fillers[slot]) or "none"
