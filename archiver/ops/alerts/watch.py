"""One look at an archive: what is wrong, and the messages that are due."""

from __future__ import annotations

from datetime import timedelta

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.model.alert import Alert, AlertRule, Delivery, Finding
from archiver.model.instant import Clock, cut
from archiver.ops.alerts.book import compare, delivered, failed, messages
from archiver.ops.alerts.channels import NotDelivered, channels_of, deliver
from archiver.ops.alerts.rules import look

KEPT = timedelta(days=400)
"""How long resolved alerts are listed."""


def watch(catalog: Catalog, config: Config, *, clock: Clock) -> list[tuple[Alert, str]]:
    """Look, write down what has changed and queue the messages; what is new, lasts too long, or is over. Raises ``CatalogError``."""
    now = cut(clock.now())
    repeat = timedelta(hours=config.alerts.repeat_hours)
    known = catalog.alerts.find(limit=10_000)
    due = compare(known, look(catalog, config, now=now), now=now, repeat=repeat)
    catalog.alerts.put([alert for alert, _ in due], messages(due, channels_of(config.alerts), now=now))
    catalog.alerts.forget(before=now - KEPT)
    return [(alert, event) for alert, event in due if event is not None]


def deliver_due(catalog: Catalog, config: Config, *, clock: Clock) -> list[Delivery]:
    """Try every message that is due; how each went. One that fails is tried again later, and stops nothing."""
    done = []
    for message in catalog.alerts.due(cut(clock.now())):
        try:
            deliver(message.channel, message.body, section=config.alerts, archive=str(config.home))
        except NotDelivered as error:
            after = failed(message, str(error), now=clock.now())
        else:
            after = delivered(message, now=clock.now())
        catalog.alerts.put((), [after])
        done.append(after)
    return done


def send_test(config: Config, *, clock: Clock) -> dict[str, str | None]:
    """Send a message to each configured channel now; for each why it did not arrive, None when it did."""
    now = cut(clock.now())
    finding = Finding(AlertRule.SLOT_MISSED, "test", "this is a test: nothing is wrong")
    body = {"event": "test", **Alert("test", finding, raised_at=now, seen_at=now).as_json()}
    result: dict[str, str | None] = {}
    for channel in channels_of(config.alerts):
        try:
            deliver(channel, body, section=config.alerts, archive=str(config.home))
        except NotDelivered as error:
            result[channel] = str(error)
        else:
            result[channel] = None
    return result
