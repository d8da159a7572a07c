"""Signing in with a token, and out again."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from archiver.model.token import Role
from archiver.web.authority import (
    audit,
    caller_of,
    must_sign_in,
    require_form,
    set_session,
    sign_in,
    sign_out,
)
from archiver.web.forms import read_form
from archiver.web.pages import page
from archiver.web.state import state_of

NO_STORE = {"Cache-Control": "no-store"}


def show(request: Request) -> Response:
    """``GET /sign-in``."""
    return _form(request, wrong=False)


async def enter(request: Request) -> Response:
    """``POST /sign-in`` with ``token``: a session, and back to the home page."""
    form = await read_form(request)
    found = await run_in_threadpool(sign_in, request, form.get("token", ""))
    if found is None:
        return await run_in_threadpool(_form, request, wrong=True)
    caller, secret = found
    await run_in_threadpool(audit, state_of(request).office.catalog, caller, action="sign in", target=caller.token.id)
    response = RedirectResponse(f"{state_of(request).root}/", status_code=303, headers=NO_STORE)
    set_session(request, response, secret)
    return response


async def leave(request: Request) -> Response:
    """``POST /sign-out``."""
    form = await read_form(request)
    await run_in_threadpool(require_form, request, form, Role.READER)
    await run_in_threadpool(sign_out, request)
    response = RedirectResponse(f"{state_of(request).root}/sign-in", status_code=303, headers=NO_STORE)
    set_session(request, response, None)
    return response


def _form(request: Request, *, wrong: bool) -> Response:
    values = {"wrong": wrong, "needed": must_sign_in(state_of(request)) and caller_of(request) is None}
    return page(request, "signin.html", values, status=403 if wrong else 200, headers=NO_STORE)


ROUTES = (
    Route("/sign-in", show, methods=["GET"]),
    Route("/sign-in", enter, methods=["POST"]),
    Route("/sign-out", leave, methods=["POST"]),
)
