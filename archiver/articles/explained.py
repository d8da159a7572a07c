"""Why a page that is held reads as it does, with the site's profile and learnt model that are in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archiver.articles.announcements import Announcements
from archiver.articles.learnt_models import Models
from archiver.articles.payload import job_of, read_payload
from archiver.catalog import Catalog
from archiver.errors import NotHeld
from archiver.model.capture import Capture
from archiver.model.site import Site
from archiver.records.reader import RecordReader
from archiver.records.revisits import resolve_revisit

if TYPE_CHECKING:
    from archiver.extract.explain import Explained


def explain_capture(
    capture: Capture, *, catalog: Catalog, records: RecordReader, find_site: Callable[[str], Site | None]
) -> Explained:
    """Read the page of a capture now, in this process, and say why. Raises ``NotHeld`` for a repeat of a record that is not
    held, ``DamageFound``, ``StorageError``."""
    from archiver.extract.explain import explain  # loads trafilatura

    original = resolve_revisit(catalog, capture)
    if original is None:
        raise NotHeld(capture.url)
    job = job_of(
        capture,
        read_payload(original, records),
        site=find_site(capture.site),
        model=Models(catalog).of(capture.site),
        announced=Announcements(catalog, find_site=find_site).of(capture),
    )
    return explain(job)
