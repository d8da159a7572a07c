"""Forms of our own pages, as browsers send them: ``application/x-www-form-urlencoded``, bounded."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_FORM = 20_000
MAX_FIELDS = 50


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name. Raises ``HTTPException`` 413 or 415."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise HTTPException(413) from error
    return dict(pairs)
