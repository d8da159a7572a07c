"""An object in parts: sent one by one with a checksum each, completed under the condition that the key is free.

The condition alone is not enough everywhere: a server was measured (SeaweedFS 4.48) that checks it and completes the
object in two steps, so that of sixteen racing writers two succeed. A single small object is written atomically there
too. So a writer first claims the key with one, ``<prefix>.claims/<key>``, which names the bytes that it will put, and
removes it when it is done. The claim of a writer that died lets the same bytes pass, and other bytes only after
``abort_stale_uploads``.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from archiver.errors import BlobExists, BlobMissing, StorageError
from archiver.store.port import read_source, wrong_bytes
from archiver.store.s3_bucket import Bucket, KeyTaken, base64_of

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 8 << 20
"""Bytes of a part; more where the object would have over 10,000 of them."""
MAX_PARTS = 10_000
CLAIMS = ".claims/"
KEY_IS_FREE: Mapping[str, Any] = {"IfNoneMatch": "*"}
"""The condition of every write but a repair."""


@contextmanager
def claim(bucket: Bucket, key: str, *, sha256: str) -> Iterator[None]:
    """Hold the right to put these bytes under the key.

    Raises ``BlobExists`` while it is held for other bytes, ``KeyTaken`` when it was, and its holder has just ended.
    """
    name: dict[str, Any] = {"Bucket": bucket.name, "Key": f"{bucket.prefix}{CLAIMS}{key}"}
    try:
        with bucket.errors(key):
            bucket.client.put_object(**name, Body=sha256.encode(), IfNoneMatch="*")
    except KeyTaken as taken:
        try:
            with bucket.errors(key):
                holder = bucket.client.get_object(**name)["Body"].read()
        except BlobMissing:
            raise taken from None
        if holder != sha256.encode():
            raise BlobExists(key, bucket.url) from None
    try:
        yield
    finally:
        with suppress(StorageError), bucket.errors(key):
            bucket.client.delete_object(**name)


def put_parts(
    bucket: Bucket,
    key: str,
    stream: BinaryIO,
    *,
    source: Path | bytes,
    size: int,
    sha256: str,
    metadata: Mapping[str, str],
    condition: Mapping[str, Any] = KEY_IS_FREE,
) -> str:
    """Send the whole object; the checksum (of checksums) that the server should now have. Raises ``KeyTaken``."""
    algorithm: dict[str, Any] = {"ChecksumAlgorithm": "SHA256"} if bucket.own_checksums else {}
    where = bucket.at(key)
    with bucket.errors(key):
        where["UploadId"] = bucket.client.create_multipart_upload(**where, Metadata=metadata, **algorithm)["UploadId"]
    part_size = max(PART, -(-size // MAX_PARTS))
    sent = hashlib.sha256()
    digests: list[bytes] = []
    parts: list[CompletedPartTypeDef] = []
    try:
        while data := read_source(stream, source, size=part_size):
            sent.update(data)
            digests.append(hashlib.sha256(data).digest())
            parts.append(_send(bucket, key, data, where=where, number=len(digests), sha256=digests[-1]))
        _check_sent(key, expected=sha256, found=sent.hexdigest())
        with bucket.errors(key):
            bucket.client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts}, **condition)
    except BaseException:
        # What can't be aborted now is found by abort_stale_uploads.
        with suppress(StorageError), bucket.errors(key):
            bucket.client.abort_multipart_upload(**where)
        raise
    return f"{base64_of(hashlib.sha256(b''.join(digests)).digest())}-{len(parts)}"


def _send(
    bucket: Bucket, key: str, data: bytes, *, where: Mapping[str, Any], number: int, sha256: bytes
) -> CompletedPartTypeDef:
    integrity = bucket.integrity(io.BytesIO(data), sha256=sha256)
    with bucket.errors(key):
        answer = bucket.client.upload_part(**where, PartNumber=number, Body=data, **integrity)
    part: CompletedPartTypeDef = {"PartNumber": number, "ETag": answer["ETag"]}
    if bucket.own_checksums:
        part["ChecksumSHA256"] = base64_of(sha256)
    return part


def _check_sent(key: str, *, expected: str, found: str) -> None:
    """Refuse to make one object of the parts when the source changed while it was sent."""
    if found != expected:
        raise wrong_bytes(key, expected=expected, found=found)


def abort_stale(bucket: Bucket, *, before: datetime) -> int:
    """Abort the uploads and remove the claims that were begun before that instant; how many uploads there were."""
    with bucket.errors():
        uploads = bucket.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket.name, Prefix=bucket.prefix
        )
        stale = [each for page in uploads for each in page.get("Uploads", ()) if each["Initiated"] < before]
        for upload in stale:
            bucket.client.abort_multipart_upload(Bucket=bucket.name, Key=upload["Key"], UploadId=upload["UploadId"])
        claims = bucket.client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket.name, Prefix=bucket.prefix + CLAIMS
        )
        left = [each["Key"] for page in claims for each in page.get("Contents", ()) if each["LastModified"] < before]
        for name in left:
            bucket.client.delete_object(Bucket=bucket.name, Key=name)
    return len(stale)
