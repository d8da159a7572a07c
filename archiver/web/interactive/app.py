"""The application of the replay origin: a viewer, the worker, and stored answers for the worker. Nothing of the archive's own
pages is on it: no cookie, no API, nobody is signed in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from archiver.errors import ArchiverError
from archiver.ops.wabac import SOURCE, VERSION
from archiver.replay.coding import accepts
from archiver.web.errors import on_archiver_error
from archiver.web.interactive import policy
from archiver.web.interactive.gate import Gate
from archiver.web.interactive.place import Interactive
from archiver.web.interactive.stored import stored
from archiver.web.messages import choose
from archiver.web.state import WebState, state_of
from archiver.web.texts import LANGUAGES, MESSAGES

STATIC = Path(__file__).parent / "static"
WABAC = f"/wabac/{VERSION}/sw.js"
TERMS = f"/wabac/{VERSION}/LICENSE.md"
_SCRIPT = "text/javascript"
_FOR_EVER = "public, max-age=31536000, immutable"
_REPLAYED = re.compile(rb"/w/archive/(?::[\w-]+/)?(\d{14})[a-z]*_?/(https?:/.+)", re.DOTALL)
_WORDS = {"missing": "replay.missing", "withheld": "replay.withheld", "failed": "replay.failed"}


def create_replay_app(state: WebState, interactive: Interactive) -> Starlette:
    """The application. It shares the archive of the app, as readers see it: through the access rules."""
    app = Starlette(
        routes=[
            Route("/", viewer),
            Route("/sw.js", worker),
            Route("/viewer.js", _static("viewer.js", _SCRIPT)),
            Route("/viewer.css", _static("viewer.css", "text/css")),
            # Also for documents in a sandbox of their own, to which this origin is another one.
            Route(
                "/static/proxy/inject.js",
                _static("inject.js", _SCRIPT, **{"Cross-Origin-Resource-Policy": "cross-origin"}),
            ),
            Route(WABAC, wabac),
            Route(TERMS, terms),
            Route("/raw/{rest:path}", stored),
            Route("/w/{rest:path}", without_worker),
            Route("/robots.txt", robots),
        ],
        middleware=[Middleware(Gate, place=interactive.place, config=state.config)],
        exception_handlers={ArchiverError: on_archiver_error, HTTPException: _on_http_error, Exception: _on_bug},
    )
    app.router.redirect_slashes = False
    app.state.web = state
    return app


def viewer(request: Request) -> Response:
    """``/?stamp=…&url=…``: the page of ours around the replayed one."""
    place = _interactive(request).place
    speech = choose(request.query_params.get("lang"), accept_language=request.headers.get("accept-language"))
    title = escape(speech("safe.frame"))
    body = (
        f'<!doctype html><html lang="{speech.language}" data-app="{escape(place.app)}"><head><meta charset="utf-8">'
        f'<title>{title}</title><link rel="stylesheet" href="/viewer.css"><script src="/viewer.js" defer></script></head>'
        # wabac.js gives links that would open a window this name.
        f'<body><iframe name="___wb_replay_top_frame" title="{title}"></iframe></body></html>'
    )
    headers = {"Content-Security-Policy": policy.viewer(place), "Vary": "Accept-Language"}
    return Response(body, media_type="text/html; charset=utf-8", headers=headers)


def worker(request: Request) -> Response:
    """``/sw.js``: our part of the worker, which loads wabac.js."""
    place = _interactive(request).place
    settings = {
        "app": place.app,
        "wabac": WABAC,
        "replayed": policy.replayed(place),
        "quiet": policy.quiet(place),
        "words": {name: {code: MESSAGES[key][code] for code in LANGUAGES} for name, key in _WORDS.items()},
    }
    body = f"const SETTINGS = {json.dumps(settings)};\n{_text('worker.js')}"
    return Response(
        body, media_type=_SCRIPT, headers={"Content-Security-Policy": policy.WORKER, "Cache-Control": "no-cache"}
    )


def wabac(request: Request) -> Response:
    """wabac.js as its authors made it; where its source is and under which terms stands in the headers and in the file."""
    interactive = _interactive(request)
    headers = {
        "Cache-Control": _FOR_EVER,
        "Vary": "Accept-Encoding",
        "Link": f'<{TERMS}>; rel="license", <{SOURCE}>; rel="source"',
    }
    if not accepts(request.headers.get("accept-encoding"), ("gzip",)):
        return Response(interactive.script, media_type=_SCRIPT, headers=headers)
    return Response(interactive.packed, media_type=_SCRIPT, headers={**headers, "Content-Encoding": "gzip"})


def terms(request: Request) -> Response:
    """The licence of wabac.js, as it came with it."""
    return PlainTextResponse(_interactive(request).terms, headers={"Cache-Control": _FOR_EVER})


def without_worker(request: Request) -> Response:
    """A replayed address that reached the server: the browser's worker is gone. Never archived bytes, but the viewer."""
    raw = bytes(request.scope.get("raw_path") or request.url.path.encode())
    query = bytes(request.scope.get("query_string", b""))
    found = _REPLAYED.fullmatch(raw + (b"?" + query if query else b""))
    if found is None:
        raise HTTPException(404)
    asked = urlencode({"stamp": found[1].decode(), "url": found[2].decode("latin-1")})
    return RedirectResponse(f"/?{asked}", status_code=302)


def robots(_request: Request) -> Response:
    """Nothing here is for robots."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


def _interactive(request: Request) -> Interactive:
    interactive = state_of(request).interactive
    assert interactive is not None
    return interactive


@cache
def _text(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def _static(name: str, media_type: str, **headers: str) -> Callable[[Request], Response]:
    def handler(_request: Request) -> Response:
        return Response(_text(name), media_type=media_type, headers={"Cache-Control": "no-cache", **headers})

    return handler


def _on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.status_code}\n", status_code=error.status_code, headers=error.headers)


def _on_bug(_request: Request, _error: Exception) -> Response:
    """A bug of ours; the server logs it."""
    return PlainTextResponse("500\n", status_code=500)
