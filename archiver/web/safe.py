"""The safe view on the web: the page of an archived document in a frame of ours, and the parts that it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from archiver.errors import NotHeld
from archiver.model.capture import Capture
from archiver.replay.address import RAW, Links
from archiver.replay.headers import archived_headers
from archiver.replay.instants import http_date
from archiver.replay.lookup import is_redirect, redirect_destination
from archiver.replay.memento import LINK_FORMAT, link, link_header
from archiver.replay.page import reading_of
from archiver.replay.parts import DOCUMENT, Part
from archiver.replay.raw import read_stored
from archiver.replay.safe import Document, SafeView, document_policy
from archiver.replay.safe_attributes import SANDBOX
from archiver.web.interactive.page import link_to
from archiver.web.messages import Speech
from archiver.web.names import permalink
from archiver.web.pages import page, speech_of
from archiver.web.state import state_of

DOCUMENTS = frozenset({DOCUMENT, "if_"})
PICTURE, SHEET = "im_", "cs_"
PARTS = frozenset({*DOCUMENTS, PICTURE, SHEET, "oe_"})
"""Modifiers under which the safe view asks for a page and its parts."""
SHOWN = 200
"""Parts that the bar lists."""
NEAR = timedelta(minutes=10)
"""Parts that are no farther from the page in time were captured with it."""
_MISSING_CACHE = "private, max-age=60"


@dataclass(frozen=True, slots=True)
class Row:
    """A part in the bar: how far from the page it was captured; None where it is missing."""

    part: Part
    apart: timedelta | None
    address: str | None


def safe_view(request: Request) -> SafeView:
    """The safe views of the archive that this request reads; their addresses are paths."""
    state = state_of(request)
    return SafeView(state.archive.catalog, state.archive.reader, state.own_links, state.safe)


def wants_frame(request: Request) -> bool:
    """Whether a person's browser asks for a page of its own, rather than a program or a frame for the document."""
    goal = request.headers.get("sec-fetch-dest")
    if goal is not None:
        return goal == "document"
    return "text/html" in request.headers.get("accept", "")[:1000].lower()


def opens_page(request: Request) -> bool:
    """Whether a browser asks in order to show the answer, in a window or a frame; programs and parts of pages do not."""
    goal = request.headers.get("sec-fetch-dest")
    if goal is not None:
        return goal in {"document", "iframe", "frame", "object", "embed"}
    return "upgrade-insecure-requests" in request.headers


def document_answer(request: Request, capture: Capture, document: Document, *, whole: bool) -> Response:
    """An archived document, safe to show. ``whole``: it was asked for as the memento, and says all that mementos say."""
    state = state_of(request)
    links = state.links(request)
    if whole:
        around = state.archive.catalog.mementos.neighbours(capture.surt, capture.at)
        relations = link_header(links, capture, around)
    else:
        relations = short_links(links, capture)
    status = capture.status if capture.status and 400 <= capture.status <= 599 else 200
    stored = read_stored(state.archive.catalog, state.archive.reader, capture)
    response = Response(document.body, status_code=status)
    response.raw_headers = [
        (b"Content-Type", document.media_type.encode("ascii")),
        (b"Content-Length", b"%d" % len(document.body)),
        *document_policy(links.base),
        (b"Memento-Datetime", http_date(capture.at).encode("ascii")),
        (b"Link", relations.encode("ascii")),
        (b"Cache-Control", b"private, no-cache"),
        (b"Vary", b"Prefer, Accept, Sec-Fetch-Dest"),
        *archived_headers(stored.lines),
    ]
    return response


def part_answer(request: Request, capture: Capture, modifier: str) -> Response | None:
    """A part that is rewritten: a document, a style sheet, an SVG picture. None for what is sent as it is."""
    safe = safe_view(request)
    if modifier in DOCUMENTS:
        document = None if is_redirect(capture) else safe.page(capture)
    elif modifier == SHEET:
        document = None if is_redirect(capture) else safe.sheet(capture)
    elif modifier == PICTURE:
        document = safe.picture(capture)
    else:
        document = None
    return None if document is None else document_answer(request, capture, document, whole=modifier == DOCUMENT)


def missing_answer(request: Request, modifier: str) -> Response:
    """What stands in a page for a part that is not held: never what the live web has."""
    speech = speech_of(request)
    if modifier == PICTURE:
        body, kind = _sign(speech("safe.nopicture")), "image/svg+xml"
    elif modifier in DOCUMENTS:
        body, kind = _words(speech("safe.noframe"), speech.language), "text/html"
    else:
        body, kind = "", "text/css" if modifier == SHEET else "text/plain"
    response = Response(body, status_code=404)
    response.raw_headers = [
        (b"Content-Type", f"{kind}; charset=utf-8".encode("ascii")),
        (b"Content-Length", b"%d" % len(body.encode())),
        *document_policy(state_of(request).links(request).base),
        (b"Cache-Control", _MISSING_CACHE.encode("ascii")),
        (b"Vary", b"Accept-Language, Cookie"),
    ]
    return response


