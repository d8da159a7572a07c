"""Configuration: the only reader of the environment and of ``archiver.toml``.

Every setting ``[section] key`` is also ``ARCHIVER_SECTION_KEY``, which wins. A setting that is not known, or of the
wrong type, is an error with its place: a typo never becomes a silent default. docs/settings.md is made of this module.
"""

from __future__ import annotations

import os
import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from archiver.errors import ConfigError
from archiver.model.duration import parse_duration

CATALOG_FILE = "catalog.sqlite3"
CONFIG_FILE = "archiver.toml"


def setting(
    default: Any,
    meaning: str,
    *,
    choices: tuple[str, ...] = (),
    is_duration: bool = False,
    least: float | None = None,
) -> Any:
    """A field with its meaning, which the docs show; with ``choices`` no other text is taken, with ``is_duration`` only
    lengths of time, with ``least`` no smaller number."""
    about = {"meaning": meaning, "choices": choices, "is_duration": is_duration, "least": least}
    if isinstance(default, list):
        return field(default_factory=lambda: tuple(default), metadata=about)
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True)
class ArchiveSection:
    """What this archive is."""

    model: bool = setting(
        False, "A model archive: its pages are made up and never evidence. Every WARC and web page says so."
    )
    operator: str = setting("", "Who runs the crawler, written to every warcinfo record.")


@dataclass(frozen=True, slots=True)
class StoreSection:
    """Where sealed objects go."""

    url: str = setting("store", "A directory (relative to the archive's home) or `s3://bucket/prefix`.")
    endpoint_url: str = setting("", "Address of an S3-compatible server; empty means AWS.")
    region: str = setting("", "S3 region; empty leaves it to the usual AWS settings.")
    addressing: str = setting("auto", "S3 addressing style: auto, path or virtual.")
    checksums: str = setting("when_supported", "S3 checksums: when_supported, or when_required for old servers.")
    multipart_above: int = setting(100_000_000, "Objects above this many bytes are uploaded in parts.")
    attempts: int = setting(5, "How often a call to the store is tried, with growing waits, before it counts as away.")
    price: float = setting(0.0, "What one GB (10^9 bytes) costs a month, for the web pages; 0 shows no cost.")
    currency: str = setting("USD", "In which currency.")
    abort_after: float = setting(
        24.0, "Uploads in parts that were begun this many hours ago and never completed are aborted."
    )


@dataclass(frozen=True, slots=True)
class CatalogSection:
    """Where the catalogue lies."""

    url: str = setting("", "SQLAlchemy URL; empty means `catalog.sqlite3` in the archive's home.")


@dataclass(frozen=True, slots=True)
class SpoolSection:
    """Where records wait before they are sealed."""

    directory: str = setting("spool", "Directory of open WARC files (relative to the archive's home).")
    max_size: int = setting(1_000_000_000, "A WARC file is sealed when it is larger than this many bytes.")
    max_age: float = setting(24.0, "A WARC file is sealed when it is older than this many hours.")
    max_waiting: int = setting(
        20_000_000_000,
        "With the store away, a run pauses when the spool has more than this many bytes; it goes on when there is room.",
    )
    max_pause: float = setting(24.0, "A run that was paused for this many hours ends as stopped.")
    host: str = setting("", "The computer's name in WARC file names; empty means its host name.")


