"""Addresses for programs: the CDX server and the health check."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from archiver.errors import ArchiverError, NotHeld, UsageError
from archiver.model.instant import goal_from_digits, timestamp14
from archiver.ops.figures import metrics_text
from archiver.replay.address import full_url
from archiver.replay.cdx import CdxQuery, answer, read_ia_query, read_pywb_query
from archiver.replay.lookup import closest
from archiver.web.state import WebState, state_of

_PROBE = "manifests/healthz"
_NO_CACHE = {"Cache-Control": "private, no-cache"}


def cdx(request: Request) -> Response:
    """``/cdx/search/cdx``: the Internet Archive's dialect."""
    return _cdx(request, read_ia_query)


def pywb_cdx(request: Request) -> Response:
    """``/web/cdx``: pywb's dialect."""
    return _cdx(request, read_pywb_query)


def _cdx(request: Request, read: Callable[[list[tuple[str, str]]], CdxQuery]) -> Response:
    found = answer(state_of(request).archive.catalog, read(request.query_params.multi_items()))
    body = () if request.method == "HEAD" else found.body
    return StreamingResponse(body, media_type=found.media_type, headers=_NO_CACHE)


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


def metrics(request: Request) -> Response:
    """``/metrics``: figures for Prometheus, text format 0.0.4."""
    state = state_of(request)
    text = metrics_text(state.archive.catalog, state.overview.read().stats, state.config)
    return Response(text, media_type="text/plain; version=0.0.4", headers={"Cache-Control": "no-store"})


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


def available(request: Request) -> Response:
    """``/wayback/available``: the memento nearest to a time, as the Internet Archive's availability API tells it."""
    given = request.query_params
    asked_url, stamp = given.get("url", ""), given.get("timestamp", "")
    if not asked_url:
        raise UsageError("url= is needed")
    told: dict[str, object] = {"url": asked_url, "archived_snapshots": {}}
    if stamp:
        told["timestamp"] = stamp
    state = state_of(request)
    try:
        capture = closest(state.archive.catalog, full_url(asked_url), _stamp(stamp))
    except NotHeld:
        return JSONResponse(told, headers=_NO_CACHE)
    told["archived_snapshots"] = {
        "closest": {
            "status": str(capture.status or 200),
            "available": True,
            "url": state.links(request).memento(capture.url, capture.at),
            "timestamp": timestamp14(capture.at),
        }
    }
    return JSONResponse(told, headers=_NO_CACHE)


def _stamp(text: str) -> datetime | None:
    """1 to 17 digits. Raises ``UsageError``."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,17}", text):
        raise UsageError(f"timestamp: not 1 to 17 digits: {text[:40]!r}")
    try:
        return goal_from_digits(text)
    except ValueError as error:
        raise UsageError(f"timestamp: {text[:40]!r}: {error}") from error
