"""Slack's own client in all four ways it has of Socket Mode: connects, and comes back each time."""

import asyncio
import gc
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler as OverAiohttp
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler as Builtin
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler as OverWebsocketClient
from slack_bolt.adapter.socket_mode.websockets import AsyncSocketModeHandler as OverWebsockets
from slack_bolt.async_app import AsyncApp
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.client import Person, Unwelcome
from bot.playground.server import Playground
from bot.playground.socket import Cut
from tests.playground.stage import small_seed, wait_until

# the libraries leave sockets and tasks to the garbage collector when Slack hangs up on them
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
PING = 0.5  # seconds between the client's own looks at its connection
WAYS: tuple[Cut, ...] = ("refresh", "close", "abort")


class Sync:
    def __init__(self, slack: Playground, handler: Any) -> None:
        self.app = App(client=WebClient(slack.bot_token, base_url=slack.api_url))
        self.app.command("/migrate")(lambda ack: ack("here"))
        self._line = handler(self.app, slack.app_token, ping_interval=PING)

    def connect(self) -> None:
        self._line.connect()

    def close(self, slack: Playground) -> None:
        """Slack hangs up: an app that does so first may wait 10 s for its own closed socket."""
        client = self._line.client
        client.auto_reconnect_enabled = client.default_auto_reconnect_enabled = False
        slack.silence()
        wait_until(lambda: not client.is_connected())
        self._line.close()
        self.app.listener_runner.listener_executor.shutdown()


class Async:
    """The same in a loop of its own."""

    def __init__(self, slack: Playground, handler: Any) -> None:
        self._slack, self._handler = slack, handler
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def connect(self) -> None:
        self._wait(self._connect())

    async def _connect(self) -> None:
        app = AsyncApp(client=AsyncWebClient(self._slack.bot_token, base_url=self._slack.api_url))

        @app.command("/migrate")
        async def migrate(ack: Any) -> None:
            await ack("here")

        self._line = self._handler(app, self._slack.app_token, ping_interval=PING)
        await self._line.connect_async()

    def close(self, slack: Playground) -> None:
        self._wait(self._line.close_async())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


ADAPTERS: dict[str, tuple[Any, Any]] = {
    "builtin": (Sync, Builtin),
    "websocket_client": (Sync, OverWebsocketClient),
    "websockets": (Async, OverWebsockets),
    "aiohttp": (Async, OverAiohttp),
}


def answered(who: Person) -> bool:
    """Whether the app takes a command now; a person would try again."""
    try:
        who.say("changes", "/migrate status")
    except Unwelcome:
        return False
    return True


def journey(name: str) -> list[str]:
    """What the app answered to one person, while its connection was ended in every way."""
    kind, handler = ADAPTERS[name]
    with Playground(small_seed()) as slack:
        app, dba = kind(slack, handler), Person(slack.url, "dba")
        app.connect()
        wait_until(lambda: slack.connections == 1)
        wait_until(lambda: answered(dba))
        for how in WAYS:
            opened = slack.world.sockets.opened
            slack.cut(how)
            wait_until(lambda: slack.world.sockets.opened > opened and slack.connections == 1, 30)  # noqa: B023
            wait_until(lambda: answered(dba), 20)
        app.close(slack)
        wait_until(lambda: slack.connections == 0)
        return [str(one["text"]) for one in dba.ephemerals("changes")]


@pytest.fixture(scope="module")
def journeys() -> Iterator[dict[str, Future[list[str]]]]:
    """All four at once: most of it is waiting for their own looks at the connection."""
    with ThreadPoolExecutor(len(ADAPTERS)) as pool:
        yield {name: pool.submit(journey, name) for name in ADAPTERS}
    gc.collect()  # what the libraries left open is counted here, where it is allowed


@pytest.mark.parametrize("name", ADAPTERS)
def test_the_app_is_there_after_a_refresh_a_close_and_an_abort(
    name: str, journeys: dict[str, Future[list[str]]]
) -> None:
    assert journeys[name].result(120) == ["here"] * (1 + len(WAYS))
