"""What is read of feeds, sitemaps and lists, sound ones and others."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.discover import SourceFormat, SourceProblemKind, SourceReading, parse_source
from archiver.discover.source_parser import MAX_BYTES
from archiver.model.capture import Candidate, Kind

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
URL = "https://www.example.org/rss/home.rss"
RSS = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>T</title><link>https://www.example.org/</link>'


def read(body: str | bytes, *, url: str = URL, content_type: str | None = None) -> SourceReading:
    data = body.encode() if isinstance(body, str) else body
    return parse_source(data, url=url, content_type=content_type, found_at=NOW)


def urls(reading: SourceReading) -> list[str]:
    return [candidate.url for candidate in reading.candidates]


def kinds(reading: SourceReading) -> set[SourceProblemKind]:
    return {problem.kind for problem in reading.problems}


def rss(*items: str) -> str:
    return f"{RSS}<language>vi-VN</language>{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"


def urlset(*entries: str, spaces: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" {spaces}>'
        f"{''.join(f'<url>{entry}</url>' for entry in entries)}</urlset>"
    )


def test_an_rss_item_becomes_a_candidate_with_all_that_is_said_of_it() -> None:
    reading = read(
        rss(
            "<title>Gặp gỡ &amp; trao đổi</title><link>https://www.example.org/gap-go-post1.vnp</link>"
            "<pubDate>Mon, 23 Nov 2026 19:30:00 +0700</pubDate><guid>https://www.example.org/other</guid>"
        )
    )
    assert reading.format is SourceFormat.RSS
    assert reading.problems == ()
    assert reading.candidates == (
        Candidate(
            "https://www.example.org/gap-go-post1.vnp",
            NOW,
            via=URL,
            hop="M",
            title="Gặp gỡ & trao đổi",
            language="vi-VN",
            published_at=datetime(2026, 11, 23, 12, 30, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    "item",
    [
        "<link>https://e.org/a</link>",
        "<link>\n  https://e.org/a\n</link>",
        "<link><![CDATA[https://e.org/a]]></link>",
        "<link>&lt;![CDATA[https://e.org/a]]&gt;</link>",
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://e.org/self"/><link>https://e.org/a</link>',
        '<link xmlns="http://www.w3.org/2005/Atom" href="https://e.org/a"/>',
        "<link></link><guid>https://e.org/a</guid>",
        '<guid isPermaLink="true">https://e.org/a</guid>',
        '<link>https://e.org/a#rss</link><guid isPermaLink="false">https://e.org/no</guid>',
        "<LINK>https://e.org/a</LINK>",
        "<nope:link>https://e.org/a</nope:link>",
    ],
)
def test_an_items_address_is_found_wherever_feeds_put_it(item: str) -> None:
    assert urls(read(rss(item))) == ["https://e.org/a"]


def test_relative_and_doubly_escaped_addresses_are_mended() -> None:
    reading = read(rss("<link>/a?x=1&amp;amp;y=2</link>", "<link>b c</link>"))
    assert urls(reading) == ["https://www.example.org/a?x=1&y=2", "https://www.example.org/rss/b%20c"]


def test_an_atom_entry_becomes_a_candidate() -> None:
    reading = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://fr.example.org/x/"><title>T</title>
        <link rel="self" href="https://fr.example.org/feed"/>
        <entry><title type="html">&lt;b&gt;Un&lt;/b&gt; titre</title><link rel="enclosure" href="https://e.org/a.mp3"/>
        <link rel="alternate" type="text/html" href="un.html"/><id>tag:x</id>
        <published>2026-11-20T10:00:00+01:00</published><updated>2026-11-21T10:00:00Z</updated></entry>
        <entry><id>https://e.org/by-id</id></entry><entry><link rel="self" href="https://e.org/self"/></entry></feed>"""
    )
    first = reading.candidates[0]
    assert reading.format is SourceFormat.ATOM
    assert urls(reading) == ["https://fr.example.org/x/un.html", "https://e.org/by-id", "https://e.org/self"]
    assert (first.title, first.language) == ("Un titre", "fr")
    assert first.published_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert first.modified_at == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_rdf_and_json_feeds_are_read() -> None:
    rdf = read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://e.org/"/>
        <item rdf:about="https://e.org/1"><title>One</title><link>https://e.org/1</link><dc:date>2026-11-20</dc:date></item>
        <item rdf:about="https://e.org/2"/></rdf:RDF>"""
    )
    assert (rdf.format, urls(rdf)) == (SourceFormat.RDF, ["https://e.org/1", "https://e.org/2"])
    assert rdf.candidates[0].published_at == datetime(2026, 11, 20, tzinfo=UTC)
    items = [{"url": "https://e.org/1", "title": "One"}, {"id": "https://e.org/2"}, {"id": 3}, 4, {"url": 5}]
    feed = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "language": "en", "items": items}))
    assert (feed.format, urls(feed)) == (SourceFormat.JSON_FEED, ["https://e.org/1", "https://e.org/2"])
    assert feed.candidates[0].language == "en"
    assert [problem.entry for problem in feed.problems] == [3, 4, 5]


def test_a_news_sitemap_tells_publication_title_and_language() -> None:
    reading = read(
        urlset(
            "<loc>https://e.org/1</loc><news:news><news:publication><news:name>E</news:name>"
            "<news:language>vi</news:language></news:publication>"
            "<news:publication_date>2026-11-23T19:30:00+07:00</news:publication_date>"
            "<news:title><![CDATA[Tin & bài]]></news:title></news:news>"
        )
    )
    found = reading.candidates[0]
    assert reading.format is SourceFormat.NEWS_SITEMAP
    assert (found.title, found.language) == ("Tin & bài", "vi")
    assert found.published_at == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def test_a_pictures_address_is_never_taken_for_the_pages() -> None:
    reading = read(
        urlset(
            "<image:image><image:loc>https://m.e.org/p.jpg</image:loc><image:title>&lt;![CDATA[T]]&gt;</image:title></image:image>"
            "<image:loc>https://m.e.org/q.jpg</image:loc><loc>https://e.org/1</loc><lastmod>2026-11-23</lastmod>"
        )
    )
    assert (reading.format, urls(reading)) == (SourceFormat.SITEMAP, ["https://e.org/1"])
    assert reading.candidates[0].modified_at == datetime(2026, 11, 23, tzinfo=UTC)
    assert reading.candidates[0].published_at is None


def test_an_index_names_sources_not_pages() -> None:
    reading = read(
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        "<sitemap><loc>https://e.org/sitemaps/news-2026-9.xml</loc><lastmod>2026-11-23T01:02:03.339Z</lastmod></sitemap>"
        "<sitemap>\nhttps://e.org/bare.xml?a=1&amp;b=2\n</sitemap></sitemapindex>"
    )
    assert reading.format is SourceFormat.SITEMAP_INDEX
    assert reading.candidates == ()
    assert [(child.url, child.kind) for child in reading.children] == [
        ("https://e.org/sitemaps/news-2026-9.xml", Kind.SOURCE),
        ("https://e.org/bare.xml?a=1&b=2", Kind.SOURCE),
    ]


@pytest.mark.parametrize(
    "root",
    [
        '<urlset xmlns="http://www.google.com/schemas/sitemap/0.84">{}</urlset>',
        "<urlset>{}</urlset>",
        '<s:urlset xmlns:s="urn:wrong">{}</s:urlset>',
        "<undeclared:urlset>{}</undeclared:urlset>",
    ],
)
def test_wrong_namespaces_cost_nothing(root: str) -> None:
    assert urls(read(root.format("<url><loc>https://e.org/1</loc></url>"))) == ["https://e.org/1"]
    assert urls(read(root.format("<x:url><x:loc>https://e.org/1</x:loc></x:url>"))) == ["https://e.org/1"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_byte_order_marks_and_wide_encodings_are_read(encoding: str) -> None:
    body = urlset("<loc>https://e.org/tin-tức</loc>").encode(encoding)
    assert urls(read(body)) == ["https://e.org/tin-t%E1%BB%A9c"]


@pytest.mark.parametrize("claim", ["iso-8859-1", "utf-16", "no-such-code"])
def test_a_charset_that_lies_costs_nothing(claim: str) -> None:
    body = rss("<title>Đường</title><link>https://e.org/1</link>").replace("utf-8", claim, 1)
    assert read(body).candidates[0].title == "Đường"


def test_bytes_that_are_no_utf8_cost_only_their_characters() -> None:
    body = rss("<title>caf\xe9</title><link>https://e.org/1</link>", "<link>https://e.org/2</link>").encode("latin-1")
    assert urls(read(body)) == ["https://e.org/1", "https://e.org/2"]
    latin = rss("<title>caf\xe9</title><link>https://e.org/1</link>").replace("utf-8", "iso-8859-1").encode("latin-1")
    assert read(latin).candidates[0].title == "café"


@pytest.mark.parametrize(
    "bad",
    [
        "<title>a & b < c</title>",
        "<title>&nbsp;&eacute;&undefined;</title>",
        "<title>unclosed",
        "<title>crossed <b>x</title></b>",
        "<description><![CDATA[never closed </description>",
        "<description><!-- never closed </description>",
        "</channel></rss>",
        "<title>\x00\x08\x0b control</title>",
        "<link>http://[::1</link>",
        "<a b='c",
        '<title attribute="1" attribute="1">t</title>',
    ],
)
def test_one_malformed_entry_never_costs_the_rest(bad: str) -> None:
    good = [f"<title>t{n}</title><link>https://e.org/{n}</link>" for n in range(6)]
    found = urls(read(rss(*good[:3], bad, *good[3:])))
    assert [url for url in found if "e.org" in url] == [f"https://e.org/{n}" for n in range(6)]


def test_a_document_that_breaks_off_is_read_up_to_there() -> None:
    whole = urlset(*(f"<loc>https://e.org/{n}</loc>" for n in range(50)))
    reading = read(whole[: whole.index("/40")])
    assert urls(reading)[:40] == [f"https://e.org/{n}" for n in range(40)]
    assert SourceProblemKind.DAMAGED in kinds(reading)


def test_what_comes_before_the_document_is_skipped() -> None:
    body = "\n<br />Warning: something in /var/www\n" + rss("<link>https://e.org/1</link>")
    assert urls(read(body.lstrip())) == [] or urls(read(body)) == ["https://e.org/1"]
    assert urls(read("Warning: x\n" + rss("<link>https://e.org/1</link>"))) == ["https://e.org/1"]
    assert urls(read("\n\n  " + rss("<link>https://e.org/1</link>"))) == ["https://e.org/1"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body>no</body></html>", "text/html"),
        ("<html><body><h1>Access denied</h1></body></html>", "application/xml"),
        ("<!-- x --><!-- y -->\n<HTML lang=en><a href=https://e.org/>x</a></HTML>", None),
        (
            '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
            None,
        ),
        ("<h1>Just a moment</h1>", "text/html; charset=utf-8"),
        ("Forbidden", "text/html"),
    ],
)
def test_an_error_page_is_a_problem_and_never_an_empty_sitemap(body: str, content_type: str | None) -> None:
    reading = read(body, url="https://e.org/sitemap.xml", content_type=content_type)
    assert reading.format is SourceFormat.HTML
    assert not reading.is_source
    assert kinds(reading) == {SourceProblemKind.NOT_A_SOURCE}
    assert (reading.candidates, reading.children) == ((), ())


@pytest.mark.parametrize("body", [b"", b" \n ", b"\xef\xbb\xbf"])
def test_nothing_is_no_empty_sitemap_either(body: bytes) -> None:
    reading = read(body)
    assert (reading.format, reading.is_source) == (SourceFormat.EMPTY, False)
    assert kinds(reading) == {SourceProblemKind.NOT_A_SOURCE}


def test_a_sitemap_that_lists_nothing_is_one() -> None:
    reading = read(urlset())
    assert (reading.format, reading.is_source, reading.problems) == (SourceFormat.SITEMAP, True, ())


@pytest.mark.parametrize("body", ["<svg/>", "some text", '{"no": "feed"}', "[1, 2]", "{broken", "\x89PNG\r\n"])
def test_other_things_are_no_source(body: str) -> None:
    reading = read(body)
    assert (reading.format, reading.is_source) == (SourceFormat.UNKNOWN, False)
    assert SourceProblemKind.NOT_A_SOURCE in kinds(reading)


def test_lists_of_urls_are_read() -> None:
    reading = read("\ufeffhttp://e.org/1\r\n\r\n  https://e.org/2 \n# comment\nftp://e.org/3\nhttps://e.org/4")
    assert (reading.format, urls(reading)) == (
        SourceFormat.TEXT,
        ["http://e.org/1", "https://e.org/2", "https://e.org/4"],
    )


def test_robots_txt_names_sitemaps() -> None:
    body = (
        "User-agent: *\r\nDisallow: /Api/\r\nsitemap: https://e.org/a.xml # ours\r\nSITEMAP:/b.xml\r\n"
        "Sitemap: https://e.org/a.xml\r\nSitemap:\r\nhttps://e.org/forgotten.xml\r\n"
    )
    reading = read(body, url="https://www.example.org/robots.txt")
    assert reading.format is SourceFormat.ROBOTS
    assert [child.url for child in reading.children] == ["https://e.org/a.xml", "https://www.example.org/b.xml"]
    assert reading.candidates == ()


def test_gzip_files_are_opened_also_in_several_members() -> None:
    whole = urlset("<loc>https://e.org/1</loc>", "<loc>https://e.org/2</loc>").encode()
    assert urls(read(gzip.compress(whole))) == ["https://e.org/1", "https://e.org/2"]
    assert len(urls(read(gzip.compress(whole[:50]) + gzip.compress(whole[50:])))) == 2


def test_a_gzip_file_that_is_cut_gives_what_it_has_and_says_so() -> None:
    whole = urlset(*(f"<loc>https://e.org/{n}-{zlib.crc32(str(n).encode())}</loc>" for n in range(5000))).encode()
    reading = read(gzip.compress(whole)[:20_000])
    assert 100 < len(urls(reading)) < 5000
    assert SourceProblemKind.DAMAGED in kinds(reading)


def test_a_gzip_bomb_is_opened_only_so_far() -> None:
    packer = zlib.compressobj(9, wbits=31)
    start = urlset("<loc>https://e.org/1</loc>").replace("</urlset>", "").encode()
    block = b" " * (1 << 20)
    bomb = packer.compress(start) + b"".join(packer.compress(block) for _ in range(MAX_BYTES // len(block) + 30))
    reading = read(bomb + packer.flush())
    assert urls(reading) == ["https://e.org/1"]
    assert SourceProblemKind.TOO_LARGE in kinds(reading)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>',
        '<!DOCTYPE rss [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY % l9 SYSTEM "http://127.0.0.1:9/x.dtd"> %l9;]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY l9 "]>">]>',
    ],
)
def test_entities_are_neither_expanded_nor_fetched(declared: str) -> None:
    body = rss("<title>a&l9;b</title><link>https://e.org/1</link>", "<link>https://e.org/&l9;2</link>")
    before = time.process_time()
    reading = read(body.replace("?>", f"?>{declared}", 1))
    assert time.process_time() - before < 2
    assert urls(reading)[0] == "https://e.org/1"
    assert reading.candidates[0].title in {"ab", "a b", "a"}
    assert SourceProblemKind.ENTITIES in kinds(reading)


def test_an_ordinary_doctype_is_no_problem() -> None:
    body = rss("<link>https://e.org/1</link>").replace(
        "?>", '?><!DOCTYPE rss PUBLIC "-//N//DTD" "http://n/rss.dtd">', 1
    )
    assert (urls(read(body)), read(body).problems) == (["https://e.org/1"], ())


def test_only_so_many_entries_are_read() -> None:
    reading = read(urlset(*(f"<loc>https://e.org/{n}</loc>" for n in range(50_003))))
    assert len(reading.candidates) == 50_000
    assert kinds(reading) == {SourceProblemKind.TOO_MANY}


@pytest.mark.parametrize(
    "body",
    [
        "<rss><channel>" + "<a>" * 300_000,
        "<rss><channel>" + "<item>" * 300_000,
        "<!--" * 200_000,
        "<!-- --><!-- -->" * 1_000 + "x",
        "<!DOCTYPE [" * 100_000,
        '<rss a="' + "x" * 3_000_000,
        "<rss><item><title>" + "<![CDATA[" * 100_000,
        "[" * 500_000,
        "<urlset><url><loc>" + "<" * 500_000,
    ],
)
def test_hostile_shapes_take_little_time(body: str) -> None:
    before = time.process_time()
    read(body)
    assert time.process_time() - before < 8


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    read(data)
    read(b"<rss><channel><item>" + data + b"</item></channel></rss>")
    read(b"\x1f\x8b\x08" + data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 23 Nov 2026 19:30:00 +0700", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 19:30:00 GMT+7", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 19:30:00 ICT", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 12:30:00 GMT", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 06:30:00 CST", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 13:30:00 BST", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("2026-11-23 20:30 HKT", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("23 November 2026 04:30 PST", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("2026-11-23T19:30:00+07:00", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("2026-11-23 12:30", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("November 23, 2026 12:30 PM", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("12:30", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        ("9" * 60, None),
        ("2032-01-01", None),
    ],
)
def test_dates_are_read_as_feeds_write_them(text: str, expected: datetime | None) -> None:
    found = read(rss(f"<link>https://e.org/1</link><pubDate>{text}</pubDate>")).candidates[0]
    assert found.published_at == expected


def test_a_date_without_a_zone_is_in_the_sites() -> None:
    body = rss("<link>https://e.org/1</link><pubDate>2026-11-23 19:30:00</pubDate>").encode()
    for zone in (ZoneInfo("Asia/Ho_Chi_Minh"), timezone(timedelta(hours=7))):
        reading = parse_source(body, url=URL, found_at=NOW, zone=zone)
        assert reading.candidates[0].published_at == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def test_a_doctype_inside_an_entrys_text_is_left_alone() -> None:
    body = rss(
        "<link>https://e.org/1</link><description><![CDATA[<!DOCTYPE html [<b>]>x]]></description>",
        "<link>https://e.org/2</link>",
    )
    assert urls(read(body)) == ["https://e.org/1", "https://e.org/2"]


def test_times_of_change_that_are_those_of_the_file_say_nothing_of_the_pages() -> None:
    def changes(*stamps: str) -> set[bool]:
        entries = [f"<loc>https://e.org/{n}</loc><lastmod>{stamp}</lastmod>" for n, stamp in enumerate(stamps)]
        return {candidate.modified_at is not None for candidate in read(urlset(*entries)).candidates}

    hours = [f"2026-11-20T{hour:02}:00:00Z" for hour in range(10)]
    assert changes(*hours) == {True}
    assert changes(*["2026-11-20T10:00:00Z"] * 9, hours[0]) == {False}
    now = [(NOW - timedelta(seconds=n)).isoformat() for n in range(9)]
    assert changes(*now, hours[0]) == {False}
    assert changes(*now[:2]) == {True}
