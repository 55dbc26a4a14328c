"""Threads: the same promise in several documents, and what became of it.

    2016  "NATO Allies committed to fund the Afghan forces until the end of 2017"        made
    2017  "NATO Allies reaffirmed their commitment to fund the Afghan forces"            reaffirmed
    2018  "NATO Allies agreed to fund the Afghan security forces until the end of 2020"  extended

Two commitments are one promise when party, action, object, beneficiaries, amounts and deadline fit; what differs must
be a change that the words or the dates bear out. In doubt they stay two. Documents are taken in the order of their
dates and a commitment joins the best thread so far or opens one, so that later documents never move earlier ones.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from pipeline import rulebook
from pipeline.organisations import Organisations
from pipeline.records import Commitment, Date, Quantity, Record, Span
from pipeline.rulebook import Lower, Rule

StepKind = Literal[
    "made", "restated", "reaffirmed", "raised", "lowered", "extended", "brought_forward", "dropped", "fulfilled"
]
Status = Literal["open", "due", "overdue", "undated", "fulfilled", "abandoned"]

PURSUED = ("reaffirmed", "raised", "lowered", "extended", "brought_forward")
"""Steps by which a promise that was dropped stands again; to restate it may be only to recall it."""

SAME_OBJECT = 0.5  # Jaccard of the words of object and beneficiaries: half of all words are shared
SAME_OBJECT_CHANGED = 0.6  # where amount or deadline differ, the object must tell more clearly that it is one promise
SAME_WORDING = 0.34  # of all words of the evidence: "provide assistance" alone is not the same assistance
SAME_WORDING_AND_AMOUNT = 0.2  # two texts that name the same sum for the same object may say the rest differently
BOUNDING = ("by", "before", "until", "within", "beyond", "for")
"""Relations that bound an action; "in June" and "on Monday" name an occasion, and another date is another occasion."""
NAMED_DELIVERABLES = ("PROGRAMME", "AGREEMENT", "EVENT", "FAC")
OPEN_ENDED = ("since", "from", "after", "beyond")
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


class Action(Rule):
    """Verbs that say the same of a promise: `id` is the class. `role` is what such a verb does to an earlier promise.

    An example marks the verb as a record's `action` gives it.
    """

    lemmas: list[Lower]
    role: Literal["raises", "extends", "drops"] | None = None


class Ignored(Rule):
    """Words that do not tell one promise from another. An example marks a phrase with the stems that are compared."""

    words: list[Lower]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is compared of one commitment. `date` is the day of the act if known, else that of the document."""

    document: str
    id: str
    date: str | None
    committers: tuple[frozenset[str], ...]
    beneficiaries: tuple[frozenset[str], ...]
    action: str
    verb: str
    negated: bool
    object_words: frozenset[str]
    all_words: frozenset[str]
    amounts: tuple[Quantity, ...]
    deadline: Date | None
    reaffirms: bool
    status: str
    same_as: str | None
    specific: bool
    """Whether one could tell if it was kept: an amount, a deadline or an object with a name ("the Minsk agreement")."""


@dataclass(frozen=True, slots=True)
class Step:
    """One commitment's place in a thread: what it did to the promise, and what that is read from."""

    promise: Promise
    kind: StepKind
    reason: str


@dataclass
class Thread:
    """One promise over time. `amounts` and `deadline` are what holds after the latest step."""

    steps: list[Step] = field(default_factory=list)
    amounts: tuple[Quantity, ...] = ()
    deadline: Date | None = None
    date: str | None = None

    @property
    def first(self) -> Promise:
        """The commitment that opened the thread."""
        return self.steps[0].promise

    def add(self, step: Step) -> None:
        """Append a step; an act that is not older than the last one sets what holds from now on."""
        self.steps.append(step)
        if self.date is None or step.promise.date is None or step.promise.date >= self.date:
            self.amounts = step.promise.amounts or self.amounts
            self.deadline = step.promise.deadline or self.deadline
            self.date = step.promise.date or self.date

    def as_of(self, day: str) -> Thread:
        """The thread as it stood on a day; steps without a date are taken to have been taken."""
        then = Thread()
        for step in self.steps:
            if step.promise.date is None or step.promise.date[: len(day)] <= day:
                then.add(step)
        return then


