"""Saving a page now: the real crawl, of the model newspaper."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.archive import open as open_archive
from archiver.demo import DemoServer, Newspaper
from archiver.model.instant import SystemClock
from archiver.ops.saving import QueueFull, Saver, SavingState


def test_a_page_is_saved_with_its_requisites_and_a_failure_is_told(tmp_path: Path) -> None:
    newspaper = Newspaper()
    page = newspaper.articles()[0].url
    with DemoServer(newspaper, directory=tmp_path / "ca") as server:
        (tmp_path / "archiver.toml").write_text(
            f'[archive]\nmodel = true\n[fetch]\nconnect_to = {list(server.connect_to)!r}\nca_file = "{server.ca_file}"\n'
        )
        saver = Saver(tmp_path, clock=SystemClock())
        try:
            saved = saver.save(page)
            refused = saver.save("https://elsewhere.example/secret")
            done = saver.wait(saved.id, timeout=120)
            failed = saver.wait(refused.id, timeout=120)
        finally:
            saver.close()
    assert done is not None
    assert done.state is SavingState.DONE, done.error
    assert done.run is not None
    assert done.run["pages"] == 1
    assert failed is not None
    assert failed.state is SavingState.FAILED
    assert failed.error
    with open_archive(tmp_path) as archive:
        assert archive.held(page).state == "held"
        assert archive.held("https://elsewhere.example/secret").state != "held"
    with pytest.raises(QueueFull):
        saver.save(page)
