"""Faults and how they are registered: a name, what is wrong, what is expected, and a small function that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from faultsite.outcome import Expected
from faultsite.pipe import Pipe
from faultsite.wire import Place, Wire

MAIN = "faults.example"
OTHER = "other.example"
REBIND = "rebind.example"

Handler = Callable[[Wire], Awaitable[None]]
"""Answers one request."""
Raw = Callable[[Pipe, Place], Awaitable[None]]
"""Treats one accepted connection before any TLS or HTTP."""


class Kind(StrEnum):
    """Where a crawler meets an endpoint."""

    PAGE = "page"
    """Linked from the index page."""
    ROBOTS = "robots"
    """The robots.txt of a host of its own."""
    SITEMAP = "sitemap"
    """Named in robots.txt."""
    FEED = "feed"
    """Named by a link element of the index page."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, by a ``handler`` of requests, by a ``raw`` one of connections, or with neither: refused.

    ``path`` is what a request's path is compared with, from its start with ``prefix``. ``entry`` is the legal URL path and
    query by which it is entered, ``href`` the same as it is written in the index page. ``scheme`` is None where http and
    https both serve it.
    """

    name: str
    group: str
    description: str
    expected: Expected
    handler: Handler | None
    raw: Raw | None
    host: str
    path: str
    prefix: bool
    entry: str
    href: str
    kind: Kind
    scheme: str | None

    @property
    def endpoint(self) -> Endpoint:
        """What a test sees of it."""
        scheme = self.scheme or "http"
        url = f"{scheme}://{self.host}{self.entry}"
        return Endpoint(
            self.name, url, self.description, self.expected, group=self.group, kind=self.kind, both=self.scheme is None
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One URL and its documented outcome. ``both`` says that https serves it as http does."""

    name: str
    url: str
    description: str
    expected: Expected
    group: str
    kind: Kind
    both: bool

    def over(self, scheme: str) -> Endpoint:
        """The same endpoint over another scheme, or itself where there is only one."""
        return replace(self, url=f"{scheme}://{self.url.partition('://')[2]}") if self.both else self


class Group:
    """Faults of one sort, in the order of their registration."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.faults)

    def fault(
        self,
        name: str,
        description: str,
        expected: Expected,
        *,
        host: str = MAIN,
        path: str | None = None,
        prefix: bool = False,
        entry: str | None = None,
        href: str | None = None,
        kind: Kind = Kind.PAGE,
        scheme: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register a function that answers requests."""
        place = path or f"/{name}"

        def register(handler: Handler) -> Handler:
            self.faults.append(
                Fault(
                    name=name,
                    group=self.title,
                    description=description,
                    expected=expected,
                    handler=handler,
                    raw=None,
                    host=host,
                    path=place,
                    prefix=prefix,
                    entry=entry or place,
                    href=href or entry or place,
                    kind=kind,
                    scheme=scheme,
                )
            )
            return handler

        return register

    def says(
        self,
        name: str,
        description: str,
        expected: Expected,
        data: bytes,
        *,
        beyond: bytes = b"",
        end: str = "open",
        **where: object,
    ) -> None:
        """Register fixed bytes, and how the connection ends after them: ``open``, ``fin``, ``cut`` or ``reset``."""

        async def say(wire: Wire) -> None:
            head, blank, _ = data.partition(b"\r\n\r\n")
            await wire.send(head + blank if wire.ask.method == "HEAD" else data)
            if beyond:
                await wire.beyond(beyond)
            if end != "open":
                await getattr(wire, end)()

        self.fault(name, description, expected, **where)(say)  # type: ignore[arg-type]

    def connection(self, name: str, description: str, expected: Expected, *, scheme: str) -> Callable[[Raw], Raw]:
        """Register a function that treats a connection before any request; it gets a host and a port of its own."""

        def register(raw: Raw) -> Raw:
            self._own_port(name, description, expected, scheme=scheme, raw=raw)
            return raw

        return register

    def refused(self, name: str, description: str, expected: Expected, *, scheme: str) -> None:
        """Register a host whose port is taken, but not listened to."""
        self._own_port(name, description, expected, scheme=scheme, raw=None)

    def _own_port(self, name: str, description: str, expected: Expected, *, scheme: str, raw: Raw | None) -> None:
        self.faults.append(
            Fault(
                name=name,
                group=self.title,
                description=description,
                expected=expected,
                handler=None,
                raw=raw,
                host=f"{name}.example",
                path="/",
                prefix=True,
                entry="/",
                href="/",
                kind=Kind.PAGE,
                scheme=scheme,
            )
        )


def head(*lines: str, status: str = "200 OK", media: str = "text/html; charset=utf-8") -> bytes:
    """An HTTP/1.1 header block with these extra lines."""
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Type: {media}", *lines, "", ""]).encode("latin-1")


def page(title: str, *parts: str) -> bytes:
    """A small HTML page."""
    return f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{''.join(parts)}</body></html>\n".encode()


def message(body: bytes, *lines: str, media: str = "text/html; charset=utf-8") -> bytes:
    """A whole message with the right Content-Length."""
    return head(*lines, f"Content-Length: {len(body)}", media=media) + body


def chunk(data: bytes, extension: str = "") -> bytes:
    """One chunk (RFC 9112, section 7.1); the last one for no data, without the end of the trailers."""
    line = f"{len(data):x}{extension}\r\n".encode("latin-1")
    return line + data + b"\r\n" if data else line
