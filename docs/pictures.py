# ruff: noqa: INP001, S603, T201  a script of the docs
"""Take the pictures of docs/web.md: a model archive is made, served, and looked at in Chromium.

python docs/pictures.py [--demo DIR] [--month DIR] [--out DIR]

``--demo`` and ``--month`` keep the two archives for the next time: the model newspaper of one day (`archiver demo`), and fourteen
days of the simulation, which has a schedule and a history. Needs an installed Chromium; takes some minutes.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
ARCHIVER = (sys.executable, "-m", "archiver")
DAYS = 14
WIDTH, HEIGHT = 1200, 860
MOST_BYTES = 150_000
COPY = "https://www.vietnam.vn/fr/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au"
AFTER_THE_OUTAGE = "2026-04-03T12:00:00Z z"
"""A place in the slots of the simulation that shows all that can become of one."""
SCHEDULES = (("vietnamplus", "*/30 * * * *"), ("vietnam.vn", "15 */3 * * *"), ("bbc", "0 6 * * 1-5"))
COUNTING = ".empty a[href*='coverage']"
"""Shown where figures are still being counted."""


@dataclass(frozen=True)
class Picture:
    """One picture: of which archive, which page, in which language; from an element on, where one is named."""

    name: str
    archive: str
    target: str
    language: str
    width: int = WIDTH
    height: int = HEIGHT
    scheme: str = "light"
    curator: bool = False
    start: str = ""


PAGES = (
    Picture("home", "demo", "/", "en-GB", curator=True),
    Picture("search", "demo", f"/search?q={quote('sécurité')}", "fr-FR"),
    Picture("article", "demo", "ARTICLE", "vi-VN", height=720),
    Picture("snapshot", "demo", f"/web/{COPY}", "en-GB", height=520),
    Picture("site", "month", "/sites/model", "vi-VN", start="#coverage", height=1000),
    Picture("coverage", "month", "DAY", "fr-FR"),
    Picture("schedule", "demo", "/schedule", "en-GB", curator=True, height=1000),
    Picture(
        "slots",
        "month",
        f"/schedule?before={quote(AFTER_THE_OUTAGE)}",
        "vi-VN",
        scheme="dark",
        start="#slots",
        height=700,
    ),
    Picture("phone", "demo", "/", "fr-FR", width=380, height=760, scheme="dark"),
)


def main() -> int:
    """Take them all; exit code 1 when one is too large."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--demo", type=Path)
    parser.add_argument("--month", type=Path)
    parser.add_argument("--out", type=Path, default=PICTURES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="archiver-pictures-") as scratch:
        homes = {
            "demo": _demo(options.demo or Path(scratch) / "demo"),
            "month": _month(options.month or Path(scratch) / "month"),
        }
        options.out.mkdir(parents=True, exist_ok=True)
        sizes = [size for name, home in homes.items() for size in _take(name, home, options.out)]
    return 1 if any(size > MOST_BYTES for size in sizes) else 0


def _demo(home: Path) -> Path:
    if not (home / "catalog.sqlite3").exists():
        subprocess.run([*ARCHIVER, "demo", "--archive", str(home)], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    if not _said("schedule", "list", "--json", "--archive", str(home)):
        for site, cron in SCHEDULES:
            _said("schedule", "add", site, "--cron", cron, "--jitter", "60", "--archive", str(home))
        _said("schedule", "pause", SCHEDULES[-1][0], "--archive", str(home))
    return home


def _said(*arguments: str) -> str:
    """What a command says."""
    return subprocess.run([*ARCHIVER, *arguments], check=True, capture_output=True, text=True, cwd=ROOT).stdout


def _month(folder: Path) -> Path:
    home = folder / "product"
    if not home.exists():
        command = [sys.executable, "-m", "tests.simulation.month", "--days", str(DAYS), "--only", "product"]
        # Its exit code tells whether thirty days' targets were met, which does not matter here.
        subprocess.run([*command, "--keep", str(folder)], check=False, stdout=subprocess.DEVNULL, cwd=ROOT)
    return home


def _take(name: str, home: Path, out: Path) -> Iterator[int]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium is installed")
    with _serving(home) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for picture in PAGES:
            if picture.archive == name:
                path = out / f"{picture.name}.png"
                _picture(browser, address, home, picture, path)
                print(f"{path.name}: {path.stat().st_size:,} bytes", file=sys.stderr)
                yield path.stat().st_size
        browser.close()


@contextmanager
def _serving(home: Path) -> Iterator[str]:
    command = [*ARCHIVER, "serve", "--archive", str(home), "--port", "0", "--no-schedule"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stderr is not None
        address = re.search(r"http://[^ ]+", process.stderr.readline())
        if address is None:
            raise SystemExit(f"{home} could not be served")
        yield address[0]
    finally:
        process.terminate()
        process.wait()


def _picture(browser: Any, address: str, home: Path, picture: Picture, path: Path) -> None:
    context = browser.new_context(
        locale=picture.language,
        color_scheme=picture.scheme,
        viewport={"width": picture.width, "height": picture.height},
    )
    page = context.new_page()
    page.set_default_timeout(120_000)
    if picture.curator:
        _sign_in(page, address, home)
    target = (
        {"ARTICLE": _article, "DAY": _day}[picture.target](page, address)
        if "/" not in picture.target
        else picture.target
    )
    page.goto(address + target, wait_until="networkidle")
    while page.locator(COUNTING).count():
        page.goto(address + target)  # figures that are being counted
    if picture.start:
        page.locator(picture.start).first.evaluate("element => element.scrollIntoView({behavior: 'instant'})")
    page.screenshot(path=str(path), animations="disabled")
    context.close()


def _sign_in(page: Any, address: str, home: Path) -> None:
    said = _said("token", "add", "curator", "--role", "curator", "--archive", str(home))
    token = re.search(r"arc_\S+", said)
    assert token is not None
    page.goto(f"{address}/sign-in")
    page.fill("#token", token[0])
    with page.expect_navigation(wait_until="load"):
        page.locator("form[action='/sign-in'] button").click()


def _article(page: Any, address: str) -> str:
    """An article in Vietnamese."""
    page.goto(f"{address}/search?language=vi&q={quote('tàu')}")
    return str(page.locator(".hits h2 a").first.get_attribute("href"))


def _day(page: Any, address: str) -> str:
    """A day on which something is missing, else any."""
    page.goto(f"{address}/sites/model")
    while page.locator(COUNTING).count():
        page.goto(f"{address}/sites/model")
    short = page.locator("td.short a")
    found = short if short.count() else page.locator("a[href*='/coverage/']")
    return str(found.first.get_attribute("href"))


if __name__ == "__main__":
    sys.exit(main())
