"""Who may do what: the one place that is asked before anything is changed.

A program brings its token with each request (``Authorization: Bearer``, RFC 6750). A browser signs in with it once and gets
a cookie that no script can read and no other site can make it send; its forms carry a second word besides, which only our
own pages know. Reading is open unless ``[serve] reading`` says ``token``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from archiver.catalog import Catalog
from archiver.model.token import Role, Token, new_secret
from archiver.web.state import WebState, state_of

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="archive"'}
SESSION = timedelta(hours=12)
FORM_WORD = "word"
"""The name of the field in which a form carries what only our own pages know."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``session`` is the secret of a browser that signed in; None for a program with its token."""

    token: Token
    session: str | None = None

    @property
    def name(self) -> str:
        """Whose token it is, as the audit has it."""
        return f"{self.token.name} ({self.token.id})"


def caller_of(connection: HTTPConnection) -> Caller | None:
    """Who asks; None when nobody says so, or says so wrongly. Asks the catalogue, once for a request."""
    known: dict[str, Caller | None] = connection.scope.setdefault("archiver.caller", {})
    if "caller" not in known:
        known["caller"] = _caller(connection)
    return known["caller"]


def require(request: Request, role: Role | None) -> Caller | None:
    """Let the request pass if its caller has ``role``, else raise ``HTTPException`` 401 (who?) or 403 (not you)."""
    if role is None or (role is Role.READER and not must_sign_in(state_of(request))):
        return None
    return _known(request, role)


def _known(request: Request, role: Role) -> Caller:
    caller = caller_of(request)
    if caller is None:
        raise HTTPException(403) if request.cookies.get(cookie_name(request)) else HTTPException(401, headers=CHALLENGE)
    if not caller.token.role.may(role):
        raise HTTPException(403)
    if request.method not in SAFE_METHODS and caller.session is not None and not comes_from_us(request):
        raise HTTPException(403)
    return caller


def may(request: Request, role: Role) -> bool:
    """Whether the caller has a role: for pages that show what can be done."""
    caller = caller_of(request)
    return caller is not None and caller.token.role.may(role)


def require_form(request: Request, form: Mapping[str, object], role: Role) -> Caller:
    """``require`` for a form of a page of ours: its word must be that of the browser's session."""
    caller = _known(request, role)
    given = form.get(FORM_WORD)
    if caller.session is None or not isinstance(given, str) or not hmac.compare_digest(given, form_word(caller)):
        raise HTTPException(403)
    return caller


def form_word(caller: Caller) -> str:
    """What a form carries so that it can only be one of our own pages': empty for who has no session."""
    if caller.session is None:
        return ""
    return hmac.new(caller.session.encode(), b"a form of the archive", hashlib.sha256).hexdigest()


def must_sign_in(state: WebState) -> bool:
    """Whether reading needs a token."""
    return state.config.serve.reading == "token"


def sign_in(request: Request, text: str) -> tuple[Caller, str] | None:
    """Open a session for the browser of ``request``; the caller, and the cookie's value. None for a wrong token."""
    state = state_of(request)
    now = state.office.clock.now()
    catalog = state.office.catalog
    token = catalog.tokens.check(text, now=now)
    if token is None:
        return None
    secret = new_secret()
    catalog.tokens.open_session(secret, token, until=now + SESSION)
    return Caller(token, secret), secret


def sign_out(request: Request) -> None:
    """End the session of a browser."""
    secret = request.cookies.get(cookie_name(request))
    state = state_of(request)
    if secret:
        state.office.catalog.tokens.close_session(secret, now=state.office.clock.now())


def set_session(request: Request, response: Response, secret: str | None) -> None:
    """Give the browser its cookie, or take it away (None)."""
    secure = is_secure(request)
    name = cookie_name(request)
    if secret is None:
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="strict")
    else:
        age = int(SESSION.total_seconds())
        response.set_cookie(name, secret, max_age=age, path="/", secure=secure, httponly=True, samesite="strict")


def cookie_name(connection: HTTPConnection) -> str:
    """``__Host-`` keeps the cookie from every other host; browsers take it only with TLS."""
    return "__Host-session" if is_secure(connection) else "session"


def is_secure(connection: HTTPConnection) -> bool:
    """Whether the reader's browser reaches us by TLS."""
    return _own_origin(connection)[0] == "https"


def comes_from_us(connection: HTTPConnection) -> bool:
    """Whether a request was sent by a page of our own origin, as the browser itself says (Fetch, the Origin header)."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = connection.headers.get("origin")
    if origin is None:
        return site == "same-origin"
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc.lower()) == _own_origin(connection)


def is_foreign(connection: HTTPConnection) -> bool:
    """Whether a browser says that a page of another origin sent the request. Programs say nothing."""
    said = connection.headers.get("origin") is not None or connection.headers.get("sec-fetch-site") is not None
    return said and not comes_from_us(connection)


def audit(catalog: Catalog, caller: Caller | None, *, action: str, target: str, outcome: str = "done") -> None:
    """Write down who changed what: an entry of the journal, like every decision."""
    catalog.journal.record(
        "audit",
        {
            "action": action,
            "target": target[:2000],
            "actor": caller.name if caller else None,
            "role": caller.token.role.value if caller else None,
            "outcome": outcome,
        },
    )


def bearer_of(connection: HTTPConnection) -> str | None:
    """The token that a program sends (RFC 6750); None where it sends none."""
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _caller(connection: HTTPConnection) -> Caller | None:
    state = state_of(connection)
    text = bearer_of(connection)
    if text is not None:
        token = state.office.catalog.tokens.check(text, now=state.office.clock.now())
        return Caller(token) if token is not None else None
    secret = connection.cookies.get(cookie_name(connection))
    if not secret or len(secret) > 200:
        return None
    token = state.office.catalog.tokens.session(secret, now=state.office.clock.now())
    return Caller(token, secret) if token is not None else None


def _own_origin(connection: HTTPConnection) -> tuple[str, str]:
    """Scheme and host under which readers reach us."""
    public = urlsplit(state_of(connection).config.serve.public_url)
    if public.netloc:
        return public.scheme, public.netloc.lower()
    return connection.scope.get("scheme", "http"), connection.headers.get("host", "").lower()
