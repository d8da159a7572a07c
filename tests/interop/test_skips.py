"""Where everything was installed, a test that is skipped has failed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.fork_server import run_python

SKIPPED = """
import pytest

def test_without_a_browser():
    pytest.skip("chromium is not installed")

@pytest.mark.skipif(True, reason="the test data folder (ARCHIVER_TEST_DATA) is absent")
def test_without_data():
    pass
"""


@pytest.mark.parametrize(
    ("ci", "ending"), [("true", "1 failed, 1 skipped, 1 error"), ("", "3 skipped")], ids=["installed", "at home"]
)
def test_only_real_bytes_may_be_absent_where_everything_was_installed(tmp_path: Path, ci: str, ending: str) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_skipped.py").write_text(SKIPPED)
    (tmp_path / "test_no_module.py").write_text("import pytest\npytest.importorskip('no_such_browser')\n")
    done = run_python(
        [
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "-W",
            "ignore",
            "--continue-on-collection-errors",
            ".",
        ],
        cwd=tmp_path,
        env={**os.environ, "CI": ci},
    )
    assert ending in done.stdout.splitlines()[-1], done.stdout
