"""Everything under ``/web/``: TimeGate, mementos (raw, or their text on a page of ours), TimeMaps."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from archiver.errors import NotHeld, UsageError, Withheld
from archiver.model.access import Access
from archiver.model.capture import Capture
from archiver.replay.address import RAW, Address, Links, read_address
from archiver.replay.headers import Header
from archiver.replay.instants import accept_datetime, http_date
from archiver.replay.lookup import closest, exact, is_redirect, redirect_destination
from archiver.replay.memento import LINK_FORMAT, link, link_header
from archiver.replay.page import reading_of
from archiver.replay.pieces import in_pieces
from archiver.replay.raw import RawAnswer, as_source, raw_answer, raw_location, read_stored
from archiver.replay.timemap import FORMS, PAGE, read_timemap
from archiver.web.interactive.page import VIEW, interactive_page
from archiver.web.pages import page
from archiver.web.preference import ORIGINAL, preference_of, with_preference
from archiver.web.safe import (
    PARTS,
    document_answer,
    frame,
    missing_answer,
    opens_page,
    part_answer,
    safe_view,
    short_links,
    wants_frame,
)
from archiver.web.state import WebState, state_of

TIMEMAP_PAGE = PAGE
IMMUTABLE = "private, max-age=31536000, immutable"
TEXT = "tx_"
"""The text of a capture, on a page of ours."""
_RAW_TOO = frozenset({"js_", "fw_"})
"""pywb's names for parts that only scripts ask for."""
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
    preference = preference_of(request)
    response = _memento(request, state, address, address.stamp, preference)
    return with_preference(response, None if address.modifier in {TEXT, VIEW} else preference)


def _timegate(request: Request, state: WebState, url: str) -> Response:
    """RFC 7089, pattern 2.1: a redirect to the memento that was nearest at the time asked for."""
    wished = request.headers.get("accept-datetime")
    at = accept_datetime(wished) if wished is not None else None
    capture = closest(state.archive.catalog, url, at)
    links = state.links(request)
    modifier = RAW if preference_of(request) in ORIGINAL else ""
    headers = {
        "Location": links.capture(capture, modifier),
        "Vary": "accept-datetime",
        "Link": _links_of(state, links, capture),
        "Cache-Control": "private, no-cache",
    }
    return with_preference(Response(status_code=302, headers=headers), preference_of(request))


def _memento(request: Request, state: WebState, address: Address, stamp: str, preference: str | None) -> Response:
    catalog = state.archive.catalog
    links = state.links(request)
    at = address.goal
    interactive = state.interactive if address.modifier == VIEW else None
    modifier = VIEW if interactive else _modifier(address.modifier)
    capture = exact(catalog, address.url, stamp)
    if capture is None and modifier in PARTS:
        try:
            return _to_exact(links, closest(catalog, address.url, at), modifier)
        except NotHeld:
            return missing_answer(request, modifier)
    if capture is None:
        return _to_exact(links, closest(catalog, address.url, at), modifier)
    if modifier != address.modifier:
        return _to_exact(links, capture, modifier)
    if catalog.access.of_record(capture.record) is Access.BLOCK:
        raise Withheld(capture.url)
    if interactive:
        return interactive_page(request, interactive, capture)
    if preference in ORIGINAL or (modifier == RAW and preference is None):
        return _raw(request, state, capture, applied=preference)
    if modifier == RAW:
        return _rewritten(request, state, capture)
    if modifier in PARTS:
        return _part(request, state, capture, modifier)
    if modifier == TEXT:
        return _view(request, state, capture)
    if is_redirect(capture) or (preference is None and wants_frame(request)):
        return frame(request, capture)
    return _rewritten(request, state, capture)


def _part(request: Request, state: WebState, capture: Capture, modifier: str) -> Response:
    try:
        return part_answer(request, capture, modifier) or _raw(request, state, capture, applied="", modifier=modifier)
    except NotHeld:
        # A revisit of what is not held.
        return missing_answer(request, modifier)


