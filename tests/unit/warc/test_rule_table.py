"""The rules field by field and type by type, against the standard's text written down once more (WARC 1.1, 5 and 6)."""

from __future__ import annotations

import pytest

from archiver.model.record import RecordType
from archiver.warc.field_rules import RULES, Grammar, RecordProblemKind, breaches, fits

WARCINFO, RESPONSE, REQUEST, RESOURCE, METADATA, REVISIT, CONVERSION, CONTINUATION = "wrqsmvcn"
NAMES = {
    WARCINFO: "warcinfo",
    RESPONSE: "response",
    REQUEST: "request",
    RESOURCE: "resource",
    METADATA: "metadata",
    REVISIT: "revisit",
    CONVERSION: "conversion",
    CONTINUATION: "continuation",
}
ALL = "".join(NAMES)
CAPTURED = "rqsmv"
# field: a good value, the types that must have it, those that may
TABLE: dict[str, tuple[str, str, str]] = {
    "WARC-Type": ("", ALL, ""),
    "WARC-Record-ID": ("<urn:uuid:a>", ALL, ""),
    "WARC-Date": ("2026-11-24T02:00:00.123456789Z", ALL, ""),
    "Content-Length": ("0", ALL, ""),
    "Content-Type": ("application/http; msgtype=response", "", ALL),
    "WARC-Concurrent-To": ("<urn:uuid:b>", "", CAPTURED),
    "WARC-Block-Digest": ("sha1:FKXGYNOJJ7H3IFO35FPUBC445EPOQRXN", "", ALL),
    "WARC-Payload-Digest": ("sha1:FKXGYNOJJ7H3IFO35FPUBC445EPOQRXN", "", "rqsvcn"),
    "WARC-IP-Address": ("192.0.2.7", "", CAPTURED),
    "WARC-Refers-To": ("<urn:uuid:b>", "", "mvc"),
    "WARC-Refers-To-Target-URI": ("https://news.example/", "", "v"),
    "WARC-Refers-To-Date": ("2026-11-23T02:00:00Z", "", "v"),
    "WARC-Target-URI": ("https://news.example/", "rqsvcn", "m"),
    "WARC-Truncated": ("time", "", ALL),
    "WARC-Warcinfo-ID": ("<urn:uuid:b>", "", "rqsmvcn"),
    "WARC-Filename": ("a.warc.gz", "", "w"),
    "WARC-Profile": ("http://netpreserve.org/warc/1.1/revisit/identical-payload-digest", "v", ""),
    "WARC-Identified-Payload-Type": ("text/html", "", "rqsvcn"),
    "WARC-Segment-Number": ("1", "n", "rqsmc"),
    "WARC-Segment-Origin-ID": ("<urn:uuid:b>", "n", ""),
    "WARC-Segment-Total-Length": ("5", "", "n"),
    "WARC-Protocol": ("tls/1.3", "", CAPTURED),
    "WARC-Cipher-Suite": ("TLS_AES_128_GCM_SHA256", "", CAPTURED),
}
REPEATABLE = {"WARC-Concurrent-To", "WARC-Protocol"}


def value_of(name: str, letter: str) -> str:
    if name == "WARC-Type":
        return NAMES[letter]
    return "2" if (name, letter) == ("WARC-Segment-Number", CONTINUATION) else TABLE[name][0]


def least(letter: str) -> list[tuple[str, str]]:
    """The fields that a type must have."""
    return [(name, value_of(name, letter)) for name, (_, must, _) in TABLE.items() if letter in must]


def found(letter: str, fields: list[tuple[str, str]]) -> list[RecordProblemKind]:
    return [breach for breach, _ in breaches(RecordType(NAMES[letter]), fields)]


def test_the_table_is_of_every_field_and_type() -> None:
    assert {name.lower() for name in TABLE} == set(RULES)
    assert set(NAMES.values()) == {kind.value for kind in RecordType}


@pytest.mark.parametrize("letter", NAMES)
def test_the_least_that_a_type_must_have_is_enough(letter: str) -> None:
    assert found(letter, least(letter)) == []


