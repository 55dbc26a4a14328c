"""Which money a shared sign means: "$500 million" in a release of Canberra's are Australian dollars.

What a text says decides: the country of its web address, or the countries that it names. Which countries share a sign
or a name stands with it in rules/quantities/money.toml.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property

from spacy.tokens import Doc

from pipeline import layers
from pipeline.rulebook import Entry

_HOST = re.compile(r"\w+://[^/?#]*?\.([A-Za-z]{2})(?:[:/?#]|\Z)")
_NAMED = 2
"""Mentions that make a country the text's own where the sign has a usual meaning."""
_TO_ONE = 4
"""How many times as often as all other countries that share the sign together."""


class Places(Entry):
    """One line of places.jsonl: a country's ISO 3166 code with names of its states and great cities."""

    names: list[str]


class Homeland:
    """The countries that a document speaks of; `places` are the countries of their states and cities."""

    def __init__(self, doc: Doc, places: Mapping[str, str]) -> None:
        self._doc, self._places = doc, places

    def currency(self, homes: Mapping[str, str], usual: str | None) -> str | None:
        """The currency of the country, among those that share a sign, that is the document's own; else `usual`.

        >>> homeland.currency({"US": "USD", "AU": "AUD"}, "USD")  # in a text that names Australia five times
        'AUD'
        """
        if (code := homes.get(self._address)) is not None:
            return code
        named = {country: self._mentions[country] for country in homes if country in self._mentions}
        if not named:
            return usual
        first = max(named, key=lambda country: named[country])
        others = sum(named.values()) - named[first]
        own = named[first] >= (_NAMED if usual is not None else 1) and named[first] >= _TO_ONE * others
        return homes[first] if own else usual

    @cached_property
    def _address(self) -> str:
        """The country at the end of the document's web address, in capitals: "AU" of "https://www.pm.gov.au/media"."""
        match = _HOST.match(self._doc._.communique_url or "")
        return match[1].upper() if match else ""

    @cached_property
    def _mentions(self) -> Counter[str]:
        mentions: Counter[str] = Counter()
        for entity in layers.get(self._doc, "entities"):
            country = entity.link.id if entity.link is not None else self._places.get(entity.name)
            if country is not None:
                mentions[country] += len(entity.mentions)
        return mentions
