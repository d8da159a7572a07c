from __future__ import annotations

import random
import time
from collections.abc import Callable
from types import ModuleType

import pytest

from archiver.model.surt import surt, surt_host_prefix

SESSION = "0123456789abcdef0123456789abcdef"
VECTORS = {
    "http://www.Example.com:80/a/?b=1&a=2#x": "com,example)/a?a=2&b=1",
    "https://fr.vietnamplus.vn/a-b-post1.vnp?page=2": "vn,vietnamplus,fr)/a-b-post1.vnp?page=2",
    "http://example.com": "com,example)/",
    "http://example.com?x=1": "com,example)/?x=1",
    "https://example.com:443/": "com,example)/",
    "https://example.com:8443/": "com,example:8443)/",
    "http://www2.example.com/": "com,example)/",
    "http://user:pass@example.com/": "com,example)/",
    "http://example.com/a/": "com,example)/a",
    "http://example.com//a///b/./c/../d": "com,example)/a/b/d",
    "http://example.com/?": "com,example)/",
    "http://example.com/a?b&b=1&a": "com,example)/a?a&b&b=1",
    "http://example.com/a?a-b&a=b": "com,example)/a?a=b&a-b",
    "http://example.com/%7Ea/%E9/é?q=你": "com,example)/~a/%e9/%c3%a9?q=%e4%bd%a0",
    "http://example.com/a%2541%": "com,example)/aa%25",
    "http://bücher.example/": "example,xn--bcher-kva)/",
    f"http://example.com/?x=1&jsessionid={SESSION.upper()}&y=2": "com,example)/?x=1&y=2",
    f"http://example.com/a?PHPSESSID={SESSION}": "com,example)/a",
    "http://example.com/a?CFID=1&CFTOKEN=2&x": "com,example)/a?x",
    "http://example.com/(S(4hqa0555fwsecu455xqckv45))/m.aspx": "com,example)/m.aspx",
    "http://3232235777/": "1,1,168,192)/",
    "http://0177.0.0.1/": "1,0,0,127)/",
    "http://127.1/": "1,0,0,127)/",
    "http://[2001:DB8::1]:8080/a": "2001:db8::1:8080)/a",
    "dns:www.example.com": "dns:www.example.com",
    "urn:uuid:ABC": "urn:uuid:abc",
    "metadata://gnu.org/x": "org,gnu)/x",
    "example.com/a": "com,example)/a",
    "http://https://example.com/a": "com,example)/a",
}
ODD = """
http://example.com/../a|http://example.com/../../b/..|http://example.com/..|http://example.com/a/..|http://example.com/...
http://example.com/a//|http://example.com///|http://example.com/a?&|http://example.com/a?&&|http://example.com/a?b&
http://example.com/a?=x&=|http://example.com/a?x=1;y=2|http://example.com/a?x=1&amp;y=2|http://example.com/a??|http://example.com/a/?/
http://example.com/a?%3d=1&a|http://example.com/a?a%26b|http://example.com/a%23b|http://example.com/a%3Fb|http://example.com/%00%0a%7f
http://example.com/a b|http://example.com/a+b|http://ex ample.com/|http://ex%61mple.com/|http://exa..mple.com/|http://.example.com./
http://example.com/'a'(b)!*$,;:@|http://example.com/a|b^c`d{e}"f<g>|http://example.com/\\a\\b|http://example.com/[1]|http://example.com/%5B1%5D
http://example.com:|http://example.com:080/|http://example.com:0/|http://example.com:443/|ftp://example.com:21/a|HTTP://EXAMPLE.COM/A
http:example.com/a|http:/example.com/a|http:////example.com/a|//example.com/a|example.com:8080/x|localhost:80/|192.168.1.1:8080/a
http://www.com/|http://www.www.example.com/|http://wwwexample.com/|http://ww.example.com/|http://www.192.168.1.1/|http://1.2.3.4.5/
http://256.1.1.1/|http://08/|http://010.1.1.1/|http://4294967296/|http://0x7f.1/|http://0.8080/|http://us@er@example.com/|http://@h/
mailto:a@b.c|data:text/html,hi|screenshot:http://example.com/|warcinfo:x.warc.gz|about:blank|filedesc:x|foo://h:443/|x://Www.H/A?b
http://example.com/É/é|http://É.com/|http://example.com/?x=é&É|http://example.com/%C3%A9|http://example.com/\xa0|http://example.com/a\x0bb
http://example.com/ trailing |  http://example.com/lead|http://example.com/a\tb|http://example.com/a?sid=9682993c8daa2c5497996114facdc805&
http://example.com/a?b&sid=9682993c8daa2c5497996114facdc805|http://example.com/a?asid=9682993c8daa2c5497996114facdc805&x|http://example.com/a?sid=short
http://example.com/a?ASPSESSIONIDAQBSDSRT=EOHBLBDDPFCLHKPGGKLILNAM&x=y|http://example.com/x/(4hqa0555fwsecu455xqckv45)/A.ASPX?b
"""


