"""What happens to a run when the target, the store, the bot or somebody's session fails under it: the end is
told truly, nothing is done twice, and people are told what they can do."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.core import events as e
from bot.core.moves import Status
from bot.core.runs import RunState
from bot.core.targets import Phase
from bot.databases.embedded import Server
from tests.acceptance.stage import Stage

DEVELOPMENT, STAGING, PRODUCTION = Phase.DEVELOPMENT, Phase.STAGING, Phase.PRODUCTION
VERSION = "SELECT version_num FROM alembic_version"
REVISIONS = [f"{n:04}" for n in range(2, 13)]
INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
CUSTOMERS_UNIQUE = """
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None

def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("customers_email_key", "customers", ["email"], unique=True,
                        postgresql_concurrently=True)

def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("customers_email_key", "customers", postgresql_concurrently=True)
"""


@pytest.fixture
def stage(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A shop of its own for each test."""
    name = f"f{abs(hash(request.node.name)) % 10**6}"
    with Stage(server=server, folder=tmp_path, name=name) as made:
        yield made


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop and start."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    folder.chmod(0o711)
    made = Server(folder, settings={"fsync": "off", "autovacuum": "off"})
    try:
        yield made.start()
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)


def crash(server: Server) -> None:
    """As `pg_ctl stop -m immediate`: every backend at once, nothing written down."""
    pid = server.pid
    os.kill(pid, signal.SIGQUIT)
    end = time.monotonic() + 20
    while server.pid and time.monotonic() < end:
        time.sleep(0.02)


def carried(stage: Stage, run: str) -> list[str]:
    """The revisions that the journal says were applied, one entry for each time."""
    done = (e.StepFinished, e.StepSettled)
    return [
        entry.event.step[6:]
        for entry in stage.entries()
        if isinstance(entry.event, done)
        and entry.event.run == run
        and entry.event.step.startswith("apply:")
        and getattr(entry.event, "applied", True)
    ]


# -- the target ------------------------------------------------------------------------------------------


def test_a_connection_cut_in_the_middle_of_a_revision_is_settled_by_asking_the_target(stage: Stage) -> None:
    stage.heard(stage.bot())
    stage.approved("0012")
    with stage.locked("orders", "ACCESS SHARE", phase=DEVELOPMENT):
        stage.says("dev-lead", "run development 1")
        stage.wait(lambda: stage.waiting(DEVELOPMENT, "whimbrel/1"), "the revision to wait")
        for pid in stage.backends(phase=DEVELOPMENT):
            stage.ask("SELECT pg_terminate_backend(%s)", pid, phase=DEVELOPMENT)
        change = stage.until(lambda c: c.run and not c.run.live, what="the end of the run")
    assert change.run
    assert change.run.state is RunState.FAILED
    assert "connection was lost" in change.run.reason
    assert change.run.remains == "Nothing of 0002 remains; shop/development is as it was."
    assert stage.ask(VERSION, phase=DEVELOPMENT) == [("0001",)]
    stage.told("connection was lost")
    stage.carried(DEVELOPMENT)
    assert stage.ask(VERSION, phase=DEVELOPMENT) == [("0012",)]


def test_a_server_that_crashes_under_a_revision_is_asked_when_it_is_back(
    own_server: Server, tmp_path: Path
) -> None:
    with Stage(server=own_server, folder=tmp_path, name="crashed") as stage:
        stage.heard(stage.bot())
        stage.approved("0012")
        stage.carried(DEVELOPMENT)
        with stage.locked("orders", "ACCESS SHARE", phase=STAGING):
            stage.says("dev-lead", "run staging 1")
            stage.wait(lambda: stage.waiting(STAGING, "whimbrel/1"), "the revision to wait")
            crash(own_server)
        time.sleep(3)
        assert stage.change().status in (Status.RUNNING, Status.HELD)  # nobody has guessed
        own_server.start()
        assert stage.ask(VERSION, phase=STAGING) == [("0001",)]
        change = stage.until(lambda c: c.passed(STAGING) or c.status is Status.HELD, what="what comes of it")
        if change.status is Status.HELD:
            stage.says("qa", "settle 1 absent")
        stage.until(lambda c: c.passed(STAGING), what="staging passed")
        assert stage.ask(VERSION, phase=STAGING) == [("0012",)]
        assert carried(stage, "1.2") == REVISIONS


