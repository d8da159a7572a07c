"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import argparse
import ssl
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from archiver.archive import Archive
from archiver.config import Config, default_home, load
from archiver.config.home import require_home
from archiver.errors import ConfigError, NotHttpUrl, UsageError
from archiver.fetch.network.connect_to import ConnectTo
from archiver.model.instant import parse_when
from archiver.store import Store, open_store, open_url


def add_archive(parser: argparse.ArgumentParser) -> None:
    """``--archive`` and ``--json``."""
    parser.add_argument(
        "--archive",
        metavar="DIR",
        type=Path,
        default=argparse.SUPPRESS,
        help="the archive's home (default: $ARCHIVER_ARCHIVE, else ./archive)",
    )
    add_json(parser)


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print results as JSON (lists: one object a line)",
    )


def add_connecting(parser: argparse.ArgumentParser) -> None:
    """``--connect-to`` and ``--ca-file``: how hosts are reached."""
    parser.add_argument(
        "--connect-to",
        action="append",
        default=[],
        metavar="HOST:PORT:ADDR:PORT",
        help="connect to ADDR:PORT for HOST:PORT, as curl does (may be repeated)",
    )
    parser.add_argument("--ca-file", metavar="FILE", help="trust these certificate authorities too (PEM)")


def add_replica_place(parser: argparse.ArgumentParser) -> None:
    """Where a second store is reached, when its STORE is a bucket."""
    parser.add_argument(
        "--endpoint-url",
        metavar="URL",
        help="address of the other store's S3-compatible server (default: that of [store]; credentials from the environment)",
    )
    parser.add_argument("--region", help="its region (default: that of [store])")


def replica_of(options: argparse.Namespace, config: Config, place: str) -> Store:
    """The second store that the command line names. Raises ``UsageError`` when it is the archive's own."""
    section = replace(
        config.store,
        endpoint_url=config.store.endpoint_url if options.endpoint_url is None else options.endpoint_url,
        region=config.store.region if options.region is None else options.region,
    )
    if not place.strip():
        raise UsageError("the second store has no name: give a directory or s3://bucket/prefix")
    url = place if "://" in place else str(Path(place).absolute())
    store = open_url(url, section=section)
    if store.url == open_store(config).url and section.endpoint_url == config.store.endpoint_url:
        raise UsageError(f"{place} is the archive's own store; a copy lies elsewhere")
    return store


def add_span(parser: argparse.ArgumentParser) -> None:
    """``--from`` and ``--to``, inclusive."""
    parser.add_argument(
        "--from", dest="since", type=when, metavar="T", help="from this time on: 4 to 17 digits or ISO 8601, UTC"
    )
    parser.add_argument("--to", dest="until", type=when_end, metavar="T", help="up to and with this time")


def when(text: str) -> datetime:
    """A time as people type it; its first instant."""
    try:
        return parse_when(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def when_end(text: str) -> datetime:
    """A time as people type it; its last instant."""
    try:
        return parse_when(text, end=True)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def positive(text: str) -> int:
    """A whole number above 0."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, not {text!r}")
    return value


def seconds(text: str) -> float:
    """A number of seconds, 0 or more."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds, not {text!r}")
    return value


def config_of(options: argparse.Namespace, *, may_be_new: bool = False) -> Config:
    """The configuration of the archive that the command line names. Raises ``ConfigError``, also where there is no archive,
    unless the command makes one or needs none (``may_be_new``)."""
    config = load(options.archive or default_home())
    if not may_be_new:
        require_home(config)
    return config


def connecting_config(options: argparse.Namespace, *, may_be_new: bool = False) -> Config:
    """The same with the options of ``add_connecting``."""
    config = config_of(options, may_be_new=may_be_new)
    changes: dict[str, object] = {}
    if options.connect_to:
        ConnectTo.parse(options.connect_to)
        changes["connect_to"] = (*config.fetch.connect_to, *options.connect_to)
    if options.ca_file:
        changes["ca_file"] = options.ca_file
    config = config.with_fetch(**changes)
    if config.fetch.ca_file:
        _check_ca_file(config.fetch.ca_file)
    return config


def _check_ca_file(path: str) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError("[fetch] ca_file", f"{path} has no certificates in PEM form: {error}") from error


def check_url(text: str | None) -> None:
    """Raises ``NotHttpUrl`` for what cannot be the address or beginning of an address of a capture: nothing, or another scheme."""
    if text is None:
        return
    scheme, mark, _ = text.strip().partition("://")
    if not text.strip() or (mark and scheme.lower() not in {"http", "https"}):
        raise NotHttpUrl(text)


def archive_of(options: argparse.Namespace) -> Archive:
    """The archive that the command line names."""
    return Archive(config_of(options))
