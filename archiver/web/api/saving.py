"""``POST /api/crawl``: save a page now."""

from __future__ import annotations

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from archiver.errors import NotHeld, UsageError
from archiver.model.token import Role
from archiver.web.authority import audit, caller_of
from archiver.web.operation import MAX_TEXT, Operation, Parameter, asked
from archiver.web.state import state_of

MAX_BODY = 20_000
_SAVING = {
    "type": "object",
    "required": ["id", "url", "state", "asked_at", "run", "error"],
    "properties": {
        "id": {"type": "string"},
        "url": {"type": "string"},
        "state": {"enum": ["queued", "running", "done", "failed"]},
        "asked_at": {"type": "string", "format": "date-time"},
        "run": {"oneOf": [{"$ref": "#/components/schemas/Run"}, {"type": "null"}]},
        "error": {"type": ["string", "null"]},
    },
}
_BODY = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {"url": {"type": "string", "format": "uri", "minLength": 1, "maxLength": MAX_TEXT}},
}


async def save(request: Request) -> Response:
    """``POST /api/crawl`` with ``{"url": …}``: the page and its requisites are crawled soon; 202 with where to look."""
    asked(request, ())
    url = _url(await _json(request))
    state = state_of(request)
    saving = await run_in_threadpool(state.saver.save, url)
    await run_in_threadpool(audit, state.office.catalog, caller_of(request), action="save page", target=url)
    headers = {"Location": f"{state.links(request).base}/api/crawl/{saving.id}", "Cache-Control": "no-store"}
    return JSONResponse(saving.as_json(), status_code=202, headers=headers)


def saved(request: Request) -> Response:
    """``/api/crawl/{id}``: what became of it."""
    asked(request, ())
    saving_id = request.path_params["id"]
    saving = state_of(request).saver.get(saving_id)
    if saving is None:
        raise NotHeld(str(saving_id)[:100], "no page is being saved under this id, or it was long ago")
    return JSONResponse(saving.as_json(), headers={"Cache-Control": "no-store"})


async def _json(request: Request) -> Any:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        # Also a guard: no form of another site can send this type without asking first.
        raise HTTPException(415)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise HTTPException(413)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError("the body is no JSON") from error


def _url(body: Any) -> str:
    url = body.get("url") if isinstance(body, dict) else None
    if not isinstance(url, str) or set(body) != {"url"} or len(url) > MAX_TEXT:
        raise UsageError('the body must be {"url": "https://…"}')
    return url


SAVING: tuple[Operation, ...] = (
    Operation(
        "/api/crawl",
        "Save a page now",
        save,
        method="POST",
        body=_BODY,
        returns={"application/json": _SAVING},
        role=Role.CURATOR,
        status=202,
        statuses={413: "The body is too long", 415: "The body is not application/json"},
        tag="changes",
    ),
    Operation(
        "/api/crawl/{id}",
        "What became of a page that was to be saved",
        saved,
        parameters=(Parameter("id", "the id that was answered", required=True, place="path"),),
        returns={"application/json": _SAVING},
        statuses={404: "No such id is known"},
        tag="changes",
    ),
)
