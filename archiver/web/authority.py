"""Who may do what: the one place that is asked before anything is changed.

Reading is open. A change needs the bearer token whose SHA-256 is ``[serve] curator_token_sha256``; where none is set,
nobody may change anything.
"""

from __future__ import annotations

import hashlib
import hmac

from starlette.exceptions import HTTPException
from starlette.requests import Request

from archiver.web.operation import Role
from archiver.web.state import state_of

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="archive"'}


def require(request: Request, role: Role | None) -> None:
    """Let the request pass if its caller has ``role``, else raise ``HTTPException`` 401 (who?) or 403 (not you)."""
    if role in {None, Role.READER}:
        return
    token = _bearer(request)
    expected = state_of(request).config.serve.curator_token_sha256.strip().lower()
    if not token:
        raise HTTPException(401, headers=_CHALLENGE)
    given = hashlib.sha256(token).hexdigest()
    # Compared also where nothing is set: the time of the answer tells nothing.
    same = hmac.compare_digest(given, expected or "-" * 64)
    if not same or role is Role.ADMIN:
        raise HTTPException(403)


def _bearer(request: Request) -> bytes:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip().encode("latin-1") if scheme.lower() == "bearer" else b""
