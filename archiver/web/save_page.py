"""Saving a page now, for curators: the form's answer, and a page that tells how it went."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from archiver.errors import NotHeld, NotHttpUrl
from archiver.model.token import Role
from archiver.ops.saving import QueueFull
from archiver.web.authority import audit, require, require_form
from archiver.web.forms import read_form
from archiver.web.operation import MAX_TEXT
from archiver.web.pages import page
from archiver.web.state import state_of

PATIENCE = 5.0
"""Seconds for which the page of a saving waits for its end. Only curators may let a thread wait."""
NO_STORE = {"Cache-Control": "no-store"}


async def send(request: Request) -> Response:
    """``POST /save`` with ``url``: queue it, and on to its page; an address that cannot be saved comes back with why."""
    form = await read_form(request)
    return await run_in_threadpool(_send, request, form)


def ask(request: Request) -> Response:
    """``GET /save``: the form alone."""
    require(request, Role.CURATOR)
    return page(request, "save.html", {"saving": None, "wrong": None, "url": "", "here": ""}, headers=NO_STORE)


def saving(request: Request) -> Response:
    """``GET /save/{id}``: what became of it; waits a little while it is under way."""
    require(request, Role.CURATOR)
    saving_id = str(request.path_params["id"])
    found = state_of(request).saver.wait(saving_id, timeout=PATIENCE)
    if found is None:
        raise NotHeld(saving_id[:100], "no page is being saved under this id, or it was long ago")
    return page(request, "save.html", {"saving": found, "wrong": None, "url": found.url, "here": ""}, headers=NO_STORE)


def _send(request: Request, form: Mapping[str, str]) -> Response:
    caller = require_form(request, form, Role.CURATOR)
    state = state_of(request)
    url = form.get("url", "").strip()
    if len(url) > MAX_TEXT:
        return _refused(request, "", "save.wrong", status=400)
    try:
        asked = state.saver.save(url)
    except NotHttpUrl:
        return _refused(request, url, "save.wrong", status=400)
    except QueueFull:
        return _refused(request, url, "save.full", status=503)
    audit(state.office.catalog, caller, action="save page", target=asked.url)
    return RedirectResponse(f"{state.root}/save/{asked.id}", status_code=303, headers=NO_STORE)


def _refused(request: Request, url: str, key: str, *, status: int) -> Response:
    values: dict[str, object] = {"saving": None, "wrong": key, "url": url, "here": ""}
    return page(request, "save.html", values, status=status, headers=NO_STORE)
