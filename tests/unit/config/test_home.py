"""The settings of a home that is found to be a model archive's say so, whatever they said before, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.config import load
from archiver.config.home import mark_model, prepare_home
from archiver.errors import ConfigError


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[store]\nurl = "x"\n',
        "[archive]\n",
        '[archive]\n# model = false\noperator = "Me"\n\n[store]\nurl = "x"',
        "[archive]\nmodel = false\n",
        '[store]\nurl = "x"\n[archive]\n  model=false # no\noperator = "Me"\n[fetch]\ncontact = "a@b.example"\n',
    ],
)
def test_the_settings_say_that_it_is_a_model(tmp_path: Path, text: str) -> None:
    file = tmp_path / "archiver.toml"
    file.write_text(text, "utf-8")
    before = load(tmp_path)
    mark_model(before)
    after = load(tmp_path)
    assert after.archive.model
    assert (after.archive.operator, after.store, after.fetch) == (before.archive.operator, before.store, before.fetch)


def test_a_fresh_home_is_marked(tmp_path: Path) -> None:
    config = load(tmp_path / "home")
    prepare_home(config)
    assert not load(config.home).archive.model
    mark_model(config)
    assert load(config.home).archive.model


@pytest.mark.parametrize("text", ["archive = { model = false }\n", "archive.model = false\n"])
def test_settings_written_another_way_are_left_and_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "archiver.toml").write_text(text, "utf-8")
    config = load(tmp_path)
    with pytest.raises(ConfigError, match="set it to true"):
        mark_model(config)
    assert (tmp_path / "archiver.toml").read_text("utf-8") == text
