"""Bytes of a page into text: byte order mark, header, meta, and what the bytes themselves say (WHATWG Encoding, 4 and 8)."""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([^\s\"';,]+)", re.IGNORECASE)
_IN_META = re.compile(rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_IN_XML = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_META_WITHIN = 65_536
_SAMPLE = 65_536
_WIDER = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}
"""Labels that the web uses for a wider encoding than they name."""
_WIDE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_CHINESE = "的一是不了在有人这中大国上为个年和到他时地们出就分对成会可主发"
_FREQUENT = {
    "cp932": re.compile("[\u3041-\u3093]"),
    "euc_jp": re.compile("[\u3041-\u3093]"),
    "cp949": re.compile("[이다의는에가을를한고지도로기사하서은인대정그전어해시나들있]"),
    "gb18030": re.compile(f"[{_CHINESE}]"),
    "big5hkscs": re.compile("[的一是不了在有人這中大國上為個年和到他時地們出就分對成會可主發]"),
}
"""What the commonest letters of each language are in the encodings it is written in."""
_HIGH = re.compile(rb"[\x80-\xff]")
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
)
"""One character beyond ASCII in UTF-8."""
_LETTER_AND_MARK = re.compile(rb"[\xc2-\xdf][\x82\x84\x85\x91-\x94\x96\x97\xa0\xab\xbb]\Z")
"""What a Western text may hold as well: a capital letter before a quotation mark, a dash or a space."""
_LEAST_SEQUENCES = 8
_LONE = re.compile(rb"[A-Za-z ][\xc0-\xff](?=[a-z])")
"""A letter of a Western code between letters; no UTF-8 looks like this."""
_LEAST_LONE = 3
_WESTERN = frozenset(("cp1250", "cp1252", "cp1254", "cp1257", "cp1258", "iso8859-2", "iso8859-15"))


def decode(data: bytes, *, content_type: str | None = None) -> tuple[str, str]:
    """The text of ``data`` and the charset it was read in; never fails, what cannot be read becomes U+FFFD.

    Bytes that are valid UTF-8 and not plain ASCII are UTF-8 whatever the page claims: no other text looks like that.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), name
    claims = list(dict.fromkeys(filter(None, (_known(c) for c in _claims(data, content_type)))))
    stateful = next((c for c in claims if c.startswith(("iso2022", "utf-7", "utf_7", "hz"))), None)
    if stateful:
        return data.decode(stateful, "replace"), stateful
    if _looks_utf16(data):
        name = "utf-16-le" if data[1:2] == b"\x00" else "utf-16-be"
        return data.decode(name, "replace"), name
    if not _HIGH.search(data) or _is_utf8(data):
        return data.decode("utf-8", "replace"), "utf-8"
    for claim in claims:
        text = data.decode(claim, "replace")
        if text.count("\ufffd") * 200 <= len(_HIGH.findall(data[: 4 * _SAMPLE])) + 200:
            return _mixed(data, claim) or (text, claim)
    guess = _guess(data)
    return _mixed(data, guess) or (data.decode(guess, "replace"), guess)


def decode_as(data: bytes, *, label: str) -> str | None:
    """The text of ``data`` in the encoding that ``label`` names on the web; None when it names none."""
    name = _known(label)
    return None if name is None else data.decode(name, "replace")


def _mixed(data: bytes, name: str) -> tuple[str, str] | None:
    """A page of which some parts are UTF-8 and others a Western code, as templates and old texts make them; None where it is not.

    By chance a Western text has next to no sequence that is valid UTF-8, so a fair share of them tells.
    """
    if name != "utf-8" and name not in _WESTERN:
        return None
    sample = _around_first_high(data, 8 * _SAMPLE)
    sequences = _SEQUENCE.findall(sample)
    bad = len(_HIGH.findall(sample)) - sum(map(len, sequences))
    if name == "utf-8":
        # Without letters that stand alone among others, what is no UTF-8 is damage, not another code.
        if len(_LONE.findall(sample)) < _LEAST_LONE:
            return None
        name = "cp1252"
    elif sum(not _LETTER_AND_MARK.match(each) for each in sequences) < max(_LEAST_SEQUENCES, bad // 20):
        return None

    def western(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return error.object[error.start : error.end].decode(name, "replace"), error.end

    codecs.register_error("archiver-western", western)
    return data.decode("utf-8", "archiver-western"), "utf-8" if len(sequences) >= bad else name


def _claims(data: bytes, content_type: str | None) -> list[str]:
    found: list[str] = []
    if content_type and (match := _IN_HEADER.search(content_type)):
        found.append(match.group(1))
    head = data[:_META_WITHIN]
    for pattern in (_IN_XML, _IN_META):
        if hit := pattern.search(head):
            found.append(hit.group(1).decode("ascii"))  # noqa: PERF401  a loop reads better here
    return found


def _known(label: str) -> str | None:
    label = label.strip().lower()
    label = _WIDER.get(label, label)
    try:
        name = codecs.lookup(label).name
        b"".decode(name)
    except (LookupError, ValueError):
        # ValueError: the label has a NUL, or names a codec that is none for text (base64, rot13).
        return None
    return "cp1252" if name.startswith(("utf-16", "utf-32")) else name


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A page cut in the middle of its last character is still UTF-8.
        return error.start >= len(data) - 3 and error.reason.startswith("unexpected end")
    return True


def _looks_utf16(data: bytes) -> bool:
    head = data[:200]
    return len(head) >= 40 and (head[1::2].count(0) > len(head) * 0.4) != (head[::2].count(0) > len(head) * 0.4)


def _guess(data: bytes) -> str:
    """The charset with the fewest faults in a sample; UTF-8 with a few broken bytes wins over all."""
    sample = _around_first_high(data)
    high = max(1, len(_HIGH.findall(sample)))
    if sample.decode("utf-8", "replace").count("\ufffd") * 10 <= high:
        return "utf-8"
    scores: dict[str, float] = {}
    for name, frequent in _FREQUENT.items():
        text = sample.decode(name, "replace")
        wide = len(_WIDE.findall(text))
        if wide and text.count("\ufffd") * 50 <= high and wide * 4 >= high:
            scores[name] = len(frequent.findall(text)) / wide
    if scores and max(scores.values()) > 0.08:
        return max(scores, key=lambda name: scores[name])
    # More faults as UTF-8 than right: a single-byte code. Cyrillic is told by runs of high bytes.
    runs = re.findall(rb"[\xc0-\xff]{4,}", sample)
    return "cp1251" if sum(map(len, runs)) * 2 > high else "cp1252"


def _around_first_high(data: bytes, size: int = _SAMPLE) -> bytes:
    hit = _HIGH.search(data)
    start = max(0, (hit.start() if hit else 0) - 64)
    return data[start : start + size]
