"""The body: which blocks are text, and in what form they are kept."""

from __future__ import annotations

import json

import pytest

from archiver.extract import extract
from archiver.model.article import Article
from archiver.model.capture import Verdict

from .pages import PARAGRAPHS, article_page

URL = "https://news.example/2026/library-opens"


def read(html: bytes) -> Article:
    extraction = extract(html, url=URL)
    assert extraction.article is not None, extraction.reason
    return extraction.article


def text_of(*parts: str) -> tuple[str, ...]:
    return read(article_page(paragraphs=PARAGRAPHS[:2], below="".join(parts) + f"<p>{PARAGRAPHS[3]}</p>")).paragraphs


def test_a_heading_that_is_a_target_for_jumps_stays():
    found = text_of('<h3><a name="hall" href="#top">A hall for two hundred</a></h3>')
    assert found == (*PARAGRAPHS[:2], "A hall for two hundred", PARAGRAPHS[3])


def test_a_list_of_jumps_is_no_text():
    found = text_of('<ul><li><a href="#a">A hall for two hundred</a></li><li><a href="#b">What it cost</a></li></ul>')
    assert found == (*PARAGRAPHS[:2], PARAGRAPHS[3])


def test_a_quotation_set_as_a_figure_stays_and_its_caption_goes():
    quote = "Nobody in this town believed that it would ever be finished, least of all those who built it."
    found = text_of(
        f"<figure><blockquote><p>{quote}</p></blockquote><figcaption>The builder in the hall</figcaption></figure>"
    )
    assert found == (*PARAGRAPHS[:2], quote, PARAGRAPHS[3])


@pytest.mark.parametrize("tag", ["fact-box", "x-factbox"])
def test_a_box_is_known_by_two_words_of_its_name(tag: str):
    inside = (
        "<p>A library is a place in which books, newspapers and much else are kept for all who want to read them.</p>"
    )
    box = f'<div class="{tag}">{inside}</div>' if tag == "fact-box" else f"<{tag}>{inside}</{tag}>"
    assert text_of(box) == (*PARAGRAPHS[:2], PARAGRAPHS[3])


def test_list_items_and_quotations_stay_paragraphs():
    found = text_of(
        "<ul><li>Open until ten</li><li>Free for children</li></ul>", f"<blockquote>{PARAGRAPHS[4]}</blockquote>"
    )
    assert found == (*PARAGRAPHS[:2], "Open until ten", "Free for children", PARAGRAPHS[4], PARAGRAPHS[3])


def test_a_row_of_a_table_of_figures_is_a_paragraph():
    table = "<table><tr><th>Day</th><th>Visitors</th></tr><tr><td>Monday</td><td>2,014</td></tr><tr><td>Tuesday</td><td>1,877</td></tr></table>"
    assert text_of(table) == (*PARAGRAPHS[:2], "Day | Visitors", "Monday | 2,014", "Tuesday | 1,877", PARAGRAPHS[3])


def test_a_table_that_lays_the_page_out_is_read_as_paragraphs():
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    html = f"<html><head><title>Library</title></head><body><h1>Library</h1><table><tr><td>Menu</td><td>{text}</td></tr></table></body></html>"
    assert read(html.encode()).paragraphs == PARAGRAPHS


def test_paragraphs_in_an_element_with_an_unlucky_name_stay_when_they_look_like_the_text():
    looks = [f'<div class="s-body"><p class="s-text">{paragraph}</p></div>' for paragraph in PARAGRAPHS]
    looks[1] = f'<div class="promo-content">{looks[1]}</div>'
    assert read(article_page(paragraphs=(), below="".join(looks))).paragraphs == PARAGRAPHS


def scripted(script: str, *, body: str = "") -> bytes:
    return (
        '<html lang="en"><head><title>Harbour town opens its new library</title>'
        '<meta property="og:title" content="Harbour town opens its new library"><meta property="og:type" content="article"></head>'
        f"<body><div id='root'>{body}</div>{script}</body></html>"
    ).encode()


def state(content: object) -> dict[str, object]:
    other = " ".join(PARAGRAPHS[::-1])
    return {
        "props": {
            "related": [{"title": "Ferry fares rise again", "content": other + other}],
            "article": {"title": "Harbour town opens its new library", "id": 7, "content": content},
        }
    }


HTML = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
ELEMENTS = [{"type": "text", "content": paragraph} for paragraph in PARAGRAPHS]
DRAWN = [
    ["$", "p", None, {"children": [paragraph[:30], ["$", "b", None, {"children": paragraph[30:]}]]}]
    for paragraph in PARAGRAPHS
]


