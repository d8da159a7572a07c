"""Who may see what: rules on URLs, in the words of pywb's access control.

The rule that names a capture most closely decides: an exact one before a prefix, a longer prefix before a shorter one, of
two alike the newer. Where no rule speaks, everything may be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from archiver.errors import UsageError
from archiver.model.instant import rfc3339
from archiver.model.surt import surt
from archiver.model.url import clean_url, host_of


class Access(StrEnum):
    """What a rule says. ``block``: listed, and its content refused (451); ``exclude``: as if it were not held (404);
    ``embargo``: excluded while the rule's condition of age or time holds."""

    ALLOW = "allow"
    BLOCK = "block"
    EXCLUDE = "exclude"
    EMBARGO = "embargo"


class Match(StrEnum):
    """Which URLs a rule is about: one (by its SURT), all that begin like it, or a host with all hosts below it."""

    EXACT = "exact"
    PREFIX = "prefix"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One rule. ``id`` is that of its journal entry. ``since`` and ``until`` bound the capture's time (inclusive); ``newer``
    and ``older`` its age. A rule speaks only of captures for which all that it names holds."""

    id: str
    access: Access
    match: Match
    url: str
    reason: str
    actor: str
    at: datetime
    since: datetime | None = None
    until: datetime | None = None
    newer: timedelta | None = None
    older: timedelta | None = None

    @property
    def ranges(self) -> tuple[tuple[str, str], ...]:
        """The ranges of SURTs, from the first and below the second, that the rule is about."""
        return ranges_of(self.match, self.url)

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver access list --json``; ages are in seconds."""
        return {
            "id": self.id,
            "access": self.access.value,
            "match": self.match.value,
            "url": self.url,
            "reason": self.reason,
            "actor": self.actor,
            "at": rfc3339(self.at),
            "since": rfc3339(self.since) if self.since else None,
            "until": rfc3339(self.until) if self.until else None,
            "newer": self.newer.total_seconds() if self.newer else None,
            "older": self.older.total_seconds() if self.older else None,
        }

    @classmethod
    def from_json(cls, rule_id: str, body: dict[str, object]) -> AccessRule:
        """The rule that a journal entry tells of. Raises ``ValueError``."""
        try:
            rule = cls(
                rule_id,
                Access(str(body["access"])),
                Match(str(body["match"])),
                str(body["url"]),
                str(body["reason"]),
                str(body["actor"]),
                datetime.fromisoformat(str(body["at"])),
                since=_instant(body.get("since")),
                until=_instant(body.get("until")),
                newer=_age(body.get("newer")),
                older=_age(body.get("older")),
            )
            _ = rule.ranges
        except (KeyError, TypeError, UsageError) as error:
            raise ValueError(f"not an access rule: {type(error).__name__}: {error}") from error
        return rule


def ranges_of(match: Match, url: str) -> tuple[tuple[str, str], ...]:
    """The ranges of SURTs that a target covers. Raises ``NotHttpUrl``."""
    if match is Match.DOMAIN:
        host = host_of(clean_url(url if "://" in url else f"http://{url}/"))
        stem = surt(f"http://{host}/").partition(")")[0]
        # The host itself, what lies below it, and both on ports of their own.
        return (f"{stem})", f"{stem}*"), (f"{stem},", f"{stem}-"), (f"{stem}:", f"{stem};")
    key = surt(clean_url(url))
    if match is Match.EXACT:
        # No character of a SURT sorts before the space, nor any after the last of Unicode.
        return ((key, f"{key} "),)
    for mark in "/?":
        if url.endswith(mark) and not key.endswith(mark):
            key += mark
    return ((key, f"{key}\U0010ffff"),)


def _instant(value: object) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value is not None else None


def _age(value: object) -> timedelta | None:
    return timedelta(seconds=float(str(value))) if value is not None else None