@pytest.mark.parametrize("letter", NAMES)
@pytest.mark.parametrize("name", TABLE)
def test_a_field_stands_where_it_must_and_where_it_may(letter: str, name: str) -> None:
    _, must, may = TABLE[name]
    fields = least(letter)
    if letter in must:
        assert found(letter, [field for field in fields if field[0] != name]) == [RecordProblemKind.MISSING]
    else:
        more = [*fields, (name.lower(), value_of(name, letter))]
        assert found(letter, more) == ([] if letter in may else [RecordProblemKind.FORBIDDEN])
    if letter in must + may:
        twice = [field for field in fields if field[0] != name] + [(name, value_of(name, letter))] * 2
        assert found(letter, twice) == ([] if name in REPEATABLE else [RecordProblemKind.REPEATED])


@pytest.mark.parametrize("name", [name for name in TABLE if name != "WARC-Type"])
@pytest.mark.parametrize("tail", ["\r\nX: y", "\n", "\r", "\0", "\x1f", "\x7f", "\x85"])
def test_no_value_holds_a_control(name: str, tail: str) -> None:
    letter = next(letter for letter in TABLE[name][1] + TABLE[name][2])
    fields = [field for field in least(letter) if field[0] != name] + [(name, value_of(name, letter) + tail)]
    assert RecordProblemKind.CONTROL in found(letter, fields)


@pytest.mark.parametrize(
    ("number", "letter", "good"),
    [
        ("1", RESPONSE, True),
        ("2", RESPONSE, False),
        ("0", RESPONSE, False),
        ("2", CONTINUATION, True),
        ("1", CONTINUATION, False),
    ],
)
def test_segments_are_counted_from_one(number: str, letter: str, good: bool) -> None:
    fields = [field for field in least(letter) if field[0] != "WARC-Segment-Number"]
    assert (found(letter, [*fields, ("WARC-Segment-Number", number)]) == []) == good


@pytest.mark.parametrize(
    ("grammar", "good", "bad"),
    [
        (
            Grammar.DATE,
            ["2026", "2026-11", "2026-11-24", "2026-11-24T02:00Z", "2026-11-24T02:00:00Z", "2026-11-24T02:00:00.1Z"],
            [
                "",
                "26",
                "2026-13",
                "2026-11-24T02:00:00",
                "2026-11-24T02:00:00+00:00",
                "2026-11-24 02:00:00Z",
                "2026-11-24T02:00:00.1234567890Z",
            ],
        ),
        (
            Grammar.IP,
            ["192.0.2.7", "2001:db8::7", "::1", "::ffff:192.0.2.7"],
            [
                "",
                "192.0.2",
                "192.0.2.007",
                "2001:DB8::7",
                "2001:db8:0:0:0:0:0:7",
                "[2001:db8::7]",
                "fe80::1%lo",
                "news.example",
            ],
        ),
        (
            Grammar.DIGEST,
            ["sha1:FKXGYNOJJ7H3IFO35FPUBC445EPOQRXN", "sha256:" + "0" * 64, "md5:" + "0" * 32, "blake3:abc"],
            ["", "sha1", "sha1:", "sha1:FKXG", "FKXGYNOJJ7H3IFO35FPUBC445EPOQRXN", "sha256:" + "0" * 63],
        ),
        (
            Grammar.ID,
            ["<urn:uuid:a>", "<https://a.example/1>"],
            ["", "urn:uuid:a", "<>", "<a b>", "<urn:uuid:a", "<urn:uuid:\xe9>"],
        ),
        (
            Grammar.URI,
            ["https://a.example/", "dns:a.example", "urn:x:y", "http://[::1]:80/%20?a#b"],
            [
                "",
                "/a",
                "https://a.example/ b",
                "https://a.example/é",
                "https://a.example/%zz",
                "<https://a.example/>",
                "a b:c",
            ],
        ),
        (Grammar.NUMBER, ["0", "12"], ["", "-1", "+1", "1.0", "0x1", "1 2", "²"]),
        (
            Grammar.MEDIA_TYPE,
            ["text/html", "application/http; msgtype=response", 'a/b;c="d e"'],
            ["", "text", "text/", "a/b;c", "a/b c"],
        ),
        (Grammar.TRUNCATED, ["length", "time", "disconnect", "unspecified"], ["", "Length", "bored"]),
        (Grammar.WORD, ["http/1.1", "tls/1.3", "h2", "dns"], ["", "a b", "http/1.1, tls/1.3"]),
    ],
)
def test_values_are_held_to_their_grammar(grammar: Grammar, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not fits(grammar, value)] == []
    assert [value for value in bad if fits(grammar, value)] == []
