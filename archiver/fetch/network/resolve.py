"""Name resolution of one connection: ``connect_to`` first, then only addresses that the guard allows.

Twisted's ``HostnameEndpoint`` asks this and connects to exactly the addresses that it gets back, so the address that was
checked is the one connected to; a name that answers otherwise a moment later changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from archiver.fetch.network.guard import AddressGuard


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """A literal address needs no waiting."""


@implementer(IResolutionReceiver)
class _Filter:
    """Hands on what the guard allows, at the port where the connection really goes."""

    def __init__(self, receiver: Any, allow: Callable[[str], bool], port: int) -> None:
        self._receiver = receiver
        self._allow = allow
        self._port = port

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  Twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if self._allow(address.host):
            self._receiver.addressResolved(type(address)("TCP", address.host, self._port))

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """An ``IHostnameResolver`` for one connection; ``refused`` is told the reason of each address that was left out."""

    def __init__(self, inner: Any, guard: AddressGuard, refused: Callable[[str, str], None]) -> None:
        self._inner = inner
        self._guard = guard
        self._refused = refused

    def resolveHostName(  # noqa: N802  Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """See ``IHostnameResolver``."""

        def allow(address: str) -> bool:
            why = self._guard.refuses(hostName, portNumber, address)
            if why:
                self._refused(hostName, why)
            return why is None

        name, port = self._guard.connect_to.target(hostName, portNumber)
        receiver = _Filter(resolutionReceiver, allow, port)
        why = self._guard.refuses_host(hostName, portNumber)
        if why:
            self._refused(hostName, why)
            receiver.resolutionBegan(_Resolution(name))
            receiver.resolutionComplete()
            return _Resolution(name)
        if isIPAddress(name) or isIPv6Address(name):
            resolution = _Resolution(name)
            receiver.resolutionBegan(resolution)
            kind = IPv6Address if ":" in name else IPv4Address
            receiver.addressResolved(kind("TCP", name, port))
            receiver.resolutionComplete()
            return resolution
        return self._inner.resolveHostName(receiver, name, port, addressTypes, transportSemantics)
