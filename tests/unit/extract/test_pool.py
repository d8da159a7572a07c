from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time

import pytest

from archiver.extract.pool import ExtractionPool, ExtractionTask
from archiver.model.capture import Verdict

from .pages import article_page

URL = "https://news.example/a-story-1.html"


class _Stuck(ExtractionTask):
    """A job whose unpickling never ends: what a pathological page would do to a worker."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        return (time.sleep, (3600.0,))


class _Deadly(ExtractionTask):
    """A job that takes its worker with it."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        return (os._exit, (9,))


@pytest.fixture(scope="module")
def pool():
    with ExtractionPool(1, 20.0) as running:
        yield running


def test_a_worker_reads_an_article(pool):
    extraction = pool.submit(ExtractionTask(article_page(), URL)).result(60)
    assert extraction.verdict is Verdict.ARTICLE
    assert extraction.article is not None
    assert extraction.article.title == "Harbour town opens its new library"


def test_results_come_to_the_jobs_they_belong_to(pool):
    pages = {f"https://news.example/{n}": article_page(title=f"Headline number {n} of the day") for n in range(8)}
    futures = {url: pool.submit(ExtractionTask(html, url)) for url, html in pages.items()}
    for number, url in enumerate(pages):
        article = futures[url].result(60).article
        assert article is not None
        assert article.title == f"Headline number {number} of the day"


def test_a_status_is_handed_through(pool):
    assert pool.submit(ExtractionTask(article_page(), URL, status=404)).result(60).verdict is Verdict.ERROR


def test_a_worker_that_overruns_is_killed_and_its_job_says_so_and_the_next_job_is_done():
    with ExtractionPool(1, 2.0) as pool:
        stuck = pool.submit(_Stuck(b"", URL))
        after = pool.submit(ExtractionTask(article_page(), URL))
        extraction = stuck.result(60)
        assert extraction.verdict is Verdict.ERROR
        assert "2 seconds" in extraction.reason
        assert extraction.article is None
        assert after.result(60).verdict is Verdict.ARTICLE


def test_a_worker_that_dies_is_replaced_and_its_job_says_so():
    with ExtractionPool(1, 20.0) as pool:
        dead = pool.submit(_Deadly(b"", URL))
        after = pool.submit(ExtractionTask(article_page(), URL))
        extraction = dead.result(60)
        assert extraction.verdict is Verdict.ERROR
        assert "died" in extraction.reason
        assert after.result(60).verdict is Verdict.ARTICLE


def test_closing_finishes_what_was_submitted_and_leaves_no_process():
    pool = ExtractionPool(1, 20.0)
    future = pool.submit(ExtractionTask(article_page(), URL))
    pool.close()
    assert future.done()
    assert future.result().verdict is Verdict.ARTICLE
    names = [process.name for process in multiprocessing.active_children()]
    with pytest.raises(RuntimeError):
        pool.submit(ExtractionTask(b"", URL))
    pool.close()
    assert names.count("archiver-extract") <= 1  # the module's own pool


def test_a_pool_without_workers_or_time_is_refused():
    for workers, timeout in ((0, 1.0), (1, 0.0)):
        with pytest.raises(ValueError, match="worker"):
            ExtractionPool(workers, timeout)


def test_the_parent_loads_neither_trafilatura_nor_the_language_model():
    code = (
        "import sys\n"
        "from archiver.extract import ExtractionPool, ExtractionTask\n"
        "from archiver.model.capture import Verdict\n"
        "if __name__ == '__main__':\n"
        "    with ExtractionPool(1, 30.0) as pool:\n"
        f"        done = pool.submit(ExtractionTask({article_page()!r}, {URL!r})).result(90)\n"
        "    assert done.verdict is Verdict.ARTICLE, done\n"
        "    print([name for name in ('trafilatura', 'py3langid', 'scrapy', 'boto3', 'twisted') if name in sys.modules])\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout.strip() == "[]", ended.stderr


def test_workers_outlive_an_interrupt_that_reaches_the_whole_group():
    code = (
        "import os, signal, sys, threading\n"
        "from archiver.extract import ExtractionPool, ExtractionTask\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, lambda *a: None)\n"
        "    with ExtractionPool(1, 30.0) as pool:\n"
        f"        job = ExtractionTask({article_page()!r}, {URL!r})\n"
        "        pool.submit(job).result(90)\n"
        "        os.killpg(os.getpgid(0), signal.SIGINT)\n"
        "        print(pool.submit(job).result(90).verdict.value)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=180, check=False, start_new_session=True
    )
    assert ended.stdout.strip() == "article", ended.stderr
