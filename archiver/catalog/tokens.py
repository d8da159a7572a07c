"""Tokens and the sessions of browsers that signed in with one: digests only."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from archiver.catalog.repository import Repository, reads, writes, writes_lightly
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import sessions, tokens
from archiver.catalog.sql import tidy
from archiver.model.instant import micros
from archiver.model.token import Token, digest_of, split_token

USE_NOTED = timedelta(minutes=10)
"""How exactly the last use of a token is known: a write for each request would be too dear."""

TOKEN = RowMap(Token)


class Tokens(Repository):
    """The tables of tokens and sessions."""

    @writes
    def add(self, connection: Connection, token: Token) -> None:
        """Keep a new token."""
        connection.execute(insert(tokens).values(tidy(TOKEN.write(token))))

    @reads
    def find(self, connection: Connection) -> list[Token]:
        """All tokens, oldest first; expired ones too."""
        return TOKEN.all(connection, select(tokens).order_by(tokens.c.created_at, tokens.c.id))

    @writes
    def remove(self, connection: Connection, token_id: str) -> bool:
        """Make a token worthless, with every session that it opened; False when there is none."""
        return connection.execute(delete(tokens).where(tokens.c.id == token_id)).rowcount > 0

    def check(self, text: str, *, now: datetime) -> Token | None:
        """The token whose text this is, if it is in force."""
        parts = split_token(text)
        if parts is None:
            return None
        token = self._get(parts[0])
        if token is None or not hmac.compare_digest(token.digest, digest_of(parts[1])) or not _is_in_force(token, now):
            return None
        if token.last_used_at is None or now - token.last_used_at >= USE_NOTED:
            self._used(token.id, now)
        return token

    @reads
    def _get(self, connection: Connection, token_id: str) -> Token | None:
        return TOKEN.first(connection, select(tokens).where(tokens.c.id == token_id))

    @writes_lightly
    def _used(self, connection: Connection, token_id: str, now: datetime) -> None:
        connection.execute(update(tokens).where(tokens.c.id == token_id).values(last_used_at=micros(now)))

    @writes
    def open_session(self, connection: Connection, secret: str, token: Token, *, until: datetime) -> None:
        """Let a browser in with ``secret`` as long as the token lives, and no longer than ``until``."""
        row = {"digest": digest_of(secret), "token": token.id, "expires_at": micros(until)}
        connection.execute(insert(sessions).values(row))

    @reads
    def session(self, connection: Connection, secret: str, *, now: datetime) -> Token | None:
        """The token that a browser signed in with."""
        is_open = (sessions.c.digest == digest_of(secret), sessions.c.expires_at > micros(now))
        statement = select(tokens).join(sessions, sessions.c.token == tokens.c.id).where(*is_open)
        token = TOKEN.first(connection, statement)
        return token if token is not None and _is_in_force(token, now) else None

    @writes_lightly
    def close_session(self, connection: Connection, secret: str, *, now: datetime) -> None:
        """Sign a browser out; sessions that are over go with it."""
        over = (sessions.c.digest == digest_of(secret)) | (sessions.c.expires_at <= micros(now))
        connection.execute(delete(sessions).where(over))


def _is_in_force(token: Token, now: datetime) -> bool:
    return token.expires_at is None or token.expires_at > now
