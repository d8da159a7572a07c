"""The standard's rule for each named field (ISO 28500:2017, sections 5 and 6), for those who write and those who check.

Extensions that we know: ``WARC-Protocol`` (repeated, one value each) and ``WARC-Cipher-Suite``, both proposals of the
WARC community.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from archiver.model.digest import Digest
from archiver.model.record import RecordType, Truncated

T = RecordType
ALL = frozenset(RecordType)
CAPTURES = frozenset({T.RESPONSE, T.RESOURCE, T.REQUEST, T.METADATA, T.REVISIT})
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
PROFILES = frozenset(
    profile.replace("/1.1/", version) for profile in (IDENTICAL_PAYLOAD, NOT_MODIFIED) for version in ("/1.0/", "/1.1/")
)

_CHARS = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
NAME = re.compile(rf"{_CHARS}\Z")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SUB = r"A-Za-z0-9._~!$&'()*+,;=\-"
_PCT = r"%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[{_SUB}:@]|{_PCT})"
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:"
    rf"(?://(?:(?:[{_SUB}:]|{_PCT})*@)?(?:\[[0-9A-Fa-f:.]+\]|(?:[{_SUB}]|{_PCT})*)(?::[0-9]*)?(?:/{_PCHAR}*)*"
    rf"|/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?|{_PCHAR}+(?:/{_PCHAR}*)*|)"
    rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?\Z"
)
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z)?)?)?\Z", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}\Z", re.ASCII)
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MEDIA_TYPE = re.compile(rf"{_CHARS}/{_CHARS}(?:[ \t]*;[ \t]*{_CHARS}=(?:{_CHARS}|{_QUOTED}))*[ \t]*;?\Z")
_LABELLED = re.compile(rf"{_CHARS}:[!#$%&'*+.^_`|~0-9A-Za-z/@=-]+\Z")


class Grammar(StrEnum):
    """What a value must look like."""

    ANY = "any text"
    ID = "a URI in angle brackets"
    URI = "a legal URI (RFC 3986)"
    DATE = "a UTC date as WARC 1.1 has it"
    NUMBER = "a number"
    DIGEST = "a labelled digest"
    MEDIA_TYPE = "a media type"
    IP = "an IP address"
    TYPE = "a record type"
    TRUNCATED = "a reason for truncation"
    WORD = "a word"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where a field may stand, where it must, and what its value is."""

    name: str
    grammar: Grammar = Grammar.ANY
    allowed: frozenset[RecordType] = ALL
    required: frozenset[RecordType] = frozenset()
    repeats: bool = False


