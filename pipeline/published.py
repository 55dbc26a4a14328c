"""The document's date: from its metadata, else from its header, else from the caller, else unknown.

"April 2018" alone on one of the first lines, "For immediate release: 3 May 2024" and "BRUSSELS, 13 May 2015 -" are
dates of the document; a date in the body is not, and today never is. The order is that of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from spacy.language import Language
from spacy.tokens import Doc

from pipeline import layers, lookup, rulebook
from pipeline.date_grammar import read_date
from pipeline.records import Segment
from pipeline.timex import Point

HEADER_SEGMENTS = 15
YEARS = range(1900, 2101)
ADDRESS_DATE = re.compile(r"\d{4}[/-]\d{1,2}(?:[/-]\d{1,2})?")


class Place(rulebook.Rule):
    """Where a header states its date. `pattern` is matched against the start of a line or of a dateline, and its group
    `date` holds the candidates; without a pattern the whole line is one. An `address` is that of the page, or a line.
    """

    where: Literal["line", "dateline", "address"]
    pattern: rulebook.Pattern | None = None


RULES: dict[str, type[rulebook.Rule] | type[rulebook.Entry]] = {"places": Place}


Doc.set_extension("communique_published_mark", default=None)


@Language.factory("communique_published", default_config={"rules": None, "option": None})
def make(nlp: Language, name: str, rules: str | None, option: str | None) -> Published:
    """Create the component; `option` is the date of documents that state none."""
    return Published(rulebook.load("published", RULES, rules)["places"], option)


class Published:
    """Sets `doc._.communique_published` and where it came from; what stands there before came from the metadata."""

    def __init__(self, places: Sequence[Place], option: str | None = None) -> None:
        self.places = [(place, re.compile(place.pattern or r"(?P<date>.+)")) for place in places]
        self.option = option

    def __call__(self, doc: Doc) -> Doc:
        metadata = doc._.communique_published
        found = doc._.communique_published_mark = self.find(lookup.text(doc), layers.get(doc, "segments"))
        stated = found.main if found else None
        address = self.find_in_address(doc._.communique_url or "")
        ladder = (("metadata", metadata), ("text", stated), ("metadata", address), ("option", self.option))
        for origin, value in ladder:
            if value is None:
                continue
            if doc._.communique_published_from is None:
                doc._.communique_published, doc._.communique_published_from = value, origin
            elif not _agree(doc._.communique_published, value):
                kept = f"{doc._.communique_published} from the {doc._.communique_published_from} is used"
                layers.warn(doc, "published_disagree", f"The {origin} says published {value}; {kept}.")
        if doc._.communique_published_from is None:
            message = "No date of the document is known, so relative dates stay unresolved; --published gives one."
            layers.warn(doc, "no_document_date", message)
        return doc

    def find(self, text: str, segments: Iterable[Segment]) -> rulebook.Mark | None:
        """The date that the header states, with its characters and the rule, or None.

        A label ("For immediate release:") is believed before a date that stands alone, that before a dateline, that
        before an address: the order of the rules.
        """
        header = list(segments)[:HEADER_SEGMENTS]
        for place, pattern in self.places:
            for segment in header:
                if (segment.kind == "dateline") != (place.where == "dateline"):
                    continue
                match = pattern.match(text, segment.start, segment.end)
                value = _read(match["date"]) if match else None
                if match and value:
                    return rulebook.Mark(*match.span("date"), value, rules=frozenset({place.id}))
        return None

    def find_in_address(self, url: str) -> str | None:
        """The day or month under which a site files its page: "https://acme.example/2015/05/13/fund" -> 2015-05-13."""
        matches = (pattern.match(url) for place, pattern in self.places if place.where == "address")
        return next((value for match in matches if match and (value := _read(match["date"]))), None)


def _read(written: str) -> str | None:
    """The date of a header or an address; None for what is none, or in no year of press releases."""
    if ADDRESS_DATE.fullmatch(written):
        value: str | None = "-".join(part.zfill(2) for part in re.split("[/-]", written))
        try:
            Point.parse(value or "").interval()
        except (ValueError, OverflowError):
            value = None
    else:
        value = read_date(written)
    return value if value and int(value[:4]) in YEARS else None


def marks(doc: Doc) -> list[rulebook.Mark]:
    """What was found, as rule examples mark it: the header's date with its value."""
    found: rulebook.Mark | None = doc._.communique_published_mark
    return [found] if found else []


def _agree(a: str, b: str) -> bool:
    """Whether one of two partial dates says more than the other and nothing else: 2018-04 and 2018-04-09 agree."""
    return a.startswith(b) or b.startswith(a)
