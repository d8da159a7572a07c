"""From settings to a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.config import load
from archiver.errors import ConfigError
from archiver.store import open_store


def config(home: Path, **environment: str):
    return load(home, {f"ARCHIVER_STORE_{key.upper()}": value for key, value in environment.items()})


def test_the_default_store_is_a_directory_in_the_archives_home(tmp_path: Path) -> None:
    store = open_store(config(tmp_path / "archive"))
    assert store.url == str(tmp_path / "archive" / "store")
    assert not (tmp_path / "archive").exists()
    store.check()
    assert (tmp_path / "archive" / "store").is_dir()


def test_a_bucket_and_prefix_are_named_by_a_url(tmp_path: Path) -> None:
    store = open_store(config(tmp_path, url="s3://news-archive/a/b/", endpoint_url="http://127.0.0.1:1"))
    assert store.url == "s3://news-archive/a/b"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "s3://"},
        {"url": "s3://UPPER/x"},
        {"url": "s3://bucket/a/../b"},
        {"url": "ftp://host/store"},
        {"url": "s3://bucket", "addressing": "sideways"},
        {"url": "s3://bucket", "checksums": "never"},
        {"url": "s3://bucket", "endpoint_url": "127.0.0.1:8333"},
        {"attempts": "0"},
    ],
)
def test_settings_that_cannot_be_meant_are_named(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"\[store\]"):
        open_store(config(tmp_path, **wrong))
