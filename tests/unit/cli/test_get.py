"""``archiver get``: a page back, whatever charset it claims."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.cli.main import main
from tests.shelf import Shelf

URL = "https://news.example/a"
WORDS = "Thành phố cảng mở cửa thư viện mới vào sáng thứ Hai, hơn hai nghìn người đã đến."


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    "label", ["base64", "idna", "rot13", "punycode", "iso-8859-1", "ISO-8859-1", "utf-16", "utf-8", "x\0y"]
)
def test_the_text_that_was_meant_comes_whatever_charset_the_page_claims(
    shelf: Shelf, capfdbinary: pytest.CaptureFixture[bytes], label: str
) -> None:
    page = f"<title>x</title><p>{WORDS}</p>".encode()
    shelf.keep(URL, page, headers=f"Content-Type: text/html; charset={label}\r\n".encode())
    assert main(["get", URL, "--as", "html", "--archive", str(shelf.config.home)]) == 0
    assert capfdbinary.readouterr().out == page
