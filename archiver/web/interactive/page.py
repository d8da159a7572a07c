"""The archive's own page around interactive replay. It holds what is shown in a sandbox, and says what is being looked at:
the replay origin is not believed about that."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from archiver.model.capture import Capture
from archiver.model.instant import timestamp14
from archiver.replay.address import Links
from archiver.replay.parts import DOCUMENT
from archiver.replay.safe_attributes import SANDBOX as SAFE_SANDBOX
from archiver.web.interactive.place import Interactive
from archiver.web.interactive.policy import SANDBOX
from archiver.web.pages import page, speech_of
from archiver.web.state import state_of

VIEW = "iv_"
"""The modifier under which it is asked for."""


def link_to(interactive: Interactive | None, capture: Capture) -> str | None:
    """The page's address, under the archive's own name: the replay origin lets nobody else frame it. None without it."""
    return None if interactive is None else Links(interactive.place.app).memento(capture.url, capture.at, VIEW)


def interactive_page(request: Request, interactive: Interactive, capture: Capture) -> Response:
    """The page for one capture."""
    state = state_of(request)
    place = interactive.place
    stamp = timestamp14(capture.at)
    links = state.own_links
    asked = urlencode({"stamp": stamp, "url": capture.url, "lang": speech_of(request).language})
    values: dict[str, object] = {
        "capture": capture,
        "origin": place.origin,
        "viewer": f"{place.origin}/?{asked}",
        "sandbox": SANDBOX,
        "safe_sandbox": SAFE_SANDBOX,
        "safe_link": links.capture(capture),
        "document_link": links.capture(capture, DOCUMENT),
    }
    headers = {
        "Content-Security-Policy": (
            f"default-src 'self'; frame-src 'self' {place.origin}; object-src 'none'; base-uri 'none'; form-action 'self'; "
            "frame-ancestors 'none'"
        ),
        "Cache-Control": "private, no-cache",
    }
    return page(request, "interactive.html", values, headers=headers)
