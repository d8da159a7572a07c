"""How fast a finished WARC is read, beside the readers of others, on a file of made-up pages.

Prints seconds of the fastest of three rounds for: our one pass (every rule, every digest, capture rows and index), our plain
reading of the records, warcio and FastWARC reading all records with their digests checked; and for writing, ours and
warcio's. docs/decisions/0012-warcio.md draws on it.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fastwarc import warc as fastwarc
from warcio.archiveiterator import ArchiveIterator
from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archiver import warc
from archiver.model.keys import warc_key, warc_name
from archiver.sealing.contents import read_contents

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
PAGES = 1500
ROUNDS = 3
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


def bodies() -> list[bytes]:
    """Pages of 20 to 120 kB that pack about as well as HTML does, and every fifth a picture."""
    chance = random.Random(7)
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 11))) for _ in range(4000)]

    def page() -> bytes:
        return b" ".join(
            b"<p>" + b" ".join(chance.choices(words, k=60)) + b"</p>" for _ in range(chance.randint(50, 300))
        )

    return [chance.randbytes(60_000) if number % 5 == 0 else page() for number in range(PAGES)]


def write_ours(path: Path, pages: list[bytes]) -> None:
    with path.open("w+b") as file:
        writer = warc.WarcWriter(file)
        info = warc.warcinfo(AT, filename=path.name, fields=[("software", "bench")])
        writer.write(info)
        for number, body in enumerate(pages):
            event = warc.CaptureEvent(f"https://news.example/{number}", AT, info.id)
            page = warc.response(event, warc.RecordBlock.of(body, head=HEAD))
            writer.write(page, level=1 if number % 5 == 0 else 6)
            asked = warc.RecordBlock.of(head=b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n")
            writer.write(warc.request(event, asked, concurrent_to=[page.id]))
            writer.write(warc.metadata(event, hops="L", concurrent_to=[page.id]))


def write_theirs(path: Path, pages: list[bytes]) -> None:
    import io

    with path.open("wb") as file:
        writer, builder = WARCWriter(file, gzip=True), RecordBuilder()
        for number, body in enumerate(pages):
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            url = f"https://news.example/{number}"
            writer.write_record(builder.create_warc_record(url, "response", io.BytesIO(body), http_headers=head))


def warcio_read(path: Path) -> None:
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests=True):
            while record.raw_stream.read(1 << 16):
                pass


def fastwarc_read(path: Path) -> None:
    with path.open("rb") as file:
        for record in fastwarc.ArchiveIterator(file, parse_http=False, auto_decode="none"):
            record.freeze()
            record.verify_block_digest()
            if record.is_http:
                record.parse_http()
                record.verify_payload_digest()


def fastest(act: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    pages = bodies()
    with tempfile.TemporaryDirectory() as folder:
        key = warc_key(warc_name("bench", AT, serial=0, host="box"))
        path = Path(folder) / key.rpartition("/")[2]
        ours = fastest(lambda: write_ours(path, pages))
        theirs = fastest(lambda: write_theirs(Path(folder) / "theirs.warc.gz", pages))
        size = path.stat().st_size
        print(f"{PAGES} pages, {sum(map(len, pages)) / 1e6:.0f} MB, stored in {size / 1e6:.0f} MB")
        for name, seconds in {
            "our one pass: rules, digests, rows, index": fastest(lambda: read_contents(path, key)),
            "our records alone": fastest(lambda: sum(1 for _ in warc.iter_records(path))),
            "warcio, digests checked": fastest(lambda: warcio_read(path)),
            "FastWARC, digests checked": fastest(lambda: fastwarc_read(path)),
            "our writer (three records a page)": ours,
            "warcio's writer (one record a page)": theirs,
        }.items():
            print(f"{name:45} {seconds:6.2f} s")


if __name__ == "__main__":
    main()
