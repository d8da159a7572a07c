"""Bring a database to this program's schema, by Alembic, at open.

The schema's number stands in the table ``alembic_version``. When it is ours nothing else is loaded, so that opening
stays fast. Else one process upgrades while the others wait: under SQLite's write lock, or an advisory lock of PostgreSQL.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from archiver.catalog.database import Database
from archiver.errors import CatalogError

REVISIONS = ("0001", "0002", "0003", "0005", "0010", "0006", "0007", "0008", "0011", "0012")
"""Every revision, oldest first, so that the schema's state is known without reading the scripts."""

HEAD = REVISIONS[-1]
FOLDER = Path(__file__).parent
_POSTGRES_LOCK = 0x61726368


def migrate(database: Database) -> None:
    """Create or upgrade the tables. Raises ``CatalogError``, also when the schema is newer than this program."""
    if _check(database, database.read(_version)) == HEAD:
        return
    database.write(lambda connection: _upgrade(database, connection))


def _check(database: Database, version: str | None) -> str | None:
    if version is not None and version not in REVISIONS:
        raise CatalogError(
            database.name, f"its schema {version!r} is newer than this program's {HEAD!r}; use a newer archiver"
        )
    return version


def _version(connection: Connection) -> str | None:
    """The schema's number; None when the database is empty."""
    if connection.dialect.name == "postgresql":
        # A failed statement would spoil the transaction there.
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    try:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        if "no such table" in str(error.orig):
            return None
        raise


def _upgrade(database: Database, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRES_LOCK})
    version = _check(database, _version(connection))
    if version == HEAD:
        return
    if version is None and inspect(connection).get_table_names():
        raise CatalogError(database.name, "is a database of another program; the catalogue needs its own")
    # Late: Alembic takes longer to load than an opening may take, and is needed once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
