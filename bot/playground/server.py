"""The playground as one server on 127.0.0.1, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from aiohttp import web

from bot.playground.admin import use_http
from bot.playground.faults import Faults
from bot.playground.http_delivery import HttpDelivery
from bot.playground.live import Live
from bot.playground.payloads import event
from bot.playground.places import Group, User
from bot.playground.routes import application
from bot.playground.seed import Seed
from bot.playground.socket import Cut
from bot.playground.values import Json
from bot.playground.world import Call, World

T = TypeVar("T")
HOST = "127.0.0.1"


class Playground:
    """A local Slack. `start` returns when it listens; everything here may be called from any thread."""

    def __init__(self, seed: Seed | None = None, port: int = 0) -> None:
        self._seed = seed or Seed()
        self._wanted = port
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._world: World | None = None
        self.port = 0

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="playground", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed
        return self

    def stop(self) -> None:
        if self._thread is None or self._loop is None or self._over is None:
            return
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as failed:
            if self._ready.is_set():
                raise
            self._failed = failed
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        world = World(seed=self._seed)
        live = Live(world)
        runner = web.AppRunner(application(world, live), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, self._wanted)
            await site.start()
            self.port = int(runner.addresses[0][1])
            world.url = self.url
            self._world = world
            self._ready.set()
            await self._over.wait()
        finally:
            world.faults.silent = True  # whoever comes back now is too late
            await world.delivery.stop()
            await world.sockets.cut("close")
            await live.stop()
            await world.scheduled.stop()
            if isinstance(world.delivery.line, HttpDelivery):
                await world.delivery.line.close()
            await runner.cleanup()

    # -- addresses and secrets ----------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        return self._seed.bot_token

    @property
    def app_token(self) -> str:
        return self._seed.app_token

    @property
    def signing_secret(self) -> str:
        return self._seed.signing_secret

    # -- what a test or a demo does to it -----------------------------------------------------

    @property
    def world(self) -> World:
        if self._world is None:
            raise RuntimeError("the playground has not been started")
        return self._world

    @property
    def faults(self) -> Faults:
        return self.world.faults

    @property
    def calls(self) -> list[Call]:
        """The Web API calls the app made, oldest first."""
        return self._do(lambda: list(self.world.calls))

    @property
    def connections(self) -> int:
        return self.world.sockets.count

    @property
    def quiet(self) -> bool:
        """No event is on its way to the app, or waits to be tried again."""
        return self.world.delivery.quiet

    def cut(self, how: Cut = "abort") -> None:
        self._wait(self.world.sockets.cut(how))

    def silence(self) -> None:
        """As when the network is gone: nothing reaches Slack, and nothing comes from it."""
        self.faults.silent = True
        self.cut("abort")

    def speak(self) -> None:
        self.faults.silent = False

    def skip(self, seconds: float) -> None:
        """So much later, for everything that waits or expires: retries, triggers, addresses, schedules."""
        self._do(lambda: self.world.timers.skip(seconds))

    def mix(self, seed: int) -> None:
        """Everything that a retry can mend goes wrong at once, by chance; the seed decides how."""
        self._do(lambda: self.world.faults.mix(seed))

    def revoke(self) -> None:
        """The bot's token is taken back; the app is told, if it subscribed to tokens_revoked."""
        self.faults.revoked = True
        self._do(lambda: self.world.space.tell("tokens_revoked"))

    def use_http(self, url: str) -> None:
        """From now on the app is reached at this address, if it passes Slack's check."""
        self._wait(use_http(self.world, url))

    def send_event(self, inner: Json) -> None:
        """Any event, as it stands, to the app."""
        self._do(lambda: self.world.delivery.event(event(self.world.space, inner)))

    def set_group(self, handle: str, names: list[str]) -> Group:
        return self._do(lambda: self.world.space.set_group(handle, names))

    def set_user(self, name: str, **changes: Any) -> User:
        return self._do(lambda: self.world.space.set_user(name, **changes))

    # -- crossing over into its thread --------------------------------------------------------

    def _do(self, deed: Callable[[], T]) -> T:
        async def there() -> T:
            return deed()

        return self._wait(there())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            raise RuntimeError("the playground has not been started")
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(30)
