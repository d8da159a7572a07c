"""Try the site by hand: serves until it is interrupted, and prints one JSON line with how to reach it."""

from __future__ import annotations

import argparse
import json
import signal
import tempfile
import threading
from pathlib import Path

from faultsite import FaultSite, Limits, table
from faultsite.table import PAGE, docs_page


def main() -> None:
    """``--table`` prints the documentation's table instead, ``--page`` writes its page."""
    defaults = Limits()
    parser = argparse.ArgumentParser(
        prog="faultsite", description="A web server on loopback that does everything wrong."
    )
    parser.add_argument("--table", action="store_true", help="print the table of endpoints and end")
    parser.add_argument("--page", action="store_true", help="write docs/faults.md and end")
    parser.add_argument("--directory", type=Path, help="for the certificate and the log (default: a temporary one)")
    parser.add_argument("--seconds", type=float, default=defaults.seconds, help="longest answer (default %(default)s)")
    parser.add_argument("--size", type=int, default=defaults.size, help="largest answer in bytes (default %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faultsite-") as folder:
        limits = Limits(seconds=options.seconds, size=options.size)
        site = FaultSite(options.directory or Path(folder), limits=limits)
        if options.table:
            print(table(site.endpoints), end="")
            return
        if options.page:
            PAGE.write_text(docs_page(site.endpoints), "utf-8")
            return
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        with site:
            described = {
                "home": site.home,
                "connect_to": site.connect_to,
                "ca_file": str(site.ca_file),
                "hosts": site.hosts,
            }
            print(json.dumps(described), flush=True)
            stopped.wait()


if __name__ == "__main__":
    main()
