"""Figures for Prometheus as text files in the archive's home (text exposition format 0.0.4), for its textfile collector."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archiver.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure: its meaning, and a value for each set of labels."""

    name: str
    meaning: str
    values: tuple[tuple[Mapping[str, str], float], ...] = field(default=())


def gauge(name: str, meaning: str, value: float) -> Gauge:
    """A figure without labels."""
    return Gauge(name, meaning, (({}, value),))


def exposition(gauges: Iterable[Gauge]) -> str:
    """The text that Prometheus reads."""
    lines: list[str] = []
    for each in gauges:
        lines += [f"# HELP {each.name} {each.meaning}", f"# TYPE {each.name} gauge"]
        for labels, value in each.values:
            marks = ",".join(f'{name}="{_escaped(text)}"' for name, text in sorted(labels.items()))
            lines.append(f"{each.name}{{{marks}}} {value:.17g}" if marks else f"{each.name} {value:.17g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write_metrics(home: Path, name: str, gauges: Iterable[Gauge]) -> Path:
    """Write ``metrics/<name>.prom``, whole or not at all. Raises ``ConfigError``."""
    folder = home / "metrics"
    path = folder / f"{name}.prom"
    draft = folder / f".{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(exposition(gauges), "utf-8")
        draft.replace(path)
    except OSError as error:
        raise ConfigError(str(path), error.strerror or str(error)) from error
    return path
