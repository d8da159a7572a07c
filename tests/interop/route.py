"""A way for clients with fixed hosts: an HTTP proxy that ends TLS for some hosts, leads them to one port of this machine,
and lets nothing out."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Route:
    """CONNECT to one of ``hosts`` is TLS with ``certificate`` (key and certificate, PEM) and then plain HTTP to ``port``.

    ``live`` hosts speak TLS too, and answer 404: the live web, which holds nothing. So does everything else, without
    TLS. ``asked`` has the first line of every request.
    """

    def __init__(self, port: int, hosts: Sequence[str], certificate: Path, *, live: Sequence[str] = ()) -> None:
        self.asked: list[str] = []
        self._to = port
        self._hosts = frozenset(hosts)
        self._live = frozenset(live)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    @property
    def address(self) -> str:
        """The proxy's address, as environment variables have it."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with (
            contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError),
            contextlib.closing(writer),
        ):
            head = await reader.readuntil(b"\r\n\r\n")
            line = head.split(b"\r\n", 1)[0].decode("latin-1")
            self.asked.append(line)
            method, target, _ = line.split(" ")
            host = target.rpartition(":")[0]
            if method == "CONNECT" and host in self._hosts | self._live:
                writer.write(OPEN)
                await writer.drain()
                await writer.start_tls(self._tls)
            if method != "CONNECT" or host not in self._hosts:
                if host in self._live:
                    await reader.readuntil(b"\r\n\r\n")
                writer.write(NOTHING)
                await writer.drain()
                return
            back, out = await asyncio.open_connection("127.0.0.1", self._to)
            with contextlib.closing(out):
                await asyncio.gather(self._pump(reader, out), self._pump(back, writer))

    @staticmethod
    async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()