def frame(request: Request, capture: Capture) -> Response:
    """The page of ours around an archived one: what it is, when, of which parts, and the ways on from it."""
    state = state_of(request)
    catalog = state.archive.catalog
    links = state.links(request)
    around = catalog.mementos.neighbours(capture.surt, capture.at)
    redirect = capture.redirect if is_redirect(capture) else None
    goal = redirect_destination(catalog, capture) if redirect else None
    redirect_link = links.capture(goal) if goal and redirect else None
    unreadable = ""
    document = None
    if redirect is None:
        try:
            document = safe_view(request).page(capture)
        except NotHeld as error:
            unreadable = str(error)
    extraction = reading_of(catalog, capture)
    headers = {
        "Memento-Datetime": http_date(capture.at),
        "Link": link_header(links, capture, around),
        "Vary": "Prefer, Accept, Sec-Fetch-Dest",
    }
    if redirect_link:
        headers["Location"] = redirect_link
    status = capture.status if capture.status and capture.status >= 300 and capture.status != 304 else 200
    ours = state.own_links
    values: dict[str, object] = {
        "capture": capture,
        "around": around,
        "title": extraction.article.title if extraction and extraction.article else None,
        "document_link": ours.capture(capture, DOCUMENT),
        "picture_link": ours.capture(capture, PICTURE),
        "article_link": permalink(state.root, capture)
        if extraction and extraction.article
        else ours.capture(capture, "tx_"),
        "interactive_link": link_to(state.interactive, capture) if document is not None else None,
        "raw_link": links.capture(capture, RAW),
        "shows": _shows(capture, document),
        "sandbox": SANDBOX,
        "redirect": redirect,
        "redirect_link": redirect_link,
        "failed": status >= 400,
        "unreadable": unreadable,
        **_composition(request, capture, document, speech_of(request)),
    }
    return page(request, "frame.html", values, status=min(status, 599), headers=headers)


def short_links(links: Links, capture: Capture) -> str:
    """The Link header of a part: without the captures around it, which nobody asks a picture for."""
    return ", ".join(
        (
            link(capture.url, "original"),
            link(links.timegate(capture.url), "timegate"),
            link(links.timemap(capture.url), "timemap", type=LINK_FORMAT),
        )
    )


def _shows(capture: Capture, document: Document | None) -> str:
    if document is not None:
        return "document"
    mime = capture.mime or ""
    if mime.startswith("image/"):
        return "picture"
    return "text" if mime.startswith("text/") or mime in {"application/json", "application/xml"} else "file"


def _composition(request: Request, capture: Capture, document: Document | None, speech: Speech) -> dict[str, object]:
    """What the bar says of a page's parts."""
    nothing: dict[str, object] = {"parts": 0, "rows": [], "missing": 0, "spread": "", "complete": True, "more": 0}
    if document is None:
        return nothing
    survey = safe_view(request).survey(document)
    links = state_of(request).own_links
    links.know(part.capture for part in survey.held if part.capture)
    rows = [Row(part, None, None) for part in survey.missing]
    for part in survey.held:
        assert part.capture is not None
        apart = part.capture.at - capture.at
        if abs(apart) > NEAR:
            rows.append(Row(part, apart, links.capture(part.capture)))
    rows.sort(key=lambda row: timedelta.min if row.apart is None else -abs(row.apart))
    return {
        "parts": len(survey.parts),
        "rows": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
        "missing": len(survey.missing),
        "spread": _spread(capture, survey.held, speech),
        "complete": survey.complete,
    }


def _spread(capture: Capture, held: tuple[Part, ...], speech: Speech) -> str:
    times = [part.capture.at - capture.at for part in held if part.capture]
    if not times:
        return ""
    first, last = min(times), max(times)
    early, late = first < -NEAR, last > NEAR
    if early and late:
        return speech("safe.spread.both", first=speech.span(first), last=speech.span(last))
    if early or late:
        return speech("safe.spread.one", apart=speech.span(first if early else last))
    return speech("safe.spread.none")


def _sign(words: str) -> str:
    """A picture that says that there is none."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="80" viewBox="0 0 240 80" role="img">'
        f"<title>{escape(words)}</title>"
        '<rect x="1" y="1" width="238" height="78" fill="#f4f1e8" stroke="#8a8470" stroke-width="2" stroke-dasharray="6 4"/>'
        '<text x="120" y="45" font-family="sans-serif" font-size="14" fill="#4a4636" text-anchor="middle">'
        f"{escape(words)}</text></svg>"
    )


def _words(words: str, language: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{escape(words)}</title>'
        '<body style="margin:0;display:flex;min-height:90vh;align-items:center;justify-content:center;'
        'font:14px sans-serif;background:#f4f1e8;color:#4a4636;text-align:center">'
        f"<p>{escape(words)}</p></body></html>"
    )
