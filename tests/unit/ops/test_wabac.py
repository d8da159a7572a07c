"""Installing the replay program: only the pinned bytes, only two files of them, whole or not at all."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archiver.cli.main import main
from archiver.config import Config
from archiver.config.settings import ServeSection
from archiver.errors import ConfigError, PackageDamaged, PackageUnreachable, UsageError
from archiver.ops import wabac

GOOD = {"package/dist/sw.js": b"worker", "package/LICENSE.md": b"terms", "package/index.js": b"not wanted"}


def tarball(members: dict[str, bytes], *, links: dict[str, str] | None = None) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def pin(monkeypatch: pytest.MonkeyPatch, packed: bytes) -> bytes:
    """Makes these bytes the pinned release."""
    digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
    monkeypatch.setattr(wabac, "INTEGRITY", f"sha512-{digest}")
    sums = {"sw.js": hashlib.sha256(b"worker").hexdigest(), "LICENSE.md": hashlib.sha256(b"terms").hexdigest()}
    monkeypatch.setattr(wabac, "SHA256", sums)
    return packed


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path / "home")


def copy_in(tmp_path: Path, packed: bytes) -> Path:
    path = tmp_path / "copy.tgz"
    path.write_bytes(packed)
    return path


@contextmanager
def registry(packed: bytes, *, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *args: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_files_are_taken_from_the_registry_and_once(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry(pin(monkeypatch, tarball(GOOD))) as (address, asked):
        there = replace(config, serve=ServeSection(replay_registry=f"{address}/"))
        assert wabac.read_installed(there) is None
        assert wabac.install(there).new
        assert not wabac.install(there).new
    assert asked == ["/@webrecorder/wabac/-/wabac-2.27.3.tgz"]
    assert files(config.home / "replay") == {"wabac-2.27.3/sw.js": b"worker", "wabac-2.27.3/LICENSE.md": b"terms"}
    assert wabac.read_installed(there) == {"sw.js": b"worker", "LICENSE.md": b"terms"}


def test_other_bytes_are_not_installed(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, tarball(GOOD))
    for packed in (tarball({**GOOD, "package/dist/sw.js": b"evil"}), b"", b"<html>"):
        with pytest.raises(PackageDamaged):
            wabac.install(config, source=copy_in(tmp_path, packed))
    assert not config.home.exists()


def test_nothing_is_written_by_a_name_of_the_tarball(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even of a package with the right hash: names that lead out, links, and folders are passed over."""
    odd = {"../../escaped": b"x", "/tmp/escaped-absolute": b"x", "package/dist/../../../escaped": b"x", **GOOD}
    packed = pin(monkeypatch, tarball(odd, links={"package/dist": "/tmp"}))
    wabac.install(config, source=copy_in(tmp_path, packed))
    assert set(files(tmp_path)) == {"copy.tgz", *(f"home/replay/wabac-2.27.3/{n}" for n in ("sw.js", "LICENSE.md"))}


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(bytes(wabac.MAX_UNPACKED + 1)),
        gzip.compress(b"no tarball at all, but long enough for a header" * 30),
        gzip.compress(b"x")[:-4],
        b"not gzip",
        tarball({"package/LICENSE.md": b"terms"}),
        tarball({"package/LICENSE.md": b"terms"}, links={"package/dist/sw.js": "/etc/passwd"}),
        tarball({**GOOD, "package/dist/sw.js": b"another"}),
    ],
    ids=["too large", "no tarball", "cut", "no gzip", "no worker", "a link", "another worker"],
)
def test_a_package_that_unpacks_oddly_is_refused(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bytes
) -> None:
    pin(monkeypatch, packed)
    with pytest.raises(PackageDamaged):
        wabac.install(config, source=copy_in(tmp_path, packed))
    assert not config.home.exists()


def test_what_was_changed_is_seen_and_put_right(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_in(tmp_path, pin(monkeypatch, tarball(GOOD)))
    script = wabac.install(config, source=copy).folder / "sw.js"
    script.write_bytes(b"changed")
    with pytest.raises(PackageDamaged):
        wabac.read_installed(config)
    assert wabac.install(config, source=copy).new
    assert script.read_bytes() == b"worker"
    assert {path.name for path in script.parent.parent.iterdir()} == {"wabac-2.27.3"}


def test_a_registry_that_does_not_give_it_is_named(config: Config) -> None:
    with registry(b"gone", status=404) as (address, _), pytest.raises(PackageUnreachable, match="404") as caught:
        wabac.install(replace(config, serve=ServeSection(replay_registry=address)))
    assert address in str(caught.value)
    assert caught.value.exit_code == 7
    with pytest.raises(PackageUnreachable):
        wabac.install(replace(config, serve=ServeSection(replay_registry=address)))


def test_the_registry_is_asked_with_tls_only(config: Config) -> None:
    with pytest.raises(ConfigError, match="https"):
        wabac.install(replace(config, serve=ServeSection(replay_registry="http://registry.example")))


def test_a_copy_that_cannot_be_read_is_a_usage_error(config: Config, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        wabac.install(config, source=tmp_path / "nothing.tgz")


def test_the_command_says_what_it_installed_and_under_which_terms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copy_in(tmp_path, pin(monkeypatch, tarball(GOOD)))
    assert main(["init", "--archive", str(tmp_path / "home")]) == 0
    command = ["replay-install", "--from", str(copy), "--archive", str(tmp_path / "home")]
    assert main(command) == 0
    said = capsys.readouterr().out
    for words in ("@webrecorder/wabac 2.27.3", "AGPL-3.0-or-later", "https://github.com/webrecorder/wabac.js"):
        assert words in said
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["new"] is False
    assert told["licence"] == "AGPL-3.0-or-later"
    assert {each["name"] for each in told["files"]} == {"sw.js", "LICENSE.md"}
    copy.write_bytes(b"x")
    assert main(["init", "--archive", str(tmp_path / "other")]) == 0
    assert main([*command[:3], "--archive", str(tmp_path / "other")]) == 8
