"""Under which names the service answers.

A web page of somebody else's may give its own name the address 127.0.0.1 (DNS rebinding) and then read, from the reader's own
browser, an archive that listens on loopback. Such requests bear that page's name in ``Host`` (RFC 9110, section 7.2).
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from archiver.config.settings import ServeSection

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?\Z", re.IGNORECASE)


class HostNames:
    """The names of a service, each at any port: IP addresses, ``localhost`` and what is below it, the hosts of its public addresses,
    and ``[serve] hosts``."""

    def __init__(self, serve: ServeSection) -> None:
        named = (urlsplit(url).hostname for url in (serve.public_url, serve.replay_url))
        self._names = frozenset(name.lower().rstrip(".") for name in (*named, *serve.hosts) if name)

    def refuse(self, hosts: list[bytes]) -> tuple[int, str, str] | None:
        """Status, code and message for a request with these ``Host`` headers; None where it is answered."""
        if len(hosts) != 1:
            return 400, "bad-request", "a request has one Host header (RFC 9112, section 3.2)"
        match = _HOST.match(hosts[0].decode("latin-1").strip())
        name = match[1].lower().rstrip(".") if match else ""
        if name in self._names or name == "localhost" or name.endswith(".localhost") or _is_address(name):
            return None
        return 421, "misdirected-request", "this archive does not answer under that name; [serve] hosts adds names"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
