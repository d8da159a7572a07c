"""Lists under ``/api/``: ``{"items": […], "next": null}``, where ``next`` is the address of the next page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from archiver.errors import UsageError
from archiver.web.operation import Form, Parameter, Schema
from archiver.web.state import state_of

T = TypeVar("T")
PAGE = 100
MAX_PAGE = 1_000
CURSOR = Parameter("cursor", "where to go on: the place that the address in `next` names")
LIMIT = Parameter("limit", "items of one page", Form.INTEGER, low=1, high=MAX_PAGE, default=PAGE)
NO_CACHE = {"Cache-Control": "private, no-cache"}


def list_of(item: Schema) -> Schema:
    """The schema of a list."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "additionalProperties": False,
        "properties": {
            "items": {"type": "array", "items": item},
            "next": {"type": ["string", "null"], "description": "the address of the next page"},
        },
    }


def page_of(
    request: Request,
    found: Iterable[T],
    *,
    limit: int,
    shape: Callable[[T], object],
    place: Callable[[T], str],
) -> Response:
    """One page of ``found``, which begins where the page does. ``place`` names the place behind an item."""
    rows = list(islice(found, limit + 1))
    shown = rows[:limit]
    following = _next(request, place(shown[-1])) if len(rows) > limit else None
    return answer([shape(row) for row in shown], following=following)


def answer(items: list[object], *, following: str | None = None) -> Response:
    """A list as it is sent."""
    return JSONResponse({"items": items, "next": following}, headers=NO_CACHE)


def cursor_of(text: str | None) -> str | None:
    """The place that a cursor names. Raises ``UsageError``."""
    if not text:
        return None
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("utf-8")
    except (UnicodeError, binascii.Error) as error:
        raise UsageError(f"cursor: not one of ours: {text[:40]!r}") from error


def _next(request: Request, place: str) -> str:
    cursor = base64.urlsafe_b64encode(place.encode()).rstrip(b"=").decode("ascii")
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    base = state_of(request).links(request).base
    return f"{base}{quote(request.url.path)}?{urlencode([*kept, ('cursor', cursor)])}"
