"""Hostile pages through the worker processes: each gets its verdict, a worker that does not come back is replaced, and the next page is read."""

from __future__ import annotations

import time

import pytest

from archiver.extract.pool import ExtractionPool, ExtractionTask
from archiver.model.capture import Verdict

from .hard import HARD
from .pages import PARAGRAPHS, article_page

URL = "https://news.example/a-story-1.html"
LONG = 300.0
"""Seconds to wait for one future, however busy the machine is."""


class _Slow(ExtractionTask):
    """A page on which the extractor computes for ever, as a pattern that backtracks does: no signal and no lock ends it."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        return (sum, (range(10**18),))


@pytest.fixture(scope="module")
def pool():
    with ExtractionPool(2, 120.0) as running:
        yield running


def test_every_hard_page_gets_a_verdict_from_the_workers_and_good_pages_between_them_are_read(pool):
    hard, good = {}, []
    for name, html in HARD.items():
        hard[name] = pool.submit(ExtractionTask(html, URL))
        good.append(pool.submit(ExtractionTask(article_page(), URL)))
    for name, future in hard.items():
        extraction = future.result(LONG)
        assert extraction.reason, name
        assert (extraction.article is None) == (extraction.verdict is not Verdict.ARTICLE), name
    for future in good:
        article = future.result(LONG).article
        assert article is not None
        assert article.paragraphs == PARAGRAPHS


@pytest.mark.parametrize(
    ("name", "html", "verdicts"),
    [
        ("20 MB of paragraphs", b"<p>short words in a row here</p>" * 640_000, {Verdict.ERROR}),
        ("20 MB of one word", b"word " * 4_000_000, {Verdict.ERROR}),
        ("20 MB of zeros", bytes(20_000_000), {Verdict.EMPTY, Verdict.ERROR}),
        ("10,000 nested elements", HARD["nested divs"], {Verdict.EMPTY, Verdict.INDEX, Verdict.ERROR}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_too_much_is_said_to_be_and_never_called_an_article(pool, name, html, verdicts):
    extraction = pool.submit(ExtractionTask(html, URL)).result(LONG)
    assert extraction.verdict in verdicts, (name, extraction.reason)
    assert extraction.article is None
    assert extraction.reason


def test_nul_bytes_in_the_middle_cost_the_article_nothing(pool):
    html = article_page().replace(b"burned down", b"burned\0 down")
    article = pool.submit(ExtractionTask(html, URL)).result(LONG).article
    assert article is not None
    assert len(article.paragraphs) == len(PARAGRAPHS)


def test_a_page_of_two_encodings_is_read_in_both(pool):
    lines = tuple(
        f"Numéro {n} : l’été à Huê fut très chaud, « déjà » disait-on, et la forêt brûlait près du fleuve."
        for n in range(6)
    )
    html = article_page(title="L’été à Huê fut très chaud", paragraphs=lines, language="fr")
    for line in lines[2:4]:
        html = html.replace(line.encode(), line.encode("cp1252"))
    article = pool.submit(ExtractionTask(html, URL)).result(LONG).article
    assert article is not None
    assert article.paragraphs == lines


def test_a_worker_that_computes_for_ever_is_stopped_and_replaced():
    with ExtractionPool(1, 3.0) as pool:
        begun = time.monotonic()
        slow = pool.submit(_Slow(b"", URL))
        after = [pool.submit(ExtractionTask(article_page(), URL, status=404)) for _ in range(2)]
        extraction = slow.result(LONG)
        assert time.monotonic() - begun >= 3.0
        assert extraction.verdict is Verdict.ERROR
        assert "not done within 3 seconds" in extraction.reason
        assert [future.result(LONG).reason for future in after] == [after[0].result().reason] * 2
        assert "404" in after[0].result().reason
