"""When people are told, and how: once, again while it lasts, and when it is over; over real servers, with a real catalogue."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from archiver.catalog import Catalog
from archiver.cli.main import main
from archiver.config import AlertsSection, Config
from archiver.model.alert import AlertRule, Finding
from archiver.model.run import Outcome, Run
from archiver.ops.alerts.book import MOST_ATTEMPTS, compare, failed, messages
from archiver.ops.alerts.watch import deliver_due, send_test, watch
from archiver.ops.upkeep import Upkeep

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FULL = Finding(AlertRule.DISK_FULL, "/", "the disk is full", None, {"free": 1})


class HeldClock:
    at = NOW

    def now(self) -> datetime:
        return self.at


class Hook:
    """A webhook whose answers the test sets."""

    def __init__(self) -> None:
        self.status = 204
        self.got: list[dict[str, object]] = []
        self.tokens: list[str | None] = []
        self.came = threading.Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.status < 300:
                    hook.got.append(json.loads(body))
                    hook.tokens.append(self.headers["Authorization"])
                    hook.came.set()
                self.send_response(hook.status)
                if hook.status in {302, 307}:
                    self.send_header("Location", hook.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                raise AssertionError("a redirect was followed")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Letters:
    """A mail server's inbox."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.to: list[list[str]] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        message = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        self.to.append(list(envelope.rcpt_tos))
        return "250 OK"


