"""What a page needs to look like itself."""

from __future__ import annotations

from archiver.html.requisites import read_requisites, read_style_requisites

URL = "https://a.example/sub/page"


def test_pictures_styles_and_scripts_are_found_once_in_order() -> None:
    html = b"""<head><link rel="stylesheet" href="/s.css"><link rel=canonical href=/c><script src=x.js></script></head>
    <img src="data:image/gif;base64,AA" data-src="//m.example/1.png" data-photo-original-src="/big.png" alt=x>
    <img src="1.png" srcset="1.png 1x, 2.png 2x"><video poster=p.jpg src=v.mp4></video>
    <div style="background: url('/bg.png')"></div><img src="1.png">"""
    assert read_requisites(html, url=URL) == (
        "https://a.example/s.css",
        "https://a.example/sub/x.js",
        "https://m.example/1.png",
        "https://a.example/big.png",
        "https://a.example/sub/1.png",
        "https://a.example/sub/2.png",
        "https://a.example/sub/v.mp4",
        "https://a.example/sub/p.jpg",
        "https://a.example/bg.png",
    )


def test_a_base_moves_all_addresses_and_the_number_is_bounded() -> None:
    html = b'<base href="https://b.example/x/">' + b"".join(b"<img src=%d.png>" % n for n in range(50))
    found = read_requisites(html, url=URL, limit=10)
    assert len(found) == 10
    assert found[0] == "https://b.example/x/0.png"


def test_a_style_sheet_names_its_own() -> None:
    css = b'@import "more.css"; a { background: url( "/a.png" ) } b { background: url(data:image/png;base64,AA) }'
    assert read_style_requisites(css, url="https://a.example/s/site.css") == (
        "https://a.example/s/more.css",
        "https://a.example/a.png",
    )


def test_any_bytes_are_read_without_an_error() -> None:
    for data in (b"", b"\x00\xff<img src=", b"<img src='http://[::1'>", b"<" * 10_000):
        assert read_requisites(data, url=URL) == ()
