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
from typing import Literal, NamedTuple

from pipeline.organisations import Organisations, Resolved
from pipeline.records import Commitment, Date, Quantity, Record, Span
from pipeline.wording import Role, Wording, stem

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
SAME_WORDING_IN_ONE_TEXT = 0.15  # a headline says little of what its text says of the same object
SAME_EVIDENCE = 0.6  # of all words: texts so much alike are one promise wherever their objects were cut off
REACH = 300  # threads of one party and word that are compared: ten thousand shops to open, one a town, stay linear
BOUNDING = ("by", "before", "until", "within", "beyond", "for")
"""Relations that bound an action; "in June" and "on Monday" name an occasion, and another date is another occasion."""
NAMED_DELIVERABLES = ("PROGRAMME", "AGREEMENT", "EVENT", "FAC")
ADJECTIVES = "NORP"  # "Afghan" says of what kind a thing is, not which one
OPEN_ENDED = ("since", "from", "after", "beyond")
CALENDAR = re.compile(r"\d{4}(-\d\d){0,2}")


class Amount(NamedTuple):
    """A quantity with the stems of what is counted."""

    quantity: Quantity
    item: frozenset[str]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is compared of one commitment. `date` (YYYY, YYYY-MM or YYYY-MM-DD) is that of the act, else that of
    the document.
    """

    document: str
    id: str
    date: str | None
    committers: tuple[frozenset[str], ...]
    beneficiaries: tuple[frozenset[str], ...]
    action: str
    verb: str
    role: Role | None
    negated: bool
    object_words: frozenset[str]
    all_words: frozenset[str]
    names: frozenset[str]
    """The parties and places that the evidence names beside those who promise and where they do."""
    deliverables: frozenset[str]
    """Those of its names that can be delivered: "the Enduring Partnership"."""
    amounts: tuple[Amount, ...]
    beside: tuple[Amount, ...]
    """Numbers in the evidence that are not the amount promised: "the seventh mission", "part of a $11 billion plan"."""
    deadline: Date | None
    reaffirms: bool
    status: str
    same_as: str | None
    specific: bool
    """Whether one could tell if it was kept: an amount, a deadline or an object with a name ("the Minsk agreement")."""

    @property
    def thing(self) -> frozenset[str]:
        """The words for what is promised; where no object was found, all words of the evidence."""
        return self.object_words or self.all_words


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
    amounts: tuple[Amount, ...] = ()
    deadline: Date | None = None
    date: str | None = None

    @property
    def first(self) -> Promise:
        """The commitment that opened the thread."""
        return self.steps[0].promise

    def add(self, step: Step) -> None:
        """Append a step; an act that is not older than the last one sets what holds from now on."""
        self.steps.append(step)
        if not _later(self.date, step.promise.date):
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


def promises(record: Record, wording: Wording, parties: Organisations, who: Resolved) -> list[Promise]:
    """What is compared of each commitment of a record, in the order of the text; `who` are its parties."""
    quantities = {q.id: Amount(q, wording.stems(q.item or "")) for q in record.quantities}
    in_order = sorted(quantities.values(), key=lambda amount: amount.quantity.start)
    starts = [amount.quantity.start for amount in in_order]
    dates = {date.id: date for date in record.dates}
    naming = Naming(record, parties, who)
    found = []
    for commitment in sorted(record.commitments, key=lambda c: (c.start, c.end, c.id)):
        amounts = tuple(quantities[id_] for id_ in commitment.quantities)
        told = in_order[bisect_left(starts, commitment.start) : bisect_left(starts, commitment.end)]
        deadline, made_on = dates.get(commitment.deadline or ""), dates.get(commitment.made_on or "")
        committers = _behind(parties, (who.slots[id(party)] for party in commitment.committers))
        helped = [who.slots[id(party)] for party in commitment.beneficiaries]
        # "the clinic" of one text may be that of another: its words are compared, the party is not.
        known = [id_ for id_ in helped if id_ is not None and parties.parties[id_].document is None]
        told_by = [who.slots[id(party)] for party in (commitment.made_at, commitment.speaker) if party is not None]
        timed = [date for date in (deadline, made_on) if date is not None]
        object_words, all_words = _words(record, wording, commitment, [*(q.quantity for q in amounts), *timed])
        items = frozenset(word for amount in amounts for word in amount.item)
        sized = any(_size(amount) is not None for amount in amounts)
        found.append(
            Promise(
                document=record.id,
                id=commitment.id,
                date=_acted(made_on) or record.published,
                committers=committers,
                beneficiaries=_behind(parties, known),
                action=wording.action_class(commitment.action),
                verb=stem(commitment.action),
                role=wording.role(commitment.action),
                negated=commitment.negated,
                object_words=object_words | items,
                all_words=all_words | items,
                names=naming.names(commitment).difference(told_by, *committers),
                deliverables=naming.deliverables(commitment.object or commitment),
                amounts=amounts,
                beside=tuple(amount for amount in told if amount not in amounts),
                deadline=deadline,
                reaffirms=commitment.force == "reaffirmed",
                status=commitment.status,
                same_as=commitment.same_as,
                specific=sized or deadline is not None or naming.deliverable_in(commitment.object),
            )
        )
    return found


class Naming:
    """The names of a record in the order of the text, each with its party in the register."""

    def __init__(self, record: Record, parties: Organisations, who: Resolved) -> None:
        self._mentions = sorted(
            (mention.start, who.entities[entity.id], entity.type)
            for entity in record.entities
            for mention in entity.mentions
        )
        self._starts = [start for start, _, _ in self._mentions]
        self._parties = parties

    def names(self, span: Span) -> frozenset[str]:
        """The parties and places named in a span that are the same in every document."""
        return frozenset(
            party
            for party, type_ in self._inside(span)
            if type_ != ADJECTIVES and self._parties.parties[party].document is None
        )

    def deliverables(self, span: Span) -> frozenset[str]:
        """The programmes, agreements, events and buildings named in a span."""
        return frozenset(party for party, type_ in self._inside(span) if type_ in NAMED_DELIVERABLES)

    def deliverable_in(self, span: Span | None) -> bool:
        """Whether a span names something that can be delivered."""
        return span is not None and bool(self.deliverables(span))

    def _inside(self, span: Span) -> list[tuple[str, str]]:
        low, high = bisect_left(self._starts, span.start), bisect_left(self._starts, span.end)
        return [(party, type_) for _, party, type_ in self._mentions[low:high]]


def _acted(made_on: Date | None) -> str | None:
    """When an act was done: a day, month or year as it is written, of any longer stretch its last day."""
    if made_on is None or made_on.latest is None:
        return None
    return made_on.value if CALENDAR.fullmatch(made_on.value) else made_on.latest


def _words(
    record: Record, wording: Wording, commitment: Commitment, timed: Iterable[Span]
) -> tuple[frozenset[str], frozenset[str]]:
    """The words of object and beneficiaries, and of the whole evidence; who, when and how much are compared apart."""
    parties = [*commitment.committers, *filter(None, (commitment.made_at, commitment.speaker))]
    cut = [(span.start, span.end) for span in [*parties, *timed, commitment.trigger]]
    text, named = record.text, commitment.object
    of_object = wording.stems_outside(text, named.start, named.end, cut) if named is not None else frozenset()
    of_all = wording.stems_outside(text, commitment.start, commitment.end, cut)
    helped = frozenset(word for party in commitment.beneficiaries for word in wording.stems(party.name or ""))
    owners = frozenset(word for party in commitment.committers for word in wording.stems(party.name or ""))
    said = wording.same_verbs(commitment.action) | wording.stems(commitment.trigger.text)
    return (of_object | helped) - owners, (of_all | helped) - owners - said


def join(promises: Sequence[Promise]) -> list[Thread]:
    """Threads of commitments that come in the order of their documents and, in a document, of the text."""
    index = Index(promises)
    threads: list[Thread] = []
    home: dict[tuple[str, str], int] = {}
    for new in promises:
        number, step = _best(threads, index.candidates(new), new)
        if new.same_as is not None and (new.document, new.same_as) in home:
            told = home[new.document, new.same_as]
            if not _contradicts(threads[told].steps[-1].promise, new):
                number = told
                step = compare(threads[told], new) or Step(new, _repeats(new), "the document itself says it again")
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
    step = _compare(thread, thread.first, new)
    if step is None and len(thread.steps) > 1:
        step = _compare(thread, thread.steps[-1].promise, new)
    return step


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
            return "fulfilled", f"{step.promise.document} says that it was kept"
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
    if new.role == "drops" and old.action != new.action and not new.negated and _drops(old, new):
        return Step(new, "dropped", f"{new.action} what was promised")
    amount, changed_from = _amounts(thread.amounts, new.amounts)
    if amount == "other" or _contradicts(old, new):
        return None
    changes = amount == "differs" or _deadlines(thread.deadline, new.deadline) not in ("same", "unknown")
    if old.action != new.action and not (changes and new.role in ("raises", "extends")):
        return None
    likeness = _likeness(old, new, changes, amount == "same")
    if likeness is None:
        return None
    why = f"same party and action, {likeness}"
    if old.negated != new.negated:
        dropped = new.negated and _follows(thread, new)
        return Step(new, "dropped", f"{why}, now negated") if dropped else None
    if not changes:
        return Step(new, _repeats(new), why + (", same amount" if amount == "same" else ""))
    return _change(thread, new, amount, changed_from, why)


def _contradicts(old: Promise, new: Promise) -> bool:
    """Whether what two commitments name shows that they are two: other beneficiaries, other places, "the seventh
    mission" and "the ninth". One text may tell more than the other, but not each what the other lacks.
    """
    if old.beneficiaries and new.beneficiaries and not _fit(old.beneficiaries, new.beneficiaries):
        return True
    if old.names - new.names and new.names - old.names:
        return True
    pairs = [(a, b) for a in old.beside for b in new.beside if _comparable(a, b)]
    return bool(pairs) and not any(_near(_size(a), _size(b)) for a, b in pairs)


def _likeness(old: Promise, new: Promise, changes: bool, same_amount: bool) -> str | None:
    """What makes two promises of one party and action one, in words; None where it is not enough."""
    shared = (old.thing & new.thing) | (old.all_words & new.all_words)
    in_one_text = old.document == new.document
    if len(shared) < 2 and not (old.names & new.names or same_amount or in_one_text):
        return None  # "hold talks", "take action": everybody does, time and again
    wording = _jaccard(old.all_words, new.all_words)
    if wording >= SAME_EVIDENCE:
        return f"{wording:.0%} of all words"
    alike = _jaccard(old.thing, new.thing)
    same_wording = SAME_WORDING_AND_AMOUNT if same_amount else SAME_WORDING
    if in_one_text and not changes:
        same_wording = SAME_WORDING_IN_ONE_TEXT
    if alike >= (SAME_OBJECT_CHANGED if changes else SAME_OBJECT) and wording >= same_wording:
        return f"{alike:.0%} of the object's words"
    if old.deliverables & new.deliverables and (old.all_words <= new.all_words or new.all_words <= old.all_words):
        return "all that the shorter one says of what it names"
    return None


def _change(thread: Thread, new: Promise, amount: str, changed_from: bool, why: str) -> Step | None:
    """A promise whose amount or deadline moved; both at once, or a move without a sign of it, is another promise."""
    day = _deadlines(thread.deadline, new.deadline)
    if not _follows(thread, new):
        return None
    if amount == "differs":
        signed = changed_from or new.role == "raises" or (thread.deadline is not None and day == "same")
        if not signed or day not in ("same", "unknown"):
            return None
        old_value, value = _compared(thread.amounts, new.amounts)
        kind: StepKind = "raised" if value > old_value else "lowered"
        return Step(new, kind, f"{why}; {old_value:,.15g} before, {value:,.15g} now")
    assert thread.deadline is not None and new.deadline is not None
    bounded = thread.deadline.relation in BOUNDING and new.deadline.relation in BOUNDING
    if not (bounded or new.role == "extends"):
        return None
    moved: StepKind = "extended" if day == "later" else "brought_forward"
    return Step(new, moved, f"{why}; {thread.deadline.text} before, {new.deadline.text} now")


def _drops(old: Promise, new: Promise) -> bool:
    """ "scrap its plan to build a plant in Leeds" drops (build, plant in Leeds)."""
    follows = _later(new.date, old.date)
    alike = _jaccard(old.object_words | {old.verb}, new.object_words)
    return follows and alike >= SAME_OBJECT and len(old.object_words & new.object_words) > 1


def _follows(thread: Thread, new: Promise) -> bool:
    """Whether an act is known to be later than the last one: of two acts without dates nobody knows which holds."""
    same_text = thread.steps[-1].promise.document == new.document
    return thread.date is not None and new.date is not None and (same_text or _later(new.date, thread.date))


def _later(one: str | None, other: str | None) -> bool:
    """Whether a date is known to be later: "2012" is neither before nor after "2012-05-21"."""
    common = min(len(one or ""), len(other or ""))
    return one is not None and other is not None and one[:common] > other[:common]


def _fit(old: tuple[frozenset[str], ...], new: tuple[frozenset[str], ...]) -> bool:
    """Whether one side's parties are all among the other's: "Japan" and "Japan and Chad", not "Japan" and "Chad"."""
    few, many = sorted((old, new), key=len)
    return bool(few) and all(any(one & other for other in many) for one in few)


def _amounts(old: Sequence[Amount], new: Sequence[Amount]) -> tuple[str, bool]:
    """ "same", "differs", "other" (dollars and euros, trucks and ships) or "unknown" where one side has none; and
    whether the new one says from what it changed.
    """
    pairs = [(a, b) for a in old for b in new if _comparable(a, b)]
    if any(_near(_size(a), _size(b)) for a, b in pairs):
        return "same", False
    changed = any(b.quantity.change is not None and _near(b.quantity.change.from_, _size(a)) for a, b in pairs)
    if pairs:
        return "differs", changed
    kinds = {amount.quantity.kind for amount in old} & {amount.quantity.kind for amount in new}
    return ("other" if kinds else "unknown"), False


def _compared(old: Sequence[Amount], new: Sequence[Amount]) -> tuple[float, float]:
    return next((_size(a) or 0, _size(b) or 0) for a in old for b in new if _comparable(a, b))


def _comparable(a: Amount, b: Amount) -> bool:
    one, other = a.quantity, b.quantity
    if (one.kind, one.unit, one.per) != (other.kind, other.unit, other.per) or _size(a) is None or _size(b) is None:
        return False
    return one.kind not in ("count", "ordinal") or not a.item or not b.item or bool(a.item & b.item)


def _size(amount: Amount) -> int | float | None:
    """The number that an amount is compared by: its value, of a range the upper end."""
    quantity = amount.quantity
    return next((x for x in (quantity.value, quantity.high, quantity.low) if x is not None), None)


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
    compared, never the result; only where more threads than REACH are alike, the oldest of them are not looked at.
    """

    def __init__(self, promises: Iterable[Promise]) -> None:
        self.counts = Counter(word for promise in promises for word in promise.all_words | promise.object_words)
        self.threads: dict[tuple[str, str], list[int]] = defaultdict(list)

    def candidates(self, new: Promise) -> list[int]:
        """The numbers of the threads to compare with."""
        return sorted({number for key in self._keys(new) for number in self.threads.get(key, ())[-REACH:]})

    def add(self, new: Promise, number: int) -> None:
        """Note that a commitment belongs to a thread."""
        for key in self._keys(new):
            threads = self.threads[key]
            if number not in threads[-REACH:]:
                threads.append(number)

    def _keys(self, new: Promise) -> list[tuple[str, str]]:
        words = self._rarest(new.thing, SAME_OBJECT) + self._rarest(new.all_words, SAME_EVIDENCE)
        tags = dict.fromkeys([*words, *sorted(new.deliverables)])
        parties = dict.fromkeys(party for behind in new.committers for party in sorted(behind))
        return [(party, tag) for party in parties for tag in tags]

    def _rarest(self, words: frozenset[str], shared: float) -> list[str]:
        """As many of the rarest words that a set of which this share is common must have one of them."""
        rare_first = sorted(words, key=lambda word: (self.counts[word], word))
        return rare_first[: len(words) - math.ceil(shared * len(words)) + 1]
