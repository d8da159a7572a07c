"""Bytes to text: what the labels of encodings mean on the web (WHATWG Encoding Standard), and which encoding a text is in.

Only the codecs of ``_ENCODINGS`` are ever used, all of them linear in time: a label that the standard does not know, as
``punycode`` or ``base64``, names nothing. ``as_browser`` believes a page as browsers do: for what a browser would request
and show. ``as_reader`` believes the bytes: for whoever wants the text that was meant.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

from archiver.html.tokenizer import tokens

_TABLE = """
utf-8          utf-8          unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8
ibm866         cp866          866 cp866 csibm866 ibm866
iso-8859-2     iso8859-2      csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2
iso-8859-3     iso8859-3      csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3
iso-8859-4     iso8859-4      csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4
iso-8859-5     iso8859-5      csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988
iso-8859-6     iso8859-6      arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
iso-8859-7     iso8859-7      csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek
iso-8859-8     iso8859-8      csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual
iso-8859-8-i   iso8859-8      csiso88598i iso-8859-8-i logical
iso-8859-10    iso8859-10     csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6
iso-8859-13    iso8859-13     iso-8859-13 iso8859-13 iso885913
iso-8859-14    iso8859-14     iso-8859-14 iso8859-14 iso885914
iso-8859-15    iso8859-15     csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9
iso-8859-16    iso8859-16     iso-8859-16
koi8-r         koi8-r         cskoi8r koi koi8 koi8-r koi8_r
koi8-u         koi8-u         koi8-ru koi8-u
macintosh      mac-roman      csmacintosh mac macintosh x-mac-roman
windows-874    cp874          dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874
windows-1250   cp1250         cp1250 windows-1250 x-cp1250
windows-1251   cp1251         cp1251 windows-1251 x-cp1251
windows-1252   cp1252         ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252
windows-1253   cp1253         cp1253 windows-1253 x-cp1253
windows-1254   cp1254         cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254
windows-1255   cp1255         cp1255 windows-1255 x-cp1255
windows-1256   cp1256         cp1256 windows-1256 x-cp1256
windows-1257   cp1257         cp1257 windows-1257 x-cp1257
windows-1258   cp1258         cp1258 windows-1258 x-cp1258
x-mac-cyrillic mac-cyrillic   x-mac-cyrillic x-mac-ukrainian
gbk            gb18030        chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk
gb18030        gb18030        gb18030
big5           big5hkscs      big5 big5-hkscs cn-big5 csbig5 x-x-big5
euc-jp         euc_jp         cseucpkdfmtjapanese euc-jp x-euc-jp
iso-2022-jp    iso2022_jp_ext csiso2022jp iso-2022-jp
shift_jis      cp932          csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis
euc-kr         cp949          cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949
replacement    -              csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement
utf-16be       utf-16-be      unicodefffe utf-16be
utf-16le       utf-16-le      csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le
x-user-defined latin-1        x-user-defined
"""
"""A line each: an encoding, the codec of Python that implements it, and its labels (Encoding Standard, 4.2)."""
_ENCODINGS = {name: (codec, labels) for name, codec, *labels in map(str.split, _TABLE.strip().splitlines())}
_BY_LABEL = {label: name for name, (_, labels) in _ENCODINGS.items() for label in labels}
_FORMER = {"csiso2022kr": "iso2022_kr", "iso-2022-kr": "iso2022_kr", "hz-gb-2312": "hz", "hz": "hz"}
"""What browsers no longer decode, and what was meant by it."""
_DIFFERENT = {
    "koi8-u": {0xAE: "ў", 0xBE: "Ў"},
    "windows-1255": {0xCA: "\u05ba"},
    "x-user-defined": {code: chr(0xF700 + code) for code in range(0x80, 0x100)},
}
"""Bytes for which the standard's table differs from Python's."""
_MULTI_BYTE = frozenset(
    ("utf-8", "gbk", "gb18030", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr", "utf-16be", "utf-16le")
)
_WIDE_SIGNS = str.maketrans("〜‖−¢£¬", "～∥－￠￡￢")
"""Signs of JIS X 0208 as Python reads them, and as the standard does."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)
_IN_META = re.compile(rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_IN_XML = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_IN_CSS = re.compile(rb'@charset "([\x20\x21\x23-\x7e]{1,40})";')
_EXTENSIONS = 10_000
"""Signs looked up one by one: so many faults make a text that is none."""
_PRESCAN = 1024
_META_WITHIN = 65_536
_SAMPLE = 65_536
_HIGH = re.compile(rb"[\x80-\xff]")


class DecodedText(NamedTuple):
    """A text, and the encoding that it was read in by its name in the standard (lower case)."""

    text: str
    encoding: str


def encoding_of(label: str) -> str | None:
    """The encoding that a label means (4.2, "get an encoding"); None where the standard does not know it."""
    return _BY_LABEL.get(label.strip("\t\n\f\r ").lower())


def decode(data: bytes, encoding: str) -> str:
    """``data`` in one of the standard's encodings; what is no character of it becomes U+FFFD."""
    if encoding == "replacement":
        return "\ufffd" if data else ""
    if encoding not in _MULTI_BYTE:
        return codecs.charmap_decode(data, "replace", _byte_table(encoding))[0]
    codec = _ENCODINGS[encoding][0]
    text = data.decode(codec, "replace")
    if codec in {"euc_jp", "gb18030"} and 0 < text.count("\ufffd") <= _EXTENSIONS:
        text = data.decode(codec, "archiver-extensions")
    return text.translate(_WIDE_SIGNS) if encoding in {"euc-jp", "iso-2022-jp"} else text


def _extension(error: UnicodeError) -> tuple[str, int]:
    """What the standard decodes and Python's codecs do not: the euro in gbk, and what Windows added to JIS X 0208."""
    assert isinstance(error, UnicodeDecodeError)
    pair = error.object[error.start : error.start + 2]
    if error.encoding == "gb18030" and pair[0] == 0x80:
        return "€", error.start + 1
    if error.encoding == "euc_jp" and len(pair) == 2 and min(pair) > 0xA0:
        row, cell = pair[0] - 0xA1, pair[1] - 0xA1
        trail = cell + 0x9F if row % 2 else cell + 0x40 + (cell >= 63)
        sign = bytes((row // 2 + (0x81 if row < 62 else 0xC1), trail)).decode("cp932", "replace")
        if sign[0] != "\ufffd":
            return sign, error.start + 2
    return "\ufffd", error.end


codecs.register_error("archiver-extensions", _extension)


@cache
def _byte_table(encoding: str) -> str:
    """The characters of the 256 bytes, U+FFFE for none."""
    table = bytes(range(256)).decode(_ENCODINGS[encoding][0], "replace").replace("\ufffd", "\ufffe")
    different = dict(_DIFFERENT.get(encoding, {}))
    if encoding.startswith("windows"):
        # Where Python has nothing, the standard has the control character.
        different.update((code, chr(code)) for code in range(0x80, 0xA0) if table[code] == "\ufffe")
    return "".join(different.get(code, sign) for code, sign in enumerate(table))


def as_browser(data: bytes, *, content_type: str | None = None) -> DecodedText:
    """A page as browsers read it (HTML, 13.2.3.2): by its byte order mark, Content-Type, its own word, else by a guess.

    Its own word is a ``meta`` in the first 1024 bytes, the XML declaration, or a later ``meta``, at which a browser begins
    anew (13.2.3.4). Two things differ, for no page is lost to be exact: what the standard leaves undecoded (hz,
    ISO-2022-KR) is read, as browsers once did, and no UTF-16 is believed of a page without a zero byte.
    """
    if marked := _by_mark(data):
        return marked
    header = _CHARSET.search(content_type or "")
    name = header and encoding_of(header[1])
    if name is None or (name.startswith("utf-16") and b"\0" not in data[:_PRESCAN]):
        name = _own_encoding(data)
    if name == "replacement":
        return as_reader(data, content_type=content_type)
    name = name or ("utf-8" if _is_utf8(data) else _guess(data))
    return DecodedText(decode(data, name), name)


def as_style_sheet(data: bytes, *, content_type: str | None = None) -> str:
    """A style sheet as browsers read it (CSS Syntax Level 3, 3.2); one that names no encoding by what its bytes tell."""
    if marked := _by_mark(data):
        return marked.text
    header, rule = _CHARSET.search(content_type or ""), _IN_CSS.match(data)
    name = (header and encoding_of(header[1])) or (rule and _inside(rule[1].decode("ascii")))
    return decode(data, name or ("utf-8" if _is_utf8(data) else _guess(data)))


def _by_mark(data: bytes) -> DecodedText | None:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return DecodedText(decode(data[len(mark) :], name), name)
    return None


def _own_encoding(data: bytes) -> str | None:
    """What a page says of itself; the first label that names an encoding counts."""
    xml = _IN_XML.match(data[:_PRESCAN])
    labels = chain(_metas(data[:_PRESCAN]), (xml[1].decode("ascii"),) if xml else (), _metas(data[:_META_WITHIN]))
    return next(filter(None, map(_inside, labels)), None)


def _inside(label: str) -> str | None:
    """The encoding that a label means inside of a text: what it stands in can be neither of these two."""
    name = encoding_of(label)
    if name is None or not name.startswith(("utf-16", "x-user")):
        return name
    return "windows-1252" if name == "x-user-defined" else "utf-8"


def _metas(head: bytes) -> Iterator[str]:
    if b"charset" not in head.lower():
        return
    for token in tokens(head.decode("latin-1")):
        attributes = token.attributes if token.name == "meta" else None
        if not attributes:
            continue
        if "charset" in attributes:
            yield attributes["charset"]
        elif attributes.get("http-equiv", "").lower() == "content-type" and (
            found := _CHARSET.search(attributes.get("content", ""))
        ):
            yield found[1]


_WIDE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_CHINESE = "的一是不了在有人这中大国上为个年和到他时地们出就分对成会可主发"
_FREQUENT = {
    "shift_jis": re.compile("[\u3041-\u3093]"),
    "euc-jp": re.compile("[\u3041-\u3093]"),
    "euc-kr": re.compile("[이다의는에가을를한고지도로기사하서은인대정그전어해시나들있]"),
    "gb18030": re.compile(f"[{_CHINESE}]"),
    "big5": re.compile("[的一是不了在有人這中大國上為個年和到他時地們出就分對成會可主發]"),
}
"""What the commonest letters of each language are in the encodings it is written in."""
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
_WESTERN = frozenset(
    ("windows-1250", "windows-1252", "windows-1254", "windows-1257", "windows-1258", "iso-8859-2", "iso-8859-15")
)
_UNUSED = re.compile("[\ufffd\x81\x8d\x8f\x90\x9d]")
"""What no text in a code of Windows has."""


def as_reader(data: bytes, *, content_type: str | None = None) -> DecodedText:
    """The text that was meant, also where a page is mislabelled or of two encodings; what cannot be read becomes U+FFFD.

    Bytes that are valid UTF-8 and not plain ASCII are UTF-8 whatever the page claims: no other text looks like that.
    """
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return DecodedText(data.decode("utf-32", "replace"), "utf-32")
    if marked := _by_mark(data):
        return marked
    if _looks_utf16(data):
        name = "utf-16le" if data[1:2] == b"\x00" else "utf-16be"
        return DecodedText(decode(data, name), name)
    is_ascii, labels = data.isascii(), list(_claims(data, content_type))
    if not is_ascii and _is_utf8(data):
        return DecodedText(decode(data, "utf-8"), "utf-8")
    for label in labels:
        # Codes of seven bits with escapes, so that their bytes are those of ASCII.
        if label in _FORMER:
            return DecodedText(data.decode(_FORMER[label], "replace"), label)
        if encoding_of(label) == "iso-2022-jp":
            return DecodedText(decode(data, "iso-2022-jp"), "iso-2022-jp")
    if is_ascii:
        return DecodedText(decode(data, "utf-8"), "utf-8")
    for name in dict.fromkeys(filter(None, map(_eight_bits, labels))):
        text = decode(data, name)
        faults = len(_UNUSED.findall(text)) if name.startswith("windows") else text.count("\ufffd")
        if faults * 200 <= len(_HIGH.findall(data[: 4 * _SAMPLE])) + 200:
            return _mixed(data, name) or DecodedText(text, name)
    name = _guess(data)
    return _mixed(data, name) or DecodedText(decode(data, name), name)


def _mixed(data: bytes, name: str) -> DecodedText | None:
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
        name = "windows-1252"
    elif sum(not _LETTER_AND_MARK.match(each) for each in sequences) < max(_LEAST_SEQUENCES, bad // 20):
        return None

    text = data.decode("utf-8", _western_errors(name))
    return DecodedText(text, "utf-8" if len(sequences) >= bad else name)


@cache
def _western_errors(name: str) -> str:
    """The error handler that reads in another encoding what is no UTF-8."""

    def western(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return decode(error.object[error.start : error.end], name), error.end

    codecs.register_error(f"archiver-{name}", western)
    return f"archiver-{name}"


def _claims(data: bytes, content_type: str | None) -> Iterator[str]:
    """The labels in Content-Type, XML declaration and the first ``meta``, in lower case."""
    if found := _CHARSET.search(content_type or ""):
        yield found[1].lower()
    head = data[:_META_WITHIN]
    for pattern in (_IN_XML, _IN_META):
        if hit := pattern.search(head):
            yield hit[1].decode("ascii").lower()


def _eight_bits(label: str) -> str | None:
    """The encoding of a label, that of Western text for UTF-16, which the bytes are not."""
    name = encoding_of(label)
    return "windows-1252" if name and name.startswith("utf-16") else name if name != "replacement" else None


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
        text = decode(sample, name)
        wide = len(_WIDE.findall(text))
        if wide and text.count("\ufffd") * 50 <= high and wide * 4 >= high:
            scores[name] = len(frequent.findall(text)) / wide
    if scores and max(scores.values()) > 0.08:
        return max(scores, key=lambda name: scores[name])
    # More faults as UTF-8 than right: a single-byte code. Cyrillic shows in runs of high bytes.
    runs = re.findall(rb"[\xc0-\xff]{4,}", sample)
    return "windows-1251" if sum(map(len, runs)) * 2 > high else "windows-1252"


def _around_first_high(data: bytes, size: int = _SAMPLE) -> bytes:
    hit = _HIGH.search(data)
    start = max(0, (hit.start() if hit else 0) - 64)
    return data[start : start + size]
