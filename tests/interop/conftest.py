"""Where everything was installed for them (``CI=true``), tests that are skipped have failed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

MAY_BE_ABSENT = "ARCHIVER_TEST_DATA"
"""The reason of tests for which nothing can be installed: the real bytes lie beside few checkouts."""


def _unless_skipped(report: Any) -> Any:
    """The report, as a failure when it is a skip that may not be."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MAY_BE_ABSENT not in reason:
            report.outcome, report.longrepr = "failed", f"skipped, and CI=true does not allow that: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[Any]:
    return _unless_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[Any]:
    return _unless_skipped((yield))
