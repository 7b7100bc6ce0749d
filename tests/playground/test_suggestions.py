"""Menus whose options the app is asked for: what it hears, what it may answer, what may then be chosen."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.playground.client import Person, Unwelcome
from bot.playground.server import Playground
from tests.playground.ear import Ear
from tests.playground.page.samples import field, option, plain

Json = dict[str, Any]
FORM = {
    "type": "modal",
    "callback_id": "tables",
    "title": plain("Tables"),
    "submit": plain("Send"),
    "blocks": [
        field("table", {"type": "external_select"}),
        field("more", {"type": "multi_external_select", "min_query_length": 0, "action_id": "others"}),
    ],
}
ORDERS, ITEMS = option("orders"), option("order items")


@pytest.fixture
def ear(slack: Playground, web: WebClient) -> Iterator[Ear]:
    one = Ear(web, slack.app_token)
    yield one
    one.close()


@pytest.fixture
def form(web: WebClient, ear: Ear, dba: Person) -> Json:
    """Opened for the dba."""
    dba.say("changes", "/migrate tables")
    trigger = ear.heard[-1]["payload"]["trigger_id"]
    shown: Json = web.views_open(trigger_id=trigger, view=FORM)["view"]
    return shown


def chosen(one: Json | None, others: list[Json]) -> Json:
    return {
        "table": {"it": {"type": "external_select", "selected_option": one}},
        "more": {"others": {"type": "multi_external_select", "selected_options": others}},
    }


def test_the_app_hears_what_was_typed_and_only_what_it_offered_can_be_sent(
    ear: Ear, form: Json, dba: Person
) -> None:
    ear.answers["interactive"] = {"options": [ORDERS, ITEMS]}
    assert dba.suggestions(form["id"], "it", "ord")["options"] == [ORDERS, ITEMS]
    asked = ear.events("block_suggestion")[-1]
    assert (asked["value"], asked["block_id"], asked["action_id"]) == ("ord", "table", "it")
    assert asked["container"] == {"type": "view", "view_id": form["id"]}
    assert not {"trigger_id", "response_url", "actions"} & set(asked)
    with pytest.raises(Unwelcome, match="not offered"):
        dba.submit(form["id"], chosen(option("customers"), [ORDERS]))
    with pytest.raises(Unwelcome, match="not offered"):
        dba.submit(form["id"], chosen(ORDERS, [ITEMS]))  # offered in the other menu only
    ear.answers["interactive"] = {"option_groups": [{"label": plain("Shop"), "options": [ITEMS]}]}
    assert dba.suggestions(form["id"], "others", "")["option_groups"][0]["options"] == [ITEMS]
    ear.answers.clear()
    dba.submit(form["id"], chosen(ORDERS, [ITEMS]))
    sent = ear.events("view_submission")[-1]["view"]["state"]["values"]
    assert sent["table"]["it"]["selected_option"] == ORDERS
    assert sent["more"]["others"]["selected_options"] == [ITEMS]


def test_fewer_letters_than_the_menu_wants_are_not_sent(ear: Ear, form: Json, dba: Person) -> None:
    assert dba.suggestions(form["id"], "it", "or")["options"] == []
    assert ear.events("block_suggestion") == []


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"options": [option("x" * 76)]},
        {"options": [ORDERS] * 101},
        {"options": [ORDERS], "option_groups": [{"label": plain("Shop"), "options": [ITEMS]}]},
    ],
    ids=["nothing", "a text too long", "too many", "both kinds"],
)
def test_an_answer_that_slack_would_not_show_is_refused(
    ear: Ear, form: Json, dba: Person, answer: Json
) -> None:
    ear.answers["interactive"] = answer
    with pytest.raises(Unwelcome, match="invalid_options"):
        dba.suggestions(form["id"], "it", "orders")


def test_that_nothing_fits_is_an_answer(ear: Ear, form: Json, dba: Person) -> None:
    ear.answers["interactive"] = {"options": []}
    assert dba.suggestions(form["id"], "it", "zebra")["options"] == []


def test_several_channels_arrive_as_they_were_chosen(web: WebClient, ear: Ear, dba: Person) -> None:
    places = [dba.channel("changes"), dba.channel("lounge")]
    blocks = [
        field("rooms", {"type": "multi_channels_select", "initial_channels": places[:1]}),
        field("talks", {"type": "multi_conversations_select"}),
    ]
    dba.say("changes", "/migrate rooms")
    trigger = ear.heard[-1]["payload"]["trigger_id"]
    view = web.views_open(trigger_id=trigger, view={**FORM, "blocks": blocks})["view"]
    dba.submit(view["id"], {"talks": {"it": {"selected_conversations": places}}})
    sent = ear.events("view_submission")[-1]["view"]["state"]["values"]
    assert sent["rooms"]["it"]["selected_channels"] == places[:1]
    assert sent["talks"]["it"]["selected_conversations"] == places
