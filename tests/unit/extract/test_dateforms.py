"""Dates as machines and people write them: the instant, and how exactly it is told."""

from __future__ import annotations

import time

import pytest

from archiver.extract.dateforms import read_address, read_stamp, read_words

MAY_3 = "2024-05-03T14:05:00"


@pytest.mark.parametrize(
    ("text", "iso", "precision"),
    [
        ("2024-05-03T14:05:30+07:00", "2024-05-03T14:05:30+07:00", "second"),
        ("2024-05-03T14:05:30.123456+0700", "2024-05-03T14:05:30+07:00", "second"),
        ("2024-05-03T14:05:30.1234567Z", "2024-05-03T14:05:30+00:00", "second"),
        ("2024-05-03t14:05:30z", "2024-05-03T14:05:30+00:00", "second"),
        ("2024-05-03T14:05+07", "2024-05-03T14:05:00+07:00", "minute"),
        ("2024-05-03T14:05:30-0330", "2024-05-03T14:05:30-03:30", "second"),
        ("2024-05-03 14:05:30 +0700 +07", "2024-05-03T14:05:30+07:00", "second"),
        ("2024-05-03 14:05:30 GMT+7", "2024-05-03T14:05:30+07:00", "second"),
        ("2024-05-03 14:05:30 UTC", "2024-05-03T14:05:30+00:00", "second"),
        ("2024-05-03T14:05:30+07:00[Asia/Ho_Chi_Minh]", "2024-05-03T14:05:30+07:00", "second"),
        ("2024-05-03T14:05:30", "2024-05-03T14:05:30", "second"),
        ("20240503T140530Z", "2024-05-03T14:05:30+00:00", "second"),
        ("2024-05-03", "2024-05-03T00:00:00", "day"),
        ("2024-05-03T00:00:00Z", "2024-05-03T00:00:00+00:00", "day"),
        ("2024-5-3T9:05", "2024-05-03T09:05:00", "minute"),
        ("1714745130", "2024-05-03T14:05:30+00:00", "second"),
        ("1714745130000", "2024-05-03T14:05:30+00:00", "second"),
        ("Fri, 03 May 2024 14:05:30 +0700", "2024-05-03T14:05:30+07:00", "second"),
        ("Fri, 3 May 2024 14:05:30 GMT", "2024-05-03T14:05:30+00:00", "second"),
        ("Fri May 03 2024 14:05:30 GMT+0700 (Indochina Time)", "2024-05-03T14:05:30+07:00", "second"),
        ("Fri May 03 14:05:30 ICT 2024", "2024-05-03T14:05:30+07:00", "second"),
    ],
)
def test_what_machines_write(text, iso, precision):
    read = read_stamp(text)
    assert read is not None
    assert (read[0].isoformat(), read[1]) == (iso, precision)


@pytest.mark.parametrize(
    "text", ["", "soon", "2024-13-45", "2024-05-03T25:05:00Z", "0000-00-00", "12345", "٣٣٣٣٣٣٣٣٣٣"]
)
def test_what_is_no_date(text):
    assert read_stamp(text) is None


VIETNAMESE = (
    "03/05/2024 14:05",
    "Thứ Sáu, 03/05/2024, 14:05 (GMT+7)",
    "Thứ sáu, 3/5/2024 | 14:05 GMT+7",
    "Thứ Sáu, 3-5-2024 - 14:05 (GMT+07:00)",
    "14:05 03/05/2024",
    "14:05 | 03/05/2024",
    "14:05, Thứ Sáu, 03/05/2024 (GMT+7)",
    "14h05 ngày 03/05/2024",
    "ngày 03-05-2024 lúc 14h05",
    "Thứ Sáu, ngày 3 tháng 5 năm 2024, 14:05",
    "3 Tháng Năm, 2024 14:05",
    "Tháng Năm 3, 2024 14:05",
)
ENGLISH = (
    "May 3, 2024 2:05 PM",
    "May 3, 2024 at 2:05 p.m.",
    "Friday, May 3rd, 2024 - 2:05pm",
    "3 May 2024, 14:05",
    "Fri 3 May 2024 14.05",
    "3rd of May 2024 14:05",
    "2:05 PM, May 3, 2024",
    "14:05, Fri 3 May 2024",
    "May. 03, 2024 / 02:05 PM",
)
FRENCH = (
    "le 3 mai 2024 à 14h05",
    "03/05/2024 à 14:05",
    "vendredi 3 mai 2024 - 14 h 05",
    "à 14h05, le 03/05/2024",
)
SPANISH = (
    "3 de mayo de 2024 a las 14:05",
    "3 de mayo del 2024 - 14:05 h",
    "03 may. 2024, 14:05",
    "mayo 3, 2024 14:05",
    "Viernes, 3 de mayo de 2024 | 14:05",
)
GERMAN = (
    "3. Mai 2024, 14:05 Uhr",
    "03.05.2024, 14.05 Uhr",
    "Fr., 3. Mai 2024 um 14:05 Uhr",
    "03.05.2024 | 14:05",
    "03.05.2024 – 14:05 Uhr",
)
RUSSIAN = (
    "3 мая 2024, 14:05",
    "3 мая 2024 г. в 14:05",
    "3 мая 2024 года, 14:05",
    "14:05, 3 мая 2024",
    "14:05 03.05.2024",
    "3 мая 2024 в 14:05",
)
CHINESE = (
    "2024年5月3日14:05",
    "2024年05月03日 14时05分",
    "2024-05-03 14:05",
    "2024/05/03 14:05",
    "2024年5月3日 下午2:05",
    "2024年5月3日 星期五 14:05",
    "2024年5月3日(金) 14時05分",
    "2024.05.03 오후 2:05",
    "2024년 5월 3일 14시 05분",
)


