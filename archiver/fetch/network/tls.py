"""TLS: what was spoken, in IANA's names, and whom we trust."""

from __future__ import annotations

import re
from typing import Any

from OpenSSL import SSL
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from twisted.internet._sslverify import IOpenSSLTrustRoot
from twisted.internet.ssl import optionsForClientTLS
from zope.interface import implementer

# OpenSSL leaves the key exchange out where it is RSA, and the signature where it is the only one.
_EXCHANGES = (
    ("ECDHE-ECDSA-", "ECDHE_ECDSA"),
    ("ECDHE-RSA-", "ECDHE_RSA"),
    ("ECDHE-PSK-", "ECDHE_PSK"),
    ("ECDHE-ARIA", "ECDHE_RSA"),
    ("DHE-RSA-", "DHE_RSA"),
    ("DHE-DSS-", "DHE_DSS"),
    ("DHE-PSK-", "DHE_PSK"),
    ("RSA-PSK-", "RSA_PSK"),
    ("PSK-", "PSK"),
    ("AECDH-", "ECDH_anon"),
    ("ADH-", "DH_anon"),
    ("SRP-RSA-", "SRP_SHA_RSA"),
    ("SRP-DSS-", "SRP_SHA_DSS"),
    ("SRP-", "SRP_SHA"),
)
# IANA turned two names round (RFC 6655).
_ODD = {
    "DHE-PSK-AES128-CCM8": "TLS_PSK_DHE_WITH_AES_128_CCM_8",
    "DHE-PSK-AES256-CCM8": "TLS_PSK_DHE_WITH_AES_256_CCM_8",
}
_BLOCK = re.compile(r"(AES|CAMELLIA|ARIA)-?(128|256)-(.+)\Z")


def iana_cipher(name: str) -> str:
    """The IANA name of a cipher suite by its OpenSSL name; names of TLS 1.3 are IANA's already."""
    if name.startswith("TLS_"):
        return name
    if name in _ODD:
        return _ODD[name]
    exchange, rest = "RSA", name
    for prefix, iana in _EXCHANGES:
        if name.startswith(prefix):
            exchange = iana
            rest = name[len(prefix) :] if prefix.endswith("-") else name.removeprefix("ECDHE-")
            break
    return f"TLS_{exchange}_WITH_{_bulk(rest)}"


def _bulk(text: str) -> str:
    if text.startswith("CHACHA20-POLY1305"):
        return "CHACHA20_POLY1305_SHA256"
    if text in {"DES-CBC3-SHA", "3DES-EDE-CBC-SHA"}:
        return "3DES_EDE_CBC_SHA"
    match = _BLOCK.match(text)
    if not match:
        special = {"RC4-SHA": "RC4_128_SHA", "RC4-MD5": "RC4_128_MD5", "SEED-SHA": "SEED_CBC_SHA"}
        return special.get(text, text.replace("-", "_"))
    cipher, bits, mode = match.groups()
    if mode == "CCM8":
        mode = "CCM_8"
    elif not mode.startswith(("GCM", "CCM", "CBC")):
        mode = f"CBC_{mode}"
    return f"{cipher}_{bits}_{mode.replace('-', '_')}"


def spoken(transport: Any) -> tuple[str | None, str | None]:
    """Protocol (like ``tls/1.3``) and cipher suite (IANA's name) of a transport; None, None when it is plain.

    True only once the handshake is over: ask at the first byte received.
    """
    handle = transport.getHandle() if hasattr(transport, "getHandle") else None
    if not isinstance(handle, SSL.Connection):
        return None, None
    version = handle.get_protocol_version_name()
    family, number = ("ssl", version[4:]) if version.startswith("SSL") else ("tls", version.removeprefix("TLSv"))
    cipher = handle.get_cipher_name()
    number = number if "." in number else f"{number}.0"
    return f"{family}/{number}", iana_cipher(cipher) if cipher else None


def is_unfinished(transport: Any) -> bool:
    """Whether a transport is one of TLS whose handshake was never over: what was written to it has not been sent."""
    try:
        handle = transport.getHandle()
    except AttributeError:  # a plain transport whose socket is gone
        return False
    return isinstance(handle, SSL.Connection) and handle.get_finished() is None


@implementer(IOpenSSLTrustRoot)
class SystemAnd:
    """The system's certificate authorities and those of one more PEM file."""

    def __init__(self, ca_file: str) -> None:
        self._ca_file = ca_file

    def _addCACertsToContext(self, context: SSL.Context) -> None:  # noqa: N802  Twisted's name
        context.set_default_verify_paths()
        context.load_verify_locations(self._ca_file)


class VerifyingContextFactory(_ScrapyClientContextFactory):
    """Scrapy's verifying TLS client that trusts one more PEM file."""

    def __init__(self, *args: Any, ca_file: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._trust: Any = SystemAnd(ca_file)

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: ARG002, N802  Twisted's name
        return optionsForClientTLS(
            hostname.decode("ascii"), trustRoot=self._trust, extraCertificateOptions=self._get_cert_options_kwargs()
        )
