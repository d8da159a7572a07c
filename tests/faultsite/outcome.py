"""What an archiver is expected to make of an endpoint, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How one URL ends."""

    WHOLE = "captured whole"
    TRUNCATED_LENGTH = "captured, truncated: length"
    TRUNCATED_TIME = "captured, truncated: time"
    TRUNCATED_DISCONNECT = "captured, truncated: disconnect"
    TRUNCATED_UNSPECIFIED = "captured, truncated: unspecified"
    METADATA_ONLY = "metadata only: no whole header block came"
    NO_RECORD = "no record: no HTTP was spoken; the frontier has the reason"
    NOT_FETCHED_GUARD = "not fetched: the address is not public"
    NOT_FETCHED_ROBOTS = "not fetched: robots.txt"
    NOT_FETCHED_SCOPE = "not fetched: out of scope, or no http(s) URL"
    NOT_FETCHED_LIMIT = "not fetched: a limit (trap, depth, length, redirects)"
    REDIRECT = "redirect recorded"
    NOT_MODIFIED = "revisit: server not modified"
    IDENTICAL = "revisit: identical payload"

    @property
    def truncated(self) -> str | None:
        """The value of WARC-Truncated, None where the record is whole or there is none."""
        return self.value.removeprefix("captured, truncated: ") if self.value.startswith("captured, tr") else None

    @property
    def recorded(self) -> bool:
        """Whether there is a ``response`` or ``revisit`` record."""
        return self.value.startswith(("captured", "redirect", "revisit"))


@dataclass(frozen=True, slots=True)
class Expected:
    """The documented outcome of an endpoint.

    ``status`` is that of the record (the last one, where several answers come in turn). ``then`` is the outcome of what
    the answer leads to: a redirect's target, the pages of a trap, the addresses that a page or sitemap names. ``again``
    is the outcome of a second visit, where it is not the first one's. ``otherwise`` is as right as ``outcome``, where
    chance decides what the client sees. ``detail`` says the rest in words.
    """

    outcome: Outcome
    detail: str = ""
    status: int | None = None
    then: Outcome | None = None
    again: Outcome | None = None
    otherwise: Outcome | None = None

    @property
    def outcomes(self) -> set[Outcome]:
        """Every right outcome."""
        return {self.outcome} | ({self.otherwise} if self.otherwise else set())

    def __str__(self) -> str:
        said = self.outcome.value if self.status in {None, 200} else f"{self.outcome.value} ({self.status})"
        if self.otherwise:
            said += f"; or {self.otherwise.value}"
        if self.then:
            said += f"; what it leads to: {self.then.value}"
        if self.again:
            said += f"; when asked again: {self.again.value}"
        return f"{said}. {self.detail}" if self.detail else said


def whole(
    detail: str = "", *, status: int = 200, then: Outcome | None = None, again: Outcome | None = None
) -> Expected:
    """Captured whole."""
    return Expected(Outcome.WHOLE, detail, status, then, again)


def by_length(detail: str = "", *, status: int = 200) -> Expected:
    """Cut by a limit of size."""
    return Expected(Outcome.TRUNCATED_LENGTH, detail, status)


def by_time(detail: str = "", *, status: int = 200) -> Expected:
    """Cut by a limit of time."""
    return Expected(Outcome.TRUNCATED_TIME, detail, status)


def by_disconnect(detail: str = "", *, status: int = 200) -> Expected:
    """Cut by the server's end of the connection."""
    return Expected(Outcome.TRUNCATED_DISCONNECT, detail, status)


def unspecified(detail: str = "", *, status: int = 200) -> Expected:
    """A whole header block, and then something that no parser takes."""
    return Expected(Outcome.TRUNCATED_UNSPECIFIED, detail, status)


def metadata(detail: str = "", *, otherwise: Outcome | None = None) -> Expected:
    """The bytes, if any, in a ``metadata`` record."""
    return Expected(Outcome.METADATA_ONLY, detail, otherwise=otherwise)


def no_record(detail: str = "") -> Expected:
    """Nothing of HTTP crossed the wire."""
    return Expected(Outcome.NO_RECORD, detail)


def redirect(then: Outcome = Outcome.WHOLE, detail: str = "", *, status: int = 302) -> Expected:
    """A redirect is recorded like any response; ``then`` is its target's outcome."""
    return Expected(Outcome.REDIRECT, detail, status, then)


def not_fetched(outcome: Outcome, detail: str = "") -> Expected:
    """Never asked for."""
    return Expected(outcome, detail)
