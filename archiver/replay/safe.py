"""The safe view of a capture: what is sent for a page, a style sheet, a picture, and what a page is put together from.

Nothing that acts is left in it, and every address in it is one of the archive's. That is the first wall; the second is the
policy that goes with each answer (``DOCUMENT_POLICY``), which lets no script run and nothing be asked elsewhere even where
the first has a hole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archiver.catalog import Catalog
from archiver.errors import ArchiverError, CatalogError
from archiver.html.css import MAX_BYTES, CssLink, find_links, write_links
from archiver.html.encoding import as_browser, as_style_sheet
from archiver.model.capture import Capture
from archiver.records.reader import RecordReader
from archiver.replay.address import Links
from archiver.replay.headers import Header, content_type
from archiver.replay.parts import Finder, Part, Parts, finder
from archiver.replay.raw import Stored, read_stored
from archiver.replay.recent import Recent
from archiver.replay.safe_attributes import SANDBOX
from archiver.replay.safe_html import MAX_CHARACTERS, rewrite_html
from archiver.replay.safe_xml import rewrite_xml
from archiver.warc.content_coding import Fault, decode_pieces

MAX_PAGE = 4 * MAX_CHARACTERS
"""Bytes of a decoded page that are read."""
MAX_SHEETS = 80
"""Style sheets that are read to know what a page is put together from."""
MAX_FRAMES = 12
MAX_DEPTH = 6
SVG = "image/svg+xml"
_PAGES = frozenset({"text/html", "application/xhtml+xml", SVG})
_UNTOLD = frozenset({"", "application/octet-stream"})
"""What a server says that says nothing: the bytes decide."""
_LOOKS_HTML = re.compile(
    rb"\s*+(?>(?:<!--.{0,500}?-->\s*+)*)<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_MIME = re.compile(rb"\s*([\w.+-]+/[\w.+-]+)")


@dataclass(frozen=True, slots=True)
class Document:
    """A body to send as ``media_type``, and the parts it asks for; ``cut`` says that it is not whole."""

    body: bytes
    media_type: str
    parts: tuple[Part, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """What a page is put together from: its parts and those of its style sheets and frames, each once.

    ``complete`` says that all of it was read.
    """

    parts: tuple[Part, ...]
    complete: bool

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts of which no capture is held."""
        return tuple(part for part in self.parts if part.capture is None)

    @property
    def held(self) -> tuple[Part, ...]:
        """The parts that are held, oldest capture first."""
        found = [part for part in self.parts if part.capture is not None]
        return tuple(sorted(found, key=lambda part: part.capture.at if part.capture else part.url))


