"""Site files: TOML read into ``model.Site``. Built-in ones come by the entry-point group ``archiver.sites``; an archive's own win."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from archiver.config.settings import Config
from archiver.errors import ConfigError, NotHttpUrl, UnknownSite
from archiver.model.duration import parse_duration
from archiver.model.keys import is_site_name
from archiver.model.site import Host, Profile, Revisit, Scope, Site, Source, SourceKind, Window
from archiver.model.url import clean_url

GROUP = "archiver.sites"
_KEYS = {
    "name",
    "title",
    "publisher",
    "timezone",
    "checked",
    "hosts",
    "sources",
    "scope",
    "delay",
    "concurrency",
    "window",
    "daily_requests",
    "daily_bytes",
    "follow_links",
    "render",
    "profiles",
    "revisit",
}


def read_site(data: bytes, where: str) -> Site:
    """The site that a site file's bytes describe. Raises ``ConfigError`` with ``where`` and the key at fault."""
    try:
        raw = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(where, str(error)) from error
    unknown = set(raw) - _KEYS
    if unknown:
        raise ConfigError(f"{where} {min(unknown)}", f"unknown key; known: {', '.join(sorted(_KEYS))}")
    try:
        site = Site(
            name=raw["name"],
            hosts=tuple(Host(**host) for host in raw["hosts"]),
            title=raw.get("title", ""),
            publisher=raw.get("publisher"),
            timezone=raw.get("timezone", "UTC"),
            sources=tuple(_source(s) for s in raw.get("sources", [])),
            scope=Scope(**{key: tuple(value) for key, value in raw.get("scope", {}).items()}),
            delay=raw.get("delay"),
            concurrency=raw.get("concurrency"),
            window=Window.parse(raw["window"]) if "window" in raw else None,
            daily_requests=raw.get("daily_requests"),
            daily_bytes=raw.get("daily_bytes"),
            follow_links=raw.get("follow_links"),
            render=raw.get("render", False),
            profiles=tuple(_profile(p) for p in raw.get("profiles", [])),
            revisit=_revisit(raw.get("revisit", {})),
            checked=str(raw.get("checked", "never")),
            digest=hashlib.sha256(data).hexdigest(),
        )
    except (KeyError, TypeError, ValueError, AttributeError, NotHttpUrl) as error:
        raise ConfigError(where, f"{type(error).__name__}: {error}") from error
    _check(site, where)
    return site


def _source(raw: Mapping[str, Any]) -> Source:
    source = Source(**{**raw, "url": clean_url(raw["url"]), "kind": SourceKind(raw["kind"])})
    bounds = [parse_duration(text) for text in (source.min_interval, source.max_interval) if text is not None]
    if bounds != sorted(bounds):
        raise ValueError(f"min_interval is longer than max_interval: {source.url}")
    return source


def _revisit(raw: Mapping[str, Any]) -> Revisit:
    own = Revisit(**{**raw, "ages": tuple(raw.get("ages", ()))})
    for text in (*own.ages, *([own.shortest] if own.shortest is not None else [])):
        parse_duration(text)
    if own.patience is not None and (type(own.patience) not in {int, float} or own.patience < 0.01):
        raise ValueError(f"revisit patience must be a number of at least 0.01, not {own.patience!r}")
    if own.daily is not None and (type(own.daily) is not int or own.daily < 0):
        raise ValueError(f"revisit daily must be a whole number, 0 or more, not {own.daily!r}")
    return own


def _profile(raw: Mapping[str, Any]) -> Profile:
    values = {**raw, "hosts": tuple(raw["hosts"]), "drop": tuple(raw.get("drop", ()))}
    for key in ("since", "until"):
        if values.get(key) is not None and not isinstance(values[key], date):
            raise TypeError(f"profile {key} must be a date")
    return Profile(**values)


