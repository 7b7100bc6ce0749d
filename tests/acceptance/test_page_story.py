"""A newcomer at the page: every word of Whimbrel by clicking and typing, before real databases.

One story, for each part rests on the one before: a plan is approved, run, paused, taken back, run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from bot.core.targets import ENVIRONMENTS, Kind, Phase, Secret, Target
from bot.databases.postgresql import PostgreSQL
from bot.demo.world import World
from bot.playground.client import Person
from tests.acceptance.page import A_PHASE, Tab, chromium

# the client library leaves a socket to the garbage collector when Slack hangs up during its handshake
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)


#: These are the words around the environments; what comes before them has tests of its own.
ENVIRONMENTS_ALONE = "\nphases: [development, staging, production]\ntemplate: none\n"


@pytest.fixture
def world() -> Iterator[World]:
    with World(settings={"fsync": "off"}, more=ENVIRONMENTS_ALONE) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def tab(world: World, browser: Browser) -> Iterator[Tab]:
    """The page as the developer; at the end nothing may have complained or come from elsewhere."""
    wrong: list[str] = []
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith(world.slack.url) else wrong.append(one.url))
    yield Tab.open(page, f"{world.slack.url}/#as={Person(world.slack.url, 'developer').id}")
    page.context.close()
    assert wrong == []


def revision(world: World, phase: Phase) -> str:
    """Where the shop's database stands, asked of the database itself."""
    url = Secret(world.url("shop", phase))
    target = Target(id=f"shop/{phase}", phase=phase, kind=Kind.POSTGRESQL, url=url, place="")
    return PostgreSQL().answer(target, "SELECT version_num FROM alembic_version")


@contextmanager
def in_use(world: World, phase: Phase) -> Iterator[None]:
    """Somebody reads the orders of a phase's database: a run there cannot end before they are done."""
    with psycopg.connect(world.url("shop", phase)) as link:
        link.execute("LOCK TABLE orders IN ACCESS SHARE MODE")
        yield
        link.rollback()


def test_a_change_is_carried_from_the_first_word_to_production_at_the_page(world: World, tab: Tab) -> None:
    words_are_found(tab)
    a_form_opens_the_change(tab)
    those_who_may_not_are_refused(tab)
    roles_approve_by_reaction(tab)
    an_approval_waits_at_home(tab)
    a_rejection_gives_its_reason(tab)
    questions_are_answered(tab)
    a_second_change_waits_for_the_first(world, tab)
    assert [revision(world, phase) for phase in ENVIRONMENTS] == ["0012", "0001", "0001"]
    staging_starts_at_its_time(tab)
    production_pauses_and_goes_on(world, tab)
    assert revision(world, Phase.PRODUCTION) == "0012"
    production_is_taken_back(tab)
    assert revision(world, Phase.PRODUCTION) == "0001"
    a_run_is_stopped_and_run_again(world, tab)
    assert [revision(world, phase) for phase in ENVIRONMENTS] == ["0012", "0012", "0012"]


def words_are_found(tab: Tab) -> None:
    box, offers = tab.test("composer"), tab.test("completions").get_by_role("option")
    box.press_sequentially("/")
    expect(offers).to_have_count(1)
    box.press("Tab")
    expect(box).to_have_value("/migrate ")
    expect(offers.first).to_contain_text("Open a change")
    box.press_sequentially("sta")
    expect(offers).to_contain_text(["start", "status"])
    box.press("ArrowDown")
    box.press("Tab")
    expect(box).to_have_value("/migrate status ")
    box.fill("")
    tab.ask("strat shop", "There is no word strat", "Did you mean /migrate start shop?")
    tab.ask("start shoop", "There is no project shoop", "Did you mean /migrate start shop?")
    tab.ask("help", *(f"/migrate {word}" for word in ("start", "rollback", "unschedule", "why")))
    tab.ask("help run", "/migrate run <phase> [change]", "every role of the phase has approved")
    tab.ask("status", "No change is under way in this channel.", "/migrate start")


