"""`python -m tests.pictures.take FOLDER`: the README's pictures of the page, taken as the story is told.

The pictures of files (`locks.png`, `tables.png`) are drawn by `python -m bot.slack.gallery pictures FOLDER`.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from bot.demo.story import Cast, looked_at, second_change
from bot.demo.world import World
from bot.playground.client import Person
from tests.acceptance.page import A_PHASE, Tab, chromium

WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 800}


def take(folder: Path) -> None:
    """Tell the story as far as the pictures need it."""
    with World(settings={"fsync": "off"}) as world, chromium() as browser:
        cast = Cast(world)
        here = f"{world.slack.url}/#as={Person(world.slack.url, 'dba').id}"
        tab = Tab.open(browser.new_context(viewport=WIDE).new_page(), here)
        measured(cast, tab, folder)
        waiting(tab, folder)
        carried(cast, tab, folder)
        second_change(cast)
        tab.channel().shows(2, "taken back", within=A_PHASE)
        seen(tab, 2, folder / "taken-back.png")
        phone = Tab.open(browser.new_context(viewport=PHONE).new_page(), here)
        seen(phone, 1, folder / "phone.png")


def measured(cast: Cast, tab: Tab, folder: Path) -> None:
    """A plan that was rehearsed, and what its thread holds."""
    cast.says("developer", "start shop to 0012")
    looked_at(cast, 1)
    for name in ("dev-lead", "qa"):
        tab.become(name).react(1).shows(1, f"✅ {name}")
    tab.become("dba")
    seen(tab, 1, folder / "plan.png")
    thread = tab.thread(1)
    words = thread.get_by_test_id("message").filter(has_text="Test is done").last
    words.evaluate("message => message.scrollIntoView({block: 'start'})")
    settled(tab.page, folder / "measured.png")
    tab.channel()


def waiting(tab: Tab, folder: Path) -> None:
    """What waits for a person, and the words that are offered."""
    expect(tab.home()).to_contain_text("Your approval as dba")
    settled(tab.page, folder / "home.png")
    box = tab.channel().test("composer")
    box.press_sequentially("/migrate s")
    expect(tab.test("completions")).to_be_visible()
    settled(tab.page, folder / "completion.png")
    box.press("Escape")
    box.fill("")


def carried(cast: Cast, tab: Tab, folder: Path) -> None:
    """Production under way."""
    for name in ("dba", "sre", "product-owner"):
        tab.become(name).react(1).shows(1, f"✅ {name}")
    for phase in ("development", "staging"):
        cast.says("dba", f"run {phase} 1")
        cast.until(1, f"(?i){phase} is done")
    cast.says("security", "tick 82-83 Grants are those of the plan. #1")
    tab.become("dba")
    cast.says("sre", "run production 1")
    expect(tab.live(1)).to_contain_text(re.compile(r"\b[3-9] of 11 revisions"), timeout=A_PHASE)
    seen(tab, 1, folder / "running.png")
    tab.shows(1, "Change 1 is done", within=A_PHASE)


def seen(tab: Tab, change: int, file: Path) -> None:
    """The channel with the head of a change's message at its top."""
    tab.live(change).evaluate("message => message.scrollIntoView({block: 'start'})")
    settled(tab.page, file)


def settled(page: Page, file: Path) -> None:
    """The page, when its pictures are there and nothing moves."""
    page.wait_for_timeout(400)
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
