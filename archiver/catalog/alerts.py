"""Alerts and what was delivered of them. Operational: what is lost here is found again by the next look."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select

from archiver.catalog.database import Database
from archiver.catalog.schema import alerts, deliveries
from archiver.catalog.sql import optional_instant, optional_micros, to_json, upsert
from archiver.model.alert import Alert, Delivery, Finding, Rule
from archiver.model.instant import from_micros, micros


class Alerts:
    """The tables of alerts and deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, changed: Iterable[Alert], told: Iterable[Delivery] = ()) -> None:
        """Write alerts as they are now, with the messages about them, in one transaction."""
        rows, messages = [_alert_row(alert) for alert in changed], [_delivery_row(message) for message in told]
        if rows or messages:
            self._database.write(lambda c: _put(c, rows, messages))

    def find(self, *, site: str | None = None, resolved: bool = False, limit: int = 100) -> list[Alert]:
        """Alerts, of a site or of all, newest first; those that are resolved only with ``resolved``."""
        statement = select(alerts).order_by(alerts.c.raised_at.desc(), alerts.c.id.desc()).limit(limit)
        if site is not None:
            statement = statement.where(alerts.c.site == site)
        if not resolved:
            statement = statement.where(alerts.c.resolved_at.is_(None))
        return self._database.read(lambda c: [_alert(row) for row in c.execute(statement).mappings()])

    def due(self, now: datetime, *, limit: int = 100) -> list[Delivery]:
        """Messages that are to be delivered now, the oldest first."""
        statement = select(deliveries).where(deliveries.c.due_at <= micros(now)).order_by(deliveries.c.id).limit(limit)
        return self._database.read(lambda c: [_delivery(row) for row in c.execute(statement).mappings()])

    def deliveries(self, alert: str) -> list[Delivery]:
        """What was told of an alert, and what is to be."""
        statement = select(deliveries).where(deliveries.c.alert == alert).order_by(deliveries.c.id)
        return self._database.read(lambda c: [_delivery(row) for row in c.execute(statement).mappings()])

    def forget(self, *, before: datetime) -> None:
        """Drop alerts that were resolved before an instant, and what was delivered of them."""
        self._database.write(lambda c: _forget(c, micros(before)))


def _put(connection: Connection, rows: list[dict[str, Any]], messages: list[dict[str, Any]]) -> None:
    for row in rows:
        upsert(connection, alerts, row=row)
    for message in messages:
        upsert(connection, deliveries, row=message)


def _forget(connection: Connection, before: int) -> None:
    old = select(alerts.c.id).where(alerts.c.resolved_at < before)
    connection.execute(delete(deliveries).where(deliveries.c.alert.in_(old)))
    connection.execute(delete(alerts).where(alerts.c.resolved_at < before))


def _alert_row(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "rule": alert.finding.rule.value,
        "subject": alert.finding.subject,
        "site": alert.finding.site,
        "text": alert.finding.text,
        "facts": to_json(dict(alert.finding.facts)),
        "raised_at": micros(alert.raised_at),
        "seen_at": micros(alert.seen_at),
        "told_at": optional_micros(alert.told_at),
        "resolved_at": optional_micros(alert.resolved_at),
    }


def _alert(row: RowMapping) -> Alert:
    finding = Finding(Rule(row["rule"]), row["subject"], row["text"], row["site"], json.loads(row["facts"]))
    return Alert(
        row["id"],
        finding,
        raised_at=from_micros(row["raised_at"]),
        seen_at=from_micros(row["seen_at"]),
        told_at=optional_instant(row["told_at"]),
        resolved_at=optional_instant(row["resolved_at"]),
    )


def _delivery_row(message: Delivery) -> dict[str, Any]:
    return {
        "id": message.id,
        "alert": message.alert,
        "channel": message.channel,
        "body": to_json(dict(message.body)),
        "due_at": optional_micros(message.due_at),
        "attempts": message.attempts,
        "delivered_at": optional_micros(message.delivered_at),
        "error": message.error,
    }


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        alert=row["alert"],
        channel=row["channel"],
        body=json.loads(row["body"]),
        due_at=optional_instant(row["due_at"]),
        attempts=row["attempts"],
        delivered_at=optional_instant(row["delivered_at"]),
        error=row["error"],
    )