def a_form_opens_the_change(tab: Tab) -> None:
    tab.type("/migrate start")
    form = tab.test("modal")
    form.get_by_label("Project").select_option("shop")
    form.get_by_label("Up to revision").fill("0012")
    tab.test("modal-submit").click()
    expect(form).to_have_count(0)
    tab.shows(1, "Development waits for the approval of dev-lead.", "Next: /migrate approve 1")
    tab.shows(1, "Risk: High", "300,000", "Production · 11 revisions", "⬜ product-owner")
    thread = tab.thread(1)
    expect(thread).to_contain_text("The plan of change 1")
    expect(thread).to_contain_text("@dev-leads")
    expect(thread.get_by_test_id("file")).to_contain_text("ALTER TABLE orders ADD COLUMN")


def those_who_may_not_are_refused(tab: Tab) -> None:
    role = "You do not hold the role dev-lead, dba, qa, sre or product-owner"
    tab.become("guest")
    tab.told(lambda: tab.press(tab.live(1), "Approve"), role)
    tab.told(lambda: tab.react(1), role)
    tab.ask("run development 1", "Only dba, dev-lead, product-owner, qa or sre may run development.")
    tab.become("developer").ask("approve 1", "You opened this change")
    tab.told(lambda: tab.react(1), "You opened this change")


def roles_approve_by_reaction(tab: Tab) -> None:
    tab.become("dev-lead").react(1).shows(1, "✅ dev-lead", "Nothing stands in the way of development")
    tab.become("dba").pick(1, "+1").shows(1, "✅ dba")
    tab.react(1, "+1").shows(1, "⬜ dba")
    expect(tab.thread(1)).to_contain_text("dba took the approval for dba back: it is missing again.")
    tab.channel().react(1).shows(1, "✅ dba")


def an_approval_waits_at_home(tab: Tab) -> None:
    home = tab.become("qa").home()
    expect(home).to_contain_text("Your approval as qa")
    tab.press(home, "Approve").channel().shows(1, "✅ qa")
    expect(tab.become("security").home()).to_contain_text("Nothing waits for you.")
    tab.become("sre").react(1).shows(1, "✅ sre")


def a_rejection_gives_its_reason(tab: Tab) -> None:
    tab.become("product-owner").press(tab.live(1), "Reject…")
    tab.test("modal").get_by_label("Why?").fill("Not before *the sale* ends, ask <!channel>")
    tab.told(tab.test("modal-submit").click, "product-owner rejected change 1")
    tab.shows(1, "⛔ product-owner (product-owner: Not before ∗the sale∗ ends, ask <!channel>)")
    expect(tab.live(1).locator(".mention")).to_have_count(0)
    tab.told(lambda: tab.press(tab.live(1), "Approve"), "product-owner approved change 1")
    tab.shows(1, "✅ product-owner (product-owner)")
    expect(tab.live(1).get_by_role("button", name="Approve")).to_have_count(0)


def questions_are_answered(tab: Tab) -> None:
    tab.become("sre")
    tab.ask("status 1", "Nothing stands in the way of development", "✅ qa: approved by qa")
    tab.ask("why", "Nothing stands in the way of development", "So it is since", "/migrate run development 1")
    tab.ask("list", "Change 1: Orders know their channel, and sales are counted by day (shop)")
    tab.ask("plan 1", "Nothing has changed since it was posted.", "plan-1.sql holds the SQL.")
    expect(tab.thread(1).get_by_test_id("file")).to_have_count(2)
    after = "Production comes after development and staging, which have not passed yet."
    tab.ask("run production 1", after, "/migrate run development 1")


