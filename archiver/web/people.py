"""The addresses of the pages for people."""

from __future__ import annotations

from starlette.routing import Route

from archiver.web.article_page import article
from archiver.web.home_page import home
from archiver.web.pages import set_language
from archiver.web.runs_page import run, runs
from archiver.web.search_page import search
from archiver.web.site_page import site
from archiver.web.url_page import held

PEOPLE = [
    Route("/", home),
    Route("/search", search),
    Route("/held", held),
    Route("/article/{rest:path}", article),
    Route("/sites/{name}", site),
    Route("/runs", runs),
    Route("/runs/{id}", run),
    Route("/language", set_language),
]
