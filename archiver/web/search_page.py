"""The search page: words, what results are narrowed by, and the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from archiver.catalog import ArticleFilter
from archiver.errors import UsageError
from archiver.model.capture import Verdict
from archiver.model.instant import parse_when
from archiver.ops.selection import FilterMaker
from archiver.search import Facets, Found, Sort
from archiver.web.pages import page
from archiver.web.state import filters_of, state_of

PER_PAGE = 20
MAX_PAGE = 500
MAX_QUERY = 500
MAX_VALUES = 12
"""Values of a facet that are shown."""

_NAMES = (
    "q",
    "site",
    "language",
    "section",
    "author",
    "verdict",
    "from",
    "to",
    "captured_from",
    "captured_to",
    "as_of",
    "sort",
)
_SORTS = ("rank", "newest", "oldest")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: where it leads, and how many results it has."""

    value: str
    count: int
    link: str


def search(request: Request) -> Response:
    """``/search?q=…``: articles that hold these words."""
    state = state_of(request)
    asked = {name: request.query_params.get(name, "").strip() for name in _NAMES}
    asked["q"] = asked["q"][:MAX_QUERY]
    number = _page(request.query_params.get("page", ""))
    wanted = _wanted(filters_of(request), asked)
    sort = asked["sort"] if asked["sort"] in _SORTS else "rank" if asked["q"] else "newest"
    found = Found()
    looking = bool(asked["q"]) or wanted.narrows
    if looking:
        found = state.archive.index.search(
            asked["q"], wanted, sort=cast("Sort", sort), limit=PER_PAGE, offset=PER_PAGE * (number - 1)
        )
    path = f"{state.root}/search"
    last = min(MAX_PAGE, -(-found.total // PER_PAGE))
    stats = state.overview.read().stats
    values: dict[str, object] = {
        **{name: asked[name] for name in _NAMES if name not in {"from", "to", "sort"}},
        "since": asked["from"],
        "until": asked["to"],
        "sort": sort,
        "sorts": _SORTS,
        "looking": looking,
        "found": found,
        "articles": wanted.verdict is Verdict.ARTICLE,
        "choices": _choices(found.facets, asked, path=path),
        "chosen": _chosen(asked, path=path),
        "number": number,
        "last": last,
        "prev": _link(path, asked, page=str(number - 1)) if number > 1 else None,
        "next": _link(path, asked, page=str(number + 1)) if number < last else None,
        "sites": {name: _link(path, {}, site=name) for name in stats.sites},
        "spoken": {code: _link(path, {}, language=code) for code in stats.languages},
        "pieces": pieces,
        "titles": state.titles,
        "here": "search",
    }
    return page(request, "search.html", values)


def _page(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MAX_PAGE):
        raise UsageError(f"not a page from 1 to {MAX_PAGE}: {text[:40]!r}")
    return int(text)


def _wanted(filters: FilterMaker, asked: Mapping[str, str]) -> ArticleFilter:
    return filters.articles(
        asked["q"],
        site=asked["site"] or None,
        language=asked["language"] or None,
        section=asked["section"] or None,
        author=asked["author"] or None,
        since=when(asked["captured_from"]),
        until=when(asked["captured_to"], end=True),
        published_since=when(asked["from"]),
        published_until=when(asked["to"], end=True),
        as_of=when(asked["as_of"], end=True),
        verdict=asked["verdict"] or None,
    )


def when(text: str, *, end: bool = False) -> datetime | None:
    """A time that a form gave. Raises ``UsageError``."""
    try:
        return parse_when(text, end=end) if text else None
    except (ValueError, OverflowError) as error:
        raise UsageError(f"not a time: {text[:40]!r}") from error


def _link(path: str, asked: Mapping[str, str], **changes: str) -> str:
    kept = {name: value for name, value in {**asked, **changes}.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def _choices(facets: Facets, asked: Mapping[str, str], *, path: str) -> dict[str, list[Choice]]:
    """What each facet offers: nothing where it has one value only, or that was chosen already."""
    found: dict[str, list[Choice]] = {}
    for name in ("site", "language", "section", "author", "verdict"):
        counts: Mapping[str, int] = getattr(facets, name)
        if not asked[name] and (len(counts) > 1 or (name == "author" and counts)):
            some = list(counts.items())[:MAX_VALUES]
            found[name] = [Choice(value, count, _link(path, asked, **{name: value})) for value, count in some]
    for name, since, until in (("published", "from", "to"), ("captured", "captured_from", "captured_to")):
        spans: Mapping[str, int] = getattr(facets, name)
        if len(spans) > 1:
            found[name] = [
                Choice(value, count, _link(path, asked, **{since: value, until: value}))
                for value, count in spans.items()
            ]
    return found


def _chosen(asked: Mapping[str, str], *, path: str) -> list[tuple[str, str, str]]:
    """What results are narrowed to: the facet, the value, and the address without it."""
    found = [
        (name, asked[name], _link(path, asked, **{name: ""}))
        for name in ("site", "language", "section", "author", "verdict", "as_of")
        if asked[name]
    ]
    for name, since, until in (("published", "from", "to"), ("captured", "captured_from", "captured_to")):
        if asked[since] or asked[until]:
            value = asked[since] if asked[since] == asked[until] else f"{asked[since]} – {asked[until]}"
            found.append((name, value, _link(path, asked, **{since: "", until: ""})))
    return found


def pieces(text: str, marks: tuple[tuple[int, int], ...]) -> list[tuple[str, bool]]:
    """A text cut at its marks: each piece, and whether it is a word that was looked for."""
    cut: list[tuple[str, bool]] = []
    end = 0
    for start, stop in sorted(marks):
        if start < end:
            continue
        cut += [(text[end:start], False), (text[start:stop], True)]
        end = stop
    return [piece for piece in [*cut, (text[end:], False)] if piece[0]]
