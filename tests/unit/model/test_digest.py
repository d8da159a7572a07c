from __future__ import annotations

import pytest

from archiver.model.digest import Digest, sha1, sha256


def test_forms_are_those_of_the_community() -> None:
    assert str(sha1(b"")) == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    assert sha1(b"").bare == "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    assert str(sha256(b"")) == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    "text",
    [
        "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
        "SHA-1:3i42h3s6nnfq2msvx7xzkyayscx5qbyj",
        " sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709 ",
        "sha1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
    ],
)
def test_equal_bytes_are_equal_however_written(text: str) -> None:
    assert Digest.parse(text) == sha1(b"")
    assert hash(Digest.parse(text)) == hash(sha1(b""))


def test_sha256_in_base32_and_md5_are_read() -> None:
    base32 = "4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ===="
    assert Digest.parse(f"sha-256:{base32}") == sha256(b"")
    assert str(Digest.parse("md5:d41d8cd98f00b204e9800998ecf8427e")) == "md5:d41d8cd98f00b204e9800998ecf8427e"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha1",
        "sha1:",
        "sha1:short",
        "crc32:00000000",
        "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
        "sha1:" + "é" * 32,
        "sha1:" + "1" * 32,
        "sha1:" + " " * 40,
        "sha1:" + "zz" * 20,
    ],
)
def test_what_is_no_digest_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Digest.parse(text)


def test_digest_of_wrong_size_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="not a sha1 digest"):
        Digest("sha1", b"x")
