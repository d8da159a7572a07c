"""All faults, in the order in which the documentation lists them."""

from __future__ import annotations

import functools

from faultsite.fault import Fault
from faultsite.faults import (
    conditional,
    content,
    early_close,
    encodings,
    endless,
    framing,
    lengths,
    others,
    protocol,
    redirects,
    robots,
    sources,
    traps,
)


@functools.cache
def all_faults() -> tuple[Fault, ...]:
    """Every fault; their names differ."""
    groups = (
        framing.GROUP,
        early_close.GROUP,
        endless.GROUP,
        lengths.GROUP,
        encodings.GROUP,
        protocol.GROUP,
        protocol.VALUES,
        conditional.GROUP,
        conditional.WAIT,
        redirects.GROUP,
        redirects.ADDRESSES,
        others.GROUP,
        traps.GROUP,
        robots.GROUP,
        sources.GROUP,
        content.URLS,
        content.GROUP,
    )
    found = tuple(fault for group in groups for fault in group)
    names = [fault.name for fault in found]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise ValueError(f"two faults of one name: {', '.join(sorted(doubled))}")
    return found
