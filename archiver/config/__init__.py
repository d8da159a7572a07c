"""Configuration and site files: what people write, read into types. Nothing else reads the environment."""

from __future__ import annotations

from archiver.config.settings import (
    SECTIONS,
    Config,
    LimitsSection,
    RenderSection,
    RevisitSection,
    SourcesSection,
    default_home,
    load,
)

__all__ = [
    "SECTIONS",
    "Config",
    "LimitsSection",
    "RenderSection",
    "RevisitSection",
    "SourcesSection",
    "default_home",
    "load",
]
