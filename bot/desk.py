"""Everything a person can have done, one method each: look, refuse, or note a fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.checklist import Checklist
from bot.core import aftermath, policy
from bot.core import events as e
from bot.core.changes import Change
from bot.core.errors import Conflict, NotUnderstood
from bot.core.events import Event
from bot.core.moves import Status
from bot.core.runs import Run
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import listed
from bot.core.words import Schedule

if TYPE_CHECKING:
    from bot.chat import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(Checklist):
    """The one door to a change. Every method reads the journal first, and writes at most one note."""

    #: Bring the approvals into line with the reactions as they are now; asked before a phase is run.
    reconcile: Callable[[Change], None] = lambda _: None

    def start(self, project: str, to: str, ask: Ask) -> Change:
        """Open a change, and begin to look at its plan."""
        change = self.open(project, to, ask)
        plan = self.plan_of(change)
        if Phase.PLAN not in plan.phases or change.runs:
            return change
        return self.by_itself(change, aftermath.asked_for(change, plan, Phase.PLAN))

    def by_itself(self, change: Change, event: Event) -> Change:
        """A run that follows without anybody's word; when someone was quicker, theirs counts."""
        try:
            self.by_clock(change, event)
        except Conflict:
            return self.change(change.id)
        change = self.change(change.id)
        self._wanted(change)
        return change

    # -- running -----------------------------------------------------------------------------------------

    def run(self, change: Change, phase: Phase, ask: Ask) -> Run:
        """Want a phase to run now. Refuses with the reason and the next step."""
        self.reconcile(change)
        change = self.change(change.id)
        self.may_run(change, phase, ask)
        plan = self.plan_of(change)

        def say(c: Change) -> tuple[Event, ...]:
            self._idle(c)
            policy.must_be_next(c, plan, phase)
            ended = (e.ScheduleEnded(schedule=c.schedule.id, why="started"),) if c.schedule else ()
            return (*ended, aftermath.asked_for(c, plan, phase))

        return self._wanted(self.decide(change, ask, say))

    def may_run(self, change: Change, phase: Phase, ask: Ask) -> None:
        """Refuse unless the phase may run now and this person may say so."""
        plan, holders = self.plan_of(change), self.holders(change)
        asked = policy.all_roles(plan)
        if ask.person != change.opened_by:
            policy.must_hold_one(ask.person, asked, holders, f"run {phase}")
        policy.must_be_next(change, plan, phase)
        policy.must_be_in_window(plan, phase, self.now())
        policy.must_be_free(change, plan, phase)
        if gone := policy.lapses(change, plan, self.now()):
            change = self.decide(change, ask, lambda _: gone)
        if short := policy.missing(change, plan, phase, holders):
            named = [m.role + (f" ({m.why})" if m.why else "") for m in short]
            raise Conflict(
                f"{phase.title()} waits for the approval of {listed(named)}.",
                hint=f"React with ✅ on the plan, or /migrate approve {change.id}",
            )

    def pause(self, change: Change, ask: Ask) -> Run:
        """Pause at the next step boundary; at once when nothing has begun."""
        self._may_steer(change, ask, "pause it")

        def say(c: Change) -> tuple[Event, ...]:
            run = self._live(c)
            if c.status is Status.QUEUED:
                return (e.RunPaused(run=run.id),)
            if run.wish == "pause":
                raise Conflict("It pauses after the step under way already.", hint=f"/migrate resume {c.id}")
            return (e.PauseAsked(run=run.id),)

        return self._live(self.decide(change, ask, say))

    def resume(self, change: Change, ask: Ask) -> Run:
        """Go on with a paused run; when it left what was rehearsed, one of the phase's roles says so."""
        self._may_steer(change, ask, "resume it")

        def say(c: Change) -> tuple[Event, ...]:
            run = self._live(c)
            if run.left:
                roles = self.plan_of(c).stage(run.phase).roles
                what = f"let {run.phase} go on, for it left what was rehearsed"
                policy.must_hold_one(ask.person, roles, self.holders(c), what)
            if c.status is Status.RUNNING and run.wish == "pause":
                return (e.PauseDropped(run=run.id),)
            return (e.RunResumed(run=run.id),)

        return self._wanted(self.decide(change, ask, say))

    def abort(self, change: Change, ask: Ask) -> tuple[str, ...]:
        """Stop the run under way at its next boundary; with none under way, end the change."""
        self._may_steer(change, ask, "abort it")

        def say(c: Change) -> tuple[Event, ...]:
            run = c.run
            if run is None or not run.live:
                return (e.ChangeAborted(why=f"aborted by {ask.person}"),)
            if c.status is Status.RUNNING:
                return (e.AbortAsked(run=run.id),)
            return (e.RunAborted(run=run.id),)

        after = self.decide(change, ask, say)
        return stays(after)

    # -- after a failure ---------------------------------------------------------------------------------

    def may_rollback(self, change: Change, phase: Phase | None) -> tuple[Phase, tuple[str, ...]]:
        """The phase that is meant, and what would be reversed there, newest first."""
        there = [p for p in ENVIRONMENTS if change.applied(p)]
        if phase is None:
            phase = there[-1] if there else None
        if phase is None or not change.applied(phase):
            where = f" to {phase}" if phase else ""
            raise Conflict(
                f"Change {change.id} has nothing applied{where}.", hint=f"/migrate status {change.id}"
            )
        revisions = tuple(reversed(change.applied(phase)))
        plan = self.plan_of(change)
        if stuck := [r for r in revisions if not plan.script(r).reversible]:
            raise Conflict(
                f"{listed(stuck)} has no way back in its script.",
                hint="Write its downgrade, or restore the backup named in the thread.",
            )
        return phase, revisions

    def rollback(self, change: Change, phase: Phase, ask: Ask) -> Run:
        """Reverse what the change applied there, newest first; one of the phase's roles confirms."""
        stage = self.plan_of(change).stage(phase)
        self.may_rollback(change, phase)
        policy.must_hold_one(ask.person, stage.roles, self.holders(change), f"take {phase} back")

        def say(c: Change) -> tuple[Event, ...]:
            asked = c.run if c.status is Status.PAUSED and c.run and c.run.left else None
            if c.status is not Status.DECIDING and (asked is None or asked.phase != phase):
                self._idle(c)
            self.may_rollback(c, phase)
            ended = (e.RunAborted(run=asked.id),) if asked else ()
            return (*ended, aftermath.taking_back(c, phase))

        return self._wanted(self.decide(change, ask, say))

    def keep(self, change: Change, ask: Ask) -> None:
        """After a failure: leave what is applied where it is."""
        decision = change.decision
        if decision is None:
            raise Conflict(f"Change {change.id} waits for no decision.", hint=f"/migrate why {change.id}")
        roles = self.plan_of(change).stage(decision.phase).roles
        policy.must_hold_one(ask.person, roles, self.holders(change), "decide that")
        self.decide(change, ask, lambda _: (e.LeftKept(run=decision.run),))

    def settle(self, change: Change, applied: bool, clean: bool, ask: Ask) -> Run:
        """Outcome unknown: one of the phase's roles looked, and says what is true."""
        run = self._live(change)
        step = run.unfinished
        if change.status is not Status.HELD or step is None:
            raise Conflict(f"The outcome of change {change.id} is known.", hint=f"/migrate why {change.id}")
        roles = self.plan_of(change).stage(run.phase).roles
        policy.must_hold_one(ask.person, roles, self.holders(change), "settle that")
        settled = e.OutcomeSettled(run=run.id, step=step.key, applied=applied, clean=clean)
        return self._wanted(self.decide(change, ask, lambda _: (settled,)))

    # -- later -------------------------------------------------------------------------------------------

    def schedule(self, change: Change, phase: Phase, at: datetime, ask: Ask) -> Schedule:
        """Have a phase run then, if all still holds then."""
        asked = policy.all_roles(self.plan_of(change))
        if ask.person != change.opened_by:
            policy.must_hold_one(ask.person, asked, self.holders(change), f"schedule {phase}")
        if change.passed(phase):
            raise Conflict(f"{phase.title()} is done already.", hint=f"/migrate status {change.id}")
        if at < self.now() + timedelta(seconds=1):
            raise NotUnderstood("That moment is past.", hint=f"/migrate schedule {phase} in 2 hours")

        def say(c: Change) -> tuple[Event, ...]:
            if c.schedule:
                raise Conflict(
                    f"{c.schedule.phase.title()} is scheduled already.", hint=f"/migrate unschedule {c.id}"
                )
            return (e.RunScheduled(schedule=f"{c.id}@{c.seq + 1}", phase=phase, at=at, person=ask.person),)

        schedule = self.decide(change, ask, say).schedule
        assert schedule is not None
        return schedule

    def unschedule(self, change: Change, ask: Ask) -> Schedule:
        """Forget the schedule."""
        self._may_steer(change, ask, "unschedule it")
        schedule = change.schedule
        if schedule is None:
            raise Conflict(f"Nothing is scheduled for change {change.id}.", hint=f"/migrate why {change.id}")
        ended = e.ScheduleEnded(schedule=schedule.id, why=f"unscheduled by {ask.person}")
        self.decide(change, ask, lambda _: (ended,))
        return schedule

    # -- when its time has come, by the clock ------------------------------------------------------------

    def remind(self, change: Change) -> None:
        """Say in the thread that a scheduled phase is about to start."""
        if (schedule := change.schedule) and not schedule.reminded:
            self.by_clock(change, e.ReminderDue(schedule=schedule.id))

    def lapse(self, change: Change, why: str) -> None:
        """A schedule whose time came and that could not start is over."""
        if schedule := change.schedule:
            self.by_clock(change, e.ScheduleEnded(schedule=schedule.id, why=why))

    def overdue(self, change: Change) -> None:
        """Nobody has decided in time: say it again, and leave what is applied."""
        if change.decision and not change.decision.overdue:
            self.by_clock(change, e.DecisionOverdue(run=change.decision.run))

    # -- inside ------------------------------------------------------------------------------------------

    def _wanted(self, change: Change) -> Run:
        run = change.run
        assert run is not None
        self.queue.put(change.id, run.id)
        return run

    def _idle(self, change: Change) -> None:
        run = change.run
        if run and run.live:
            raise Conflict(
                f"{run.phase.title()} of change {change.id} is {run.state}.", hint=f"/migrate why {change.id}"
            )
        if change.decision:
            raise Conflict(
                "A failure waits for its decision first.",
                hint=f"/migrate rollback {change.decision.phase} {change.id}, or /migrate keep {change.id}",
            )

    def _live(self, change: Change) -> Run:
        if change.run is None or not change.run.live:
            raise Conflict(f"Nothing of change {change.id} is running.", hint=f"/migrate status {change.id}")
        return change.run

    def _may_steer(self, change: Change, ask: Ask, what: str) -> None:
        """Who opened the change and whoever holds one of its roles may stop it and let it go on."""
        if ask.person != change.opened_by:
            roles = policy.all_roles(self.plan_of(change))
            policy.must_hold_one(ask.person, roles, self.holders(change), what)


def stays(change: Change) -> tuple[str, ...]:
    """What of the change is applied where, a sentence for each phase that has something."""
    return tuple(
        f"{phase.title()} keeps {listed(change.applied(phase))}; `/migrate rollback {phase} {change.id}`"
        " takes it back."
        for phase in ENVIRONMENTS
        if change.applied(phase)
    )
