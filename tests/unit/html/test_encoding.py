"""Bytes to text: what a label means, how a browser reads a page, and how a reader does."""

from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.html import encoding as encodings
from archiver.html.encoding import as_browser, as_reader, as_style_sheet, decode, encoding_of
from archiver.html.page_scan import scan_page
from archiver.html.page_tree import parse_page

FRENCH = "L’été à Huê fut très chaud, « déjà » disait-on, et la forêt brûlait près du fleuve, où l’on pêchait encore. "
NO_CHARSETS = [
    *("punycode", "idna", "base64", "rot13", "rot_13", "uu", "hex", "zlib", "bz2", "quopri", "unicode_escape"),
    *("raw_unicode_escape", "utf-7", "utf_7", "unicode_internal", "mbcs", "oem", "undefined", "utf-8-sig", "utf-32"),
    *("charmap", "cp037", "undefined\0", "x-klingon"),
]
"""What Python, or nobody, knows as a codec, and no browser does."""
VIETNAMESE = "Thành phố cảng mở cửa thư viện mới vào sáng thứ Hai, hơn hai nghìn người đã đến trước buổi trưa. "


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", ""])
@pytest.mark.parametrize(("utf8", "western"), [(5, 1), (3, 3), (1, 5), (40, 1)])
def test_a_page_of_two_encodings_loses_no_letter(declared: str, utf8: int, western: int):
    meta = f'<meta charset="{declared}">' if declared else ""
    data = meta.encode() + FRENCH.encode() * utf8 + FRENCH.encode("cp1252") * western
    text, _ = as_reader(data)
    assert text == meta + FRENCH * (utf8 + western)


def test_vietnamese_beside_an_old_western_footer_stays_vietnamese():
    text, charset = as_reader(VIETNAMESE.encode() * 4 + FRENCH.encode("cp1252") * 2)
    assert text == VIETNAMESE * 4 + FRENCH * 2
    assert charset == "utf-8"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "« CAFÉ » ou «CAFÉ» : „Spaß“, „Straß“, «IRMÃ», déjà été là, Ærø, Ålesund; “Äh”… " * 20),
        ("cp1251", "«ТАСС» сообщает: в Москве открыли «ЦСКА», а «НАТО» и «США» молчат. " * 20),
        ("gb18030", "港口城市的新图书馆星期一开放，两千多人在中午以前走进了大门，市政府说。" * 20),
        ("cp932", "港町の新しい図書館が月曜日に開館し、正午までに二千人以上が訪れたと市は発表した。" * 20),
        ("cp949", "항구 도시의 새 도서관이 월요일에 문을 열었고 정오까지 이천 명이 넘는 사람이 다녀갔다. " * 20),
    ],
)
@pytest.mark.parametrize("declared", [True, False])
def test_a_page_of_one_old_encoding_is_not_taken_for_two(encoding: str, text: str, declared: bool):
    header = f"text/html; charset={encoding}" if declared else None
    assert as_reader(text.encode(encoding), content_type=header)[0] == text


def test_damage_in_utf_8_is_no_other_encoding():
    whole = VIETNAMESE.encode()
    cut = whole[: whole.index("ở".encode()) + 2] + b"... " + whole * 4
    text, charset = as_reader(cut)
    assert charset == "utf-8"
    assert "�" in text
    assert text.endswith(VIETNAMESE)


def test_megabytes_of_mixed_bytes_take_bounded_time():
    begun = time.process_time()
    text, _ = as_reader((FRENCH.encode() + FRENCH.encode("cp1252")) * 40_000)
    assert time.process_time() - begun < 20
    assert text.count("Huê") == 80_000


@pytest.mark.parametrize(
    ("data", "content_type", "text", "encoding"),
    [
        ("é".encode(), None, "é", "utf-8"),
        (b"\xef\xbb\xbfx", None, "x", "utf-8"),
        ("é".encode("utf-16"), None, "é", "utf-16le"),
        (b"\xe9t\xe9 caf\xe9", "text/html; charset=iso-8859-1", "été café", "windows-1252"),
        (b"\x93x\x94", "text/html; charset=ISO-8859-1", "“x”", "windows-1252"),
        (
            b'<meta charset="windows-1251">\xcf\xf0\xe8\xe2\xe5\xf2',
            None,
            '<meta charset="windows-1251">Привет',
            "windows-1251",
        ),
        (
            b'<meta http-equiv="Content-Type" content="text/html; charset=gb2312">\xc4\xe3\xba\xc3',
            None,
            '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">你好',
            "gbk",
        ),
        (
            b"<?xml version='1.0' encoding='iso-8859-2'?>\xb9",
            None,
            "<?xml version='1.0' encoding='iso-8859-2'?>š",
            "iso-8859-2",
        ),
        ("đã".encode(), "text/html; charset=iso-8859-1", "đã", "utf-8"),
        ("đã".encode()[:-1], None, "đ\ufffd", "utf-8"),
        (b"plain", "text/html; charset=base64", "plain", "utf-8"),
        ("日本".encode("iso2022_jp"), "text/html; charset=iso-2022-jp", "日本", "iso-2022-jp"),
    ],
)
def test_bytes_are_read_in_the_encoding_they_are_in(data, content_type, text, encoding):
    assert as_reader(data, content_type=content_type) == (text, encoding)


