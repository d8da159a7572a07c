"""``archiver serve``: the archive over HTTP, and its schedules."""

from __future__ import annotations

import argparse
import signal
import sys

from archiver.archive import Archive
from archiver.cli.options import add_archive, config_of
from archiver.cli.output import print_json, say
from archiver.ops.schedule.service import ScheduleService
from archiver.ops.upkeep import Upkeep


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, not {text!r}")
    return number


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "serve",
        help="the archive over HTTP: web pages, Memento, CDX; and its schedules",
        description="Serve the archive and follow its schedules until stopped. With --json one object says where it listens.",
        epilog="example: archiver serve --port 8080",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8080, help="the port (default 8080; 0 takes a free one)")
    parser.add_argument("--no-schedule", action="store_true", help="do not follow the archive's schedules")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; runs of the schedule are then stopped in good order."""
    from archiver.web.serve import serve

    # What is shown is seen through the access rules.
    with Archive(config_of(options), for_readers=True) as archive:
        service = None if options.no_schedule else ScheduleService(archive.config, on_error=_end_serving)

        upkeep = None if service is None else Upkeep(archive.config, service.leading)

        def ready(address: str, replay: str | None) -> None:
            if options.json:
                print_json(
                    {"address": address, "replay_address": replay, "archive": str(archive.config.home.resolve())}
                )
                sys.stdout.flush()
            say(f"serving {archive.config.home} at {address} (Ctrl+C stops)")
            if service is not None and upkeep is not None:
                service.start()
                upkeep.start()

        try:
            serve(archive, host=options.host, port=options.port, ready=ready, replay_ready=say)
        finally:
            if service is not None and upkeep is not None:
                _stop(service)
                upkeep.stop()
        if service is not None and service.error is not None:
            raise service.error
    return 0


def _end_serving() -> None:
    """The schedule has ended by a bug: the whole service ends with it, for whoever keeps it running to see."""
    signal.raise_signal(signal.SIGTERM)


def _stop(service: ScheduleService) -> None:
    service.stop()
    try:
        if not service.join(timeout=1.0):
            say("stopping the runs of the schedule (again Ctrl+C: without waiting for them)")
            service.join()
    except KeyboardInterrupt:
        service.stop()
        service.join()
