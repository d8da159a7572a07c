"""A log of what crossed the wire: for every exchange the exact bytes of request and response, and one JSON line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

INDEX = "exchanges.jsonl"


@dataclass(frozen=True, slots=True)
class LoggedExchange:
    """One line of the index; `request` and `response` are file names beside it, `complete` says all bytes went out."""

    serial: int
    scheme: str
    host: str
    method: str
    target: str
    status: int
    request: str
    response: str
    complete: bool = True


class ExchangeLog:
    """Writes into one directory. Files are whole before the response goes out, so that its reader finds them."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._next = 1

    def record(self, request: bytes, response: bytes, *, scheme: str, host: str) -> LoggedExchange:
        """Keep one exchange; method and target are read from the request line."""
        serial = self._next
        self._next += 1
        method, _, rest = request.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        logged = LoggedExchange(
            serial=serial,
            scheme=scheme,
            host=host,
            method=method,
            target=rest.rpartition(" ")[0],
            status=int(response[9:12]),
            request=f"{serial:06}.request",
            response=f"{serial:06}.response",
        )
        (self._directory / logged.request).write_bytes(request)
        (self._directory / logged.response).write_bytes(response)
        self._add(logged)
        return logged

    def broken(self, logged: LoggedExchange) -> None:
        """Say that the reader went away before the response was out."""
        self._add(LoggedExchange(**{**asdict(logged), "complete": False}))

    def _add(self, logged: LoggedExchange) -> None:
        with (self._directory / INDEX).open("a", encoding="utf-8") as index:
            index.write(json.dumps(asdict(logged)) + "\n")


def read_exchanges(directory: Path) -> list[LoggedExchange]:
    """The index of a log, one entry per serial; the later line wins."""
    found: dict[int, LoggedExchange] = {}
    with (directory / INDEX).open(encoding="utf-8") as index:
        for line in index:
            logged = LoggedExchange(**json.loads(line))
            found[logged.serial] = logged
    return list(found.values())
