"""A menu that asks the app for its options: typed into, walked through by keys, read as Slack writes it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect
from slack_bolt import Ack, App
from slack_sdk import WebClient

from tests.playground.page.samples import field, option, plain

TABLES = ("orders", "order items", "customers")
FORM = {
    "type": "modal",
    "callback_id": "tables",
    "title": plain("Tables"),
    "submit": plain("Send"),
    "blocks": [
        field("table", {"type": "external_select", "min_query_length": 2}),
        field("others", {"type": "multi_external_select", "min_query_length": 0, "max_selected_items": 2}),
    ],
}
LOOSE = {"type": "external_select", "action_id": "it", "min_query_length": 1, "placeholder": plain("Table")}


class Tables:
    """Offers the tables whose names have what was typed."""

    def __init__(self, app: App, web: WebClient) -> None:
        self.asked: list[str] = []
        self.values: dict[str, Any] = {}
        self.clicked: list[str] = []
        self._web = web
        app.command("/migrate")(self.open)
        app.options("it")(self.offer)
        app.action("it")(self.chose)
        app.view("tables")(self.take)

    def open(self, ack: Ack, command: dict[str, Any]) -> None:
        ack()
        if command["text"] == "loose":
            row = [{"type": "actions", "block_id": "row", "elements": [LOOSE]}]
            self._web.chat_postMessage(channel=command["channel_id"], text="Choose", blocks=row)
            return
        self._web.views_open(trigger_id=command["trigger_id"], view=FORM)

    def offer(self, ack: Ack, payload: dict[str, Any]) -> None:
        self.asked.append(payload["value"])
        ack(options=[option(one) for one in TABLES if payload["value"] in one])

    def chose(self, ack: Ack, action: dict[str, Any]) -> None:
        ack()
        self.clicked.append(action["selected_option"]["value"])

    def take(self, ack: Ack, view: dict[str, Any]) -> None:
        ack()
        self.values = {block: given["it"] for block, given in view["state"]["values"].items()}


def test_a_form_asks_for_its_options_while_a_person_types(
    app: App,
    web: WebClient,
    connect: Callable[[], Any],
    tab: Callable[..., Any],
    until: Callable[..., Any],
) -> None:
    tables = Tables(app, web)
    connect()
    me = tab("dba")
    me.say("/migrate start")
    form = me.test("modal")
    box = form.get_by_role("combobox", name="Table")
    box.press_sequentially("o")
    expect(form.get_by_text("Type at least 2 letters.")).to_be_visible()
    box.press_sequentially("rd")
    expect(form.get_by_role("option")).to_have_text(["orders", "order items"])
    box.press("Escape")
    expect(form.get_by_role("option")).to_have_count(0)
    expect(form).to_be_visible()
    me.test("modal-submit").click()
    table = form.locator("[data-block-id=table]").first
    expect(table.get_by_test_id("error")).to_have_text("Please complete this required field.")
    expect(box).to_be_focused()
    box.fill("order")
    expect(form.get_by_role("option")).to_have_count(2)
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(form.get_by_role("option", selected=True)).to_have_text("order items")
    box.press("Enter")
    expect(box).to_have_value("order items")
    others = form.get_by_role("combobox", name="Others")
    for name in ("customers", "orders"):
        others.click()
        others.fill(name)
        form.get_by_role("option", name=name).click()
        expect(form.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    others.fill("items")
    form.get_by_role("option", name="order items").click()
    expect(form.get_by_text("At most 2 can be chosen.")).to_be_visible()
    form.get_by_role("button", name="Remove customers").click()
    me.test("modal-submit").click()
    expect(form).to_have_count(0)
    until(lambda: tables.values)
    assert tables.values["table"]["selected_option"] == option("order items")
    assert tables.values["others"]["selected_options"] == [option("orders")]
    assert "o" not in tables.asked


def test_in_a_message_the_choice_is_a_click_and_what_fits_nothing_is_said(
    app: App,
    web: WebClient,
    connect: Callable[[], Any],
    tab: Callable[..., Any],
    until: Callable[..., Any],
) -> None:
    tables = Tables(app, web)
    connect()
    me = tab("dba")
    me.say("/migrate loose")
    box = me.test("messages").get_by_role("combobox", name="Table")
    box.fill("zebra")
    expect(me.page.get_by_text("Nothing fits.")).to_be_visible()
    box.fill("cust")
    me.test("messages").get_by_role("option", name="customers").click()
    until(lambda: tables.clicked)
    assert tables.clicked == ["customers"]
