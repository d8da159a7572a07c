"""The OpenAPI document, fuzzed with schemathesis against the real application: no answer is a bug of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from archiver.config.settings import ServeSection
from archiver.model.article import Article, Extraction, Extractor
from archiver.model.capture import Verdict
from archiver.model.run import Run
from archiver.web.app import create_app
from tests.shelf import DAY, Noon, Shelf, later

URL = "https://courier.example/a?b=1"
EXAMPLES = 8
"""Of each operation in each mode; the same ones each time."""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    made = Shelf(tmp_path_factory.mktemp("fuzzed"))
    capture = [made.keep(URL, b"<p>%d</p>" % day, at=later(days=day)) for day in range(3)][-1]
    article = Article(title="Cầu", text="Một cây cầu.", paragraphs=("Một cây cầu.",), language="vi", word_count=3)
    reading = Extraction(Verdict.ARTICLE, "", Extractor("archiver", "1"), article)
    made.catalog.articles.put(capture.record_id, reading, at=Noon().now())
    made.index.add(capture, article)
    made.keep("https://courier.example/moved", b"", status="302 Found", headers=b"Location: /a?b=1\r\n")
    made.catalog.runs.begin(Run(id="RUN1", site="courier", started_at=DAY))
    yield made
    made.close()


@pytest.mark.filterwarnings("ignore")
def test_no_answer_to_anything_that_the_document_allows_or_forbids_is_a_server_error(shelf: Shelf) -> None:
    # Without the limit on requests, which would answer in place of what is to be tried.
    config = replace(shelf.config, serve=ServeSection(requests_per_second=0, hosts=("testserver",)))
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(shelf, config=config))
    schema.validate()
    operations = [result.ok() for result in schema.get_all_operations()]
    assert {"/cdx/search/cdx", "/web/{timestamp}id_/{url}", "/api/captures", "/api/crawl", "/metrics"} <= {
        operation.path for operation in operations
    }
    asked = 0
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def fuzz(case: schemathesis.Case) -> None:
                nonlocal asked
                asked += 1
                case.call_and_validate(checks=[not_a_server_error, response_schema_conformance])

            with contextlib.suppress(Unsatisfiable):  # what takes anything cannot be asked wrongly
                fuzz()
    assert asked > EXAMPLES * len(operations)
