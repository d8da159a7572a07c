"""Where interactive replay is served, and whether it is at all."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from archiver.config import Config
from archiver.errors import ConfigError, PackageDamaged
from archiver.ops.wabac import SCRIPT, TERMS, read_installed

_SETTING = "[serve] replay_url"


@dataclass(frozen=True, slots=True)
class ReplayOrigin:
    """The two origins. ``app`` is the address of the archive (with its path, if it has one), ``app_origin`` its origin,
    ``origin`` that of replay; ``host`` and ``port`` are where the service listens for it."""

    app: str
    app_origin: str
    origin: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """What a request for the replay origin has in its Host header."""
        return urlsplit(self.origin).netloc

    @property
    def name(self) -> str:
        """The replay origin's host name."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, slots=True)
class Interactive:
    """Interactive replay, ready to be served: its place, and the installed program as it is and packed by gzip."""

    place: ReplayOrigin
    script: bytes
    packed: bytes
    terms: bytes


def read_place(config: Config) -> ReplayOrigin | None:
    """What the settings say; None where interactive replay is not wanted. Raises ``ConfigError`` for what would not be safe."""
    serve = config.serve
    if not serve.replay_url:
        return None
    replay, app = _parts(serve.replay_url), _parts(serve.public_url)
    if not _is_secure(serve.replay_url) or replay.path not in {"", "/"} or replay.query or replay.fragment:
        why = "must be https://HOST (or http://NAME.localhost, to try it), without a path: browsers need it so"
        raise ConfigError(_SETTING, f"{why}; it is {serve.replay_url!r}")
    if not app.hostname or app.username is not None or app.query or app.fragment:
        raise ConfigError(_SETTING, "needs [serve] public_url, the address of the archive itself")
    if not (replay.hostname or "").endswith(f".{app.hostname}"):
        # Ports do not keep cookies apart, and a browser gives a foreign site's frame no service worker.
        why = f"must have a host below that of public_url, such as replay.{app.hostname}: scripts of archived pages run there"
        raise ConfigError(_SETTING, f"{why}; it is {serve.replay_url!r}")
    if app.scheme != replay.scheme:
        raise ConfigError(_SETTING, f"must have the scheme of public_url, {app.scheme}")
    host, port = _listen(serve.replay_listen)
    return ReplayOrigin(serve.public_url.rstrip("/"), _origin(app), _origin(replay), host, port)


def open_interactive(config: Config) -> tuple[Interactive | None, str]:
    """Interactive replay, or None and the reason, which is empty where it is not wanted. Raises ``ConfigError``."""
    place = read_place(config)
    if place is None:
        return None, ""
    if config.serve.reading == "token":
        # An origin on which strangers' scripts run is not given a key to what only some may read.
        return None, 'reading needs a token ([serve] reading = "token")'
    try:
        files = read_installed(config)
    except PackageDamaged as error:
        return None, f"{error}; run `archiver replay-install` again"
    if files is None:
        return None, "wabac.js is not installed; `archiver replay-install` does it"
    return Interactive(place, files[SCRIPT], gzip.compress(files[SCRIPT], mtime=0), files[TERMS]), ""


def _is_secure(url: str) -> bool:
    """Whether browsers call such an origin a secure context, without which there is no service worker."""
    parts = urlsplit(url)
    if parts.username is not None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname.endswith(".localhost"))


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what finds a port that is none
    except ValueError as error:
        raise ConfigError(_SETTING, f"{url!r} is no address: {error}") from error
    return parts


def _origin(parts: SplitResult) -> str:
    """As browsers write it: without the port that the scheme has anyway."""
    default = {"http": 80, "https": 443}.get(parts.scheme)
    name = (parts.hostname or "").lower()
    return f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port not in {None, default} else "")


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise ConfigError("[serve] replay_listen", f"must be HOST:PORT, not {text!r}")
    return host.strip("[]"), int(port)
