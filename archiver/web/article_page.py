"""The page of one article: its text, where each field was read, and how to cite the capture."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from archiver.config.sites import all_sites
from archiver.errors import NotHeld, UsageError
from archiver.model.article import Article, Extraction
from archiver.model.capture import Capture
from archiver.model.surt import surt
from archiver.replay.address import RAW
from archiver.replay.page import reading_of
from archiver.web.cite import FORMATS, Work, cite, on_site_clock, robust_html, robust_link
from archiver.web.messages import Speech
from archiver.web.names import direction_of, language_tag, permalink, record_of
from archiver.web.pages import page, speech_of
from archiver.web.state import WebState, state_of

MAX_ALTERNATES = 20
_FIELDS = (
    "title",
    "lead",
    "authors",
    "published_at",
    "modified_at",
    "language",
    "section",
    "tags",
    "publisher",
    "source_name",
    "source_url",
    "canonical_url",
    "text",
    "images",
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it was read: its value (``at`` instead where it is a time), where it stood, and how sure that is."""

    name: str
    value: object
    origin: str | None
    confidence: float | None


def article(request: Request) -> Response:
    """``/article/{record}/{digest}``, with ``?cite=`` the citation alone."""
    state = state_of(request)
    record_id, digest = _asked(request)
    capture = state.archive.catalog.captures.by_record(record_id)
    if capture is None:
        raise NotHeld(record_id[:200], "no such record")
    permanent = permalink(state.links(request).base, capture)
    if digest is None:
        return RedirectResponse(permanent, status_code=302)
    if digest.lower() != str(capture.digest or "-").lower():
        raise NotHeld(capture.url, speech_of(request)("article.differs"))
    extraction = reading_of(state.archive.catalog, capture)
    work = work_of(state, capture, extraction, permalink=permanent, speech=speech_of(request))
    form = request.query_params.get("cite")
    if form is not None:
        return _citation(work, form)
    return page(request, "article.html", _values(state, request, capture, extraction, work))


def work_of(
    state: WebState, capture: Capture, extraction: Extraction | None, *, permalink: str, speech: Speech
) -> Work:
    """What a citation of a capture says."""
    read = extraction.article if extraction else None
    known = all_sites(state.config).get(capture.site)
    at = read.published_at if read else None
    told = on_site_clock(at, state.zones.get(capture.site), precision=read.published_precision) if read and at else None
    # A page may have another offset than its site.
    zone = ZoneInfo(known.timezone) if known and told else None
    is_own = zone is not None and told is not None and told.utcoffset() == told.astimezone(zone).utcoffset()
    container = (known.title if known else "") or (read.publisher if read else None) or capture.site
    return Work(
        title=(read.title if read else None) or capture.url,
        url=capture.url,
        permalink=permalink,
        captured_at=capture.at,
        digest=str(capture.digest or "-"),
        authors=read.authors if read else (),
        container=container,
        publisher=known.publisher if known else None,
        published_at=told,
        published_precision=read.published_precision if read else None,
        zone=known.timezone if known and is_own else None,
        language=read.language if read else None,
        archive=speech("name"),
        warning="" if state.config.serve.public_url else speech("article.local"),
    )


def _asked(request: Request) -> tuple[str, str | None]:
    raw = bytes(request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
    record, _, digest = raw.partition("/article/")[2].partition("/")
    return record_of(record), unquote(digest) or None


def _citation(work: Work, form: str) -> Response:
    if form not in FORMATS:
        raise UsageError(f"a citation is had as {', '.join(FORMATS)}, not {form[:40]!r}")
    media_type, suffix = FORMATS[form]
    headers = {
        "Content-Disposition": f'attachment; filename="{work.key}.{suffix}"',
        "Cache-Control": "private, no-cache",
    }
    body = cite(work, form)
    return Response(body.encode("utf-8", "replace"), media_type=f"{media_type}; charset=utf-8", headers=headers)


def _values(
    state: WebState, request: Request, capture: Capture, extraction: Extraction | None, work: Work
) -> dict[str, object]:
    read = extraction.article if extraction else None
    links = state.links(request)
    return {
        "capture": capture,
        "extraction": extraction,
        "article": read,
        "lang": language_tag(read.language) if read else None,
        "dir": direction_of(read.language if read else None),
        "captions": [image for image in read.images if image.caption] if read else [],
        "fields": _fields(read) if read else [],
        "alternates": _alternates(state, read) if read else [],
        "work": work,
        "robust": robust_link(work),
        "robust_html": robust_html(work),
        "citations": {form: cite(work, form).replace("\r\n", "\n") for form in FORMATS},
        "snapshot": links.capture(capture),
        "raw_link": links.capture(capture, RAW),
        "here": "article",
    }


def _fields(read: Article) -> list[Field]:
    """The fields that were read, each with where it stood."""
    found = []
    for name in _FIELDS:
        value = getattr(read, name)
        if value in {None, "", ()}:
            continue
        if name == "text":
            value = read.word_count
        elif name == "images":
            value = len(read.images)
        elif isinstance(value, tuple):
            value = ", ".join(value)
        source = read.provenance.get(name)
        found.append(Field(name, value, source.origin if source else None, source.confidence if source else None))
    return found


def _alternates(state: WebState, read: Article) -> list[tuple[str, str, bool]]:
    """Language, address, and whether it is held."""
    captures = state.archive.catalog.captures
    some = list(read.alternates.items())[:MAX_ALTERNATES]
    return [(language, url, captures.has_url(surt(url))) for language, url in some]
