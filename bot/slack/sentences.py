"""Each entry of the journal as a sentence for the thread, and whether it is an alert. Pure.

Sentences are for three in the morning: what is true, what stays applied, the exact words to type.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.core import events as e
from bot.core.changes import Change
from bot.core.events import Entry, Event
from bot.slack import said_of_ends as ends
from bot.slack import said_of_lines as lines
from bot.slack import said_of_plans as plans
from bot.slack import said_of_runs as runs
from bot.slack import said_of_trouble as trouble
from bot.slack.signs import Sign
from bot.slack.voice import Moment, Said, Voice


def sentence(entry: Entry, then: Change, voice: Voice) -> Said | None:
    """What the thread says of an entry; `then` is the change with the entry taken, and none after it.

    None where the live message alone shows it. A call for something that was settled meanwhile is told as
    a plain sentence: nobody is woken for what is over.
    """
    tell = TOLD.get(type(entry.event))
    return tell(Moment(entry=entry, then=then, voice=voice)) if tell else None


TOLD: dict[type[Event], Callable[[Moment], Said | None]] = {
    e.ChangeOpened: plans.opened,
    e.PlanRevised: plans.revised,
    e.RoleApproved: plans.approved,
    e.ApprovalWithdrawn: plans.withdrawn,
    e.ApprovalLapsed: lines.lapsed,
    e.RoleRejected: plans.rejected,
    e.RunRequested: runs.requested,
    e.RunQueued: runs.queued,
    e.RunStarted: runs.started,
    e.LockWaited: trouble.waited,
    e.StepFinished: runs.finished_step,
    e.StepSettled: runs.settled_step,
    e.RunFailed: trouble.failed,
    e.EnvelopeLeft: trouble.envelope_left,
    e.OutcomeLost: trouble.lost,
    e.OutcomeSettled: trouble.person_settled,
    e.PauseAsked: runs.wish(f"{Sign.PAUSED} {{who}} asked for a pause: it comes after the step under way."),
    e.PauseDropped: runs.wish(f"{Sign.RUNNING} {{who}} took the pause back: the run goes on."),
    e.RunPaused: runs.paused,
    e.RunResumed: runs.wish(f"{Sign.RUNNING} {{who}} resumed the run."),
    e.AbortAsked: runs.wish(f"{Sign.STOPPED} {{who}} asked to stop: it stops after the step under way."),
    e.RunAborted: runs.aborted,
    e.RunFinished: runs.finished,
    e.DecisionAsked: ends.decision,
    e.DecisionOverdue: ends.overdue,
    e.LeftKept: ends.kept,
    e.RunScheduled: ends.scheduled,
    e.ReminderDue: ends.reminder,
    e.ScheduleEnded: ends.schedule_ended,
    e.LinesTicked: lines.ticked,
    e.LinesWaived: lines.waived,
    e.LineReopened: lines.reopened,
    e.FindingAccepted: lines.accepted,
    e.Rehearsed: lines.rehearsed,
    e.ChangeFinished: ends.done,
    e.ChangeAborted: ends.ended,
}
