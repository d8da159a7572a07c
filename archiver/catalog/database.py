"""The connection: engines, transactions, retries, and errors in our own words.

SQLite is opened with a write-ahead log, so that readers and one writer do not wait for each other. Every write begins
with ``BEGIN IMMEDIATE``: it waits for its turn at the start, where nothing is lost by trying again, and never in the
middle. Connections belong to a pool, so a ``Database`` may be shared by threads; every process opens its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from archiver.errors import CatalogError, UsageError

BUSY_TIMEOUT = 10.0
"""Seconds for which SQLite itself waits for another writer."""

ATTEMPTS = 4
"""How often a transaction is tried while others have it locked."""

T = TypeVar("T")


class Database:
    """One catalogue database. ``read`` and ``write`` run a function in a short transaction of its own."""

    def __init__(self, url: str, *, busy_timeout: float = BUSY_TIMEOUT, attempts: int = ATTEMPTS) -> None:
        self.engine, self.name = _engine(url, busy_timeout)
        self._attempts = attempts

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database that is named by its path; None for others."""
        name = self.engine.url.database or ""
        return Path(name) if self.is_sqlite and not name.startswith("file:") else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, for what the two databases do not share."""
        return self.engine.dialect.name == "sqlite"

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent view of the database. Raises ``CatalogError``."""
        return self._run(work, {})

    def write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        """Run ``work`` in one write transaction; all of it is kept or nothing.

        ``work`` may run again when the database was busy, so it changes nothing but the database. ``durable`` means on
        the disk when this returns; without it a power cut may take back the newest transactions, whole, which is
        enough for what is done again anyway. Raises ``CatalogError``.
        """
        return self._run(work, {"archiver_write": True, "archiver_durable": durable})

    def empty_log(self) -> None:
        """Write SQLite's log of changes into the database and empty it: until then it keeps what was deleted. Waits for readers.

        Raises ``CatalogError`` when some of them do not end.
        """
        if not self.is_sqlite:
            return
        for _ in range(self._attempts):
            with self.engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert driver is not None
                busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
        raise CatalogError(
            self.name, "somebody reads it all the time, so the log of changes cannot be emptied; try again"
        )

    def close(self) -> None:
        """Close the pool's connections."""
        self.engine.dispose()

    def _run(self, work: Callable[[Connection], T], options: dict[str, Any]) -> T:
        for attempt in range(1, self._attempts + 1):
            try:
                with self.engine.connect().execution_options(**options) as connection, connection.begin():
                    return work(connection)
            except DBAPIError as error:
                if attempt == self._attempts or not _is_busy(error):
                    raise self.error(error) from error
            except SQLAlchemyError as error:
                raise self.error(error) from error
            except OverflowError as error:
                raise UsageError(f"a number is out of range: {error}") from error
            time.sleep(0.02 * attempt)
        raise AssertionError("unreachable")

    def error(self, error: SQLAlchemyError) -> CatalogError:
        """The same in our words."""
        return CatalogError(self.name, _reason(error))


def _engine(text: str, busy_timeout: float) -> tuple[Engine, str]:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise CatalogError(text, "is not a database URL such as sqlite:////path/catalog.sqlite3") from error
    name = url.render_as_string(hide_password=True)
    dialect = url.get_backend_name()
    if dialect not in {"sqlite", "postgresql"}:
        raise CatalogError(name, "only sqlite and postgresql are known")
    if dialect == "sqlite" and not _has_file(url):
        raise CatalogError(name, "needs a file: several processes share the catalogue")
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ImportError) as error:
        raise CatalogError(name, f"its driver is not installed ({error})") from error
    if dialect == "sqlite":
        _use_sqlite(engine, busy_timeout)
    return engine, name


def _has_file(url: URL) -> bool:
    return bool(url.database) and url.database != ":memory:" and "mode=memory" not in str(url)


def _use_sqlite(engine: Engine, busy_timeout: float) -> None:
    @event.listens_for(engine, "connect")
    def opened(connection: Any, _record: Any) -> None:
        # The driver's own transaction control is off: it would begin late, and not IMMEDIATE.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {int(busy_timeout * 1000)}",
            "foreign_keys = ON",
            "journal_size_limit = 67108864",
            "temp_store = MEMORY",
            # What a takedown deletes is overwritten, not only unlinked.
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        _use_wal(connection)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("archiver_write"):
            connection.exec_driver_sql("BEGIN")
            return
        durable = options.get("archiver_durable", True)
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _use_wal(connection: Any) -> None:
    """Switch to a write-ahead log; the switch needs the file for itself, and SQLite does not wait for that by itself."""
    for attempt in range(100):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except Exception as error:
            if not _is_busy(error) or attempt == 99:
                raise
            time.sleep(0.02)
        else:
            return


def _is_busy(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is tried again."""
    original = getattr(error, "orig", None) or error
    name = getattr(original, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return True
    # PostgreSQL: serialization failure, deadlock, lock not available.
    return getattr(original, "sqlstate", None) in {"40001", "40P01", "55P03"}


def _reason(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None) or error
    name = getattr(original, "sqlite_errorname", "") or ""
    for prefix, words in _REASONS.items():
        if name.startswith(prefix):
            return words
    return " ".join(str(original).split())[:500] or type(original).__name__


_REASONS = {
    "SQLITE_CANTOPEN": "cannot be opened: the folder is missing or may not be written, or no file handle is left",
    "SQLITE_READONLY": "may not be written; check the rights of the file and its folder",
    "SQLITE_PERM": "may not be read or written; check the rights of the file and its folder",
    "SQLITE_NOTADB": "is not a database",
    "SQLITE_CORRUPT": "is damaged; move it away and run `archiver rebuild`",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk cannot be read or written",
    "SQLITE_BUSY": "is locked by another process for too long",
}
