"""curl's ``--connect-to``: connections to HOST:PORT go to ADDR:PORT instead.

Host name, TLS name and Host header stay those of the URL. An empty HOST or PORT matches any, an empty ADDR or PORT keeps
the original, IPv6 stands in brackets. The first rule that matches wins. Names need not resolve.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.config import Config
from archiver.errors import ConfigError, UsageError

_RULE = re.compile(
    r"""(?P<host> \[[0-9a-fA-F:.%]+\] | [^\[\]:\s]* ) : (?P<port> [0-9]* ) :
        (?P<addr> \[[0-9a-fA-F:.%]+\] | [^\[\]:\s]* ) : (?P<to> [0-9]* ) \Z""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class ConnectRule:
    """One ``HOST:PORT:ADDR:PORT``; None is an empty part."""

    host: str | None
    port: int | None
    addr: str | None
    to_port: int | None

    def matches(self, host: str, port: int) -> bool:
        """Whether connections to ``host:port`` are meant."""
        return self.host in {None, _name(host)} and self.port in {None, port}


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """All rules of a crawl."""

    rules: tuple[ConnectRule, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> ConnectTo:
        """Read rules as people type them. Raises ``UsageError``."""
        return cls(tuple(_parse(text) for text in texts))

    @classmethod
    def of(cls, config: Config) -> ConnectTo:
        """The rules of ``[fetch] connect_to``. Raises ``ConfigError``."""
        try:
            return cls.parse(config.fetch.connect_to)
        except UsageError as error:
            raise ConfigError("[fetch] connect_to", str(error)) from error

    def rule_for(self, host: str, port: int) -> ConnectRule | None:
        """The first rule that means ``host:port``."""
        return next((rule for rule in self.rules if rule.matches(host, port)), None)

    def target(self, host: str, port: int) -> tuple[str, int]:
        """Where a connection to ``host:port`` goes."""
        rule = self.rule_for(host, port)
        if rule is None:
            return host, port
        return rule.addr or host, rule.to_port or port

    def covers(self, host: str, port: int) -> bool:
        """Whether a rule means ``host:port``: its address was named by hand and is not asked about again."""
        return self.rule_for(host, port) is not None

    def covers_host(self, host: str) -> bool:
        """Whether a rule means ``host`` at one of its ports at least."""
        return any(rule.host in {None, _name(host)} for rule in self.rules)


def _parse(text: str) -> ConnectRule:
    match = _RULE.match(text.strip())
    if not match:
        raise UsageError(f"not HOST:PORT:ADDR:PORT: {text[:200]!r} (empty parts are allowed, IPv6 stands in brackets)")
    return ConnectRule(
        host=_name(match["host"]) or None,
        port=_port(match["port"], text),
        addr=_name(match["addr"]) or None,
        to_port=_port(match["to"], text),
    )


def _name(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _port(digits: str, text: str) -> int | None:
    if not digits:
        return None
    port = int(digits[:6])
    if not 0 < port < 65536 or len(digits) > 5:
        raise UsageError(f"no port number in {text[:200]!r}: {digits[:20]}")
    return port
