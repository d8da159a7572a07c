"""The page of schedules: what anybody sees, and that only a curator's own form changes anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from archiver.archive import Archive
from archiver.model.instant import SystemClock, rfc3339
from archiver.model.run import Outcome, Run
from archiver.model.schedule import CatchUp, Overlap, Slot, SlotState, Standing
from archiver.model.token import Role
from archiver.ops.schedule.deciding import add_schedule
from archiver.web.app import create_app
from archiver.web.messages import Speech
from archiver.web.slot_words import why
from tests.shelf import Noon, Shelf
from tests.unit.web.browsing import Browser, make_token

FORM = {"site": "vietnamplus", "cron": "*/30 * * * *", "zone": "", "overlap": "skip", "catch_up": "all"}
AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.fixture
def app(shelf: Shelf) -> Iterator[object]:
    with Archive(shelf.config, clock=Noon(), for_readers=True) as archive:
        yield create_app(archive, config=shelf.config)


@pytest.fixture
def browser(app: object) -> Browser:
    return Browser(app)


def actions(shelf: Shelf) -> list[tuple[object, object]]:
    """What the journal says was done, without signing in."""
    entries = [entry.body for entry in shelf.catalog.journal.find("audit")]
    return [(body["action"], body["outcome"]) for body in entries if body["action"] != "sign in"]


def a_schedule(shelf: Shelf) -> str:
    return add_schedule(shelf.catalog, shelf.config, "vietnamplus", cron="0 6 * * *", zone="Asia/Ho_Chi_Minh").id


def test_a_curator_adds_a_schedule_and_the_journal_says_so(shelf: Shelf, browser: Browser) -> None:
    word = browser.sign_in(make_token(shelf, Role.CURATOR))
    more = {"grace": "600", "jitter": "30", "max_time": "3600", "limit": ""}
    answer = browser.ask("POST", "/schedule", {**FORM, **more, "word": word})
    (made,) = shelf.catalog.schedules.find()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/schedule?done=added#s-{made.id}")
    assert (made.site, made.cron, made.zone) == ("vietnamplus", "*/30 * * * *", "Asia/Ho_Chi_Minh")
    assert (made.overlap, made.catch_up) == (Overlap.SKIP, CatchUp.ALL)
    assert (made.grace, made.jitter, made.max_time, made.limit) == (600, 30, 3600, None)
    (entry,) = (e.body for e in shelf.catalog.journal.find("audit") if e.body["action"] == "schedule add")
    assert entry["actor"].startswith("a curator (")
    assert entry["target"].startswith(made.id)
    shown = browser.ask("GET", "/schedule?done=added").text
    assert "The schedule was added." in shown
    assert "*/30 * * * *" in shown


@pytest.mark.parametrize("language", ["en", "vi", "fr"])
def test_what_is_wrong_is_told_at_its_field_in_the_readers_language(
    shelf: Shelf, browser: Browser, language: str
) -> None:
    word = browser.sign_in(make_token(shelf, Role.CURATOR))
    typed = {"site": "no<body>", "cron": "61 * * * *", "zone": "Mars/Olympus", "overlap": "x", "grace": "-1"}
    answer = browser.ask("POST", "/schedule", {**FORM, **typed, "word": word}, language=language)
    assert answer.status_code == 400
    speech = Speech(language)
    for key in ("site", "cron", "zone", "choice"):
        assert answer.text.count(speech(f"schedule.wrong.{key}").replace("’", "’")) == 2
    assert set(re.findall(r'id="w-(\w+)"', answer.text)) == {"site", "cron", "zone", "overlap", "grace"}
    assert 'value="61 * * * *"' in answer.text
    assert "no<body>" not in answer.text
    assert shelf.catalog.schedules.find() == []
    assert actions(shelf) == []


@pytest.mark.parametrize("path", ["/schedule", "/schedule/{id}", "/save"])
def test_nothing_is_changed_but_by_a_curators_own_form(shelf: Shelf, app: object, path: str) -> None:
    known = a_schedule(shelf)
    form = {**FORM, "do": "pause", "url": "https://courier.invalid/x"}
    target = path.replace("{id}", known)
    stranger, reader, curator = Browser(app), Browser(app), Browser(app)
    word = reader.sign_in(make_token(shelf, Role.READER))
    right = curator.sign_in(make_token(shelf, Role.CURATOR))
    assert stranger.ask("POST", target, {**form, "word": right}).status_code == 401
    assert reader.ask("POST", target, {**form, "word": word}).status_code == 403
    assert curator.ask("POST", target, form).status_code == 403
    assert curator.ask("POST", target, {**form, "word": word}).status_code == 403
    assert curator.ask("POST", target, {**form, "word": right}, origin="https://evil.example").status_code == 403
    (only,) = shelf.catalog.schedules.find()
    assert only.standing is Standing.ACTIVE
    assert actions(shelf) == []


def test_a_schedule_is_paused_resumed_run_stopped_and_removed(shelf: Shelf, browser: Browser) -> None:
    known = a_schedule(shelf)
    word = browser.sign_in(make_token(shelf, Role.CURATOR))

    def do(what: str) -> str:
        answer = browser.ask("POST", f"/schedule/{known}", {"do": what, "word": word})
        assert answer.status_code == 303
        done = re.match(r"/schedule\?done=(\w+)#s-", answer.headers["location"])
        assert done is not None
        return done[1]

    assert do("pause") == "pause"
    assert "paused" in browser.ask("GET", "/schedule").text
    assert do("resume") == "resume"
    assert do("stop") == "norun"
    assert do("run") == "run"
    (slot,) = [slot for slot in shelf.catalog.schedules.unfinished() if slot.origin.value == "hand"]
    begun = Slot(slot.schedule, slot.site, slot.planned_at, slot.due_at, SlotState.RUNNING, slot.origin, run="01RUN")
    shelf.catalog.schedules.apply([begun])
    assert 'value="stop"' in browser.ask("GET", "/schedule").text
    assert do("stop") == "stop"
    (asked,) = [slot for slot in shelf.catalog.schedules.unfinished() if slot.run == "01RUN"]
    assert asked.stop_asked_at is not None
    assert do("remove") == "remove"
    assert shelf.catalog.schedules.find() == []
    assert actions(shelf) == [
        ("schedule pause", "done"),
        ("schedule resume", "done"),
        ("schedule stop", "nothing to do"),
        ("schedule run", "done"),
        ("schedule stop", "done"),
        ("schedule remove", "done"),
    ]


def test_a_schedule_that_is_not_there_and_a_deed_that_is_none_are_refused(shelf: Shelf, browser: Browser) -> None:
    word = browser.sign_in(make_token(shelf, Role.CURATOR))
    assert browser.ask("POST", "/schedule/none", {"do": "pause", "word": word}).status_code == 404
    assert browser.ask("GET", "/schedule/none").status_code == 404
    known = a_schedule(shelf)
    assert browser.ask("GET", f"/schedule/{known}").headers["location"] == f"/schedule?schedule={known}#slots"
    assert browser.ask("POST", f"/schedule/{known}", {"do": "explode", "word": word}).status_code == 400
    assert actions(shelf) == []


def test_strangers_see_schedules_and_slots_and_no_form_that_changes(shelf: Shelf, browser: Browser) -> None:
    a_schedule(shelf)
    text = browser.ask("GET", "/schedule").text
    assert "0 6 * * *" in text
    assert "Asia/Ho_Chi_Minh" in text
    assert 'method="post"' not in text


def test_slots_are_listed_with_how_each_ended_and_paged(shelf: Shelf, browser: Browser) -> None:
    known = a_schedule(shelf)
    states = [SlotState.RAN, SlotState.LATE, SlotState.SKIPPED, SlotState.FAILED]
    slots = [
        Slot(
            known,
            "vietnamplus",
            AT - timedelta(hours=number),
            AT - timedelta(hours=number),
            states[number % 4],
            reason="missed: no service was there to start it" if number % 4 == 2 else None,
            started_at=AT - timedelta(hours=number),
            ended_at=AT - timedelta(hours=number) + timedelta(minutes=3),
        )
        for number in range(60)
    ]
    shelf.catalog.schedules.apply(slots)
    first = browser.ask("GET", f"/schedule?schedule={known}", language="vi").text
    for word in ("đã chạy", "chạy trễ", "bị bỏ qua", "bị lỗi", "không có dịch vụ nào để bắt đầu"):
        assert word in first
    assert "13:00\u00a0UTC+07" in first  # the schedule's own clock
    following = re.search(r'rel="next" href="([^"]+)#slots"', first)
    assert following is not None
    second = browser.ask("GET", following[1].replace("&amp;", "&")).text
    rows = re.findall(r'<th scope="row"><time datetime="([^"]+)"', first + second)
    assert {rfc3339(slot.planned_at) for slot in slots} <= set(rows)
    assert len(set(rows)) == len(rows)
    only = browser.ask("GET", f"/schedule?schedule={known}&state=failed").text
    assert len(re.findall(r'class="state slot-failed"', only)) == 15
    assert browser.ask("GET", "/schedule?state=lost").status_code == 400
    assert browser.ask("GET", "/schedule?before=nowhere").status_code == 400


def test_a_schedule_that_nobody_follows_is_told(shelf: Shelf, browser: Browser) -> None:
    known = a_schedule(shelf)
    assert "archiver serve" not in browser.ask("GET", "/schedule").text
    long_ago = Noon().now() - timedelta(hours=1)
    shelf.catalog.schedules.apply([Slot(known, "vietnamplus", long_ago, long_ago)])
    assert "nobody starts them" in browser.ask("GET", "/schedule").text


def test_a_run_under_way_is_stopped_from_its_own_page(shelf: Shelf, browser: Browser) -> None:
    from archiver.model.run import Run

    known = a_schedule(shelf)
    now = SystemClock().now()
    shelf.catalog.runs.begin(Run("01J00000000000000000000000", "vietnamplus", now))
    slot = Slot(known, "vietnamplus", AT, AT, SlotState.RUNNING, started_at=AT, run="01J00000000000000000000000")
    shelf.catalog.schedules.apply([slot])
    assert "Stop the run" not in browser.ask("GET", "/runs/01J00000000000000000000000").text
    browser.sign_in(make_token(shelf, Role.CURATOR))
    assert f'action="/schedule/{known}"' in browser.ask("GET", "/runs/01J00000000000000000000000").text


@pytest.mark.parametrize("language", ["en", "vi", "fr"])
def test_reasons_are_said_in_the_readers_language(language: str) -> None:
    speech = Speech(language)
    told = why("overlap: run 01ABC of the slot of 2026-11-20T06:00:00.000Z is under way", speech, zone="Asia/Tokyo")
    assert "15:00\u00a0UTC+09" in told
    assert "01ABC" not in told
    two = why("stopped by hand; stopped in good order", speech, zone="UTC")
    assert two == f"{speech('slot.why.byhand')}; {speech('slot.why.order')}"
    assert why("host gone: no route", speech, zone="UTC") == "host gone: no route"
    assert why(None, speech, zone="UTC") == ""


def test_a_failed_slot_leads_to_its_run_only_where_that_began(shelf: Shelf, browser: Browser) -> None:
    schedule = a_schedule(shelf)
    run = Run("01BEGUN", "vietnamplus", AT, AT, Outcome.FAILED)
    shelf.catalog.runs.end(run)
    for day, name in enumerate(("01BEGUN", "01NEVER")):
        at = AT + timedelta(days=day)
        slot = Slot(schedule, "vietnamplus", at, at, SlotState.FAILED, reason="the run failed", run=name)
        shelf.catalog.schedules.apply([slot])
    for page in ("/schedule", "/sites/vietnamplus"):
        for link in re.findall(r'href="(/runs/[^"?]+)"', browser.ask("GET", page).text):
            assert browser.ask("GET", link).status_code == 200
    assert 'href="/runs/01BEGUN"' in browser.ask("GET", "/schedule").text
