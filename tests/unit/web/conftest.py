from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from archiver.config.settings import ArchiveSection, ServeSection
from archiver.web.app import create_app
from tests.shelf import Shelf


class Client:
    """Asks the application in this process; ``get`` takes the target as it stands on the request line."""

    def __init__(self, app: Any, base: str = "http://archive.localhost") -> None:
        self._app = app
        self._base = base

    def get(self, target: str, *, method: str = "GET", headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self._base) as client:
                # As httpx would clean up the target, it goes in as raw bytes.
                url = httpx.URL(self._base).copy_with(raw_path=target.encode())
                request = client.build_request(method, url, headers={"Accept-Encoding": "identity", **(headers or {})})
                return await client.send(request)

        return anyio.run(ask)

    def look(self, target: str) -> httpx.Response:
        """Asks as a person's browser does for a page of its own."""
        return self.get(target, headers={"Sec-Fetch-Dest": "document", "Accept": "text/html,*/*;q=0.8"})


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(shelf: Shelf) -> Client:
    return Client(create_app(shelf, config=shelf.config))


@pytest.fixture
def client_with(shelf: Shelf) -> Callable[..., Client]:
    """Makes a client of an application with other settings."""

    def make(*, public_url: str = "", model: bool = False) -> Client:
        config = replace(shelf.config, archive=ArchiveSection(model=model), serve=ServeSection(public_url=public_url))
        return Client(create_app(shelf, config=config))

    return make
