"""The proxy of ``[fetch] proxy``, and what may be asked of one.

Through a proxy the proxy opens the connection, so it, not we, chooses the address. What can be checked here is checked:
literal addresses, and what the name has for addresses where we stand. The environment's proxy variables are not read:
they would lead round the guard without anybody having said so.
"""

from __future__ import annotations

import asyncio
import base64
import socket
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from archiver.config import Config
from archiver.errors import ConfigError
from archiver.fetch.network.guard import AddressGuard, why_forbidden

_WHERE = "[fetch] proxy"


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: its ``url`` without credentials, and the ``authorization`` that they make."""

    host: str
    port: int
    authorization: bytes | None = None

    @property
    def url(self) -> str:
        """The address as Scrapy wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    @classmethod
    def of(cls, config: Config) -> Proxy | None:
        """The proxy of a configuration, if it names one. Raises ``ConfigError``, which never shows the credentials."""
        text = config.fetch.proxy
        if not text:
            return None
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            host, port = parts.hostname, parts.port or 80
        except ValueError as error:
            raise ConfigError(_WHERE, "is no http://host:port") from error
        if parts.scheme != "http" or not host or parts.path not in {"", "/"} or parts.query:
            raise ConfigError(_WHERE, "must be http://[user:password@]host:port")
        if parts.username is None:
            return cls(host, port)
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return cls(host, port, b"Basic " + base64.b64encode(pair.encode()))


async def why_not_through_proxy(guard: AddressGuard, host: str, port: int) -> str | None:
    """Why ``host:port`` is not asked of a proxy; None when it may be.

    A name that has no address here is left to the proxy.
    """
    why = guard.refuses_target(host, port)
    if why or guard.is_exempt(host, port):
        return why
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    return next((why for *_, address in found if (why := why_forbidden(str(address[0])))), None)
