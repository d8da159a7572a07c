"""The home page, the search page, and "have you got this?"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from archiver.catalog.neighbours import latest
from archiver.errors import UsageError
from archiver.model.capture import Capture
from archiver.model.instant import parse_when
from archiver.model.surt import surt
from archiver.replay.address import full_url
from archiver.search import Hit
from archiver.web.pages import page
from archiver.web.state import state_of

MAX_HITS = 50
MAX_QUERY = 500
MAX_LISTED = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """A capture in a list, with the key of the message that says how its bytes compare with those before."""

    capture: Capture
    change: str | None


def home(request: Request) -> Response:
    """``/``: what is held, at a glance."""
    overview = state_of(request).overview.read()
    return page(request, "home.html", {"overview": overview, "stats": overview.stats})


def search(request: Request) -> Response:
    """``/search?q=``: articles that hold these words, best first."""
    state = state_of(request)
    asked = {name: request.query_params.get(name, "").strip() for name in ("q", "site", "language", "from", "to")}
    text = asked["q"][:MAX_QUERY]
    since, until = _when(asked["from"], end=False), _when(asked["to"], end=True)
    hits: list[Hit] = []
    if text:
        hits = state.archive.index.query(
            text,
            site=asked["site"] or None,
            language=asked["language"] or None,
            since=since,
            until=until,
            limit=MAX_HITS,
        )
    stats = state.overview.read().stats
    values: dict[str, object] = {
        "q": text,
        "hits": hits,
        "pieces": pieces,
        "capped": len(hits) == MAX_HITS,
        "site": asked["site"],
        "language": asked["language"],
        "since": asked["from"],
        "until": asked["to"],
        "sites": list(stats.sites),
        "article_languages": list(stats.languages),
    }
    return page(request, "search.html", values)


def held(request: Request) -> Response:
    """``/held?url=``: the captures of an address, newest first."""
    asked = request.query_params.get("url", "").strip()
    if not asked:
        return page(request, "held.html", {"asked": "", "url": None, "rows": [], "more": False})
    url = full_url(asked)
    captures = latest(state_of(request).archive.catalog.database, surt(url), limit=MAX_LISTED + 1)
    values: dict[str, object] = {
        "asked": asked,
        "url": url,
        "rows": listed(captures)[:MAX_LISTED],
        "more": len(captures) > MAX_LISTED,
    }
    return page(request, "held.html", values)


def listed(captures: list[Capture]) -> list[Listed]:
    """Captures, newest first, each beside the one before it in time; redirects and errors are not compared."""
    rows: list[Listed] = []
    for place, capture in enumerate(captures):
        older = next((c for c in captures[place + 1 :] if _comparable(c)), None)
        if not _comparable(capture):
            rows.append(Listed(capture, None))
        elif older is None:
            rows.append(Listed(capture, "change.first"))
        else:
            rows.append(Listed(capture, "change.same" if older.digest == capture.digest else "change.new"))
    return rows


def pieces(hit: Hit) -> list[tuple[str, bool]]:
    """A snippet cut at its marks: text, and whether it is a word that was looked for."""
    cut: list[tuple[str, bool]] = []
    end = 0
    for start, stop in sorted(hit.marks):
        if start < end:
            continue
        cut += [(hit.snippet[end:start], False), (hit.snippet[start:stop], True)]
        end = stop
    return [piece for piece in [*cut, (hit.snippet[end:], False)] if piece[0]]


def _comparable(capture: Capture) -> bool:
    return capture.digest is not None and capture.status is not None and 200 <= capture.status < 300


def _when(text: str, *, end: bool) -> datetime | None:
    try:
        return parse_when(text, end=end) if text else None
    except (ValueError, OverflowError) as error:
        raise UsageError(f"not a time: {text[:40]!r}") from error
