"""The addresses of the pages for people."""

from __future__ import annotations

from starlette.routing import Route

from archiver.web.article_page import article
from archiver.web.coverage_page import coverage_day
from archiver.web.home_page import home
from archiver.web.pages import set_language
from archiver.web.runs_page import run, runs
from archiver.web.save_page import ask, saving, send
from archiver.web.schedule_page import add, change, one, schedule
from archiver.web.search_page import search
from archiver.web.site_page import site
from archiver.web.url_page import held

PEOPLE = [
    Route("/", home),
    Route("/search", search),
    Route("/held", held),
    Route("/article/{rest:path}", article),
    Route("/sites/{name}", site),
    Route("/sites/{name}/coverage/{day}", coverage_day),
    Route("/schedule", schedule, methods=["GET"]),
    Route("/schedule", add, methods=["POST"]),
    Route("/schedule/{id}", one, methods=["GET"]),
    Route("/schedule/{id}", change, methods=["POST"]),
    Route("/save", ask, methods=["GET"]),
    Route("/save", send, methods=["POST"]),
    Route("/save/{id}", saving, methods=["GET"]),
    Route("/runs", runs),
    Route("/runs/{id}", run),
    Route("/language", set_language),
]
