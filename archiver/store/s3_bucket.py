"""A bucket in S3 with a prefix, and how every call there is made: one try, and what boto3 raises turned into the archiver's errors."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import boto3
from botocore import exceptions as boto
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError
from urllib3.exceptions import HTTPError

from archiver.config.settings import StoreSection
from archiver.errors import BlobMissing, ConfigError, DamageFound, StorageError, StoreRefused, StoreUnavailable
from archiver.store.port import CHUNK, check_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CAUSES: tuple[type[Exception], ...] = (boto.BotoCoreError, boto.HTTPClientError, HTTPError, OSError)
"""Everything that boto3 raises beside ``ClientError`` when a call goes wrong."""

_MISSING = {"NoSuchKey", "404", "NotFound"}
# The caller's bytes were hashed before they left, so a bad digest is damage on the way; 409 is a race of two writers; an
# upload that is gone was completed or aborted by somebody, which the next try will see.
_PASSING = {
    "BadDigest",
    "XAmzContentChecksumMismatch",
    "ConditionalRequestConflict",
    "OperationAborted",
    "IncompleteBody",
    "InternalError",
    "NoSuchUpload",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "SlowDownRead",
    "SlowDownWrite",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequests",
}
_REFUSED = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.ProfileNotFound,
    boto.NoRegionError,
    boto.ParamValidationError,
    boto.UnsupportedSignatureVersionError,
    boto.MissingDependencyException,
)
_TAKEN = {"PreconditionFailed", "412"}
_BEHIND = {"InvalidRange", "416"}


class KeyTaken(StoreRefused):
    """The server refused the condition that nothing stands under the key."""


class BehindEnd(StoreRefused):
    """The server refused a range behind the object's end."""


def code_of(error: ClientError) -> str:
    """The server's error code; an answer without a body has its status as code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def translated(error: Exception, store: str, *, key: str) -> StorageError:
    """The archiver's error that says the same as ``error``."""
    if isinstance(error, ClientError):
        code = code_of(error)
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        why = f"{code}: {error.response.get('Error', {}).get('Message', '')}"[:500]
        if code in _MISSING:
            return BlobMissing(key, store)
        if code in _PASSING or status >= 500 or status in {408, 409, 429}:
            return StoreUnavailable(store, why)
        return StoreRefused(store, why)
    if isinstance(error, _REFUSED):
        return StoreRefused(store, str(error))
    return StoreUnavailable(store, str(error)[:500] or type(error).__name__)


def connect(section: StoreSection, *, session: boto3.Session | None = None) -> S3Client:
    """A client for ``[store]``; credentials come from ``session``, else from the usual AWS places."""
    checksums = _one_of(section.checksums, "checksums", "when_supported", "when_required")
    addressing = _one_of(section.addressing, "addressing", "auto", "path", "virtual")
    config = ClientConfig(
        # One try here: the retry wrapper counts and waits, for every store alike.
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=32,
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


def base64_of(digest: bytes) -> str:
    """A digest as S3 writes it."""
    return base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class Bucket:
    """``name`` is the bucket's, ``prefix`` is empty or ends in a slash. ``own_checksums`` off is for servers that know no SHA-256 checksums."""

    client: S3Client
    name: str
    prefix: str
    own_checksums: bool

    @property
    def url(self) -> str:
        """``s3://bucket/prefix``."""
        return f"s3://{self.name}/{self.prefix}".rstrip("/")

    def at(self, key: str) -> dict[str, Any]:
        """The arguments that name an object."""
        return {"Bucket": self.name, "Key": self.prefix + check_key(key)}

    def integrity(self, stream: BinaryIO, *, sha256: bytes) -> dict[str, Any]:
        """What the server compares the bytes with; old servers know no SHA-256, but all know Content-MD5."""
        if self.own_checksums:
            return {"ChecksumSHA256": base64_of(sha256)}
        digest = hashlib.md5(usedforsecurity=False)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
        stream.seek(0)
        return {"ContentMD5": base64_of(digest.digest())}

    @contextmanager
    def errors(self, key: str = "") -> Iterator[None]:
        """Whatever boto3 raises inside, as one of our errors."""
        try:
            yield
        except (StorageError, DamageFound):
            raise
        except ClientError as error:
            if code_of(error) in _TAKEN:
                raise KeyTaken(self.url, f"{key!r} is taken") from error
            if code_of(error) in _BEHIND:
                raise BehindEnd(self.url, f"the range lies behind the end of {key!r}") from error
            raise translated(error, self.url, key=key) from error
        except CAUSES as error:
            raise translated(error, self.url, key=key) from error
