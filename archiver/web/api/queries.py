"""What is held, as lists: captures, articles, search, held, sites, runs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from archiver.archive import article_row
from archiver.archive import held as held_of
from archiver.catalog import ArticleFilter, article_cursor, cursor
from archiver.catalog.articles import Reading
from archiver.config.sites import all_sites
from archiver.errors import UsageError
from archiver.model.capture import Capture, Kind
from archiver.model.run import Run
from archiver.search import Hit
from archiver.web.api.lists import CURSOR, LIMIT, answer, cursor_of, list_of, page_of
from archiver.web.api.schemas import ref
from archiver.web.operation import Form, GivenParameters, Operation, Parameter, asked
from archiver.web.state import filters_of, state_of

MAX_HELD = 100
MAX_SEARCHED = 1_000
"""Hits of one search that may be paged through; who wants more narrows it."""
JSON = "application/json"

SITE = Parameter("site", "of this site only")
LANGUAGE = Parameter("language", "in this language only (vi, en, fr, …)")
SINCE = Parameter("from", "from this time on: 4 to 17 digits or ISO 8601, UTC", Form.SINCE)
UNTIL = Parameter("to", "up to and with this time", Form.UNTIL)

_CAPTURES = (
    Parameter("url", "a URL, or a prefix that ends in `*`"),
    SITE,
    SINCE,
    UNTIL,
    Parameter("status", "with this HTTP status only", Form.INTEGER, low=100, high=999),
    Parameter("kind", "of this kind only", choices=tuple(kind.value for kind in Kind)),
    LIMIT,
    CURSOR,
)
_ARTICLES = (SITE, LANGUAGE, SINCE, UNTIL, LIMIT, CURSOR)
_SEARCH = (Parameter("q", "the words looked for", required=True), SITE, LANGUAGE, SINCE, UNTIL, LIMIT, CURSOR)
_HELD = (Parameter("url", "the URL asked for", required=True, repeats=MAX_HELD),)
_RUNS = (SITE, LIMIT, CURSOR)


def captures(request: Request) -> Response:
    """``/api/captures``."""
    given = asked(request, _CAPTURES)
    archive = state_of(request).archive
    wanted = filters_of(request).captures(
        given["url"],
        site=given["site"],
        since=given["from"],
        until=given["to"],
        status=given["status"],
        kind=given["kind"],
    )
    found = archive.catalog.captures.find(wanted, limit=given["limit"] + 1, after=cursor_of(given["cursor"]))
    return page_of(request, found, limit=given["limit"], shape=Capture.as_json, place=cursor)


def articles(request: Request) -> Response:
    """``/api/articles``."""
    given = asked(request, _ARTICLES)
    found = state_of(request).archive.catalog.articles.find(
        _wanted(request, given), limit=given["limit"] + 1, after=cursor_of(given["cursor"])
    )
    return page_of(
        request,
        (reading for reading in found if reading[1].article is not None),
        limit=given["limit"],
        shape=_article,
        place=lambda reading: article_cursor(*reading),
    )


def _wanted(request: Request, given: GivenParameters, query: str = "") -> ArticleFilter:
    return filters_of(request).articles(
        query,
        site=given["site"],
        language=given["language"],
        published_since=given["from"],
        published_until=given["to"],
    )


def _article(reading: Reading) -> dict[str, object]:
    capture, extraction = reading
    assert extraction.article is not None
    return article_row((capture, extraction.article))


def search(request: Request) -> Response:
    """``/api/search``."""
    given = asked(request, _SEARCH)
    offset = _offset(cursor_of(given["cursor"]))
    limit = min(given["limit"], MAX_SEARCHED - offset)
    archive = state_of(request).archive
    found = archive.index.search(
        given["q"],
        _wanted(request, given, given["q"]),
        limit=limit + 1 if offset + limit < MAX_SEARCHED else limit,
        offset=offset,
        facets=False,
    )
    return page_of(request, found.hits, limit=limit, shape=Hit.as_json, place=lambda _: str(offset + limit))


def _offset(place: str | None) -> int:
    if place is None:
        return 0
    if not (place.isascii() and place.isdigit() and len(place) <= 4) or int(place) >= MAX_SEARCHED:
        raise UsageError("cursor: not a place in these hits")
    return int(place)


def held(request: Request) -> Response:
    """``/api/held``."""
    state = state_of(request)
    urls = asked(request, _HELD)["url"]
    return answer([held_of(state.archive.catalog, url, config=state.config).as_json() for url in urls])


def sites(request: Request) -> Response:
    """``/api/sites``."""
    asked(request, ())
    known = all_sites(state_of(request).config)
    return answer([site.as_json() for site in known.values()])


def runs(request: Request) -> Response:
    """``/api/runs``."""
    given = asked(request, _RUNS)
    archive = state_of(request).archive
    catalog = archive.catalog
    if given["site"] is not None:
        filters_of(request).check_site(given["site"])
    place = cursor_of(given["cursor"])
    before = catalog.runs.get(place) if place is not None else None
    if place is not None and before is None:
        raise UsageError("cursor: not a place in this list of runs")
    found = catalog.runs.find(given["site"], limit=given["limit"] + 1, before=before)
    return page_of(request, found, limit=given["limit"], shape=Run.as_json, place=lambda run: run.id)


READING: tuple[Operation, ...] = tuple(
    Operation(f"/api/{name}", summary, handler, parameters=parameters, returns={JSON: list_of(ref(shape))}, tag="lists")
    for name, summary, handler, parameters, shape in (
        ("captures", "Captures by SURT, then time", captures, _CAPTURES, "Capture"),
        ("articles", "Articles, newest first", articles, _ARTICLES, "Article"),
        ("search", "Articles that hold these words, best first", search, _SEARCH, "Hit"),
        ("held", "What is held of each URL", held, _HELD, "Held"),
        ("sites", "The known sites and their sources", sites, (), "Site"),
        ("runs", "Runs, newest first", runs, _RUNS, "Run"),
    )
)
"""The lists of this module; others add theirs in ``archiver.web.api.operations``."""