@pytest.mark.parametrize("text", [*VIETNAMESE, *ENGLISH, *FRENCH, *SPANISH, *GERMAN, *RUSSIAN, *CHINESE])
def test_what_people_write(text):
    read = read_words(text)
    assert read is not None
    assert (read[0].replace(tzinfo=None).isoformat(), read[1]) == (MAY_3, "minute")


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("03/05/2024 14:05 GMT+7", "+07:00"),
        ("03/05/2024 14:05 (GMT+07:00)", "+07:00"),
        ("14:05 (GMT+7), 03/05/2024", "+07:00"),
        ("14:05, Thứ Sáu, 03/05/2024 (GMT+7)", "+07:00"),
        ("3 mai 2024, 14:05 UTC+2", "+02:00"),
        ("03.05.2024, 14:05 Uhr MESZ", "+02:00"),
        ("3 May 2024, 14:05 BST", "+01:00"),
        ("May 3, 2024 2:05 PM EDT", "-04:00"),
        ("2:05 PM ET, May 3, 2024", "-04:00"),
        ("May 3, 2024 at 2:05 p.m. PT", "-07:00"),
        ("3 мая 2024, 14:05 МСК", "+03:00"),
        ("2024年5月3日 14:05 JST", "+09:00"),
        ("03 may 2024 - 14:05 CEST", "+02:00"),
        ("3 May 2024, 14:05", ""),
        ("3 May 2024, 14:05 IST", ""),
        ("3 May 2024, 14:05 by Eta Peterson", ""),
    ],
)
def test_zones_that_people_write(text, offset):
    read = read_words(text)
    assert read is not None
    assert read[0].isoformat() == MAY_3 + offset


def test_a_zone_that_names_no_season_follows_it():
    winter = read_words("January 3, 2024 2:05 PM ET")
    assert winter is not None
    assert winter[0].isoformat() == "2024-01-03T14:05:00-05:00"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 de mayo de 2024", "2024-05-03"),
        ("ngày 3 tháng 5 năm 2024", "2024-05-03"),
        ("21/12/2023", "2023-12-21"),
        ("12/21/2023", "2023-12-21"),
        ("1er mars 2024", "2024-03-01"),
        ("15 tháng mười hai, 2023", "2023-12-15"),
    ],
)
def test_days_without_a_clock(text, day):
    read = read_words(text)
    assert read is not None
    assert (read[0].date().isoformat(), read[1]) == (day, "day")


@pytest.mark.parametrize("text", ["31 February 2024", "Room 12.05.2", "call 2024", "99/99/2024", "3 Foo 2024"])
def test_words_that_only_look_like_a_date(text):
    assert read_words(text) is None


def test_midnight_is_a_day_that_nobody_timed():
    assert read_words("03/05/2024 00:00") == read_words("03/05/2024")


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://news.example/2024/05/03/story.html", "2024-05-03"),
        ("https://news.example/story/20240503-harbour", "2024-05-03"),
        ("https://news.example/2024/5/3/story", "2024-05-03"),
        ("https://news.example/story-20245031.html", None),
        ("https://news.example/2024/", None),
    ],
)
def test_the_day_in_an_address(url, day):
    read = read_address(url)
    assert (read[0].date().isoformat() if read else None) == day


def test_long_lines_of_digits_and_gaps_take_no_time():
    begun = time.process_time()
    for text in ("1:11 " * 60, "3 - " * 75, "10:10" + " (|" * 95, "tháng " * 50, "2024年" * 75):
        read_words(text)
    assert time.process_time() - begun < 5
