"""What the addresses of a site's articles have in common, as rules for its site file. Pure functions over URLs.

A rule is only given where most known articles fit it and no known list does. Where nothing fits, there is none, and every page may be an article.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from archiver.model.url import path_of

ENOUGH = 0.8
"""The part of the known articles that the rules together must fit."""
SHARES = (0.2, 0.08, 0.2)
"""The part that one rule of each rank must fit to be worth it: a year at the end of a slug is no id."""
FEWEST = 5
"""Articles from which on anything is said."""
_END = r"(?:\?|$)"
_ID = re.compile(
    r"(?P<before>[-_/.,=][a-z]{0,8})(?P<id>\d{4,})(?P<after>(?:-\d{1,3})?(?:\.[a-z]{2,5})?/?)\Z", re.IGNORECASE
)
_DAY = re.compile(r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/")
_MONTH = re.compile(r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])/")
_HEX = re.compile(r"[-_/][0-9a-f]{8,40}(?:\.[a-z]{2,5})?/?\Z")
_SUFFIX = re.compile(r"(\.[a-z]{2,5})\Z", re.IGNORECASE)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (_DAY, r"/\d{4}/\d{1,2}/\d{1,2}/[^/?]+"),
    (_MONTH, r"/\d{4}/\d{1,2}/[^/?]+"),
    (_HEX, rf"[-_/][0-9a-f]{{8,40}}(?:\.[a-z]{{2,5}})?/?{_END}"),
)


def article_rules(articles: Iterable[str], *, lists: Iterable[str] = ()) -> tuple[str, ...]:
    """Regular expressions for ``scope.article`` that fit these addresses and none of ``lists``; none where no form is common."""
    paths = sorted({path_of(url) for url in articles})
    others = [path_of(url) for url in lists]
    if len(paths) < FEWEST:
        return ()
    counted: Counter[tuple[int, str]] = Counter(form for path in paths for form in _forms(path))
    rules: list[str] = []
    left = list(paths)
    # The most telling forms first, and of those the most common: what they cover needs no other.
    for (rank, rule), count in sorted(counted.items(), key=lambda each: (each[0][0], -each[1], each[0][1])):
        if count < SHARES[rank] * len(paths) or any(re.search(rule, other) for other in others):
            continue
        after = [path for path in left if not re.search(rule, path)]
        if len(left) - len(after) >= SHARES[1] * len(paths):
            rules.append(rule)
            left = after
    return tuple(rules) if len(left) <= (1 - ENOUGH) * len(paths) else ()


def listing_rules(sections: Iterable[str], *, articles: Iterable[str], home: str = "/") -> tuple[str, ...]:
    """Regular expressions for ``scope.listing``: one for all where sections share a form that no article has, else their paths."""
    paths = sorted({path_of(url).partition("?")[0].rstrip("/") for url in sections} - {home.rstrip("/")})
    known = [path_of(url) for url in articles]
    found = [rule for rule in (r"^/(?:tags?|topics?|author|authors|category|categories)/",) if not _any(rule, known)]
    paths = [path for path in paths if not any(re.search(rule, f"{path}/") for rule in found)]
    suffixes = Counter(_SUFFIX.search(path)[1] if _SUFFIX.search(path) else "" for path in paths)  # type: ignore[index]
    for suffix in sorted(suffixes):
        mine = [path for path in paths if (_SUFFIX.search(path) or [""])[0] == suffix]
        deepest = max(path.count("/") for path in mine)
        end = rf"{_literal(suffix)}/?{_END}"
        segments = r"/[\w-]+" if deepest == 1 else rf"(?:/[\w-]+){{1,{deepest}}}"
        whole = rf"^{segments}{end}"
        if not _any(whole, known) and all(re.search(whole, path) for path in mine):
            found.append(whole)
        else:
            found += [rf"^{_literal(path)}/?{_END}" for path in mine]
    return tuple(found)


def looks_like_section(url: str) -> bool:
    """Whether an address may be that of a section: short, without an id, a day, a long slug or a query."""
    path = path_of(url)
    segments = [segment for segment in path.split("/") if segment]
    if "?" in path or not 1 <= len(segments) <= 3:
        return False
    last = _SUFFIX.sub("", segments[-1])
    return last.count("-") <= 3 and not _ID.search(path) and not re.search(r"\d{3,}", last) and not _DAY.search(path)


def _forms(path: str) -> list[tuple[int, str]]:
    """The rules that would fit an address, each with its rank: the lower, the more it tells of an article."""
    plain = path.partition("?")[0]
    forms: list[tuple[int, str]] = []
    if found := _ID.search(plain):
        after = _literal(re.sub(r"-\d+", "", found["after"]).rstrip("/"))
        part = r"(?:-\d{1,3})?" if re.match(r"-\d", found["after"]) else ""
        forms.append((0, rf"{_literal(found['before'])}\d{{4,}}{part}{after}/?{_END}"))
    forms += [(1, rule) for pattern, rule in _RULES if pattern.search(plain)]
    last = plain.rstrip("/").rpartition("/")[2]
    suffix = _SUFFIX.search(last)
    words = last[: suffix.start()] if suffix else last
    if words.count("-") >= 3:
        forms.append((2, rf"(?:-[^/?.-]+){{3,}}{_literal(suffix[1]) if suffix else ''}/?{_END}"))
    return forms


def _literal(text: str) -> str:
    """``re.escape`` without what needs none: people read these rules."""
    return re.escape(text).replace(r"\-", "-")


def _any(rule: str, paths: Iterable[str]) -> bool:
    return any(re.search(rule, path) for path in paths)
