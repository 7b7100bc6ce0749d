"""The app's shortcuts are chosen by hand: beside the message box, and from a message."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.seed import ShortcutSeed
from bot.playground.server import Playground
from tests.playground.page.samples import plain
from tests.playground.stage import small_seed

SHORTCUTS = (
    ShortcutSeed(callback_id="new", name="New change", description="Opens a form"),
    ShortcutSeed(callback_id="about", name="About this message", type="message"),
)
FORM = {
    "type": "modal",
    "title": plain("New change"),
    "blocks": [{"type": "section", "text": plain("Which one?")}],
}


@pytest.fixture
def slack(request: pytest.FixtureRequest) -> Iterator[Playground]:
    with Playground(small_seed(shortcuts=getattr(request, "param", SHORTCUTS))) as one:
        yield one


def test_a_shortcut_is_chosen_beside_the_box_and_opens_its_form(
    app: App, connect: Callable[[], Any], tab: Callable[..., Any], web: WebClient
) -> None:
    @app.shortcut("new")
    def new(ack: Ack, shortcut: dict[str, Any]) -> None:
        ack()
        web.views_open(trigger_id=shortcut["trigger_id"], view=FORM)

    connect()
    me = tab("dba")
    me.test("shortcuts").focus()
    me.page.keyboard.press("Enter")
    menu = me.test("popover")
    expect(menu.get_by_role("menuitem")).to_have_text("New changeOpens a form")
    expect(menu.get_by_role("menuitem")).to_be_focused()
    me.page.keyboard.press("Enter")
    expect(menu).to_have_count(0)
    expect(me.test("modal")).to_contain_text("Which one?")


def test_a_message_has_the_shortcuts_that_are_about_messages(
    app: App, connect: Callable[[], Any], tab: Callable[..., Any], dba: Person, until: Callable[..., Any]
) -> None:
    heard: list[str] = []

    @app.shortcut("about")
    def about(ack: Ack, shortcut: dict[str, Any]) -> None:
        ack()
        heard.append(shortcut["message"]["text"])

    connect()
    dba.say("changes", "is this slow?")
    me = tab("qa")
    me.message("is this slow?").hover()
    me.message("is this slow?").get_by_test_id("message-shortcuts").click()
    me.test("popover").get_by_role("menuitem", name="About this message").click()
    until(lambda: heard)
    assert heard == ["is this slow?"]


@pytest.mark.parametrize("slack", [()], indirect=True)
def test_where_the_app_has_none_no_menu_is_offered(tab: Callable[..., Any], dba: Person) -> None:
    dba.say("changes", "hello")
    me = tab("dba")
    me.message("hello").hover()
    expect(me.message("hello").get_by_test_id("reply")).to_be_visible()
    for name in ("shortcuts", "message-shortcuts"):
        expect(me.test(name)).to_have_count(0)


def test_a_shortcut_that_nobody_answers_says_so(slack: Playground, tab: Callable[..., Any]) -> None:
    me = tab("dba")
    me.test("shortcuts").click()
    me.test("popover").get_by_role("menuitem").click()
    expect(me.page.get_by_text("This shortcut failed: dispatch failed")).to_be_visible()
