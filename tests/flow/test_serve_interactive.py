"""The second listener of a real service: interactive replay has its own, which begins and ends with the first."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.shelf import Shelf

SETTINGS = """
[serve]
public_url = "http://archive.localhost"
replay_url = "http://replay.archive.localhost"
replay_listen = "127.0.0.1:0"
"""
PROGRAM = """
import hashlib, sys
from pathlib import Path
from archiver.archive import Archive
from archiver.config import load
from archiver.ops import wabac
from archiver.web.serve import serve
# Other bytes in the place of wabac.js, which no test fetches; what is pinned is theirs.
config = load(Path(sys.argv[1]))
folder = wabac.folder_of(config)
folder.mkdir(parents=True)
for name in wabac.SHA256:
    (folder / name).write_bytes(b"stands for it")
    wabac.SHA256[name] = hashlib.sha256(b"stands for it").hexdigest()
said = lambda text, *_: print(text, flush=True)
with Archive(config, for_readers=True) as archive:
    serve(archive, host="127.0.0.1", port=0, ready=said, replay_ready=said)
said("ended")
"""


def start(home: Path, *command: str, unsafe: bool = False) -> subprocess.Popen[str]:
    shelf = Shelf(home)
    shelf.keep("https://courier.example/a", b"kept")
    shelf.close()
    (home / "archiver.toml").write_text(SETTINGS.replace("http://replay.", "http://other-") if unsafe else SETTINGS)
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
    return subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=keep, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def ask(port: int, target: str, host: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", target, headers={"Host": host})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_both_listen_under_their_own_names_and_end_together(tmp_path: Path) -> None:
    process = start(tmp_path, "-c", PROGRAM, str(tmp_path))
    try:
        assert process.stdout is not None
        replay, app = (int(process.stdout.readline().rpartition(":")[2]) for _ in range(2))
        target = "/raw/20260301080000id_/https://courier.example/a"
        assert ask(replay, target, "replay.archive.localhost") == (200, b"kept")
        assert ask(replay, target, f"127.0.0.1:{replay}")[0] == 421
        assert ask(replay, "/", "archive.localhost")[0] == 421
        assert ask(app, "/healthz", "archive.localhost")[0] == 200
        assert ask(app, "/healthz", "replay.archive.localhost")[0] == 421
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60)[0].strip() == "ended"
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_a_service_without_the_program_says_so_and_serves(tmp_path: Path) -> None:
    process = start(tmp_path, "-m", "archiver", "serve", "--port", "0", "--no-schedule", "--archive", str(tmp_path))
    try:
        assert process.stdout is not None
        assert (
            "no interactive replay: wabac.js is not installed; `archiver replay-install`" in process.stdout.readline()
        )
        said = process.stdout.readline()
        assert said.startswith("serving ")
        port = int(said.partition(" at http://127.0.0.1:")[2].split()[0])
        assert ask(port, "/healthz", "archive.localhost")[0] == 200
    finally:
        process.kill()
        process.communicate()


def test_a_place_that_would_not_be_safe_ends_the_command(tmp_path: Path) -> None:
    process = start(tmp_path, "-m", "archiver", "serve", "--port", "0", "--archive", str(tmp_path), unsafe=True)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 4
    assert "host below" in said


def test_json_is_one_object_on_stdout_when_it_listens(tmp_path: Path) -> None:
    Shelf(tmp_path).close()
    command = ["-m", "archiver", "serve", "--port", "0", "--no-schedule", "--json", "--archive", str(tmp_path)]
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert set(told) == {"address", "replay_address", "archive"}
        assert (told["replay_address"], told["archive"]) == (None, str(tmp_path))
        assert ask(int(told["address"].rpartition(":")[2]), "/healthz", "127.0.0.1")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60)[0] == b""
    finally:
        process.kill()
        process.communicate()
