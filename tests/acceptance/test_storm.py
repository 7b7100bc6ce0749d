"""The whole main job under each fault of the playground, and under all that a retry can mend at random:
nothing runs twice, nothing is lost, the channel ends right.

WHIMBREL_STORM=7,8 sails those seeds instead of the two that are always sailed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from bot.core.events import RoleApproved
from bot.core.moves import Status
from bot.databases.embedded import Server
from bot.demo.seed import seed_shop
from bot.playground.values import Refused
from tests.acceptance.stage import Stage
from tests.acceptance.voyage import ROLES, Voyage

SEEDS = [int(seed) for seed in os.environ.get("WHIMBREL_STORM", "4,20261125").split(",")]
AT_ONCE = 4
#: The workspace tells again sooner than Slack does; what it tells, and how often, is Slack's.
SOONER = {"ack_seconds": 1.5, "retry_delays": (0.1, 0.5, 1.0)}


def still(stage: Stage) -> None:
    """Nothing happens."""


@dataclass(frozen=True, kw_only=True)
class Weather:
    """`faults` from the start on; `midway` while production runs, `after` when it has ended."""

    name: str
    faults: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Stage], None] = still
    midway: Callable[[Stage], None] = still
    after: Callable[[Stage], None] = still
    #: Answers that may have come once more, for nobody can see whether a whisper arrived.
    twice: int = 0


def hour_of_silence(stage: Stage) -> None:
    stage.slack.silence()
    stage.slack.skip(3600)
    assert stage.change().status is Status.RUNNING


def over(stage: Stage) -> None:
    """Slack is back, and has seen nothing of the end."""
    assert "🏁" not in stage.live()
    stage.slack.speak()


def token_taken(stage: Stage) -> None:
    stage.slack.revoke()
    assert stage.change().status is Status.RUNNING


def token_given(stage: Stage) -> None:
    time.sleep(1)
    assert "🏁" not in stage.live()
    stage.slack.faults.set(revoked=False)


def roles_by_people(stage: Stage) -> None:
    """A workspace without user groups: the project names people."""
    file = stage.project / "whimbrel.yaml"
    text = file.read_text()
    names = {"dev-leads": "dev-lead", "dbas": "dba", "qa": "qa", "sres": "sre", "product": "product-owner"}
    for group, name in names.items():
        text = text.replace(f'group: "@{group}"', f"people: [{stage.who(name).id}]")
    file.write_text(text.replace('group: "@security"', f"people: [{stage.who('security').id}]"))


def mixed(seed: int, stage: Stage) -> None:
    stage.slack.mix(seed)


WEATHERS = (
    Weather(name="latency", faults={"latency": 0.25}),
    Weather(name="storms", faults={"storms": 12, "chances": {"storms": 0.2}}),
    Weather(name="errors", faults={"server_errors": 10, "chances": {"server_errors": 0.2}}),
    Weather(name="lost answers", faults={"lost_answers": 3, "chances": {"lost_answers": 0.25}}, twice=12),
    Weather(name="lost acknowledgements", faults={"lost_acks": 3, "chances": {"lost_acks": 0.3}}),
    Weather(name="duplicates", faults={"duplicates": -1}),
    Weather(name="delays", faults={"event_delay": 1.5}),
    Weather(name="disorder", faults={"reorders": -1}),
    Weather(name="drops", faults={"chances": {"drops": 0.4}}),
    Weather(name="an hour of silence", midway=hour_of_silence, after=over),
    Weather(name="old blocks", faults={"no_new_blocks": True}),
    Weather(name="no groups", faults={"no_groups": True}, before=roles_by_people),
    Weather(name="a revoked token", midway=token_taken, after=token_given),
    Weather(name="uploads fail", faults={"server_errors": -1, "methods": ["upload"]}),
    Weather(name="uploads answer nothing",
            faults={"lost_answers": 2, "methods": ["files.completeUploadExternal"]}),
)  # fmt: skip


ALL = (
    *WEATHERS,
    *(Weather(name=f"all by chance, seed {n}", before=partial(mixed, n), twice=4) for n in SEEDS),
)


@pytest.fixture(scope="module")
def voyages(
    server: Server, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[str]]]:
    """What comes of each voyage that is asked for; they wait more than they work, so a few sail at once."""
    server.create("storm")
    seed_shop(server.url("storm"), 10)  # makes the role that all shops of a server share
    items = [i for i in request.session.items if isinstance(i, pytest.Function) and i.path == Path(__file__)]
    wanted = [i.callspec.params["weather"] for i in items if "weather" in i.fixturenames]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        folder = tmp_path_factory.mktemp
        yield {w.name: pool.submit(sail, w, server, folder("storm")) for w in wanted}


@pytest.mark.parametrize("weather", ALL, ids=lambda w: w.name)
def test_the_main_job_comes_to_its_end_in_any_weather(
    weather: Weather, voyages: dict[str, Future[str]]
) -> None:
    print(f"WHIMBREL_STORM={','.join(map(str, SEEDS))}")
    print(voyages[weather.name].result())


def sail(weather: Weather, server: Server, folder: Path) -> str:
    """The job, in this weather from the first connection on; what people had to do again."""
    began = time.monotonic()
    name = f"storm_{ALL.index(weather)}"
    with Stage(server=server, folder=folder, name=name, workspace=SOONER) as stage:
        voyage = Voyage(stage=stage, midway=weather.midway, after=weather.after)
        voyage.prepare()
        weather.before(stage)
        stage.heard(stage.bot())
        stage.slack.faults.set(**weather.faults)
        voyage.sail()
        voyage.bears_out(twice=weather.twice)
    return f"{weather.name}: {time.monotonic() - began:.1f} s; done again: {dict(voyage.again)}"


def test_the_main_job_over_http_hears_what_is_told_four_times_once(server: Server, tmp_path: Path) -> None:
    """Every acknowledgement of a reaction is lost, so Slack tells of each again, three times."""
    with Stage(server=server, folder=tmp_path, name="storm_http", workspace=SOONER) as stage:
        told = 4 * len(ROLES)
        early = partial(lost_from_now_on, told)
        voyage = Voyage(stage=stage, early=early, midway=lambda s: s.slack.faults.set(latency=0.1))
        voyage.prepare()
        called_at(stage, free_port())
        voyage.sail()
        stage.wait(lambda: stage.slack.quiet, "the last of what is told again")
        assert stage.slack.faults.lost_acks == 0
        assert stage.slack.connections == 0
        voyage.bears_out()
        asked = [entry.event for entry in stage.entries() if isinstance(entry.event, RoleApproved)]
        assert len(asked) == len(ROLES)


def lost_from_now_on(acknowledgements: int, stage: Stage) -> None:
    stage.wait(lambda: stage.slack.quiet, "what was told before to be heard")
    stage.slack.faults.set(lost_acks=acknowledgements)


def called_at(stage: Stage, port: int) -> None:
    """A bot without an app token: Slack calls it, and signs what it says."""
    secret = stage.slack.signing_secret
    stage.more = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": secret, "PORT": str(port)}
    stage.bot().start()

    def taken() -> bool:
        with suppress(Refused):
            stage.slack.use_http(f"http://127.0.0.1:{port}/slack/events")
            return True
        return False

    stage.wait(taken, "the bot's address to be taken", every=0.1)


def free_port() -> int:
    with socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])
