"""How long the server waits for a client that sends slowly, or does not read what it asked for."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from archiver.web.rates import client_of


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds in which a request, head and body, must have come, and in which a full buffer must be read from; and the connections
    that one client may have, so that it leaves room for the others."""

    receive: float = 20.0
    send: float = 60.0
    connections: int = 64


def patient_protocol(patience: Patience, *, trusted_proxy: str = "") -> type[H11Protocol]:
    """A protocol that hangs up on a client whose time is over, or that has too many connections: they are free for others again.
    Those of the proxy named in ``[serve] trusted_proxy`` are not counted: they are many clients'."""
    connected: Counter[str] = Counter()

    class PatientProtocol(H11Protocol):
        _receiving: asyncio.TimerHandle | None = None
        _sending: asyncio.TimerHandle | None = None

        _client: str | None = None
        _is_one_too_many = False

        def connection_made(self, transport: Any) -> None:
            peer = str((transport.get_extra_info("peername") or ("",))[0])
            if peer != trusted_proxy:
                self._client = client_of(peer)
                connected[self._client] += 1
                if connected[self._client] > patience.connections:
                    self._is_one_too_many = True
                    transport.abort()
                    return
            super().connection_made(transport)
            self._watch_request()

        def data_received(self, data: bytes) -> None:
            if self._is_one_too_many:
                return
            super().data_received(data)
            self._watch_request()

        def connection_lost(self, exc: Exception | None) -> None:
            if self._client is not None:
                connected[self._client] -= 1
                if not connected[self._client]:
                    del connected[self._client]
            if self._is_one_too_many:
                return
            for timer in (self._receiving, self._sending):
                if timer is not None:
                    timer.cancel()
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            if self._sending is None:
                self._sending = self.loop.call_later(patience.send, self._hang_up)

        def resume_writing(self) -> None:
            if self._sending is not None:
                self._sending.cancel()
                self._sending = None
            super().resume_writing()

        def _watch_request(self) -> None:
            """One deadline for a whole request, however many pieces it comes in."""
            if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
                if self._receiving is None:
                    self._receiving = self.loop.call_later(patience.receive, self._hang_up)
            elif self._receiving is not None:
                self._receiving.cancel()
                self._receiving = None

        def _hang_up(self) -> None:
            self.transport.abort()

    return PatientProtocol
