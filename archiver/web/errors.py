"""Errors as answers: one JSON shape for programs, a small page for people."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from archiver.errors import ArchiverError, Busy, CatalogError, NotHeld, StorageError, UnknownSite, UsageError, Withheld
from archiver.model.access import Access
from archiver.model.instant import SystemClock
from archiver.model.surt import surt
from archiver.model.url import clean_url
from archiver.web.pages import is_replay, page
from archiver.web.preference import preference_of, with_preference
from archiver.web.state import state_of

_MACHINE = re.compile(
    rb"/(?:api|cdx|wayback|raw|web/cdx|web/timemap|web/\d{1,17}id_|healthz|metrics|openapi\.json)(?:/|\Z)"
)
_PAGE_STATUSES = frozenset({400, 401, 403, 404, 405, 429, 451, 500, 503})
RETRY_AFTER = "30"


def status_of(error: ArchiverError) -> int:
    """The HTTP status of one of our errors."""
    if isinstance(error, Withheld):
        return 451
    if isinstance(error, NotHeld):
        return 404
    if isinstance(error, UsageError):
        return 400
    if isinstance(error, Busy | CatalogError) or (isinstance(error, StorageError) and error.retryable):
        return 503
    return 500


def code_of(error: ArchiverError) -> str:
    """The error's name in the JSON shape: ``NotHeld`` is ``not-held``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()


def is_machine(request: Request) -> bool:
    """Whether a program asks: by the path, or because it takes JSON and no HTML."""
    if _MACHINE.match(bytes(request.scope.get("raw_path") or request.url.path.encode())):
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "html" not in accept


def on_archiver_error(request: Request, error: Exception) -> Response:
    """One of our own errors. What concerns the reader's request is told; the insides of the archive are not."""
    assert isinstance(error, ArchiverError)
    error = _withheld(request, error)
    # A site in the path has no page; one that a query names is a mistake of the query.
    is_path = isinstance(error, UnknownSite) and error.name in request.path_params.values()
    status = 404 if is_path else status_of(error)
    detail = str(error) if status < 500 else ""
    return answer(request, status, code=code_of(error), detail=detail)


def _withheld(request: Request, error: ArchiverError) -> ArchiverError:
    """What is not held because it was taken down is said to be so, where its rule says `block`."""
    if type(error) is not NotHeld:
        return error
    try:
        access, _ = state_of(request).archive.catalog.access.of_url(surt(clean_url(error.url)), SystemClock().now())
    except (UsageError, CatalogError):
        return error
    return Withheld(error.url) if access is Access.BLOCK else error


def on_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own: no such path, wrong method."""
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    response = answer(request, error.status_code, code=code, detail="")
    response.headers.update(error.headers or {})
    return response


def on_bug(request: Request, _error: Exception) -> Response:
    """A bug of ours; the server logs it."""
    return answer(request, 500, code="internal-error", detail="")


def answer(request: Request, status: int, *, code: str, detail: str) -> Response:
    """``{"error": {"code", "message", "status"}}``, or a page that says the same."""
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = RETRY_AFTER
    if is_machine(request):
        message = detail or HTTPStatus(status).phrase
        body = {"error": {"code": code, "message": message, "status": status}}
        return _of_replay(request, JSONResponse(body, status_code=status, headers=headers))
    response = page(
        request,
        "error.html",
        {"status": status, "key": f"error.{status if status in _PAGE_STATUSES else 500}", "detail": detail},
        status=status,
        headers=headers,
    )
    return _of_replay(request, response)


def _of_replay(request: Request, response: Response) -> Response:
    """An error under ``/web/`` says, as mementos do, what preference it heeds."""
    return with_preference(response, preference_of(request)) if is_replay(request) else response
