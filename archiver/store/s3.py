"""A store in an S3 bucket, or in a server that speaks S3.

An object is put with ``If-None-Match: *``, so that the server itself refuses a second writer, and with checksums that
the server verifies; large ones go up in parts (see ``s3_parts``). Every object carries its SHA-256 as user metadata,
because a checksum of parts is not one of the file.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from archiver.errors import BlobExists, BlobMissing, DamageFound, StoreUnavailable
from archiver.store.port import (
    BlobStat,
    ReadBack,
    check_prefix,
    check_put,
    check_read_back,
    hash_source,
    hash_stream,
    open_source,
    wrong_bytes,
)
from archiver.store.s3_bucket import BehindEnd, Bucket, KeyTaken, base64_of
from archiver.store.s3_parts import CLAIMS, KEY_IS_FREE, abort_stale, claim, put_parts

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

MAX_SINGLE = 5_000_000_000
"""S3 takes no larger object in one call."""


class S3Store:
    """Objects under ``prefix`` of a bucket."""

    def __init__(
        self,
        client: S3Client,
        *,
        bucket: str,
        prefix: str = "",
        multipart_above: int = 100_000_000,
        own_checksums: bool = True,
    ) -> None:
        folder = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._bucket = Bucket(client, name=bucket, prefix=folder, own_checksums=own_checksums)
        self._multipart_above = min(multipart_above, MAX_SINGLE)

    @property
    def url(self) -> str:
        """``s3://bucket/prefix``."""
        return self._bucket.url

    def put(self, key: str, source: Path | bytes, *, sha256: str, metadata: Mapping[str, str]) -> bool:
        """See ``Store.put``."""
        check_put(key, sha256=sha256, metadata=metadata)
        with open_source(source) as stream:
            found = hash_source(stream, source)
            size = stream.tell()
            stream.seek(0)
            if found != sha256:
                raise wrong_bytes(key, expected=sha256, found=found)
            # Asked first, so that a gigabyte is not sent to be refused, and for servers that ignore the condition.
            if self._stands(key, sha256=sha256, size=size):
                return False
            own = {**metadata, "sha256": sha256}
            try:
                if size <= self._multipart_above:
                    checksum = self._put_whole(key, stream, sha256=sha256, metadata=own)
                    self._verify(key, size=size, sha256=sha256, checksum=checksum)
                    return True
                with claim(self._bucket, key, sha256=sha256):
                    # Who held the claim before may have put the object by now.
                    if self._stands(key, sha256=sha256, size=size):
                        return False
                    checksum = put_parts(
                        self._bucket, key, stream, source=source, size=size, sha256=sha256, metadata=own
                    )
                    self._verify(key, size=size, sha256=sha256, checksum=checksum)
                    return True
            except KeyTaken as error:
                if self._stands(key, sha256=sha256, size=size):
                    return False
                raise StoreUnavailable(self.url, f"{key!r} was taken and is gone again") from error

    def replace(self, key: str, source: Path | bytes, *, sha256: str, metadata: Mapping[str, str]) -> None:
        """See ``Store.replace``. In a versioned bucket the damaged object stays as an older version."""
        check_put(key, sha256=sha256, metadata=metadata)
        with open_source(source) as stream:
            found = hash_source(stream, source)
            size = stream.tell()
            stream.seek(0)
            if found != sha256:
                raise wrong_bytes(key, expected=sha256, found=found)
            own = {**metadata, "sha256": sha256}
            if size <= self._multipart_above:
                checksum = self._put_whole(key, stream, sha256=sha256, metadata=own, condition={})
            else:
                checksum = put_parts(
                    self._bucket, key, stream, source=source, size=size, sha256=sha256, metadata=own, condition={}
                )
            self._verify(key, size=size, sha256=sha256, checksum=checksum)

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """See ``Store.get``. A range is not checked against the object's checksum: WARC records carry their own."""
        if length == 0:
            if self.stat(key) is None:
                raise BlobMissing(key, self.url)
            return b""
        body = self._get(key, offset=offset, length=length)
        if body is None:
            return b""
        with body, self._bucket.errors(key):
            content: bytes = body.read()
            return content

    def open(self, key: str, *, offset: int = 0) -> BinaryIO:
        """See ``Store.open``."""
        body = self._get(key, offset=offset, length=None)
        return io.BytesIO() if body is None else io.BufferedReader(_Stream(self._bucket, key, body=body), 1 << 18)

    def read_back(self, key: str, *, sha256: str) -> ReadBack:
        """See ``Store.read_back``: where the server gives a SHA-256 of the whole object, it has read the bytes for us."""
        head = self._head(key)
        if head is None:
            raise BlobMissing(key, self.url)
        own = head.get("ChecksumSHA256")
        if own is not None and head.get("ChecksumType") == "FULL_OBJECT":
            check_read_back(key, self.url, expected=sha256, found=base64.b64decode(own).hex())
            return ReadBack.CHECKSUM
        with self.open(key) as stream:
            check_read_back(key, self.url, expected=sha256, found=hash_stream(stream))
        return ReadBack.READ

    def stat(self, key: str) -> BlobStat | None:
        """See ``Store.stat``."""
        head = self._head(key)
        if head is None:
            return None
        metadata = dict(head["Metadata"])
        return BlobStat(head["ContentLength"], metadata.pop("sha256", None), metadata)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ``Store.keys``."""
        folder = self._bucket.prefix
        with self._bucket.errors():
            pages = self._bucket.client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket.name, Prefix=folder + check_prefix(prefix)
            )
            for page in pages:
                for item in page.get("Contents", ()):
                    key = item["Key"].removeprefix(folder)
                    if not key.startswith(CLAIMS):
                        yield key

    def delete(self, key: str) -> None:
        """See ``Store.delete``. In a versioned bucket older versions stay until they are removed there."""
        with self._bucket.errors(key):
            self._bucket.client.delete_object(**self._bucket.at(key))

    def check(self) -> None:
        """See ``Store.check``: lists one key, which a wrong bucket, key or secret refuses."""
        with self._bucket.errors():
            self._bucket.client.list_objects_v2(Bucket=self._bucket.name, Prefix=self._bucket.prefix, MaxKeys=1)

    def abort_stale_uploads(self, *, before: datetime) -> int:
        """See ``Store.abort_stale_uploads``: unfinished uploads cost for ever."""
        return abort_stale(self._bucket, before=before)

    def _stands(self, key: str, *, sha256: str, size: int) -> bool:
        """Whether these bytes stand under the key; False when nothing does. Raises ``BlobExists`` for other bytes."""
        stat = self.stat(key)
        if stat is None:
            return False
        known = stat.sha256
        if known is None:
            # Put there by another tool: only its bytes can tell.
            with self.open(key) as stream:
                known = hash_stream(stream)
        if (known, stat.size) != (sha256, size):
            raise BlobExists(key, self.url)
        return True

    def _put_whole(
        self,
        key: str,
        stream: BinaryIO,
        *,
        sha256: str,
        metadata: Mapping[str, str],
        condition: Mapping[str, Any] = KEY_IS_FREE,
    ) -> str:
        digest = bytes.fromhex(sha256)
        integrity = self._bucket.integrity(stream, sha256=digest)
        with self._bucket.errors(key):
            self._bucket.client.put_object(
                **self._bucket.at(key), Body=stream, Metadata=metadata, **condition, **integrity
            )
        return base64_of(digest)

    def _verify(self, key: str, *, size: int, sha256: str, checksum: str) -> None:
        """Ask the server what it now has: a 200 is not yet an object."""
        head = self._head(key)
        if head is None:
            raise StoreUnavailable(self.url, f"it accepted {key!r} and does not have it")
        if head["Metadata"].get("sha256", sha256) != sha256:
            raise BlobExists(key, self.url)
        found = head.get("ChecksumSHA256", checksum)
        if (head["ContentLength"], found) != (size, checksum):
            raise DamageFound(
                f"object {key!r} in {self.url} is not what was put: {head['ContentLength']} bytes of {size}, "
                f"checksum {found}, not {checksum}; remove it there, it can't be overwritten"
            )

    def _head(self, key: str) -> HeadObjectOutputTypeDef | None:
        mode: dict[str, Any] = {"ChecksumMode": "ENABLED"} if self._bucket.own_checksums else {}
        try:
            with self._bucket.errors(key):
                return self._bucket.client.head_object(**self._bucket.at(key), **mode)
        except BlobMissing:
            return None

    def _get(self, key: str, *, offset: int, length: int | None) -> Any | None:
        """The body of the answer; None when the range lies behind the object's end."""
        part: dict[str, Any] = {}
        if offset or length is not None:
            part["Range"] = f"bytes={offset}-" if length is None else f"bytes={offset}-{offset + length - 1}"
        try:
            with self._bucket.errors(key):
                return self._bucket.client.get_object(**self._bucket.at(key), **part)["Body"]
        except BehindEnd:
            return None


class _Stream(io.RawIOBase):
    """A body as a raw stream that raises our errors."""

    def __init__(self, bucket: Bucket, key: str, *, body: Any) -> None:
        super().__init__()
        self._bucket = bucket
        self._key = key
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._bucket.errors(self._key):
            data: bytes = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()
