"""What browsers are told about each thing on the replay origin. Archived scripts run there, and nothing may leave it.

The directives were found by attack, each closes a way that was seen open; docs/decisions/0011-interactive-replay.md says which.
"""

from __future__ import annotations

from archiver.web.interactive.place import ReplayOrigin

SANDBOX = "allow-scripts allow-same-origin allow-forms"
"""For the app's frame, and again for each replayed document: it leads no other window away and opens none."""

STILL = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""For what is no page: records for the worker, texts, refusals."""
WORKER = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' data: blob:"
"""For the worker itself: what it fetches for a page is fetched from the archive alone, whoever tells it to."""


def viewer(place: ReplayOrigin) -> str:
    """For our own page around the replayed one."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; frame-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors 'self' {place.app_origin}"
    )


def replayed(place: ReplayOrigin) -> str:
    """For replayed documents, and for workers that they start."""
    return (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
        "frame-src 'self'; form-action 'self'; object-src 'none'; base-uri 'self'; "
        f"frame-ancestors 'self' {place.app_origin}; sandbox {SANDBOX}"
    )


def quiet(place: ReplayOrigin) -> str:
    """For documents that wabac.js does not prepare (XML, pictures in a frame): they are shown, and no script in them runs."""
    return (
        "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; media-src 'self'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors 'self' {place.app_origin}; sandbox allow-same-origin"
    )