@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("UTF8", "utf-8"),
        (" \tISO-8859-1\n", "windows-1252"),
        ("us-ascii", "windows-1252"),
        ("latin1", "windows-1252"),
        ("iso-8859-9", "windows-1254"),
        ("tis-620", "windows-874"),
        ("gb2312", "gbk"),
        ("big5-hkscs", "big5"),
        ("x-sjis", "shift_jis"),
        ("ks_c_5601-1987", "euc-kr"),
        ("utf-16", "utf-16le"),
        ("iso-2022-kr", "replacement"),
        ("hz-gb-2312", "replacement"),
        ("x-user-defined", "x-user-defined"),
        ("latin-1", None),
        ("", None),
    ],
)
def test_a_label_means_what_it_means_on_the_web(label: str, encoding: str | None) -> None:
    assert encoding_of(label) == encoding


def test_the_table_is_that_of_the_standard() -> None:
    assert len(encodings._BY_LABEL) == 228
    assert len(encodings._ENCODINGS) == 40
    assert all(label == label.lower().strip() for label in encodings._BY_LABEL)


def test_only_codecs_of_text_in_linear_time_are_ever_used() -> None:
    used = {codec for codec, _ in encodings._ENCODINGS.values()} | set(encodings._FORMER.values())
    for name in used - {"-"}:
        assert codecs.lookup(name)._is_text_encoding
    families = ("utf-8", "utf-16-", "latin-1", "cp8", "cp9", "cp125", "iso8859-", "iso2022_", "koi8-", "mac-", "hz", "gb18030", "big5", "euc_jp")  # fmt: skip
    assert {name for name in used - {"-"} if not name.startswith(families)} == set()


@pytest.mark.parametrize("label", NO_CHARSETS)
@pytest.mark.parametrize("read", [as_browser, as_reader])
def test_a_codec_that_is_no_charset_is_never_used(label: str, read: object) -> None:
    page = f'<meta charset="{label}">{VIETNAMESE}<a href="/tin-tức">x</a>'
    assert encoding_of(label) is None
    for content_type in (None, f"text/html; charset={label}"):
        assert read(page.encode(), content_type=content_type) == (page, "utf-8")  # type: ignore[operator]


@pytest.mark.parametrize(
    "label", ["punycode", "idna", "base64", "rot13", "unicode_escape", "utf-7", "iso-2022-kr", "utf-16"]
)
@pytest.mark.parametrize("written", ["utf-8", "cp1252"])
def test_no_label_costs_a_page_its_links(label: str, written: str) -> None:
    page = b"<p>" + b"x" * 80_000 + f'</p>{FRENCH * 3}<a href="/story">x</a><img src="/i.png">'.encode(written)
    kind = f"text/html; charset={label}"
    scan = scan_page(page, url="https://news.example/", content_type=kind)
    assert scan.links == ("https://news.example/story",)
    assert "https://news.example/i.png" in scan.requisites.urls
    read = parse_page(page, url="https://news.example/", content_type=kind)
    assert read is not None
    assert written == "cp1252" or FRENCH.strip() in read.root.text_content()


UTF8, WESTERN = "é…ő".encode(), "été".encode("cp1252")


