"""Schedules, their slots, alerts and what was delivered of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
UNFINISHED = sa.text("state IN ('planned', 'queued', 'running')")
OPEN = sa.text("resolved_at IS NULL")
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", SORTED, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("planned_until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    op.create_index(op.f("ix_schedules_site"), "schedules", ["site"])
    op.create_table(
        "slots",
        sa.Column("schedule", SORTED, nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("run", sa.Text()),
        sa.Column("stands_for", sa.BigInteger()),
        sa.Column("stop_reason", sa.Text()),
        sa.Column("stop_asked_at", sa.BigInteger()),
        sa.Column("stop_told_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("schedule", "planned_at", name=op.f("pk_slots")),
    )
    op.create_index(op.f("ix_slots_planned_at_schedule"), "slots", ["planned_at", "schedule"])
    op.create_index(op.f("ix_slots_site_planned_at"), "slots", ["site", "planned_at"])
    op.create_index("ix_slots_unfinished", "slots", ["state"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED)
    op.create_table(
        "alerts",
        sa.Column("id", SORTED, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("site", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "ix_alerts_open", "alerts", ["rule", "subject"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index(op.f("ix_alerts_raised_at"), "alerts", ["raised_at"])
    op.create_table(
        "deliveries",
        sa.Column("id", SORTED, nullable=False),
        sa.Column("alert", SORTED, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_alert"), "deliveries", ["alert"])
    op.create_index("ix_deliveries_due", "deliveries", ["due_at"], sqlite_where=DUE, postgresql_where=DUE)
