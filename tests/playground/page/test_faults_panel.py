"""What goes wrong on purpose is switched on the page, and seen to be on."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from bot.playground.server import Playground

# the client library leaves a socket to the garbage collector when Slack hangs up during its handshake
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)
Tabs = Callable[..., Any]


def test_each_fault_the_server_lists_can_be_set_and_all_are_cleared_at_once(
    slack: Playground, tab: Tabs
) -> None:
    me = tab("dba")
    me.test("faults").click()
    panel = me.test("faults-panel")
    expect(panel.locator("[data-fault]").first).to_be_visible()
    offered = {one.get_attribute("data-fault") for one in panel.locator("[data-fault]").all()}
    assert offered == set(slack.faults.shown())
    panel.locator("[data-fault=lost_acks]").fill("2")
    panel.locator("[data-fault=lost_acks]").press("Tab")
    expect(me.test("faults-said")).to_have_text("Set.")
    panel.locator("[data-fault=methods]").fill("chat.update, chat.postMessage")
    panel.locator("[data-fault=methods]").press("Tab")
    panel.locator("[data-fault=silent]").check()
    expect(me.test("faults")).to_have_attribute("aria-label", "Faults: 2 on")
    assert slack.faults.silent
    assert slack.faults.lost_acks == 2
    assert slack.faults.methods == ("chat.update", "chat.postMessage")
    me.test("faults-clear").click()
    expect(me.test("faults-said")).to_have_text("All is well again.")
    expect(panel.locator("[data-fault=lost_acks]")).to_have_value("0")
    expect(panel.locator("[data-fault=silent]")).not_to_be_checked()
    assert (slack.faults.silent, slack.faults.lost_acks, slack.faults.methods) == (False, 0, ())
    me.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_fault_bites_its_count_runs_out_and_a_broken_line_is_mended(
    heard: list[str], slack: Playground, tab: Tabs, until: Callable[..., Any]
) -> None:
    me = tab("dba")
    me.test("faults").click()
    field = me.test("faults-panel").locator("[data-fault=lost_acks]")
    field.fill("1")
    field.press("Enter")
    expect(me.test("faults-said")).to_have_text("Set.")
    me.page.keyboard.press("Escape")
    expect(me.test("faults")).to_have_attribute("aria-label", "Faults: 1 on")
    me.say("/migrate status")
    expect(me.test("notice")).to_contain_text("dispatch failed")
    expect(me.test("faults")).to_have_attribute("aria-label", "Faults: nothing goes wrong on purpose")
    assert heard == ["status"], "the app took it; only its word about that was lost"
    me.test("faults").click()
    me.test("faults-panel").locator("[data-cut=abort]").click()
    expect(me.test("faults-said")).to_contain_text("the app has to come back by itself")
    until(lambda: slack.connections == 1)
    me.page.keyboard.press("Escape")
    me.say("/migrate again")
    expect(me.message("Try /migrate status.")).to_be_visible()