def promises(record: Record, parties: Organisations, slots: dict[int, str | None]) -> list[Promise]:
    """What is compared of each commitment, in the order of the text.

    `slots` gives the register's party for each Party of a commitment, by `id()`.
    """
    quantities = {quantity.id: quantity for quantity in record.quantities}
    dates = {date.id: date for date in record.dates}
    deliverables = sorted(
        mention.start for entity in record.entities if entity.type in NAMED_DELIVERABLES for mention in entity.mentions
    )
    found = []
    for commitment in sorted(record.commitments, key=lambda c: (c.start, c.end, c.id)):
        amounts = tuple(quantities[id_] for id_ in commitment.quantities)
        deadline, made_on = dates.get(commitment.deadline or ""), dates.get(commitment.made_on or "")
        committers = [slots[id(party)] for party in commitment.committers]
        helped = [slots[id(party)] for party in commitment.beneficiaries]
        # "the clinic" of one text may be that of another: its words are compared, the party is not.
        beneficiaries = [id_ for id_ in helped if id_ is not None and parties.parties[id_].document is None]
        object_words, all_words = _words(record, commitment, [*amounts, *filter(None, (deadline, made_on))])
        items = frozenset(word for amount in amounts for word in stems(amount.item or ""))
        sized = any(_size(amount) is not None for amount in amounts)
        found.append(
            Promise(
                document=record.id,
                id=commitment.id,
                date=(made_on.latest if made_on is not None else None) or record.published,
                committers=_behind(parties, committers),
                beneficiaries=_behind(parties, beneficiaries),
                action=action_class(commitment.action),
                verb=_stem(commitment.action),
                negated=commitment.negated,
                object_words=object_words | items,
                all_words=all_words | items,
                amounts=amounts,
                deadline=deadline,
                reaffirms=commitment.force == "reaffirmed",
                status=commitment.status,
                same_as=commitment.same_as,
                specific=sized or deadline is not None or _holds(commitment.object, deliverables),
            )
        )
    return found


def _words(record: Record, commitment: Commitment, timed: Iterable[Span]) -> tuple[frozenset[str], frozenset[str]]:
    """The words of object and beneficiaries, and of the whole evidence; who, when and how much are compared apart."""
    parties = [*commitment.committers, *filter(None, (commitment.made_at, commitment.speaker))]
    cut = [(span.start, span.end) for span in [*parties, *timed, commitment.trigger]]
    named = commitment.object
    of_object = _stems_outside(record.text, named.start, named.end, cut) if named is not None else frozenset()
    of_all = _stems_outside(record.text, commitment.start, commitment.end, cut)
    helped = frozenset(word for party in commitment.beneficiaries for word in stems(party.name or ""))
    owners = frozenset(word for party in commitment.committers for word in stems(party.name or ""))
    said = frozenset({_stem(commitment.action), *stems(commitment.trigger.text)})
    return (of_object | helped) - owners, (of_all | helped) - owners - said


def _holds(span: Span | None, starts: list[int]) -> bool:
    """Whether one of the sorted `starts` lies within a span."""
    return span is not None and bisect_left(starts, span.start) < bisect_left(starts, span.end)


def join(promises: Sequence[Promise]) -> list[Thread]:
    """Threads of commitments that come in the order of their documents and, in a document, of the text."""
    index = Index(promises)
    threads: list[Thread] = []
    home: dict[tuple[str, str], int] = {}
    for new in promises:
        number, step = _best(threads, index.candidates(new), new)
        if new.same_as is not None and (new.document, new.same_as) in home:
            number = home[new.document, new.same_as]
            step = compare(threads[number], new) or Step(new, _repeats(new), "the document itself says it again")
        if step is None:
            number, step = len(threads), Step(new, _opens(new), "first of its kind")
            threads.append(Thread())
        threads[number].add(step)
        home[new.document, new.id] = number
        index.add(new, number)
    return threads


def compare(thread: Thread, new: Promise) -> Step | None:
    """The step that a commitment is in a thread, None where it is another promise.

    Its words are compared with the first and with the latest commitment of the thread, amounts and deadline with what
    holds after the latest.
    """
    return _compare(thread, thread.first, new) or _compare(thread, thread.steps[-1].promise, new)


def status(thread: Thread, as_of: str | None) -> tuple[Status | None, str]:
    """The status of a promise on a day, with its evidence in a sentence; None where it was made after that day.

    Without a day, due and overdue are not computed: a promise with a deadline is "open".
    """
    then = thread if as_of is None else thread.as_of(as_of)
    if not then.steps:
        return None, f"made after {as_of}"
    for step in reversed(then.steps):
        if step.kind in PURSUED:
            break
        if step.kind == "fulfilled":
            return "fulfilled", f"{step.promise.document} says so"
        if step.kind == "dropped":
            return "abandoned", f"{step.promise.document}: {step.reason}"
    deadline = then.deadline
    if deadline is None or deadline.latest is None or deadline.earliest is None:
        return "undated", "no deadline in calendar days is known"
    if as_of is None:
        return "open", f"its deadline is {deadline.value}; due and overdue need a day to compare with"
    if as_of < deadline.earliest:
        return "open", f"its deadline {deadline.value} lies ahead"
    if then.first.negated:
        return "open", "nothing is to be done by a day: it binds not to act"
    if as_of <= deadline.latest or deadline.relation in OPEN_ENDED or deadline.mod in ("AFTER", "ON_OR_AFTER"):
        return "due", f"its time {deadline.value} has come"
    return "overdue", f"its deadline passed on {deadline.latest}, and no document says that it was kept"