@pytest.mark.parametrize(
    "content", [HTML, ELEMENTS, list(PARAGRAPHS), DRAWN], ids=["html", "elements", "texts", "drawn"]
)
@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{}</script>',
        "<script>window.App=window.App||{{}};App.globalContent={};App.other=1</script>",
        "<script>(window['q']=window['q']||[]).push({});</script>",
    ],
    ids=["next", "assigned", "pushed"],
)
def test_a_page_drawn_by_a_script_is_read_from_its_data(script: str, content: object):
    article = read(scripted(script.format(json.dumps(state(content)))))
    assert article.paragraphs == PARAGRAPHS
    assert article.provenance["text"].origin == "script"


def test_a_stream_of_pieces_is_put_together():
    line = '0:["a"]\n5:' + json.dumps(state(ELEMENTS)) + "\n"
    pieces = (line[:200], line[200:900], line[900:])
    script = "".join(f"<script>self.__next_f.push([1,{json.dumps(piece)}])</script>" for piece in pieces)
    padded = script.replace("</script>", ";" + " " * 300 + "</script>")
    assert read(scripted(padded)).paragraphs == PARAGRAPHS


def test_data_of_a_script_does_not_replace_text_that_the_page_shows():
    data = json.dumps(state("<p>" + "Something else is told here at length, and none of it is shown. " * 20 + "</p>"))
    html = scripted(f'<script type="application/json">{data}</script>', body=f"<article>{HTML}</article>")
    assert read(html).paragraphs == PARAGRAPHS


def test_terms_and_menus_in_the_data_are_no_article():
    data = {"i18n": {"terms": "You accept that we may keep what you send us. " * 30}, "menu": ["Home", "World"]}
    extraction = extract(scripted(f'<script type="application/json">{json.dumps(data)}</script>'), url=URL)
    assert extraction.verdict is not Verdict.ARTICLE


@pytest.mark.parametrize(
    "script",
    [
        "x=" + "{" * 100_000,
        "x=" + '{"a":' * 50_000,
        "=[" * 100_000,
        '="' + "\\" * 100_000,
        "x=" + "[" * 900 + "]" * 900,
    ],
    ids=["braces", "nested", "starts", "escapes", "deep"],
)
def test_broken_data_is_given_up_soon(script: str):
    assert extract(scripted(f"<script>{script}</script>"), url=URL).article is None


def test_a_placeholder_of_a_script_is_no_text():
    content = HTML.replace("</p><p>", "</p>$$AD_SLOT$$<p>", 2)
    assert (
        read(scripted(f'<script type="application/json">{json.dumps(state(content))}</script>')).paragraphs
        == PARAGRAPHS
    )


def test_trafilatura_is_not_asked_where_json_ld_holds_the_whole_text_and_is_asked_where_it_does_not(monkeypatch):
    import trafilatura

    asked = []
    real = trafilatura.bare_extraction

    def counted(*args, **named):
        asked.append(named.get("url"))
        return real(*args, **named)

    monkeypatch.setattr(trafilatura, "bare_extraction", counted)
    whole = json.dumps({"@type": "NewsArticle", "headline": "x", "articleBody": "\n".join(PARAGRAPHS)})
    page = article_page(head=f'<script type="application/ld+json">{whole}</script>')
    first = extract(page, url="https://news.example/a-1.html")
    assert asked == []
    second = extract(article_page(), url="https://news.example/a-1.html")
    assert asked == ["https://news.example/a-1.html"]
    assert first.article is not None
    assert second.article is not None
    assert first.article.paragraphs == second.article.paragraphs


@pytest.mark.parametrize(
    "prompt",
    [
        "Do you have a story to tell? Email someone.here@news.example and tell us.",
        "Got a story? Get in touch with our news team by emailing us at desk@news.example.",
        "Sign up for our daily newsletter and miss nothing.",
        "Follow News Example on Facebook and Instagram for the latest updates.",
        "Il vous reste 57.09% de cet article à lire. La suite est réservée aux abonnés.",
        "Hat Ihnen dieser Artikel gefallen? Dann unterstützen Sie uns bitte mit einer Spende.",
        "Ihre Meinung ist uns wichtig! Senden Sie uns Ihr Feedback: briefe@news.example",
        "Suivez toute l'actualité de la région sur WhatsApp et Telegram.",
        "Síguenos en Instagram para no perderte nada de lo que pasa.",
        "Theo dõi báo chúng tôi trên Zalo để cập nhật tin mới nhất.",
        "Подписывайтесь на наш канал, чтобы ничего не пропустить.",
    ],
)
def test_a_line_that_asks_the_reader_for_something_is_no_text(prompt: str):
    article = read(article_page(paragraphs=(*PARAGRAPHS[:4], prompt)))
    assert article.paragraphs == PARAGRAPHS[:4]


