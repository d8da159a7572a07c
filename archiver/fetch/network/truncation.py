"""What a failed or short exchange means: why it was cut (WARC-Truncated), and why in words."""

from __future__ import annotations

from collections.abc import Iterator

from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.web.http import _DataLoss

from archiver.model.record import Truncated

_LOST = (ConnectionDone, ConnectionLost, ConnectionAborted, _DataLoss, ConnectionError)


def why_truncated(error: BaseException) -> Truncated:
    """Why the bytes that came before ``error`` end where they do."""
    if isinstance(error, DownloadTimeoutError):
        return Truncated.TIME
    if isinstance(error, DownloadCancelledError):
        return Truncated.LENGTH
    causes = list(_causes(error))
    # A parser's error comes with the connection's end that it caused; the parser speaks first.
    if any(not isinstance(cause, _LOST) for cause in causes):
        return Truncated.UNSPECIFIED
    return Truncated.DISCONNECT


def why_failed(error: BaseException) -> str:
    """``error`` in words: its kind, what it says, and what was beneath it."""
    words = [f"{type(error).__name__}: {error}".strip(": ")]
    words += [f"{type(cause).__name__}: {cause}".strip(": ") for cause in _causes(error)]
    return "; ".join(dict.fromkeys(" ".join(w.split()) for w in words))[:1000]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors that a chain of Scrapy's and Twisted's wrappers ends in."""
    reasons = getattr(error, "reasons", None)
    if isinstance(reasons, list):
        for reason in reasons:
            if isinstance(reason, Failure) and reason.value is not None:
                yield from _causes(reason.value)
        return
    if error.__cause__ is not None:
        yield from _causes(error.__cause__)
        return
    yield error