@cache
def _actions() -> dict[str, Action]:
    return {lemma: rule for rule in rulebook.load_file("register", "actions", Action) for lemma in rule.lemmas}


@cache
def _roles() -> dict[str, str]:
    return {rule.id: rule.role for rule in _actions().values() if rule.role is not None}


@cache
def _ignored() -> frozenset[str]:
    return frozenset(word for rule in rulebook.load_file("register", "ignored", Ignored) for word in rule.words)


def action_class(lemma: str) -> str:
    """The class of an action: "give" -> "provide"; a verb that no rule knows is a class of its own."""
    rule = _actions().get(lemma)
    return lemma if rule is None else rule.id


def stems(text: str) -> frozenset[str]:
    """The words that tell promises apart, without their endings: "its new plants in Leeds" -> {"plant", "leed"}."""
    words = (word.casefold().removesuffix("'s").removesuffix("\u2019s") for word in WORD.findall(text))
    return frozenset(_stem(word) for word in words if len(word) > 1 and word not in _ignored())


def _stems_outside(text: str, start: int, end: int, cut: Iterable[tuple[int, int]]) -> frozenset[str]:
    """The stems of `text[start:end]` without the stretches `cut`."""
    parts, at = [], start
    for left, right in sorted(cut):
        if start <= left < end:
            parts.append(text[at : max(at, left)])
            at = max(at, min(right, end))
    return stems(" ".join([*parts, text[at:end]]))


@cache
def _stem(word: str) -> str:
    """A word without its plural, then without its verb's ending: "crossings" and "crossing" -> "cross"."""
    for endings in (("ies", "es", "s"), ("ing", "ed", "e")):
        ending = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= 3), "")
        if ending and not word.endswith("ss"):
            word = word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word


def _behind(parties: Organisations, ids: Iterable[str | None]) -> tuple[frozenset[str], ...]:
    return tuple(parties.behind(id_) for id_ in ids if id_ is not None)


def _opens(new: Promise) -> StepKind:
    if new.status in ("fulfilled", "abandoned"):
        return "fulfilled" if new.status == "fulfilled" else "dropped"
    return "reaffirmed" if new.reaffirms else "made"


def _repeats(new: Promise) -> StepKind:
    opened = _opens(new)
    return "restated" if opened == "made" else opened


def _compare(thread: Thread, old: Promise, new: Promise) -> Step | None:
    if not _fit(old.committers, new.committers):
        return None
    role = _roles().get(new.action)
    if role == "drops" and old.action != new.action and not new.negated and _drops(old, new):
        return Step(new, "dropped", f"{new.action} what was promised")
    if old.beneficiaries and new.beneficiaries and not _fit(old.beneficiaries, new.beneficiaries):
        return None
    amount, changed_from = _amounts(thread.amounts, new.amounts)
    if amount == "other":
        return None
    alike = _jaccard(old.object_words, new.object_words)
    changes = amount == "differs" or _deadlines(thread.deadline, new.deadline) not in ("same", "unknown")
    if old.action != new.action and not (changes and role in ("raises", "extends")):
        return None
    if alike < (SAME_OBJECT_CHANGED if changes else SAME_OBJECT):
        return None
    if _jaccard(old.all_words, new.all_words) < (SAME_WORDING_AND_AMOUNT if amount == "same" else SAME_WORDING):
        return None
    why = f"same party and action, {alike:.0%} of the object's words"
    if old.negated != new.negated:
        dropped = new.negated and _follows(thread, new)
        return Step(new, "dropped", f"{why}, now negated") if dropped else None
    if not changes:
        return Step(new, _repeats(new), why + (", same amount" if amount == "same" else ""))
    return _change(thread, new, role, amount, changed_from, why)


def _change(thread: Thread, new: Promise, role: str | None, amount: str, changed_from: bool, why: str) -> Step | None:
    """A promise whose amount or deadline moved; both at once, or a move without a sign of it, is another promise."""
    day = _deadlines(thread.deadline, new.deadline)
    if not _follows(thread, new):
        return None
    if amount == "differs":
        signed = changed_from or role == "raises" or (thread.deadline is not None and day == "same")
        if not signed or day not in ("same", "unknown"):
            return None
        old_value, value = _compared(thread.amounts, new.amounts)
        kind: StepKind = "raised" if value > old_value else "lowered"
        return Step(new, kind, f"{why}; {old_value:,.15g} before, {value:,.15g} now")
    assert thread.deadline is not None and new.deadline is not None
    bounded = thread.deadline.relation in BOUNDING and new.deadline.relation in BOUNDING
    if not (bounded or role == "extends"):
        return None
    moved: StepKind = "extended" if day == "later" else "brought_forward"
    return Step(new, moved, f"{why}; {thread.deadline.text} before, {new.deadline.text} now")


