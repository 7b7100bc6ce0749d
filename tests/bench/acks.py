"""How soon a typed command is acknowledged, measured by the local Slack: from the envelope's sending on."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from urllib.parse import urlsplit

from bot.playground.client import Person
from bot.playground.delivery import Line, Parcel
from bot.playground.server import Playground
from bot.playground.values import Json


class Timed:
    """A way to the app that notes how long each command's acknowledgement took; `lost` had none."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.seconds: list[float] = []
        self.lost = 0

    async def send(self, parcel: Parcel) -> Json:
        began = time.perf_counter()
        try:
            answer = await self._line.send(parcel)
        except BaseException:
            self.lost += 1
            raise
        if parcel.kind == "slash_commands":
            self.seconds.append(time.perf_counter() - began)
        return answer


def timed(slack: Playground) -> Timed:
    """Put the stopwatch into a local Slack's way to its app."""
    delivery = slack.world.delivery
    assert delivery.line is not None
    watch = Timed(delivery.line)
    delivery.line = watch
    return watch


def typist(slack: Playground, name: str, channels: Sequence[str]) -> Callable[[int], None]:
    """Types `/migrate status` into one channel after another."""
    person = Person(slack.url, name)
    places = [person.channel(channel) for channel in channels]
    address = urlsplit(slack.url).netloc

    def types(turn: int) -> None:
        body = {"as": person.id, "channel": places[turn % len(places)], "text": "/migrate status"}
        line = http.client.HTTPConnection(address, timeout=10)
        try:
            line.request("POST", "/person/say", json.dumps(body), {"Content-Type": "application/json"})
            line.getresponse().read()
        finally:
            line.close()

    return types


def volley(typists: Sequence[Callable[[int], None]], per_second: float, seconds: float) -> None:
    """Everybody types so often for so long, each between the others; nobody waits for an answer."""
    gap = 1 / per_second / len(typists)
    began = time.monotonic()
    with ThreadPoolExecutor(32) as hands:
        typed = []
        for turn in range(int(per_second * seconds)):
            for place, types in enumerate(typists):
                at = began + (turn * len(typists) + place) * gap
                time.sleep(max(0.0, at - time.monotonic()))
                typed.append(hands.submit(types, turn))
        wait(typed)
    for one in typed:
        one.result()
