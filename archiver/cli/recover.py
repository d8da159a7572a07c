"""``archiver recover``: finish interrupted runs: move what waits in the spool into the store."""

from __future__ import annotations

import argparse

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import print_json, say, size


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "recover",
        help="finish interrupted runs: move what waits in the spool into the store",
        description=(
            "Finish the spool files of runs that died or could not reach the store, and takedowns that were broken off. "
            "Sites in a run are left alone."
        ),
        epilog="example: archiver recover",
    )
    parser.add_argument(
        "--seal", action="store_true", help="also the files that scheduled runs keep open for the site's next run"
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Recover every site that is not in a run; the exit code is that of the last failure."""
    from archiver.ops.recover import recover
    from archiver.ops.takedown import resume

    config = config_of(options)
    result = recover(config, seal=options.seal)
    for taken_down in resume(config):
        say(f"carried out the takedown {taken_down.id}: {taken_down.captures} captures removed")
    if options.json:
        print_json(
            {
                "files": list(result.files),
                "left_open": list(result.left_open),
                "cut_bytes": result.cut_bytes,
                "rows_added": result.rows_added,
                "busy": list(result.busy),
                "failed": {key: str(error) for key, error in result.failed.items()},
            }
        )
    else:
        for key, error in result.failed.items():
            say(f"still in the spool: {key}: {error}")
        for site in result.busy:
            say(f"left alone: {site} is in a run")
        for name in result.left_open:
            say(f"left open for the site's next run: {name} (--seal takes it too)")
        say(
            f"took {len(result.files)} files into the store; cut {size(result.cut_bytes)} of torn ends; "
            f"put {result.rows_added} rows back"
        )
    return next((error.exit_code for error in result.failed.values()), 0)
