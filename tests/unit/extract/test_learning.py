"""What a site's own pages teach of its templates, and what that does to a page: helps from two pages on, harms none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from template_pages import SUBJECTS, nameless, page, prose

from archiver.demo import Newspaper
from archiver.demo.moments import EVENING
from archiver.demo.reply import DemoRequest
from archiver.extract import extract
from archiver.extract.article_reader import read_sample
from archiver.extract.learning import learn
from archiver.model.site import Host, Site
from archiver.model.sitemodel import SiteModel

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)


def url_of(subject: str) -> str:
    return f"https://news.example/2026/{subject}"


def taught(*pages: tuple[str, bytes]) -> SiteModel | None:
    samples = [
        read_sample(html, url=url_of(subject), at=AT + timedelta(hours=place))
        for place, (subject, html) in enumerate(pages)
    ]
    assert all(samples)
    return learn([sample for sample in samples if sample], site="news", extractor="archiver-x")


def text_of(html: bytes, model: SiteModel | None, *, subject: str = "x") -> tuple[str, ...]:
    article = extract(html, url=url_of(subject), model=model).article
    assert article is not None
    return article.paragraphs


def test_one_page_teaches_nothing():
    assert taught(("ferry", page("ferry"))) is None


def test_the_same_article_twice_is_one_page():
    assert taught(("ferry", page("ferry")), ("ferry-2", page("ferry", title="The ferry, updated"))) is None


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_box_that_opens_with_the_same_line_is_no_text_though_its_names_say_nothing(count: int):
    html = page("lighthouse")
    assert text_of(html, None) != tuple(prose("lighthouse"))
    model = taught(*((subject, page(subject)) for subject in SUBJECTS[:count]))
    assert text_of(html, model) == tuple(prose("lighthouse"))


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_line_that_ends_every_text_is_none_of_it(count: int):
    notice = "<p>This newspaper is printed on paper from forests that are looked after, and answers every letter that it gets.</p>"
    html = page("lighthouse", box=False, after=notice)
    assert len(text_of(html, None)) == 5
    model = taught(*((subject, page(subject, box=False, after=notice)) for subject in SUBJECTS[:count]))
    assert text_of(html, model) == tuple(prose("lighthouse"))


def test_the_source_that_translations_share_stays_a_fact_of_each():
    source = "<p>Source: https://other.example/2026/the-story</p>"
    model = taught(*((s, page(s, box=False, after=source)) for s in SUBJECTS[:2]))
    assert model is None or model.texts == ()
    article = extract(page("lighthouse", box=False, after=source), url=url_of("x"), model=model).article
    assert article is not None
    assert article.source_url == "https://other.example/2026/the-story"


def test_what_two_of_forty_articles_end_with_stays():
    subjects = [f"{one} and {other}" for one in SUBJECTS for other in SUBJECTS if one < other] + list(SUBJECTS)
    last = "<p>No one was hurt.</p>"
    model = taught(*((s, page(s, box=False, after=last if at < 2 else "")) for at, s in enumerate(subjects)))
    assert model is not None
    assert model.pages > 20
    assert model.texts == ()


def test_numbers_do_not_make_a_line_another():
    def notice(number: int) -> str:
        return f"<p>Comment on this article ({number}) and read what others think of it, who came before you.</p>"

    model = taught(*((s, page(s, box=False, after=notice(place))) for place, s in enumerate(SUBJECTS[:3])))
    assert text_of(page("lighthouse", box=False, after=notice(17)), model) == tuple(prose("lighthouse"))


def test_what_two_of_five_articles_tell_in_their_middle_stays():
    background = "The town has been in debt since the flood, and pays back eleven million crowns a year, more than it has for roads."

    def told(subject: str) -> list[str]:
        text = prose(subject, 5) + prose(f"old {subject}", 5)
        return [*text[:5], background, *text[5:]]

    pages = [(s, page(s, paragraphs=told(s), box=False)) for s in SUBJECTS[:2]]
    pages += [(s, page(s, box=False)) for s in SUBJECTS[2:5]]
    assert background in text_of(page("lighthouse", paragraphs=told("lighthouse"), box=False), taught(*pages))


def test_headings_of_sections_that_recur_stay():
    def html(subject: str) -> bytes:
        one, two, three, four = prose(subject)
        return page(
            subject,
            paragraphs=[one, f"</p><h2>What is known</h2><p>{two}", three, f"</p><h2>What is not</h2><p>{four}"],
            box=False,
        )

    model = taught(*((subject, html(subject)) for subject in SUBJECTS[:5]))
    found = text_of(html("lighthouse"), model)
    assert [line for line in found if line.startswith("What is")] == ["What is known", "What is not"]


def test_a_page_of_known_lines_alone_is_not_emptied():
    model = taught(
        *((s, page(s, box=False, after="".join(f"<p>{p}</p>" for p in prose("rest")))) for s in SUBJECTS[:4])
    )
    assert model is not None
    assert model.texts
    assert text_of(page("rest", box=False), model) == tuple(prose("rest"))


def test_the_container_that_other_pages_had_decides_against_a_longer_text_beside_it():
    beside = "".join(f"<p>{p}</p>" for p in [*prose("harbour", 5), *prose("old harbour", 5), *prose("new harbour", 5)])

    def html(subject: str, aside: str = "") -> bytes:
        return page(subject, box=False).replace(b"</body>", f'<div class="k9">{aside}</div></body>'.encode())

    short = html("lighthouse", beside)
    assert text_of(short, None) != tuple(prose("lighthouse"))
    model = taught(*((subject, html(subject)) for subject in SUBJECTS[:3]))
    assert model is not None
    assert [c.signature for c in model.containers] == ["div.k1"]
    assert text_of(short, model) == tuple(prose("lighthouse"))


def test_a_page_of_another_template_is_read_as_without_a_model():
    model = taught(*((subject, page(subject)) for subject in SUBJECTS[:5]))
    other = page("lighthouse", body_class="z3", box=False)
    assert text_of(other, model) == text_of(other, None) == tuple(prose("lighthouse"))


def test_two_templates_of_one_site_are_both_learnt():
    old = [(subject, page(subject, body_class="old-body")) for subject in SUBJECTS[:3]]
    new = [(subject, page(subject, body_class="new-body")) for subject in SUBJECTS[3:6]]
    model = taught(*old, *new)
    assert model is not None
    assert {c.signature: c.pages for c in model.containers} == {"div.old-body": 3, "div.new-body": 3}
    assert [c.first_at for c in model.containers if c.signature == "div.new-body"] == [AT + timedelta(hours=3)]


def test_numbers_in_names_tell_a_page_not_a_template():
    pages = [(s, page(s, body_class=f"entry post-{1000 + place}")) for place, s in enumerate(SUBJECTS[:3])]
    model = taught(*pages)
    assert model is not None
    assert [c.signature for c in model.containers] == ["div.entry"]


def test_the_same_pages_in_any_order_teach_the_same_version():
    pages = [(subject, page(subject)) for subject in SUBJECTS[:4]]
    samples = [read_sample(html, url=url_of(subject), at=AT) for subject, html in pages]
    one = learn([s for s in samples if s], site="news", extractor="archiver-x")
    other = learn([s for s in reversed(samples) if s], site="news", extractor="archiver-x")
    assert one is not None
    assert other is not None
    assert one.version == other.version
    assert one.to_bytes() == other.to_bytes()


def test_a_model_reads_back_the_same():
    model = taught(
        *(
            (subject, page(subject, after="<p>Write to us, all of you, whenever you like.</p>"))
            for subject in SUBJECTS[:4]
        )
    )
    assert model is not None
    assert model.boxes
    assert model.containers
    assert model.texts
    assert SiteModel.from_bytes(model.to_bytes()) == model


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"format": 99}', b"[" * 100_000, b'{"format": 1, "site": "x", "containers": 3}'],
    ids=["empty", "list", "object", "newer", "deep", "wrong"],
)
def test_bytes_that_are_no_model_are_refused(data: bytes):
    with pytest.raises(ValueError):
        SiteModel.from_bytes(data)


def test_a_time_without_its_zone_is_refused():
    model = taught(*((subject, page(subject)) for subject in SUBJECTS[:3]))
    assert model is not None
    raw = model.as_json() | {"first_at": "2026-11-24T02:00:00"}
    with pytest.raises(ValueError, match="zone"):
        SiteModel.from_bytes(json.dumps(raw).encode())


def test_a_page_that_is_no_article_is_no_sample():
    assert (
        read_sample(
            b"<html><head><title>Home</title></head><body><p>Welcome.</p></body></html>",
            url="https://news.example/",
            at=AT,
        )
        is None
    )


def newspaper(count: int) -> list[tuple[str, bytes, tuple[str, ...]]]:
    """Addresses, pages and true texts of articles of the model newspaper."""
    paper = Newspaper(at=EVENING)
    found = []
    for truth in [each for each in paper.articles() if each.url.startswith("https://en.")][:count]:
        parts = urlsplit(truth.url)
        reply = paper.respond(DemoRequest("GET", "https", parts.hostname or "", parts.path, parts.query))
        found.append((truth.url, nameless(reply.body), tuple(truth.paragraphs)))
    return found


@pytest.mark.parametrize("count", [3, 5])
def test_a_few_pages_of_a_site_whose_names_say_nothing_teach_what_general_rules_cannot_know(count: int):
    site = Site(name="news", hosts=(Host("en.vietnamplus.vn"),))
    pages = newspaper(10)
    samples = [read_sample(html, url=url, at=EVENING, site=site) for url, html, _ in pages[:count]]
    model = learn([sample for sample in samples if sample], site="news", extractor="archiver-x")
    alone, taught = (
        sum(
            extract(html, url=url, at=EVENING, site=site, model=with_it).article.paragraphs == true
            for url, html, true in pages[5:]
        )
        for with_it in (None, model)
    )
    assert alone == 0
    assert taught == 5


def test_a_model_of_the_newspaper_does_no_harm_where_its_profile_reads_it_right_already():
    paper = Newspaper(at=EVENING)
    urls = [truth.url for truth in paper.articles() if truth.url.startswith("https://www.vietnamplus.vn")][:8]
    pages = {}
    for url in urls:
        parts = urlsplit(url)
        pages[url] = paper.respond(DemoRequest("GET", "https", parts.hostname or "", parts.path, parts.query)).body
    samples = [read_sample(html, url=url, at=EVENING) for url, html in pages.items()]
    model = learn([sample for sample in samples if sample], site="vietnamplus", extractor="archiver-x")
    assert model is not None
    for url, html in pages.items():
        with_it, without = (extract(html, url=url, at=EVENING, model=each).article for each in (model, None))
        assert with_it is not None
        assert without is not None
        assert (with_it.text, with_it.lead) == (without.text, without.lead)
