"""A real S3 server for tests: one SeaweedFS process with its own ports, directory and credentials."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ACCESS_KEY = "archiver-tests"
SECRET_KEY = "only-for-a-server-on-loopback"


@dataclass(frozen=True, slots=True, eq=False)
class SeaweedServer:
    """A running server. ``stop()`` ends it at once, as a crash does."""

    endpoint_url: str
    access_key: str
    secret_key: str
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        """The AWS variables that give a child process, or boto3's default session, this server's credentials."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def session(self) -> boto3.Session:
        """A session with the server's credentials, whatever the environment says."""
        return boto3.Session(
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
        )

    def client(self) -> Any:
        """A plain boto3 client, to look at the server from outside our code; always the same, as making one is slow."""
        return _client(self)

    def make_bucket(self, name: str) -> str:
        """Make a bucket; its name."""
        self.client().create_bucket(Bucket=name)
        return name

    def stop(self) -> None:
        """Kill the process. SIGTERM would take it more than ten seconds."""
        self.process.kill()
        self.process.wait()


@cache
def _client(server: SeaweedServer) -> Any:
    config = Config(
        retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=20, s3={"addressing_style": "path"}
    )
    return server.session().client("s3", endpoint_url=server.endpoint_url, config=config)


def weed_program() -> str | None:
    """The ``weed`` program: beside the running Python, else on the path."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.is_file() else shutil.which("weed")


@contextmanager
def seaweed(directory: Path, *, seconds: float = 60) -> Iterator[SeaweedServer]:
    """Run a server that keeps its data in ``directory`` until the block ends. ``directory`` must exist."""
    program = weed_program()
    if program is None:
        raise FileNotFoundError("weed")
    data = directory / "data"
    data.mkdir()
    identities = [
        {
            "name": "tests",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
    (directory / "s3.json").write_text(json.dumps({"identities": identities}))
    # Each bucket grows its own volumes, seven at a time unless told otherwise: many buckets would use up all there are.
    (directory / "master.toml").write_text("[master.volume_growth]\ncopy_1 = 1\n")
    names = ("master", "volume", "filer", "s3")
    ports = dict(zip([f"{name}.port{kind}" for name in names for kind in ("", ".grpc")], _free_ports(8), strict=True))
    command = [
        program,
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        f"-s3.config={directory / 's3.json'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.volumeSizeLimitMB=64",
        "-master.telemetry=false",
        "-volume.max=500",
        "-volume.preStopSeconds=0",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    log = directory / "weed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    server = SeaweedServer(f"http://127.0.0.1:{ports['s3.port']}", ACCESS_KEY, SECRET_KEY, process)
    try:
        _wait_until_it_stores(server, log=log, seconds=seconds)
        yield server
    finally:
        server.stop()


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _wait_until_it_stores(server: SeaweedServer, *, log: Path, seconds: float) -> None:
    """In its first seconds the server answers, but a PUT fails: wait for one that works."""
    client = server.client()
    until = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise RuntimeError(
                f"weed ended with {server.process.returncode}:\n{log.read_text(errors='replace')[-3000:]}"
            )
        try:
            client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="probe", Body=b"ready")
        except (BotoCoreError, ClientError) as error:
            last = error
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"weed took no object within {seconds} s ({last}):\n{log.read_text(errors='replace')[-3000:]}")
