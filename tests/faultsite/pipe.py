"""A connection's server side with every end that a connection can come to. TLS runs over memory, so that it can be cut anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import ssl
import struct
import termios
import time

_PIECE = 1 << 16


class Pipe:
    """Bytes both ways over a plain, non-blocking socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.buffer = b""
        self.closed = False
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises ``ConnectionError`` when the client is gone."""
        await self._loop.sock_sendall(self.socket, data)

    async def receive(self) -> bytes:
        """What comes next; empty at the client's end."""
        return await self._loop.sock_recv(self.socket, _PIECE)

    async def read_until(self, mark: bytes, *, limit: int) -> bytes:
        """Up to and with ``mark``, or what there is at the client's end or at ``limit``."""
        while mark not in self.buffer and len(self.buffer) < limit:
            data = await self.receive()
            if not data:
                break
            self.buffer += data
        end = self.buffer.find(mark)
        cut = len(self.buffer) if end < 0 else end + len(mark)
        head, self.buffer = self.buffer[:cut], self.buffer[cut:]
        return head

    async def read_exactly(self, size: int) -> bytes:
        """``size`` bytes, fewer at the client's end."""
        while len(self.buffer) < size:
            data = await self.receive()
            if not data:
                break
            self.buffer += data
        head, self.buffer = self.buffer[:size], self.buffer[size:]
        return head

    async def gone(self, seconds: float) -> bool:
        """Wait; True as soon as the client has left. What it sends meanwhile is kept for the next request."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    data = await self.receive()
            except TimeoutError:
                return False
            if not data:
                return True
            self.buffer += data
        return False

    async def fin(self) -> None:
        """The orderly end."""
        self.cut()

    def cut(self) -> None:
        """FIN, without a word of TLS."""
        if not self.closed:
            self.closed = True
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            self.socket.close()

    async def reset(self) -> None:
        """RST, once the client's side has acknowledged all that was sent."""
        if self.closed:
            return
        for _ in range(100):
            (unread,) = struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, b"\0\0\0\0"))
            if unread == 0:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.03)  # acknowledged is not yet read by the program
        self.closed = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class TlsPipe(Pipe):
    """The same over TLS."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(connection)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)

    async def handshake(self) -> None:
        """Raises ``ssl.SSLError`` or ``ConnectionError`` where it fails."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            except ssl.SSLError:
                await self._flush()  # the alert
                raise
            else:
                await self._flush()
                return

    async def send(self, data: bytes) -> None:
        self._tls.write(data)
        await self._flush()

    async def receive(self) -> bytes:
        while True:
            try:
                return self._tls.read(_PIECE)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._feed():
                    return b""
            except ssl.SSLError:
                return b""

    async def fin(self) -> None:
        """close_notify, then FIN."""
        if not self.closed:
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
            await self._flush()
        self.cut()

    async def _feed(self) -> bool:
        data = await self._loop.sock_recv(self.socket, _PIECE)
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()
            if self._tls.version() is None:
                raise ConnectionResetError("the client left within the handshake")
        return bool(data)

    async def _flush(self) -> None:
        if data := self._out.read():
            await self._loop.sock_sendall(self.socket, data)


def server_hello(context: ssl.SSLContext, client_hello: bytes) -> bytes:
    """What a server answers to a ClientHello: ServerHello and what follows it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(client_hello)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise ssl.SSLError("a handshake cannot end with its first message")
