"""The pages say what the code says."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from archiver import errors
from archiver.config import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [page for page in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))) if page.exists()]
FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
SHELL = {"", "sh", "bash", "console", "shell"}
"""Languages of fenced blocks that hold commands; a block with none is taken for one. Patterns and trees are `text`."""


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _generator()


def all_errors() -> list[type[errors.ArchiverError]]:
    return [kind for kind, _ in generate.error_tree(errors.ArchiverError)]


# Generated pages


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_page_is_current(name: str) -> None:
    text = generate.PAGES[name]()
    if text is None:
        pytest.skip("no command line to make it of")
    assert (DOCS / name).read_text("utf-8") == text, "run `make docs`"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_is_documented(section: str) -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    assert f"## [{section}]" in page
    for setting in fields(SECTIONS[section]):
        assert f"`ARCHIVER_{section.upper()}_{setting.name.upper()}`" in page
        assert setting.metadata.get("meaning"), f"[{section}] {setting.name} has no meaning"


def test_every_command_is_documented_and_has_help() -> None:
    parser = generate.build_parser()
    if parser is None:
        pytest.skip("no command line yet")
    page = (DOCS / "commands.md").read_text("utf-8")
    for command in _commands(parser):
        assert re.search(rf"^#+ {re.escape(command)}$", page, re.MULTILINE), command


def _commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield parser.prog
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            described = {choice.dest for choice in action._choices_actions if choice.help}
            for name, child in action.choices.items():
                assert name in described or child.description, f"{child.prog} has no help"
                yield from _commands(child)


# Errors


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_is_documented_with_an_exit_code_that_is_promised(kind: type[errors.ArchiverError]) -> None:
    assert kind.exit_code in set(generate.EXIT_CODES) - {0, 130}
    assert kind.__doc__
    assert re.search(rf"^#+ {kind.__name__}$", (DOCS / "errors.md").read_text("utf-8"), re.MULTILINE)
    assert kind.__name__ in (errors.__doc__ or ""), "not drawn in the tree of archiver/errors.py"


@pytest.fixture(scope="module")
def made_somewhere() -> frozenset[str]:
    """Names that are called in the package, errors.py aside: an error that is made there is one that is raised."""
    called = set()
    for file in (ROOT / "archiver").rglob("*.py"):
        if file.name == "errors.py" and file.parent.name == "archiver":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                function = node.func
                called.add(function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""))
    return frozenset(called)


@pytest.mark.parametrize(
    "kind", [kind for kind in all_errors() if not kind.__subclasses__()], ids=lambda kind: kind.__name__
)
def test_every_leaf_of_the_error_tree_is_raised(
    kind: type[errors.ArchiverError], made_somewhere: frozenset[str]
) -> None:
    assert kind.__name__ in made_somewhere


# Links


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_internal_links_resolve(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} leads nowhere"
        assert file.is_relative_to(ROOT), f"{target} leads out of the project"
        if anchor and file.suffix == ".md":
            assert anchor in _anchors(file), f"{target}: no such heading"


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", file.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_of_docs_is_reached_from_its_index() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).as_posix()
        assert name == "README.md" or f"({name})" in index, f"{name} is not in docs/README.md"


# Commands in fenced blocks


def shell_commands(text: str) -> Iterator[list[str]]:
    """The arguments of every ``archiver`` command in a text's fenced shell blocks."""
    for language, block in FENCE.findall(text):
        if language not in SHELL:
            continue
        for line in block.replace("\\\n", " ").splitlines():
            for part in _parts(line.strip().removeprefix("$ ")):
                while part and re.match(r"[A-Z_]+=", part[0]):
                    part.pop(0)
                if part and part[0].rpartition("/")[2] == "archiver":
                    yield part[1:]


