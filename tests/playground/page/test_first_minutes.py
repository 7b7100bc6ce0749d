"""What a newcomer meets: who they are, who else is there, what to type, and what is new."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from bot.playground.client import Person
from bot.playground.seed import CommandSeed, GroupSeed, UserSeed
from bot.playground.server import Playground

Tabs = Callable[..., Any]


@pytest.fixture
def slack(seed: Callable[..., Any]) -> Iterator[Playground]:
    people = (
        UserSeed(name="developer", title="Wants the change"),
        UserSeed(name="dba", title="Approves staging"),
        UserSeed(name="qa"),
        UserSeed(name="dev-lead"),
    )
    command = CommandSeed(
        command="/migrate",
        words=("run", "why"),
        hints=("<phase> [change] — Start a phase.", "Why it stands."),
    )
    groups = (GroupSeed(handle="dbas", users=("dba",)), GroupSeed(handle="qa", users=("qa", "dba")))
    with Playground(seed(users=people, usergroups=groups, commands=(command,))) as one:
        yield one


def test_everybody_is_explained_and_a_mention_opens_the_way_to_become_them(
    slack: Playground, tab: Tabs, dba: Person
) -> None:
    dba.say("changes", "please approve, @qa @dbas")
    me = tab("developer")
    expect(me.page.locator(".who-card")).to_contain_text("You are")
    expect(me.page.locator(".who-card")).to_contain_text("Wants the change")
    expect(me.page.locator("[data-person=dba]")).to_have_text("DBdba @dbas @qaApproves staging")
    expect(me.page.locator("[data-person=qa]")).to_contain_text("@qa")
    me.message("please approve").get_by_role("button", name="@dbas").click()
    card = me.test("people-card")
    expect(card).to_contain_text("Approves staging · @dbas @qa")
    me.test("become-dba").press("Enter")
    expect(me.page.locator("[data-person=dba]")).to_have_attribute("aria-pressed", "true")
    expect(card).to_have_count(0)
    expect(me.page.locator(".mention.mine")).to_have_text(["@dbas"])


def test_a_command_that_somebody_wrote_is_tried_by_a_click(tab: Tabs, dba: Person) -> None:
    dba.say("changes", "type `/migrate run development`, not `rm -rf` nor `/migrates`")
    me = tab("developer")
    me.message("not").get_by_text("rm -rf").click()
    me.message("not").get_by_text("/migrates").click()
    expect(me.test("composer")).to_have_value("")
    me.message("not").get_by_text("/migrate run development").click()
    expect(me.test("composer")).to_have_value("/migrate run development")
    expect(me.test("composer")).to_be_focused()


def test_a_slash_anywhere_begins_a_command_and_each_word_tells_what_follows_it(tab: Tabs) -> None:
    me = tab("developer")
    box, offers = me.test("composer"), me.test("completions").get_by_role("option")
    me.page.locator("[data-goto=changes]").focus()
    me.page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(offers).to_have_text(["/migrate"])
    box.press("Enter")
    expect(box).to_have_value("/migrate ")
    expect(offers).to_have_text(["run<phase> [change]Start a phase.", "whyWhy it stands."])
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", offers.first.get_attribute("id") or "")
    box.press("Enter")
    expect(me.test("usage")).to_have_text("/migrate run <phase> [change]: Start a phase.")
    box.press("Escape")
    box.fill("@de")
    expect(offers).to_have_text(["@developer", "@dev-lead"])
    box.fill("look at #lou")
    box.press("Tab")
    box.press_sequentially(":tad")
    box.press("Tab")
    expect(box).to_have_value("look at #lounge :tada: ")
    box.press("Enter")
    sent = me.message("look at")
    expect(sent.get_by_role("img", name="tada")).to_be_visible()
    sent.get_by_role("button", name="#lounge").click()
    expect(me.page.get_by_role("heading", level=1)).to_have_text("#lounge")


def test_what_is_new_is_counted_and_marked_and_said_to_who_listens(tab: Tabs, dba: Person) -> None:
    me = tab("developer")
    dba.say("changes", "first")
    expect(me.test("announce")).to_have_text("dba: first")
    me.page.locator("[data-goto=lounge]").click()
    dba.say("changes", "second")
    dba.say("changes", "third")
    entry = me.page.locator("[data-goto=changes]")
    expect(entry.get_by_role("img", name="2 new")).to_be_visible()
    expect(me.page).to_have_title("#lounge · developer (2)")
    entry.click()
    expect(me.test("fresh")).to_have_count(1)
    following = me.test("fresh").locator("xpath=following-sibling::*[1]")
    expect(following).to_contain_text("second")
    expect(entry.get_by_role("img")).to_have_count(0)
    me.page.locator("[data-goto=lounge]").click()
    entry.click()
    expect(me.test("fresh")).to_have_count(0)


def test_what_only_i_see_can_be_put_away_for_good(slack: Playground, tab: Tabs, dba: Person) -> None:
    space, where = slack.world.space, dba.channel("changes")
    space.whisper(dba.id, {"user": space.bot_user, "channel": where, "text": "only for you"})
    me = tab("dba")
    me.test("dismiss").click()
    expect(me.message("only for you")).to_have_count(0)
    me.page.reload()
    expect(me.test("composer")).to_be_visible()
    assert dba.messages("changes") == []


def test_an_emoji_is_found_by_name_walked_to_by_arrows_and_a_quick_one_is_one_press(
    tab: Tabs, dba: Person
) -> None:
    dba.say("changes", "please look")
    me = tab("qa")
    item = me.message("please look")
    item.hover()
    item.get_by_test_id("quick-white_check_mark").click()
    chips = item.get_by_test_id("reaction")
    expect(chips).to_have_count(1)
    item.get_by_test_id("react-more").click()
    me.test("emoji-search").fill("rock")
    me.test("emoji-search").press("Enter")
    expect(chips.nth(1)).to_have_attribute("data-name", "rocket")
    item.get_by_test_id("react-more").click()
    me.page.keyboard.press("ArrowDown")
    me.page.keyboard.press("ArrowRight")
    me.page.keyboard.press("ArrowDown")
    me.page.keyboard.press("ArrowUp")
    expect(me.page.locator(":focus")).to_have_attribute("data-name", "heavy_check_mark")
    me.page.keyboard.press("Enter")
    expect(chips.nth(2)).to_have_attribute("data-name", "heavy_check_mark")
    expect(item.get_by_test_id("react-more")).to_be_focused()


def test_messages_are_walked_by_arrows_and_what_can_be_done_to_one_is_a_tab_away(
    tab: Tabs, dba: Person, until: Callable[..., Any]
) -> None:
    for words in ("first", "second", "third"):
        dba.say("changes", words)
    me = tab("qa")
    expect(me.message("third")).to_have_attribute("tabindex", "0")
    me.message("third").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        me.page.keyboard.press(key)
    expect(me.message("second")).to_be_focused()
    expect(me.page.locator("article[tabindex='0']")).to_have_count(1)
    me.page.keyboard.press("Tab")
    expect(me.page.locator(":focus")).to_have_attribute("aria-label", "React with white check mark")
    me.page.keyboard.press("Enter")
    expect(me.message("second").get_by_test_id("reaction")).to_have_count(1)
    expect(me.page.locator(":focus")).to_have_attribute("aria-label", "React with white check mark")
    me.page.keyboard.press("Shift+Tab")
    me.page.keyboard.press("Tab")
    for _ in range(3):
        me.page.keyboard.press("Tab")
    me.page.keyboard.press("Enter")
    expect(me.test("thread-composer")).to_be_focused()


def test_light_and_dark_are_a_choice_that_is_kept(tab: Tabs) -> None:
    me = tab("dba")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert me.page.evaluate(ground) == "rgb(255, 255, 255)"
    me.page.emulate_media(color_scheme="dark")
    dark = me.page.evaluate(ground)
    assert dark == "rgb(24, 28, 30)"
    me.test("look").click()
    assert me.page.evaluate(ground) == "rgb(255, 255, 255)", "light was chosen, whatever the system has"
    me.test("look").click()
    me.page.emulate_media(color_scheme="light")
    me.page.reload()
    expect(me.test("look")).to_have_attribute("title", "Colours: dark. Change to as the system")
    assert me.page.evaluate(ground) == dark
