"""A signed-in browser for the tests of pages that change something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import anyio
import httpx

from archiver.model.instant import SystemClock
from archiver.model.token import Role, Token, digest_of, new_id, new_secret, token_text
from tests.shelf import Shelf


def make_token(shelf: Shelf, role: Role) -> str:
    """A token of this role, as its owner has it."""
    secret = new_secret()
    token = Token(new_id(), f"a {role.value}", role, digest_of(secret), SystemClock().now() - timedelta(days=1))
    shelf.catalog.tokens.add(token)
    return token_text(token.id, secret)


class Browser:
    """Keeps cookies, and says of each request where it comes from, as browsers do."""

    def __init__(self, app: object, base: str = "http://archive.localhost") -> None:
        self.app, self.base = app, base
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []

    def ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        origin: str | None = None,
        language: str = "en",
    ) -> httpx.Response:
        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
            headers = {"Accept-Language": language}
            if self.cookies:
                headers["Cookie"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
            if method == "POST":
                headers["Origin"] = origin or self.base
                headers["Sec-Fetch-Site"] = "same-origin" if origin is None else "cross-site"
            async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
                return await client.request(method, path, data=form, headers=headers)

        answer = anyio.run(asking)
        self.set = answer.headers.get_list("set-cookie")
        for cookie in self.set:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    def sign_in(self, token: str) -> str:
        """Sign in; the word that forms carry."""
        assert self.ask("POST", "/sign-in", {"token": token}).status_code == 303
        found = re.search(r'name="word" value="([0-9a-f]{64})"', self.ask("GET", "/").text)
        assert found is not None
        return found[1]