@dataclass(frozen=True, slots=True)
class FetchSection:
    """How pages are fetched."""

    user_agent: str = setting("news-archiver/0.1 (+{contact})", "User-Agent; `{contact}` is replaced.")
    contact: str = setting("", "A URL or mail address at which a site's people can reach the operator.")
    connect_to: tuple[str, ...] = setting(
        [], "`HOST:PORT:ADDR:PORT` as curl's --connect-to; several in the environment by spaces."
    )
    ca_file: str = setting("", "PEM file of certificate authorities to trust besides the system's.")
    verify_certificates: bool = setting(
        False, "Refuse servers whose certificate does not verify. Off: captured all the same."
    )
    allow_private: bool = setting(False, "Allow connections to private addresses (an intranet).")
    delay: float = setting(1.0, "Seconds between two requests to one host, at least.")
    jitter: float = setting(
        0.2, "By which part of it each delay is lengthened at random, at most: 0.2 makes 1 s up to 1.2 s."
    )
    concurrency: int = setting(1, "Requests in flight to one host.")
    timeout: float = setting(60.0, "Seconds for one whole exchange.")
    max_body: int = setting(100_000_000, "Bytes of one body; what is longer is truncated and marked so.")
    obey_robots: bool = setting(True, "Obey robots.txt.")
    max_crawl_delay: float = setting(
        120.0, "The longest `Crawl-delay` of a robots.txt that is obeyed, in seconds; a longer one counts as this."
    )
    max_retry_after: float = setting(
        86_400.0, "The longest `Retry-After` that is obeyed, in seconds; a longer one counts as this."
    )
    too_many_wait: float = setting(
        30.0, "Seconds for which a host is left alone that answers 429 without a `Retry-After`."
    )
    hold_wait: float = setting(
        300.0,
        "When all that is left to fetch lies on hosts in backoff (after 429 or 503), a run waits this many seconds for them; "
        "if their backoff is longer, the run ends, and the next one goes on.",
    )
    requisites: str = setting(
        "all",
        "Fetch what pages need to be seen (pictures, styles, fonts, frames, scripts): all, site (only under the site's own "
        "domain) or none.",
        choices=("all", "site", "none"),
    )
    scripts: bool = setting(True, "Scripts are among the requisites.")
    media: bool = setting(False, "Audio and video are among the requisites.")
    max_media: int = setting(50_000_000, "Bytes of one audio or video file; what is longer is truncated and marked so.")
    requisite_age: float = setting(
        30.0,
        "Days after which a requisite that a page names is fetched again; before, the capture that exists is used.",
    )
    unconditional_every: int = setting(
        10,
        "After this many visits in a row that were answered with 304, a page is fetched in full, because some servers wrongly "
        "answer 304; 0 means that no request is ever conditional.",
    )
    proxy: str = setting(
        "",
        "`http://[user:password@]host:port` through which everything is fetched. It resolves names itself, so it must refuse "
        "private addresses too. The usual proxy variables of the environment are ignored.",
    )
    autothrottle: bool = setting(True, "Slow down when a site answers slowly.")


@dataclass(frozen=True, slots=True)
class LimitsSection:
    """What a run takes from a server at most, beside `[fetch] timeout` and `max_body`. What meets a limit is marked as truncated,
    or is not fetched, and the frontier keeps the reason."""

    header_bytes: int = setting(
        1_000_000, "Bytes of a header block with the 1xx messages before it; no more than 1,048,576 are ever read."
    )
    header_lines: int = setting(20_000, "Lines of a header block.")
    header_time: float = setting(30.0, "Seconds until the end of a header block.")
    page_bytes: int = setting(20_000_000, "Bytes of a page after decoding that are read; the record keeps all of it.")
    source_bytes: int = setting(64_000_000, "Bytes of a feed or sitemap after decoding that are read.")
    ratio: int = setting(100, "A body is read up to so many times its coded size, or to 1 MB.")
    redirects: int = setting(10, "Redirects that are followed from one URL.")
    source_depth: int = setting(4, "Sitemaps within indexes within indexes: levels that are followed.")
    sources_per_run: int = setting(5_000, "Feeds and sitemaps that a run fetches; the others are due at the next run.")
    pages_per_run: int = setting(1_000_000, "Pages that a run takes; the others are due at the next run.")
    pages_per_host: int = setting(500_000, "The same for one host.")
    url_length: int = setting(2_000, "Characters of a URL that is followed.")
    path_segments: int = setting(20, "Segments of a path that is followed.")
    path_repeats: int = setting(3, "How often the same segment may stand in a path.")
    link_depth: int = setting(100, "Links that lead from a source to a page, one after the other.")
    queries_per_path: int = setting(5_000, "Queries of one path that a run follows from links.")
    forms_per_path: int = setting(50, "Combinations of parameter names in the queries of one path, likewise.")
    same_pages: int = setting(
        50,
        "So many pages in a row whose addresses differ only in numbers and in the query's values, and which say the same, "
        "are a trap: no more of their kind are fetched.",
    )


