"""Article sidecars: what one extractor version read of the pages of one WARC, beside it in the store, one JSON line a page."""

from __future__ import annotations

import gzip
import hashlib
import json

from archiver.articles.learnt_models import Models
from archiver.catalog import Catalog
from archiver.model.article import Extractor
from archiver.model.instant import rfc3339
from archiver.model.keys import articles_key
from archiver.model.record import BlobKey
from archiver.store import Store


def write_sidecar(key: str, *, catalog: Catalog, store: Store, models: Models | None = None) -> BlobKey | None:
    """Write the sidecar of the WARC ``key`` when every page of it was read by the extractor that reads its site now; None when some were not.

    Verdicts and failures are lines too. The bytes depend on the catalogue alone, so that writing it again is no change.
    """
    file = catalog.files.get(key)
    if file is None:
        return None
    extractor = (models or Models(catalog)).extractor(file.site)
    if catalog.readings.unread(extractor, file=key, limit=1):
        return None
    sidecar = articles_key(key, extractor)
    known = store.stat(sidecar)
    if known is not None:
        catalog.checks.expect(sidecar, size=known.size, sha256=known.sha256)
        return sidecar
    data, count = sidecar_bytes(key, extractor, catalog=catalog)
    sha256 = hashlib.sha256(data).hexdigest()
    metadata = {"extractor": str(extractor), "lines": str(count), "warc": key}
    store.put(sidecar, data, sha256=sha256, metadata=metadata)
    catalog.checks.expect(sidecar, size=len(data), sha256=sha256)
    return sidecar


def sidecar_bytes(key: str, extractor: Extractor, *, catalog: Catalog) -> tuple[bytes, int]:
    """What an extractor version read of the WARC ``key``, as the catalogue has it now, and the number of its lines."""
    lines = [
        json.dumps(
            {
                "record_id": capture.record_id,
                "url": capture.url,
                "at": rfc3339(capture.at),
                "site": capture.site,
                **extraction.as_json(),
            },
            ensure_ascii=False,
            sort_keys=True,
        )
        for capture, extraction in catalog.articles.of_file(key, extractor)
    ]
    return gzip.compress("".join(line + "\n" for line in lines).encode(), 6, mtime=0), len(lines)
