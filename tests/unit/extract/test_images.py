"""Which pictures are the article's, and at what address."""

from __future__ import annotations

import json

from archiver.extract import extract_article

from .pages import PARAGRAPHS, article_page

URL = "https://news.example/2024/05/03/a-story-1.html"
AT = "https://img.news.example"


def _images(*, head: str = "", above: str = "", below: str = "", ld: object = None) -> list[str]:
    if ld is not None:
        head += f'<script type="application/ld+json">{json.dumps(ld)}</script>'
    article = extract_article(
        article_page(head=head, above=above, below=f"{below}<p>{PARAGRAPHS[0]} Again.</p>"), url=URL
    )
    assert article is not None
    return [image.url.removeprefix(AT) for image in article.images]


def test_a_reference_in_json_ld_is_followed_to_the_picture():
    article = {"@type": "NewsArticle", "headline": "x", "image": {"@id": f"{URL}#primaryimage"}}
    picture = {"@type": "ImageObject", "@id": f"{URL}#primaryimage", "url": f"{AT}/harbour.jpg"}
    assert _images(ld={"@graph": [article, picture]}) == ["/harbour.jpg"]


def test_a_reference_that_leads_nowhere_is_no_picture():
    assert _images(ld={"@type": "NewsArticle", "image": {"@id": f"{URL}#primaryimage"}}) == []


def test_pictures_of_teasers_and_writers_are_not_the_articles():
    others = (
        f'<div class="related"><img src="{AT}/bridge.jpg"></div>'
        f'<div class="author-box"><img src="{AT}/writer-portrait.jpg"></div>'
        f'<div><a href="/2024/05/01/bridge-2.html"><img src="{AT}/teaser.jpg"> Bridge to close</a></div>'
    )
    assert _images(below=f'{others}<figure><img src="{AT}/library.jpg"></figure>') == ["/library.jpg"]


def test_a_picture_that_leads_to_itself_a_gallery_or_has_a_caption_is_the_articles():
    linked = (
        f'<a href="{AT}/library-large.jpg"><img src="{AT}/library.jpg"></a>'
        f'<a href="/photos/77"><img src="{AT}/concert-hall.jpg"></a>'
        f'<figure><a href="/elsewhere"><img src="{AT}/fish-market.jpg"></a><figcaption>The market.</figcaption></figure>'
    )
    assert _images(below=linked) == ["/library.jpg", "/concert-hall.jpg", "/fish-market.jpg"]


def test_a_wrapper_with_an_unlucky_name_does_not_hide_the_articles_pictures():
    text = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    assert _images(below=f'<div class="post tag-politics">{text}<img src="{AT}/library.jpg">{text}</div>') == [
        "/library.jpg"
    ]


def test_one_picture_in_several_sizes_is_one_and_keeps_its_caption():
    below = (
        f'<img src="{AT}/library-300x200.jpg">'
        f'<figure><img src="{AT}/library-1024x683.jpg"><figcaption>The hall.</figcaption></figure>'
    )
    assert _images(below=below) == ["/library-1024x683.jpg"]


def test_names_that_say_little_tell_pictures_by_their_path():
    assert _images(below=f'<img src="{AT}/1/a.jpg"><img src="{AT}/2/a.jpg">') == ["/1/a.jpg", "/2/a.jpg"]


def test_of_a_set_the_largest_is_taken():
    below = f'<img src="{AT}/library-s.jpg" srcset="{AT}/library-m.jpg 640w, {AT}/library-l.jpg 1280w">'
    assert _images(below=below) == ["/library-l.jpg"]


def test_the_heads_picture_is_first_where_no_figure_stands_above_the_text():
    ld = {"@type": "NewsArticle", "image": f"{AT}/front-page.jpg"}
    inside = f'<figure><img src="{AT}/library.jpg"></figure>'
    assert _images(ld=ld, below=inside) == ["/front-page.jpg", "/library.jpg"]
    above = f'<figure><img src="{AT}/harbour-wide.jpg"><figcaption>The harbour.</figcaption></figure>'
    assert _images(ld=ld, above=above, below=inside) == ["/harbour-wide.jpg", "/library.jpg"]


def test_drawings_of_the_site_are_no_pictures():
    assert _images(below=f'<img src="{AT}/send-mail.svg"><img src="{AT}/image-fallback.png">') == []
