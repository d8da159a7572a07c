"""Pages for people: one way to render them, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from archiver.model.token import Role
from archiver.web.authority import caller_of, form_word
from archiver.web.messages import Speech, choose
from archiver.web.names import direction_of, language_tag, record_name
from archiver.web.state import WebState, state_of
from archiver.web.texts import LANGUAGES

COOKIE = "lang"
_YEAR = 31_536_000


def speech_of(request: Request) -> Speech:
    """The language of an answer: ``lang=`` (except under /web/, where the query is the archived URL's), cookie, header."""
    asked = None if is_replay(request) else request.query_params.get("lang")
    return choose(asked, request.cookies.get(COOKIE), accept_language=request.headers.get("accept-language"))


def is_replay(request: Request) -> bool:
    """Whether path and query name an archived URL."""
    return request.url.path.startswith("/web/")


def page(
    request: Request,
    template: str,
    values: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render a template of ours. Nothing archived comes in but as text, which the template escapes."""
    state = state_of(request)
    speech = speech_of(request)
    # What is archived shows nobody's name: such pages may be kept by caches.
    caller = None if is_replay(request) else caller_of(request)
    html = state.templates.get_template(template).render(
        t=speech,
        root=state.root,
        lasting=bool(state.config.serve.public_url),
        languages=LANGUAGES,
        language_links=_language_links(request, state),
        model=state.config.archive.model,
        caller=caller,
        curates=caller is not None and caller.session is not None and caller.token.role.may(Role.CURATOR),
        word=form_word(caller) if caller else "",
        record_name=record_name,
        language_tag=language_tag,
        direction_of=direction_of,
        **{"here": "", "links": state.links(request), **values},
    )
    response = HTMLResponse(html, status_code=status, headers=headers)
    response.headers["Content-Language"] = speech.language
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.add_vary_header("Accept-Language, Cookie")
    if not is_replay(request) and request.query_params.get("lang") in LANGUAGES:
        _remember(request, response, speech.language)
    return response


def set_language(request: Request) -> Response:
    """Remember a language and go back: for replay pages, whose query belongs to the archived URL."""
    back = request.query_params.get("back", "/")
    ours = back.startswith("/web/") and back.isascii() and back.isprintable() and "\\" not in back
    response = RedirectResponse(state_of(request).root + (back if ours else "/"), status_code=302)
    language = request.query_params.get("lang", "")
    if language in LANGUAGES:
        _remember(request, response, language)
    return response


def _remember(request: Request, response: Response, language: str) -> None:
    secure = state_of(request).links(request).base.startswith("https://")
    response.set_cookie(COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)


def _language_links(request: Request, state: WebState) -> dict[str, str]:
    if is_replay(request):
        path = raw_target(request)
        return {code: f"{state.root}/language?lang={code}&back={quote(path, safe='/')}" for code in LANGUAGES}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    path = quote(request.url.path)
    return {code: f"{state.root}{path}?{urlencode([*kept, ('lang', code)])}" for code in LANGUAGES}


def raw_target(request: Request) -> str:
    """Path and query as they came."""
    raw = bytes(request.scope.get("raw_path") or request.url.path.encode())
    query = bytes(request.scope.get("query_string", b""))
    return (raw + (b"?" + query if query else b"")).decode("latin-1")
