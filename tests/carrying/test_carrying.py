"""A change is carried: forward, back, stopped, waited for, and never twice."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from threading import Thread

from bot.core import events as e
from bot.core.changes import Change
from bot.core.keeping import Note
from bot.core.moves import Status
from bot.core.runs import RunState
from bot.core.targets import ENVIRONMENTS, Phase
from bot.drive import drive
from bot.queue import sweep

from .conftest import Shop

ALL = ["0001", "0002", "0003"]


def test_a_change_goes_through_three_phases_and_is_done(shop: Shop) -> None:
    shop.approved()
    for phase in ("development", "staging", "production"):
        shop.carried(phase)
    done = shop.change()

    assert done.status is Status.DONE
    assert [done.applied(phase) for phase in ENVIRONMENTS] == [ALL, ALL, ALL]
    assert "orders" in shop.tables("production")
    assert len({run.schema for run in done.runs.values()}) == 1
    assert len(list((shop.root / "backups").iterdir())) >= 3


def test_a_phase_out_of_turn_or_without_its_approvals_is_refused_with_the_next_step(shop: Shop) -> None:
    shop.says("U0DEV", "start shop")

    assert "/migrate run development 1" in shop.says("U0LEAD", "run staging 1")
    assert "approval of dev-lead" in shop.says("U0DEV", "run development 1")
    assert "opened this change" in shop.says("U0DEV", "approve 1")
    assert shop.change().runs == {}


def test_a_failure_in_staging_takes_back_what_was_applied_there(shop: Shop) -> None:
    shop.do("staging", "INSERT INTO members VALUES ('a')")
    before = shop.tables("staging")
    shop.approved()
    shop.carried("development")
    shop.says("U0QA", "run staging 1")
    after = shop.until(lambda c: len(c.runs) == 3 and c.run and c.run.state is RunState.FINISHED)

    assert after.status is Status.OPEN
    assert after.applied(Phase.STAGING) == []
    assert shop.tables("staging") - {"whimbrel_history"} == before
    evidence = list(after.runs.values())[-1].steps["after"].evidence
    assert evidence.endswith(", as it was before the change")
    assert list(after.runs.values())[1].steps["apply:0003"].state == "failed"


def failed_in_production(shop: Shop) -> Change:
    shop.do("production", "INSERT INTO members VALUES ('a')")
    shop.approved()
    for phase in ("development", "staging"):
        shop.carried(phase)
    shop.says("U0DBA", "run production 1")
    return shop.until(lambda c: c.status is Status.DECIDING)


def test_a_failure_in_production_asks_and_one_of_its_roles_takes_it_back(shop: Shop) -> None:
    asked = failed_in_production(shop)

    assert asked.applied(Phase.PRODUCTION) == ["0001", "0002"]
    assert "⛔" in shop.says("U0LEAD", "rollback production 1 confirmed")
    shop.says("U0DBA", "rollback production 1 confirmed")
    after = shop.until(lambda c: c.run and c.run.direction == "back" and not c.run.live)
    assert after.applied(Phase.PRODUCTION) == []
    assert "orders" not in shop.tables("production")


def test_when_nobody_decides_in_time_it_is_said_again_and_nothing_moves(shop: Shop) -> None:
    failed_in_production(shop)
    shop.ahead = timedelta(minutes=16)
    shop.clock.tick()
    shop.clock.tick()
    change = shop.change()

    assert change.status is Status.DECIDING
    assert change.decision is not None
    assert change.decision.overdue
    assert sum(isinstance(x.event, e.DecisionOverdue) for x in shop.store.journal.read(1)) == 1
    shop.says("U0QA", "keep 1")
    assert shop.change().applied(Phase.PRODUCTION) == ["0001", "0002"]
    assert shop.change().status is Status.OPEN


def test_who_has_lost_the_role_since_does_not_count_when_the_phase_starts(shop: Shop) -> None:
    shop.approved()
    shop.carried("development")
    shop.people.roles["qa"] = set()

    assert "does not hold the role any more" in shop.says("U0DEV", "run staging 1")
    assert len(shop.change().runs) == 1


def test_an_edited_script_voids_the_approvals_and_is_named(shop: Shop) -> None:
    shop.approved()
    (shop.root / "migrations" / "0002_note.sql").write_text("ALTER TABLE orders ADD COLUMN note int;")
    stopped = shop.carried("development")

    assert stopped.run is not None
    assert stopped.run.state is RunState.FAILED
    assert "revision 0002" in stopped.run.reason
    assert shop.tables("dev") == {"members"}
    shop.says("U0DEV", "plan 1")
    assert shop.change().approvals == {}
    assert shop.change().moved == ("revision 0002",)


def test_a_lock_that_is_held_is_waited_for_and_then_the_run_goes_on(shop: Shop) -> None:
    shop.approved()
    blocker = sqlite3.connect(shop.root / "dev.db", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    shop.says("U0DEV", "run development 1")
    waited = shop.until(lambda c: c.run and any(s.waits for s in c.run.steps.values()))
    blocker.execute("COMMIT")
    blocker.close()

    assert waited.run is not None
    assert shop.until(lambda c: c.passed(Phase.DEVELOPMENT)).applied(Phase.DEVELOPMENT) == ALL


def test_a_lock_that_stays_fails_the_run_and_leaves_nothing(shop: Shop) -> None:
    shop.approved()
    blocker = sqlite3.connect(shop.root / "dev.db", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    after = shop.carried("development")
    blocker.execute("ROLLBACK")
    blocker.close()

    assert after.run is not None
    assert after.run.state is RunState.FAILED
    waits = [x.event for x in shop.store.journal.read(1) if isinstance(x.event, e.LockWaited)]
    assert [w.attempt for w in waits] == [1, 2, 3]
    assert after.applied(Phase.DEVELOPMENT) == []
    assert "as it was" in after.run.remains


def slow(shop: Shop) -> sqlite3.Connection:
    """Hold the run at its first revision until the connection is given back."""
    blocker = sqlite3.connect(shop.root / "dev.db", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    shop.says("U0DEV", "run development 1")
    shop.until(lambda c: c.run and any(s.waits for s in c.run.steps.values()))
    return blocker


def test_a_run_pauses_at_a_boundary_and_goes_on_from_there(shop: Shop) -> None:
    shop.approved()
    blocker = slow(shop)
    shop.says("U0LEAD", "pause 1")
    paused = shop.until(lambda c: c.status is Status.PAUSED)
    blocker.execute("COMMIT")
    blocker.close()

    assert paused.run is not None
    assert paused.run.unfinished is None
    shop.says("U0LEAD", "resume 1")
    assert shop.until(lambda c: c.passed(Phase.DEVELOPMENT)).applied(Phase.DEVELOPMENT) == ALL
    assert len(shop.change().runs) == 1


def test_abort_stops_the_run_and_then_ends_the_change(shop: Shop) -> None:
    shop.approved()
    blocker = slow(shop)
    shop.says("U0LEAD", "pause 1")
    shop.says("U0LEAD", "abort 1")
    stopped = shop.until(lambda c: c.run and c.run.state is RunState.ABORTED)
    blocker.execute("COMMIT")
    blocker.close()

    assert stopped.status is Status.OPEN
    shop.says("U0LEAD", "abort 1")
    assert shop.change().status is Status.ABORTED


def test_two_changes_on_one_target_go_one_after_the_other(shop: Shop) -> None:
    first = shop.approved()
    blocker = slow(shop)
    second = shop.approved()
    shop.says("U0DEV", f"run development {second}")
    waiting = shop.until(lambda c: c.run and c.run.behind, second)

    assert waiting.run is not None
    assert waiting.run.behind == first
    assert f"change {first} holds the same database" in shop.says("U0QA", f"why {second}")
    shop.says("U0LEAD", f"abort {first}")
    shop.until(lambda c: not c.run.live, first)
    blocker.execute("COMMIT")
    blocker.close()
    shop.clock.tick()
    assert shop.until(lambda c: c.passed(Phase.DEVELOPMENT), second).applied(Phase.DEVELOPMENT) == ALL


def test_a_schedule_starts_its_phase_when_its_time_has_come_and_reminds_before(shop: Shop) -> None:
    shop.approved()
    shop.says("U0DEV", "schedule development in 2 hours #1")
    shop.clock.tick()

    assert shop.change().runs == {}
    shop.ahead = timedelta(hours=1, minutes=55)
    shop.clock.tick()
    assert any(isinstance(x.event, e.ReminderDue) for x in shop.store.journal.read(1))
    shop.ahead = timedelta(hours=2, seconds=1)
    shop.clock.tick()
    shop.clock.tick()
    done = shop.until(lambda c: c.passed(Phase.DEVELOPMENT))
    assert len(done.runs) == 1
    assert done.schedule is None


def test_a_schedule_is_refused_when_something_no_longer_holds(shop: Shop) -> None:
    shop.approved()
    shop.says("U0DEV", "schedule development in 1 hour #1")
    shop.says("U0LEAD", "withdraw 1")
    shop.ahead = timedelta(hours=1, seconds=1)
    shop.clock.tick()
    ended = [x.event for x in shop.store.journal.read(1) if isinstance(x.event, e.ScheduleEnded)]

    assert shop.change().runs == {}
    assert "dev-lead" in ended[0].why


def test_many_drivers_of_one_run_carry_each_revision_once(shop: Shop) -> None:
    shop.approved()
    shop.queue.close()
    request = e.RunRequested(
        run="1.1",
        phase=Phase.DEVELOPMENT,
        direction=e.Direction.FORWARD,
        target="shop/development",
        revisions=tuple(ALL),
    )
    change = shop.change()
    shop.store.journal.add(1, change.seq, Note(events=(request,), by="U0DEV", at=shop.now()))
    threads = [Thread(target=drive, args=(shop.garage(f"w{n}"), 1, "1.1")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = [x.event.step for x in shop.store.journal.read(1) if isinstance(x.event, e.StepFinished)]

    assert shop.change().passed(Phase.DEVELOPMENT)
    assert sorted(steps) == sorted(set(steps))


def test_the_sweep_finds_a_run_that_nobody_drives(shop: Shop) -> None:
    shop.approved()
    request = e.RunRequested(
        run="1.1",
        phase=Phase.DEVELOPMENT,
        direction=e.Direction.FORWARD,
        target="shop/development",
        revisions=tuple(ALL),
    )
    shop.store.journal.add(1, shop.change().seq, Note(events=(request,), by="U0DEV", at=shop.now()))

    assert sweep(shop.garage(), shop.queue) == 0
    shop.ahead = timedelta(seconds=20)
    assert sweep(shop.garage(), shop.queue) == 1
    shop.until(lambda c: c.passed(Phase.DEVELOPMENT))


def test_a_step_begun_by_a_dead_driver_is_settled_by_asking_the_target(shop: Shop) -> None:
    shop.approved()
    began = (
        e.RunRequested(
            run="1.1",
            phase=Phase.DEVELOPMENT,
            direction=e.Direction.FORWARD,
            target="shop/development",
            revisions=tuple(ALL),
        ),
        e.RunStarted(run="1.1", driver="dead/1"),
        e.StepStarted(run="1.1", step="apply:0001", title="Apply 0001"),
    )
    shop.store.journal.add(1, shop.change().seq, Note(events=began, by="U0DEV", at=shop.now()))
    drive(shop.garage(), 1, "1.1")
    settled = [x.event for x in shop.store.journal.read(1) if isinstance(x.event, e.StepSettled)]

    assert [(s.step, s.applied) for s in settled] == [("apply:0001", False)]
    assert shop.change().applied(Phase.DEVELOPMENT) == ALL


def test_a_process_that_is_asked_to_stop_finishes_its_step_and_hands_over(shop: Shop) -> None:
    shop.approved()
    blocker = slow(shop)
    shop.stopping.set()
    shop.queue.close()
    blocker.execute("COMMIT")
    blocker.close()
    left = shop.change()

    assert left.status is Status.RUNNING
    assert left.run is not None
    assert left.run.unfinished is None
    shop.stopping.clear()
    drive(shop.garage("two"), 1, left.run.id)
    assert shop.change().applied(Phase.DEVELOPMENT) == ALL
