"""Bring a database to this program's schema, at open.

The schema's number stands in the table ``alembic_version``. When it is ours, one SELECT is all that is done. A SQLite
catalogue that is not there yet is a copy of a template, whole from its first moment. Any other empty database gets its
tables by Alembic, which is loaded for that alone: one process works while the others wait, under SQLite's write lock or an
advisory lock of PostgreSQL.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from archiver.catalog.database import Database
from archiver.catalog.schema import FULL_TEXT, metadata
from archiver.errors import CatalogError

HEAD = "0012"
OLD = frozenset({"0001", "0002", "0003", "0005", "0006", "0007", "0008", "0010", "0011"})
"""Schemas from before the first release, which nothing brings up to date."""

FOLDER = Path(__file__).parent
_POSTGRES_LOCK = 0x61726368


def prepare(database: Database) -> None:
    """Make the tables where there are none.

    Raises ``CatalogError``: the schema is older or newer than this program's, or another program's.
    """
    if database.file is not None and not os.path.lexists(database.file):
        _copy_template(database.file)
    if _check(database, database.read(_version)) != HEAD:
        database.write(lambda connection: _make_tables(database, connection))


def _check(database: Database, version: str | None) -> str | None:
    if version in OLD:
        raise CatalogError(
            database.name,
            f"its schema {version!r} is older than this program's {HEAD!r}; move it away and run `archiver rebuild`",
        )
    if version not in {None, HEAD}:
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


def create_tables(connection: Connection) -> None:
    """Make all tables in an empty database, in one order: which of two indices is used may depend on it."""
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            connection.execute(CreateIndex(index))
    if connection.dialect.name == "sqlite":
        for statement in FULL_TEXT:
            connection.exec_driver_sql(statement)


@cache
def template() -> bytes:
    """An empty SQLite catalogue, as the bytes of its file; made once in a process."""
    engine = create_engine("sqlite://")
    with engine.begin() as making:
        create_tables(making)
        # As Alembic makes it.
        making.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        making.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    with closing(engine.raw_connection()) as connection:
        driver: Any = connection.driver_connection
        content: bytes = driver.serialize()
    engine.dispose()
    return content


def _copy_template(path: Path) -> None:
    """Put the template where no file is: whole or not at all, and never in the place of another process's."""
    if any(path.with_name(path.name + end).exists() for end in ("-wal", "-shm", "-journal")):
        return  # left by another database of this name: SQLite knows how to begin anew, and a copy would take them for its own
    new = path.with_name(f".{path.name}.{uuid4().hex}.new")
    # Another may be first, or files cannot be linked here: then the tables are made in their place, or opening says why not.
    with suppress(OSError):
        with new.open("xb") as file:
            file.write(template())
            file.flush()
            os.fsync(file.fileno())
        os.link(new, path)
    with suppress(OSError):
        new.unlink()


def _make_tables(database: Database, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRES_LOCK})
    version = _check(database, _version(connection))
    if version == HEAD:
        return
    if inspect(connection).get_table_names():
        raise CatalogError(database.name, "is a database of another program; the catalogue needs its own")
    # Late: Alembic takes longer to load than an opening may take, and is needed once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
