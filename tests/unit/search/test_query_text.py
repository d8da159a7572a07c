"""What people type, read into an expression."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.errors import UsageError
from archiver.search.normalise import exact_text, index_text
from archiver.search.query_text import fact, fts5, parse, sites_named, terms

DOCUMENTS = {
    1: "The salt water rises in the delta",
    2: "Rice exports rise; the delta pays",
    3: "Đảng Cộng sản họp tại Hà Nội",
    4: "Đang họp tại Hà Nội, cộng đồng sản xuất",
    5: "全国人民代表大会在北京召开",
    6: "2026年大会",
    7: "Le cœur de l'économie",
    8: "covid-19 vaccines",
    9: "economics for economists",
}
PARTS = {
    "title": "bridge",
    "author": "bridge builder",
    "section": "bridge",
    "address": "bridge example html",
    "facts": f"{fact('site', 'vietnam.vn')} {fact('language', 'vi')}",
    "body": "bridge",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    columns = "title, body, exact, author, section, address, facts"
    connection.execute(f"CREATE VIRTUAL TABLE t USING fts5({columns}, tokenize = 'ascii')")
    for number, text in DOCUMENTS.items():
        connection.execute(
            "INSERT INTO t (rowid, title, body, exact) VALUES (?, '', ?, ?)",
            (number, index_text(text), exact_text(text)),
        )
    for column, text in PARTS.items():
        connection.execute(f"INSERT INTO t (rowid, {column}) VALUES (?, ?)", (100 + list(PARTS).index(column), text))
    yield connection
    connection.close()


def found(engine: sqlite3.Connection, typed: str) -> list[int]:
    expression = fts5(parse(typed))
    if expression is None:
        return []
    return [row[0] for row in engine.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank", (expression,))]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("delta", {1, 2}),
        ("delta rice", {2}),
        ("delta AND rice", {2}),
        ("DELTA", {1, 2}),
        ("salt OR rice", {1, 2}),
        ("salt or rice", set()),
        ("delta -rice", {1}),
        ("delta NOT rice", {1}),
        ("delta NOT NOT rice", {2}),
        ("delta -salt -rice", set()),
        ("delta -(salt OR vaccines)", {2}),
        ("(salt OR rice) delta", {1, 2}),
        ("(salt OR vaccines) (delta OR 19)", {1, 8}),
        ("salt OR rice exports", {1, 2}),
        ('"salt water"', {1}),
        ('"water salt"', set()),
        ('"the delta pays', {2}),
        ("“salt water”", {1}),
        ("« salt water »", {1}),
        ('delta -"salt water"', {2}),
        ("covid-19", {8}),
        ("covid 19", {8}),
        ("19-covid", set()),
        ("econom*", {7, 9}),
        ("économie", {7}),
        ("coeur", {7}),
        ("cœur", {7}),
        ("l’économie", {7}),
        ("ha noi", {3, 4}),
        ("Hà Nội", {3, 4}),
        ("dang", {3, 4}),
        ("họp -Đảng", {4}),
        ("hop -dang", set()),
        ("人民代表", {5}),
        ("代表", {5}),
        ("大会", {5, 6}),
        ("会", {5, 6}),
        ("京", {5}),
        ("开", {5}),
        ("人大", set()),
        ("人民 北京", {5}),
        ("2026年", {6}),
        ("2026年大会", {6}),
        ("北京 OR rice", {2, 5}),
        ("", set()),
        ("   ", set()),
        ("-delta", set()),
        ("NOT delta", set()),
        ("delta OR -rice", {1, 2}),
        ("OR", set()),
        ("AND delta OR", {1, 2}),
        ("delta AND", {1, 2}),
        ("delta NOT", {1, 2}),
        ("((delta", {1, 2}),
        ("delta))) rice", {2}),
        (")(", set()),
        ("()", set()),
        ('""', set()),
        ('delta ""', {1, 2}),
        ("delta ...", {1, 2}),
        ("title:delta", set()),
        ("text:delta", {1, 2}),
        ('"colour:delta"', set()),
        ("TITLE:bridge Site:vietnam.vn", set()),
        ("Url:bridge", {103}),
        ("title:bridge", {100}),
        ("author:bridge", {101}),
        ('author:"bridge builder"', {101}),
        ("section:bridge", {102}),
        ("url:bridge", {103}),
        ("url:bridge-example", {103}),
        ("text:bridge", {105}),
        ("bridge", {100, 101, 105}),
        ("bridge -title:bridge", {101, 105}),
        ("title:bridge OR site:vietnam.vn", {100, 104}),
        ("site:vietnam.vn", {104}),
        ('site:"vietnam.vn" language:vi', {104}),
        ("site:VIETNAM.VN -lang:fr", {104}),
        ("site:vietnam", set()),
        ("language:fr", set()),
        ("https://s.example/delta", set()),
        ("delta: rice", {2}),
        ("delta :", {1, 2}),
        ("std::delta", set()),
        ("10:30", set()),
        ("text:Đảng", {3, 4}),
        ("text:Đảng họp", {3, 4}),
        ("-text:Đảng họp", {4}),
        ("delta^2 NEAR(salt, 2)", set()),
        ("--delta", set()),
        ("\u0301 delta", {1, 2}),
    ],
)
def test_a_query_finds(engine: sqlite3.Connection, typed: str, expected: set[int]) -> None:
    assert set(found(engine, typed)) == expected


def test_who_types_the_marks_gets_that_word_first(engine: sqlite3.Connection) -> None:
    assert found(engine, "Đảng") == [3, 4]
    assert found(engine, "Đang") == [4, 3]
    assert found(engine, "text:Đảng") == [3, 4]
    assert found(engine, "text:Đang") == [4, 3]
    assert found(engine, '"Cộng sản"') == [3]


def test_terms_are_those_that_must_be_there() -> None:
    assert [term.folded for term in terms(parse('a OR "b c" -d NOT (e OR f) g'))] == [("a",), ("b", "c"), ("g",)]
    assert terms(None) == []


PIECES = [
    "OR",
    "AND",
    "NOT",
    "-",
    "(",
    ")",
    '"',
    "*",
    "^",
    ":",
    "{",
    "}",
    "+",
    "'",
    "\\",
    "\0",
    "title:",
    "site:",
    "-author:",
    "NEAR",
    "a",
    "đ",
    "大会",
    " ",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(
    typed=st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
        st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join),
    )
)
def test_a_query_is_read_or_refused_and_never_breaks_the_engine(engine: sqlite3.Connection, typed: str) -> None:
    with suppress(UsageError):
        found(engine, typed)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("foo:bar", "unknown field 'foo'; known: title, text, "),
        ("salt (rice OR -colour:red)", "unknown field 'colour'"),
        ('màu:"đỏ tươi"', "unknown field 'màu'"),
        ("a-field:x", "unknown field 'a-field'"),
        ("title:(", "title: needs a word"),
        ("title:(a OR b)", "title: needs a word"),
        ("salt title:", "title: needs a word"),
        ("-Author: Lan", "Author: needs a word"),
        ('text:""', "text: needs a word"),
        ("section:...", "section: needs a word"),
        ("site:", "site: needs a word"),
        ("language:vietnamese", "unknown language 'vietnamese'"),
        ('-lang:"vi fr"', "unknown language 'vi fr'"),
    ],
)
def test_a_field_that_can_find_nothing_is_refused(typed: str, why: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)):
        parse(typed)


def test_the_sites_that_a_query_names_are_known_whether_it_wants_them_or_not() -> None:
    assert sites_named('salt site:a.example -Site:"b.example" OR site:c "site:d" title:e') == [
        "a.example",
        "b.example",
        "c",
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "(" * 3000,
        "a(" * 1000,
        "-(a OR " * 500 + "b",
        "NOT " * 900 + "delta",
        "a OR " * 1000 + "b",
        "-a " * 1000 + "delta",
        '"' * 999,
        "大" * 5000,
        "x" * 100_000,
        "((((((((((((delta" + ")" * 99,
    ],
)
def test_monstrous_queries_are_read_in_bounds(engine: sqlite3.Connection, typed: str) -> None:
    found(engine, typed)
