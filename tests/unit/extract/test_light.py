from __future__ import annotations

import subprocess
import sys

from .pages import article_page

HEAVY = ("scrapy", "twisted", "boto3", "botocore", "sqlalchemy", "warcio")


def test_extracting_loads_neither_scrapy_nor_boto3():
    code = (
        "import sys\n"
        "from archiver.extract import extract_article\n"
        f"article = extract_article({article_page()!r}, url='https://news.example/a')\n"
        "assert article.title == 'Harbour town opens its new library'\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.stdout.strip() == "[]", ended.stderr