RULES: dict[str, FieldRule] = {
    rule.name.lower(): rule
    for rule in (
        FieldRule("WARC-Type", Grammar.TYPE, required=ALL),
        FieldRule("WARC-Record-ID", Grammar.ID, required=ALL),
        FieldRule("WARC-Date", Grammar.DATE, required=ALL),
        FieldRule("Content-Length", Grammar.NUMBER, required=ALL),
        FieldRule("Content-Type", Grammar.MEDIA_TYPE),
        FieldRule("WARC-Concurrent-To", Grammar.ID, CAPTURES, repeats=True),
        FieldRule("WARC-Block-Digest", Grammar.DIGEST),
        FieldRule("WARC-Payload-Digest", Grammar.DIGEST, ALL - {T.WARCINFO, T.METADATA}),
        FieldRule("WARC-IP-Address", Grammar.IP, CAPTURES),
        FieldRule("WARC-Refers-To", Grammar.ID, frozenset({T.METADATA, T.REVISIT, T.CONVERSION})),
        FieldRule("WARC-Refers-To-Target-URI", Grammar.URI, frozenset({T.REVISIT})),
        FieldRule("WARC-Refers-To-Date", Grammar.DATE, frozenset({T.REVISIT})),
        FieldRule("WARC-Target-URI", Grammar.URI, ALL - {T.WARCINFO}, ALL - {T.WARCINFO, T.METADATA}),
        FieldRule("WARC-Truncated", Grammar.TRUNCATED),
        FieldRule("WARC-Warcinfo-ID", Grammar.ID, ALL - {T.WARCINFO}),
        FieldRule("WARC-Filename", allowed=frozenset({T.WARCINFO})),
        FieldRule("WARC-Profile", Grammar.URI, frozenset({T.REVISIT}), frozenset({T.REVISIT})),
        FieldRule("WARC-Identified-Payload-Type", Grammar.MEDIA_TYPE, ALL - {T.WARCINFO, T.METADATA}),
        FieldRule("WARC-Segment-Number", Grammar.NUMBER, ALL - {T.WARCINFO, T.REVISIT}, frozenset({T.CONTINUATION})),
        FieldRule("WARC-Segment-Origin-ID", Grammar.ID, frozenset({T.CONTINUATION}), frozenset({T.CONTINUATION})),
        FieldRule("WARC-Segment-Total-Length", Grammar.NUMBER, frozenset({T.CONTINUATION})),
        FieldRule("WARC-Protocol", Grammar.WORD, CAPTURES, repeats=True),
        FieldRule("WARC-Cipher-Suite", Grammar.WORD, CAPTURES),
    )
}
_REQUIRED = {kind: tuple(key for key, rule in RULES.items() if kind in rule.required) for kind in RecordType}


class RecordProblemKind(StrEnum):
    """The kinds of problem; ``is_damage`` marks those that mean lost or changed bytes."""

    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    BLOCK_DIGEST = "block-digest"
    PAYLOAD_DIGEST = "payload-digest"
    OTHER_DIGEST = "payload-digest-of-other-bytes"
    CONTENT_LENGTH = "content-length"
    HTTP_LENGTH = "http-length"
    MEMBER = "gzip-member"
    LINE_ENDS = "line-ends"
    HEADER = "bad-header-line"
    CONTROL = "control-character"
    MISSING = "missing-field"
    FORBIDDEN = "forbidden-field"
    REPEATED = "repeated-field"
    UNKNOWN = "unknown-field"
    TYPE = "unknown-type"
    VALUE = "bad-value"
    DATE = "bad-date"
    DIGEST = "bad-digest"
    URI = "bad-uri"
    DUPLICATE_ID = "duplicate-id"
    WARCINFO = "warcinfo"
    CONCURRENT_TO = "concurrent-to"
    REVISIT = "revisit"
    HTTP_HEAD = "http-head"
    CHUNKED = "chunked-body"
    WARC_FIELDS = "warc-fields"

    @property
    def is_damage(self) -> bool:
        """Whether bytes were lost or changed."""
        return self in _DAMAGE


_DAMAGE = frozenset(
    {
        RecordProblemKind.TRUNCATED,
        RecordProblemKind.DAMAGED,
        RecordProblemKind.BLOCK_DIGEST,
        RecordProblemKind.PAYLOAD_DIGEST,
        RecordProblemKind.CONTENT_LENGTH,
    }
)


@dataclass(frozen=True, slots=True)
class RecordProblem:
    """One problem, with its place: the offset of the record's member, the record's id if it has one."""

    kind: RecordProblemKind
    offset: int
    record_id: str | None
    text: str


_KINDS = {
    Grammar.DATE: RecordProblemKind.DATE,
    Grammar.DIGEST: RecordProblemKind.DIGEST,
    Grammar.URI: RecordProblemKind.URI,
    Grammar.TYPE: RecordProblemKind.TYPE,
}


def is_uri(text: str) -> bool:
    """Whether ``text`` is a URI with a scheme, legal by RFC 3986."""
    return bool(_URI.match(text))


