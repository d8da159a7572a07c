from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archiver.model.article import Extractor
from archiver.model.keys import (
    KEY_ALPHABET,
    articles_key,
    cdxj_key,
    host_label,
    is_site_name,
    journal_key,
    manifest_key,
    name_of,
    warc_key,
    warc_name,
)

AT = datetime(2026, 11, 24, 2, 0, 0, 123_000, tzinfo=UTC)


def test_keys_of_one_warc_belong_together() -> None:
    name = warc_name("vietnamplus", AT, serial=7, host="Crawl_1.example")
    assert name == "vietnamplus-20261124020000123-00007-crawl-1.example.warc.gz"
    key = warc_key(name)
    assert key == f"warcs/vietnamplus/2026/11/24/{name}"
    same = f"vietnamplus/2026/11/24/{name.removesuffix('.warc.gz')}"
    assert cdxj_key(key) == f"index/{same}.cdxj.gz"
    assert manifest_key(key) == f"manifests/{same}.json"
    assert articles_key(key, Extractor("archiver", "1.2")) == f"articles/archiver-1.2/{same}.jsonl.gz"
    assert name_of(key) == name


def test_site_name_with_hyphens_is_told_from_the_rest() -> None:
    name = warc_name("a-b.example-2", AT, serial=1, host="h-1")
    assert warc_key(name).startswith("warcs/a-b.example-2/2026/11/24/")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x.warc.gz",
        "../a-20261124020000123-00001-h.warc.gz",
        "A-20261124020000123-00001-h.warc.gz",
        "a-2026-00001-h.warc.gz",
        "a-20261124020000123-00001-h.warc.gz\n",
        "a/b-20261124020000123-00001-h.warc.gz",
    ],
)
def test_other_names_have_no_key(name: str) -> None:
    with pytest.raises(ValueError, match="not a WARC name"):
        warc_key(name)


def test_imported_and_compacted_files_have_siblings_too() -> None:
    assert cdxj_key("warcs/imported/0123456789abcdef/Foo.warc") == "index/imported/0123456789abcdef/Foo.cdxj.gz"
    assert manifest_key("warcs/a/2026/11/24/x.warc.zst") == "manifests/a/2026/11/24/x.json"
    assert cdxj_key("warcs/imported/0123456789abcdef/odd") == "index/imported/0123456789abcdef/odd.cdxj.gz"


@pytest.mark.parametrize("host", ["", "---", "Máy tính", "a" * 300, "../..", "h\n"])
def test_any_host_becomes_a_label_fit_for_a_key(host: str) -> None:
    label = host_label(host)
    assert label
    assert KEY_ALPHABET.match(label)
    assert "/" not in label
    assert warc_key(warc_name("a", AT, serial=1, host=host))


@pytest.mark.parametrize("name", ["a", "vietnamplus", "0x", "news.example", "a-b"])
def test_site_names(name: str) -> None:
    assert is_site_name(name)


@pytest.mark.parametrize("name", ["", "A", "-a", ".a", "a..b", "a/b", "a b", "a\n", "é", "a" * 101, "../etc"])
def test_what_names_no_site(name: str) -> None:
    assert not is_site_name(name)


def test_journal_key_is_by_month() -> None:
    assert journal_key("01JDX", AT) == "journal/2026/11/01JDX.json"
