"""What every profile of a built-in site promises: it is read on its days alone, and its selectors find what they name."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from archiver.config.sites import built_in, profile_for
from archiver.extract import ExtractionTask
from archiver.extract.explain import explain
from archiver.model.site import Profile, Site

PROFILES = [
    pytest.param(site, profile, id=f"{site.name}-{profile.since or 'begin'}")
    for site in built_in().values()
    for profile in site.profiles
]
TEXT = (
    "The council of the harbour town met on Monday evening, and talked for three hours about the price of the new quay.",
    "Nobody who spoke wanted to wait until spring, but the money for the work will not be there before the summer.",
    "A report on what the old quay still bears is to be read out at the next meeting, which is in two weeks.",
)
_STEP = re.compile(
    r"(?P<tag>[a-z][a-z0-9]*)?(?P<id>#[\w-]+)?(?P<classes>(?:\.[\w-]+)*)(?P<attributes>(?:\[[^\]]+\])*)\Z"
)


def element(selector: str, inside: str) -> str:
    """HTML that the first alternative of a selector selects."""
    html = inside
    for step in reversed(selector.split(",", maxsplit=1)[0].split()):
        match = _STEP.match(step)
        assert match, selector
        tag = match["tag"] or "div"
        names = (match["classes"] or "").replace(".", " ").strip()
        attributes = [f'class="{names}"'] if names else []
        attributes += [f'id="{match["id"][1:]}"'] if match["id"] else []
        for found in re.findall(r"\[([\w-]+)(?:(\^?)=\"?([^\"\]]*)\"?)?\]", match["attributes"] or ""):
            attributes.append(f'{found[0]}="{found[2]}{"1" if found[1] else ""}"')
        html = f"<{' '.join([tag, *attributes])}>{html}</{tag}>"
    return html


def day_of(profile: Profile) -> date:
    return profile.since or (profile.until - timedelta(days=1) if profile.until else date(2026, 11, 24))


@pytest.mark.parametrize(("site", "profile"), PROFILES)
def test_a_page_of_its_template_is_read_by_it(site: Site, profile: Profile):
    assert profile.body
    article = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
    dropped = [selector for selector in profile.drop if selector not in {"script", "style", "form"}]
    boxes = "".join(
        element(selector, f"<p>Box {n} that the template puts into every text it shows.</p>")
        for n, selector in enumerate(dropped)
    )
    title = (
        element(profile.title, "A quay for the harbour town")
        if profile.title
        else "<h1>A quay for the harbour town</h1>"
    )
    lead = (
        element(profile.lead, "What the council said on Monday of the quay, and what it did not say.")
        if profile.lead
        else ""
    )
    body = element(profile.body, article + boxes)
    beside = "".join(f"<p>{line} This stands in another column.</p>" for line in TEXT * 2)
    html = f"<html><head><title>Quay</title><meta property='og:type' content='article'></head><body>{title}{lead}{body}<div>{beside}</div></body></html>"
    for host in profile.hosts:
        at = datetime.combine(day_of(profile), time(12), UTC)
        explained = explain(ExtractionTask(html.encode(), f"https://{host}/quay-123456.html", at, site=site))
        reading = explained.extraction
        assert [block.text for block in explained.blocks if block.kept and block.kind != "h1"] == list(TEXT)
        assert {block.by for block in explained.blocks if block.kept} == {"profile"}
        assert reading.settings["profile"] == f"{site.name} {profile.since or ''}..{profile.until or ''}"
        if profile.lead and reading.article:
            assert reading.article.lead == "What the council said on Monday of the quay, and what it did not say."


@pytest.mark.parametrize("site", built_in().values(), ids=lambda site: site.name)
def test_on_a_day_one_profile_of_a_host_applies(site: Site):
    turns = {day for p in site.profiles for day in (p.since, p.until) if day}
    days = {day + timedelta(days=step) for day in turns for step in (-1, 0, 1)} | {date(2010, 1, 1), date(2026, 11, 24)}
    for host in site.host_names:
        for day in days:
            fit = [
                p
                for p in site.profiles
                if host in p.hosts and (p.since or date.min) <= day and day <= (p.until or date.max)
            ]
            assert len(fit) <= 1
            assert profile_for(site, host, day) == (fit[0] if fit else None)


def test_an_old_capture_is_read_with_the_profile_of_its_time():
    site = built_in()["vietnamplus"]
    old = profile_for(site, "www.vietnamplus.vn", date(2019, 5, 1))
    new = profile_for(site, "www.vietnamplus.vn", date(2026, 5, 1))
    assert old is not None
    assert new is not None
    assert (old.title, old.until) == ("h1.details__headline", date(2023, 12, 31))
    assert new.since == date(2024, 1, 1)
