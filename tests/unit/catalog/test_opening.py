"""Opening a catalogue: made, opened, refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from archiver.catalog import Catalog
from archiver.catalog import migrations as m
from archiver.catalog.schema import metadata
from archiver.errors import CatalogError
from archiver.model.instant import SystemClock


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def open_catalog(path: Path) -> Catalog:
    return Catalog.open(url_of(path), clock=SystemClock())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite3"


def scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(m.FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def version_of(path: Path) -> list[tuple[str]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()
    finally:
        connection.close()


def test_an_empty_place_gets_the_newest_schema(path: Path) -> None:
    open_catalog(path).close()
    assert version_of(path) == [(m.HEAD,)]
    open_catalog(path).close()
    assert version_of(path) == [(m.HEAD,)]


def test_the_schema_is_what_the_tables_say(path: Path) -> None:
    with open_catalog(path) as catalog, catalog.database.engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("error")
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _parents: kind != "table" or not str(name).startswith("search_text"),
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_number_of_the_schema_is_that_of_the_last_revision() -> None:
    assert ScriptDirectory.from_config(scripts()).get_heads() == [m.HEAD]


def test_a_copy_of_the_template_and_the_revisions_are_the_same_schema(path: Path, tmp_path: Path) -> None:
    open_catalog(path).close()
    other = tmp_path / "other.sqlite3"
    other.touch()
    open_catalog(other).close()

    def schema(of: Path) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(of)) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        return [(name, "".join((sql or "").split())) for name, sql in rows]

    assert schema(path) == schema(other)


@pytest.mark.parametrize("revision", sorted(m.OLD))
def test_a_schema_from_before_is_refused_and_left_alone(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL); CREATE TABLE captures (id INTEGER);"
            f"INSERT INTO alembic_version VALUES ('{revision}')"
        )
    with pytest.raises(CatalogError, match=r"catalog\.sqlite3: its schema .* is older .*`archiver rebuild`") as caught:
        open_catalog(path)
    assert caught.value.exit_code == 6
    assert version_of(path) == [(revision,)]


def test_a_catalogue_of_this_schema_that_earlier_programs_made_opens_untouched(path: Path) -> None:
    """Their columns came one by one, so they stand in another order."""
    open_catalog(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "ALTER TABLE listings DROP COLUMN title; ALTER TABLE listings ADD COLUMN title TEXT; PRAGMA user_version = 0;"
            "INSERT INTO listings VALUES ('s', 'k', 'https://s.example/', 1, 'https://s.example/', 1, NULL, 'A title')"
        )
        before = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    with open_catalog(path) as catalog:
        listing = catalog.listings.get("s", "k")
        assert listing is not None
        assert listing.title == "A title"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name, sql FROM sqlite_master").fetchall() == before


@pytest.mark.parametrize("is_there", [False, True])
def test_neither_making_a_catalogue_nor_opening_one_loads_alembic(path: Path, is_there: bool) -> None:
    if is_there:
        open_catalog(path).close()
    program = (
        "import sys\n"
        "from archiver.catalog import Catalog\n"
        "from archiver.model.instant import SystemClock\n"
        f"Catalog.open({url_of(path)!r}, clock=SystemClock()).close()\n"
        "sys.exit('alembic' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_many_threads_may_open_an_empty_place_at_once(path: Path) -> None:
    gate = threading.Barrier(6)

    def opening() -> None:
        gate.wait()
        open_catalog(path).close()

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(opening) for _ in range(6)]:
            future.result()
    assert version_of(path) == [(m.HEAD,)]


def test_what_another_database_of_the_name_left_beside_it_is_not_taken_in(path: Path) -> None:
    with open_catalog(path) as catalog:
        catalog.database.write(lambda c: c.execute(text("INSERT INTO hosts VALUES ('a.example', 1, 'status 429')")))
        wal = Path(f"{path}-wal")
        left = wal.read_bytes()
    assert left
    path.unlink()
    wal.write_bytes(left)
    with open_catalog(path) as catalog:
        assert catalog.database.read(lambda c: c.execute(text("SELECT count(*) FROM hosts")).scalar()) == 0


def test_nothing_else_is_left_in_the_folder(path: Path) -> None:
    open_catalog(path).close()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_newer_schema_is_refused(path: Path) -> None:
    with open_catalog(path) as catalog:
        catalog.database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(CatalogError, match=r"catalog\.sqlite3: its schema '9999' is newer than this program's"):
        open_catalog(path)


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE cookies (name TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(CatalogError, match="another program"):
        open_catalog(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("cookies",)]
    connection.close()


def test_what_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"this is a letter to a friend, and long enough not to be taken for an empty file\n" * 50)
    with pytest.raises(CatalogError, match="is not a database"):
        open_catalog(path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"missing/catalog\.sqlite3: cannot be opened: the folder is missing"):
        open_catalog(tmp_path / "missing" / "catalog.sqlite3")


def test_a_file_in_the_place_of_the_folder_is_an_error_of_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CatalogError, match="cannot be opened"):
        open_catalog(tmp_path / "file" / "catalog.sqlite3")


def test_where_a_copy_cannot_be_linked_the_tables_are_made_in_their_place(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere.sqlite3"))
    open_catalog(path).close()
    assert version_of(path) == [(m.HEAD,)]
    assert path.is_symlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CatalogError, match=r"cannot be opened|may not be written"):
            open_catalog(tmp_path / "catalog.sqlite3")
    finally:
        tmp_path.chmod(0o700)


def test_a_file_that_may_not_be_written_is_named_when_it_is_written(path: Path) -> None:
    open_catalog(path).close()
    with (
        pytest.raises(CatalogError, match="may not be written"),
        Catalog.open(f"sqlite:///file:{path}?mode=ro&uri=true", clock=SystemClock()) as catalog,
    ):
        catalog.database.write(lambda c: c.execute(text("DELETE FROM runs")))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("not a url", "is not a database URL"),
        ("mysql://host/db", "only sqlite and postgresql"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("postgresql+nothing://host/db", "driver is not installed"),
    ],
)
def test_an_address_that_cannot_be_a_catalogue_is_refused(url: str, why: str) -> None:
    with pytest.raises(CatalogError, match=why):
        Catalog.open(url, clock=SystemClock())


def test_a_password_is_not_shown() -> None:
    with pytest.raises(CatalogError) as caught:
        Catalog.open("postgresql+nothing://me:secret@host/db", clock=SystemClock())
    assert "secret" not in str(caught.value)


def test_sqlite_is_set_up_to_be_shared(path: Path) -> None:
    with open_catalog(path) as catalog:
        assert catalog.database.is_sqlite
        values = catalog.database.read(
            lambda c: [
                c.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys", "busy_timeout")
            ]
        )
        assert values == ["wal", 1, 10000]
        durable = catalog.database.write(lambda c: c.execute(text("PRAGMA synchronous")).scalar())
        relaxed = catalog.database.write(lambda c: c.execute(text("PRAGMA synchronous")).scalar(), durable=False)
        assert (durable, relaxed) == (2, 1)
