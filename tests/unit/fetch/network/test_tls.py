"""Cipher suites by IANA's names."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from OpenSSL import SSL

from archiver.fetch.network.tls import iana_cipher


@pytest.mark.parametrize(
    ("openssl", "iana"),
    [
        ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("ECDHE-RSA-AES256-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
        ("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
        ("DHE-RSA-AES128-CCM8", "TLS_DHE_RSA_WITH_AES_128_CCM_8"),
        ("DHE-RSA-CAMELLIA256-SHA256", "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
        ("ECDHE-ARIA128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"),
        ("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
        ("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"),
        ("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("ADH-AES128-SHA", "TLS_DH_anon_WITH_AES_128_CBC_SHA"),
    ],
)
def test_openssl_names_become_iana_names(openssl: str, iana: str) -> None:
    assert iana_cipher(openssl) == iana


ALL = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
OLD = {
    "SEED-SHA": "TLS_RSA_WITH_SEED_CBC_SHA",
    "DHE-RSA-SEED-SHA": "TLS_DHE_RSA_WITH_SEED_CBC_SHA",
    "DHE-DSS-SEED-SHA": "TLS_DHE_DSS_WITH_SEED_CBC_SHA",
    "ADH-SEED-SHA": "TLS_DH_anon_WITH_SEED_CBC_SHA",
    "IDEA-CBC-SHA": "TLS_RSA_WITH_IDEA_CBC_SHA",
}
"""What some builds of OpenSSL no longer have."""


def standard_names() -> dict[str, str]:
    """Every cipher suite that the installed OpenSSL knows, with its name in the standards."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: no table of cipher names to compare with")
    done = subprocess.run([openssl, "ciphers", "-stdname", ALL], check=True, capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[2]: row[0] for row in rows}


def test_every_cipher_suite_that_openssl_knows_has_its_iana_name() -> None:
    names = standard_names()
    assert len(names) > 100
    assert {name: iana_cipher(name) for name in names} == names
    assert {name: iana_cipher(name) for name in OLD} == OLD


def test_every_cipher_suite_that_we_could_speak_is_among_them() -> None:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_cipher_list(ALL.encode())
    spoken = set(SSL.Connection(context, None).get_cipher_list())
    assert spoken
    assert spoken <= standard_names().keys() | OLD.keys()
