"""Stored answers for the worker: ``/raw/{timestamp}id_/{url}``, each the capture nearest to the time of the page."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from archiver.errors import NotHeld, Withheld
from archiver.model.access import Access
from archiver.replay.address import RAW, read_address
from archiver.replay.headers import Header
from archiver.replay.instants import http_date
from archiver.replay.likely import likely
from archiver.replay.lookup import closest, exact
from archiver.replay.raw import raw_answer, read_stored
from archiver.web.state import state_of

CACHE = b"private, max-age=300"
"""Short, since access rules may change."""


def stored(request: Request) -> Response:
    """The archived answer as wabac.js takes it: always 200, the archived status and a redirect's goal in headers of their own.

    A refusal of ours has its own status, so that nobody takes it for an archived one.
    """
    if not _is_for_the_worker(request):
        raise HTTPException(403)
    raw_path = bytes(request.scope.get("raw_path") or request.url.path.encode())
    address = read_address(raw_path.partition(b"/raw/")[2], bytes(request.scope.get("query_string", b"")))
    if address.every or (address.stamp is not None and address.modifier != RAW):
        raise HTTPException(404)
    state = state_of(request)
    catalog = state.archive.catalog
    capture = exact(catalog, address.url, address.stamp) if address.stamp else None
    if capture is None:
        try:
            capture = closest(catalog, address.url, address.goal)
        except NotHeld:
            # A script's request: its number against caches is another one than that of the crawl.
            capture = likely(catalog, address.url, address.goal)
            if capture is None:
                raise
    if catalog.access.of_record(capture.record) is Access.BLOCK:
        raise Withheld(capture.url)
    kept = read_stored(catalog, state.archive.reader, capture)
    found = raw_answer(kept, location=None, accept_encoding=request.headers.get("accept-encoding"))
    ours: list[Header] = [
        (b"Memento-Datetime", http_date(capture.at).encode("ascii")),
        (b"Cache-Control", CACHE),
    ]
    if capture.redirect is not None:
        ours.append((b"X-Orig-Location", capture.redirect.encode("ascii", "backslashreplace")))
    if found.status != 200:
        ours.append((b"X-Redirect-Status", b"%d" % (found.status if found.status <= 599 else 500)))
    response = StreamingResponse(() if request.method == "HEAD" else found.body)
    response.raw_headers = [*ours, *found.headers]
    if found.length is not None:
        response.raw_headers.append((b"Content-Length", b"%d" % found.length))
    return response


def _is_for_the_worker(request: Request) -> bool:
    """Whether a script of this origin asks, by its own fetch: no window, frame, picture or script, and no other site."""
    return (
        request.headers.get("sec-fetch-dest", "empty") == "empty"
        and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    )
