"""How long, how much and how often: no endpoint runs for ever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server itself keeps to. An archiver under test must have lower limits to be the one that gives up."""

    seconds: float = 20.0
    """A handshake, a wait for a request, and an answer are given up after this time."""
    size: int = 8 << 20
    """Bytes of one answer after which the server gives up."""
    pause: float = 0.2
    """Seconds between two pieces of a slow answer."""
    bomb: int = 64 << 20
    """Bytes of a decompression bomb when decoded."""
    flood: int = 10_000
    """Headers, cookies, elements or links of a flood."""
    trap_pages: int = 1000
    """Pages that one trap gives; then it answers 410, so that a crawler without limits ends too."""
    retry_after: int = 1
    """Seconds that a Retry-After asks for."""
