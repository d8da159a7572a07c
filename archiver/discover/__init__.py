"""Where URLs come from, which of them are a site's, and when each is due again."""

from __future__ import annotations

from archiver.discover.detect import detect
from archiver.discover.generic import site_for_url
from archiver.discover.reading import Problem, ProblemKind, SourceFormat, SourceReading
from archiver.discover.revisit import next_due
from archiver.discover.scope import PageClass, ScopeRules
from archiver.discover.sources import parse_source
from archiver.discover.traps import TrapLimits, TrapWatch, form_of, why_trap

__all__ = [
    "PageClass",
    "Problem",
    "ProblemKind",
    "ScopeRules",
    "SourceFormat",
    "SourceReading",
    "TrapLimits",
    "TrapWatch",
    "detect",
    "form_of",
    "next_due",
    "parse_source",
    "site_for_url",
    "why_trap",
]
