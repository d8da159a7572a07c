"""SVG pictures and XHTML pages of the safe view."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from archiver.replay.address import Links
from archiver.replay.parts import Parts
from archiver.replay.safe_html import Rewritten
from archiver.replay.safe_xml import rewrite_xml
from tests.unit.replay.test_safe_html import AT, STAMP, URL, capture


def rewrite(text: str, *, mend: bool = False) -> Rewritten | None:
    def find(urls: Iterable[str], at: object) -> dict[str, object]:
        return {url: capture(url) for url in urls}

    return rewrite_xml(text.encode(), url=URL, parts=Parts(Links(""), AT), find=find, mend=mend)  # type: ignore[arg-type]


def svg(inner: str) -> str:
    made = rewrite(
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{inner}</svg>'
    )
    assert made is not None
    return made.text


def test_a_picture_keeps_its_shape() -> None:
    assert svg('<linearGradient id="g" gradientUnits="userSpaceOnUse"/><path d="M0 0"/>') == (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
        '<linearGradient id="g" gradientUnits="userSpaceOnUse"/><path d="M0 0"/></svg>'
    )


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<script xlink:href="https://evil.example/x.js"/>',
        '<g onclick="alert(1)"/>',
        '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="alert"/></foreignObject>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml" onload="alert(1)"/></foreignObject>',
        '<handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load" onx="alert(1)"/>',
        '<s:script xmlns:s="http://www.w3.org/1999/xhtml">alert(1)</s:script>',
    ],
)
def test_nothing_that_acts_is_left(inner: str) -> None:
    written = svg(inner)
    assert "alert" not in written
    assert "script" not in written.lower()
    assert "evil.example" not in written


def test_addresses_become_the_archives() -> None:
    written = svg(
        '<style>a{fill:url(p.svg#g)}</style><image xlink:href="i.png"/><use href="s.svg#x"/><use href="#y"/>'
        '<rect filter="url(f.svg#z)" style="background:url(b.png)"/>'
    )
    for name in ("p.svg", "i.png", "s.svg", "f.svg", "b.png"):
        assert f"/web/{STAMP}im_/https://courier.example/news/{name}" in written
    assert 'href="#y"' in written


def test_own_entities_are_put_in_and_others_are_not_read() -> None:
    doc = '<!DOCTYPE svg [<!ENTITY ns "http://x/"><!ENTITY f SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><desc>&ns;{}</desc></svg>'
    made = rewrite(doc.format(""))
    assert made is not None
    assert "<desc>http://x/</desc>" in made.text
    assert "DOCTYPE" not in made.text
    outside = rewrite(doc.format("&f;"), mend=True)
    assert outside is None or "root:" not in outside.text


def test_a_bomb_of_entities_is_refused() -> None:
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE svg [<!ENTITY e0 "{"x" * 100}">{names}]><svg xmlns="http://www.w3.org/2000/svg"><desc>&e11;</desc></svg>'
    made = rewrite(bomb)
    assert made is None or len(made.text) < 20_000_000


def test_style_sheets_and_doctypes_before_the_root_are_dropped() -> None:
    made = rewrite('<?xml-stylesheet href="https://evil.example/"?><svg xmlns="http://www.w3.org/2000/svg"/>')
    assert made is not None
    assert made.text == '<svg xmlns="http://www.w3.org/2000/svg"/>'


def test_xhtml_is_cleaned_by_the_rules_of_pages() -> None:
    made = rewrite(
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><base href="/deep/"/><meta http-equiv="refresh" content="0"/>'
        '<script>alert(1)</script></head><body onload="x"><img src="p.png"/>tail<script/>after<a href="b">c</a></body></html>'
    )
    assert made is not None
    assert "script" not in made.text
    assert "refresh" not in made.text
    assert "onload" not in made.text
    assert f'src="/web/{STAMP}im_/https://courier.example/deep/p.png"' in made.text
    assert "tailafter" in made.text


def test_what_is_no_xml_is_none_or_mended() -> None:
    assert rewrite("<p>a<b>") is None
    mended = rewrite('<svg xmlns="http://www.w3.org/2000/svg"><g><script>alert(1)</g>', mend=True)
    assert mended is not None
    assert "alert" not in mended.text
    assert rewrite("", mend=True) is None
