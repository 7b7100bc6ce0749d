"""What the Web API's methods work on."""

import contextlib
from collections import deque
from dataclasses import dataclass, field

from bot.playground.delivery import Delivery
from bot.playground.dialogue import Dialogue
from bot.playground.events import told_to_app
from bot.playground.faults import Faults
from bot.playground.payloads import event
from bot.playground.rates import Rates
from bot.playground.responses import Responses
from bot.playground.scheduled import Later, Scheduled
from bot.playground.seed import Seed
from bot.playground.socket import Sockets
from bot.playground.timers import Timers
from bot.playground.values import Json, News, Refused
from bot.playground.views import Views
from bot.playground.workspace import Workspace

KEPT_CALLS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One Web API call the app made: for counting afterwards."""

    at: float
    method: str
    args: Json
    status: int
    ok: bool


@dataclass(slots=True, kw_only=True)
class World:
    seed: Seed
    url: str = ""
    faults: Faults = field(default_factory=Faults)
    timers: Timers = field(default_factory=Timers)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))
    space: Workspace = field(init=False)
    views: Views = field(init=False)
    rates: Rates = field(init=False)
    sockets: Sockets = field(init=False)
    delivery: Delivery = field(init=False)
    scheduled: Scheduled = field(init=False)
    responses: Responses = field(init=False)
    dialogue: Dialogue = field(init=False)

    def __post_init__(self) -> None:
        self.space = Workspace(self.seed)
        self.views = Views(self.space, self.faults, self.timers)
        self.rates = Rates(on=self.seed.rates, scale=self.seed.rate_scale, now=self.timers.now)
        self.sockets = Sockets(self.seed, self.faults, self.timers, self.space.app_id)
        self.delivery = Delivery(self.seed, self.faults, self.timers)
        self.responses = Responses(self.space, self.views, self.faults)
        self.scheduled = Scheduled(self.timers, self._post_later)
        self.delivery.line = self.sockets
        self.dialogue = Dialogue(self.space, self.views, self.delivery, self.responses, lambda: self.url)
        self.space.listeners.append(self._tell_app)

    def _post_later(self, later: Later) -> None:
        """When nobody can see the channel any more, it is lost, as in Slack."""
        with contextlib.suppress(Refused):
            self.space.post(later.channel, later.message)

    def _tell_app(self, news: News) -> None:
        for inner in told_to_app(self.space, news):
            self.delivery.event(event(self.space, inner))
