"""What needs a person's look, as far as the archive knows by itself."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archiver.model.alert import AlertRule
from archiver.model.run import Outcome
from archiver.web.messages import Speech
from archiver.web.state import Overview, WebState

LATELY = timedelta(days=14)
LOW_SHARE, LOW_BYTES = 0.05, 5_000_000_000
"""A disk is nearly full with less than this part and less than so many bytes free."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line: a message's key with its values (``n`` is a number, ``when`` an instant, ``free`` bytes), and a link."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    link: str | None = None


def troubles(state: WebState, overview: Overview, *, now: datetime, told: Collection[AlertRule] = ()) -> list[Trouble]:
    """Everything that needs a look now, the gravest first; without what an alert of the rules ``told`` says already. Raises ``CatalogError``."""
    catalog = state.archive.catalog
    found: list[Trouble] = []
    usage = _disk(state)
    if (
        AlertRule.DISK_FULL not in told
        and usage is not None
        and usage.free < LOW_SHARE * usage.total
        and usage.free < LOW_BYTES
    ):
        found.append(Trouble("wrong.disk", {"free": usage.free}))
    for site, run in overview.last_runs.items():
        if run.outcome in {Outcome.FAILED, Outcome.STOPPED} and run.ended_at and run.ended_at > now - LATELY:
            found.append(
                Trouble(
                    "wrong.run",
                    {"site": site, "outcome": run.outcome.value, "when": run.ended_at},
                    f"/runs/{run.id}",
                )
            )
    waiting = sum(room.waiting for room in overview.room.values())
    if waiting:
        found.append(Trouble("wrong.waiting", {"n": waiting}))
    for robots in catalog.robots.unreachable():
        if robots.unreachable_since is not None:
            host = robots.origin.partition("://")[2]
            found.append(Trouble("wrong.robots", {"host": host, "when": robots.unreachable_since}))
    unread = catalog.statistics.unread_pages()
    if unread:
        found.append(Trouble("wrong.unread", {"n": unread}))
    for host, until in sorted(catalog.backoffs.active(now).items()):
        found.append(Trouble("wrong.host", {"host": host, "when": until}))
    return found


def said(trouble: Trouble, speech: Speech) -> str:
    """The line in a reader's language."""
    values = dict(trouble.values)
    if "n" in values:
        return speech.count(trouble.key, int(str(values["n"])))
    if isinstance(values.get("when"), datetime):
        values["when"] = speech.instant(values["when"])  # type: ignore[arg-type]
    if "free" in values:
        values["free"] = speech.size(int(str(values["free"])))
    if "outcome" in values:
        values["outcome"] = speech(f"wrong.outcome.{values['outcome']}")
    return speech(trouble.key, **values)


def _disk(state: WebState) -> shutil._ntuple_diskusage | None:
    try:
        return shutil.disk_usage(state.config.home)
    except OSError:
        return None
