"""From what the catalogue knows of one listed page to its state: captured, or the one reason why not. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from archiver.catalog import CaptureSummary, FrontierState, Listing
from archiver.model.capture import Kind, Verdict
from archiver.model.coverage import Missing
from archiver.model.record import RecordType

_STATUS = re.compile(r"status (\d{3})\b")
_REFUSED = frozenset({401, 403, 407, 418, 429, 451, 503})
"""As the verdict on a page has it: the site did not want to show it now, or not to us."""
_GONE = frozenset({404, 410})
_PAID = 402
_BAD: dict[Verdict, Missing] = {
    Verdict.BLOCKED: Missing.BLOCKED,
    Verdict.CONSENT: Missing.BLOCKED,
    Verdict.PAYWALL: Missing.PAYWALL,
    Verdict.SOFT_404: Missing.WITHDRAWN,
    Verdict.TRUNCATED: Missing.ERROR,
}
"""What came with a success and could only not be read (``empty``: pictures, say; ``error``: a PDF) counts as captured all the same."""
NOT_MODIFIED = 304


def of_answer(answer: CaptureSummary) -> Missing | None:
    """Why a capture is not one of its page as it should be; None where it is. Redirects are followed by the caller."""
    status = answer.status
    if status is None:
        # A revisit without a head, and a resource, stand for the page; a response without a status line does not.
        return Missing.ERROR if answer.record_type is RecordType.RESPONSE or answer.payload_length == 0 else None
    if 200 <= status < 300 or status == NOT_MODIFIED:
        if answer.payload_length == 0 or (answer.verdict is None and answer.truncated):
            return Missing.ERROR
        return _BAD.get(answer.verdict) if answer.verdict is not None else None
    return of_status(status)


def of_status(status: int) -> Missing:
    """Why a page is missing that was last answered by a status that is no success."""
    if status in _GONE:
        return Missing.WITHDRAWN
    if status == _PAID:
        return Missing.PAYWALL
    return Missing.BLOCKED if status in _REFUSED else Missing.ERROR


def of_words(reason: str) -> Missing:
    """Why a page is missing, from the words of its frontier row."""
    if reason.startswith("robots unreachable"):
        return Missing.ERROR  # the host did not answer: its robots.txt says nothing
    if reason.startswith("robots"):
        return Missing.ROBOTS
    if reason.startswith(("trap: ", "limit: ", "address refused")):
        return Missing.OUT_OF_SCOPE
    if reason.startswith("budget"):
        return Missing.BUDGET
    if reason.startswith("withdrawn"):
        return Missing.WITHDRAWN
    status = _STATUS.match(reason)
    return of_status(int(status[1])) if status else Missing.ERROR


def why_missing(
    listing: Listing,
    state: FrontierState | None,
    answers: Sequence[CaptureSummary],
    *,
    leads_home: bool,
    cut_short_at: datetime | None,
) -> Missing | None:
    """Why a listed page was not captured; None where it was.

    ``answers`` are the captures of its addresses and of where they led, newest first; ``leads_home`` says that they led to
    the home page or a section. ``cut_short_at`` is when a run of the site last ended by a limit, with work left.
    """
    pages = [answer for answer in answers if answer.kind is not Kind.REDIRECT]
    if any(of_answer(page) is None for page in pages) and not leads_home:
        return None
    if state is not None and state.reason:
        return of_words(state.reason)
    if leads_home:
        return Missing.WITHDRAWN
    if pages:
        return of_answer(pages[0]) or Missing.ERROR
    if answers:
        return Missing.ERROR  # a redirect to where nothing was captured
    if state is None:
        return Missing.NOT_YET_DUE if listing.in_scope else Missing.OUT_OF_SCOPE
    due = state.entry.due_at
    if due is None:
        return Missing.OUT_OF_SCOPE if not state.visits else Missing.ERROR
    over = state.lease_until is None and cut_short_at is not None and max(due, state.entry.found_at) <= cut_short_at
    return Missing.BUDGET if over else Missing.NOT_YET_DUE