def parse_date(text: str) -> datetime:
    """The instant of a WARC-Date, cut to microseconds; a coarse date is its first instant. Raises ``ValueError``."""
    if not _DATE.match(text):
        raise ValueError(f"not a WARC date: {text[:40]!r}")
    if len(text) <= 10:
        text += "0001-01-01"[len(text) :]
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def is_bracketed_uri(text: str) -> bool:
    """Whether ``text`` is a URI in angle brackets, as record ids are written."""
    return text.startswith("<") and text.endswith(">") and is_uri(text[1:-1])


def breaches(
    kind: RecordType, fields: Iterable[tuple[str, str]], *, version: str = "1.1"
) -> Iterator[tuple[RecordProblemKind, str]]:
    """Every rule that the fields of one record break, with a sentence for each."""
    seen: set[str] = set()
    for name, value in fields:
        key = name.lower()
        rule = RULES.get(key)
        if not NAME.match(name):
            yield RecordProblemKind.VALUE, f"not a field name: {name[:60]!r}"
        if CONTROL.search(value):
            yield RecordProblemKind.CONTROL, f"control character in {name}"
        if rule is None:
            if key in seen and key.startswith(("warc-", "content-")):
                yield RecordProblemKind.REPEATED, f"{name} is there twice"
            seen.add(key)
            continue
        if key in seen and not rule.repeats:
            yield RecordProblemKind.REPEATED, f"{rule.name} is there twice"
        seen.add(key)
        if kind not in rule.allowed:
            yield RecordProblemKind.FORBIDDEN, f"{name} may not stand in a {kind} record"
        if version == "1.0" and rule.grammar is Grammar.URI and value.startswith("<") and value.endswith(">"):
            value = value[1:-1]  # noqa: PLW2901  WARC 1.0 wrote URIs so
        if key == "warc-segment-number" and _NUMBER.match(value) and not _counts(kind, int(value)):
            yield RecordProblemKind.VALUE, f"the first segment has the number 1, a continuation more, not {value[:20]}"
        if not fits(rule.grammar, value):
            yield _KINDS.get(rule.grammar, RecordProblemKind.VALUE), f"{name} is not {rule.grammar}: {value[:120]!r}"
    for key in _REQUIRED[kind]:
        if key not in seen:
            yield RecordProblemKind.MISSING, f"no {RULES[key].name}"


def _counts(kind: RecordType, segment: int) -> bool:
    return segment > 1 if kind is T.CONTINUATION else segment == 1


def fits(grammar: Grammar, value: str) -> bool:
    """Whether ``value`` is of this grammar."""
    match grammar:
        case Grammar.ANY:
            return bool(value)
        case Grammar.ID:
            return is_bracketed_uri(value)
        case Grammar.URI:
            return is_uri(value)
        case Grammar.NUMBER:
            return bool(_NUMBER.match(value))
        case Grammar.MEDIA_TYPE:
            return bool(_MEDIA_TYPE.match(value))
        case Grammar.WORD:
            return bool(NAME.match(value.replace("/", "")))
        case Grammar.TYPE:
            return value in ALL
        case Grammar.TRUNCATED:
            return value in frozenset(Truncated)
        case _:
            return _parses(grammar, value)


def _is_canonical(address: str) -> bool:
    """Whether an address is a dotted quad, or IPv6 as RFC 5952 writes it, without a zone. Raises ``ValueError``."""
    ip = ipaddress.ip_address(address)
    if "." in address and ip.version == 6:  # one that holds an IPv4 address may show it (RFC 5952, 5)
        return address == address.lower() and "%" not in address
    return address == str(ip) and "%" not in address


def _parses(grammar: Grammar, value: str) -> bool:
    try:
        if grammar is Grammar.DATE:
            parse_date(value)
        elif grammar is Grammar.IP:
            return _is_canonical(value)
        elif value.partition(":")[0].lower() in {"sha1", "sha-1", "sha256", "sha-256", "md5"}:
            Digest.parse(value)
        else:
            return bool(_LABELLED.match(value))
    except ValueError:
        return False
    return True
