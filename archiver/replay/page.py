"""A captured page, read back: its stored block, its headers, its body, its article."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape

from archiver.catalog import Catalog
from archiver.errors import NotHeld
from archiver.html.encoding import as_reader
from archiver.model.article import Extraction
from archiver.model.capture import Capture
from archiver.model.instant import rfc3339
from archiver.records.reader import RecordReader
from archiver.records.revisits import NOT_HELD, resolve_revisit
from archiver.warc import ReadRecord

MAX_DECODED = 200_000_000
"""Bytes of a decoded body that are read back; what is longer is cut."""


@dataclass(frozen=True)
class ArchivedPage:
    """One capture with what was stored for it: its record, and the record that holds its body.

    The two are the same but for a revisit, whose body lies in the record that it refers to.
    """

    capture: Capture
    record: ReadRecord
    body_record: ReadRecord
    extraction: Extraction | None = None

    @property
    def block(self) -> bytes:
        """The stored block byte for byte; of a revisit its own head."""
        return self.record.block.read()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Header names and values as sent, in their order."""
        message = self.record.http
        return list(message.head.headers) if message else []

    @cached_property
    def raw(self) -> bytes:
        """The body with its content coding removed."""
        message = self.body_record.http
        return message.decoded(limit=MAX_DECODED).data if message else self.body_record.block.read(MAX_DECODED)

    @property
    def html(self) -> str:
        """The body as text, as it was meant: also where the page is mislabelled."""
        message = self.body_record.http
        return as_reader(self.raw, content_type=message.head.get("content-type") if message else None).text

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

    def _repr_html_(self) -> str:
        """As a notebook shows it: title, address and time, the first paragraphs, and what names the capture."""
        article = self.extraction.article if self.extraction else None
        title = (article.title if article else None) or self.capture.url
        text = "".join(f"<p>{escape(paragraph[:600])}</p>" for paragraph in (article.paragraphs[:3] if article else ()))
        facts = f"{self.capture.url} · {rfc3339(self.capture.at)} · {self.capture.digest or ''}"
        return f"<h4>{escape(title)}</h4><p><small>{escape(facts)}</small></p>{text}"

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver get --as json`` promises."""
        article = self.extraction.as_json() if self.extraction and self.extraction.article else None
        return {
            "capture": self.capture.as_json(),
            "headers": [[name, value] for name, value in self.headers],
            "article": article,
        }


def read_page(catalog: Catalog, reader: RecordReader, capture: Capture) -> ArchivedPage:
    """Read what was stored for ``capture``; the body of a revisit from the record that it repeats.

    Raises ``NotHeld`` where that is not held, ``RecordDamaged``, ``StorageError``.
    """
    record = body_record = reader.read(capture.record)
    original = resolve_revisit(catalog, capture)
    if original is None:
        raise NotHeld(capture.url, NOT_HELD)
    if original is not capture:
        body_record = reader.read(original.record)
    return ArchivedPage(capture, record, body_record, reading_of(catalog, capture))


def reading_of(catalog: Catalog, capture: Capture) -> Extraction | None:
    """What was last read from a capture, or for a revisit from the capture that it repeats; None when nothing was yet."""
    found = catalog.articles.get(capture.record_id)
    original = resolve_revisit(catalog, capture) if found is None else None
    return catalog.articles.get(original.record_id) if original is not None else found
