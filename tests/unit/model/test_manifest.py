from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from archiver.model.manifest import Manifest

AT = datetime(2026, 11, 24, 2, 0, 0, 123_000, tzinfo=UTC)
MANIFEST = Manifest(
    key="warcs/a/2026/11/24/x.warc.gz",
    size=10,
    sha256="0" * 64,
    records={"response": 2, "warcinfo": 1},
    site="a",
    runs=("r1", "r2"),
    first_at=AT,
    last_at=AT,
    sealed_at=AT,
    software="archiver/1",
    cdxj_sha256="1" * 64,
    previous="2" * 64,
    extra={"note": "số"},
)


def test_manifest_reads_back_as_it_was() -> None:
    assert Manifest.from_bytes(MANIFEST.to_bytes()) == MANIFEST
    first = replace(MANIFEST, previous=None, model=True)
    assert Manifest.from_bytes(first.to_bytes()) == first


def test_equal_manifests_are_equal_bytes() -> None:
    turned = replace(MANIFEST, records={"warcinfo": 1, "response": 2})
    assert turned.to_bytes() == MANIFEST.to_bytes()
    assert MANIFEST.to_bytes().endswith(b"}\n")
    assert MANIFEST.digest == hashlib.sha256(MANIFEST.to_bytes()).hexdigest()
    assert replace(MANIFEST, size=11).digest != MANIFEST.digest


def test_json_has_every_fact_by_name() -> None:
    raw = json.loads(MANIFEST.to_bytes())
    assert raw["version"] == 1
    assert raw["first_at"] == "2026-11-24T02:00:00.123Z"
    assert raw["records"] == {"response": 2, "warcinfo": 1}
    assert raw["extra"] == {"note": "số"}


def test_unknown_version_is_refused() -> None:
    raw = json.loads(MANIFEST.to_bytes()) | {"version": 99}
    with pytest.raises(ValueError, match="version 99"):
        Manifest.from_bytes(json.dumps(raw).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"{", b'{"version": 1}', b"\xff"])
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        Manifest.from_bytes(data)
