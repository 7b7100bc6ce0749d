"""What each fact about a change as a whole alters in it. Only Change.take calls these."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core import events as e
from bot.core.events import Entry, Event
from bot.core.facets import Facet, touched
from bot.core.words import Accepted, Approval, Decision, Rejection, Said, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.changes import Change


def _opened(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.ChangeOpened)
    c.project, c.title, c.channel, c.fingerprint = ev.project, ev.title, ev.channel, ev.fingerprint
    c.opened_by, c.opened, c.since = n.by, n.at, n.at


def _revised(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.PlanRevised)
    c.fingerprint, c.moved = ev.fingerprint, ev.moved
    moved = touched(ev.moved)
    stay = [a for a in c.approvals.values() if a.rests_on and not moved & set(a.rests_on)]
    c.approvals = {a.role: replace(a, fingerprint=ev.fingerprint) for a in stay}
    c.rejections.clear()
    c.answers.clear()
    c.found.clear()
    if moved & {Facet.SQL, Facet.ROLLBACK}:  # what people saw, and what they let pass, was another plan
        c.said.clear()
        c.accepted.clear()
    c.rehearsal, c.rehearsed = None, None
    c.forecasts = {}


def _approved(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.RoleApproved)
    c.rejections.pop(ev.role, None)
    if ev.fingerprint == c.fingerprint:
        c.approvals[ev.role] = Approval(
            role=ev.role,
            person=ev.person,
            fingerprint=ev.fingerprint,
            via=ev.via,
            at=n.at,
            rests_on=ev.rests_on,
            facts=ev.facts,
        )


def _withdrawn(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.ApprovalWithdrawn | e.ApprovalLapsed)
    c.approvals.pop(ev.role, None)


def _rejected(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.RoleRejected)
    c.approvals.pop(ev.role, None)
    c.rejections[ev.role] = Rejection(role=ev.role, person=ev.person, why=ev.why, at=n.at)


def _decision(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.DecisionAsked)
    c.decision = Decision(run=ev.run, phase=ev.phase, deadline=ev.deadline)


def _overdue(c: Change, _: Entry) -> None:
    if d := c.decision:
        c.decision = Decision(run=d.run, phase=d.phase, deadline=d.deadline, overdue=True)


def _kept(c: Change, _: Entry) -> None:
    c.decision = None


def _scheduled(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.RunScheduled)
    c.schedule = Schedule(id=ev.schedule, phase=ev.phase, at=ev.at, person=ev.person)


def _reminded(c: Change, _: Entry) -> None:
    if s := c.schedule:
        c.schedule = Schedule(id=s.id, phase=s.phase, at=s.at, person=s.person, reminded=True)


def _unscheduled(c: Change, _: Entry) -> None:
    c.schedule = None


def _ticked(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.LinesTicked)
    said = Said(waived=False, role=ev.role, person=ev.person, words=ev.evidence, at=n.at)
    c.said.update(dict.fromkeys(ev.lines, said))


def _waived(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.LinesWaived)
    said = Said(waived=True, role=ev.role, person=ev.person, words=ev.why, at=n.at)
    c.said.update(dict.fromkeys(ev.lines, said))


def _reopened(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.LineReopened)
    c.said.pop(ev.line, None)


def _accepted(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.FindingAccepted)
    c.accepted[ev.finding] = Accepted(role=ev.role, person=ev.person, why=ev.why, at=n.at)


OF_CHANGES: dict[type[Event], Callable[[Change, Entry], None]] = {
    e.ChangeOpened: _opened,
    e.PlanRevised: _revised,
    e.RoleApproved: _approved,
    e.ApprovalWithdrawn: _withdrawn,
    e.ApprovalLapsed: _withdrawn,
    e.RoleRejected: _rejected,
    e.DecisionAsked: _decision,
    e.DecisionOverdue: _overdue,
    e.LeftKept: _kept,
    e.RunScheduled: _scheduled,
    e.ReminderDue: _reminded,
    e.ScheduleEnded: _unscheduled,
    e.LinesTicked: _ticked,
    e.LinesWaived: _waived,
    e.LineReopened: _reopened,
    e.FindingAccepted: _accepted,
}
