"""The messages of our pages: key, then language. Every key has every language (a test holds that)."""

from __future__ import annotations

from collections.abc import Mapping

from archiver.web.texts import access, alerts, article, browse, common, coverage, safe, schedule, sites

MESSAGES: Mapping[str, Mapping[str, str]] = {
    **common.MESSAGES,
    **browse.MESSAGES,
    **sites.MESSAGES,
    **article.MESSAGES,
    **safe.SAFE,
    **access.ACCESS,
    **schedule.MESSAGES,
    **alerts.MESSAGES,
    **coverage.MESSAGES,
}