def _parts(line: str) -> Iterator[list[str]]:
    """The commands of one line, without redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    part: list[str] = []
    skip = False
    for word in lexer:
        if set(word) <= set("<>"):
            skip = True
        elif skip:
            skip = False
        elif set(word) <= set("|&;"):
            yield part
            part = []
        else:
            part.append(word)
    yield part


def test_commands_are_found_in_shell_blocks_only() -> None:
    text = "```sh\nA=1 archiver get 'http://x/?a&b' --at 2026 > out.html && .venv/bin/archiver sites | head # why\n```\n```text\narchiver no\n```\n"
    assert list(shell_commands(text)) == [["get", "http://x/?a&b", "--at", "2026"], ["sites"]]


def refused_commands(text: str) -> list[str]:
    """The ``archiver`` commands of a page that the real parser does not take."""
    refused = []
    for arguments in shell_commands(text):
        if "--help" in arguments:
            continue
        try:
            generate.build_parser().parse_args(arguments)
        except SystemExit:
            refused.append(shlex.join(arguments))
    return refused


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_command_in_a_shell_block_is_one(page: Path) -> None:
    assert refused_commands(page.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "wrong", ["captures --no-such-option", "no-such-command", "coverage", "get URL --as pdf", "search"]
)
def test_a_wrong_command_on_a_page_is_found_also_in_a_block_of_a_list(wrong: str) -> None:
    page = f"1. Do it.\n\n   ```sh\n   archiver captures --json > all.jsonl\n   archiver {wrong}\n   ```\n"
    assert refused_commands(page) == [wrong]


TASKS = ("find-missing.md", "restore.md", "cite.md", "query-with-duckdb.md", "move.md")


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_its_page_with_commands_to_copy(name: str) -> None:
    assert len(list(shell_commands((DOCS / name).read_text("utf-8")))) >= 2
    assert f"({name})" in (DOCS / "README.md").read_text("utf-8")


def test_settings_on_task_pages_are_settings(tmp_path: Path) -> None:
    from archiver.config import load

    blocks = [
        block
        for name in TASKS
        for language, block in FENCE.findall((DOCS / name).read_text("utf-8"))
        if language == "toml"
    ]
    assert blocks
    for block in blocks:
        (tmp_path / "archiver.toml").write_text(block, "utf-8")
        assert load(tmp_path, {}).home == tmp_path


# Examples and facts


def test_the_example_site_file_reads() -> None:
    from archiver.config.sites import read_site

    blocks = [
        block for language, block in FENCE.findall((DOCS / "add-a-site.md").read_text("utf-8")) if language == "toml"
    ]
    site = read_site(blocks[0].encode(), "docs/add-a-site.md")
    assert site.hosts
    assert site.sources
    assert site.profiles


def test_every_key_of_a_site_file_is_documented() -> None:
    from archiver.config.sites import _KEYS
    from archiver.model.site import Host, Profile, Scope, Source, SourceKind

    page = (DOCS / "add-a-site.md").read_text("utf-8")
    names = {*_KEYS, *(kind.value for kind in SourceKind)}
    for part in (Host, Profile, Scope, Source):
        names |= {field.name for field in fields(part)}
    assert not {name for name in names if f"`{name}`" not in page}


def test_the_example_configuration_reads(tmp_path: Path) -> None:
    from archiver.config import load

    blocks = [
        block for language, block in FENCE.findall((DOCS / "operate.md").read_text("utf-8")) if language == "toml"
    ]
    assert blocks
    for block in blocks:
        (tmp_path / "archiver.toml").write_text(block, "utf-8")
        assert load(tmp_path, {}).home == tmp_path


def test_the_format_page_names_every_field_of_a_manifest_a_capture_and_an_article() -> None:
    import json
    from datetime import UTC, datetime

    from archiver.model.article import Extraction, Extractor
    from archiver.model.capture import Verdict
    from archiver.model.manifest import VERSION, Manifest

    page = (DOCS / "format.md").read_text("utf-8")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    manifest = Manifest("warcs/a", 1, "", {}, "a", (), at, at, at, "", "")
    names = set(json.loads(manifest.to_bytes())) | set(Extraction(Verdict.EMPTY, "", Extractor("a", "1")).as_json())
    assert not {name for name in names if f"`{name}`" not in page}
    assert f"format version {VERSION}" in page


def test_the_layout_in_the_design_is_that_of_the_package() -> None:
    block = FENCE.findall((DOCS / "design.md").read_text("utf-8").partition("## Layout")[2])[0][1]
    drawn = set(re.findall(r"^  (\w+)/ ", block, re.MULTILINE))
    there = {path.parent.name for path in (ROOT / "archiver").glob("*/__init__.py")}
    assert drawn == there


def test_every_dependency_is_decided_with_its_licence() -> None:
    page = (DOCS / "decisions" / "0006-dependencies-and-licences.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+?) \|", page, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(one for extra in project["project"]["optional-dependencies"].values() for one in extra),
        *(one for group in project["dependency-groups"].values() for one in group if isinstance(one, str)),
    ]
    names = {re.match(r"[\w.-]+", one)[0] for one in wanted}  # type: ignore[index]
    assert set(rows) == names
    for name, licence in rows.items():
        try:
            said = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        words = " ".join(
            [
                str(said.get("License-Expression") or ""),
                str(said.get("License") or "")[:60],
                *(line for line in said.get_all("Classifier") or [] if line.startswith("License")),
            ]
        )
        if not words.strip():
            continue  # it has a licence file alone
        family = re.split(r"[-\s]", licence)[0]
        found = {"AGPL": "Affero"}.get(family, family)
        assert found.lower() in words.lower(), f"{name} says {words!r}, the page {licence!r}"


def test_the_lock_names_no_address_and_hashes_all() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"://|^-|^\s+-[^-]|find-links|index-url", text, re.MULTILINE)
        for entry in re.split(r"\n(?=[a-z0-9])", text)[1:]:
            assert "==" in entry.splitlines()[0]
            assert "--hash=sha256:" in entry, entry.splitlines()[0]
