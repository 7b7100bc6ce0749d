"""A long channel: the newest is shown at once, the rest without a hitch. Prints what it measured."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.server import Playground
from tests.playground.page import samples

MANY = 2000
SHOWN = 4.0  # seconds until the newest is shown; some 0.3 on an idle machine
LIVE = 0.2  # seconds from the app's call to the page, for most of them
FRAME = 0.5  # seconds the longest frame may take while scrolling; some 0.05 on an idle machine

SCROLL = """async () => {
  const box = document.getElementById('scroll');
  const frames = [];
  let last = performance.now();
  for (let n = 0; n < 90; n++) {
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
    box.scrollTop = n === 45 ? 0 : box.scrollTop + (n < 45 ? -900 : 900);
  }
  frames.sort((one, other) => one - other);
  return { longest: frames.at(-1) / 1000, middle: frames[45] / 1000 };
}"""
WATCH = """() => {
  window.arrived = {};
  new MutationObserver(() => {
    const last = [...document.querySelectorAll('#messages .message')].at(-1);
    window.arrived[last.dataset.ts] ??= Date.now() / 1000;
  }).observe(document.getElementById('messages'), { childList: true });
}"""


def fill(slack: Playground, where: str) -> None:
    """Two people and the app talk; each tenth message is made of blocks."""
    space = slack.world.space
    people = list(space.users)
    blocks = [{**one, "block_id": f"b{n}"} for n, one in enumerate([*samples.TEXTS[:3], samples.PLAN])]
    for n in range(MANY):
        made: dict[str, Any] = {
            "user": people[n % 3],
            "text": f"message *{n}* on `orders`, <@{people[0]}> :tada:",
        }
        space.post(where, {**made, "blocks": blocks} if n % 10 == 0 else made)


def test_two_thousand_messages_are_shown_scrolled_and_added_to_without_a_hitch(
    tab: Callable[..., Any], slack: Playground, web: WebClient, dba: Person
) -> None:
    where = dba.channel("changes")
    fill(slack, where)
    me = tab("dba")
    expect(me.message(f"message {MANY - 1}")).to_be_in_viewport()
    shown = me.page.evaluate("performance.now()") / 1000
    me.page.wait_for_function(f"document.querySelectorAll('#messages .message').length === {MANY}")
    whole = me.page.evaluate("performance.now()") / 1000
    expect(me.message(f"message {MANY - 1}")).to_be_in_viewport()
    frames = me.page.evaluate(SCROLL)
    me.page.evaluate("document.getElementById('scroll').scrollTop = 1e9")
    me.page.evaluate(WATCH)
    sent: dict[str, float] = {}
    for n in range(15):
        at = time.time()
        sent[web.chat_postMessage(channel=where, text=f"new {n}")["ts"]] = at
        expect(me.message(f"new {n}")).to_have_count(1)
    arrived = me.page.evaluate("window.arrived")
    waits = sorted(arrived[ts] - at for ts, at in sent.items())
    told = {
        "the newest is shown after": shown,
        "all are drawn after": whole,
        "the longest frame while scrolling": frames["longest"],
        "the middle frame": frames["middle"],
        "a new message is on the page after": waits[7],
        "at most after": waits[-1],
    }
    print(f"\n{MANY} messages:", "; ".join(f"{what} {1000 * took:.0f} ms" for what, took in told.items()))
    assert shown < SHOWN
    assert frames["longest"] < FRAME
    assert waits[10] < LIVE


def test_who_reads_what_was_said_earlier_is_not_moved(
    tab: Callable[..., Any], slack: Playground, web: WebClient, dba: Person
) -> None:
    where = dba.channel("changes")
    fill(slack, where)
    me = tab("dba")
    expect(me.message(f"message {MANY - 1}")).to_be_in_viewport()
    me.message("message 1951").scroll_into_view_if_needed()
    me.page.wait_for_function(f"document.querySelectorAll('#messages .message').length === {MANY}")
    expect(me.message("message 1951")).to_be_in_viewport()
    dba.say("changes", "something of mine")
    web.chat_postMessage(channel=where, text="and of the app")
    expect(me.page.locator("#newer")).to_be_visible()
    expect(me.message("message 1951")).to_be_in_viewport()
    me.page.locator("#newer").click()
    expect(me.message("and of the app")).to_be_in_viewport()
    early = dba.messages("changes")[11]["ts"]
    me.page.evaluate("([where, ts]) => { location.hash = `in=${where}&at=${ts}`; }", [where, early])
    linked = me.page.locator(f"[data-testid=message][data-ts='{early}']")
    expect(linked).to_be_in_viewport()
    expect(linked).to_contain_text("message 11")
