"""The archive in figures, for Prometheus: captures, runs, what waits; and the figures that commands wrote down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from archiver.catalog import Catalog, Stats
from archiver.config import Config
from archiver.model.software import VERSION
from archiver.ops.metrics import Gauge, exposition, gauge
from archiver.records.spool import spool_bytes, spooled_files

MAX_WRITTEN = 1_000_000
"""Bytes of one file of metrics that are read."""


def figures(catalog: Catalog, stats: Stats, config: Config) -> list[Gauge]:
    """The figures of this moment; ``stats`` may be some seconds old. Raises ``CatalogError``."""
    sites = {name: {"site": name} for name in stats.sites}

    def by_site(name: str, meaning: str, values: Mapping[str, float]) -> Gauge:
        return Gauge(name, meaning, tuple((sites[site], value) for site, value in values.items()))

    held = stats.sites.items()
    runs = catalog.runs.counts()
    files = catalog.files.counts()
    return [
        Gauge("archiver_info", "Which release this is.", (({"version": VERSION}, 1),)),
        by_site("archiver_captures", "Captures in the archive.", {site: s.captures for site, s in held}),
        by_site("archiver_pages", "Captures of kind page.", {site: s.pages for site, s in held}),
        Gauge("archiver_urls", "URLs with a capture, by their SURT.", (({}, stats.urls),)),
        by_site("archiver_record_bytes", "Bytes of the records, as stored.", {site: s.bytes for site, s in held}),
        by_site(
            "archiver_last_capture_timestamp_seconds",
            "When the newest capture was made.",
            {site: s.last_at.timestamp() for site, s in held if s.last_at},
        ),
        _by("archiver_readings", "Pages by what they were read as.", "verdict", stats.verdicts),
        _by("archiver_articles", "Articles by language.", "language", stats.languages),
        Gauge(
            "archiver_runs",
            "Runs by site and outcome; open means that it has not ended, or was killed.",
            tuple(({"site": site, "outcome": outcome or "open"}, number) for (site, outcome), number in runs.items()),
        ),
        _by("archiver_files", "WARC files by state.", "state", {state: number for state, (number, _) in files.items()}),
        _by(
            "archiver_file_bytes", "Bytes of WARC files by state.", "state", {s: size for s, (_, size) in files.items()}
        ),
        gauge("archiver_spool_files", "WARC files in the spool.", sum(1 for _ in spooled_files(config.spool_dir))),
        gauge("archiver_spool_bytes", "Bytes of the WARC files in the spool.", spool_bytes(config.spool_dir)),
    ]


def _by(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Gauge:
    return Gauge(name, meaning, tuple(({label: key}, value) for key, value in values.items()))


def metrics_text(catalog: Catalog, stats: Stats, config: Config) -> str:
    """All figures in Prometheus' text format, with those that commands wrote to ``metrics/`` in the archive's home."""
    return exposition(figures(catalog, stats, config)) + "".join(_written(config.home / "metrics"))


def _written(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.prom")):
        if path.name.startswith("."):
            continue
        try:
            with path.open("rb") as file:
                text = file.read(MAX_WRITTEN).decode("utf-8", "replace")
        except OSError:
            continue  # gone, or written anew at this moment: the next reading has it
        yield text if text.endswith("\n") else text + "\n"
