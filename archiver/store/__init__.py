"""Write-once blobs: the port, a directory, an S3 bucket, and one wrapper that tries again. The only door to boto3."""

from __future__ import annotations

from archiver.store.open import open_store, open_url, prepare_store
from archiver.store.port import BlobStat, ReadBack, Store

__all__ = ["BlobStat", "ReadBack", "Store", "open_store", "open_url", "prepare_store"]
