"""A captured page is read with what the site's own sources said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import archives
from exchanges import exchange

from archiver.catalog import ArticleFilter, Listing
from archiver.fetch.run.session import RunSession
from archiver.model.run import Outcome

TEXT = (
    "<p>The keeper of the lighthouse said that the lamp was lit again before dawn, and eleven boats came home.</p>" * 6
)
PAGE = (
    f"<html lang=en><head><meta property=og:type content=article></head><body><article>{TEXT}</article></body></html>"
)


def test_a_run_reads_a_page_with_title_and_date_of_the_feed_that_named_it(tmp_path: Path) -> None:
    kept = archives.Kept(archives.Config(home=tmp_path), archives.SteppingClock())
    session = RunSession.open(kept.config, kept.site("town"), clock=kept.clock)
    now = kept.clock.now()
    url, published = (
        "https://town.example/lamp-1.html",
        datetime.fromtimestamp(int(now.timestamp()), UTC) - timedelta(hours=2),
    )
    feed = "https://town.example/feed"
    session.catalog.listings.add(
        [Listing("town", "example,town)/lamp-1.html", url, now, feed, True, published, "The lamp burns again")]
    )
    made = exchange(url, response=b"", at=kept.clock.now())
    made.response.append(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + PAGE.encode())
    session.commit(made).result(30)
    session.close(Outcome.FINISHED)
    with kept.catalog() as catalog:
        ((_, extraction),) = catalog.articles.find(ArticleFilter(site="town"))
    assert extraction.article is not None
    assert (extraction.article.title, extraction.article.published_at) == ("The lamp burns again", published)
    assert extraction.article.provenance["published_at"].origin == "feed"
