"""Names that answer one address when they are checked and another when they are connected to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence

from faultsite.fault import REBIND
from faultsite.faults.redirects import PRIVATE_NAMES

PUBLIC = "93.184.216.34"
"""A public address that nobody is ever to be connected to in a test."""


class RebindingResolver:
    """Answers for some names, in turn: the first answer to the first question, and so on; the last one for ever.

    The default answers a public address and then loopback for ``rebind.example``, and private ones for every name of
    ``PRIVATE_NAMES``. Other names do not resolve. ``asked`` has the questions in their order.

    Plug it in as a function: ``resolve(name)`` gives addresses; ``getaddrinfo`` stands in for that of ``socket``, for
    ``twisted.internet._resolver.GAIResolver(reactor, reactor.getThreadPool, resolver.getaddrinfo)`` as for
    ``monkeypatch.setattr(socket, "getaddrinfo", …)``. A client that resolves twice is shown by a request for
    ``rebind.example`` in the site's log, where the port that it asks for is the site's.
    """

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]] | None = None) -> None:
        fixed: dict[str, Sequence[Sequence[str]]] = {name: [addresses] for name, addresses in PRIVATE_NAMES.items()}
        self._answers = dict(answers) if answers is not None else {REBIND: [[PUBLIC], ["127.0.0.1"]]} | fixed
        self._lock = threading.Lock()
        self.asked: list[str] = []

    def resolve(self, name: str) -> list[str]:
        """The addresses of ``name`` this time. Raises ``socket.gaierror`` for unknown names."""
        key = name.rstrip(".").lower()
        with self._lock:
            turns = self._answers.get(key)
            if not turns:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            turn = min(self.asked.count(key), len(turns) - 1)
            self.asked.append(key)
            return list(turns[turn])

    def getaddrinfo(
        self,
        host: str | bytes | None,
        port: int | str | None,
        family: int = 0,
        type: int = 0,  # noqa: A002  socket's word
        proto: int = 0,
        flags: int = 0,
    ) -> list[tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]]:
        """As ``socket.getaddrinfo``, for these names."""
        name = host.decode("ascii") if isinstance(host, bytes) else str(host)
        found: list[tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]] = []
        for address in self.resolve(name):
            of = socket.AF_INET6 if ":" in address else socket.AF_INET
            if family not in {0, of}:
                continue
            where = (address, int(port or 0), 0, 0) if of == socket.AF_INET6 else (address, int(port or 0))
            found.append((of, type or socket.SOCK_STREAM, proto or socket.IPPROTO_TCP, "", where))
        return found
