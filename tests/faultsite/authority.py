"""Certificates: an authority for this process, one certificate for all hosts, and a few that nobody should trust."""

from __future__ import annotations

import functools
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Contexts:
    """The server's TLS contexts. ``plain`` is for the parts of a handshake that never ends; ``by_host`` have ports of their own."""

    ca: trustme.CA
    plain: ssl.SSLContext
    by_host: dict[str, ssl.SSLContext]


@functools.cache
def contexts() -> Contexts:
    """Made once: keys cost time, and nothing of them outlives the process."""
    ca, stranger = trustme.CA(), trustme.CA()
    old = datetime(2020, 1, 1, tzinfo=UTC)
    odd = {
        "tls-expired.example": _context(ca.issue_cert("tls-expired.example", not_after=old)),
        "tls-wrong-name.example": _context(ca.issue_cert("elsewhere.example")),
        "tls-self-signed.example": _context(stranger.issue_cert("tls-self-signed.example")),
    }
    older = _context(ca.issue_cert("tls-1.2.example"))
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    older.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    return Contexts(ca, _context(ca.issue_cert("faults.example")), odd | {"tls-1.2.example": older})


def server_context(hosts: list[str]) -> ssl.SSLContext:
    """The context of the https port: one certificate for ``hosts``."""
    return _context(contexts().ca.issue_cert(*hosts))


def write_ca(directory: Path) -> Path:
    """The authority's certificate, to be trusted by a client."""
    path = directory / "faultsite-ca.pem"
    contexts().ca.cert_pem.write_to_path(str(path))
    return path


def _context(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    leaf.configure_cert(context)
    return context
