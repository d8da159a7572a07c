"""What only a store in a bucket promises: which errors are whose, and that it gives up."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from archiver.config.settings import StoreSection
from archiver.errors import BlobExists, DamageFound, StoreRefused, StoreUnavailable
from archiver.store import ReadBack
from archiver.store.retry import RetryingStore
from archiver.store.s3 import S3Store
from archiver.store.s3_bucket import connect
from archiver.store.s3_parts import CLAIMS

KEY = "warcs/a/1.warc.gz"
SHA = hashlib.sha256(b"bytes").hexdigest()


def session(access: str = "nobody", secret: str = "wrong") -> boto3.Session:
    return boto3.Session(aws_access_key_id=access, aws_secret_access_key=secret, region_name="us-east-1")


def section(endpoint: str, **more: str) -> StoreSection:
    return StoreSection(endpoint_url=endpoint, addressing="path", **more)


@pytest.fixture
def bucket(seaweed_server, tmp_path: Path) -> str:
    return seaweed_server.make_bucket(f"u{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:20]}")


def test_a_server_that_is_away_is_an_outage_after_bounded_tries() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{held.getsockname()[1]}"
        waits: list[float] = []
        client = connect(section(endpoint), session=session())
        store = RetryingStore(S3Store(client, bucket="news"), attempts=3, sleep=waits.append, random=lambda: 1.0)
        for call in (
            store.check,
            lambda: store.put(KEY, b"bytes", sha256=SHA, metadata={}),
            lambda: list(store.keys()),
        ):
            with pytest.raises(StoreUnavailable):
                call()
    assert waits == [0.5, 1.0] * 3


def test_no_credentials_at_all_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = connect(section("http://127.0.0.1:9"), session=boto3.Session())
    with pytest.raises(StoreRefused, match="credentials"):
        S3Store(client, bucket="news").check()


@pytest.mark.s3
@pytest.mark.parametrize("wrong", ["name", "secret"])
def test_wrong_credentials_are_refused(seaweed_server, bucket: str, wrong: str) -> None:
    keys = session() if wrong == "name" else session(seaweed_server.access_key)
    store = S3Store(connect(section(seaweed_server.endpoint_url), session=keys), bucket=bucket)
    for call in (store.check, lambda: store.put(KEY, b"bytes", sha256=SHA, metadata={}), lambda: store.get(KEY)):
        with pytest.raises(StoreRefused):
            call()


@pytest.mark.s3
def test_a_bucket_that_does_not_exist_is_refused(seaweed_server) -> None:
    client = connect(section(seaweed_server.endpoint_url), session=seaweed_server.session())
    with pytest.raises(StoreRefused, match="NoSuchBucket"):
        S3Store(client, bucket="no-such-bucket").check()


@pytest.mark.s3
def test_the_server_keeps_the_checksum_beside_the_object(seaweed_server, bucket: str) -> None:
    client = connect(section(seaweed_server.endpoint_url), session=seaweed_server.session())
    S3Store(client, bucket=bucket, prefix="p").put(KEY, b"bytes", sha256=SHA, metadata={"site": "a"})
    head = seaweed_server.client().head_object(Bucket=bucket, Key=f"p/{KEY}", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"]
    assert head["Metadata"] == {"site": "a", "sha256": SHA}


@pytest.mark.s3
def test_a_server_that_knows_no_sha256_checksums_is_served_too(seaweed_server, bucket: str) -> None:
    old = section(seaweed_server.endpoint_url, checksums="when_required")
    client = connect(old, session=seaweed_server.session())
    store = S3Store(client, bucket=bucket, multipart_above=5 << 20, own_checksums=False)
    large = b"y" * ((5 << 20) + 1)
    assert store.put(KEY, b"bytes", sha256=SHA, metadata={}) is True
    assert store.put("large", large, sha256=hashlib.sha256(large).hexdigest(), metadata={}) is True
    assert (store.get(KEY), store.get("large")) == (b"bytes", large)


@pytest.mark.s3
def test_a_claim_of_a_dead_writer_lets_the_same_bytes_pass_and_others_after_the_sweep(
    seaweed_server, bucket: str
) -> None:
    from datetime import UTC, datetime

    client = connect(section(seaweed_server.endpoint_url), session=seaweed_server.session())
    store = S3Store(client, bucket=bucket, multipart_above=5 << 20)
    first, other = b"1" * ((5 << 20) + 1), b"2" * ((5 << 20) + 1)
    sha_first, sha_other = (hashlib.sha256(data).hexdigest() for data in (first, other))
    for key in ("a", "b"):
        seaweed_server.client().put_object(Bucket=bucket, Key=f"{CLAIMS}{key}", Body=sha_first.encode())
    assert list(store.keys()) == []
    assert store.put("a", first, sha256=sha_first, metadata={}) is True
    with pytest.raises(BlobExists):
        store.put("b", other, sha256=sha_other, metadata={})
    store.abort_stale_uploads(before=datetime(2100, 1, 1, tzinfo=UTC))
    assert store.put("b", other, sha256=sha_other, metadata={}) is True
    assert seaweed_server.client().list_objects_v2(Bucket=bucket, Prefix=CLAIMS)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("checksum", "kind", "how"),
    [
        (base64.b64encode(bytes.fromhex(SHA)).decode(), "FULL_OBJECT", ReadBack.CHECKSUM),
        (base64.b64encode(bytes.fromhex(SHA)).decode(), None, ReadBack.READ),
        (base64.b64encode(bytes(32)).decode() + "-2", "COMPOSITE", ReadBack.READ),
        (None, None, ReadBack.READ),
    ],
)
def test_only_a_servers_own_checksum_of_the_whole_object_stands_for_reading_it(
    checksum: str | None, kind: str | None, how: ReadBack
) -> None:
    client = connect(section("http://127.0.0.1:9"), session=session())
    head = {"ContentLength": 5, "Metadata": {}, "ChecksumSHA256": checksum, "ChecksumType": kind}
    with Stubber(client) as server:
        server.add_response("head_object", {name: value for name, value in head.items() if value is not None})
        if how is ReadBack.READ:
            server.add_response("get_object", {"Body": io.BytesIO(b"bytes")})
        assert S3Store(client, bucket="news").read_back(KEY, sha256=SHA) is how
        server.assert_no_pending_responses()


def test_a_servers_checksum_of_other_bytes_is_damage() -> None:
    client = connect(section("http://127.0.0.1:9"), session=session())
    wrong = base64.b64encode(bytes(32)).decode()
    with Stubber(client) as server:
        head = {"ContentLength": 5, "Metadata": {}, "ChecksumSHA256": wrong, "ChecksumType": "FULL_OBJECT"}
        server.add_response("head_object", head)
        with pytest.raises(DamageFound, match="not what was put"):
            S3Store(client, bucket="news").read_back(KEY, sha256=SHA)
