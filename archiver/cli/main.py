"""The ``archiver`` command: the parser of all commands, and the one place that turns errors into exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from archiver.errors import ArchiverError, RecordDamaged
from archiver.model.software import VERSION

COMMANDS = (
    "init",
    "demo",
    "sites",
    "crawl",
    "captures",
    "held",
    "get",
    "extract",
    "search",
    "coverage",
    "schedule",
    "import",
    "alerts",
    "serve",
    "replay-install",
    "recover",
    "verify",
    "replicate",
    "rebuild",
    "access",
    "takedown",
    "token",
)

EPILOG = """\
exit codes: 0 done, 1 internal error, 2 usage, 3 not held, 4 configuration, 5 store or spool, 6 catalogue,
7 site unreachable, 8 damage found, 9 busy, 130 interrupted
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command; each command's module adds its own part."""
    parser = argparse.ArgumentParser(
        prog="archiver",
        description="A news archive: faithful WARC captures in object storage, clean articles, and a way back to both.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"archiver {VERSION}")
    # Before the command or after it: the command's own options only speak when they are given.
    parser.add_argument("--archive", metavar="DIR", type=Path, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", default=False, help=argparse.SUPPRESS)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"archiver.cli.{name.replace('-', '_')}").add(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Errors of the archiver become one clear line on stderr."""
    options = build_parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except ArchiverError as error:
        print(f"archiver: {error}", file=sys.stderr)
        if isinstance(error, RecordDamaged):
            hint = "`archiver verify` names all that is damaged, and with --repair-from STORE mends it from a copy"
            print(f"archiver: {hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("archiver: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def entry() -> None:
    """The console script."""
    sys.exit(main())
