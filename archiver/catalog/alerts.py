"""Alerts and what was delivered of them. Operational: what is lost here is found again by the next look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from archiver.catalog.repository import Repository, reads, writes
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import alerts, deliveries
from archiver.catalog.sql import equal, upsert
from archiver.model.alert import Alert, Delivery
from archiver.model.instant import micros

ALERT = RowMap(Alert)
DELIVERY = RowMap(Delivery)


class Alerts(Repository):
    """The tables of alerts and deliveries."""

    def put(self, changed: Sequence[Alert], messages: Sequence[Delivery] = ()) -> None:
        """Write alerts as they are now, with the messages about them, in one transaction; none where there are none."""
        if changed or messages:
            self._put(changed, messages)

    @writes
    def _put(self, connection: Connection, changed: Sequence[Alert], messages: Sequence[Delivery]) -> None:
        upsert(connection, alerts, [ALERT.write(alert) for alert in changed])
        upsert(connection, deliveries, [DELIVERY.write(message) for message in messages])

    @reads
    def find(
        self, connection: Connection, *, site: str | None = None, resolved: bool = False, limit: int = 100
    ) -> list[Alert]:
        """Alerts, of a site or of all, newest first; those that are resolved only with ``resolved``."""
        statement = select(alerts).where(*equal((alerts.c.site, site)))
        if not resolved:
            statement = statement.where(alerts.c.resolved_at.is_(None))
        return ALERT.all(connection, statement.order_by(alerts.c.raised_at.desc(), alerts.c.id.desc()).limit(limit))

    @reads
    def due(self, connection: Connection, now: datetime, *, limit: int = 100) -> list[Delivery]:
        """Messages that are to be delivered now, the oldest first."""
        statement = select(deliveries).where(deliveries.c.due_at <= micros(now)).order_by(deliveries.c.id)
        return DELIVERY.all(connection, statement.limit(limit))

    @reads
    def deliveries(self, connection: Connection, alert: str) -> list[Delivery]:
        """The messages about an alert, delivered or not."""
        statement = select(deliveries).where(deliveries.c.alert == alert).order_by(deliveries.c.id)
        return DELIVERY.all(connection, statement)

    @writes
    def forget(self, connection: Connection, *, before: datetime) -> None:
        """Drop alerts that were resolved before an instant, and what was delivered of them."""
        is_old = alerts.c.resolved_at < micros(before)
        connection.execute(delete(deliveries).where(deliveries.c.alert.in_(select(alerts.c.id).where(is_old))))
        connection.execute(delete(alerts).where(is_old))
