"""``/api/coverage``: what a site's own sources listed, what is held, and why the rest is not."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from archiver.errors import UsageError
from archiver.ops.coverage import site_named
from archiver.web.api.lists import answer, list_of
from archiver.web.api.schemas import ref
from archiver.web.coverage import calendar, one_day
from archiver.web.operation import Operation, Parameter, asked
from archiver.web.state import state_of

MOST_URLS = 5_000
"""URLs of one answer; of a longer span each day is asked for by itself."""
_PARAMETERS = (
    Parameter("site", "the site's name", required=True),
    Parameter(
        "day",
        "this day alone (YYYY-MM-DD, in the site's zone), always with its URLs; of a span with many URLs `urls` is null",
    ),
    Parameter("from", "from this day on"),
    Parameter("to", "up to and with this day"),
)


def coverage(request: Request) -> Response:
    """Days with their URLs; of more than ``MOST_URLS`` the counts alone."""
    given = asked(request, _PARAMETERS)
    state = state_of(request)
    catalog = state.office.catalog
    site = site_named(given["site"], config=state.config, catalog=catalog)
    day = _day("day", given["day"])
    if day is not None:
        return answer([one_day(catalog, site, day).as_json()])
    first, last = _day("from", given["from"]), _day("to", given["to"])
    if first is not None and last is not None and first > last:
        raise UsageError(f"from: {first} comes after {last}")
    days = calendar(catalog, site, first=first, last=last)
    if sum(each.listed for each in days) > MOST_URLS:
        return answer([{**each.as_json(), "urls": None} for each in days])
    return answer([one_day(catalog, site, each.day).as_json() for each in days])


def _day(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"{name}: not a day (YYYY-MM-DD): {text!r:.40}") from error


COVERAGE: tuple[Operation, ...] = (
    Operation(
        "/api/coverage",
        "Per day: what the site's sources listed, what is held, and why the rest is not",
        coverage,
        parameters=_PARAMETERS,
        returns={"application/json": list_of(ref("DayCoverage"))},
        tag="lists",
    ),
)
