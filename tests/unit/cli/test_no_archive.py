"""A mistyped name of an archive makes none and is not answered with nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from archives import Kept, make

import archiver
from archiver.cli.main import main
from archiver.config.home import MARKER
from archiver.errors import ConfigError, StorageError
from archiver.ops.verify import verify

URL = "https://news.example/a"
NEEDY = [
    ["captures"],
    ["get", URL],
    ["held", "-"],
    ["search", "words"],
    ["coverage", "vietnamplus"],
    ["extract", "--all"],
    ["extract", "--url", URL],
    ["alerts"],
    ["access", "list"],
    ["takedown", URL, "--mode", "hide", "--reason", "x", "--yes"],
    ["token", "list"],
    ["verify"],
    ["recover"],
    ["replicate", "elsewhere"],
    ["schedule", "list"],
    ["schedule", "add", "vietnamplus", "--cron", "0 * * * *", "--tz", "UTC"],
    ["sites", "add", "https://news.example/"],
    ["sites", "check", "vietnamplus"],
    ["serve"],
    ["replay-install"],
]


@pytest.mark.parametrize("command", NEEDY, ids=" ".join)
def test_a_command_that_needs_an_archive_says_that_there_is_none_and_makes_none(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "typo"
    assert main([*command, "--archive", str(home)]) == 4
    said = capsys.readouterr()
    assert str(home) in said.err
    assert "archiver init" in said.err
    assert said.out == ""
    assert not home.exists()


def test_what_needs_no_archive_asks_for_none(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body><h1>A</h1><p>Words of a page.</p></body></html>")
    assert main(["sites", "--archive", str(tmp_path / "typo")]) == 0
    assert main(["extract", str(page), "--url", URL, "--archive", str(tmp_path / "typo")]) == 0
    assert not (tmp_path / "typo").exists()


def test_open_in_python_refuses_a_home_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no archive here"):
        archiver.open(tmp_path / "typo")


def test_init_makes_one(tmp_path: Path) -> None:
    assert main(["init", "--archive", str(tmp_path / "home")]) == 0
    assert main(["captures", "--archive", str(tmp_path / "home")]) == 0


@pytest.mark.parametrize("left", ["archiver.toml", "catalog.sqlite3"])
def test_a_home_from_before_counts_as_an_archive_and_is_marked_when_it_is_written(tmp_path: Path, left: str) -> None:
    kept = make(tmp_path / "home")
    for name in {MARKER, "archiver.toml", "catalog.sqlite3"} - {left}:
        (kept.config.home / name).unlink(missing_ok=True)
    if left == "archiver.toml":
        (kept.config.home / left).write_text("")
    assert main(["captures", "--archive", str(kept.config.home)]) == 0
    assert not (kept.config.home / MARKER).exists()
    assert main(["recover", "--archive", str(kept.config.home)]) == 0
    assert (kept.config.home / MARKER).exists()


@pytest.fixture
def moved(tmp_path: Path) -> Kept:
    """An archive whose store was moved away."""
    kept = make(tmp_path / "home")
    assert main(["recover", "--archive", str(kept.config.home)]) == 0
    kept.root.rename(tmp_path / "elsewhere")
    return kept


def test_a_store_that_was_moved_away_is_said_and_no_other_is_made(
    moved: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["verify"], ["recover"], ["init"], ["get", URL]):
        assert main([*command, "--archive", str(moved.config.home)]) == 5
        assert "moved away" in capsys.readouterr().err
    assert not moved.root.exists()


def test_a_store_that_is_lost_is_made_again_by_hand_and_filled_from_a_copy(moved: Kept, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        verify(moved.config, clock=moved.clock)
    moved.root.mkdir()
    command = ["verify", "--repair-from", str(tmp_path / "elsewhere"), "--archive", str(moved.config.home)]
    assert main(command) == 0
    shutil.rmtree(tmp_path / "elsewhere")
    assert main(["get", URL, "--archive", str(moved.config.home)]) == 0
