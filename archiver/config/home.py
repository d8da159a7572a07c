"""An archive's home: the directory with its settings, catalogue, spool, store and own site files."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from archiver.config.settings import CATALOG_FILE, CONFIG_FILE, Config
from archiver.errors import ConfigError, SpoolUnusable

_PLAIN = """\
# Settings of this archive. Every setting [section] key is also the environment variable ARCHIVER_SECTION_KEY.
# docs/settings.md lists them all with their meanings and defaults.

[archive]
{model}
# operator = "Who runs this archive"

# [store]
# url = "s3://bucket/prefix"
# endpoint_url = "https://s3.example.org"

# [fetch]
# contact = "https://example.org/our-archive"
"""


MARKER = "archive.json"
"""The file by which a home is known, made by whoever first writes there: ``{"format": 1, "stores": […], "done": […]}``. ``stores`` are
the values of ``[store] url`` under which a directory was made, ``done`` what a newer release does once to an older archive."""
REFRAMED = "reframed"
"""Done once: URLs whose answers an older release took for cut short, though only their framing was odd, are due again."""


def require_home(config: Config) -> None:
    """Raises ``ConfigError`` where there is no archive: a mistyped name must not make one, or be answered with nothing."""
    if not any((config.home / name).exists() for name in (MARKER, CONFIG_FILE, CATALOG_FILE)):
        raise ConfigError(
            str(config.home),
            "there is no archive here; `archiver init` makes one, --archive or ARCHIVER_ARCHIVE names another",
        )


def has_made_store(config: Config) -> bool:
    """Whether the directory of ``[store] url`` was made before: where it is missing now, it was moved away."""
    return config.store.url in _marks(config, "stores")


def note_store(config: Config) -> None:
    """Remember that the directory of ``[store] url`` has been made. Raises ``ConfigError``."""
    if "://" not in config.store.url:
        _mark(config, "stores", config.store.url)


def is_done(config: Config, step: str) -> bool:
    """Whether something that is done once was done to this archive."""
    return step in _marks(config, "done")


def note_done(config: Config, step: str) -> None:
    """Remember that it was done. Raises ``ConfigError``."""
    _mark(config, "done", step)


def _marks(config: Config, name: str) -> list[str]:
    try:
        found = json.loads((config.home / MARKER).read_bytes())[name]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [mark for mark in found if isinstance(mark, str)] if isinstance(found, list) else []


def _mark(config: Config, name: str, value: str) -> None:
    known = {each: _marks(config, each) for each in ("stores", "done")}
    if value not in known[name]:
        known[name].append(value)
        _write_marker(config, **known)


def _write_marker(config: Config, *, stores: list[str], done: list[str]) -> None:
    draft = config.home / f".{MARKER}"
    try:
        draft.write_text(json.dumps({"format": 1, "stores": stores, "done": done}) + "\n", "utf-8")
        draft.replace(config.home / MARKER)
    except OSError as error:
        raise ConfigError(str(config.home), error.strerror or str(error)) from error


def prepare_home(config: Config, *, model: bool = False) -> bool:
    """Make the home of an archive where it is missing; whether it was made now.

    Raises ``SpoolUnusable`` when the spool cannot be made or written, ``ConfigError`` when the home cannot.
    """
    made = False
    is_new = not any((config.home / name).exists() for name in (CONFIG_FILE, CATALOG_FILE))
    try:
        config.home.mkdir(parents=True, exist_ok=True)
        file = config.home / CONFIG_FILE
        if not file.exists():
            file.write_text(_PLAIN.format(model="model = true" if model else "# model = false"), "utf-8")
            made = True
        config.sites_dir.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(str(config.home), error.strerror or str(error)) from error
    if not (config.home / MARKER).exists():
        _write_marker(config, stores=[], done=[REFRAMED] if is_new else [])
    _prepare_spool(config.spool_dir)
    return made


def mark_model(config: Config) -> None:
    """Say in the settings that this is a model archive, whatever they said before. Raises ``ConfigError``."""
    file = config.home / CONFIG_FILE
    try:
        text = file.read_text("utf-8")
        before, table, after = text.partition("[archive]\n")
        own, rest = _table_end(after)
        kept = re.sub(r"(?m)^[ \t]*#?[ \t]*model[ \t]*=.*\n?", "", own)
        marked = f"{before if table else text.rstrip() + chr(10) * 2}[archive]\nmodel = true\n{kept}{rest}"
        if tomllib.loads(marked)["archive"]["model"] is not True:
            raise ConfigError(f"{file} [archive] model", "this is a model archive: set it to true")
        draft = file.with_name(f".{CONFIG_FILE}")
        draft.write_text(marked, "utf-8")
        draft.replace(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} [archive] model", f"this is a model archive: set it to true ({error})") from error


def _table_end(text: str) -> tuple[str, str]:
    """The lines of a TOML table, and what follows from the next table on."""
    following = re.search(r"(?m)^[ \t]*\[", text)
    end = following.start() if following else len(text)
    return text[:end], text[end:]


def _prepare_spool(spool: Path) -> None:
    """Make the spool and prove that it can be written: before anything is fetched, not after."""
    probe = spool / ".writable"
    try:
        spool.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise SpoolUnusable(str(spool), error.strerror or str(error)) from error
