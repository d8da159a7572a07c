"""What was read from a capture, or for a revisit from the capture that it repeats."""

from __future__ import annotations

from archiver.catalog import Catalog
from archiver.errors import NotHeld
from archiver.model.article import Extraction
from archiver.model.capture import Capture
from archiver.model.record import RecordType
from archiver.replay.revisits import original_of


def reading_of(catalog: Catalog, capture: Capture) -> Extraction | None:
    """The latest reading; None when there is none yet. Raises ``CatalogError``."""
    found = catalog.articles.get(capture.record_id)
    if found is not None or capture.record_type is not RecordType.REVISIT:
        return found
    try:
        original = original_of(catalog, capture)
    except NotHeld:
        return None
    return catalog.articles.get(original.record_id)