@pytest.fixture(scope="module")
def oracle() -> Callable[[str], str]:
    """The Internet Archive's own canonicaliser."""
    module: ModuleType = pytest.importorskip("surt", reason="the surt package is not installed")
    return module.surt


@pytest.mark.parametrize("url", VECTORS)
def test_known_urls_have_their_key(url: str) -> None:
    assert surt(url) == VECTORS[url]


@pytest.mark.parametrize("url", [*VECTORS, *(url for line in ODD.strip().split("\n") for url in line.split("|"))])
def test_key_is_the_internet_archives(oracle: Callable[[str], str], url: str) -> None:
    assert surt(url) == oracle(url)


def test_keys_of_made_up_urls_are_the_internet_archives(oracle: Callable[[str], str]) -> None:
    """Twenty thousand paths and queries made of what is special to some rule; hosts as they occur."""
    dice = random.Random(20261124)
    hosts = [
        "example.com",
        "www.Example.com:80",
        "www3.a.b.example:8080",
        "1.2.3.4",
        "bücher.example",
        "u:p@h.example",
        "m..x.example.",
    ]
    special = [
        "/",
        "//",
        "/./",
        "/../",
        "..",
        ".",
        "?",
        "&",
        "=",
        "#",
        ":",
        "@",
        "%",
        "%20",
        "%25",
        "%41",
        "%2f",
        "%2525",
        "%e9",
        "é",
        "你",
        " ",
        "+",
        ";",
        f"jsessionid={SESSION}",
        f"sid={SESSION}",
        f"PHPSESSID={SESSION}",
        "CFID=1&CFTOKEN=2",
        "(S(4hqa0555fwsecu455xqckv45))/",
        "x.aspx",
        "\t",
        "\\",
        "|",
        "[",
        "]",
        "a",
        "B",
        "0",
        "-",
        "_",
        "~",
        "\x7f",
        "\x00",
        "\xa0",
        '"',
        "<",
        "utm=1",
        "www.",
        "http://",
    ]
    for _ in range(20_000):
        tail = "".join(dice.choice(special) for _ in range(dice.randint(0, 10)))
        url = f"{dice.choice(['http', 'https', 'HTTP'])}://{dice.choice(hosts)}{dice.choice(['/', '?', '/a?'])}{tail}"
        assert surt(url) == oracle(url), url


@pytest.mark.parametrize(
    "url",
    [
        "http://a:b/",
        "http://example.com:99999/",
        "http://[x/",
        "http://",
        "",
        "\x00",
        "é",
        "http://h/\ud800",
        ":",
        "#",
        "?",
    ],
)
def test_every_text_has_a_key_of_printable_ascii(url: str) -> None:
    key = surt(url)
    assert key.isascii()
    assert all(0x20 < ord(character) < 0x7F for character in key)


@pytest.mark.parametrize(
    "url",
    [
        "http://h/" + "%25" * 2600,
        "http://h/%" + "25" * 4000,
        "http://h/" + "/.." * 2600,
        "http://h/?" + "sid=" * 2000,
        "http://h/?" + "cfid=a&" * 1100,
        "http://h/" + "(a(" * 2600 + ".aspx",
    ],
)
def test_hostile_url_costs_little(url: str) -> None:
    began = time.process_time()
    surt(url)
    assert time.process_time() - began < 2


def test_prefix_of_a_host_is_shared_by_its_urls() -> None:
    assert surt("https://www.news.example/a").startswith(surt_host_prefix("www.news.example"))
    assert not surt("https://fr.news.example/a").startswith(surt_host_prefix("news.example"))
    assert surt("https://fr.news.example/a").startswith(surt_host_prefix("news.example", subdomains=True))
    assert surt_host_prefix("News.Example.") == "example,news)/"
