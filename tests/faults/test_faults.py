"""A short part of the fault harness: a small archive, crawled while everything fails. ``make faults`` is the whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("harness.py")


@pytest.mark.s3
def test_nothing_is_lost_when_network_disk_clock_and_process_fail():
    done = subprocess.run(
        [sys.executable, str(HARNESS), "--seed", "20261124", "--rounds", "1"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    if done.returncode == 2:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is lost" in done.stdout