def test_an_index_whose_build_fails_is_named_and_cleared_away_on_a_word(stage: Stage) -> None:
    versions = stage.project / "migrations" / "versions"
    for file in versions.glob("*.py"):
        if not file.name.startswith("0001"):
            file.unlink()
    text = '"""One customer for each address"""\nfrom alembic import op\n' + CUSTOMERS_UNIQUE
    (versions / "0002_customers_email_key.py").write_text(text)
    twice = "UPDATE customers SET email = 'same@example.com' WHERE id IN (3, 4, 5)"
    stage.ask(twice, phase=DEVELOPMENT)
    stage.heard(stage.bot())
    stage.approved("0002")
    for time_ in (1, 2):  # it is cleared away as often as it fails
        stage.says("dev-lead", "run development 1" if time_ == 1 else "settle 1 clean")
        seen = stage.entries()[-1].seq if time_ == 2 else 0
        change = stage.until(
            lambda c, s=seen: c.status is Status.HELD and c.seq > s,  # type: ignore[misc]
            what="an outcome that nobody knows",
        )
        assert change.run
        assert change.run.leftovers == ("invalid index public.customers_email_key",)
        assert stage.ask(INVALID, phase=DEVELOPMENT) == [("customers_email_key",)]
    stage.told("invalid index public.customers_email_key")
    stage.ask("UPDATE customers SET email = 'c' || id WHERE id IN (3, 4)", phase=DEVELOPMENT)
    stage.says("dev-lead", "settle 1 clean")
    stage.until(lambda c: c.passed(DEVELOPMENT), what="development passed")
    assert stage.ask(INVALID, phase=DEVELOPMENT) == []
    assert stage.ask(VERSION, phase=DEVELOPMENT) == [("0002",)]


def test_an_index_that_a_dead_bots_backend_finished_alone_is_taken_over_on_a_word(stage: Stage) -> None:
    bot = stage.heard(stage.bot())
    stage.approved("0012")
    with psycopg.connect(stage.url(DEVELOPMENT)) as report:
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT 1 FROM customers")
        stage.says("dev-lead", "run development 1")
        stage.until(lambda c: c.run and "apply:0005" in c.run.steps, what="the index to be built")
        stage.wait(lambda: stage.waiting(DEVELOPMENT, "whimbrel/1"), "the index to wait for the report")
        bot.kill()
        report.rollback()
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('orders_created_at_idx')"
    stage.wait(lambda: stage.ask(valid, phase=DEVELOPMENT) == [(True,)], "the index to be finished")
    stage.wait(lambda: not stage.backends(phase=DEVELOPMENT), "the dead child's backend to end")
    stage.heard(bot)
    change = stage.until(lambda c: c.status is Status.HELD, what="an outcome that nobody knows")
    assert change.run
    assert "The history table does not have 0005" in change.run.remains
    assert "The schema is not as it was before it. No invalid index was left." in change.run.remains
    said = stage.says("dev-lead", "settle 1 applied")
    assert "⛔" not in said, said
    stage.until(lambda c: c.passed(DEVELOPMENT), what="development passed")
    assert stage.ask(VERSION, phase=DEVELOPMENT) == [("0012",)]
    stage.told("History table learns of 0005")


def test_who_holds_the_lock_is_named_and_the_run_goes_on_when_they_are_gone(stage: Stage) -> None:
    stage.heard(stage.bot())
    stage.approved("0012")
    with stage.locked("orders", "ACCESS SHARE", phase=DEVELOPMENT) as pid:
        stage.says("dev-lead", "run development 1")
        change = stage.until(lambda c: c.run and any(s.waits for s in c.run.steps.values()), what="a wait")
        assert change.run
        blocker = next(s for s in change.run.steps.values() if s.waits).blockers[0]
        assert (blocker.pid, blocker.application) == (pid, "month-end report")
        said = stage.told("no lock within")
        assert f"pid {pid}" in said
        assert "month-end report" in said
        assert "whimbrel" in said  # the user
        assert 'LOCK TABLE "orders"' in said
    stage.until(lambda c: c.passed(DEVELOPMENT), what="development passed")
    assert carried(stage, "1.1") == REVISIONS


# -- people ----------------------------------------------------------------------------------------------


def test_a_run_pauses_goes_on_and_is_aborted_at_a_steps_end(stage: Stage) -> None:
    stage.heard(stage.bot())
    stage.approved("0012")
    with stage.locked("orders", "ACCESS SHARE", phase=DEVELOPMENT):
        stage.says("dev-lead", "run development 1")
        stage.wait(lambda: stage.waiting(DEVELOPMENT, "whimbrel/1"), "the revision to wait")
        stage.says("qa", "pause 1")
        stage.until(lambda c: c.status is Status.PAUSED, what="a pause")
    assert stage.ask(VERSION, phase=DEVELOPMENT) == [("0001",)]
    stage.says("qa", "resume 1")
    stage.until(lambda c: c.passed(DEVELOPMENT), what="development passed")
    with psycopg.connect(stage.url(STAGING)) as report:
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT 1 FROM customers")
        stage.says("qa", "run staging 1")
        stage.wait(lambda: stage.waiting(STAGING, "whimbrel/1"), "the index to wait for the report")
        stage.says("qa", "abort 1")
        report.rollback()
    change = stage.until(lambda c: c.run and not c.run.live, what="the end of the run")
    assert change.run
    assert change.run.state is RunState.ABORTED
    assert change.applied(STAGING) == ["0002", "0003", "0004", "0005"]
    assert stage.ask(VERSION, phase=STAGING) == [("0005",)]
    assert "0005" in stage.told("was stopped by a person")