def _drops(old: Promise, new: Promise) -> bool:
    """ "scrap its plan to build a plant in Leeds" drops (build, plant in Leeds)."""
    follows = old.date is not None and new.date is not None and new.date > old.date
    alike = _jaccard(old.object_words | {old.verb}, new.object_words)
    return follows and alike >= SAME_OBJECT and len(old.object_words & new.object_words) > 1


def _follows(thread: Thread, new: Promise) -> bool:
    """Whether an act is known to be later than the last one: of two acts without dates nobody knows which holds."""
    same_text = thread.steps[-1].promise.document == new.document
    return thread.date is not None and new.date is not None and (new.date > thread.date or same_text)


def _fit(old: tuple[frozenset[str], ...], new: tuple[frozenset[str], ...]) -> bool:
    """Whether one side's parties are all among the other's: "Japan" and "Japan and Chad", not "Japan" and "Chad"."""
    few, many = sorted((old, new), key=len)
    return bool(few) and all(any(one & other for other in many) for one in few)


def _amounts(old: Sequence[Quantity], new: Sequence[Quantity]) -> tuple[str, bool]:
    """ "same", "differs", "other" (dollars and euros, trucks and ships) or "unknown" where one side has none; and
    whether the new one says from what it changed.
    """
    pairs = [(a, b) for a in old for b in new if _comparable(a, b)]
    if any(_near(_size(a), _size(b)) for a, b in pairs):
        return "same", False
    changed = any(b.change is not None and _near(b.change.from_, _size(a)) for a, b in pairs)
    if pairs:
        return "differs", changed
    return ("other" if {a.kind for a in old} & {b.kind for b in new} else "unknown"), False


def _compared(old: Sequence[Quantity], new: Sequence[Quantity]) -> tuple[float, float]:
    return next((_size(a) or 0, _size(b) or 0) for a in old for b in new if _comparable(a, b))


def _comparable(a: Quantity, b: Quantity) -> bool:
    if (a.kind, a.unit, a.per) != (b.kind, b.unit, b.per) or _size(a) is None or _size(b) is None:
        return False
    return a.kind != "count" or not a.item or not b.item or bool(stems(a.item) & stems(b.item))


def _size(amount: Quantity) -> int | float | None:
    """The number that an amount is compared by: its value, of a range the upper end."""
    return next((x for x in (amount.value, amount.high, amount.low) if x is not None), None)


def _near(a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-6)


def _deadlines(old: Date | None, new: Date | None) -> Literal["same", "later", "earlier", "unknown"]:
    if old is None or new is None or old.latest is None or new.latest is None:
        return "unknown"
    if old.latest == new.latest:
        return "same"
    return "later" if new.latest > old.latest else "earlier"


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0


def _best(threads: list[Thread], candidates: Iterable[int], new: Promise) -> tuple[int, Step | None]:
    """The thread whose words are most like the new commitment's, of equals the oldest."""
    best: tuple[float, int, Step | None] = (0.0, -1, None)
    for number in candidates:
        step = compare(threads[number], new)
        if step is not None:
            alike = max(
                _jaccard(new.all_words, s.promise.all_words)
                for s in (threads[number].steps[0], threads[number].steps[-1])
            )
            if best[2] is None or alike > best[0]:
                best = (alike, number, step)
    return best[1], best[2]


class Index:
    """Which threads can be like a commitment at all.

    Two sets of which at least half of all words are shared have a word in common among the rarer half of each, so only
    those are looked up: common words ("support", "security") would make it quadratic. A word's rank decides who is
    compared, never the result.
    """

    def __init__(self, promises: Iterable[Promise]) -> None:
        self.counts = Counter(word for promise in promises for word in promise.object_words)
        self.threads: dict[tuple[str, str], dict[int, None]] = defaultdict(dict)

    def candidates(self, new: Promise) -> list[int]:
        """The numbers of the threads to compare with."""
        return sorted({number for key in self._keys(new) for number in self.threads.get(key, ())})

    def add(self, new: Promise, number: int) -> None:
        """Note that a commitment belongs to a thread."""
        for key in self._keys(new):
            self.threads[key][number] = None

    def _keys(self, new: Promise) -> list[tuple[str, str]]:
        rare_first = sorted(new.object_words, key=lambda word: (self.counts[word], word))
        words = rare_first[: len(rare_first) - math.ceil(SAME_OBJECT * len(rare_first)) + 1]
        parties = dict.fromkeys(party for behind in new.committers for party in sorted(behind))
        return [(party, word) for party in parties for word in words]
