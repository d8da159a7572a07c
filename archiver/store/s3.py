"""A store in an S3 bucket, or in a server that speaks S3.

An object is put with ``If-None-Match: *``, so that the server itself refuses a second writer, and with checksums that
the server verifies; large ones go up in parts, and the condition stands on the call that completes them. Every object
carries its SHA-256 as user metadata, because a checksum of parts is not one of the file.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

from archiver.config.settings import StoreSection
from archiver.errors import (
    BlobExists,
    BlobMissing,
    ConfigError,
    DamageFound,
    StorageError,
    StoreRefused,
    StoreUnavailable,
)
from archiver.store.port import (
    CHUNK,
    BlobStat,
    check_key,
    check_prefix,
    check_put,
    hash_source,
    hash_stream,
    open_source,
    read_source,
    wrong_bytes,
)
from archiver.store.s3_errors import CAUSES, code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, HeadObjectOutputTypeDef

PART = 8 << 20
"""Bytes of a part; more where the object would have over 10,000 of them."""
MAX_PARTS = 10_000
MAX_SINGLE = 5_000_000_000
"""S3 takes no larger object in one call."""

_TAKEN = {"PreconditionFailed", "412"}


def connect(section: StoreSection, *, session: boto3.Session | None = None) -> S3Client:
    """A client for ``[store]``; credentials come from ``session``, else from the usual AWS places."""
    checksums = _one_of(section.checksums, "checksums", "when_supported", "when_required")
    addressing = _one_of(section.addressing, "addressing", "auto", "path", "virtual")
    config = ClientConfig(
        # One try here: the retry wrapper counts and waits, for every store alike.
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=10,
        read_timeout=60,
        s3={"addressing_style": addressing},
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
    )
    session = session or boto3.Session()
    region = section.region or session.region_name or ("us-east-1" if section.endpoint_url else None)
    try:
        return session.client("s3", endpoint_url=section.endpoint_url or None, region_name=region, config=config)
    except ValueError as error:
        raise ConfigError("[store] endpoint_url", str(error)) from error


def _one_of(value: str, key: str, *allowed: str) -> Any:
    if value not in allowed:
        raise ConfigError(f"[store] {key}", f"must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


class S3Store:
    """Objects under ``prefix`` of a bucket. ``own_checksums`` off is for servers that know no SHA-256 checksums."""

    def __init__(
        self,
        client: S3Client,
        *,
        bucket: str,
        prefix: str = "",
        multipart_above: int = 100_000_000,
        own_checksums: bool = True,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._multipart_above = min(multipart_above, MAX_SINGLE)
        self._own_checksums = own_checksums

    @property
    def url(self) -> str:
        """``s3://bucket/prefix``."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

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
                if size > self._multipart_above:
                    checksum = self._put_parts(key, stream, source=source, size=size, sha256=sha256, metadata=own)
                else:
                    checksum = self._put_whole(key, stream, sha256=sha256, metadata=own)
            except _KeyTaken as error:
                if self._stands(key, sha256=sha256, size=size):
                    return False
                raise StoreUnavailable(self.url, f"{key!r} was taken and is gone again") from error
        self._verify(key, size=size, sha256=sha256, checksum=checksum)
        return True

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """See ``Store.get``. A range is not checked against the object's checksum: WARC records carry their own."""
        if length == 0:
            if self.stat(key) is None:
                raise BlobMissing(key, self.url)
            return b""
        body = self._get(key, offset=offset, length=length)
        if body is None:
            return b""
        with body, self._errors(key):
            content: bytes = body.read()
            return content

    def open(self, key: str, *, offset: int = 0) -> BinaryIO:
        """See ``Store.open``."""
        body = self._get(key, offset=offset, length=None)
        return io.BytesIO() if body is None else io.BufferedReader(_Stream(self, key, body=body), 1 << 18)

    def stat(self, key: str) -> BlobStat | None:
        """See ``Store.stat``."""
        head = self._head(key)
        if head is None:
            return None
        metadata = dict(head["Metadata"])
        return BlobStat(head["ContentLength"], metadata.pop("sha256", None), metadata)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ``Store.keys``."""
        with self._errors(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + check_prefix(prefix)
            )
            for page in pages:
                for item in page.get("Contents", ()):
                    yield item["Key"].removeprefix(self._prefix)

    def delete(self, key: str) -> None:
        """See ``Store.delete``. In a versioned bucket older versions stay until they are removed there."""
        with self._errors(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def check(self) -> None:
        """See ``Store.check``: lists one key, which a wrong bucket, key or secret refuses."""
        with self._errors(""):
            self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)

    def abort_stale_uploads(self, *, before: datetime) -> int:
        """See ``Store.abort_stale_uploads``: unfinished uploads cost for ever."""
        aborted = 0
        with self._errors(""):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            stale = [upload for page in pages for upload in page.get("Uploads", ()) if upload["Initiated"] < before]
            for upload in stale:
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"])
                aborted += 1
        return aborted

    def _name(self, key: str) -> str:
        return self._prefix + check_key(key)

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

    def _put_whole(self, key: str, stream: BinaryIO, *, sha256: str, metadata: Mapping[str, str]) -> str:
        digest = bytes.fromhex(sha256)
        integrity = self._integrity(stream, sha256=digest)
        with self._errors(key):
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._name(key),
                Body=stream,
                IfNoneMatch="*",
                Metadata=metadata,
                **integrity,
            )
        return _base64(digest)

    def _put_parts(
        self, key: str, stream: BinaryIO, *, source: Path | bytes, size: int, sha256: str, metadata: Mapping[str, str]
    ) -> str:
        where: dict[str, Any] = {"Bucket": self._bucket, "Key": self._name(key)}
        algorithm: dict[str, Any] = {"ChecksumAlgorithm": "SHA256"} if self._own_checksums else {}
        with self._errors(key):
            upload = self._client.create_multipart_upload(**where, Metadata=metadata, **algorithm)
        where["UploadId"] = upload["UploadId"]
        part_size = max(PART, -(-size // MAX_PARTS))
        sent = hashlib.sha256()
        digests: list[bytes] = []
        parts: list[CompletedPartTypeDef] = []
        try:
            while data := read_source(stream, source, size=part_size):
                sent.update(data)
                digests.append(hashlib.sha256(data).digest())
                parts.append(self._send_part(key, data, where=where, number=len(digests), sha256=digests[-1]))
            self._complete(key, where=where, parts=parts, expected=sha256, found=sent.hexdigest())
        except BaseException:
            # What can't be aborted now is found by abort_stale_uploads.
            with suppress(StorageError), self._errors(key):
                self._client.abort_multipart_upload(**where)
            raise
        return f"{_base64(hashlib.sha256(b''.join(digests)).digest())}-{len(parts)}"

    def _send_part(
        self, key: str, data: bytes, *, where: Mapping[str, Any], number: int, sha256: bytes
    ) -> CompletedPartTypeDef:
        integrity = self._integrity(io.BytesIO(data), sha256=sha256)
        with self._errors(key):
            answer = self._client.upload_part(**where, PartNumber=number, Body=data, **integrity)
        part: CompletedPartTypeDef = {"PartNumber": number, "ETag": answer["ETag"]}
        if self._own_checksums:
            part["ChecksumSHA256"] = _base64(sha256)
        return part

    def _complete(
        self, key: str, *, where: Mapping[str, Any], parts: list[CompletedPartTypeDef], expected: str, found: str
    ) -> None:
        """Make the parts one object, unless the source changed while it was sent."""
        if found != expected:
            raise wrong_bytes(key, expected=expected, found=found)
        with self._errors(key):
            self._client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts}, IfNoneMatch="*")

    def _integrity(self, stream: BinaryIO, *, sha256: bytes) -> dict[str, Any]:
        """What the server compares the bytes with; old servers know no SHA-256, but all know Content-MD5."""
        if self._own_checksums:
            return {"ChecksumSHA256": _base64(sha256)}
        digest = hashlib.md5(usedforsecurity=False)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
        stream.seek(0)
        return {"ContentMD5": _base64(digest.digest())}

    def _verify(self, key: str, *, size: int, sha256: str, checksum: str) -> None:
        """Ask the server what it now has: a 200 is not yet an object."""
        head = self._head(key)
        if head is None:
            raise StoreUnavailable(self.url, f"it accepted {key!r} and does not have it")
        found = head.get("ChecksumSHA256", checksum)
        if (head["ContentLength"], head["Metadata"].get("sha256"), found) != (size, sha256, checksum):
            raise DamageFound(
                f"object {key!r} in {self.url} is not what was put: {head['ContentLength']} bytes of {size}, "
                f"checksum {found}, not {checksum}; remove it there, it can't be overwritten"
            )

    def _head(self, key: str) -> HeadObjectOutputTypeDef | None:
        mode: dict[str, Any] = {"ChecksumMode": "ENABLED"} if self._own_checksums else {}
        try:
            with self._errors(key):
                return self._client.head_object(Bucket=self._bucket, Key=self._name(key), **mode)
        except BlobMissing:
            return None

    def _get(self, key: str, *, offset: int, length: int | None) -> Any | None:
        """The body of the answer; None when the range lies behind the object's end."""
        part: dict[str, Any] = {}
        if offset or length is not None:
            part["Range"] = f"bytes={offset}-" if length is None else f"bytes={offset}-{offset + length - 1}"
        try:
            with self._errors(key):
                return self._client.get_object(Bucket=self._bucket, Key=self._name(key), **part)["Body"]
        except _BehindEnd:
            return None

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Whatever boto3 raises, as one of our errors."""
        try:
            yield
        except (StorageError, DamageFound):
            raise
        except ClientError as error:
            if code_of(error) in _TAKEN:
                raise _KeyTaken(self.url, "the key is taken") from error
            if code_of(error) in {"InvalidRange", "416"}:
                raise _BehindEnd(self.url, "the range lies behind the object's end") from error
            raise translated(error, self.url, key=key) from error
        except CAUSES as error:
            raise translated(error, self.url, key=key) from error


class _KeyTaken(StoreRefused):
    """The server refused the condition."""


class _BehindEnd(StoreRefused):
    """The server refused the range."""


class _Stream(io.RawIOBase):
    """A body as a raw stream that raises our errors."""

    def __init__(self, store: S3Store, key: str, *, body: Any) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._store._errors(self._key):
            data: bytes = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()
