"""What a person may do to their own words and to places: offered where the server can do it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from bot.playground.client import Person
from bot.playground.server import Playground


def test_only_what_the_server_can_do_is_offered_and_it_is_done(
    tab: Callable[..., Any], slack: Playground, dba: Person
) -> None:
    dba.say("changes", "a <b> for @qa")
    Person(slack.url, "qa").say("changes", "mine")
    deeds = set(dba.state()["deeds"])
    me = tab("dba")
    for words, own in (("a <b> for", True), ("mine", False)):
        me.message(words).hover()
        for deed in ("edit", "delete"):
            offered = me.message(words).get_by_test_id(f"{deed}-own")
            expect(offered).to_have_count(int(own and deed in deeds))
    if "edit" in deeds:
        me.message("a <b> for").hover()
        me.message("a <b> for").get_by_test_id("edit-own").click()
        expect(me.test("edit-box")).to_have_value("a <b> for @qa")
        me.test("edit-box").fill("a <i> & @qa in #lounge")
        me.test("edit-box").press("Enter")
        expect(me.message("a <i> & @qa in #lounge")).to_contain_text("(edited)")
        expect(me.test("edit")).to_have_count(0)
    if "delete" in deeds:
        me.message("@qa").hover()
        me.message("@qa").get_by_test_id("delete-own").click()
        me.test("confirm-yes").click()
        expect(me.message("@qa")).to_have_count(0)
    other = tab("qa")
    slack.world.space.channel_named("lounge").members.remove(Person(slack.url, "qa").id)
    other.page.reload()
    other.page.locator("[data-goto=lounge]").click()
    expect(other.test("composer")).to_be_disabled()
    expect(other.test("join")).to_have_count(int("join" in deeds))
    if "join" in deeds:
        other.test("join").click()
        expect(other.test("composer")).to_be_enabled()
