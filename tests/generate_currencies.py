"""Write rules/quantities/currencies.jsonl: ISO 4217 codes with the English names and signs that Babel (CLDR) knows.

    python -m tests.generate_currencies

A line: `{"id": "DKK", "names": ["danish krone", "danish kroner"], "signs": []}`. Left out are codes that were never
tender anywhere (testing codes, metals, bond units) and what Babel tells apart by a year in brackets. A sign is kept
when it is a currency character of Unicode and all locales use it for one currency only: "$" and "£" are many
currencies' own, so `money.toml` decides what they mean. The test suite compares the file with what is written here.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers
from babel.numbers import get_currency_name

from pipeline import rulefiles

TARGET = rulefiles.folder() / "quantities" / "currencies.jsonl"


def lines() -> list[str]:
    """The lines of the file, in the order of the codes, without line ends."""
    english = Locale("en")
    tender = get_global("all_currencies")
    signs = _signs()
    written = []
    for code in sorted(english.currencies):
        names = [get_currency_name(code, count=count, locale="en").lower() for count in (1, 2)]
        if code in tender and "(" not in names[0]:
            table = {"id": code, "names": sorted(set(names)), "signs": signs[code]}
            written.append(json.dumps(table, ensure_ascii=False))
    return written


def _signs() -> dict[str, list[str]]:
    codes: dict[str, set[str]] = defaultdict(set)
    for identifier in locale_identifiers():
        for code, sign in Locale.parse(identifier).currency_symbols.items():
            if len(sign) == 1 and unicodedata.category(sign) == "Sc":
                codes[sign].add(code)
    signs: dict[str, list[str]] = defaultdict(list)
    for sign, users in sorted(codes.items()):
        if len(users) == 1:
            signs[min(users)].append(sign)
    return signs


if __name__ == "__main__":
    TARGET.write_text("\n".join(lines()) + "\n", encoding="utf-8")
