"""What happens to a run when its target fails under it, or somebody is in its way there: the end is told
truly, nothing is done twice, and people are told what they can do."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg

from bot.core.moves import Status
from bot.core.runs import RunState
from bot.core.targets import Phase
from bot.databases.embedded import Server
from tests.acceptance.stage import Stage, crash

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
        assert stage.steps_done("1.2") == REVISIONS


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
    assert stage.steps_done("1.1") == REVISIONS


def test_a_run_needs_no_other_environment_than_its_own(stage: Stage) -> None:
    stage.heard(stage.bot())
    stage.approved("0012")
    closed = f'ALTER DATABASE "{stage.database(PRODUCTION)}" ALLOW_CONNECTIONS false'
    stage.ask(closed, phase=STAGING)
    stage.carried(DEVELOPMENT)
    assert stage.ask(VERSION, phase=DEVELOPMENT) == [("0012",)]
