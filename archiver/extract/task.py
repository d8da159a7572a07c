"""What the extractor is given: a page, and what is known of it from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.model.announced import Announced
from archiver.model.site import Site
from archiver.model.sitemodel import SiteModel


@dataclass(frozen=True, slots=True)
class ExtractionTask:
    """A page to extract: its bytes with content coding removed, and what was known when it was captured."""

    payload: bytes
    url: str
    at: datetime | None = None
    content_type: str | None = None
    status: int | None = None
    site: Site | None = None
    model: SiteModel | None = None
    announced: Announced | None = None


@dataclass(frozen=True, slots=True)
class SampleTask:
    """A page of which learning takes a sample."""

    payload: bytes
    url: str
    at: datetime
    content_type: str | None = None
    site: Site | None = None
