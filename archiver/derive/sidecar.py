"""Article sidecars: what was read of the pages of one WARC, beside it in the store, one JSON line a page."""

from __future__ import annotations

import gzip
import hashlib
import json

from archiver.catalog import Catalog
from archiver.extract import EXTRACTOR
from archiver.model.instant import rfc3339
from archiver.model.keys import articles_key
from archiver.model.record import BlobKey
from archiver.store import Store


def write_sidecar(key: str, *, catalog: Catalog, store: Store) -> BlobKey | None:
    """Write the sidecar of the WARC ``key`` when every page of it was tried; None when some were not.

    Verdicts and failures are lines too. The bytes depend on the catalogue alone, so that writing it again is no change.
    """
    if catalog.captures.untried(file=key, limit=1):
        return None
    sidecar = articles_key(key, EXTRACTOR)
    known = store.stat(sidecar)
    if known is not None:
        catalog.checks.expect(sidecar, size=known.size, sha256=known.sha256)
        return sidecar
    data, count = sidecar_bytes(key, catalog=catalog)
    sha256 = hashlib.sha256(data).hexdigest()
    metadata = {"extractor": str(EXTRACTOR), "lines": str(count), "warc": key}
    store.put(sidecar, data, sha256=sha256, metadata=metadata)
    catalog.checks.expect(sidecar, size=len(data), sha256=sha256)
    return sidecar


def sidecar_bytes(key: str, *, catalog: Catalog) -> tuple[bytes, int]:
    """The sidecar of the WARC ``key`` as the catalogue has it now, and the number of its lines."""
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
        for capture, extraction in catalog.articles.of_file(key, EXTRACTOR)
    ]
    return gzip.compress("".join(line + "\n" for line in lines).encode(), 6, mtime=0), len(lines)
