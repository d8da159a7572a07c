"""What somebody sees before a takedown, and how they agree to it."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from archives import Kept, make

from archiver.cli.main import main

URL = "https://news.example/a"


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return make(tmp_path / "home")


def take(kept: Kept, target: str, *more: str, mode: str = "hide") -> int:
    home = str(kept.config.home)
    return main(["takedown", target, "--mode", mode, "--reason", "file 17", "--archive", home, *more])


def rules(kept: Kept) -> int:
    with kept.catalog() as catalog:
        return len(catalog.access.find())


def test_what_is_not_held_exits_3_changes_nothing_and_names_the_rule_that_would_keep_it_out(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in (["--yes"], ["--dry-run"], []):
        assert take(kept, "https://news.example/never", *more) == 3
        assert "archiver access add" in capsys.readouterr().err
    assert rules(kept) == 0


def test_without_a_terminal_nothing_is_taken_down_unless_yes_is_said(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert take(kept, "https://news.example/*") == 2
    assert "--yes" in capsys.readouterr().err
    assert take(kept, "https://news.example/*", "--json") == 2
    assert rules(kept) == 0
    assert take(kept, "https://news.example/*", "--yes", "--json") == 0
    assert rules(kept) == 1


def test_a_dry_run_shows_what_it_would_touch_and_changes_nothing(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    assert take(kept, "https://news.example/*", "--dry-run", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["dry_run"] is True
    assert shown["captures"] >= shown["urls"] == len(shown["some_urls"]) >= 2
    assert URL in shown["some_urls"]
    assert take(kept, "https://news.example/*", "--dry-run") == 0
    assert URL in capsys.readouterr().out
    assert rules(kept) == 0


def test_a_takedown_that_was_decided_before_goes_on_though_nothing_matches_any_more(kept: Kept) -> None:
    assert take(kept, URL, "--yes", mode="delete") == 0
    assert take(kept, URL, "--yes", mode="delete") == 0


@pytest.mark.parametrize(("answer", "code", "decided"), [("n", 2, 0), ("", 2, 0), ("y", 0, 1)])
def test_on_a_terminal_it_shows_and_asks(kept: Kept, answer: str, code: int, decided: int) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "archiver", "takedown", URL, "--mode", "hide", "--reason", "x"]
    process = subprocess.Popen(
        [*command, "--archive", str(kept.config.home)], stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert process.wait(30) == code
    assert b"Go on? [y/N]" in said
    assert URL.encode() in said
    assert rules(kept) == decided