def test_the_second_of_two_changes_on_one_target_says_so_and_starts_by_itself(stage: Stage) -> None:
    stage.heard(stage.bot())
    stage.approved("0003")
    stage.approved("0003", change=2)
    with stage.locked("orders", "ACCESS SHARE", phase=DEVELOPMENT):
        stage.says("dev-lead", "run development 1")
        stage.wait(lambda: stage.waiting(DEVELOPMENT, "whimbrel/1"), "the first to be under way")
        stage.says("dev-lead", "run development 2")
        stage.until(lambda c: c.run and c.run.behind == 1, change=2, what="the second to wait")
        stage.told("change 1 holds", change=2)
        assert "change 1" in stage.says("qa", "why 2").lower()
    stage.until(lambda c: c.passed(DEVELOPMENT), what="the first to pass")
    second = stage.until(lambda c: c.run and c.run.started, change=2, what="the second to start")
    first = stage.change().run
    assert first and first.ended and second.run and second.run.started
    assert second.run.started >= first.ended


# -- the bot ---------------------------------------------------------------------------------------------


def test_a_bot_that_is_asked_to_end_finishes_its_step_and_the_next_one_goes_on(stage: Stage) -> None:
    bot = stage.heard(stage.bot())
    stage.approved("0012")
    with psycopg.connect(stage.url(DEVELOPMENT)) as report:
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT 1 FROM customers")
        stage.says("dev-lead", "run development 1")
        stage.until(lambda c: c.run and "apply:0005" in c.run.steps, what="the index to be built")
        stage.wait(lambda: stage.waiting(DEVELOPMENT, "whimbrel/1"), "the index to wait for the report")
        os.kill(bot.pid, signal.SIGTERM)
        time.sleep(1)
        assert bot.runs  # the step is not over
        report.rollback()
    assert bot.end() == 0
    change = stage.change()
    assert change.run
    assert change.run.unfinished is None
    assert change.run.steps["apply:0005"].state == "done"
    assert change.status is Status.RUNNING
    stage.heard(bot)
    stage.until(lambda c: c.passed(DEVELOPMENT), what="development passed")
    assert carried(stage, "1.1") == REVISIONS
    stage.told("goes on from its record")
    assert bot.end() == 0


# -- the store -------------------------------------------------------------------------------------------


def test_a_store_that_is_gone_for_ten_seconds_loses_nothing(
    server: Server, own_server: Server, tmp_path: Path
) -> None:
    url = own_server.create("memory")
    with Stage(server=server, folder=tmp_path, name="forgetful", store_url=url) as stage:
        stage.heard(stage.bot())
        stage.approved("0012")
        with stage.locked("orders", "ACCESS SHARE", phase=DEVELOPMENT):
            stage.says("dev-lead", "run development 1")
            stage.wait(lambda: stage.waiting(DEVELOPMENT, "whimbrel/1"), "the revision to wait")
            before = stage.entries()
            crash(own_server)
        time.sleep(10)
        own_server.start()
        stage.until(lambda c: c.passed(DEVELOPMENT), what="development passed")
        assert stage.entries()[: len(before)] == before
        assert carried(stage, "1.1") == REVISIONS
        assert stage.ask(VERSION, phase=DEVELOPMENT) == [("0012",)]
        stage.told("Development is done")
        stage.carried(STAGING)


def test_of_two_bots_one_drives_and_when_it_dies_the_other_takes_over(
    server: Server, own_server: Server, tmp_path: Path
) -> None:
    url = own_server.create("memory")
    with Stage(server=server, folder=tmp_path, name="twins", store_url=url) as stage:
        bots = {name: stage.heard(stage.bot(name)) for name in ("one", "two")}
        stage.approved("0012")
        with stage.locked("orders", "ACCESS SHARE", phase=DEVELOPMENT):
            stage.says("dev-lead", "run development 1")
            stage.wait(lambda: stage.waiting(DEVELOPMENT, "whimbrel/1"), "the revision to wait")
            time.sleep(3)
            drivers = [n.event.driver for n in stage.entries() if isinstance(n.event, e.RunStarted)]
            assert len(drivers) == 1
            driver = drivers[0].partition("/")[0]
            bots.pop(driver).kill()
            died = time.monotonic()
        change = stage.until(lambda c: c.passed(DEVELOPMENT), what="development passed")
        took = time.monotonic() - died
        assert change.run and change.run.driver.partition("/")[0] != driver
        assert took < 40
        assert carried(stage, "1.1") == REVISIONS
        stage.carried(STAGING)
        stage.told("Staging is done")
        texts = [line for text in stage.thread() for line in text.splitlines() if line.strip()]
        ends = [line for line in texts if "is done*" in line]
        assert len(ends) == 2
        print(f"\ntaken over and done {took:.1f} s after the kill")
