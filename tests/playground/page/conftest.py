"""A real browser, and a small Bolt app for it to talk to."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.server import Playground

Json = dict[str, Any]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
)


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def entry(block: str, label: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block,
        "label": plain(label),
        "element": {"action_id": "it", **element},
        **more,
    }


PLACES = [{"text": plain(one), "value": one} for one in ("staging", "production")]
FORM = {
    "type": "modal",
    "callback_id": "start",
    "title": plain("Start a change"),
    "submit": plain("Start"),
    "notify_on_close": True,
    "blocks": [
        entry("title", "Title", {"type": "plain_text_input"}),
        entry(
            "why",
            "Why",
            {"type": "plain_text_input", "multiline": True, "initial_value": "slow"},
            optional=True,
        ),
        entry("where", "Where", {"type": "static_select", "options": PLACES, "initial_option": PLACES[0]}),
        entry("how", "How", {"type": "radio_buttons", "options": PLACES}, optional=True),
    ],
}
STOP = {
    "type": "button",
    "action_id": "stop",
    "style": "danger",
    "value": "stop 42",
    "text": plain("Stop"),
    "confirm": {
        "title": plain("Stop it?"),
        "text": {"type": "mrkdwn", "text": "It is *half* done."},
        "confirm": plain("Stop it"),
        "deny": plain("Go on"),
    },
}
CHOICE = {"type": "static_select", "action_id": "pick", "placeholder": plain("Set it for"), "options": PLACES}
OVERFLOW = {"type": "overflow", "action_id": "more", "options": PLACES}
CARD: list[Json] = [
    {"type": "header", "text": plain("Change 42")},
    {
        "type": "plan",
        "title": "Phases",
        "tasks": [
            {"task_id": "1", "title": "Staging", "status": "complete"},
            {"task_id": "2", "title": "Production", "status": "pending"},
        ],
    },
    {"type": "actions", "block_id": "row", "elements": [STOP, CHOICE, OVERFLOW]},
]


class SmallApp:
    """What the app does, and what it heard."""

    def __init__(self, app: App, web: WebClient) -> None:
        self.heard: list[str] = []
        self._web = web
        app.command("/migrate")(self.migrate)
        app.view("start")(self.started)
        app.view_closed("start")(self.closed)
        app.action("stop")(self.stop)
        for name in ("pick", "more"):
            app.action(name)(self.chose)
        for name in ("reaction_added", "reaction_removed"):
            app.event(name)(self.reacted)
        app.event("message")(lambda: None)
        app.event("app_home_opened")(self.home)

    def migrate(self, ack: Ack, respond: Respond, command: Json) -> None:
        ack()
        self.heard.append(command["text"])
        if command["text"] == "start":
            self._web.views_open(trigger_id=command["trigger_id"], view=FORM)
        elif command["text"] == "status":
            self._web.chat_postMessage(channel=command["channel_id"], text="Change 42", blocks=CARD)
        else:
            respond("Try `/migrate status`.")

    def started(self, ack: Ack, view: Json) -> None:
        values = {block: given["it"] for block, given in view["state"]["values"].items()}
        title = values["title"]["value"]
        if len(title) < 6:
            ack(response_action="errors", errors={"title": "Six letters at least."})
            return
        ack()
        where, how = (values[one]["selected_option"]["value"] for one in ("where", "how"))
        self.heard.append(f"started {title} | {values['why']['value']} | {where} | {how}")

    def closed(self, ack: Ack) -> None:
        ack()
        self.heard.append("closed")

    def stop(self, ack: Ack, action: Json, body: Json) -> None:
        ack()
        self.heard.append(f"{body['user']['username']}: {action['value']}")
        where, ts = body["channel"]["id"], body["message"]["ts"]
        self._web.chat_postMessage(channel=where, thread_ts=ts, text="Stopped.")

    def chose(self, ack: Ack, action: Json) -> None:
        ack()
        self.heard.append(f"{action['action_id']} {action['selected_option']['value']}")

    def reacted(self, event: Json) -> None:
        self.heard.append(f"{event['type']} {event['reaction']}")

    def home(self, event: Json) -> None:
        blocks = [{"type": "section", "text": plain("Nothing waits for you.")}]
        self._web.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


class Tab:
    """One open page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def test(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def say(self, text: str) -> None:
        self.test("composer").fill(text)
        self.test("composer").press("Enter")

    def message(self, text: str) -> Locator:
        return self.test("messages").get_by_test_id("message").filter(has_text=text)


@pytest.fixture
def heard(app: App, web: WebClient, connect: Callable[[], Any]) -> list[str]:
    """The small app is connected; this is what it hears."""
    small = SmallApp(app, web)
    connect()
    return small.heard


@pytest.fixture
def card() -> list[Json]:
    return CARD


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser: Browser, slack: Playground) -> Iterator[Callable[..., Tab]]:
    """Opens the page as somebody; at the end nothing may have complained or come from elsewhere."""
    wrong: list[str] = []
    contexts: list[BrowserContext] = []

    def open_as(person: str, width: int = 1280) -> Tab:
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}))
        page = contexts[-1].new_page()
        page.set_default_timeout(8000)
        page.on(
            "console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda one: None if _ours(one.url, slack.url) else wrong.append(one.url))
        page.goto(f"{slack.url}/#as={Person(slack.url, person).id}")
        expect(page.get_by_test_id("who-am-i")).to_be_attached()
        return Tab(page)

    yield open_as
    for context in contexts:
        context.close()
    assert wrong == []


def _ours(url: str, root: str) -> bool:
    return url.startswith((f"{root}/", "data:"))
