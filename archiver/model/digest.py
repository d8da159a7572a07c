"""Digests as WARC files and other tools write them: ``sha1:`` in Base32, ``sha256:`` in hex."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

_SIZES = {"sha1": 20, "sha256": 32, "md5": 16}


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest that is never "a str": equal bytes are equal however they were written."""

    algorithm: str
    raw: bytes

    def __post_init__(self) -> None:
        if _SIZES.get(self.algorithm) != len(self.raw):
            raise ValueError(f"not a {self.algorithm} digest of {len(self.raw)} bytes")

    @property
    def bare(self) -> str:
        """The value without its label, as CDX has it."""
        return base64.b32encode(self.raw).decode() if self.algorithm == "sha1" else self.raw.hex()

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.bare}"

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read ``alg:value``; label in any case, value in hex or Base32 by its length. Raises ``ValueError``."""
        label, _, value = text.strip().partition(":")
        algorithm = label.lower().replace("-", "")
        size = _SIZES.get(algorithm)
        if size is None:
            raise ValueError(f"unknown digest algorithm: {label[:20]!r}")
        raw = bytes.fromhex(value) if len(value) == size * 2 else base64.b32decode(value.upper())
        return cls(algorithm, raw)


def sha1(data: bytes) -> Digest:
    """The SHA-1 of ``data``, the payload digest that every CDX tool expects."""
    return Digest("sha1", hashlib.sha1(data, usedforsecurity=False).digest())


def sha256(data: bytes) -> Digest:
    """The SHA-256 of ``data``."""
    return Digest("sha256", hashlib.sha256(data).digest())
