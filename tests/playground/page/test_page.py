"""A person at the page, before a real Bolt app: typing, pressing, filling in, reacting."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.server import Playground

# the client library leaves a socket to the garbage collector when Slack hangs up during its handshake
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)
Tabs = Callable[..., Any]
Until = Callable[..., Any]


def test_a_command_is_completed_by_keyboard_and_answered_to_one_person_only(
    heard: list[str], tab: Tabs
) -> None:
    me, other = tab("dba"), tab("qa")
    box = me.test("composer")
    box.press_sequentially("/mi")
    offers = me.test("completions").get_by_role("option")
    expect(offers).to_have_count(1)
    box.press("Tab")
    expect(box).to_have_value("/migrate ")
    expect(offers).to_have_text(["start", "status"])
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("/migrate status ")
    box.press("Escape")
    box.fill("/migrate what")
    box.press("Enter")
    expect(me.message("Only visible to you")).to_contain_text("Try /migrate status.")
    other.say("hello")
    expect(me.message("hello")).to_be_visible()
    expect(other.message("Try /migrate")).to_have_count(0)
    assert heard == ["what"]


def test_a_failed_command_is_said_in_a_line_and_the_words_are_not_lost(tab: Tabs, slack: Playground) -> None:
    slack.faults.set(lost_acks=1)
    me = tab("dba")
    me.say("/migrate status")
    expect(me.test("notice")).to_have_count(1)
    expect(me.test("notice")).to_contain_text("/migrate failed: dispatch failed")
    expect(me.test("composer")).to_have_value("/migrate status")


def test_a_button_with_confirm_asks_first_and_the_answer_opens_as_a_thread(
    heard: list[str], tab: Tabs, until: Until
) -> None:
    me = tab("dev-lead")
    me.say("/migrate status")
    card = me.message("Change 42")
    expect(card.get_by_test_id("plan")).to_contain_text("1 of 2")
    expect(card.locator("[data-task-id='1']")).to_have_attribute("data-status", "complete")
    button = card.locator("[data-action-id=stop]")
    button.click()
    expect(me.test("confirm")).to_contain_text("It is half done.")
    me.test("confirm-no").click()
    expect(me.test("confirm")).to_have_count(0)
    assert heard == ["status"]
    button.focus()
    me.page.keyboard.press("Enter")
    me.test("confirm-yes").click()
    card.get_by_test_id("open-thread").click()
    thread = me.test("thread-messages")
    expect(thread).to_contain_text("Stopped.")
    me.test("thread-composer").fill("thank you")
    me.test("thread-composer").press("Enter")
    expect(thread).to_contain_text("thank you")
    expect(card.get_by_test_id("open-thread")).to_contain_text("2 replies")
    expect(me.message("thank you")).to_have_count(0)
    me.page.keyboard.press("Escape")
    expect(me.test("thread")).to_be_hidden()
    expect(card).to_be_focused()
    assert heard == ["status", "dev-lead: stop 42"]


def test_a_choice_from_a_list_and_from_the_overflow_menu_reach_the_app(
    heard: list[str], tab: Tabs, until: Until
) -> None:
    me = tab("dba")
    me.say("/migrate status")
    card = me.message("Change 42")
    card.locator("[data-action-id=pick]").select_option("production")
    until(lambda: "pick production" in heard)
    card.locator("[data-action-id=more]").click()
    me.page.get_by_role("menuitem", name="staging").click()
    until(lambda: "more staging" in heard)
    expect(me.test("popover")).to_have_count(0)


def test_a_modal_tells_each_mistake_at_its_field_keeps_what_was_typed_and_then_goes(
    heard: list[str], tab: Tabs, until: Until
) -> None:
    me = tab("dba")
    me.say("/migrate start")
    modal = me.test("modal")
    title = modal.get_by_label("Title")
    error = modal.locator("[data-block-id=title]").get_by_test_id("error")
    expect(title).to_be_focused()
    expect(modal.get_by_label("Why")).to_have_value("slow")
    modal.get_by_test_id("modal-submit").click()
    expect(error).to_have_text("Please complete this required field.")
    title.fill("short")
    modal.get_by_label("Where").select_option("production")
    title.press("Enter")
    expect(error).to_have_text("Six letters at least.")
    expect(title).to_have_attribute("aria-invalid", "true")
    expect(title).to_have_value("short")
    modal.get_by_role("radio", name="staging").check()
    title.fill("loyalty points")
    modal.get_by_test_id("modal-submit").click()
    expect(modal).to_have_count(0)
    assert heard == ["start", "started loyalty points | slow | production | staging"]
    me.say("/migrate start")
    expect(modal).to_be_visible()
    me.page.keyboard.press("Escape")
    expect(modal).to_have_count(0)
    until(lambda: heard[-1] == "closed")


def test_a_reaction_is_added_told_with_names_and_taken_back(
    heard: list[str],
    connect: Callable[[], Any],
    tab: Tabs,
    until: Until,
    dba: Person,
) -> None:
    ts = dba.say("changes", "please look")["ts"]
    me, other = tab("qa"), tab("dba")
    item = me.page.locator(f"[data-ts='{ts}'][data-testid=message]")
    item.hover()
    item.get_by_test_id("react").click()
    me.test("popover").locator("[data-name=white_check_mark]").click()
    chip = item.get_by_test_id("reaction")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(other.message("please look").get_by_test_id("reaction")).to_have_attribute(
        "title", "qa reacted with :white_check_mark:"
    )
    other.message("please look").get_by_test_id("reaction").click()
    expect(chip).to_contain_text("2")
    chip.click()
    expect(chip).to_contain_text("1")
    expect(chip).to_have_attribute("aria-pressed", "false")
    until(
        lambda: (
            heard.count("reaction_added white_check_mark") == 2 and heard[-1].startswith("reaction_removed")
        )
    )


def test_who_i_am_is_switched_and_kept_in_the_address(heard: list[str], tab: Tabs, slack: Playground) -> None:
    me = tab("dba")
    expect(me.page.locator("[data-goto=vault]")).to_be_visible()
    me.page.locator("[data-person=qa]").click()
    expect(me.page.locator("[data-person=qa]")).to_have_attribute("aria-pressed", "true")
    expect(me.page.locator("[data-goto=vault]")).to_have_count(0)
    me.say("it is me")
    expect(me.message("it is me").locator("strong.who")).to_have_text("qa")
    me.page.reload()
    expect(me.test("who-am-i")).to_have_value(Person(slack.url, "qa").id)
    me.test("who-am-i").select_option(label="dev-lead")
    expect(me.page.locator("[data-person=dev-lead]")).to_have_attribute("aria-pressed", "true")
    me.test("go-home").click()
    expect(me.test("home")).to_contain_text("Nothing waits for you.")


def test_what_was_typed_into_a_modal_survives_its_update(
    heard: list[str], tab: Tabs, web: WebClient, dba: Person, until: Until
) -> None:
    me = tab("dba")
    me.say("/migrate start")
    title = me.test("modal").get_by_label("Title")
    title.press_sequentially("loyal")
    shown = dba.modals()[-1]
    fresh = {key: shown[key] for key in ("type", "callback_id", "submit", "blocks", "private_metadata")}
    fresh["title"] = {"type": "plain_text", "text": "Start it now"}
    web.views_update(view_id=shown["id"], view=fresh)
    expect(me.test("modal").get_by_role("heading")).to_have_text("Start it now")
    expect(title).to_be_focused()
    title.press_sequentially("ty")
    expect(title).to_have_value("loyalty")
    me.test("modal").get_by_role("radio", name="production").check()
    me.test("modal-submit").click()
    until(lambda: heard[-1] == "started loyalty | slow | staging | production")
