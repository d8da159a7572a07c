"""Addresses for programs: the CDX server and the health check."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from archiver.errors import ArchiverError
from archiver.replay.cdx import answer, read_query
from archiver.web.state import WebState, state_of

_PROBE = "manifests/healthz"


def cdx(request: Request) -> Response:
    """``/cdx/search/cdx``: the Internet Archive's dialect."""
    query = read_query(dict(request.query_params.multi_items()))
    lines = answer(state_of(request).archive.catalog, query)
    media_type = "application/json" if query.as_json else "text/plain"
    headers = {"Cache-Control": "private, no-cache"}
    return StreamingResponse(() if request.method == "HEAD" else lines, media_type=media_type, headers=headers)


def healthz(request: Request) -> Response:
    """``/healthz``: 200 while catalogue and store answer, else 503; says which does not."""
    state = state_of(request)
    checks = {"catalog": _says(_catalog, state), "store": _says(_store, state)}
    well = all(said == "ok" for said in checks.values())
    return JSONResponse(
        {"status": "ok" if well else "failing", **checks},
        status_code=200 if well else 503,
        headers={"Cache-Control": "no-store"},
    )


def _says(check: Callable[[WebState], None], state: WebState) -> str:
    try:
        check(state)
    except ArchiverError as error:
        return type(error).__name__
    return "ok"


def _catalog(state: WebState) -> None:
    state.archive.catalog.captures.has_url("")


def _store(state: WebState) -> None:
    state.archive.store.stat(_PROBE)
