"""The bot is killed in the middle of each step of a rehearsal, and started again each time.

Nothing is left on the rehearsal server, and no environment was touched.
"""

from __future__ import annotations

import re
from pathlib import Path

import psycopg

from bot.core.moves import Status
from bot.core.runs import RunState
from bot.core.targets import ENVIRONMENTS, Kind, Phase
from bot.databases.embedded import Server
from bot.databases.postgresql import PostgreSQL
from bot.databases.postgresql_scratch import PostgreSQLScratches
from bot.databases.rehearsal import RehearsalServer
from tests.acceptance.stage import Bot, Stage
from tests.databases.beds import target_of

#: Each step, and the end of the name of a scratch database that is there in its middle.
STEPS = {
    "copy": "_golden",
    "sql": "_sql",
    "tool": "_tool",
    "late": "_late",
    "faults": "_golden_fault",
    "growth": "_small",
}
#: A scratch database of another bot on the same server: made as ours are, by its name another owner's.
ANOTHERS = "whimbrel_00000000_1_1_other"
SUMS = "SELECT count(*), sum(hashtext(o::text)) FROM orders o"


def opened(stage: Stage, rehearsal: str) -> Bot:
    """A change of a few revisions that goes through the phase test."""
    file = stage.project / "whimbrel.yaml"
    text = file.read_text().replace("phases: [development", "phases: [test, development")
    text, found = re.subn(r"^rehearsal: .*$", lambda _: f"rehearsal: {rehearsal}", text, flags=re.MULTILINE)
    assert found == 1
    file.write_text(text)
    bot = stage.heard(stage.bot())
    stage.says("developer", "start shop to 0005")
    stage.until(lambda c: c.id, what="a change")
    return bot


def environments(stage: Stage) -> list[object]:
    """What schema and rows each environment has."""
    found: list[object] = []
    for phase in ENVIRONMENTS:
        target = target_of(Kind.POSTGRESQL, stage.url(phase))
        found += [PostgreSQL().fingerprint(target).digest, stage.ask(SUMS, phase=phase)]
    return found


def ours(server: Server) -> list[str]:
    with psycopg.connect(server.url("postgres"), autocommit=True) as link:
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'whimbrel\\_%' ORDER BY 1"
        return [row[0] for row in link.execute(query.encode())]


def state(stage: Stage, step: str) -> str:
    run = stage.change().run
    known = run.steps.get(step) if run else None
    return known.state if known else ""


def test_a_bot_killed_in_each_step_of_a_rehearsal_ends_it_and_leaves_nothing(
    server: Server, own_server: Server, tmp_path: Path
) -> None:
    more = {"REHEARSAL": own_server.url("postgres")}
    with psycopg.connect(own_server.url("postgres"), autocommit=True) as link:
        link.execute(f"CREATE DATABASE {ANOTHERS} CONNECTION LIMIT 97")
    with Stage(server=server, folder=tmp_path, name="halves", more=more) as stage:
        bot = opened(stage, '{server: "${REHEARSAL}", faults: 8s}')
        before = environments(stage)
        stage.orders_said("developer", "run test 1")
        for step, ending in STEPS.items():
            stage.wait(lambda e=ending: any(n.endswith(e) for n in ours(own_server)), f"a copy for {step}")
            bot.kill()
            assert state(stage, step) == "running", step
            bot.start()
        done = stage.until(lambda c: c.passed(Phase.TEST) or (c.run and not c.run.live), what="the end")

        assert done.run and done.run.state is RunState.FINISHED, done.run
        assert done.rehearsal and done.rehearsal.carried and done.rehearsal.faulted
        assert set(done.forecasts) == {phase.value for phase in ENVIRONMENTS}
        assert ours(own_server) == [ANOTHERS]
        assert environments(stage) == before
        assert bot.end() == 0


def test_a_rehearsal_that_is_aborted_after_a_crash_leaves_nothing_on_the_bots_own_server(
    server: Server, tmp_path: Path
) -> None:
    with Stage(server=server, folder=tmp_path, name="stopped") as stage:
        bot = opened(stage, "{faults: 1s}")
        stage.orders_said("developer", "run test 1")
        stage.wait(lambda: state(stage, "tool") == "running", "the tool")
        bot.kill()
        stage.heard(bot)
        stage.says("developer", "abort 1")
        ended = stage.until(lambda c: c.status is Status.OPEN, what="the end of the run")
        assert ended.run and ended.run.state is RunState.ABORTED
        assert ended.run.steps["copy"].state == "done"
        assert bot.end() == 0

        own = RehearsalServer(tmp_path / "rehearsals" / "one" / "postgresql")
        try:
            assert own.used
            assert PostgreSQLScratches(own).names() == []
        finally:
            own.remove()
