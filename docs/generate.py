"""Write the pages of docs/ that are made of the code: settings.md, errors.md, commands.md.

python docs/generate.py            write them
python docs/generate.py --check    write nothing; exit 1 when one is not what the code says
"""
# ruff: noqa: INP001  a script beside the pages, no package

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TypeVar, get_type_hints

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- Made by docs/generate.py (`make docs`). Changes here are lost. -->"
PARSER = "archiver.cli.main"

E = TypeVar("E", bound=Exception)

EXIT_CODES: Mapping[int, str] = {
    0: "done",
    1: "internal error; please report it",
    2: "usage: the command line is wrong, the site is unknown, or the URL is not http or https",
    3: "not held: the archive has no such capture",
    4: "configuration",
    5: "store or spool",
    6: "catalogue",
    7: "site unreachable: nothing was captured",
    8: "damage found, also in a file to import",
    9: "busy: another run holds the site's lock",
    130: "interrupted",
}
"""What the exit code of a command says; the numbers never change."""


def cell(text: str) -> str:
    """Text fit for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def first_paragraph(thing: object) -> str:
    """The first paragraph of a docstring, as one line."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].replace("``", "`").split())


# settings.md


def settings_page() -> str:
    """Every section and setting of ``archiver.toml``, with its variable, type and default."""
    from archiver.config import SECTIONS

    parts = [
        NOTE,
        "# Settings",
        (
            "An archive's settings stand in `archiver.toml` in its home. Each one is also an environment variable, which wins "
            "over the file; options of a command win over both. A section or key that is not known, or a value of the wrong "
            "type, ends the command with exit code 4 and names the place."
        ),
        (
            "In the environment, true and false are `1`, `true`, `yes`, `on` and `0`, `false`, `no`, `off`; "
            "lists are separated by spaces. [operate.md](operate.md) shows them at work."
        ),
    ]
    for name, kind in SECTIONS.items():
        hints = get_type_hints(kind)
        defaults = kind()
        rows = [
            f"| `{field.name}` | {_type_name(hints[field.name])} | {_default(getattr(defaults, field.name))} | {cell(field.metadata['meaning'])} "
            f"| `ARCHIVER_{name.upper()}_{field.name.upper()}` |"
            for field in fields(kind)
        ]
        table = "\n".join(["| key | type | default | meaning | variable |", "|---|---|---|---|---|", *rows])
        parts += [f"## [{name}]", first_paragraph(kind), table]
    return "\n\n".join(parts) + "\n"


def _type_name(kind: object) -> str:
    names: dict[object, str] = {bool: "true or false", str: "text", int: "whole number", float: "number"}
    return names.get(kind, "list of texts")


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, tuple):
        return "`[]`" if not value else f"`{list(value)}`"
    return f"`{value:_}`" if isinstance(value, int) and value >= 10_000 else f"`{value}`"


# errors.md


def errors_page() -> str:
    """The exit codes, and every error with its code, its place in the tree and its message."""
    from archiver.errors import ArchiverError

    codes = "\n".join(
        ["| exit code | says |", "|---|---|", *(f"| {code} | {cell(said)} |" for code, said in EXIT_CODES.items())]
    )
    parts = [
        NOTE,
        "# Errors",
        (
            "Each error says what happened, where, and what to do; the command's exit code says which kind it was. "
            "Retryable means that the same call may succeed later, with nothing changed. "
            "Treat a code that is not listed as a failure."
        ),
        codes,
    ]
    for kind, depth in error_tree(ArchiverError):
        parent = kind.__mro__[1]
        facts = [f"exit code {kind.exit_code}", "retryable" if kind.retryable else "not retryable"]
        if issubclass(parent, ArchiverError):
            facts.insert(0, f"kind of {parent.__name__}")
        parts += [f"{'#' * min(depth + 2, 4)} {kind.__name__}", f"{first_paragraph(kind)} ({', '.join(facts)})"]
        message = _message(kind)
        if message:
            parts.append(f"```text\n{message}\n```")
    return "\n\n".join(parts) + "\n"


def error_tree(root: type[E], depth: int = 0) -> Iterator[tuple[type[E], int]]:
    """``root`` and all below it, in the order of their source, each with its depth."""
    yield root, depth
    for kind in root.__subclasses__():
        if kind.__module__ == "archiver.errors":
            yield from error_tree(kind, depth + 1)


def _message(kind: type) -> str | None:
    """The message with each field's name in its place; None where the class leaves the words to who raises it."""
    if "__init__" not in vars(kind):
        return None
    wanted = [
        parameter.name
        for parameter in list(inspect.signature(vars(kind)["__init__"]).parameters.values())[1:]
        if parameter.default is inspect.Parameter.empty
    ]
    return str(kind(*(f"<{name}>" for name in wanted)))


# commands.md


def commands_page(parser: argparse.ArgumentParser) -> str:
    """Every command with its arguments and options."""
    parts = [
        NOTE,
        "# Commands",
        (
            "Results go to stdout, talk and progress to stderr. Exit codes are in [errors.md](errors.md), the shapes of "
            "`--json` in [interface.md](interface.md)."
        ),
    ]
    parts += _command(parser, depth=2)
    return "\n\n".join(parts) + "\n"


def _command(parser: argparse.ArgumentParser, *, depth: int, summary: str = "") -> Iterator[str]:
    yield f"{'#' * min(depth, 4)} {parser.prog}"
    said = (parser.description or summary or "").strip()
    if said:
        yield _escaped(said)
    rows: list[str] = []
    below: list[tuple[argparse.ArgumentParser, str]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            seen: set[int] = set()
            for name, child in action.choices.items():
                if id(child) not in seen:
                    seen.add(id(child))
                    below.append((child, helps.get(name, "")))
        elif action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction):
            rows.append(f"| {_spelling(action)} | {cell(_help(action, parser))} |")
    if rows:
        yield "\n".join(["| argument | meaning |", "|---|---|", *rows])
    epilog = (parser.epilog or "").strip("\n")
    if epilog.strip():
        yield f"```text\n{epilog}\n```"
    for child, text in below:
        yield from _command(child, depth=depth + 1, summary=text)


def _escaped(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines()).replace("<", "&lt;")


def _spelling(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar or ())
    if not metavar:
        metavar = "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
    if not action.option_strings:
        many = {"*": "[{}…]", "+": "{}…", "?": "[{}]"}.get(str(action.nargs), "{}")
        return f"`{cell(many.format(metavar))}`"
    value = "" if action.nargs == 0 else f" {metavar}"
    return "`" + cell(", ".join(action.option_strings) + value) + "`"


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    text = (action.help or "") % {**vars(action), "prog": parser.prog}
    return text.replace("<", "&lt;")


def build_parser() -> argparse.ArgumentParser | None:
    """The command line's parser, or None where there is no command line yet."""
    if importlib.util.find_spec(PARSER) is None:
        return None
    parser: argparse.ArgumentParser = importlib.import_module(PARSER).build_parser()
    return parser


def commands() -> str | None:
    """commands.md, or None where there is no command line yet."""
    parser = build_parser()
    return None if parser is None else commands_page(parser)


PAGES: Mapping[str, Callable[[], str | None]] = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "commands.md": commands,
}
"""The generated pages by file name; one that cannot exist yet is None."""


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` compare them; the exit code."""
    check = "--check" in arguments
    stale = []
    for name, make in PAGES.items():
        file = DOCS / name
        text = make()
        if text is None:
            continue
        if not file.exists() or file.read_text("utf-8") != text:
            stale.append(name)
            if not check:
                file.write_text(text, "utf-8")
    if stale:
        sys.stderr.write(f"{'not current (run `make docs`)' if check else 'written'}: {', '.join(stale)}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.path.insert(0, str(DOCS.parent))
    sys.exit(main(sys.argv[1:]))
