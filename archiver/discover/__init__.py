"""Where URLs come from, which of them are a site's, and when each is due again."""

from __future__ import annotations

from archiver.discover.detect import detect, guess, site_for_url
from archiver.discover.polling import PollRules, after_poll_failure, due_after, next_interval, next_window, window_of
from archiver.discover.revisit import (
    RevisitRules,
    absence_reason,
    after_absence,
    after_failure,
    born,
    is_worth_a_look,
    next_visit,
)
from archiver.discover.scope import PageClass, ScopeRules
from archiver.discover.source_parser import parse_source
from archiver.discover.source_reading import SourceFormat, SourceProblem, SourceProblemKind, SourceReading
from archiver.discover.traps import TrapLimits, TrapWatch, form_of, why_trap

__all__ = [
    "PageClass",
    "PollRules",
    "RevisitRules",
    "ScopeRules",
    "SourceFormat",
    "SourceProblem",
    "SourceProblemKind",
    "SourceReading",
    "TrapLimits",
    "TrapWatch",
    "absence_reason",
    "after_absence",
    "after_failure",
    "after_poll_failure",
    "born",
    "detect",
    "due_after",
    "form_of",
    "guess",
    "is_worth_a_look",
    "next_interval",
    "next_visit",
    "next_window",
    "parse_source",
    "site_for_url",
    "why_trap",
    "window_of",
]
