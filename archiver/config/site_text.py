"""A site as the text of a site file, and small changes of one that leave the rest as people wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date

from archiver.model.site import Host, Site, Source

_CHECKED = re.compile(r"^checked[ \t]*=.*$", re.MULTILINE)
_NAME = re.compile(r"^name[ \t]*=.*$", re.MULTILINE)
_LITERAL = re.compile(r"[^'\x00-\x1f\x7f]*\Z")


def site_text(site: Site, *, notes: Iterable[str] = ()) -> str:
    """The site file of a site, with comments at its head. ``config.sites.read_site`` reads the same site from it.

    Profiles, window, budgets and revisits are left to people: what a program finds by itself has none.
    """
    lines = [f"# {note}" for line in notes for note in line.splitlines()]
    lines += ["", f"name = {_quoted(site.name)}", f"title = {_quoted(site.title)}"]
    if site.publisher:
        lines.append(f"publisher = {_quoted(site.publisher)}")
    lines += [f"timezone = {_quoted(site.timezone)}", f"checked = {_quoted(site.checked)}"]
    if site.follow_links is not None:
        lines.append(f"follow_links = {site.follow_links}")
    lines += ["", "hosts = [", *(f"    {_host(host)}," for host in site.hosts), "]"]
    lines += ["", "sources = [", *(f"    {_source(source)}," for source in site.sources), "]"]
    rules = [
        (name, getattr(site.scope, name)) for name in ("article", "listing", "exclude", "drop_parameters", "article_id")
    ]
    lines += ["", "[scope]", *(f"{name} = [{', '.join(map(_rule, written))}]" for name, written in rules if written)]
    return "\n".join(lines).lstrip("\n") + "\n"


def with_checked(data: bytes, day: date) -> bytes:
    """A site file's bytes that say that its sources were tried on ``day``; all else stays."""
    text, line = data.decode("utf-8"), f'checked = "{day.isoformat()}"'
    if _CHECKED.search(text):
        return _CHECKED.sub(line, text, count=1).encode()
    # Before the first table, where top-level keys stand: the name is one.
    return _NAME.sub(lambda found: f"{found[0]}\n{line}", text, count=1).encode()


def _host(host: Host) -> str:
    written = {"name": host.name, "language": host.language, "same_as": host.same_as}
    return "{ " + ", ".join(f"{key} = {_quoted(value)}" for key, value in written.items() if value) + " }"


def _source(source: Source) -> str:
    written = {
        "url": source.url,
        "kind": source.kind.value,
        "min_interval": source.min_interval,
        "max_interval": source.max_interval,
    }
    return "{ " + ", ".join(f"{key} = {_quoted(value)}" for key, value in written.items() if value) + " }"


def _rule(rule: str) -> str:
    return f"'{rule}'" if _LITERAL.match(rule) else _quoted(rule)


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON's escapes are among its own, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