@dataclass(frozen=True, slots=True)
class RenderSection:
    """How a browser shows the pages of sites that ask for it (`render = true` in the site file, or `archiver crawl --render`).
    What would pass a limit is not fetched; a page that takes longer than the time, or more memory, is not rendered."""

    browser: str = setting(
        "", "Path of Chromium; empty looks for `chromium`, `chromium-browser`, `google-chrome` or `chrome` on the PATH."
    )
    max_time: float = setting(60.0, "Seconds for one page with all that it fetches.")
    quiet: float = setting(
        1.0, "A page is ready when it has fetched nothing for this many seconds after it was loaded."
    )
    max_requests: int = setting(300, "Requests of one page.")
    max_bytes: int = setting(50_000_000, "Bytes of all answers to one page, after decoding.")
    max_memory: int = setting(
        2_000_000_000, "Bytes of memory of the browser; one that takes more is ended (Linux only)."
    )
    max_document: int = setting(20_000_000, "Bytes of the document that is kept; a longer one is not.")
    width: int = setting(1280, "Pixels of the window's width.")
    height: int = setting(1024, "Pixels of the window's height.")
    picture: int = setting(10_000, "Pixels of the picture's height at most; what lies below is not in it.")


@dataclass(frozen=True, slots=True)
class RevisitSection:
    """When articles are fetched again. Lengths of time are written as `20m`, `6h`, `1d` or `2w`. A site file may have a
    `[revisit]` of its own with `ages`, `shortest`, `patience` and `daily`."""

    ages: tuple[str, ...] = setting(
        ["1h", "6h", "1d", "3d", "7d", "30d", "90d"],
        "Ages since publication at which an article is fetched again, at the latest.",
        is_duration=True,
    )
    shortest: str = setting(
        "20m",
        "The shortest time between two visits, right after publication or a change of the text.",
        is_duration=True,
    )
    patience: float = setting(
        0.5,
        "An article is fetched again when it has stood unchanged for this part of the time for which it already had: soon "
        "after a change of its text, ever later while it is quiet.",
        least=0.01,
    )
    daily: int = setting(
        20_000,
        "Visits to pages that are known already, in one day of a site, spread over its hours; new pages go first and do "
        "not count. 0 means no limit.",
        least=0,
    )
    withdrawal: tuple[str, ...] = setting(
        ["1h", "1d"],
        "A page that is not there (404, 410, or it leads to the home page or a section) is fetched again after these times; "
        "if it is missing each time, it counts as withdrawn.",
        is_duration=True,
    )


@dataclass(frozen=True, slots=True)
class SourcesSection:
    """How often feeds, sitemaps and section fronts are fetched: each by its own interval, shorter while it brings new
    addresses, longer while it brings none. A source in a site file may have its own `min_interval` and `max_interval`."""

    min_interval: str = setting("5m", "The shortest interval.", is_duration=True)
    max_interval: str = setting("1h", "The longest interval of feeds, news sitemaps and fronts.", is_duration=True)
    max_sitemap_interval: str = setting(
        "1d", "The longest interval of other sitemaps and their indexes.", is_duration=True
    )
    window_part: float = setting(
        0.5,
        "A source is fetched at the latest when this part of its entries would have been replaced at its busiest pace, so that "
        "no entry is missed.",
        least=0.01,
    )


@dataclass(frozen=True, slots=True)
class ExtractSection:
    """How pages are read."""

    workers: int = setting(0, "Worker processes; 0 means one fewer than the cores, at least one.")
    timeout: float = setting(30.0, "Seconds after which a stuck worker is stopped and replaced.")


@dataclass(frozen=True, slots=True)
class VerifySection:
    """How what is stored is read again."""

    within_days: float = setting(
        90.0, "With `verify --due`, run at least daily, every object is read again within this many days."
    )


@dataclass(frozen=True, slots=True)
class ServeSection:
    """How the archive is served."""

    public_url: str = setting("", "The address under which readers reach the service; empty means that of the request.")
    hosts: tuple[str, ...] = setting(
        (),
        "Further host names under which the service answers, at any port; it always answers under IP addresses, `localhost` and the "
        "hosts of `public_url` and `replay_url`. Others get 421: a web page could read an archive on loopback under its own name.",
    )
    reading: str = setting(
        "open",
        "`open` lets everybody read; `token` only those with a token (`archiver token`).",
        choices=("open", "token"),
    )
    requests_per_second: float = setting(50.0, "Requests of one address in the long run; 0 for no limit.")
    requests_burst: int = setting(1000, "Requests of one address at once.")
    trusted_proxy: str = setting(
        "", "Address of a proxy before the service whose `X-Forwarded-For` is believed; empty: no proxy's is."
    )
    replay_url: str = setting(
        "",
        "The address under which readers reach interactive replay: a host of its own, below that of `public_url` (which it "
        "needs), with TLS; empty turns it off.",
    )
    replay_listen: str = setting("127.0.0.1:8081", "HOST:PORT on which `archiver serve` listens for it.")
    replay_registry: str = setting(
        "https://registry.npmjs.org", "The npm registry that `archiver replay-install` fetches from, or a mirror of it."
    )