@pytest.mark.parametrize(
    "line",
    [
        "Do you have a story like this, the judge asked him, and the whole room fell silent for a while.",
        "Follow the money, the old reporter said, and everything else on that street will explain itself.",
        "Support for the new library grew by a third in two years, the council said in its report on Monday.",
        "Hat Ihnen dieser Abend gefallen, fragte sie, und niemand im Saal wollte darauf eine Antwort geben.",
        "Suivez le fleuve jusqu'au pont, dit-elle aux visiteurs, et vous verrez la maison sur la rive gauche.",
    ],
)
def test_a_sentence_that_only_begins_like_a_prompt_is_text(line: str):
    article = read(article_page(paragraphs=(*PARAGRAPHS[:2], line, *PARAGRAPHS[2:4])))
    assert line in article.paragraphs


def test_a_long_text_in_a_place_of_its_own_beats_the_short_one_that_is_found_first():
    lead = f"<div class='entry-content opening'><p>{PARAGRAPHS[0]} {PARAGRAPHS[1]} {PARAGRAPHS[2]}</p></div>"
    long = tuple(f"{number}. {text} {text[::-1]}" for number in range(4) for text in PARAGRAPHS)
    text = "".join(f"<p>{p}</p>" for p in long)
    body = f"<div><h1>A house that is open late</h1>{lead}<div class='entry-content text'>{text}</div></div>"
    page = f"<html><head><meta charset=utf-8><title>A house that is open late</title></head><body>{body}</body></html>"
    assert read(page.encode()).paragraphs[-len(long) :] == long


def test_the_only_paragraph_is_the_text_and_no_lead():
    head = f'<meta name="description" content="{PARAGRAPHS[0]}">'
    article = read(article_page(paragraphs=(), head=head, above=f"<div><p class='lead'>{PARAGRAPHS[0]}</p></div>"))
    assert article.paragraphs == (PARAGRAPHS[0],)
    assert article.lead is None


CHINESE = (
    "港口新图书馆星期一上午正式开放，市民排起长队。",
    "这座建筑位于九年前被烧毁的鱼市原址，规划用了四年，施工用了三年，总投资四千一百万元，其中一半来自省里，三分之一来自市里。",
    "馆长说，这里的人们下班都很晚，所以图书馆每天开放到晚上十点，周末也不休息，孩子们可以在二楼参加免费的读书活动。",
    "一楼设有可容纳二百人的大厅，到年底每个星期四都将举办音乐会，门票由社区中心统一发放，老年人和学生优先。",
)


def test_short_paragraphs_of_a_script_without_spaces_are_text():
    assert read(article_page(title="港口新图书馆开放", paragraphs=CHINESE, language="zh")).paragraphs == CHINESE


def test_a_short_chinese_article_among_lists_of_other_headlines_is_an_article():
    title = "港口新图书馆星期一开放"
    links = "".join(f"<h3><a href='/{n}'>另一条消息的标题，第{n}条，与本文无关</a></h3>" for n in range(30))
    text = "".join(f"<p>{p}</p>" for p in CHINESE)
    page = (
        f"<html lang=zh><head><meta charset=utf-8><title>{title}_港口日报</title></head><body><div class=top>{links}</div>"
        f"<div class=headline>{title}</div><div class=date>2024-05-03 10:20</div><div class=text>{text}</div><div class=more>{links}</div></body></html>"
    )
    article = read(page.encode())
    assert article.title == title
    assert article.paragraphs == CHINESE


@pytest.mark.parametrize(
    "line",
    [
        "责任编辑：王小明",
        "（责任编辑：王小明）",
        "(本文来自港口日报，更多原创资讯请下载“港口日报”APP)",
        "扫描左方二维码关注港口日报官方微信",
        "免责声明：本文仅代表作者本人观点，与港口日报无关。",
        "Follow Example News on Twitter and Facebook for the latest news updates, and get our articles sent straight to your device.",
        "Our Standards: The Example Trust Principles.",
    ],
)
def test_what_a_house_writes_under_each_of_its_texts_is_no_text(line: str):
    assert read(article_page(paragraphs=(*PARAGRAPHS, line))).paragraphs == PARAGRAPHS


def test_a_text_that_ends_with_people_who_follow_somebody_keeps_its_end():
    end = "Follow the path on the left and you come to the old fish market, where the dogs on the quay follow everybody home."
    assert read(article_page(paragraphs=(*PARAGRAPHS, end))).paragraphs == (*PARAGRAPHS, end)


def test_the_mark_that_ends_a_chinese_report_leaves_its_own_full_stop():
    assert read(article_page(paragraphs=(*CHINESE[:3], CHINESE[3] + "（完）"), language="zh")).paragraphs == CHINESE


@pytest.mark.parametrize("attribute", ["noise", "NOISE", "data-noise"])
def test_no_attribute_of_a_page_hides_its_text(attribute: str):
    page = article_page(above="<nav class=menu><a href=/a>Home</a></nav>").replace(
        b"<p>", f"<p {attribute}=''>".encode()
    )
    assert read(page).paragraphs == PARAGRAPHS
