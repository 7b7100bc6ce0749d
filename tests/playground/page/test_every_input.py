"""A form with every kind of input: filled by a person, read as Slack writes it, refused at the field."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import expect
from slack_bolt import Ack, App

from tests.playground.page import samples

# the client library leaves a socket to the garbage collector when Slack hangs up during its handshake
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)
Json = dict[str, Any]
NOON = 1_800_014_400  # 2027-01-15T12:00:00Z


class Forms:
    """Opens the form on the command, and takes what is sent; refuses a count above 3."""

    def __init__(self, app: App) -> None:
        self.values: Json = {}
        app.command("/migrate")(self.open)
        app.view("all")(self.take)

    def open(self, ack: Ack, client: Any, command: Json) -> None:
        ack()
        client.views_open(trigger_id=command["trigger_id"], view=samples.FORM)

    def take(self, ack: Ack, view: Json) -> None:
        values = {block: given["it"] for block, given in view["state"]["values"].items()}
        if int(values["count"]["value"]) > 3:
            wrong = {"count": "At most 3.", "one": "Not this one.", "day": "That day is taken."}
            ack(response_action="errors", errors=wrong)
            return
        ack()
        self.values = values


def test_each_input_is_filled_refused_at_its_field_and_read_as_slack_writes_it(
    app: App, connect: Callable[[], Any], tab: Callable[..., Any], until: Callable[..., Any]
) -> None:
    forms = Forms(app)
    connect()
    me = tab("dba")
    me.say("/migrate all")
    form = me.test("modal")
    expect(form).to_contain_text("Production is near.")
    me.test("modal-submit").click()
    expect(form.get_by_text("Please complete this required field.")).to_have_count(12)
    expect(form.get_by_label("Words")).to_be_focused()
    form.get_by_label("Words").fill("plan")
    form.get_by_label("Story").fill("one\ntwo")
    form.get_by_label("Phase", exact=True).select_option("staging")
    form.get_by_label("Phases").select_option(["staging", "production"])
    form.get_by_role("group", name="Ticks").get_by_label("Development").check()
    form.get_by_role("radiogroup", name="One").get_by_label("Production").check()
    form.get_by_label("Day").fill("2027-01-15")
    form.get_by_label("Hour").fill("08:30")
    noon = datetime.fromtimestamp(NOON).strftime("%Y-%m-%dT%H:%M")  # the browser has the same time zone
    form.get_by_label("Moment").fill(noon)
    form.get_by_label("Person").select_option(label="qa")
    form.get_by_label("Channel").select_option(label="#lounge")
    form.get_by_label("Count").fill("12")
    form.get_by_label("Page").fill("https://127.0.0.1/run")
    form.get_by_label("Mail").fill("dba@example.org")
    me.test("modal-submit").click()
    for block, words in (("count", "At most 3."), ("one", "Not this one."), ("day", "That day is taken.")):
        expect(form.locator(f"[data-block-id={block}]").get_by_test_id("error")).to_have_text(words)
    expect(form.get_by_label("Count")).to_have_attribute("aria-invalid", "true")
    expect(form.locator(":focus")).to_have_count(1)
    form.get_by_label("Count").fill("2")
    me.test("modal-submit").click()
    expect(form).to_have_count(0)
    until(lambda: forms.values)
    phases = {one["value"]: one for one in samples.PHASES}
    read = {
        name: next(one for key, one in given.items() if key != "type") for name, given in forms.values.items()
    }
    people = {
        one["name"]: one["id"] for one in me.page.request.get(f"{_root(me)}/person/state").json()["users"]
    }
    assert read == {
        "words": "plan",
        "story": "one\ntwo",
        "phase": phases["staging"],
        "phases": [phases["staging"], phases["production"]],
        "ticks": [phases["development"]],
        "one": phases["production"],
        "day": "2027-01-15",
        "hour": "08:30",
        "moment": NOON,
        "person": people["qa"],
        "channel": "C000000002",
        "count": "2",
        "page": "https://127.0.0.1/run",
        "mail": "dba@example.org",
    }


def _root(me: Any) -> str:
    return str(me.page.evaluate("location.origin"))
