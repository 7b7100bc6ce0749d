"""axe-core finds nothing on the page: nothing serious, and nothing smaller either."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.server import Playground
from tests.playground.page import samples

OPTIONS = {"resultTypes": ["violations"]}


def found(me: Any, within: str | None = None) -> list[str]:
    """What axe has against the page as it stands, each with the first place."""
    answer = Axe().run(me.page, context=within, options=OPTIONS).response
    return [
        f"{one['impact']} {one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in answer["violations"]
    ]


def test_axe_has_nothing_against_the_page_light_or_dark_wide_or_narrow(
    tab: Callable[..., Any], slack: Playground, web: WebClient, dba: Person
) -> None:
    space, where = slack.world.space, dba.channel("changes")
    for blocks in samples.MESSAGES:
        web.chat_postMessage(channel=where, text="all", blocks=blocks)
    ts = dba.say("changes", "look, @qa @dbas :tada:\n> quoted\n```select 1```")["ts"]
    dba.react("changes", ts, "eyes")
    dba.say("changes", "an answer", thread_ts=ts)
    space.whisper(dba.id, {"user": space.bot_user, "channel": where, "text": "only for you"})
    me = tab("dba")
    me.test("open-thread").click()
    expect(me.test("thread")).to_contain_text("an answer")
    me.test("chart").first.get_by_text("As a table").click()
    assert found(me) == []
    me.page.emulate_media(color_scheme="dark")
    assert found(me) == []
    me.page.keyboard.press("Escape")
    me.page.set_viewport_size({"width": 390, "height": 800})
    assert found(me) == []
    me.page.get_by_role("button", name="Channels and people").click()
    assert found(me, "#sidebar") == []


def test_axe_has_nothing_against_what_opens_above_the_page(
    tab: Callable[..., Any], slack: Playground, dba: Person
) -> None:
    dba.say("changes", "look, @dbas")
    me = tab("dba")
    for scheme in ("light", "dark"):
        me.page.emulate_media(color_scheme=scheme)
        me.test("composer").fill("/")
        assert found(me, ".composer") == []
        me.test("composer").fill("")
        me.test("emoji").click()
        assert found(me, ".popover") == []
        me.page.keyboard.press("Escape")
        me.message("look").get_by_role("button", name="@dbas").click()
        assert found(me, ".popover") == []
        me.page.keyboard.press("Escape")
        me.test("faults").click()
        expect(me.test("faults-panel")).to_be_visible()
        assert found(me, "dialog") == []
        me.page.keyboard.press("Escape")
        slack.world.views.stacks[dba.id] = [{**samples.FORM, "id": "V1"}]
        me.page.reload()
        me.test("modal-submit").click()
        expect(me.test("modal").get_by_test_id("error").first).to_be_visible()
        assert found(me, "dialog") == []
        slack.world.views.stacks[dba.id] = []
        me.page.reload()
        expect(me.message("look")).to_be_visible()
