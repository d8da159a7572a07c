"""Tokens: only the right secret opens, for as long as the token lives, and only digests are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.catalog import Catalog
from archiver.model.instant import SystemClock
from archiver.model.token import Role, Token, digest_of, new_id, new_secret, split_token, token_text

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite3'}", clock=SystemClock()) as opened:
        yield opened


def make(catalog: Catalog, *, days: int | None = None, role: Role = Role.CURATOR) -> tuple[Token, str]:
    secret = new_secret()
    token = Token(new_id(), "A desk", role, digest_of(secret), NOW, NOW + timedelta(days=days) if days else None)
    catalog.tokens.add(token)
    return token, token_text(token.id, secret)


def test_only_the_whole_text_opens(catalog: Catalog) -> None:
    token, text = make(catalog)
    other, _ = make(catalog)
    found = catalog.tokens.check(f" {text}\n", now=NOW)
    assert found is not None
    assert (found.id, found.role) == (token.id, Role.CURATOR)
    for wrong in ("", "arc", text[:-1], text + "x", text.replace(token.id, other.id), text.upper(), "arc_" + "é" * 50):
        assert catalog.tokens.check(wrong, now=NOW) is None


def test_a_token_ends_with_its_day_and_its_sessions_with_it(catalog: Catalog) -> None:
    token, text = make(catalog, days=1)
    catalog.tokens.open_session("s" * 43, token, until=NOW + timedelta(days=30))
    assert catalog.tokens.session("s" * 43, now=NOW) is not None
    late = NOW + timedelta(days=1)
    assert catalog.tokens.check(text, now=late) is None
    assert catalog.tokens.session("s" * 43, now=late) is None


def test_a_removed_token_closes_every_session(catalog: Catalog) -> None:
    token, text = make(catalog)
    catalog.tokens.open_session("s" * 43, token, until=NOW + timedelta(days=1))
    assert catalog.tokens.remove(token.id)
    assert not catalog.tokens.remove(token.id)
    assert catalog.tokens.check(text, now=NOW) is None
    assert catalog.tokens.session("s" * 43, now=NOW) is None


def test_signing_out_ends_one_session_and_what_is_over(catalog: Catalog) -> None:
    token, _ = make(catalog)
    for name in ("a", "b"):
        catalog.tokens.open_session(name * 43, token, until=NOW + timedelta(days=1))
    catalog.tokens.close_session("a" * 43, now=NOW)
    assert catalog.tokens.session("a" * 43, now=NOW) is None
    assert catalog.tokens.session("b" * 43, now=NOW) is not None
    assert catalog.tokens.session("b" * 43, now=NOW + timedelta(days=1)) is None


def test_the_last_use_is_noted(catalog: Catalog) -> None:
    _, text = make(catalog)
    catalog.tokens.check(text, now=NOW)
    assert [token.last_used_at for token in catalog.tokens.find()] == [NOW]


def test_no_secret_lies_in_the_database(catalog: Catalog, tmp_path: Path) -> None:
    token, text = make(catalog)
    parts = split_token(text)
    assert parts is not None
    catalog.tokens.open_session("session-secret-of-a-browser", token, until=NOW + timedelta(days=1))
    catalog.close()
    data = b"".join(path.read_bytes() for path in tmp_path.glob("catalog.sqlite3*"))
    assert parts[1].encode() not in data
    assert b"session-secret-of-a-browser" not in data


@pytest.mark.parametrize("held", Role)
def test_a_role_includes_those_below_it(held: Role) -> None:
    order = [Role.READER, Role.CURATOR, Role.ADMIN]
    assert [held.may(wanted) for wanted in order] == [order.index(wanted) <= order.index(held) for wanted in order]
