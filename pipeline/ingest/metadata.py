"""What a page says about itself: title, publisher, address and day of publication.

A date is taken from places that mean publication only. "Updated", the copyright year, a date in a footer are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from pipeline.date_grammar import read_date
from pipeline.ingest.layout import clean
from pipeline.ingest.source import Fields

META_DATES = (
    "article:published_time", "og:article:published_time", "og:published_time", "og:pubdate", "datepublished",
    "citation_publication_date", "dc.date.issued", "dcterms.issued", "dc.date.published", "dc.date", "dcterms.date",
    "dc.date.created", "dcterms.created", "pubdate", "publishdate", "publish-date", "publish_date", "published",
    "publication_date", "publication-date", "published-date", "first-published-at", "govuk:first-published-at",
    "sailthru.date", "parsely-pub-date", "release_date", "date",
)  # fmt: skip
ARTICLE_TYPES = ("Article", "BlogPosting", "Report", "WebPage", "PressRelease", "SpecialAnnouncement")
NOT_THE_PAGE = ("nav", "aside", "footer")  # where the dates of other pages stand
MAX_TIMES = 100  # <time> elements that are looked at
MAX_JSON = 200_000  # characters of one JSON-LD script


def of_page(tree: Any) -> Fields:
    """What the head of a page and its JSON-LD state; what is not stated is None."""
    meta = _meta(tree)
    articles = list(_articles(tree))
    headlines = [article.get("headline") for article in articles]
    publishers = [_name(article.get("publisher")) for article in articles]
    return {
        "title": _first(meta.get("og:title"), *headlines, *_texts(tree, "h1"), *_texts(tree, "title")),
        "publisher": _first(*publishers, meta.get("og:site_name")),
        "url": next((url for url in (_canonical(tree), meta.get("og:url")) if _is_address(url)), None),
        "published": next((found for found in map(day, _dates(tree, meta, articles)) if found), None),
    }


def day(written: Any) -> str | None:
    """The day that a metadata value names, where it was written: "2024-05-03T00:30:00+02:00" is 2024-05-03.

    ISO 8601, the date of mails and feeds ("Fri, 03 May 2024 10:00:00 GMT") and plain English are read; None for the
    rest, for 03/05/2024, which may be either, and for the zero of computers' clocks.
    """
    value = str(written or "").strip()[:80]
    iso = re.match(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?(?=$|[T\s])", value)
    if iso:
        found = "-".join(part for part in iso.groups() if part)
    elif re.match(r"[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{2,4} ", value):
        try:
            found = parsedate_to_datetime(value).date().isoformat()
        except (ValueError, OverflowError):
            return None
    else:
        found = read_date(value) or ""
    return found if _is_day(found) else None


def _is_day(found: str) -> bool:
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", found) or not 1900 <= int(found[:4]) <= 2100 or found == "1970-01-01":
        return False
    try:
        date.fromisoformat((found + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _dates(tree: Any, meta: dict[str, str], articles: list[dict[str, Any]]) -> Iterator[Any]:
    yield from (meta[key] for key in META_DATES[:3] if key in meta)
    yield from (article.get("datePublished") for article in articles)
    yield from (meta[key] for key in META_DATES[3:] if key in meta)
    for element in tree.iterfind(".//*[@itemprop='datePublished']"):
        yield element.get("content") or element.get("datetime") or element.text
    times = list(islice(tree.iter("time"), MAX_TIMES))
    times = [element for element in times if not any(up.tag in NOT_THE_PAGE for up in element.iterancestors())]
    stated = [element.get("datetime") or element.text for element in times]
    yield from (value for element, value in zip(times, stated, strict=True) if element.get("pubdate") is not None)
    if len({day(value) for value in stated}) == 1:  # several are those of a list of news
        yield stated[0]


def _meta(tree: Any) -> dict[str, str]:
    """The meta tags by name, in lower case; of two with one name the first."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = clean(element.get("content") or "")
        if content:
            found.setdefault(name.strip().lower(), content)
    return found


def _articles(tree: Any) -> Iterator[dict[str, Any]]:
    """The JSON-LD objects that describe an article or the page, articles first."""
    found = []
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        text = script.text or ""
        try:
            value = json.loads(text, strict=False) if len(text) <= MAX_JSON else None
        except (ValueError, RecursionError):
            continue
        tops = value if isinstance(value, list) else [value]
        for top in tops:
            graph = top.get("@graph") if isinstance(top, dict) else None
            found += [item for item in [top, *(graph if isinstance(graph, list) else [])] if isinstance(item, dict)]
    articles = [item for item in found if any(str(kind).endswith(ARTICLE_TYPES) for kind in _types(item))]
    yield from sorted(articles, key=lambda item: "WebPage" in _types(item))


def _types(item: dict[str, Any]) -> list[Any]:
    types = item.get("@type")
    return types if isinstance(types, list) else [types]


def _name(value: Any) -> str | None:
    value = value[0] if isinstance(value, list) and value else value
    name = value.get("name") if isinstance(value, dict) else value
    return name if isinstance(name, str) and not _is_address(name) else None


def _canonical(tree: Any) -> str | None:
    links = (link for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    return next((link.get("href") for link in links), None)


def _is_address(value: str | None) -> bool:
    return bool(re.match(r"(?i)https?://[^\s/]+", value or ""))


def _texts(tree: Any, tag: str) -> list[str]:
    return ["".join(element.itertext()) for element in tree.iter(tag)]


def _first(*values: Any) -> str | None:
    return next((found for value in values if isinstance(value, str) and (found := clean(value))), None)