@pytest.mark.parametrize(
    ("data", "content_type", "encoding"),
    [
        (b"\xef\xbb\xbfx\xe9", "text/html; charset=windows-1251", "utf-8"),
        (b"\xff\xfe<\0p\0", "text/html; charset=utf-8", "utf-16le"),
        (b"\xfe\xff\0<\0p", None, "utf-16be"),
        (UTF8, "text/html; charset=iso-8859-1", "windows-1252"),
        (UTF8, "text/html; Charset = 'Windows-1251' ; x=y", "windows-1251"),
        (b'<meta charset="windows-1251">' + UTF8, "text/html; charset=nonsense", "windows-1251"),
        (b'<meta charset="windows-1251">' + WESTERN, "text/html; charset=utf-8", "utf-8"),
        (b"<meta charset=nonsense><META CharSet=koi8-r>" + UTF8, None, "koi8-r"),
        (b'<!-- <meta charset="koi8-r"> --><meta charset="gbk">' + UTF8, None, "gbk"),
        (b'<p title="<meta charset=koi8-r>"><meta charset=big5>' + UTF8, None, "big5"),
        (b'<meta name=x content="text/html; charset=koi8-r">' + UTF8, None, "utf-8"),
        (b'<meta http-equiv=Content-type content="text/html; charset=koi8-r">' + UTF8, None, "koi8-r"),
        (b'<meta charset="utf-16">' + UTF8, None, "utf-8"),
        (b'<meta charset="x-user-defined">' + UTF8, None, "windows-1252"),
        (UTF8, "text/html; charset=x-user-defined", "x-user-defined"),
        (b"<?xml version='1.0' encoding='koi8-u'?><p>" + UTF8, "application/xhtml+xml", "koi8-u"),
        (b"<?xml version='1.0' encoding='koi8-u'?><meta charset=big5>" + UTF8, None, "big5"),
        (b"<p>" + b" " * 2000 + b"<meta charset=koi8-r>" + UTF8, None, "koi8-r"),
        (UTF8, None, "utf-8"),
        (WESTERN, None, "windows-1252"),
        (UTF8, "text/html; charset=utf-16", "utf-8"),
        (b"<\0p\0>\0", "text/html; charset=utf-16", "utf-16le"),
    ],
)  # fmt: skip
def test_a_browser_believes_mark_header_and_page_in_this_order(
    data: bytes, content_type: str | None, encoding: str
) -> None:
    assert as_browser(data, content_type=content_type).encoding == encoding


def test_a_mislabelled_page_is_meant_by_its_reader_and_shown_by_its_browser() -> None:
    kind = "text/html; charset=ISO-8859-1"
    assert as_reader(VIETNAMESE.encode(), content_type=kind) == (VIETNAMESE, "utf-8")
    assert as_browser("é".encode(), content_type=kind) == ("Ã©", "windows-1252")


@pytest.mark.parametrize(("label", "codec"), [("hz-gb-2312", "hz"), ("iso-2022-kr", "iso2022_kr"), ("hz", "hz")])
def test_what_browsers_no_longer_decode_is_read_as_it_was_meant(label: str, codec: str) -> None:
    text = "항구 도시" if codec == "iso2022_kr" else "港口城市"
    page = f'<meta charset="{label}"><p>{text}</p>'
    assert as_reader(page.encode(codec)).text == page
    if encoding_of(label):
        assert as_browser(page.encode(codec)).text == page
    assert decode(b"x", "replacement") == "\ufffd"


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"\x80\x81\x93\xe9", "windows-1252", "€\x81“é"),
        (b"\xa1\xd4\xfc", "windows-874", "กิ\x7f"[:2] + "\ufffd"),
        (b"a\x80\xff", "x-user-defined", "a\uf780\uf7ff"),
        (b"\xae\xbe", "koi8-u", "ўЎ"),
        (b"\x80 \x81\x30\xb0\xa1", "gbk", "€ \ufffd0啊"),
        (b"\xad\xa1\xa1\xc1\xfc\xf1 \xff", "euc-jp", "①～ⅰ \ufffd"),
        (b"\x87\x40\x81\x60", "shift_jis", "①～"),
        (b"\x1b$B!A\x1b(B~", "iso-2022-jp", "～~"),
        (b"\x81\x41\xb0\xa1", "euc-kr", "갂가"),
    ],
)
def test_an_encoding_is_decoded_as_the_standard_has_it(data: bytes, encoding: str, text: str) -> None:
    assert decode(data, encoding) == text


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        (b'\xef\xbb\xbf@charset "koi8-r";', "text/css; charset=big5", '@charset "koi8-r";'),
        (b'@charset "koi8-r";\xd6', "text/css; charset=windows-1251", '@charset "koi8-r";Ц'),
        (b'@charset "windows-1251";\xd6', "text/css; charset=base64", '@charset "windows-1251";Ц'),
        (b'@charset "utf-16";x', None, '@charset "utf-16";x'),
        ("ễ".encode(), None, "ễ"),
        (b"\xe9t\xe9", None, "été"),
    ],
)
def test_a_style_sheet_is_read_as_browsers_read_it(data: bytes, content_type: str | None, text: str) -> None:
    assert as_style_sheet(data, content_type=content_type) == text


@given(st.binary(max_size=300), st.sampled_from(sorted(encodings._BY_LABEL)))
def test_no_bytes_are_too_bad_for_any_label(data: bytes, label: str) -> None:
    for read in (as_browser, as_reader):
        text, _ = read(data, content_type=f"text/html; charset={label}")
        assert isinstance(text, str)
        text.encode("utf-8")