def _check(site: Site, where: str) -> None:
    if not is_site_name(site.name):
        raise ConfigError(f"{where} name", f"{site.name!r} is no site name ([a-z0-9][a-z0-9.-]*)")
    if not site.hosts:
        raise ConfigError(f"{where} hosts", "a site has at least one host")
    for key in ("daily_requests", "daily_bytes"):
        most = getattr(site, key)
        if most is not None and (type(most) is not int or most < 1):
            raise ConfigError(f"{where} {key}", f"must be a whole number above 0, not {most!r}")
    if type(site.render) is not bool:
        raise ConfigError(f"{where} render", f"must be true or false, not {site.render!r}")
    try:
        ZoneInfo(site.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"{where} timezone", f"unknown time zone {site.timezone!r}") from error
    _check_hosts(site, where)
    for rule in (*site.scope.article, *site.scope.listing, *site.scope.exclude, *site.scope.article_id):
        try:
            groups = re.compile(rule).groups
        except re.error as error:
            raise ConfigError(f"{where} scope", f"{rule!r} is no regular expression: {error}") from error
        if rule in site.scope.article_id and not groups:
            raise ConfigError(f"{where} article_id", f"{rule!r} has no group to hold the id")


def _check_hosts(site: Site, where: str) -> None:
    real = {host.name for host in site.hosts if host.same_as is None}
    for host in site.hosts:
        if host.same_as is not None and host.same_as not in real:
            why = "is itself the same as another" if host.same_as in site.host_names else "is no host of the site"
            raise ConfigError(f"{where} hosts", f"{host.name!r} is the same as {host.same_as!r}, which {why}")


@cache
def built_in() -> Mapping[str, Site]:
    """The sites that installed packages bring, by name."""
    found: dict[str, Site] = {}
    for where, item in _built_in_files():
        site = read_site(item.read_bytes(), where)
        found[site.name] = site
    return found


def _built_in_files() -> Iterator[tuple[str, Traversable]]:
    points = metadata.entry_points(group=GROUP)
    # A checkout that is run without being installed has no entry points: its own package stands in.
    modules = [point.value for point in points] or ["spiders.sites"]
    for module in modules:
        for item in sorted(resources.files(module).iterdir(), key=lambda i: i.name):
            if item.name.endswith(".toml"):
                yield f"{module}/{item.name}", item


def own_sites(directory: Path) -> Mapping[str, Site]:
    """The site files of an archive's ``sites/``, by name."""
    if not directory.is_dir():
        return {}
    sites = (read_site(file.read_bytes(), str(file)) for file in sorted(directory.glob("*.toml")))
    return {site.name: site for site in sites}


def all_sites(config: Config) -> Mapping[str, Site]:
    """Every site that this archive knows, by name; its own win over built-in ones."""
    return dict(sorted({**built_in(), **own_sites(config.sites_dir)}.items()))


def site_file(site: Site, config: Config) -> bytes | None:
    """The bytes of the site file that ``site`` was read from; None for a site made from a URL, or whose file has changed
    since."""
    for data in _site_files(config):
        if hashlib.sha256(data).hexdigest() == site.digest:
            return data
    return None


def _site_files(config: Config) -> Iterator[bytes]:
    if config.sites_dir.is_dir():
        for file in sorted(config.sites_dir.glob("*.toml")):
            yield file.read_bytes()
    for _, item in _built_in_files():
        yield item.read_bytes()


def own_file(config: Config, name: str) -> Path:
    """Where the archive's own file of a site lies."""
    return config.sites_dir / f"{name}.toml"


def write_site_file(path: Path, data: bytes) -> None:
    """Write a site file whole or not at all. Raises ``ConfigError``, also when it could not be read again."""
    read_site(data, str(path))
    draft = path.with_suffix(".toml.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise ConfigError(str(path), error.strerror or str(error)) from error


def find_site(name: str, config: Config) -> Site:
    """The site of this name. Raises ``UnknownSite``."""
    sites = all_sites(config)
    if name not in sites:
        raise UnknownSite(name, tuple(sites))
    return sites[name]


def profile_for(site: Site | None, host: str, day: date) -> Profile | None:
    """The profile that was in use on ``host`` on ``day``, if the site knows one."""
    for profile in site.profiles if site else ():
        begun = profile.since is None or profile.since <= day
        over = profile.until is not None and profile.until < day
        if host in profile.hosts and begun and not over:
            return profile
    return None
