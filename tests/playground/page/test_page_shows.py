"""What the page makes of messages, on any screen, and when Slack goes away."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.seed import ChannelSeed, Seed, UserSeed
from bot.playground.server import Playground

# the client library leaves a socket to the garbage collector when Slack hangs up during its handshake
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)
Tabs = Callable[..., Any]
Until = Callable[..., Any]


def test_text_from_outside_stays_text(tab: Tabs, web: WebClient, dba: Person) -> None:
    evil = "<script>document.title='x'</script><img src=x onerror=document.title='x'>"
    dba.say("changes", f"typed {evil}")
    held = "held &lt;!channel&gt; &amp;lt; <javascript:document.title='x'|press>"
    where = dba.channel("changes")
    web.chat_postMessage(channel=where, text=held, attachments=[{"color": "url(http://x)", "text": "bar"}])
    shown = {"type": "rich_text_section", "elements": [{"type": "text", "text": evil}]}
    picture = {"type": "image", "image_url": "http://127.0.0.2/x.png", "alt_text": "far away"}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": evil}},
        {"type": "rich_text", "elements": [shown]},
        picture,
    ]
    web.chat_postMessage(channel=where, text=evil, blocks=blocks)
    me = tab("qa")
    expect(me.message("typed")).to_contain_text(f"typed {evil}")
    expect(me.message("held")).to_contain_text("held <!channel> &lt; <javascript:document.title='x'|press>")
    expect(me.message("held").locator("a, .mention")).to_have_count(0)
    expect(me.message("far away").locator("h3")).to_have_text(evil)
    expect(me.message("far away").locator("img")).to_have_count(0)
    assert me.page.title().startswith("#changes")


def test_marks_mentions_links_dates_and_emoji_are_drawn(tab: Tabs, web: WebClient, dba: Person) -> None:
    text = (
        f"*b* _i_ ~s~ `c*d*` snake_case_name <@{dba.id}> <http://127.0.0.1/a?b=1&amp;c=2|run> <!here> "
        "<!date^0^{nothing}|then> :tada: :no_such:\n&gt; quoted\n```x < y\n  z```"
    )
    web.chat_postMessage(channel=dba.channel("changes"), text=text)
    found = tab("dba").message("snake_case_name").locator(".text")
    for tag, words in (("strong", "b"), ("em", "i"), ("s", "s"), ("blockquote", "quoted"), ("a", "run")):
        expect(found.locator(tag)).to_have_text(words)
    expect(found.locator("a")).to_have_attribute("href", "http://127.0.0.1/a?b=1&c=2")
    expect(found.locator(".mention.mine")).to_have_text(["@dba", "@here"])
    expect(found.locator("code").first).to_have_text("c*d*")
    assert found.locator("pre").inner_text() == "x < y\n  z"
    expect(found.locator("time")).to_have_text("{nothing}")
    expect(found.get_by_role("img", name="tada")).to_have_text("🎉")
    expect(found).to_contain_text(":no_such:")


def test_a_message_edited_under_the_fingers_keeps_the_focus_and_a_deleted_one_goes(
    tab: Tabs, web: WebClient, dba: Person, card: list[Any]
) -> None:
    where = dba.channel("changes")
    ts = web.chat_postMessage(channel=where, text="Change 42", blocks=card)["ts"]
    me = tab("dba")
    button = me.message("Change 42").locator("[data-action-id=stop]")
    button.focus()
    changed = [{"type": "header", "text": {"type": "plain_text", "text": "Change 43"}}, *card[1:]]
    web.chat_update(channel=where, ts=ts, text="Change 43", blocks=changed)
    expect(me.message("Change 43")).to_be_visible()
    expect(me.message("Change 43").locator("[data-action-id=stop]")).to_be_focused()
    web.chat_delete(channel=where, ts=ts)
    expect(me.test("message")).to_have_count(0)


def test_a_narrow_screen_has_everything_and_never_scrolls_sideways(
    tab: Tabs, web: WebClient, dba: Person, card: list[Any]
) -> None:
    web.chat_postMessage(channel=dba.channel("changes"), text="Change 42", blocks=card)
    web.files_upload_v2(channel=dba.channel("changes"), filename="a.sql", content="select " + "x" * 400)
    me = tab("dba", width=390)
    expect(me.test("file").locator("pre")).to_contain_text("select x")
    expect(me.page.locator("[data-goto=lounge]")).not_to_be_in_viewport()
    me.page.get_by_role("button", name="Channels and people").click()
    me.page.locator("[data-goto=lounge]").click()
    expect(me.page.get_by_role("heading", level=1)).to_have_text("#lounge")
    expect(me.page.locator("[data-goto=lounge]")).not_to_be_in_viewport()
    me.page.go_back()
    expect(me.message("Change 42")).to_be_visible()
    expect(me.page.locator("#me")).to_have_text("dba")
    assert me.page.evaluate("document.getElementById('scroll').scrollWidth") <= 390
    assert me.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_comes_back_by_itself_when_slack_was_away(browser: Browser) -> None:
    seed = Seed(
        users=(UserSeed(name="dba", id="U0DBA"),), channels=(ChannelSeed(name="changes", id="C0CHANGES"),)
    )
    context = browser.new_context()
    page = context.new_page()
    with Playground(seed) as first:
        page.goto(first.url)
        expect(page.get_by_test_id("composer")).to_be_visible()
    expect(page.get_by_test_id("live")).to_contain_text("Not connected")
    with Playground(seed, port=first.port) as second:
        expect(page.get_by_test_id("live")).to_be_empty(timeout=15_000)
        Person(second.url, "dba").say("changes", "back again")
        expect(page.get_by_test_id("messages").get_by_text("back again")).to_be_visible()
        context.close()
