"""Tokens and the sessions of browsers that signed in with one: digests only."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from archiver.catalog.database import Database
from archiver.catalog.schema import sessions, tokens
from archiver.catalog.sql import optional_instant, optional_micros, tidy
from archiver.model.instant import from_micros, micros
from archiver.model.token import Role, Token, digest_of, split_token

USE_NOTED = timedelta(minutes=10)
"""How exactly the last use of a token is known: a write for each request would be too dear."""


class Tokens:
    """The tables of tokens and sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, token: Token) -> None:
        """Keep a new token."""
        self._database.write(lambda c: c.execute(insert(tokens).values(_row(token))))

    def find(self) -> list[Token]:
        """All tokens, oldest first; expired ones too."""
        statement = select(tokens).order_by(tokens.c.created_at, tokens.c.id)
        return self._database.read(lambda c: [_token(row) for row in c.execute(statement).mappings()])

    def remove(self, token_id: str) -> bool:
        """Make a token worthless, with every session that it opened; False when there is none."""
        return self._database.write(lambda c: c.execute(delete(tokens).where(tokens.c.id == token_id)).rowcount > 0)

    def check(self, text: str, *, now: datetime) -> Token | None:
        """The token whose text this is, if it is in force."""
        parts = split_token(text)
        if parts is None:
            return None
        token = self._database.read(lambda c: _get(c, parts[0]))
        if token is None or not hmac.compare_digest(token.digest, digest_of(parts[1])) or not _lives(token, now):
            return None
        if token.last_used_at is None or now - token.last_used_at >= USE_NOTED:
            self._database.write(
                lambda c: c.execute(update(tokens).where(tokens.c.id == token.id).values(last_used_at=micros(now))),
                durable=False,
            )
        return token

    def open_session(self, secret: str, token: Token, *, until: datetime) -> None:
        """Let a browser in with ``secret`` as long as the token lives, and no longer than ``until``."""
        row = {"digest": digest_of(secret), "token": token.id, "expires_at": micros(until)}
        self._database.write(lambda c: c.execute(insert(sessions).values(row)))

    def session(self, secret: str, *, now: datetime) -> Token | None:
        """The token that a browser signed in with."""
        statement = (
            select(tokens)
            .join(sessions, sessions.c.token == tokens.c.id)
            .where(sessions.c.digest == digest_of(secret), sessions.c.expires_at > micros(now))
        )
        row = self._database.read(lambda c: c.execute(statement).mappings().first())
        token = _token(row) if row else None
        return token if token is not None and _lives(token, now) else None

    def close_session(self, secret: str, *, now: datetime) -> None:
        """Sign a browser out; sessions that are over go with it."""
        over = (sessions.c.digest == digest_of(secret)) | (sessions.c.expires_at <= micros(now))
        self._database.write(lambda c: c.execute(delete(sessions).where(over)), durable=False)


def _lives(token: Token, now: datetime) -> bool:
    return token.expires_at is None or token.expires_at > now


def _get(connection: Connection, token_id: str) -> Token | None:
    row = connection.execute(select(tokens).where(tokens.c.id == token_id)).mappings().first()
    return _token(row) if row else None


def _row(token: Token) -> dict[str, Any]:
    return tidy(
        {
            "id": token.id,
            "name": token.name,
            "role": token.role.value,
            "digest": token.digest,
            "created_at": micros(token.created_at),
            "expires_at": optional_micros(token.expires_at),
            "last_used_at": optional_micros(token.last_used_at),
        }
    )


def _token(row: RowMapping) -> Token:
    return Token(
        row["id"],
        row["name"],
        Role(row["role"]),
        row["digest"],
        from_micros(row["created_at"]),
        optional_instant(row["expires_at"]),
        optional_instant(row["last_used_at"]),
    )
