"""A server and a network that fail at the worst moment: the put succeeds in the end, once, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from archiver.config.settings import StoreSection
from archiver.errors import StoreRefused, StoreUnavailable
from archiver.store.retry import RetryingStore
from archiver.store.s3 import S3Store
from archiver.store.s3_bucket import connect

pytestmark = pytest.mark.s3

KEY = "warcs/a/1.warc.gz"
SMALL = b"bytes of a WARC"
LARGE = b"L" * ((5 << 20) + 1)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


class Raw(io.BytesIO):
    """A body as botocore reads it from the wire."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


@dataclass
class Network:
    """Between client and server: for each call of an operation, what happens to it; afterwards nothing does."""

    plan: dict[str, list[str]] = field(default_factory=dict)
    happened: list[str] = field(default_factory=list)

    def __call__(self, request: Any, event_name: str, **_: Any) -> Any:
        operation = event_name.rpartition(".")[2]
        planned = self.plan.get(operation, [])
        if not planned:
            return None
        fault = planned.pop(0)
        self.happened.append(f"{operation} {fault}")
        if fault == "dropped":
            raise ConnectionClosedError(endpoint_url=request.url)
        if fault == "done, not answered":
            URLLib3Session().send(request)
            raise ReadTimeoutError(endpoint_url=request.url)
        if fault == "done, 500":
            URLLib3Session().send(request)
            fault = "500 InternalError"
        if fault == "flipped":
            body = request.body.read() if hasattr(request.body, "read") else request.body
            request.body = bytes([body[0] ^ 1]) + body[1:]
            return None
        status, code = fault.split()
        error = f"<Error><Code>{code}</Code><Message>test</Message></Error>".encode()
        return AWSResponse(request.url, int(status), {}, Raw(error))


@dataclass
class Bench:
    """A store on a real server behind a faulty network."""

    store: RetryingStore
    network: Network
    waits: list[float]


@pytest.fixture(scope="module")
def client(seaweed_server):
    section = StoreSection(endpoint_url=seaweed_server.endpoint_url, addressing="path")
    seaweed_server.make_bucket("faults")
    return connect(section, session=seaweed_server.session())


@pytest.fixture
def bench(client, request: pytest.FixtureRequest) -> Iterator[Bench]:
    network, waits = Network(), []
    prefix = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]
    inner = S3Store(client, bucket="faults", prefix=prefix, multipart_above=5 << 20)
    client.meta.events.register("before-send.s3", network)
    yield Bench(RetryingStore(inner, attempts=4, sleep=waits.append, random=lambda: 1.0), network, waits)
    client.meta.events.unregister("before-send.s3", network)


def put(bench: Bench, data: bytes) -> bool:
    return bench.store.put(KEY, data, sha256=hashlib.sha256(data).hexdigest(), metadata={"site": "a"})


FAULTS = [
    ["dropped"],
    ["done, not answered"],
    ["done, 500"],
    ["503 SlowDown", "500 InternalError", "429 TooManyRequests"],
    ["409 ConditionalRequestConflict"],
]


@pytest.mark.parametrize("faults", [*FAULTS, ["flipped"]], ids=", ".join)
def test_a_whole_object_is_put_once_whatever_happens_on_the_way(bench: Bench, faults: list[str]) -> None:
    bench.network.plan["PutObject"] = list(faults)
    put(bench, SMALL)
    assert len(bench.network.happened) == len(bench.waits) == len(faults)
    assert bench.store.get(KEY) == SMALL
    assert put(bench, SMALL) is False


@pytest.mark.parametrize(
    "operation", ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "HeadObject"]
)
@pytest.mark.parametrize("faults", FAULTS, ids=", ".join)
def test_an_object_in_parts_is_put_once_whatever_happens_on_the_way(
    bench: Bench, operation: str, faults: list[str]
) -> None:
    bench.network.plan[operation] = list(faults)
    put(bench, LARGE)
    assert len(bench.network.happened) == len(bench.waits) == len(faults)
    assert bench.store.get(KEY) == LARGE
    assert list(bench.store.keys()) == [KEY]


def test_a_flipped_part_is_sent_again(bench: Bench) -> None:
    bench.network.plan["UploadPart"] = ["flipped"]
    assert put(bench, LARGE) is True
    assert bench.store.get(KEY) == LARGE
    assert len(bench.waits) == 1


def test_an_upload_that_failed_is_aborted(bench: Bench) -> None:
    bench.network.plan["UploadPart"] = ["503 SlowDown"] * 4
    with pytest.raises(StoreUnavailable):
        put(bench, LARGE)
    assert bench.store.abort_stale_uploads(before=FAR_AHEAD) == 0
    assert bench.store.stat(KEY) is None
    assert put(bench, LARGE) is True


def test_an_abort_that_fails_is_left_to_the_sweep(bench: Bench) -> None:
    bench.network.plan = {"UploadPart": ["403 AccessDenied"], "AbortMultipartUpload": ["503 SlowDown"]}
    with pytest.raises(StoreRefused):
        put(bench, LARGE)
    assert bench.store.abort_stale_uploads(before=FAR_AHEAD) == 1


def test_a_server_that_lost_what_it_accepted_is_asked_again(bench: Bench) -> None:
    """The first HEAD finds nothing, as it should; the second, after the put, finds nothing either."""
    bench.network.plan["PutObject"] = ["200 OK"]
    assert put(bench, SMALL) is True
    assert len(bench.waits) == 1
    assert bench.store.get(KEY) == SMALL


@pytest.mark.parametrize(
    "code", ["403 AccessDenied", "403 InvalidAccessKeyId", "400 InvalidRequest", "404 NoSuchBucket"]
)
def test_a_refusal_is_told_at_once(bench: Bench, code: str) -> None:
    bench.network.plan["PutObject"] = [code]
    with pytest.raises(StoreRefused, match=code.split()[1]):
        put(bench, SMALL)
    assert bench.waits == []


def test_listing_and_reading_go_on_after_faults(bench: Bench) -> None:
    put(bench, SMALL)
    bench.network.plan = {"ListObjectsV2": ["503 SlowDown"], "GetObject": ["dropped"] * 2, "HeadObject": ["dropped"]}
    assert list(bench.store.keys()) == [KEY]
    assert bench.store.get(KEY, offset=6, length=2) == b"of"
    assert bench.store.stat(KEY) is not None
    assert len(bench.waits) == 4
