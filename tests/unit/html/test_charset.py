"""Bytes to text where the page's parts do not agree on their encoding."""

from __future__ import annotations

import time

import pytest

from archiver.html.charset import decode

FRENCH = "L’été à Huê fut très chaud, « déjà » disait-on, et la forêt brûlait près du fleuve, où l’on pêchait encore. "
VIETNAMESE = "Thành phố cảng mở cửa thư viện mới vào sáng thứ Hai, hơn hai nghìn người đã đến trước buổi trưa. "


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", ""])
@pytest.mark.parametrize(("utf8", "western"), [(5, 1), (3, 3), (1, 5), (40, 1)])
def test_a_page_of_two_encodings_loses_no_letter(declared: str, utf8: int, western: int):
    meta = f'<meta charset="{declared}">' if declared else ""
    data = meta.encode() + FRENCH.encode() * utf8 + FRENCH.encode("cp1252") * western
    text, _ = decode(data)
    assert text == meta + FRENCH * (utf8 + western)


def test_vietnamese_beside_an_old_western_footer_stays_vietnamese():
    text, charset = decode(VIETNAMESE.encode() * 4 + FRENCH.encode("cp1252") * 2)
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
    assert decode(text.encode(encoding), content_type=header)[0] == text


def test_damage_in_utf_8_is_no_other_encoding():
    whole = VIETNAMESE.encode()
    cut = whole[: whole.index("ở".encode()) + 2] + b"... " + whole * 4
    text, charset = decode(cut)
    assert charset == "utf-8"
    assert "�" in text
    assert text.endswith(VIETNAMESE)


def test_megabytes_of_mixed_bytes_take_bounded_time():
    begun = time.process_time()
    text, _ = decode((FRENCH.encode() + FRENCH.encode("cp1252")) * 40_000)
    assert time.process_time() - begun < 20
    assert text.count("Huê") == 80_000
