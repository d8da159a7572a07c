"""The title by which a source listed a page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("listings", sa.Column("title", sa.Text()))
