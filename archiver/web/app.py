"""The ASGI application over an archive."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from archiver.config import Config
from archiver.errors import ArchiverError
from archiver.web.api.operations import OPERATIONS
from archiver.web.door import Door
from archiver.web.errors import on_archiver_error, on_bug, on_http_error
from archiver.web.guard import Guard
from archiver.web.hosts import HostNames
from archiver.web.people import PEOPLE
from archiver.web.protocol import protocol_routes
from archiver.web.routing import routes_of
from archiver.web.signing import ROUTES as SIGNING
from archiver.web.state import HERE, ArchiveLike, make_state


def create_app(archive: ArchiveLike, *, config: Config) -> Starlette:
    """The application. It does not own the archive: who opened it closes it. Raises ``CatalogError``, ``ConfigError``.

    Handlers are plain functions, which Starlette runs in its thread pool: catalogue and store block.
    """
    state = make_state(archive, config)
    replay_host = state.interactive.place.name if state.interactive else ""
    app = Starlette(
        routes=[
            *PEOPLE,
            *protocol_routes(),
            *routes_of(OPERATIONS),
            *SIGNING,
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(Guard, hosts=HostNames(config.serve), model=config.archive.model, replay_host=replay_host),
            Middleware(Door, config=config),
        ],
        exception_handlers={ArchiverError: on_archiver_error, HTTPException: on_http_error, Exception: on_bug},
    )
    app.router.redirect_slashes = False
    app.state.web = state
    return app
