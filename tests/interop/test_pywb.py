"""pywb in a process of its own: it replays our WARCs by our CDX server, and its own index of them says what ours says."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from archiver.config import Config
from archiver.ops.importing import import_files
from tests.interop.serving import OFTEN, PYTHON, SITE, URL, Served, needs_clients, serving

DATA = Path(os.environ.get("ARCHIVER_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "warc-good"
FOREIGN = ("warcio-testdata__example.warc.gz", "fastwarc-testdata__warcfile.warc.gz")
pytestmark = needs_clients
STARTS_WITHIN = 90.0


@dataclass
class Beside:
    """Our service and pywb over the same WARCs. ``urls`` are those of files that others made, empty without the data."""

    served: Served
    port: int
    urls: list[str]

    def ours(self, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return ask(int(self.served.base.rpartition(":")[2]), target, headers)

    def pywb(self, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return ask(self.port, target, headers)


def ask(port: int, target: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def tool(name: str, *arguments: str | Path, folder: Path) -> None:
    done = subprocess.run(
        [PYTHON.parent / name, *arguments], cwd=folder, env=clean(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def clean() -> dict[str, str]:
    gone = ("_proxy", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.lower().endswith(gone[0]) and name != gone[1]}


def start(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """pywb on a free port, once it answers; another port when somebody else was faster."""
    for _ in range(3):
        port = free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [PYTHON.parent / "wayback", "-b", "127.0.0.1", "-p", str(port)],
                cwd=folder,
                env=clean(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + STARTS_WITHIN
        while process.poll() is None and time.monotonic() < end:
            try:
                if ask(port, "/", {})[0] == 200:
                    return process, port
            except (ConnectionError, http.client.HTTPException):
                # Not listening yet: its first connection decides, not a time.
                try:
                    process.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
        process.kill()
        process.wait()
    raise AssertionError((folder / "log").read_text()[-2000:])


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    home, folder = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("pywb")
    with serving(home) as served:
        files = [DATA / name for name in FOREIGN if (DATA / name).is_file()]
        result = import_files(Config(home=home), files, extract=False)
        assert not result.failed
        stored = {path.name: path for path in (home / "store" / "warcs").rglob("*.warc.gz")}
        (folder / "paths.txt").write_text("".join(f"{name}\t{path}\n" for name, path in sorted(stored.items())))
        index = f"{served.base}/web/cdx?url={{url}}&closest={{closest}}&sort=closest"
        (folder / "config.yaml").write_text(
            "collections:\n  ours:\n"
            f"    index: {{type: cdx, api_url: {json.dumps(index)}, replay_url: ''}}\n"
            f"    archive_paths: {json.dumps(str(folder / 'paths.txt'))}\n"
        )
        tool("wb-manager", "init", "own", folder=folder)
        tool("wb-manager", "add", "own", *stored.values(), folder=folder)
        process, port = start(folder)
        try:
            base = int(served.base.rpartition(":")[2])
            captures = json.loads(ask(base, "/api/captures?limit=1000", {})[2])["items"]
            yield Beside(served, port, sorted({c["url"] for c in captures if c["site"] == "imported"}))
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(folder / "collections", ignore_errors=True)


OURS = (URL, OFTEN, f"{SITE}/moved", f"{SITE}/gone", f"{SITE}/p.png", f"{SITE}/none")


def rows(text: bytes) -> list[tuple[str, ...]]:
    """CDXJ or JSON lines, in the few ways in which two right answers may differ."""
    found = []
    for line in text.splitlines():
        values = json.loads(line)
        status = "-" if values["mime"] == "warc/revisit" else values["status"]
        digest = values["digest"].removeprefix("sha1:")
        found.append((values["urlkey"], values["timestamp"], values["url"], values["mime"], status, digest))
        found[-1] += (values["length"], values["offset"], values["filename"])
    return sorted(found)


@pytest.mark.parametrize(
    "query",
    [
        *({"url": url} for url in OURS),
        {"url": f"{SITE}/", "matchType": "prefix"},
        {"url": "news.example", "matchType": "host"},
        {"url": "*.example"},
        {"url": f"{SITE}/*", "filter": "=status:404"},
        {"url": f"{SITE}/*", "filter": "~mime:image/.*"},
        {"url": f"{SITE}/*", "filter": "!mime:html"},
        {"url": OFTEN, "from": "20260105", "to": "20260107"},
        {"url": OFTEN, "from": "202602"},
        {"url": OFTEN, "limit": "5"},
        {"url": OFTEN, "sort": "reverse", "limit": "5"},
        {"url": OFTEN, "sort": "closest", "closest": "20260120", "limit": "5"},
        {"url": OFTEN, "sort": "closest", "closest": "20260120120000", "limit": "1"},
    ],
    ids=str,
)
def test_our_cdx_says_what_pywb_s_own_index_says(beside: Beside, query: dict[str, str]) -> None:
    asked = urlencode({**query, "output": "json"})
    ours, theirs = beside.ours(f"/web/cdx?{asked}"), beside.pywb(f"/own/cdx?{asked}")
    assert ours[0] == theirs[0] == 200
    assert rows(ours[2]) == rows(theirs[2])
    assert bool(ours[2]) == (query != {"url": f"{SITE}/none"})


def replayed(answer: tuple[int, dict[str, str], bytes]) -> tuple[object, ...]:
    status, headers, body = answer
    return status, headers.get("memento-datetime"), headers.get("content-type"), body


@pytest.mark.parametrize(
    ("stamp", "url"),
    [
        ("20260301080000", URL),
        ("20260302080000", URL),
        ("20260303080000", URL),
        ("20260301080000", f"{SITE}/gone"),
        ("20260301080000", f"{SITE}/p.png"),
    ],
)
def test_pywb_replays_by_our_cdx_what_we_replay(beside: Beside, stamp: str, url: str) -> None:
    """A revisit and a coded body among them."""
    target = f"{stamp}id_/{url}"
    ours = replayed(beside.ours(f"/web/{target}"))
    assert ours[0] in {200, 404}
    assert replayed(beside.pywb(f"/ours/{target}")) == ours
    assert replayed(beside.pywb(f"/own/{target}")) == ours


def test_an_archived_redirect_is_one_in_both(beside: Beside) -> None:
    target = f"20260301080000id_/{SITE}/moved"
    ours, theirs = beside.ours(f"/web/{target}"), beside.pywb(f"/ours/{target}")
    assert ours[0] == theirs[0] == 302
    assert ours[1]["memento-datetime"] == theirs[1]["memento-datetime"]
    assert ours[1]["location"].endswith(f"id_/{theirs[1]['location']}")


@pytest.mark.parametrize("stamp", ["2025", "2026", "202601", "20260115", "2026011506", "20260115060000", "2030"])
def test_partial_timestamps_lead_to_the_same_capture(beside: Beside, stamp: str) -> None:
    status, headers, _ = beside.ours(f"/web/{stamp}id_/{OFTEN}")
    if status == 302:
        status, headers, _ = beside.ours(headers["location"].removeprefix("https://web.archive.org"))
    theirs = beside.pywb(f"/own/{stamp}id_/{OFTEN}")
    assert (status, headers["memento-datetime"]) == (theirs[0], theirs[1]["memento-datetime"])


@pytest.mark.parametrize("url", [URL, OFTEN, f"{SITE}/moved"])
def test_timemaps_name_the_same_mementos(beside: Beside, url: str) -> None:
    def mementos(text: bytes) -> list[str]:
        lines = [line for line in text.decode().split(",\n") if 'memento"' in line]
        return [line.partition('datetime="')[2].partition('"')[0] for line in lines]

    ours, theirs = beside.ours(f"/web/timemap/link/{url}"), beside.pywb(f"/own/timemap/link/{url}")
    assert ours[0] == theirs[0] == 200
    assert ours[1]["content-type"] == theirs[1]["content-type"] == "application/link-format"
    assert mementos(ours[2]) == mementos(theirs[2])


def test_the_timegate_chooses_what_pywb_s_does(beside: Beside) -> None:
    for wished in ("Thu, 01 Jan 1998 00:00:00 GMT", "Thu, 15 Jan 2026 20:00:00 GMT", "Fri, 01 Jan 2038 00:00:00 GMT"):
        ours = beside.ours(f"/web/{OFTEN}", Accept_Datetime=wished)
        theirs = beside.pywb(f"/own/mp_/{OFTEN}", Accept_Datetime=wished)
        stamp = ours[1]["location"].split("/web/")[1][:14]
        assert ours[0] == 302
        assert f"/{stamp}" in theirs[1]["content-location"]
    assert beside.ours(f"/web/{OFTEN}", Accept_Datetime="Sun")[0] == 400
    assert beside.pywb(f"/own/mp_/{OFTEN}", Accept_Datetime="Sun")[0] == 400


@pytest.mark.skipif(not DATA.is_dir(), reason="the test data folder (ARCHIVER_TEST_DATA) is absent")
def test_archives_that_others_made_read_the_same(beside: Beside) -> None:
    assert len(beside.urls) > 10
    for url in beside.urls:
        asked = urlencode({"url": url, "output": "json"})
        ours = rows(beside.ours(f"/web/cdx?{asked}")[2])
        assert ours
        assert ours == rows(beside.pywb(f"/own/cdx?{asked}")[2]), url
        for row in ours:
            target = f"{row[1]}id_/{quote(row[2], safe='/:?&=%+,;@~!$()*')}"
            mine = beside.ours(f"/web/{target}")
            other = beside.pywb(f"/ours/{target}")
            assert (mine[0], mine[2]) == (other[0], other[2]), target
