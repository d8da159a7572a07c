"""The names of time zones that pages, feeds and servers write beside a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

ZONE_NAMES = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("CET", "MEZ", "BST", "WEST", "WAT"), 60),
    **dict.fromkeys(("CEST", "MESZ", "EET", "SAST", "CAT"), 120),
    **dict.fromkeys(("EEST", "MSK", "МСК", "EAT"), 180),
    **dict.fromkeys(("ICT", "WIB"), 420),
    **dict.fromkeys(("HKT", "SGT", "PHT", "AWST", "WITA"), 480),
    **dict.fromkeys(("JST", "KST", "WIT"), 540),
    "PKT": 300,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "BRT": -180,
    "ART": -180,
    "EDT": -240,
    "EST": -300,
    "CDT": -300,
    "MDT": -360,
    "MST": -420,
    "PDT": -420,
    "PST": -480,
}
"""Minutes east of UTC. Names that mean several zones (CST, IST) are left out."""
BY_SEASON = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
"""Names that mean another offset in summer."""


def zone_named(name: str, wall: datetime) -> tzinfo | None:
    """The zone of a name in capitals as a fixed offset; ``wall`` is what clocks show there. None where nobody knows it."""
    if name in BY_SEASON:
        return timezone(ZoneInfo(BY_SEASON[name]).utcoffset(wall.replace(tzinfo=None)) or timedelta())
    minutes = ZONE_NAMES.get(name)
    return None if minutes is None else timezone(timedelta(minutes=minutes)) if minutes else UTC
