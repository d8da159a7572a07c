"""How long the server waits for a client that sends slowly, or does not read what it asked for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds in which a request, head and body, must have come, and in which a full buffer must be read from."""

    receive: float = 20.0
    send: float = 60.0


def patient_protocol(patience: Patience) -> type[H11Protocol]:
    """A protocol that hangs up on a client whose time is over: its connection is free for others again."""

    class PatientProtocol(H11Protocol):
        _receiving: asyncio.TimerHandle | None = None
        _sending: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._watch_request()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch_request()

        def connection_lost(self, exc: Exception | None) -> None:
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
