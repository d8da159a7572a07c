"""Open alerts in a reader's language, for those who may see them: curators, as of ``/api/alerts``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from starlette.requests import Request

from archiver.model.alert import Alert, AlertRule, Finding
from archiver.model.token import Role
from archiver.web.authority import may
from archiver.web.messages import Speech
from archiver.web.pages import speech_of
from archiver.web.slot_words import why
from archiver.web.state import state_of

MOST = 50
"""Alerts that one page shows."""
_SLOTS = frozenset({AlertRule.SLOT_MISSED, AlertRule.SLOT_LATE, AlertRule.SLOT_FAILED})

_SIZES: Mapping[AlertRule, tuple[str, ...]] = {
    AlertRule.DISK_FULL: ("free", "total"),
    AlertRule.SPOOL_FULL: ("waiting", "most"),
    AlertRule.STORE_FULL: ("held",),
}


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert as a page shows it."""

    text: str
    raised_at: datetime
    link: str | None
    rule: AlertRule


def alerts_for(request: Request, *, site: str | None = None) -> list[AlertLine] | None:
    """The open alerts, newest first, at most one more than ``MOST``; None for who may not see them. Raises ``CatalogError``."""
    if not may(request, Role.CURATOR):
        return None
    found: Sequence[Alert] = state_of(request).archive.catalog.alerts.find(site=site, limit=MOST + 1)
    speech = speech_of(request)
    return [AlertLine(said(a.finding, speech), a.raised_at, _link(a.finding), a.finding.rule) for a in found]


def said(finding: Finding, speech: Speech) -> str:
    """What is wrong, in words; in those of the rule itself where its facts are not as they are known here."""
    try:
        return _said(finding, speech)
    except (KeyError, TypeError, ValueError):
        return finding.text


def _said(finding: Finding, speech: Speech) -> str:
    facts = finding.facts
    key = f"alert.{finding.rule.value}"
    site = finding.site or ""
    if finding.rule in _SLOTS:
        slot = facts["slot"]
        text = speech(key, site=site, when=speech.instant(datetime.fromisoformat(slot["planned_at"])))
        reason = why(slot["reason"], speech, zone="UTC")
        text += f" ({reason})" if reason else ""
        return text + (" " + speech("alert.slots", n=speech.number(facts["slots"])) if facts["slots"] > 1 else "")
    match finding.rule:
        case AlertRule.RUN_SHRANK:
            usual = round(float(facts["usual"]))
            return speech(key, site=site, pages=speech.number(facts["pages"]), usual=speech.number(usual))
        case AlertRule.SOURCE_FAILS:
            return speech(key, site=site, url=facts["url"], failures=speech.number(facts["failures"]))
        case AlertRule.SOURCE_QUIET:
            since = speech.instant(datetime.fromisoformat(facts["since"]))
            return speech(key, site=site, url=facts["url"], since=since)
        case AlertRule.EXTRACTION_FELL:
            return speech(key, site=site, now=speech.percent(facts["now"]), before=speech.percent(facts["before"]))
        case _:
            return speech(key, **{name: speech.size(int(facts[name])) for name in _SIZES[finding.rule]})


def _link(finding: Finding) -> str | None:
    if finding.rule in _SLOTS:
        return f"/schedule?{urlencode({'schedule': finding.subject})}"
    if finding.rule is AlertRule.RUN_SHRANK and "run" in finding.facts:
        return f"/runs/{quote(str(finding.facts['run']), safe='')}"
    return f"/sites/{quote(finding.site, safe='')}" if finding.site else None
