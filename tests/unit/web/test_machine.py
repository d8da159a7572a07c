"""CDX, health, errors: what programs ask for."""

from __future__ import annotations

import shutil

import pytest

from archiver.errors import (
    ArchiverError,
    BlobMissing,
    Busy,
    CatalogError,
    NotHeld,
    NotHttpUrl,
    RecordDamaged,
    StoreUnavailable,
    UnknownSite,
)
from archiver.model.run import Run
from archiver.ops.metrics import gauge, write_metrics
from archiver.web.errors import code_of, status_of
from tests.shelf import DAY, Shelf, later
from tests.unit.web.conftest import Client

URL = "https://courier.example/a"


def test_cdx_answers_text_and_json(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    text = client.get(f"/cdx/search/cdx?url={URL}")
    assert text.headers["Content-Type"].startswith("text/plain")
    assert text.text.split(" ")[:3] == ["example,courier)/a", "20260301080000", URL]
    rows = client.get(f"/cdx/search/cdx?url={URL}&output=json&limit=5")
    assert rows.headers["Content-Type"] == "application/json"
    assert rows.json()[1][2] == URL


@pytest.mark.parametrize("query", ["", "?url=", f"?url={URL}&limit=abc", f"?url={URL}&from=x", "?url=ftp://x/"])
def test_cdx_refuses_what_is_malformed(client: Client, query: str) -> None:
    response = client.get(f"/cdx/search/cdx{query}")
    assert response.status_code == 400
    assert set(response.json()["error"]) == {"code", "message", "status"}


def test_health_is_told_of_catalogue_and_store(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "catalog": "ok", "store": "ok"}


def test_a_missing_path_is_json_for_programs_and_a_page_for_people(client: Client) -> None:
    page = client.get("/nothing/here", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "<h1>" in page.text
    machine = client.get("/nothing/here", headers={"Accept": "application/json"})
    assert machine.json()["error"] == {"code": "not-found", "message": "Not Found", "status": 404}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotHeld("http://a.example/"), 404, "not-held"),
        (UnknownSite("x"), 400, "unknown-site"),
        (NotHttpUrl("x"), 400, "not-http-url"),
        (StoreUnavailable("s3://x", "down"), 503, "store-unavailable"),
        (CatalogError("x", "locked"), 503, "catalog-error"),
        (Busy("x", "lock"), 503, "busy"),
        (BlobMissing("k"), 500, "blob-missing"),
        (RecordDamaged("bad", "f", 0), 500, "record-damaged"),
    ],
)
def test_errors_have_their_status_and_name(error: ArchiverError, status: int, code: str) -> None:
    assert (status_of(error), code_of(error)) == (status, code)


def test_a_lost_file_is_an_error_that_tells_no_insides(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    shutil.rmtree(shelf.config.spool_dir)
    response = client.get(f"/web/20260301080000id_/{URL}")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "blob-missing"
    assert str(shelf.config.home) not in response.text
    assert "warcs/" not in response.text


def test_availability_tells_the_nearest_memento(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"1")
    shelf.keep(URL, b"2", at=later(days=10))
    newest = client.get(f"/wayback/available?url={URL}").json()
    assert newest == {
        "url": URL,
        "archived_snapshots": {
            "closest": {
                "status": "200",
                "available": True,
                "url": f"http://archive.localhost/web/20260311080000/{URL}",
                "timestamp": "20260311080000",
            }
        },
    }
    near = client.get("/wayback/available?url=courier.example/a&timestamp=20260301").json()
    assert near["archived_snapshots"]["closest"]["timestamp"] == "20260301080000"
    none = client.get("/wayback/available?url=courier.example/none&timestamp=2026").json()
    assert none == {"url": "courier.example/none", "archived_snapshots": {}, "timestamp": "2026"}


@pytest.mark.parametrize(
    "query", ["", "?url=", f"?url={URL}&timestamp=x", f"?url={URL}&timestamp=20261399", "?url=ftp://x/"]
)
def test_availability_refuses_what_is_malformed(client: Client, query: str) -> None:
    assert client.get(f"/wayback/available{query}").status_code == 400


def test_pywb_s_cdx_answers_beside_the_internet_archive_s(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    lines = client.get(f"/web/cdx?url={URL}&closest=2026&sort=closest&limit=100")
    assert lines.headers["Content-Type"].startswith("text/x-cdxj")
    assert lines.text.startswith("example,courier)/a 20260301080000 {")
    assert client.get(f"/web/cdx?url={URL}&limit=abc").status_code == 400
    assert client.get("/web/cdx").status_code == 400
    assert client.get(f"/web/cdx?url={URL}", method="HEAD").content == b""


def test_metrics_tell_captures_runs_files_spool_and_what_commands_wrote(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    shelf.catalog.runs.begin(Run(id="RUN1", site='a"b', started_at=DAY))
    write_metrics(shelf.config.home, "verify", [gauge("archiver_verify_unrepaired", "Damage that is left.", 0)])
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for line in (
        'archiver_captures{site="courier"} 1',
        'archiver_pages{site="courier"} 1',
        'archiver_runs{outcome="open",site="a\\"b"} 1',
        'archiver_files{state="open"} 1',
        "archiver_spool_files 1",
        f"archiver_spool_bytes {shelf.path.stat().st_size}",
        "archiver_verify_unrepaired 0",
    ):
        assert line in lines, line
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names))


def test_metrics_of_an_empty_archive_are_figures_too(client: Client) -> None:
    assert "archiver_spool_files 0" in client.get("/metrics").text