@dataclass(frozen=True, slots=True)
class ScheduleSection:
    """How schedules are followed by `archiver serve`."""

    runs: int = setting(4, "Runs under way at once, all sites together; further slots wait.")
    waiting: int = setting(
        3, "Slots of one schedule that may wait while a run of the site is under way, with overlap `queue`."
    )
    stop_wait: float = setting(600.0, "Seconds after a request to stop within which a run must end; then it is killed.")


@dataclass(frozen=True, slots=True)
class AlertsSection:
    """What `archiver serve` watches, and where alerts are sent. Without webhook, mail and command they are only listed."""

    webhook: str = setting("", "An http or https URL to which each alert is sent as JSON by POST.")
    webhook_token: str = setting("", "Sent to it as `Authorization: Bearer …`.")
    mail_to: tuple[str, ...] = setting([], "Mail addresses to which alerts are sent.")
    mail_from: str = setting("", "The sender; empty means the first of `mail_to`.")
    smtp_host: str = setting("localhost", "The mail server.")
    smtp_port: int = setting(25, "Its port.")
    smtp_security: str = setting(
        "none", "How it is reached: none, starttls or tls.", choices=("none", "starttls", "tls")
    )
    smtp_user: str = setting("", "User name there; empty means no log-in.")
    smtp_password: str = setting("", "Its password.")
    command: str = setting("", "A command, run without a shell, that reads each alert as JSON from its input.")
    timeout: float = setting(20.0, "Seconds that one delivery may take.")
    look_every: float = setting(60.0, "Seconds between two checks of the archive.")
    repeat_hours: float = setting(24.0, "An alert that lasts is sent again after this many hours.")
    shrink: float = setting(
        0.5, "A run has shrunk when it takes less than this part of the pages that three of four runs before it took."
    )
    extraction: float = setting(
        0.7,
        "A site's extraction has fallen when the part of articles among its pages is below this part of what it was.",
    )
    source_failures: int = setting(5, "A source fails when it failed so many times in a row.")
    quiet_days: float = setting(4.0, "A source is quiet when it has named nothing new for so many days.")
    disk_free: float = setting(0.05, "A disk is full when less than this part of it is free.")
    spool_full: float = setting(0.5, "The spool is full at this part of `[spool] max_waiting`.")
    store_bytes: int = setting(0, "The store is full above so many bytes of WARC; 0 means that it has no bound.")


@dataclass(frozen=True, slots=True)
class Config:
    """An archive's home and its settings, read once and handed down."""

    home: Path
    archive: ArchiveSection = ArchiveSection()
    store: StoreSection = StoreSection()
    catalog: CatalogSection = CatalogSection()
    spool: SpoolSection = SpoolSection()
    fetch: FetchSection = FetchSection()
    limits: LimitsSection = LimitsSection()
    render: RenderSection = RenderSection()
    revisit: RevisitSection = RevisitSection()
    sources: SourcesSection = SourcesSection()
    extract: ExtractSection = ExtractSection()
    verify: VerifySection = VerifySection()
    serve: ServeSection = ServeSection()
    schedule: ScheduleSection = ScheduleSection()
    alerts: AlertsSection = AlertsSection()

    @property
    def spool_dir(self) -> Path:
        """The spool's directory."""
        return self.home / self.spool.directory

    @property
    def sites_dir(self) -> Path:
        """The archive's own site files, which win over built-in ones."""
        return self.home / "sites"

    @property
    def catalog_url(self) -> str:
        """The SQLAlchemy URL of the catalogue."""
        return self.catalog.url or f"sqlite:///{self.home / CATALOG_FILE}"

    @property
    def store_url(self) -> str:
        """The store: an absolute directory, or ``s3://bucket/prefix``."""
        return self.store.url if self.store.url.startswith("s3://") else str((self.home / self.store.url).resolve())

    @property
    def host(self) -> str:
        """The computer's name for WARC file names."""
        return self.spool.host or socket.gethostname()

    @property
    def user_agent(self) -> str:
        """The User-Agent header: who crawls, and where to complain."""
        contact = self.fetch.contact
        agent = self.fetch.user_agent
        return (
            agent.replace("{contact}", contact)
            if contact
            else agent.replace(" (+{contact})", "").replace("{contact}", "")
        )

    def with_fetch(self, **changes: Any) -> Config:
        """The same with some ``[fetch]`` settings changed, as command line options do."""
        return replace(self, fetch=replace(self.fetch, **changes))


