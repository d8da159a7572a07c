"""The tutorial notebook runs from its first cell to its last, on what the demo crawls."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "tutorial.ipynb"
ARCHIVER = (sys.executable, "-m", "archiver")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the smaller half of the demo archive."""
    made = tmp_path_factory.mktemp("tutorial")
    command = [*ARCHIVER, "demo", "--site-only"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as newspaper:
        try:
            assert newspaper.stdout is not None
            site = json.loads(newspaper.stdout.readline())
            rules = [part for rule in site["connect_to"] for part in ("--connect-to", rule)]
            crawl = [*ARCHIVER, "crawl", "vietnam.vn", "--archive", str(made / "demo-archive"), "--concurrency", "8"]
            subprocess.run([*crawl, *rules, "--ca-file", site["ca_file"]], check=True, capture_output=True, timeout=300)
        finally:
            newspaper.send_signal(signal.SIGTERM)
    return made


def cells() -> list[dict[str, Any]]:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert notebook["nbformat"] == 4
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("tables", [False, True], ids=["without pandas", "with pandas"])
def test_every_cell_runs(folder: Path, tables: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if tables:
        pytest.importorskip("pandas", reason="pandas is not installed: no data frame to make")
    monkeypatch.chdir(folder)
    namespace: dict[str, Any] = {}
    chosen = [cell for cell in cells() if tables or "pandas" not in cell["metadata"].get("tags", ())]
    text = "\n".join([run("".join(cell["source"]), namespace) for cell in chosen])
    assert "<td>vietnam.vn</td>" in text
    assert "@online{" in text
    assert "archive.example/article/" in text
    assert "held https://www.vietnam.vn/fr/" in text
    assert "unknown https://www.vietnam.vn/nothing" in text


def run(source: str, namespace: dict[str, Any]) -> str:
    """What a cell printed, and how its last expression is shown."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(tree, "<cell>", "exec"), namespace)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace) if last else None
    view = getattr(value, "_repr_html_", None)
    return out.getvalue() + (view() if callable(view) else "" if value is None else repr(value))


def test_the_notebook_keeps_no_results_and_names_no_machine() -> None:
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells())
    assert NOTEBOOK.stat().st_size < 20_000
