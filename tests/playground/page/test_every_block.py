"""Every kind of block that a message may hold, as it is drawn, used and kept."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from playwright.sync_api import expect
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.server import Playground
from tests.playground.page import samples

# the client library leaves a socket to the garbage collector when Slack hangs up during its handshake
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)
Json = dict[str, Any]
Tabs = Callable[..., Any]


@pytest.fixture
def posted(web: WebClient, dba: Person) -> str:
    """All of them, as the app posts them: Slack's rules have let them pass. Answers the channel."""
    where = dba.channel("changes")
    for blocks in samples.MESSAGES:
        web.chat_postMessage(channel=where, text="all blocks", blocks=blocks)
    return where


def test_each_block_shows_what_it_holds(posted: str, tab: Tabs, slack: Playground) -> None:
    odd: list[Json] = [{"type": "hologram", "block_id": "h"}, {"type": "table", "rows": 5, "block_id": "t"}]
    slack.world.space.post(posted, {"user": slack.world.space.bot_user, "text": "odd", "blocks": odd})
    me = tab("dba")
    texts, data = me.message("Every block"), me.message("Migration 42")
    for words in ("Risk: high", "Down: 2 s", "plan 1a2b", "the runbook", "@here", "second", "How it went"):
        expect(texts).to_contain_text(words)
    for tag, words in (
        ("blockquote", "quoted"),
        ("ol li >> nth=0", "first"),
        ("s", "gone"),
        ("h4", "Findings"),
    ):
        expect(texts.locator(tag).first).to_have_text(words)
    expect(texts.get_by_test_id("table").locator("td").nth(1)).to_have_class("to-right")
    expect(texts.locator("img")).to_have_count(0)
    expect(texts.get_by_role("link", name="far away")).to_have_count(2)
    expect(data.get_by_test_id("plan")).to_contain_text("1 of 4")
    signs = data.get_by_test_id("plan").get_by_role("img")
    assert [one.get_attribute("aria-label") for one in signs.all()] == [
        *("complete", "in progress", "pending", "error")
    ]
    expect(data.get_by_test_id("card")).to_have_count(5)
    expect(data.locator(".carousel")).to_have_attribute("aria-label", "4 cards")
    expect(me.test("unknown-block")).to_have_text("A block of type hologram, which this page cannot draw.")
    expect(me.message("hologram")).to_contain_text("A block of type table, which is not as it should be.")


def test_a_chart_is_a_drawing_with_words_and_a_table_of_the_same_numbers(posted: str, tab: Tabs) -> None:
    me = tab("dba")
    charts = me.test("chart")
    expect(charts).to_have_count(4)
    assert [one.get_attribute("data-kind") for one in charts.all()] == ["bar", "pie", "line", "area"]
    for one in charts.all():
        assert "table" in (one.get_by_role("img").get_attribute("aria-label") or "")
        one.get_by_text("As a table").click()
    bar = charts.nth(0)
    assert bar.get_by_test_id("chart-table").inner_text().split() == [
        *("Phase", "before,", "ms", "after,", "ms", "limit,", "ms", "plan", "12.5", "3", "20"),
        *("staging", "30", "0", "20", "production", "41", "-4", "20"),
    ]
    heights = [float(one.get_attribute("height") or 0) for one in bar.locator("rect.solid[x]").all()[:9]]
    assert heights[2] / heights[0] == pytest.approx(41 / 12.5, rel=0.02)
    assert heights[5] / heights[3] == pytest.approx(4 / 3, rel=0.02), "below zero is drawn as long as above"
    below, zero = bar.locator("rect.solid[x]").nth(5), bar.locator(".zero")
    assert float(below.get_attribute("y") or 0) == pytest.approx(float(zero.get_attribute("y1") or 1))
    expect(charts.nth(1).locator("text")).to_have_text(["backfill 60 %", "index 30 %", "checks 10 %"])
    dashes = [one.get_attribute("stroke-dasharray") for one in charts.nth(2).locator("g .line").all()]
    assert len(set(dashes)) == 3, "who sees no colours tells the lines apart by their dashes"


def test_a_data_table_is_sorted_and_paged_and_stays_so_when_the_message_changes(
    posted: str, tab: Tabs, web: WebClient
) -> None:
    me = tab("dba")
    data = me.message("Migration 42")
    grid, fold = data.get_by_test_id("data-table"), data.get_by_test_id("container")
    heads = grid.locator("tbody th")
    expect(heads).to_have_text(["t1", "t2", "t3"])
    grid.get_by_role("button", name="Rows").click()
    expect(heads).to_have_text(["t3", "t6", "t1"])
    grid.get_by_role("button", name="Rows").click()
    expect(grid.locator("thead th").nth(1)).to_have_attribute("aria-sort", "descending")
    data.get_by_role("button", name="Next rows").press("Enter")
    expect(heads).to_have_text(["t4", "t1", "t6"])
    expect(data.get_by_role("button", name="Next rows")).to_be_focused()
    expect(fold.get_by_text("alter table")).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.get_by_text("alter table")).to_be_visible()
    blocks = deepcopy(samples.DATA)
    blocks[0]["tasks"][1]["status"] = "complete"
    ts = data.get_attribute("data-ts")
    sent = [{**one, "block_id": id_} for one, id_ in zip(blocks, _ids(me, data), strict=True)]
    web.chat_update(channel=posted, ts=ts, text="all blocks", blocks=sent)
    expect(data.get_by_test_id("plan")).to_contain_text("2 of 4")
    expect(heads).to_have_text(["t4", "t1", "t6"])
    expect(fold.get_by_text("alter table")).to_be_visible()
    expect(data.locator(".edited")).to_be_visible()


def _ids(me: Any, data: Any) -> list[str]:
    return [str(one.get_attribute("data-block-id")) for one in data.locator(".content > .block").all()]


def test_what_is_pressed_in_the_new_blocks_reaches_the_app(
    app: App, connect: Callable[[], Any], posted: str, tab: Tabs, until: Callable[..., Any]
) -> None:
    heard: list[str] = []

    def pressed(ack: Ack, action: Json) -> None:
        ack()
        heard.append(f"{action['action_id']} {action.get('value')}")

    for name in ("judge", "away", "card-QA"):
        app.action(name)(pressed)
    connect()
    me = tab("dba")
    me.message("Every block").get_by_role("button", name="Helpful").click()
    until(lambda: heard == ["judge yes"])
    me.message("Every block").get_by_role("button", name="Away").click()
    me.message("Migration 42").locator("[data-action-id=card-QA]").click()
    until(lambda: heard[1:] == ["away None", "card-QA 1"])


def test_pictures_stand_in_the_message_with_their_words(web: WebClient, dba: Person, tab: Tabs) -> None:
    where = dba.channel("changes")
    sent = web.files_upload_v2(channel=where, filename="shape.png", title="Shape", content=samples.png())
    address = sent["file"]["url_private"]
    web.chat_postMessage(
        channel=where,
        text="seen",
        blocks=[
            {
                "type": "image",
                "image_url": address,
                "alt_text": "a green field",
                "title": samples.plain("Field"),
            }
        ],
    )
    me = tab("qa")
    picture = me.page.get_by_role("img", name="a green field")
    expect(picture).to_be_visible()
    assert picture.evaluate("node => node.decode().then(() => node.naturalWidth)") == 60
    expect(me.message("Field").locator(".alt")).to_have_text("a green field")
    assert (
        me.test("file").locator("img").evaluate("node => node.decode().then(() => node.naturalWidth)") == 60
    )