SECTIONS: Mapping[str, type] = {
    "archive": ArchiveSection,
    "store": StoreSection,
    "catalog": CatalogSection,
    "spool": SpoolSection,
    "fetch": FetchSection,
    "limits": LimitsSection,
    "render": RenderSection,
    "revisit": RevisitSection,
    "sources": SourcesSection,
    "extract": ExtractSection,
    "verify": VerifySection,
    "serve": ServeSection,
    "schedule": ScheduleSection,
    "alerts": AlertsSection,
}


def default_home(environment: Mapping[str, str] | None = None) -> Path:
    """``ARCHIVER_ARCHIVE``, else ``./archive``."""
    environment = os.environ if environment is None else environment  # noqa: TID251  the one reader
    return Path(environment.get("ARCHIVER_ARCHIVE") or "archive").absolute()


def load(home: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Read ``archiver.toml`` of ``home`` (it may be missing) and the environment over it. Raises ``ConfigError``."""
    environment = os.environ if environment is None else environment  # noqa: TID251  the one reader
    home = home.absolute()
    file = home / CONFIG_FILE
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raw = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(file), str(error)) from error
    unknown = set(raw) - set(SECTIONS)
    if unknown:
        raise ConfigError(str(file), f"unknown section [{min(unknown)}]; known: {', '.join(SECTIONS)}")
    sections = {name: _section(name, kind, raw.get(name, {}), file, environment) for name, kind in SECTIONS.items()}
    return Config(home=home, **sections)


def _section(name: str, kind: type, raw: Any, file: Path, environment: Mapping[str, str]) -> Any:
    if not isinstance(raw, dict):
        raise ConfigError(f"{file} [{name}]", "is not a section")
    hints = get_type_hints(kind)
    known = [f.name for f in fields(kind)]
    unknown = set(raw) - set(known)
    if unknown:
        raise ConfigError(f"{file} [{name}] {min(unknown)}", f"unknown setting; known: {', '.join(known)}")
    values: dict[str, Any] = {}
    about = {f.name: f.metadata for f in fields(kind)}
    for key in known:
        variable = f"ARCHIVER_{name.upper()}_{key.upper()}"
        if variable in environment:
            values[key] = _from_text(environment[variable], hints[key], variable)
            _fits(values[key], about[key], variable)
        elif key in raw:
            values[key] = _typed(raw[key], hints[key], f"{file} [{name}] {key}")
            _fits(values[key], about[key], f"{file} [{name}] {key}")
    return kind(**values)


def _fits(value: Any, about: Mapping[str, Any], where: str) -> None:
    choices, least = about.get("choices", ()), about.get("least")
    if choices and value not in choices:
        raise ConfigError(where, f"must be one of {', '.join(choices)}, not {value!r}")
    if least is not None and not value >= least:
        raise ConfigError(where, f"must be at least {least:g}, not {value!r}")
    if about.get("is_duration"):
        for text in value if isinstance(value, tuple) else (value,):
            try:
                parse_duration(text)
            except ValueError as error:
                raise ConfigError(where, str(error)) from error


def _typed(value: Any, kind: Any, where: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind == tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        raise ConfigError(where, "must be a list of texts")
    if type(value) is not kind:
        raise ConfigError(where, f"must be of type {kind.__name__}, not {type(value).__name__}")
    return value


def _from_text(text: str, kind: Any, where: str) -> Any:
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise ConfigError(where, f"must be true or false, not {text!r}")
    if kind == tuple[str, ...]:
        return tuple(text.split())
    try:
        return kind(text)
    except ValueError as error:
        raise ConfigError(where, f"must be of type {kind.__name__}, not {text!r}") from error
