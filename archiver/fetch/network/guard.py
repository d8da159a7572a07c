"""No connection to a private address: what a stranger's page may make us fetch ends at the public internet.

``ipaddress.is_global`` lets several ranges through and changes with each Python, so the list is our own, after the IANA
special-purpose registries (RFC 6890 and its updates). IPv4 inside IPv6 is unwrapped and judged as what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from archiver.config import Config
from archiver.fetch.network.connect_to import ConnectTo

_FORBIDDEN_4 = {
    IPv4Network(net): why
    for net, why in {
        "0.0.0.0/8": "this network",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "shared by carriers",
        "127.0.0.0/8": "loopback",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "protocol assignments",
        "192.0.2.0/24": "documentation",
        "192.88.99.0/24": "6to4 relay",
        "192.168.0.0/16": "private",
        "198.18.0.0/15": "benchmarks",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
_PUBLIC_6 = IPv6Network("2000::/3")
_FORBIDDEN_6 = {
    IPv6Network(net): why
    for net, why in {
        "2001::/23": "protocol assignments",
        "2001:db8::/32": "documentation",
        "2002::/16": "6to4",
        "3fff::/20": "documentation",
    }.items()
}
_EMBEDDING = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_ISATAP = {0x00005EFE, 0x02005EFE}


def why_forbidden(address: str) -> str | None:
    """Why ``address`` (an IP address as text) is not public; None when it is. What is no address is forbidden too."""
    try:
        ip = ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return f"{address!r} is no IP address"
    why = _why_4(ip) if isinstance(ip, IPv4Address) else _why_6(ip)
    return f"address {ip} is not public ({why})" if why else None


def _why_4(ip: IPv4Address) -> str | None:
    return next((why for net, why in _FORBIDDEN_4.items() if ip in net), None)


def _why_6(ip: IPv6Address) -> str | None:
    low = IPv4Address(int(ip) & 0xFFFFFFFF)
    if any(ip in net for net in _EMBEDDING):
        return _why_4(low)
    if ip not in _PUBLIC_6:
        return "not global unicast"
    why = next((why for net, why in _FORBIDDEN_6.items() if ip in net), None)
    if why is None and (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
        why = _why_4(low)
    return why


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Says which address a connection may go to. ``allow_private`` and hosts that ``connect_to`` covers are not asked about.

    For a ``model`` archive there is nothing else than covered hosts. ``proxy`` is the host and port of the configured proxy,
    which may stand anywhere; what is asked of it is judged by ``refuses_target``.
    """

    connect_to: ConnectTo = field(default_factory=ConnectTo)
    allow_private: bool = False
    model: bool = False
    proxy: tuple[str, int] | None = None

    @classmethod
    def of(cls, config: Config, *, proxy: tuple[str, int] | None = None) -> AddressGuard:
        """The guard of a configuration. Raises ``ConfigError``."""
        return cls(ConnectTo.of(config), config.fetch.allow_private, config.archive.model, proxy)

    def is_exempt(self, host: str, port: int) -> bool:
        """Whether nobody asks where ``host:port`` stands."""
        return self.allow_private or self.connect_to.covers(host, port)

    def refuses_target(self, host: str, port: int) -> str | None:
        """Why ``host:port`` is not to be fetched, by its name or literal address alone; None when it may be."""
        if self.model and not self.connect_to.covers(host, port):
            return "this is a model archive, and no --connect-to covers the host"
        if self.is_exempt(host, port) or not _is_literal(host):
            return None
        return why_forbidden(host)

    def refuses_host(self, host: str, port: int) -> str | None:
        """Why no connection is to be made to ``host:port``, before it is even looked up; None when it may be."""
        if (host, port) == self.proxy:
            return None
        if self.model and not self.connect_to.covers(host, port):
            return "this is a model archive, and no --connect-to covers the host"
        return None

    def refuses(self, host: str, port: int, address: str) -> str | None:
        """Why a connection for ``host:port`` must not go to ``address``; None when it may."""
        why = self.refuses_host(host, port)
        if why or (host, port) == self.proxy or self.is_exempt(host, port):
            return why
        return why_forbidden(address)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True
