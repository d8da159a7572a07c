"""How a row's attempts ended, in words of the frontier: done, or failed with a reason."""

from __future__ import annotations

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
)

from archiver.fetch.errors import AddressRefused, LimitReached, NotNow, RobotsRefused, UnreadableResponse
from archiver.fetch.run.leased_row import LeasedRow

_LATER = frozenset({408, 425, 429})
_FINAL = (DownloadCancelledError, UnreadableResponse)
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "no such host"),
    (DownloadConnectionRefusedError, "connection refused"),
    (UnreadableResponse, "unreadable response"),
    (DownloadCancelledError, "too large"),
)


def is_captured(request: Request) -> bool:
    """Whether the last attempt left a response record, whole or cut."""
    return bool((request.meta.get("warc") or {}).get("captured"))


def is_later(status: int | None) -> bool:
    """Whether a status says that the answer will be another one later (RFC 9110, RFC 6585)."""
    return status is not None and (status >= 500 or status in _LATER)


def why_not(row: LeasedRow) -> str | None:
    """Why a row has no answer yet; None when it is done.

    Done is also what will be no different next time (too large, unreadable, but captured), and what a callback failed on:
    the capture is held, and the callback's error was counted.
    """
    if is_later(row.status):
        return f"status {row.status}"
    error = row.error
    if error is None or (row.status is not None and row.answered):
        return None
    if row.answered and isinstance(error, _FINAL):
        return None
    return why_error(error)


def why_error(error: BaseException) -> str:
    """An error in few words."""
    if isinstance(error, AddressRefused):
        return f"address refused: {error}"
    if isinstance(error, LimitReached):
        return f"limit: {error}"
    if isinstance(error, RobotsRefused):
        return error.why
    if isinstance(error, NotNow):
        return str(error)
    if isinstance(error, IgnoreRequest):
        return f"ignored: {error}"
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), None)
    return words or f"{type(error).__name__}: {error}"[:300]
