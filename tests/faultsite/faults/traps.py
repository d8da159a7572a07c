"""Sites without end: each page leads to new ones. After ``Limits.trap_pages`` a trap answers 410."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

from faultsite.fault import Group, page
from faultsite.outcome import Outcome, whole
from faultsite.wire import Wire

GROUP = Group("Traps")


def _trap(name: str, description: str, *, entry: str, detail: str) -> Callable[[Callable[[Wire], Sequence[str]]], None]:
    def register(links: Callable[[Wire], Sequence[str]]) -> None:
        @GROUP.fault(
            name, description, whole(detail, then=Outcome.NOT_FETCHED_LIMIT), path=f"/{name}", prefix=True, entry=entry
        )
        async def lead_on(wire: Wire) -> None:
            if wire.visit > wire.limits.trap_pages:
                await wire.reply(page("Enough"), status=410, reason="Gone")
                return
            anchors = (f'<li><a href="{link}">{link[-40:]}</a></li>' for link in links(wire))
            await wire.reply(page(f"{name} {wire.ask.target[-60:]}", "<ul>", *anchors, "</ul>"))

    return register


@_trap(
    "calendar",
    "a calendar: each day links to the next and the one before",
    entry="/calendar/2026-01-01",
    detail="A bounded number of days is captured.",
)
def calendar(wire: Wire) -> Sequence[str]:
    try:
        day = date.fromisoformat(wire.ask.path.rpartition("/")[2])
        return [f"/calendar/{day + timedelta(days=step)}" for step in (-1, 1)]
    except (ValueError, OverflowError):
        return []


@_trap(
    "calendar-query",
    "the same by a query",
    entry="/calendar-query?day=2026-01-01",
    detail="A bounded number of days is captured.",
)
def calendar_query(wire: Wire) -> Sequence[str]:
    try:
        day = date.fromisoformat(wire.ask.query.partition("day=")[2])
        return [f"/calendar-query?day={day + timedelta(days=step)}" for step in (-1, 1, 365)]
    except (ValueError, OverflowError):
        return []


@_trap(
    "deep",
    "a relative link that adds a segment: /deep/a/a/a…",
    entry="/deep/a/",
    detail="Ended by the limit of repeated segments.",
)
def deep(wire: Wire) -> Sequence[str]:
    return ["a/"]


@_trap(
    "deep-two",
    "two segments in turn: /deep-two/a/b/a/b…",
    entry="/deep-two/a/",
    detail="Ended by the limit of repeated segments.",
)
def deep_two(wire: Wire) -> Sequence[str]:
    return ["b/" if wire.ask.path.endswith("a/") else "a/"]


@_trap(
    "deep-new",
    "ever new segments: /deep-new/1/2/3…",
    entry="/deep-new/1/",
    detail="Ended by the limit of segments or of depth.",
)
def deep_new(wire: Wire) -> Sequence[str]:
    return [f"{wire.ask.path.count('/') - 1}/"]


@_trap(
    "facets",
    "a list with filters that combine",
    entry="/facets?colour=1",
    detail="Ended by the limit of a path's queries.",
)
def facets(wire: Wire) -> Sequence[str]:
    chosen = dict(parse_qsl(wire.ask.query))
    names = ("colour", "size", "brand", "price", "sort", "view", "page", "lang")
    return ["/facets?" + urlencode({**chosen, name: value}) for name in names for value in ("1", "2", "3")]


@_trap(
    "facets-shuffled",
    "the same query in every order",
    entry="/facets-shuffled?a=1&b=2&c=3",
    detail="Ended by the limit of a path's queries.",
)
def facets_shuffled(wire: Wire) -> Sequence[str]:
    pairs = parse_qsl(wire.ask.query)[:8]
    turned = [pairs[n:] + pairs[:n] for n in range(1, len(pairs))]
    return ["/facets-shuffled?" + urlencode(order) for order in turned] + [
        "/facets-shuffled?" + urlencode([*pairs, (f"k{len(pairs)}", "1")])
    ]


@_trap(
    "query-growth",
    "a query that each link makes longer",
    entry="/query-growth?x=1",
    detail="Ended by the limit of a path's queries, or by the URL's length.",
)
def query_growth(wire: Wire) -> Sequence[str]:
    return [f"/query-growth?{wire.ask.query}&x=1"]


@_trap(
    "session-path",
    "a session id in each link's path",
    entry="/session-path/s0/page",
    detail="A bounded number is captured.",
)
def session_path(wire: Wire) -> Sequence[str]:
    return [f"/session-path/s{wire.visit:06x}/{name}" for name in ("page", "about", "news")]


@_trap(
    "session-parameter",
    "a ;jsessionid= in each link",
    entry="/session-parameter;jsessionid=0?p=1",
    detail="A bounded number is captured.",
)
def session_parameter(wire: Wire) -> Sequence[str]:
    return [f"/session-parameter;jsessionid={wire.visit:032x}?p={n}" for n in (1, 2)]


@_trap("session-query", "a sid= in each link", entry="/session-query?sid=0", detail="A bounded number is captured.")
def session_query(wire: Wire) -> Sequence[str]:
    return [f"/session-query?sid={wire.visit:032x}&p={n}" for n in (1, 2)]


@_trap(
    "pagination",
    "pages of a list that has no last page",
    entry="/pagination?page=1",
    detail="A bounded number is captured.",
)
def pagination(wire: Wire) -> Sequence[str]:
    number = wire.ask.query.partition("page=")[2]
    return [f"/pagination?page={int(number) + 1}"] if number.isdigit() and len(number) < 9 else []


@_trap(
    "random-links",
    "each page links to five that never were",
    entry="/random-links/0",
    detail="A bounded number is captured.",
)
def random_links(wire: Wire) -> Sequence[str]:
    return [f"/random-links/{wire.visit * 5 + n:x}" for n in range(5)]


@_trap(
    "soft-404", "every path answers 200 with links to more", entry="/soft-404/x", detail="A bounded number is captured."
)
def soft_404(wire: Wire) -> Sequence[str]:
    return [f"/soft-404/{wire.visit}/page.html", "index.html", "index.php?id=1"]


@_trap(
    "relative-loop",
    "a relative link on a page without a final slash, taken for a folder",
    entry="/relative-loop/news",
    detail="As for repeated segments.",
)
def relative_loop(wire: Wire) -> Sequence[str]:
    return ["news/latest/news"]


@_trap(
    "case-loop",
    "links that differ in case only",
    entry="/case-loop/abcdefghijkl",
    detail="A bounded number is captured.",
)
def case_loop(wire: Wire) -> Sequence[str]:
    name = "abcdefghijkl"
    bits = wire.visit
    return [
        "/case-loop/" + "".join(c.upper() if (bits + step) >> n & 1 else c for n, c in enumerate(name))
        for step in (0, 1)
    ]
