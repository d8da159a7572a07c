"""The text that Prometheus reads."""

from __future__ import annotations

import pytest

from archiver.errors import ConfigError
from archiver.ops.metrics import Gauge, exposition, gauge, write_metrics


def test_a_figure_has_its_meaning_its_type_and_its_values():
    gauges = [gauge("a_b", "What it is.", 3), Gauge("c", "More.", (({"k": 'x"\\\ny', "j": "1"}, 0.5),))]
    assert exposition(gauges) == (
        "# HELP a_b What it is.\n# TYPE a_b gauge\na_b 3\n"
        '# HELP c More.\n# TYPE c gauge\nc{j="1",k="x\\"\\\\\\ny"} 0.5\n'
    )


def test_large_figures_lose_nothing():
    assert exposition([gauge("a", "A.", 1_234_567_890_123)]).endswith("a 1234567890123\n")


def test_the_file_is_replaced_whole(tmp_path):
    write_metrics(tmp_path, "verify", [gauge("a", "A.", 1)])
    path = write_metrics(tmp_path, "verify", [gauge("a", "A.", 2)])
    assert path.read_text().endswith("a 2\n")
    assert [p.name for p in path.parent.iterdir()] == ["verify.prom"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "metrics").write_text("in the way")
    with pytest.raises(ConfigError, match="metrics"):
        write_metrics(tmp_path, "verify", [])
