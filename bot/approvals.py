"""The plan's side of the desk: opening a change, and the roles' word on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.core import events as e
from bot.core import policy
from bot.core.changes import Change
from bot.core.errors import Conflict, NotFound
from bot.core.events import Event
from bot.core.keeping import Note
from bot.core.moves import Status
from bot.core.plans import Plan
from bot.core.text import code, listed
from bot.pen import Pen

if TYPE_CHECKING:
    from bot.chat import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals(Pen):
    """Opens changes, and takes approvals and rejections."""

    def open(self, project: str, to: str, ask: Ask) -> Change:
        """Open a change: work the plan out, keep it, note it."""
        names = self.projects()
        if project not in names:
            raise NotFound(
                f"There is no project {code(project)}.", hint=f"Known here: {listed(list(names), 'and')}."
            )
        plan = self.projects_port.work_out(project, to)
        self.plans.keep(plan)
        opened = e.ChangeOpened(
            project=project,
            title=plan.notes.title or f"{project}: {plan.scripts[-1].title}",
            fingerprint=plan.fingerprint,
            channel=ask.channel,
        )
        entries = self.journal.open(Note(events=(opened,), by=ask.person, at=self.now(), cause=ask.key))
        change = Change.of(entries)
        self.nudge(change.id)
        return change

    def look_again(self, change: Change, ask: Ask) -> tuple[Plan, tuple[str, ...]]:
        """Work the plan out anew; when it moved, its approvals are void. The plan, and what moved."""
        known = self.plan_of(change)
        plan = _with_applied(self.projects_port.again(known), change)
        moved = plan.moved(known)
        if change.status is Status.OPEN:
            self.plans.keep(plan)
            if moved:
                revised = e.PlanRevised(fingerprint=plan.fingerprint, moved=moved)
                self.decide(change, ask, lambda _: (revised,))
        return (plan if change.status is Status.OPEN else known), moved

    def approve(self, change: Change, role: str, ask: Ask) -> str:
        """Approve for a role that the person holds; the role for which it counted."""
        plan, holders = self.plan_of(change), self.holders(change)
        counted = ""

        def say(c: Change) -> tuple[Event, ...]:
            nonlocal counted
            if ask.plan not in ("", c.fingerprint):
                raise Conflict(f"That was an earlier plan of change {c.id}.", hint=f"/migrate plan {c.id}")
            counted = policy.may_approve(c, plan, ask.person, holders, role)
            approved = e.RoleApproved(
                role=counted,
                person=ask.person,
                fingerprint=plan.fingerprint,
                via=ask.via,
                rests_on=plan.rests_on.get(counted, ()),
                facts=policy.facts(c, plan),
            )
            return (approved,)

        self.decide(change, ask, say)
        return counted

    def withdraw(self, change: Change, ask: Ask) -> tuple[str, ...]:
        """Take back this person's approvals, while no phase that rests on them is under way."""
        plan = self.plan_of(change)
        roles: tuple[str, ...] = ()

        def say(c: Change) -> tuple[Event, ...]:
            nonlocal roles
            roles = tuple(r for r, a in c.approvals.items() if a.person == ask.person)
            if not roles:
                raise NotFound(f"You have not approved change {c.id}.", hint=f"/migrate status {c.id}")
            run = c.run
            if run and run.live and set(roles) & set(plan.stage(run.phase).roles):
                raise Conflict(
                    f"{run.phase.title()} has started on your approval, so it is not withdrawn.",
                    hint=f"/migrate pause {c.id}",
                )
            return tuple(e.ApprovalWithdrawn(role=role, person=ask.person) for role in roles)

        self.decide(change, ask, say)
        return roles

    def reject(self, change: Change, why: str, ask: Ask) -> tuple[str, ...]:
        """Reject for every role of the plan that the person holds."""
        plan, holders = self.plan_of(change), self.holders(change)
        asked = policy.all_roles(plan)
        held = tuple(r for r in policy.roles_of(ask.person, holders) if r in asked)
        if not held:
            policy.must_hold_one(ask.person, asked, holders, f"reject change {change.id}")
        events = tuple(e.RoleRejected(role=r, person=ask.person, why=why) for r in held)
        self.decide(change, ask, lambda _: events)
        return held


def _with_applied(plan: Plan, change: Change) -> Plan:
    """What this change has applied is still its own to carry: it may be taken back and carried again."""
    mine = {stage.phase: {*stage.pending, *change.applied(stage.phase)} for stage in plan.stages}
    order = [s.revision for s in plan.scripts]
    return replace(
        plan,
        stages=tuple(
            replace(stage, pending=tuple(r for r in order if r in mine[stage.phase])) for stage in plan.stages
        ),
    )
