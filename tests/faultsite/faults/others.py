"""Other hosts: scope, and a name whose address changes between two questions."""

from __future__ import annotations

from faultsite.fault import OTHER, REBIND, Group, page
from faultsite.outcome import Outcome, not_fetched, whole
from faultsite.wire import Wire

GROUP = Group("Other hosts")


@GROUP.fault(
    "other-host",
    "nothing: a page on another host",
    whole("Fetched where the site's scope has that host."),
    host=OTHER,
    path="/",
)
async def other_host(wire: Wire) -> None:
    await wire.reply(page("Another host"))


@GROUP.fault(
    "rebinding",
    "a name that resolves to a public address when it is checked, and to loopback when it is connected to",
    not_fetched(
        Outcome.NOT_FETCHED_GUARD,
        "The address that was checked is the one connected to, also if it was the public one.",
    ),
    host=REBIND,
    path="/",
)
async def rebinding(wire: Wire) -> None:
    await wire.reply(page("You should not be here"))
