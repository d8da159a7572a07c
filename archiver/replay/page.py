"""A captured page, read back: its stored block, its headers, its body, its article."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cached_property

from archiver.catalog import Catalog
from archiver.errors import NotHeld
from archiver.holdings.reading import RecordReader
from archiver.model.article import Extraction
from archiver.model.capture import Capture
from archiver.model.record import RecordType
from archiver.warc import HttpMessage, decode_content, parse_http

MAX_DECODED = 200_000_000
"""Bytes of a decoded body that are read back; what is longer is cut."""

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True)
class HeldPage:
    """One capture with what was stored for it.

    ``block`` is the stored HTTP block byte for byte (for a revisit its own head); ``body_record`` the block that holds the
    body: the same, or that of the record a revisit refers to.
    """

    capture: Capture
    block: bytes
    body_block: bytes
    extraction: Extraction | None = None

    @cached_property
    def message(self) -> HttpMessage:
        """The stored block read as HTTP: status line, headers and body."""
        return parse_http(self.block)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Header names and values as sent, in their order."""
        return list(self.message.headers)

    @cached_property
    def raw(self) -> bytes:
        """The body with its content coding removed."""
        message = parse_http(self.body_block)
        return decode_content(message.body, message.header("content-encoding") or "", limit=MAX_DECODED).data

    @property
    def html(self) -> str:
        """The body as text, decoded by its charset."""
        return self.raw.decode(self._charset, "replace")

    @property
    def text(self) -> str:
        """The article's clean text. Raises ``NotHeld`` when the page is no article or was not read yet."""
        if self.extraction is None:
            raise NotHeld(self.capture.url, "its article was not read yet")
        if self.extraction.article is None:
            raise NotHeld(
                self.capture.url, f"it is no article but {self.extraction.verdict.value}: {self.extraction.reason}"
            )
        return self.extraction.article.text

    @property
    def _charset(self) -> str:
        message = parse_http(self.body_block)
        found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", message.header("content-type") or "", re.IGNORECASE)
        names = [found.group(1)] if found else []
        meta = _META_CHARSET.search(self.raw[:4096])
        if meta:
            names.append(meta.group(1).decode("ascii"))
        if self.raw.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        for name in names:
            try:
                return codecs.lookup(name).name
            except LookupError:
                continue
        return "utf-8"

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver get --as json`` promises."""
        article = self.extraction.as_json() if self.extraction and self.extraction.article else None
        return {
            "capture": self.capture.as_json(),
            "headers": [[name, value] for name, value in self.headers],
            "article": article,
        }


def read_page(catalog: Catalog, reader: RecordReader, capture: Capture) -> HeldPage:
    """Read what was stored for ``capture``; the body of a revisit from the record that it refers to."""
    block = reader.read(capture.record).block
    body_block = block
    if capture.record_type is RecordType.REVISIT and capture.refers_to is not None:
        original = catalog.captures.by_record(capture.refers_to)
        if original is None:
            raise NotHeld(capture.url, f"the record it repeats, {capture.refers_to}, is not held")
        body_block = reader.read(original.record).block
    return HeldPage(capture, block, body_block, catalog.articles.get(capture.record_id))
