"""An archive's home: the directory with its settings, catalogue, spool, store and own site files."""

from __future__ import annotations

from pathlib import Path

from archiver.config.settings import CONFIG_FILE, Config
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


def prepare_home(config: Config, *, model: bool = False) -> bool:
    """Make the home of an archive where it is missing; whether it was made now.

    Raises ``SpoolUnusable`` when the spool cannot be made or written, ``ConfigError`` when the home cannot.
    """
    made = False
    try:
        config.home.mkdir(parents=True, exist_ok=True)
        file = config.home / CONFIG_FILE
        if not file.exists():
            file.write_text(_PLAIN.format(model="model = true" if model else "# model = false"), "utf-8")
            made = True
        config.sites_dir.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(str(config.home), error.strerror or str(error)) from error
    _prepare_spool(config.spool_dir)
    return made


def _prepare_spool(spool: Path) -> None:
    """Make the spool and prove that it can be written: before anything is fetched, not after."""
    probe = spool / ".writable"
    try:
        spool.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise SpoolUnusable(str(spool), error.strerror or str(error)) from error
