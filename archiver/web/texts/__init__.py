"""The messages of our pages: key, then language. Every key has every language (a test holds that)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archiver.web.texts import access, alerts, article, browse, common, coverage, safe, schedule, sites

_WRITTEN: Mapping[str, Mapping[str, str]] = {
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


def _french(text: str) -> str:
    """The spaces before French signs keep them on their line: narrow before ; ! ? and full before a colon or a guillemet."""
    text = re.sub(" (?=[;!?])", "\u202f", text)
    return re.sub(" (?=[:»])|(?<=«) ", "\u00a0", text)


MESSAGES: Mapping[str, Mapping[str, str]] = {
    key: {language: _french(text) if language == "fr" else text for language, text in said.items()}
    for key, said in _WRITTEN.items()
}
"""What is said: as it is written, with the spaces that each language wants."""