def a_second_change_waits_for_the_first(world: World, tab: Tab) -> None:
    tab.become("developer").ask("start shop to 0013", "developer opened change 2")
    tab.become("dev-lead").shows(2, "⬜ dev-lead").react(2).shows(2, "✅ dev-lead")
    with in_use(world, Phase.DEVELOPMENT):
        tab.press(tab.live(1), "Run development", sure="Change 1 runs on shop/development (development) now.")
        tab.shows(1, "Development is running").ask("pause 1", "dev-lead")
    tab.shows(1, "Development is paused between two steps", "Next: /migrate resume 1 or /migrate abort 1")
    tab.press(tab.live(2), "Run development", sure="shop/development")
    tab.shows(2, "Development waits: change 1 holds the same database.", "/migrate why 1")
    tab.press(tab.live(2), "Abort", sure="Stops after the step under way.")
    tab.shows(2, "stopped by a person before it began")
    tab.press(tab.live(2), "End the change", sure="Ends the change before production.")
    tab.shows(2, "Change 2 was ended before production.")
    tab.press(tab.live(1), "Resume").shows(1, "Development · done in", within=A_PHASE)
    expect(tab.thread(1)).to_contain_text("Development is done")
    expect(tab.thread(1)).to_contain_text("Apply 0002: When an order was shipped")


def staging_starts_at_its_time(tab: Tab) -> None:
    tab.become("developer")
    tab.ask("schedule staging yesterday #1", "I cannot tell when yesterday is.", "tomorrow 22:00")
    tab.ask("schedule staging in 20 minutes #1", "developer set staging of change 1 for today")
    tab.shows(1, "Staging starts by itself at", "Next: /migrate unschedule 1")
    tab.told(lambda: tab.press(tab.live(1), "Unschedule"), "dropped the date of staging")
    tab.shows(1, "Nothing stands in the way of staging")
    tab.ask("schedule staging in 2 s #1", "developer set staging of change 1")
    tab.shows(1, "Staging · done in", within=A_PHASE)


def production_pauses_and_goes_on(world: World, tab: Tab) -> None:
    tab.become("sre")
    with in_use(world, Phase.PRODUCTION):
        tab.press(tab.live(1), "Run production", sure="shop/production (production)")
        tab.shows(1, "Production is running")
        tab.told(lambda: tab.press(tab.live(1), "Pause"), "sre asked production")
    tab.shows(1, "Production is paused between two steps")
    tab.ask("status 1", "Production is paused between two steps", "Next: /migrate resume 1")
    tab.press(tab.live(1), "Resume").shows(1, "of 11 revisions")
    tab.shows(1, "Change 1 is done: production has it.", within=A_PHASE)
    expect(tab.test("messages")).to_contain_text("Change 1 is in production")


def production_is_taken_back(tab: Tab) -> None:
    tab.told(lambda: tab.press(tab.live(1), "Take production back…"), "the thread of change 1")
    question, sure = "Reverse 11 revisions", "Data that they added may be lost."
    tab.become("qa").thread(1)
    tab.press(tab.test("thread"), question, sure=sure)
    expect(tab.test("thread")).to_contain_text("Only dba, product-owner or sre may take production back.")
    tab.become("dba").thread(1)
    tab.press(tab.test("thread"), question, sure=sure)
    tab.channel().shows(1, "Production · taken back in", "Production was taken back.", within=A_PHASE)


def a_run_is_stopped_and_run_again(world: World, tab: Tab) -> None:
    with in_use(world, Phase.PRODUCTION):
        tab.press(tab.live(1), "Run production", sure="shop/production").shows(1, "Production is running")
        tab.told(lambda: tab.press(tab.live(1), "Abort", sure="What is applied by then stays"))
    tab.shows(1, "Production was stopped by a person.", "Next: /migrate run production 1", within=A_PHASE)
    tab.ask("why 1", "Production was stopped by a person.")
    tab.press(tab.live(1), "Run production", sure="shop/production")
    tab.shows(1, "Change 1 is done: production has it.", within=A_PHASE)
    tab.ask("list", "No change is under way.")
    tab.ask("list all", "Change 2 was ended before production.", "Change 1 is done")
