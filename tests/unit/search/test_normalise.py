"""Words as the index sees them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.search.normalise import exact_text, fold, index_text, tokens, words


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Đảng", "dang"),
        ("HỘI NGHỊ", "hoi nghi"),
        ("Hội nghị".encode().decode(), "hoi nghi"),
        ("Ho\u0302\u0323i", "hoi"),  # marks apart from their letters
        ("cœur", "coeur"),
        ("Été", "ete"),
        ("ÆØÅ", "aeoa"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Ёлка", "елка"),
        ("Москва", "москва"),
        ("ΟΔΟΣ", "οδοσ"),
        ("İstanbul", "istanbul"),
        ("ısı", "isi"),
        ("ＡＢＣ", "abc"),
        ("ﬁn", "fin"),
        ("Þór", "thor"),
        ("שָׁלוֹם", "שלום"),
        ("plain ASCII", "plain ascii"),
    ],
)
def test_case_and_accents_are_folded(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize("text", ["हिन्दी", "ภาษาไทย", "がくせい", "한국어"])
def test_marks_that_are_letters_stay(text: str) -> None:
    assert fold(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don't panic, it's 2026!", ["don", "t", "panic", "it", "s", "2026"]),
        ("l’économie d'État", ["l", "économie", "d", "état"]),
        ("covid-19 snake_case a.b@c", ["covid", "19", "snake", "case", "a", "b", "c"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zero", "width"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("½ of it", ["1", "2", "of", "it"]),
        ("", []),
        ("\0\ud800 \t\n", []),
    ],
)
def test_a_text_is_parted_into_words(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("word", ["word"]),
        ("人民大会", ["人民", "民大", "大会", "会"]),
        ("人", ["人"]),
        ("2026年大会", ["2026", "年大", "大会", "会"]),
        ("ไทย", ["ไท", "ทย", "ย"]),
        ("한국어", ["한국", "국어", "어"]),
    ],
)
def test_scripts_without_spaces_become_pairs(word: str, expected: list[str]) -> None:
    assert tokens(word) == expected


def test_the_index_has_folded_words_and_those_that_folding_changed() -> None:
    text = "Đảng đã họp in Hanoi"
    assert index_text(text) == "dang da hop in hanoi"
    assert exact_text(text) == "đảng đã họp"
    assert exact_text("plain English only") == ""


def test_a_monstrous_word_is_cut() -> None:
    assert len(index_text("x" * 10_000)) == 100


@given(st.text(max_size=200))
def test_tokens_never_hold_what_an_expression_is_made_of(text: str) -> None:
    both = f"{index_text(text)} {exact_text(text)}"
    assert re.search(r'["\'*^:(){}+\-\0]', both) is None
    assert "  " not in both.strip()


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), max_size=50))
def test_folding_a_second_time_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert index_text(text).split() == index_text(index_text(text)).split()
