import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.seed import Seed
from bot.playground.server import Playground
from tests.playground.stage import small_seed, wait_until


@pytest.fixture
def seed() -> Callable[..., Seed]:
    return small_seed


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(small_seed()) as one:
        yield one


@pytest.fixture
def web(slack: Playground) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
def dba(slack: Playground) -> Person:
    return Person(slack.url, "dba")


@pytest.fixture
def app(web: WebClient) -> App:
    return App(client=web)


@pytest.fixture
def until() -> Callable[..., Any]:
    """Looks until something is so."""
    return wait_until


@pytest.fixture
def connect(
    slack: Playground, app: App, until: Callable[..., Any]
) -> Iterator[Callable[[], SocketModeHandler]]:
    """Joins the app to Slack, once its listeners are there."""
    lines: list[SocketModeHandler] = []

    def join() -> SocketModeHandler:
        lines.append(SocketModeHandler(app, slack.app_token, ping_interval=1))
        lines[-1].connect()  # type: ignore[no-untyped-call]
        until(lambda: slack.connections == len(lines))
        return lines[-1]

    yield join
    for line in lines:
        # a client that hangs up by itself may wait 10 s for its own closed socket; so Slack does it first
        line.client.auto_reconnect_enabled = line.client.default_auto_reconnect_enabled = False
    slack.silence()
    until(lambda: not any(line.client.is_connected() for line in lines))
    for line in lines:
        line.close()  # type: ignore[no-untyped-call]
    app.listener_runner.listener_executor.shutdown()
    gc.collect()  # so that what the client library leaves open is counted against the test that opened it
