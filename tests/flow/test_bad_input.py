"""Bad input gets one clear line and the documented exit code, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.capture.lock import SiteLock
from archiver.config import load
from archiver.config.home import prepare_home
from archiver.errors import UsageError
from tests.fork_server import run_python


class Page(BaseHTTPRequestHandler):
    """One small page for every path but robots.txt."""

    def do_GET(self):
        body = b"<title>A page</title><p>Some words." if "robots" not in self.path else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        return


@contextmanager
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"news.example:80:127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def archiver(tmp_path):
    def run(*arguments: str, code: int, **environment: str) -> str:
        done = run_python(
            ["-m", "archiver", *arguments],
            cwd=tmp_path,
            env={**os.environ, "ARCHIVER_ARCHIVE": str(tmp_path / "archive"), **environment},
        )
        assert done.returncode == code, done.stderr
        if code:
            lines = [line for line in done.stderr.splitlines() if line.startswith("archiver: ")]
            assert len(lines) == 1, done.stderr
            assert "Traceback" not in done.stderr
            return lines[0]
        return done.stdout

    return run


def test_an_unknown_site_is_a_usage_error_that_names_the_known_ones(archiver):
    line = archiver("crawl", "vietnamplis", code=2)
    assert "'vietnamplis'" in line
    assert "vietnamplus" in line


@pytest.mark.parametrize("url", ["ftp://news.example/a", "file:///etc/passwd", "http://", "https://[::1/"])
def test_a_url_that_is_not_http_is_a_usage_error(archiver, url):
    assert url[:10] in archiver("crawl", url, code=2)


def test_a_host_that_does_not_answer_is_said_to_be_unreachable(archiver, tmp_path):
    rule = f"gone.example:443:127.0.0.1:{closed_port()}"
    assert "gone.example" in archiver("crawl", "https://gone.example/a", "--connect-to", rule, code=7)
    with Archive(load(tmp_path / "archive")) as archive:
        assert list(archive.captures()) == []
        assert archive.catalog.runs.find()[0].outcome == "failed"


def test_a_broken_settings_file_is_named_with_its_place(archiver, tmp_path):
    home = tmp_path / "archive"
    home.mkdir()
    (home / "archiver.toml").write_text('[store]\nurl = "unfinished\n')
    assert "archiver.toml" in archiver("captures", code=4)
    (home / "archiver.toml").write_text("[store]\nurll = 'x'\n")
    assert "[store] urll" in archiver("crawl", "https://news.example/a", code=4)


def test_a_setting_of_the_wrong_kind_in_the_environment_is_named(archiver):
    assert "ARCHIVER_FETCH_DELAY" in archiver("captures", code=4, ARCHIVER_FETCH_DELAY="fast")


def test_a_spool_that_cannot_be_written_stops_before_anything_is_fetched(archiver, tmp_path):
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "spool").write_text("in the way")
    with site() as rule:
        assert "spool" in archiver("crawl", "https://news.example/a", "--connect-to", rule, code=5)


def test_a_store_directory_that_cannot_be_used_stops_before_anything_is_fetched(archiver, tmp_path):
    (tmp_path / "in-the-way").write_text("a file")
    with site() as rule:
        line = archiver(
            "crawl",
            "http://news.example/a",
            "--connect-to",
            rule,
            code=5,
            ARCHIVER_STORE_URL=str(tmp_path / "in-the-way" / "store"),
        )
    assert "in-the-way" in line


def test_pages_crawled_while_the_store_is_away_wait_in_the_spool_and_are_taken_in_later(archiver, tmp_path):
    away = {
        "ARCHIVER_STORE_URL": "s3://bucket/news",
        "ARCHIVER_STORE_ENDPOINT_URL": f"http://127.0.0.1:{closed_port()}",
        "ARCHIVER_STORE_ATTEMPTS": "1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    with site() as rule:
        line = archiver("crawl", "http://news.example/a", "--connect-to", rule, code=5, **away)
    assert "recover" in line
    assert json.loads(archiver("captures", "--kind", "page", "--json", code=0))["status"] == 200
    assert "Some words" in archiver("get", "http://news.example/a", code=0)
    done = json.loads(archiver("recover", "--json", code=0))
    assert len(done["files"]) == 1
    with Archive(load(tmp_path / "archive")) as archive:
        assert archive.store.stat(done["files"][0]) is not None
    assert "Some words" in archiver("get", "http://news.example/a", code=0)


@pytest.mark.s3
def test_a_bucket_that_is_not_there_stops_before_anything_is_fetched(archiver, seaweed_server):
    refused = {
        **seaweed_server.environment,
        "ARCHIVER_STORE_URL": "s3://no-such-bucket/news",
        "ARCHIVER_STORE_ENDPOINT_URL": seaweed_server.endpoint_url,
    }
    with site() as rule:
        assert "no-such-bucket" in archiver("crawl", "http://news.example/a", "--connect-to", rule, code=5, **refused)


def test_a_catalogue_that_is_none_is_a_catalogue_error(archiver, tmp_path):
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "catalog.sqlite3").write_bytes(b"not a database" * 100)
    assert "catalog.sqlite3" in archiver("captures", code=6)


def test_a_site_in_a_run_is_busy(archiver, tmp_path):
    with site() as rule, SiteLock(tmp_path / "archive" / "spool", "news.example", owner="another run"):
        assert "news.example" in archiver("crawl", "http://news.example/a", "--connect-to", rule, code=9)


def test_what_is_not_held_is_said_so(archiver):
    archiver("init", code=0)
    assert "https://news.example/a" in archiver("get", "https://news.example/a", code=3)


def test_a_real_host_is_not_crawled_into_a_model_archive(archiver):
    line = archiver("crawl", "https://news.example/", code=2, ARCHIVER_ARCHIVE_MODEL="true")
    assert "model archive" in line


def test_a_delay_under_half_a_second_is_for_covered_hosts_only(archiver):
    archiver("crawl", "https://news.example/", "--delay", "0.1", code=2)


def test_extract_of_a_file_that_is_not_there_is_a_usage_error(archiver):
    assert "nowhere.html" in archiver("extract", "nowhere.html", "--url", "https://news.example/a", code=2)


def test_a_page_that_is_no_article_is_no_error(archiver, tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(b"<title>x</title>")
    read = json.loads(archiver("extract", str(page), "--url", "https://news.example/a", "--json", code=0))
    assert read["text"] == ""
    assert read["verdict"] != "article"
    assert Path(page).exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("captures", "--site", "nobody"), 2),
        (("captures", "ftp://news.example/"), 2),
        (("captures", ""), 2),
        (("search", "words", "--site", "nobody"), 2),
        (("search", " "), 2),
        (("crawl", "https://news.example/a", "--connect-to", "banana"), 2),
        (("crawl", "https://news.example/a", "--ca-file", "nowhere.pem"), 4),
        (("replicate", ""), 2),
        (("verify", "--repair-from", "nowhere"), 5),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_what_cannot_be_meant_is_told_with_its_exit_code(archiver, arguments, code):
    archiver("init", code=0)
    archiver(*arguments, code=code)


@pytest.mark.parametrize("arguments", ["serve --port 99999", "crawl https://news.example/a --depth -1"])
def test_numbers_out_of_range_are_usage_errors(tmp_path, arguments):
    done = run_python(["-m", "archiver", *arguments.split(), "--archive", str(tmp_path)])
    assert done.returncode == 2
    assert "must be" in done.stderr


def test_a_store_without_a_name_is_refused(archiver):
    archiver("init", code=0)
    assert "[store] url" in archiver("verify", code=4, ARCHIVER_STORE_URL="")


def test_a_site_that_does_not_answer_gives_its_run_and_exit_code_7(tmp_path):
    to = f"news.example:80:127.0.0.1:{closed_port()}"
    done = run_python(
        ["-m", "archiver", "crawl", "http://news.example/a", "--json", "--archive", str(tmp_path), "--connect-to", to]
    )
    assert done.returncode == 7, done.stderr
    assert json.loads(done.stdout)["outcome"] == "failed"


@pytest.mark.parametrize("targets", [("http://news.example/a",), ("http://news.example/a", "http://other.example/b")])
def test_an_interrupted_crawl_ends_in_good_order_and_says_so(tmp_path, targets):
    reached, go_on = threading.Event(), threading.Event()

    class Slow(Page):
        def do_GET(self):
            if "robots" not in self.path:
                reached.set()
                assert go_on.wait(60)
            super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    child = subprocess.Popen(
        [sys.executable, "-m", "archiver", "crawl", *targets, "--json", "--archive", str(tmp_path),
         "--connect-to", f":80:127.0.0.1:{server.server_port}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert reached.wait(60)
        child.send_signal(signal.SIGINT)
        go_on.set()
        said, talk = child.communicate(timeout=60)
    finally:
        go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
    assert child.returncode == 130, talk
    run = json.loads(said)
    assert (run["outcome"], run["site"], len(run["files"])) == ("stopped", "news.example", 1)


def test_times_without_a_zone_are_utc_in_python_too(tmp_path):
    config = load(tmp_path)
    prepare_home(config)
    with Archive(config) as archive:
        assert list(archive.captures(since=datetime(2026, 1, 1), until=datetime(2026, 2, 1))) == []
        with pytest.raises(UsageError, match="soon"):
            list(archive.captures(since="soon"))
