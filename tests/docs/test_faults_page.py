"""docs/faults.md says what the site of faults really does."""

from __future__ import annotations

from pathlib import Path

from faultsite import FaultSite
from faultsite.table import PAGE, docs_page


def test_the_page_of_faults_is_what_the_endpoints_say(tmp_path: Path) -> None:
    page = docs_page(FaultSite(tmp_path).endpoints)
    assert PAGE.read_text("utf-8") == page, "run `python -m faultsite --page` in tests/"


def test_readers_are_led_to_it() -> None:
    docs = PAGE.parent
    for page in (docs.parent / "README.md", docs / "README.md", docs / "design.md"):
        assert "faults.md" in page.read_text("utf-8"), page
