"""What boto3 raises, told as our errors: away, refused, missing."""

from __future__ import annotations

from botocore import exceptions as boto
from botocore.exceptions import ClientError
from urllib3.exceptions import HTTPError

from archiver.errors import BlobMissing, StorageError, StoreRefused, StoreUnavailable

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


def code_of(error: ClientError) -> str:
    """The server's error code; an answer without a body has its status as code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def translated(error: Exception, store: str, *, key: str) -> StorageError:
    """The error of ours that says the same as ``error``."""
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
