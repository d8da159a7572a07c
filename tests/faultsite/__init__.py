"""A web server on loopback that does everything wrong, for tests only. By hand: ``python -m faultsite`` in tests/."""

from __future__ import annotations

from faultsite.exchange import Exchange
from faultsite.fault import MAIN, OTHER, REBIND, Endpoint, Kind
from faultsite.faults.redirects import PRIVATE_NAMES
from faultsite.limits import Limits
from faultsite.outcome import Expected, Outcome
from faultsite.rebinding import RebindingResolver
from faultsite.site import FaultSite
from faultsite.table import table

__all__ = [
    "MAIN",
    "OTHER",
    "PRIVATE_NAMES",
    "REBIND",
    "Endpoint",
    "Exchange",
    "Expected",
    "FaultSite",
    "Kind",
    "Limits",
    "Outcome",
    "RebindingResolver",
    "table",
]
