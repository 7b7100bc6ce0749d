"""A change is the sum of its events, and nothing may happen out of turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core import events as e
from bot.core.aftermath import follows
from bot.core.changes import Change
from bot.core.errors import Conflict
from bot.core.events import Direction, Entry, Event
from bot.core.moves import MOVES, Status
from bot.core.plans import Plan, Script, Stage
from bot.core.runs import RunState
from bot.core.targets import ENVIRONMENTS, Phase

NOW = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
STAGES = tuple(
    Stage(phase=p, target=f"shop/{p}", place="x", roles=("dba",), take_back=p is not Phase.PRODUCTION)
    for p in ENVIRONMENTS
)
PLAN = Plan(
    project="shop",
    tool="sql",
    stages=STAGES,
    scripts=tuple(
        Script(
            revision=r, title=r, file=r, checksum=r, forward=f"create table {r}()", backward=f"drop table {r}"
        )
        for r in ("a", "b")
    ),
)


def story(*events: Event, by: str = "U-dev") -> Change:
    opened = e.ChangeOpened(project="shop", title="t", fingerprint=PLAN.fingerprint, channel="C")
    return Change.of(
        Entry(change=1, seq=n, at=NOW + timedelta(seconds=n), by=by, event=event)
        for n, event in enumerate((opened, *events), start=1)
    )


def requested(
    run: str = "1.1", phase: Phase = Phase.STAGING, direction: Direction = Direction.FORWARD
) -> e.RunRequested:
    return e.RunRequested(
        run=run, phase=phase, direction=direction, target=f"shop/{phase}", revisions=("a", "b")
    )


def carried(*steps: str, run: str = "1.1") -> list[Event]:
    out: list[Event] = []
    for step in steps:
        out.append(e.StepStarted(run=run, step=step, title=step))
        out.append(e.StepFinished(run=run, step=step, seconds=1.0, evidence="", facts={}))
    return out


STARTED = (requested(), e.RunStarted(run="1.1", driver="w/1"))
FAILED = e.RunFailed(run="1.1", step="apply:b", reason="r", hint="h", remains="m")


def test_every_event_has_its_place_in_the_table_of_moves() -> None:
    assert set(MOVES) == set(e.KINDS.values())


def test_a_run_goes_from_wanted_to_finished() -> None:
    change = story(
        *STARTED, *carried("reach", "apply:a", "apply:b"), e.RunFinished(run="1.1", revision="b", schema="s")
    )

    assert change.status is Status.OPEN
    assert change.passed(Phase.STAGING)
    assert change.applied(Phase.STAGING) == ["a", "b"]
    assert change.run is not None
    assert change.run.state is RunState.FINISHED


def test_what_was_reversed_is_not_applied_and_the_phase_has_not_passed() -> None:
    back = requested("1.2", direction=Direction.BACK)
    change = story(
        *STARTED,
        *carried("apply:a", "apply:b"),
        e.RunFinished(run="1.1", revision="b", schema="s"),
        back,
        e.RunStarted(run="1.2", driver="w/2"),
        *carried("reverse:b", run="1.2"),
    )

    assert change.applied(Phase.STAGING) == ["a"]
    assert not change.passed(Phase.STAGING)


def test_a_step_that_was_begun_and_not_finished_is_the_one_to_settle() -> None:
    change = story(*STARTED, *carried("reach"), e.StepStarted(run="1.1", step="apply:a", title=""))

    assert change.run is not None
    assert change.run.unfinished is not None
    assert change.run.unfinished.key == "apply:a"
    change.take(
        Entry(
            change=1,
            seq=99,
            at=NOW,
            by="whimbrel",
            event=e.StepSettled(run="1.1", step="apply:a", applied=True, how="asked"),
        )
    )
    assert change.applied(Phase.STAGING) == ["a"]


@pytest.mark.parametrize(
    ("before", "event"),
    [
        ((), e.RunStarted(run="1.1", driver="w")),
        (STARTED, requested("1.2")),
        (STARTED, e.PlanRevised(fingerprint="f", moved=())),
        ((requested(),), e.StepStarted(run="1.1", step="reach", title="")),
        ((e.ChangeAborted(why="w"),), e.RoleApproved(role="dba", person="U", fingerprint="f", via="typed")),
        ((), e.OutcomeSettled(run="1.1", step="apply:a", applied=True)),
    ],
)
def test_what_may_not_happen_now_is_a_conflict(before: tuple[Event, ...], event: Event) -> None:
    with pytest.raises(Conflict):
        story(*before, event)


def test_stop_outranks_a_pause_that_came_before_or_after() -> None:
    for first, second in (
        (e.PauseAsked(run="1.1"), e.AbortAsked(run="1.1")),
        (e.AbortAsked(run="1.1"), e.PauseAsked(run="1.1")),
    ):
        change = story(*STARTED, first, second)

        assert change.run is not None
        assert change.run.wish == "abort"


def test_a_revised_plan_voids_every_approval_and_an_approval_of_another_plan_is_none() -> None:
    approved = e.RoleApproved(role="dba", person="U", fingerprint=PLAN.fingerprint, via="reaction")

    assert story(approved).approvals.keys() == {"dba"}
    assert story(approved, e.PlanRevised(fingerprint="f2", moved=("limits",))).approvals == {}
    assert story(e.RoleApproved(role="dba", person="U", fingerprint="old", via="typed")).approvals == {}


def test_a_failed_staging_takes_back_what_was_applied_newest_first() -> None:
    change = story(*STARTED, *carried("apply:a", "apply:b"), e.StepStarted(run="1.1", step="after", title=""))
    assert change.run is not None
    (after,) = follows(change, PLAN, change.run, FAILED, NOW)

    assert after == e.RunRequested(
        run="1.2",
        phase=Phase.STAGING,
        fingerprint=PLAN.fingerprint,
        direction=Direction.BACK,
        target="shop/staging",
        revisions=("b", "a"),
    )


def test_a_failed_production_asks_its_roles_and_a_failure_that_left_nothing_asks_nobody() -> None:
    want = requested(phase=Phase.PRODUCTION)
    change = story(want, e.RunStarted(run="1.1", driver="w"), *carried("apply:a"))
    assert change.run is not None
    (asked,) = follows(change, PLAN, change.run, FAILED, NOW)
    empty = story(want, e.RunStarted(run="1.1", driver="w"))
    assert empty.run is not None

    assert asked == e.DecisionAsked(run="1.1", phase=Phase.PRODUCTION, deadline=NOW + timedelta(minutes=15))
    assert follows(empty, PLAN, empty.run, FAILED, NOW) == ()
