"""Serving the application until a signal comes."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from archiver.errors import CatalogError, ConfigError
from archiver.web.app import create_app
from archiver.web.guard import MAX_HEAD
from archiver.web.interactive.app import create_replay_app
from archiver.web.patience import Patience, patient_protocol
from archiver.web.state import ArchiveLike, WebState

log = logging.getLogger(__name__)
PATIENCE = Patience()
KEEP_ALIVE = 15
MAX_CONNECTIONS = 200
GRACE = 20
"""Seconds that open answers get when the server is told to stop."""
STARTING = 30


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens, and returns after a signal instead of raising it again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


def serve(
    archive: ArchiveLike,
    *,
    host: str,
    port: int,
    ready: Callable[[str, str | None], None] | None = None,
    replay_ready: Callable[[str], None] | None = None,
    patience: Patience = PATIENCE,
) -> None:
    """Serve ``archive`` on ``host`` and ``port`` (0 picks a free one) until SIGINT or SIGTERM, then let open answers end.

    A second signal breaks them off. A client that is slower than ``patience`` is hung up on. ``ready`` is called once
    when requests are taken, with the address and that of interactive replay (None without it); ``replay_ready`` before it,
    where that is set up: with words that say where it listens, or why it does not. Prints nothing. Raises ``ConfigError`` when an address cannot be
    had.
    """
    app = create_app(archive, config=archive.config)
    listener = _bind(host, port)
    address = _address(listener, host)
    try:
        with _replay(app.state.web, replay_ready, patience) as replay:
            _serve(archive, app, listener, ready=lambda: ready(address, replay) if ready else None, patience=patience)
    finally:
        listener.close()


def _serve(
    archive: ArchiveLike, app: Starlette, listener: socket.socket, *, ready: Callable[[], None], patience: Patience
) -> None:
    stop = Event()
    catching_up = Thread(target=_catch_up, args=(archive, stop), name="archiver-search", daemon=True)
    catching_up.start()
    try:
        _Server(_settings(app, patience, trusted_proxy=archive.config.serve.trusted_proxy), ready).run(
            sockets=[listener]
        )
    finally:
        app.state.web.close()
        stop.set()
        catching_up.join()


@contextmanager
def _replay(state: WebState, ready: Callable[[str], None] | None, patience: Patience) -> Iterator[str | None]:
    """The replay origin on its own listener, in a thread of its own, while the block runs; its address, if there is one."""
    interactive = state.interactive
    if interactive is None:
        if state.interactive_off and ready:
            ready(f"no interactive replay: {state.interactive_off}")
        yield None
        return
    place = interactive.place
    listener = _bind(place.host, place.port)
    up = Event()
    server = _Server(
        _settings(create_replay_app(state, interactive), patience, trusted_proxy=state.config.serve.trusted_proxy),
        up.set,
    )
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="archiver-replay", daemon=True)
    thread.start()
    try:
        up.wait(STARTING)
        if ready:
            ready(f"interactive replay of {place.origin} at {_address(listener, place.host)}")
        yield _address(listener, place.host)
    finally:
        server.should_exit = True
        thread.join(GRACE)
        listener.close()


def _address(listener: socket.socket, host: str) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


def _settings(app: Starlette, patience: Patience, *, trusted_proxy: str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=patient_protocol(patience, trusted_proxy=trusted_proxy),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=MAX_HEAD,
        timeout_keep_alive=KEEP_ALIVE,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
    )


def _catch_up(archive: ArchiveLike, stop: Event) -> None:
    """Put into the search index what a crash or an older schema left out, in small steps beside the service."""
    try:
        while not stop.is_set() and archive.index.catch_up():
            stop.wait(0.01)  # others write too
    except CatalogError as error:  # no index here, or the catalogue is away: search says so by itself
        log.warning("the search index was not brought up to date: %s", error)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError("serve", f"cannot listen on {host}: {error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError("serve", f"cannot listen on {host} port {port}: {error}") from error
    return listener