def document_policy(origin: str) -> tuple[Header, ...]:
    """The headers of an archived page under ``origin`` (scheme, host and path below which ``/web/`` lies)."""
    own = f"{origin}/web/"
    policy = (
        f"default-src 'none'; img-src {own} data:; style-src {own} 'unsafe-inline'; font-src {own} data:; media-src {own}; "
        f"frame-src {own}; object-src {own}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
    )
    return (
        (b"Content-Security-Policy", policy.encode("ascii")),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Referrer-Policy", b"no-referrer"),
        (b"X-DNS-Prefetch-Control", b"off"),
        (b"Cross-Origin-Resource-Policy", b"same-origin"),
        (b"Permissions-Policy", b"geolocation=(), camera=(), microphone=(), autoplay=(), fullscreen=(), payment=()"),
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A style sheet as text, and where its addresses stand."""

    text: str
    links: tuple[CssLink, ...]
    cut: bool


class Shelf:
    """What was read and written a moment ago, shared by all requests."""

    def __init__(self) -> None:
        self.documents: Recent[Document | None] = Recent(lambda made: len(made.body) if made else 0)
        # What a record holds never changes.
        self.sheets: Recent[Sheet] = Recent(lambda sheet: 4 * len(sheet.text), seconds=86_400)


class SafeView:
    """The safe views of an archive's captures; ``links`` make the addresses in them."""

    def __init__(self, catalog: Catalog, reader: RecordReader, links: Links, shelf: Shelf | None = None) -> None:
        self._catalog = catalog
        self._reader = reader
        self._links = links
        self._shelf = shelf or Shelf()
        self._find: Finder = finder(catalog, links)

    def page(self, capture: Capture) -> Document | None:
        """The document of a capture; None for what is none (a picture, a film, a text). Raises as ``read_stored``."""
        key = ("page", self._links.base, capture.record_id)
        return self._shelf.documents.get(key, lambda: self._page(capture))

    def picture(self, capture: Capture) -> Document | None:
        """An SVG picture without anything that acts; None for other pictures, which are sent as they are."""
        stored = read_stored(self._catalog, self._reader, capture)
        return self.page(capture) if mime_of(stored) == SVG else None

    def sheet(self, capture: Capture) -> Document:
        """A style sheet that asks only the archive, for what is nearest to the sheet in time."""
        key = ("sheet", self._links.base, capture.record_id)
        made = self._shelf.documents.get(key, lambda: self._sheet(capture))
        assert made is not None
        return made

    def survey(self, document: Document) -> Survey:
        """What a page is put together from. What cannot be read of it makes the survey incomplete, not an error."""
        seen: dict[tuple[str, str], Part] = {}
        waiting: list[tuple[tuple[Part, ...], int]] = [(document.parts, 0)]
        sheets = frames = 0
        complete = not document.cut
        while waiting:
            parts, depth = waiting.pop(0)
            for part in parts:
                key = (part.role, part.url)
                if key in seen:
                    continue
                seen[key] = part
                if part.capture is None or part.role not in {"style", "frame"}:
                    continue
                sheets += part.role == "style"
                frames += part.role == "frame"
                if depth >= MAX_DEPTH or sheets > MAX_SHEETS or frames > MAX_FRAMES:
                    complete = False
                    continue
                try:
                    inner = self.sheet(part.capture) if part.role == "style" else self.page(part.capture)
                except CatalogError:
                    raise
                except ArchiverError:
                    complete = False
                    continue
                if inner is not None:
                    waiting.append((inner.parts, depth + 1))
        return Survey(tuple(seen.values()), complete)

    def _page(self, capture: Capture) -> Document | None:
        stored = read_stored(self._catalog, self._reader, capture)
        mime = mime_of(stored)
        if mime not in _PAGES and mime not in _UNTOLD:
            return None
        data, cut = _body(stored, MAX_PAGE)
        if mime in _UNTOLD and not _LOOKS_HTML.match(data[:4096]):
            return None
        return self._document(data, mime, capture, stored, cut=cut)

    def _sheet(self, capture: Capture) -> Document:
        sheet = self._shelf.sheets.get(capture.record_id, lambda: self._css(capture))
        parts = Parts(self._links, capture.at)

        def write() -> str:
            return write_links(
                sheet.text, sheet.links, replace=lambda address, use: parts.css(address, use, base=capture.url)
            )

        write()
        parts.found = self._find(list(parts.wanted), capture.at)
        parts.units.clear()
        text = write()
        return Document(_bytes(text), "text/css; charset=utf-8", tuple(parts.units.values()), sheet.cut or parts.cut)

    def _document(self, data: bytes, mime: str, capture: Capture, stored: Stored, *, cut: bool) -> Document:
        if mime in {SVG, "application/xhtml+xml"}:
            xml = rewrite_xml(data, url=capture.url, parts=self._parts(capture), find=self._find, mend=mime == SVG)
            if xml is not None:
                return Document(_bytes(xml.text), f"{mime}; charset=utf-8", xml.parts, cut or xml.cut)
            if mime == SVG:
                return Document(b"", f"{mime}; charset=utf-8", cut=True)
        text = as_browser(data, content_type=content_type(stored.lines).decode("latin-1")).text
        page = rewrite_html(text, url=capture.url, parts=self._parts(capture), find=self._find)
        return Document(_bytes(page.text), "text/html; charset=utf-8", page.parts, cut or page.cut)

    def _css(self, capture: Capture) -> Sheet:
        stored = read_stored(self._catalog, self._reader, capture)
        data, cut = _body(stored, MAX_BYTES)
        text = as_style_sheet(data, content_type=content_type(stored.lines).decode("latin-1"))
        return Sheet(text, find_links(text), cut)

    def _parts(self, capture: Capture) -> Parts:
        return Parts(self._links, capture.at)


def mime_of(stored: Stored) -> str:
    """The media type that a captured answer names, lower case, without parameters."""
    match = _MIME.match(content_type(stored.lines))
    return match[1].decode("ascii").lower() if match else ""


def _body(stored: Stored, limit: int) -> tuple[bytes, bool]:
    """The body with its codings removed, at most ``limit`` bytes of it, and whether there was more."""
    pieces = decode_pieces(stored.body.pieces(), stored.codings, Fault()) if stored.codings else stored.body.pieces()
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > limit:
            return b"".join(kept)[:limit], True
    return b"".join(kept), False


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
