"""Everything under ``/web/``: TimeGate, mementos (raw, or their text on a page of ours), TimeMaps."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from archiver.catalog.neighbours import neighbours
from archiver.errors import NotHeld, UsageError
from archiver.model.capture import Capture
from archiver.model.instant import timestamp17
from archiver.replay.address import RAW, Address, Links, read_address
from archiver.replay.headers import Header
from archiver.replay.instants import accept_datetime, http_date
from archiver.replay.lookup import captures_of, closest, exact, is_memento, is_redirect, redirect_destination
from archiver.replay.memento import LINK_FORMAT, link, link_header, timemap
from archiver.replay.raw import RawAnswer, raw_answer, raw_location, read_stored
from archiver.replay.readings import reading_of
from archiver.web.pages import page
from archiver.web.state import WebState, state_of

TIMEMAP_PAGE = 5_000
"""Mementos of one page of a TimeMap."""
IMMUTABLE = "private, max-age=31536000, immutable"
_PARTS = frozenset({"js_", "cs_", "im_", "oe_", "fw_"})
_MARKUP = ("text/html", "application/xhtml+xml")


def replay(request: Request) -> Response:
    """``/web/…``: whatever the raw path and query ask for."""
    raw_path = bytes(request.scope.get("raw_path") or request.url.path.encode())
    rest = raw_path.partition(b"/web/")[2]
    query = bytes(request.scope.get("query_string", b""))
    if rest.startswith(b"timemap/"):
        return _timemap(request, rest.removeprefix(b"timemap/"), query)
    address = read_address(rest, query)
    state = state_of(request)
    if address.every:
        return RedirectResponse(f"{state.root}/held?{urlencode({'url': address.url})}", status_code=302)
    if address.stamp is None:
        return _timegate(request, state, address.url)
    return _memento(request, state, address, address.stamp)


def _timegate(request: Request, state: WebState, url: str) -> Response:
    """RFC 7089, pattern 2.1: a redirect to the memento that was nearest at the time asked for."""
    wished = request.headers.get("accept-datetime")
    at = accept_datetime(wished) if wished is not None else None
    capture = closest(state.archive.catalog, url, at)
    links = state.links(request)
    modifier = RAW if _preference(request) in {"original", "raw"} else ""
    headers = {
        "Location": links.memento(capture.url, capture.at, modifier),
        "Vary": "accept-datetime, prefer",
        "Link": _links_of(state, links, capture, timegate=False),
        "Cache-Control": "private, no-cache",
    }
    return Response(status_code=302, headers=headers)


def _memento(request: Request, state: WebState, address: Address, stamp: str) -> Response:
    catalog = state.archive.catalog
    links = state.links(request)
    at = address.at
    capture = exact(catalog, address.url, stamp)
    modifier = RAW if address.modifier in _PARTS else address.modifier if address.modifier == RAW else ""
    if capture is None:
        capture = closest(catalog, address.url, at)
        return _to_exact(links, capture, modifier)
    if modifier != address.modifier:
        return _to_exact(links, capture, modifier)
    preference = _preference(request)
    if modifier == RAW or preference in {"original", "raw"}:
        return _raw(request, state, capture, applied=None if modifier == RAW else preference)
    return _view(request, state, capture)


def _to_exact(links: Links, capture: Capture, modifier: str) -> Response:
    """An answer of ours, no memento: it leads to the exact timestamp."""
    headers = {
        "Location": links.memento(capture.url, capture.at, modifier),
        "Link": ", ".join(
            (
                link(capture.url, "original"),
                link(links.timegate(capture.url), "timegate"),
                link(links.timemap(capture.url), "timemap", type=LINK_FORMAT),
            )
        ),
        "Cache-Control": "private, no-cache",
    }
    return Response(status_code=302, headers=headers)


def _links_of(state: WebState, links: Links, capture: Capture, *, timegate: bool = True) -> str:
    around = neighbours(state.archive.catalog.database, capture.surt, capture.at)
    return link_header(links, capture, around, timegate=timegate)


def _preference(request: Request) -> str | None:
    """The first view that a ``Prefer`` header names, as pywb has it."""
    for item in request.headers.get("prefer", "")[:500].lower().split(","):
        if item.strip() in {"original", "raw", "rewritten"}:
            return item.strip()
    return None


def _raw(request: Request, state: WebState, capture: Capture, *, applied: str | None) -> Response:
    links = state.links(request)
    stored = read_stored(state.archive.catalog, state.archive.reader, capture)
    found = raw_answer(
        stored,
        location=raw_location(state.archive.catalog, capture, links),
        accept_encoding=request.headers.get("accept-encoding"),
    )
    headers: list[Header] = [
        (b"Memento-Datetime", http_date(capture.at).encode("ascii")),
        (b"Link", _links_of(state, links, capture).encode("ascii")),
        (b"Cache-Control", (IMMUTABLE if applied is None else "private, no-cache").encode("ascii")),
    ]
    if applied is not None:
        headers += [(b"Preference-Applied", applied.encode("ascii")), (b"Vary", b"prefer")]
    return _archived_response(found, headers, head_only=request.method == "HEAD")


def _archived_response(found: RawAnswer, ours: list[Header], *, head_only: bool) -> Response:
    """The answer with its header lines as they are: order, duplicates, case and odd bytes."""
    body: Iterable[bytes] = () if head_only else found.body
    response = StreamingResponse(body, status_code=found.status)
    headers = [*ours, *found.headers]
    if found.length is not None:
        headers.append((b"Content-Length", b"%d" % found.length))
    response.raw_headers = headers
    return response


def _view(request: Request, state: WebState, capture: Capture) -> Response:
    """The text of a capture on a page of ours; never archived markup."""
    catalog = state.archive.catalog
    links = state.links(request)
    around = neighbours(catalog.database, capture.surt, capture.at)
    extraction = reading_of(catalog, capture)
    article = extraction.article if extraction else None
    redirect = capture.redirect if is_redirect(capture) else None
    goal = redirect_destination(catalog, capture) if redirect else None
    redirect_link = links.memento(redirect, goal.at) if goal and redirect else None
    status = capture.status if capture.status and capture.status >= 300 and capture.status != 304 else 200
    headers = {
        "Memento-Datetime": http_date(capture.at),
        "Link": link_header(links, capture, around),
        "Vary": "prefer",
    }
    if redirect_link:
        headers["Location"] = redirect_link
    values: dict[str, object] = {
        "capture": capture,
        "around": around,
        "extraction": extraction,
        "article": article,
        "captions": [image for image in article.images if image.caption] if article else [],
        "redirect": redirect,
        "redirect_link": redirect_link,
        "raw_link": links.memento(capture.url, capture.at, RAW),
        "failed": status >= 400,
        "file": capture.mime is not None and capture.mime not in _MARKUP,
    }
    return page(request, "memento.html", values, status=min(status, 599), headers=headers)


def _timemap(request: Request, rest: bytes, query: bytes) -> Response:
    """``timemap/link/[timestamp/]url``; the timestamp begins a page of a long TimeMap."""
    form, _, rest = rest.partition(b"/")
    if form != b"link":
        raise UsageError("a TimeMap is had in the format link: /web/timemap/link/{url}")
    address = read_address(rest, query)
    state = state_of(request)
    since = address.at
    found = captures_of(state.archive.catalog, address.url, since=since)
    captures = list(islice((c for c in found if is_memento(c)), TIMEMAP_PAGE + 1))
    if not captures:
        raise NotHeld(address.url)
    following = timestamp17(captures[TIMEMAP_PAGE].at) if len(captures) > TIMEMAP_PAGE else ""
    lines = timemap(
        state.links(request),
        address.url,
        captures[:TIMEMAP_PAGE],
        this=address.stamp or "",
        following=following,
    )
    return Response("".join(lines), media_type=LINK_FORMAT, headers={"Cache-Control": "private, no-cache"})
