"""The piece of text that is shown with a hit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archiver.search.query_text import parse, terms
from archiver.search.snippet import snippet


def marked(text: str, query: str, *, width: int = 240) -> str:
    """The snippet with brackets round the marks."""
    piece = snippet(text, terms(parse(query)), width=width)
    shown, at = "", 0
    for start, end in piece.marks:
        shown += f"{piece.text[at:start]}[{piece.text[start:end]}]"
        at = end
    return shown + piece.text[at:]


def test_words_are_marked_as_they_stand_in_the_text() -> None:
    assert marked("Hội nghị của ĐẢNG, nay.", "dang nghi") == "Hội [nghị] của [ĐẢNG], nay."
    assert marked("Le cœur de l’économie", "coeur économie") == "Le [cœur] de l’[économie]"
    assert marked("Ho\u0302\u0323i nghi\u0323 to", '"hội nghị"') == "[Hội nghị] to"


def test_only_whole_words_are_marked_unless_a_beginning_was_asked_for() -> None:
    assert marked("art and article", "art") == "[art] and article"
    assert marked("art and article", "art*") == "[art] and [art]icle"


def test_characters_of_scripts_without_spaces_are_marked_anywhere() -> None:
    assert marked("全国人民代表大会", "人民 大会") == "全国[人民]代表[大会]"
    assert marked("全国人民", "国") == "全[国]人民"


def test_a_phrase_is_marked_as_one() -> None:
    assert marked("salt water, and salt; water", '"salt water"') == "[salt water], and [salt; water]"
    assert marked("the covid-19 wave", "covid-19") == "the [covid-19] wave"


def test_words_that_must_be_absent_are_not_marked() -> None:
    assert marked("salt and rice", "rice -salt") == "salt and [rice]"


def test_marks_that_touch_are_one() -> None:
    assert marked("人民代表", "人民 民代") == "[人民代]表"


def test_a_long_text_is_cut_where_most_words_stand_close() -> None:
    text = f"{'delta ' + 'other words here ' * 60}The delta is salty. {'more words there ' * 60}"
    shown = marked(text, "delta salty", width=100)
    assert "The [delta] is [salty]." in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 120


def test_without_a_hit_the_beginning_is_shown() -> None:
    assert marked("word " * 100, "absent", width=20) == "word word word word …"
    assert marked("", "absent") == ""


def test_white_space_is_one_space() -> None:
    assert marked("One.\n\nTwo\t three", "two") == "One. [Two] three"


@given(st.text(max_size=400), st.text(max_size=40), st.integers(min_value=1, max_value=100))
def test_marks_lie_inside_the_snippet_in_order(text: str, query: str, width: int) -> None:
    piece = snippet(text, terms(parse(query)), width=width)
    assert len(piece.text) <= width + 45
    places = [place for mark in piece.marks for place in mark]
    assert places == sorted(places)
    assert all(0 <= place <= len(piece.text) for place in places)
