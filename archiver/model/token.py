"""Tokens: who may do what over HTTP. Only a token's digest is kept; the token itself is shown once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archiver.model.instant import rfc3339

PREFIX = "arc"


class Role(StrEnum):
    """Each may do what the one before may. ``reader`` reads, where reading needs a token; ``curator`` saves pages and
    runs schedules; ``admin`` decides who may see what."""

    READER = "reader"
    CURATOR = "curator"
    ADMIN = "admin"

    def may(self, wanted: Role) -> bool:
        """Whether this role includes ``wanted``."""
        order = list(Role)
        return order.index(self) >= order.index(wanted)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token. ``digest`` is the SHA-256 of its secret."""

    id: str
    name: str
    role: Role
    digest: bytes
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver token list --json``."""
        return {
            "id": self.id,
            "name": self.name,
            "role": self.role.value,
            "created_at": rfc3339(self.created_at),
            "expires_at": rfc3339(self.expires_at) if self.expires_at else None,
            "last_used_at": rfc3339(self.last_used_at) if self.last_used_at else None,
        }


def new_id() -> str:
    """A token's public name."""
    return secrets.token_hex(6)


def new_secret() -> str:
    """256 random bits, so that a plain digest of them is as hard to turn as the secret is to guess."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def token_text(token_id: str, secret: str) -> str:
    """The token as people carry it: ``arc_<id>_<secret>``."""
    return f"{PREFIX}_{token_id}_{secret}"


def split_token(text: str) -> tuple[str, str] | None:
    """Id and secret of a token's text; None when it is none."""
    parts = text.strip().split("_", 2)
    if len(parts) != 3 or parts[0] != PREFIX or not parts[1].isalnum() or len(text) > 200:
        return None
    return parts[1], parts[2]
