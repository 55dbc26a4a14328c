"""Commitments: what users rely on, beyond the examples of the rules."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import spacy
from spacy.tokens import Doc

from pipeline import commitments, layers, rulebook, shapes
from pipeline.records import Commitment, Record, Segment

Read = Callable[..., Record]


def only(record: Record) -> Commitment:
    assert len(record.commitments) == 1, [c.text for c in record.commitments]
    return record.commitments[0]


def names(parties: list) -> list[str | None]:
    return [party.name for party in parties]


def test_all_slots_of_one_sentence(read: Read) -> None:
    text = "At the Oslo Summit on 9 November 2017, the defence ministers agreed to lend Ghana $300 million by 2020."
    record = read(text, published="2018-04")
    c = only(record)
    assert c.text == "the defence ministers agreed to lend Ghana $300 million by 2020"
    assert names(c.committers) == ["defence ministers"]
    assert names(c.beneficiaries) == ["Ghana"]
    assert (c.action, c.force, c.negated, c.conditional) == ("lend", "agreed", False, False)
    dates = {date.id: date.text for date in record.dates}
    assert (dates[c.deadline or ""], dates[c.made_on or ""]) == ("2020", "9 November 2017")
    assert c.made_at is not None and "Oslo Summit" in c.made_at.text
    assert [q.value for q in record.quantities if q.id in c.quantities] == [300_000_000]
    assert (c.trigger.text, c.trigger.rule) == ("agreed", "verb_infinitive+agree")
    assert c.segment in {segment.id for segment in record.segments}


LEFT_OUT = [
    (1, "The ministers have not agreed to send troops."),
    (1, "The ministers may decide to send troops."),
    (1, "If the ministers agree to send troops, the talks will end."),
    (1, "The minister failed to commit to a date."),
    (1, "Will the ministers agree to send troops?"),
    (2, "The government must close the port."),
    (2, "The company should hire more engineers."),
    (3, "The company increased its output."),
    (3, "NATO backs the treaty."),
    (4, "Sales are expected to grow."),
    (4, "The country will face many difficulties."),
    (4, "The state will grow."),
    (4, "The court will take two years to decide."),
    (5, "This ensures that nurses are trained."),
    (5, "The programme will train 40 nurses."),
    (5, "The shuttle will be sent to the museum."),
    (5, "Its purpose is to help farmers."),
    (5, "The city bought a site that will house farmers."),
    (5, "The law helps tenants in states that refuse to pay."),
    (5, "Investing in schools will pay for itself."),
    (6, "The ministers agree that this is a critical moment."),
    (6, "The ministers agreed on the importance of trade."),
    (7, "The report underscores the commitment to global partnerships."),
    (8, "The declaration was signed in 2010 by Peru and Chile."),
    (9, "The company could build a second plant."),
    (9, "The minister can sign the treaty."),
    (10, "We call on all sides to withdraw their troops."),
    (10, "The union urged the board to promise higher wages."),
    (11, "This funding will repair the grid."),
    (11, "The goal to halve emissions is ambitious."),
]


@pytest.mark.parametrize(("rule", "text"), LEFT_OUT)
def test_what_binds_nobody_gives_no_record(read: Read, rule: int, text: str) -> None:
    assert [c.text for c in read(text).commitments] == [], f"docs/left_out.md, rule {rule}"


@pytest.mark.parametrize(
    ("text", "force", "action"),
    [
        ("The bank is committed to lending in rural areas.", "pledged", "lend"),
        ("The bank remains committed to lending in rural areas.", "reaffirmed", "lend"),
        ("The ministers agreed that they will keep the mission.", "agreed", "keep"),
        ("The mayor said the city would build 400 homes.", "intends", "build"),
        ("The government reaffirmed its decision to send aid.", "reaffirmed", "send"),
        ("The ministry will continue to support farmers.", "intends", "support"),
        ("The two sides reached an agreement on the withdrawal of tanks.", "agreed", "withdraw"),
        ("The board announced that it will hire 300 pilots.", "decided", "hire"),
    ],
)
def test_the_outermost_trigger_decides_the_force(read: Read, text: str, force: str, action: str) -> None:
    c = only(read(text))
    assert (c.force, c.action) == (force, action)


@pytest.mark.parametrize(
    "text",
    [
        "Canada will not send ground troops.",
        "The airline refused to refund passengers.",
        "The council agreed not to extend the levy.",
        "The minister vowed never to raise the tax.",
    ],
)
def test_not_doing_is_negated(read: Read, text: str) -> None:
    assert only(read(text)).negated


def test_a_condition_is_no_time(read: Read) -> None:
    assert only(read("The bank will lend the money if parliament passes the reform.")).conditional
    assert not only(read("The bank will lend the money when parliament meets.")).conditional


def test_actions_with_objects_of_their_own_are_records_of_their_own(read: Read) -> None:
    two = read("Japan and Chad vowed to expand trade and to fight piracy.").commitments
    assert [c.action for c in two] == ["expand", "fight"]
    assert [names(c.committers) for c in two] == [["Japan", "Chad"]] * 2
    assert two[1].text == "to fight piracy"
    one = read("The ministry will maintain and increase contributions.").commitments
    assert [c.action for c in one] == ["maintain"]


def test_means_belong_to_the_promise_that_they_serve(read: Read) -> None:
    c = only(read("The council will create jobs by committing $4 million to the port."))
    assert (c.action, len(c.quantities)) == ("create", 1)


def test_the_evidence_is_the_clause(read: Read) -> None:
    text = 'In May, "the council will build 400 homes," said the mayor, who was elected in 2019.'
    assert only(read(text)).text == "the council will build 400 homes"
    assert (
        only(read("200 lorries will be delivered by the maker.")).text == "200 lorries will be delivered by the maker"
    )


def test_a_change_of_amount_is_one_quantity_and_members_are_no_amount(read: Read) -> None:
    record = read("More than 40 members agreed to increase the force from 13,000 to 16,000 troops in 2018.")
    (id_,) = only(record).quantities
    assert next(q for q in record.quantities if q.id == id_).value == 16_000


def test_nobody_is_invented(read: Read) -> None:
    record = read("We will rebuild the bridge.")
    (party,) = only(record).committers
    assert (party.name, party.text, party.entity) == (None, "We", None)
    assert "unresolved_party" in [warning.code for warning in record.warnings]
    assert read("Building 400 homes by 2030.").commitments == []


def test_a_lead_in_binds_its_items(read: Read) -> None:
    text = "The ministry intends to:\n\n- train 40 nurses;\n- open a clinic in May; and\n- further support farmers."
    found = read(text).commitments
    assert [c.text for c in found] == ["train 40 nurses", "open a clinic in May", "further support farmers"]
    assert {c.force for c in found} == {"intends"}
    assert {c.trigger.text for c in found} == {"intends"}
    assert {c.committers[0].name for c in found} == {"ministry"}


def test_a_list_ends_where_its_items_do(read: Read) -> None:
    text = "The council will:\n\n- fund two schools;\n- open a clinic.\n\nThe clinic was closed in 2019.\n\nOutlook"
    assert [c.text for c in read(text).commitments] == ["fund two schools", "open a clinic"]


def test_a_sentence_that_explains_an_item_does_not_end_its_list(read: Read) -> None:
    items = ("Open two schools.", "The first is in Oslo.", "Fund a clinic.", "Nobody objected.")
    text = "\n\n".join(("The council will:", *items))
    assert [c.text for c in read(text).commitments] == ["Open two schools", "Fund a clinic"]


def test_a_noun_that_binds_leads_in_a_list(read: Read) -> None:
    record = read("The council's pledge to tenants includes:\n\n- Doubling the fund\n- Hiring 30 clerks")
    assert [c.text for c in record.commitments] == ["Doubling the fund", "Hiring 30 clerks"]
    assert {c.committers[0].name for c in record.commitments} == {"council"}
    assert (
        read("The council's report on tenants includes:\n\n- Doubling the fund\n- Hiring 30 clerks").commitments == []
    )


def test_letters_of_a_list_are_no_words(read: Read) -> None:
    text = "We intend to:\n(a) open a port by 2031;\n(b) share satellite data with ships; and\n(d) refrain from mining."
    assert [c.action for c in read(text).commitments] == ["open", "share", "refrain"]


def test_an_item_holds_its_amounts_and_days_though_its_verb_is_misread(read: Read) -> None:
    record = read(
        "The ministry will:\n\n* build or repair sea walls in 40 towns by March 2031\n* publish audited figures"
    )
    walls, figures = record.commitments
    assert (len(walls.quantities), walls.deadline is not None) == (1, True)
    assert figures.action == "publish"


def test_a_headline_promises_too(read: Read) -> None:
    record = read("Minister to Visit Flooded Towns\n\nThe storm hit the coast on Monday.")
    assert only(record).text == "Minister to Visit Flooded Towns"


def test_a_promise_in_a_quotation_has_its_speaker(read: Read) -> None:
    c = only(read('"The council will build 400 homes," said Maria Ruiz.'))
    assert c.speaker is not None and c.speaker.name == "Maria Ruiz"
    assert names(c.committers) == ["council"]


@pytest.mark.parametrize(
    ("again", "same_as"),
    [
        ("The ministry plans to build 40 new homes in Oslo.", "c1"),
        ("The ministry plans to build 90 homes in Oslo.", None),
        ("The ministry plans to build 40 homes by 2050.", None),
        ("The ministry will sell 40 homes.", None),
        ("The ministry will not build 40 homes.", None),
        ("The ministry will build a bridge.", None),
        ("The council will build 40 homes.", None),
        ("We will build 40 homes.", None),
    ],
)
def test_a_promise_told_again_names_its_first_record(read: Read, again: str, same_as: str | None) -> None:
    record = read(f"The ministry agreed to build 40 homes by 2030.\n\nIt rained on Monday. {again}")
    assert [c.same_as for c in record.commitments] == [None, same_as]


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("The ministry will open a school in Peru.", "The ministry plans to open the school in Peru.", True),
        ("The ministry will open a school in Peru.", "The ministry will open a school in Chad.", False),
        ("The ministry will sign two new treaties.", "The ministry will sign a new treaty.", False),
    ],
)
def test_another_name_or_number_is_another_promise(read: Read, first: str, second: str, is_same: bool) -> None:
    told = read(f"{first}\n\n{second}").commitments
    assert [c.same_as for c in told] == [None, told[0].id if is_same else None]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Last year Acme promised to hire 50 apprentices, and it did.", "fulfilled"),
        ("The council has honoured its commitment to fund the school.", "fulfilled"),
        ("The council broke its promise to fund the school.", "abandoned"),
        ("Last year Acme promised to hire 50 apprentices, and it grew.", "open"),
        ("Acme will hire 50 apprentices, and it does.", "open"),
    ],
)
def test_a_promise_is_open_unless_its_sentence_tells_its_end(read: Read, text: str, status: str) -> None:
    assert read(text).commitments[0].status == status


def test_an_object_holds_the_whole_amount(read: Read) -> None:
    thing = only(read("The bank intends to invest up to €12m in a new plant.")).object
    assert thing is not None and thing.text == "up to €12m"


@pytest.mark.parametrize(
    "text",
    [
        "The city will build a 21st century school.",
        "The city will co-host the 2031 Harbour Forum.",
        "The city will cut the journey to Oslo by 40 minutes.",
    ],
)
def test_a_date_that_tells_what_something_is_like_is_no_deadline(read: Read, text: str) -> None:
    assert only(read(text)).deadline is None


def test_the_length_of_something_is_no_deadline(read: Read) -> None:
    assert only(read("The bank will make the largest loan in its 96-year history.")).deadline is None
    assert only(read("The bank will lend the money for 20 years.")).deadline is not None


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Heads of State and Government decided to extend the mission.", "Heads of State and Government"),
        ("A re-elected Berg Government will open the port.", "A re-elected Berg Government"),
        ("The minister of trade and the mayor will open the port.", "The minister of trade"),
    ],
)
def test_a_party_has_all_of_its_words(read: Read, text: str, who: str) -> None:
    assert only(read(text)).committers[0].text == who


@pytest.mark.parametrize(
    "text",
    [
        "The minister of trade, Maria Ruiz, will open the port.",
        "Senior Adviser and Director of Communications Maria Ruiz will open the port.",
    ],
)
def test_an_office_is_the_person_who_is_named_with_it(read: Read, text: str) -> None:
    assert names(only(read(text)).committers) == ["Maria Ruiz"]


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("The city will buy land to help young families build homes.", ["young families"]),
        ("The city will ensure that tenants get help.", ["tenants"]),
        ("The city will open a clinic, giving workers a doctor.", ["workers"]),
        ("The city will act on behalf of the tenants.", ["tenants"]),
        ("The city will open a clinic, irking owners.", []),
    ],
)
def test_who_is_served_stands_below_means_and_purposes_too(read: Read, text: str, whom: list[str]) -> None:
    assert names(only(read(text)).beneficiaries) == whom


def test_nobody_promises_in_contacts(read: Read) -> None:
    text = "The council built homes.\n\nMedia contact: Maria Ruiz will answer questions, 555 0100"
    assert [c.segment for c in read(text).commitments] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        ":",
        "will",
        "will:",
        "to:\n- \n- :",
        "We will",
        "not " * 50,
        "agreed to " * 50,
        "(" * 300,
        "will and " * 200,
    ],
)
def test_absurd_text_does_no_harm(read: Read, text: str) -> None:
    read(text)


def test_marks_number_the_records_of_a_sentence(parse: Callable[..., Doc]) -> None:
    doc = parse("Japan vowed to expand trade and to fight piracy.")
    marks = {(m.main, doc.text[m.start : m.end]) for m in commitments.marks(doc) if m.required}
    assert marks == {("committer", "Japan"), ("action", "expand"), ("action.2", "fight")}


def test_what_binds_elsewhere_is_kept_as_refused(parse: Callable[..., Doc]) -> None:
    doc = parse("The programme will train 40 nurses.")
    (refused,) = commitments.marks(doc)
    assert (refused.main, dict(refused.values), refused.rules) == ("refused", {"because": "agent"}, {"things"})


def chain(n: int, length: int = 100) -> Doc:
    """n clauses "Norway will build and", in sentences of `length`, each the conjunct of the one before."""
    words, heads, deps, tags, pos = [], [], [], [], []
    for k in range(n):
        verb = 4 * k + 2
        words += ["Norway", "will", "build", "and"]
        heads += [verb, verb, verb - 4 if k % length else verb, verb]
        deps += ["nsubj", "aux", "conj" if k % length else "ROOT", "cc"]
        tags += ["NNP", "MD", "VB", "CC"]
        pos += ["PROPN", "AUX", "VERB", "CCONJ"]
    vocab = spacy.blank("en").vocab
    return Doc(vocab, words=words, heads=heads, deps=deps, tags=tags, pos=pos, lemmas=[w.lower() for w in words])


def test_time_grows_with_the_text_and_no_faster() -> None:
    component = commitments.make(spacy.blank("en"), "commitments", None)

    def seconds(n: int) -> float:
        best = float("inf")
        for _ in range(3):
            doc = chain(n)
            layers.put(doc, "segments", [Segment(id="g1", start=0, end=len(doc.text), kind="paragraph")])
            start = time.process_time()
            component.find(doc)
            best = min(best, time.process_time() - start)
        return best

    seconds(100)
    assert seconds(1600) < 8 * seconds(400)


def test_what_is_no_sentence_is_not_read() -> None:
    component = commitments.make(spacy.blank("en"), "commitments", None)
    doc = chain(2000, length=2000)
    layers.put(doc, "segments", [Segment(id="g1", start=0, end=len(doc.text), kind="paragraph")])
    assert component.find(doc) == ([], [])


def test_paths_are_checked_when_rules_are_read() -> None:
    assert [step.deps for step in shapes.parse("prep(to|on)>pcomp:VBG")] == [{"prep"}, {"pcomp"}]
    with pytest.raises(ValueError, match="no step of a path"):
        shapes.parse("prep>>pobj")
    with pytest.raises(ValueError, match="no dependency label is called 'object'"):
        shapes.parse("object")


def test_every_shape_that_a_word_names_exists() -> None:
    rules = rulebook.load("commitments", commitments.RULES)
    known = {shape.id for shape in rules["shapes"]}
    named = {
        (word.id, id_)
        for stem in ("verbs", "modals", "adjectives", "nouns")
        for word in rules[stem]
        for id_ in word.shapes
    }
    assert sorted(named) and not [pair for pair in sorted(named) if pair[1] not in known]
    assert known <= {id_ for _, id_ in named}