class AnyPort(Controller):
    """A mail server on a port that is free."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def letters() -> Iterator[tuple[Letters, int]]:
    inbox = Letters()
    controller = AnyPort(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    yield inbox, controller.port
    controller.stop()


class Place:
    """An archive in which one thing can be made wrong and right again: the newest run of a site shrinks."""

    def __init__(self, home: Path, section: AlertsSection) -> None:
        self.clock = HeldClock()
        self.config = replace(Config(home=home), alerts=replace(section, disk_free=0.0))
        home.mkdir()
        self.catalog = Catalog.open(self.config.catalog_url, clock=self.clock)
        self.n = 0
        for _ in range(10):
            self.run(40)

    def run(self, pages: int) -> None:
        self.n += 1
        at = NOW - timedelta(hours=100 - self.n)
        self.catalog.runs.end(Run(f"{self.n:026}", "town", at, at, Outcome.FINISHED, pages=pages, articles=pages))

    def look(self, at: datetime) -> list[str]:
        self.clock.at = at
        return [event for _, event in watch(self.catalog, self.config, clock=self.clock)]

    def deliver(self) -> list[str | None]:
        return [message.error for message in deliver_due(self.catalog, self.config, clock=self.clock)]


def test_what_is_wrong_is_told_once_then_after_each_wait_and_when_it_is_over(tmp_path):
    place = Place(tmp_path / "a", AlertsSection())
    with place.catalog:
        assert place.look(NOW) == []
        place.run(3)
        assert place.look(NOW) == ["raised"]
        assert place.look(NOW + timedelta(hours=23)) == []
        assert place.look(NOW + DAY) == ["repeated"]
        assert place.look(NOW + DAY + timedelta(hours=1)) == []
        place.run(40)
        assert place.look(NOW + 2 * DAY) == ["resolved"]
        assert place.look(NOW + 3 * DAY) == []
        (alert,) = place.catalog.alerts.find(resolved=True)
        assert (alert.raised_at, alert.resolved_at) == (NOW, NOW + 2 * DAY)
        assert place.catalog.alerts.find() == []
        place.run(3)
        assert place.look(NOW + 4 * DAY) == ["raised"]
        assert len(place.catalog.alerts.find(resolved=True)) == 2
        place.run(40)
        place.look(NOW + 5 * DAY)
        place.look(NOW + 500 * DAY)
        assert place.catalog.alerts.find(resolved=True) == []


def test_a_webhook_gets_the_alert_as_json_with_its_token_and_again_after_a_failure(tmp_path, hook):
    place = Place(tmp_path / "a", AlertsSection(webhook=hook.url, webhook_token="secret"))
    with place.catalog:
        place.run(3)
        hook.status = 503
        place.look(NOW)
        (error,) = place.deliver()
        assert "503" in str(error)
        assert place.deliver() == [], "it was tried again at once"
        hook.status = 204
        place.clock.at = NOW + timedelta(minutes=1)
        assert place.deliver() == [None]
        place.clock.at += DAY
        assert place.deliver() == [], "it was told twice"
        (alert,) = place.catalog.alerts.find()
        (message,) = place.catalog.alerts.deliveries(alert.id)
    assert (message.attempts, message.delivered_at) == (2, NOW + timedelta(minutes=1))
    (got,) = hook.got
    assert hook.tokens == ["Bearer secret"]
    assert (got["event"], got["rule"], got["site"], got["alert"]) == ("raised", "run-shrank", "town", alert.id)
    assert (got["archive"], got["raised_at"]) == (str(place.config.home), "2026-05-04T12:30:00.000Z")


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_a_webhook_that_does_not_take_it_is_no_delivery_and_no_redirect_is_followed(tmp_path, hook, status):
    hook.status = status
    config = replace(Config(home=tmp_path), alerts=AlertsSection(webhook=hook.url))
    assert str(status) in str(send_test(config, clock=HeldClock())["webhook"])


def test_a_mail_says_what_is_wrong_since_when_and_where(tmp_path, letters):
    inbox, port = letters
    section = AlertsSection(mail_to=("desk@example.org", "night@example.org"), smtp_host="127.0.0.1", smtp_port=port)
    place = Place(tmp_path / "a", section)
    with place.catalog:
        place.run(3)
        place.look(NOW)
        assert place.deliver() == [None]
    (mail,) = inbox.got
    assert inbox.to == [["desk@example.org", "night@example.org"]]
    assert mail["Subject"] == "[archiver] raised: run-shrank town"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "took 3 pages" in text
    assert "Since: 2026-05-04T12:30:00.000Z" in text
    assert str(place.config.home) in text


def test_a_mail_server_without_encryption_is_not_told_anything_when_encryption_is_asked_for(tmp_path, letters):
    inbox, port = letters
    section = AlertsSection(
        mail_to=("desk@example.org",), smtp_host="127.0.0.1", smtp_port=port, smtp_security="starttls"
    )
    sent = send_test(replace(Config(home=tmp_path), alerts=section), clock=HeldClock())
    assert "STARTTLS" in str(sent["mail"])
    assert inbox.got == []


def test_a_command_reads_the_alert_from_its_input_and_its_last_words_are_kept_when_it_fails(tmp_path):
    out = tmp_path / "told.json"
    script = tmp_path / "tell.py"
    script.write_text(f"import pathlib, sys\npathlib.Path({str(out)!r}).write_text(sys.stdin.read())\n")
    config = replace(Config(home=tmp_path), alerts=AlertsSection(command=f"{sys.executable} {script}"))
    assert send_test(config, clock=HeldClock()) == {"command": None}
    assert json.loads(out.read_text())["event"] == "test"
    script.write_text("import sys\nsys.exit('no paper')\n")
    assert "no paper" in str(send_test(config, clock=HeldClock())["command"])
    missing = replace(config, alerts=AlertsSection(command="/no/such/program"))
    assert "FileNotFoundError" in str(send_test(missing, clock=HeldClock())["command"])


def test_a_command_that_hangs_is_ended(tmp_path):
    section = AlertsSection(command=f"{shutil.which('sleep')} 600", timeout=0.2)
    sent = send_test(replace(Config(home=tmp_path), alerts=section), clock=HeldClock())
    assert "TimeoutExpired" in str(sent["command"])


def test_one_channel_that_fails_keeps_no_other_from_being_told(tmp_path, hook):
    place = Place(tmp_path / "a", AlertsSection(webhook=hook.url, command="/no/such/program"))
    with place.catalog:
        place.run(3)
        place.look(NOW)
        assert sum(error is None for error in place.deliver()) == 1
    assert len(hook.got) == 1


def test_a_message_that_never_arrives_is_given_up_after_days(tmp_path):
    (told,) = compare([], [FULL], now=NOW, repeat=DAY)
    (message,) = messages([told], ["webhook"], now=NOW)
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        assert message.due_at is not None
        now = max(now, message.due_at)
        message = failed(message, "no", now=now)
    assert message.due_at is None
    assert now - NOW > 3 * DAY


def test_the_command_line_lists_what_is_wrong_and_says_whether_people_can_be_told(tmp_path, hook, capsys):
    home = tmp_path / "a"
    place = Place(home, AlertsSection())
    (home / "archiver.toml").write_text("[alerts]\ndisk_free = 0.0\n")
    assert main(["alerts", "--archive", str(home)]) == 0
    assert "--look looks now" in capsys.readouterr().err
    assert main(["alerts", "--look", "--archive", str(home)]) == 0
    assert capsys.readouterr().err.strip() == "nothing is wrong"
    place.run(3)
    place.catalog.close()
    (home / "archiver.toml").write_text(f'[alerts]\nwebhook = "{hook.url}"\ndisk_free = 0.0\n')
    assert main(["alerts", "--archive", str(home), "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["alerts", "--look", "--archive", str(home), "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["rule"] == "run-shrank"
    assert [got["event"] for got in hook.got] == ["raised"]
    assert main(["alerts", "--test", "--archive", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"channel": "webhook", "delivered": True, "error": None}
    hook.status = 500
    assert main(["alerts", "--test", "--archive", str(home)]) == 4
    assert "500" in capsys.readouterr().out


def test_a_service_looks_and_tells_by_itself(tmp_path, hook):
    section = AlertsSection(webhook=hook.url, look_every=0.05)
    place = Place(tmp_path / "a", section)
    leading = threading.Event()
    with place.catalog:
        place.run(3)
        upkeep = Upkeep(place.config, leading, clock=place.clock)
        upkeep.start()
        leading.set()
        assert hook.came.wait(60)
        upkeep.stop()
    assert [got["event"] for got in hook.got] == ["raised"]
