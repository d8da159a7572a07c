"""Labels and characters of encodings, against Chromium's own decoder (``TextDecoder``)."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from archiver.html import encoding as encodings
from archiver.html.encoding import decode, encoding_of

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: no browser to compare with"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser to compare with")

STRANGERS = ("punycode", "idna", "base64", "rot13", "utf-7", "utf_8", "latin-1", "cp932", "hz", "unicode_escape", "")
NEWER = {"gbk": 20, "gb18030": 20, "big5": 250}
"""Characters for which the standard's tables are of a later year than Python's."""
TEXT = """([label, data]) => new TextDecoder(label, {ignoreBOM: true})
    .decode(Uint8Array.from(atob(data), sign => sign.charCodeAt(0)))"""
NAMES = "labels => labels.map(label => { try { return new TextDecoder(label).encoding } catch { return null } })"


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def chromium(page: Any, data: bytes, encoding: str) -> str:
    text: str = page.evaluate(TEXT, [encoding, base64.b64encode(data).decode()])
    return text


def test_labels_mean_what_they_mean_to_chromium(page: Any) -> None:
    labels = [*encodings._BY_LABEL, *STRANGERS]
    found = dict(zip(labels, page.evaluate(NAMES, labels), strict=True))
    # TextDecoder refuses the encoding "replacement".
    assert {label: encoding_of(label) for label in labels if encoding_of(label) != "replacement"} == {
        label: name for label, name in found.items() if encoding_of(label) != "replacement"
    }


@pytest.mark.parametrize("encoding", sorted(encodings._ENCODINGS.keys() - encodings._MULTI_BYTE - {"replacement"}))
def test_every_byte_is_the_character_that_chromium_shows(page: Any, encoding: str) -> None:
    data = bytes(range(256))
    assert decode(data, encoding) == chromium(page, data, encoding)


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr"])
def test_every_pair_of_bytes_is_the_character_that_chromium_shows(page: Any, encoding: str) -> None:
    different = 0
    for lead in range(0x80, 0x100):
        pairs = b"\n".join(bytes((lead, trail)) for trail in range(0x30, 0x100))
        theirs, ours = chromium(page, pairs, encoding).split("\n"), decode(pairs, encoding).split("\n")
        assert len(ours) == len(theirs)
        different += sum(a != b and "\ufffd" not in b for a, b in zip(ours, theirs, strict=True))
    assert different <= NEWER.get(encoding, 0)