def _modifier(asked: str) -> str:
    """What stands for a modifier here: pywb's for what scripts ask is the raw view, one that nobody knows none."""
    if asked in _RAW_TOO:
        return RAW
    return asked if asked in PARTS or asked in {RAW, TEXT} else ""


def _rewritten(request: Request, state: WebState, capture: Capture) -> Response:
    """The memento for programs: the safe document itself; of what is none, the raw bytes."""
    document = safe_view(request).page(capture)
    if document is not None:
        return document_answer(request, capture, document, whole=True)
    return _raw(request, state, capture, applied="", modifier="")


def _to_exact(links: Links, capture: Capture, modifier: str) -> Response:
    """An answer of ours, no memento: it leads to the exact timestamp."""
    headers = {
        "Location": links.capture(capture, modifier),
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


def _links_of(state: WebState, links: Links, capture: Capture) -> str:
    around = state.archive.catalog.mementos.neighbours(capture.surt, capture.at)
    return link_header(links, capture, around)


def _raw(request: Request, state: WebState, capture: Capture, *, applied: str | None, modifier: str = RAW) -> Response:
    """The stored answer. ``applied`` is the preference that led here, ``modifier`` where an archived redirect goes on."""
    links = state.links(request)
    ranges = request.headers.getlist("range")
    stored = read_stored(state.archive.catalog, state.archive.reader, capture, in_part=bool(ranges))
    found = raw_answer(
        stored,
        location=raw_location(state.archive.catalog, capture, links, modifier=modifier),
        accept_encoding=request.headers.get("accept-encoding"),
        ranges=ranges,
        if_range=request.headers.get("if-range"),
    )
    if found.status == 416:
        # An answer of ours, no memento: who sees Memento-Datetime would take it for archived.
        return _archived_response(found, [(b"Cache-Control", b"no-store")], head_only=True)
    exact_bytes = applied is None or modifier in PARTS
    headers: list[Header] = [
        (b"Memento-Datetime", http_date(capture.at).encode("ascii")),
        (
            b"Link",
            (short_links(links, capture) if modifier in PARTS else _links_of(state, links, capture)).encode("ascii"),
        ),
        (b"Cache-Control", (IMMUTABLE if exact_bytes else "private, no-cache").encode("ascii")),
        (b"Vary", b"sec-fetch-dest, upgrade-insecure-requests" if exact_bytes else b"prefer, accept, sec-fetch-dest"),
    ]
    if opens_page(request):
        found = as_source(found)
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
    around = catalog.mementos.neighbours(capture.surt, capture.at)
    extraction = reading_of(catalog, capture)
    article = extraction.article if extraction else None
    redirect = capture.redirect if is_redirect(capture) else None
    goal = redirect_destination(catalog, capture) if redirect else None
    redirect_link = links.capture(goal) if goal and redirect else None
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
        "raw_link": links.capture(capture, RAW),
        "failed": status >= 400,
        "file": capture.mime is not None and capture.mime not in _MARKUP,
    }
    return page(request, "memento.html", values, status=min(status, 599), headers=headers)


def _timemap(request: Request, rest: bytes, query: bytes) -> Response:
    """``timemap/{format}/[timestamp/]url``; the timestamp begins a page of a long TimeMap."""
    form, _, rest = rest.partition(b"/")
    found = FORMS.get(form.decode("latin-1"))
    if found is None:
        raise UsageError(f"a TimeMap is had in these formats: /web/timemap/{{{','.join(FORMS)}}}/{{url}}")
    media_type, write = found
    address = read_address(rest, query)
    state = state_of(request)
    page = read_timemap(
        state.archive.catalog, address.url, since=address.at, begins=address.stamp or "", size=TIMEMAP_PAGE
    )
    body = () if request.method == "HEAD" else in_pieces(write(page, state.links(request)))
    return StreamingResponse(body, media_type=media_type, headers={"Cache-Control": "private, no-cache"})
