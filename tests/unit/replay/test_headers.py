from __future__ import annotations

from archiver.replay.headers import MAX_BYTES, MAX_LINES, archived_headers, content_type, safe_name, safe_value


def test_every_line_comes_back_renamed_in_order_with_case_and_duplicates() -> None:
    lines = [(b"Server", b"x"), (b"set-cookie", b"a=1"), (b"Set-Cookie", b"b=2")]
    assert archived_headers(lines) == [
        (b"X-Archive-Orig-Server", b"x"),
        (b"X-Archive-Orig-set-cookie", b"a=1"),
        (b"X-Archive-Orig-Set-Cookie", b"b=2"),
    ]


def test_a_value_never_holds_a_line_break_or_nul() -> None:
    assert safe_value(b"a\r\nSet-Cookie: x\x00y\n z") == b"a Set-Cookie: x y z"


def test_other_controls_are_encoded_and_high_bytes_kept() -> None:
    assert safe_value(b"caf\xe9\x01\x7f\ttab") == b"caf\xe9%01%7F\ttab"


def test_a_name_is_made_a_token() -> None:
    assert safe_name(b"X Odd\xff:(name)") == b"X-Odd---name-"


def test_too_many_lines_are_counted_not_sent() -> None:
    made = archived_headers([(b"X-%d" % i, b"v") for i in range(MAX_LINES + 7)])
    assert len(made) == MAX_LINES + 1
    assert made[-1] == (b"X-Archive-Headers-Omitted", b"7")


def test_too_long_a_head_is_cut() -> None:
    made = archived_headers([(b"Big", b"x" * MAX_BYTES), (b"Small", b"y")])
    assert made == [(b"X-Archive-Headers-Omitted", b"2")]


def test_content_type_is_kept_or_unknown() -> None:
    assert content_type([(b"content-TYPE", b" text/html; charset=cp1251 ")]) == b"text/html; charset=cp1251"
    assert content_type([]) == b"application/octet-stream"
    assert content_type([(b"Content-Type", b"\r\n")]) == b"application/octet-stream"
