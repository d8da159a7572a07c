"""Names in archiver/ and the pages of docs/ keep to docs/terms.md."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_terms", ROOT / "docs" / "terms.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


terms = _load()
UNUSED = terms.read_unused((ROOT / "docs" / "terms.md").read_text("utf-8"))


def test_names_and_pages_keep_to_the_terms() -> None:
    assert terms.problems() == []


@pytest.mark.parametrize(
    "word", ["lens", "manners", "told", "asked", "unasked", "holds", "job", "snapshot", "holdings"]
)
def test_a_word_that_is_not_used_is_found_in_class_and_module_names(word: str) -> None:
    names = [terms.Name(f"Page{word.title()}", "archiver/a.py"), terms.Name(f"{word}_page", "archiver/b.py")]
    assert [wrong.partition(":")[0] for wrong in terms.wrong_names(names, UNUSED)] == ["archiver/a.py", "archiver/b.py"]


def test_words_inside_other_words_and_names_that_may_have_one_pass() -> None:
    names = ["Withheld", "Threshold", "NotHeld", "restore", "sitemodel", "SearchIndex", "HTTPHead", "crawl"]
    assert list(terms.wrong_names([terms.Name(name, "archiver/a.py") for name in names], UNUSED)) == []


def test_two_classes_of_one_name_are_found_and_private_ones_are_not(tmp_path: Path) -> None:
    package = tmp_path / "archiver"
    (package / "inner").mkdir(parents=True)
    (package / "one.py").write_text("class Place: ...\nclass _Part: ...\n", "utf-8")
    (package / "inner" / "two.py").write_text("if True:\n    class Place: ...\nclass _Part: ...\n", "utf-8")
    (package / "inner" / "__init__.py").touch()
    names = list(terms.names_of(package))
    assert {name.text for name in names} == {"Place", "_Part", "one", "two", "inner"}
    found = list(terms.wrong_names(names, UNUSED))
    assert len(found) == 1
    assert "another class in archiver/inner/two.py" in found[0]


def test_a_word_that_is_not_used_is_found_on_a_page_with_its_line_and_not_in_code() -> None:
    page = "# A page\n\n`make manners` measures.\n\n```sh\narchiver told\n```\n\nNobody is told.\n"
    assert [wrong.split(" but ")[0] for wrong in terms.wrong_words(page, UNUSED)] == [
        "9: not 'nobody'",
        "9: not 'told'",
    ]


def test_every_word_of_the_table_says_what_to_use_in_its_place() -> None:
    assert len(UNUSED) > 25
    assert all(entry.say and (entry.names or entry.pages) for entry in UNUSED.values())
