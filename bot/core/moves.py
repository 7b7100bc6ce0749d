"""Which event may happen when, and where it leads: the whole state machine in one table."""

from __future__ import annotations

from enum import StrEnum

from bot.core import events as e
from bot.core.events import Event


class Status(StrEnum):
    """Where a change stands."""

    #: Nothing runs; it waits for approvals, or for the next phase's word.
    OPEN = "open"
    #: A run is wanted and no driver has it yet, or another change holds its target.
    QUEUED = "queued"
    RUNNING = "running"
    #: A run stopped at a step boundary and can go on.
    PAUSED = "paused"
    #: A run failed after something was applied; its roles decide.
    DECIDING = "deciding"
    #: Nobody can tell whether a step happened; a person must look.
    HELD = "held"
    DONE = "done"
    ABORTED = "aborted"


_S = Status
_LIVE = frozenset({_S.QUEUED, _S.RUNNING, _S.PAUSED, _S.HELD})
_ALIVE = _LIVE | {_S.OPEN, _S.DECIDING}
_ANY = _ALIVE | {_S.DONE, _S.ABORTED}

#: event -> (the statuses in which it may happen, the status it leads to; None: stays)
MOVES: dict[type[Event], tuple[frozenset[Status], Status | None]] = {
    e.ChangeOpened: (frozenset(), _S.OPEN),
    e.PlanRevised: (frozenset({_S.OPEN}), None),
    e.RoleApproved: (_ALIVE, None),
    e.ApprovalWithdrawn: (_ALIVE, None),
    e.ApprovalLapsed: (_ALIVE, None),
    e.RoleRejected: (_ALIVE, None),
    e.RunRequested: (frozenset({_S.OPEN, _S.DECIDING, _S.DONE, _S.ABORTED}), _S.QUEUED),
    e.RunQueued: (frozenset({_S.QUEUED}), None),
    e.RunStarted: (frozenset({_S.QUEUED, _S.RUNNING}), _S.RUNNING),
    e.StepStarted: (frozenset({_S.RUNNING}), None),
    e.LockWaited: (frozenset({_S.RUNNING}), None),
    e.StepFinished: (frozenset({_S.RUNNING}), None),
    e.Rehearsed: (frozenset({_S.RUNNING}), None),
    e.StepSettled: (frozenset({_S.RUNNING}), None),
    e.RunFailed: (frozenset({_S.RUNNING}), _S.OPEN),
    e.EnvelopeLeft: (frozenset({_S.RUNNING}), None),
    e.OutcomeLost: (frozenset({_S.RUNNING}), _S.HELD),
    e.OutcomeSettled: (frozenset({_S.HELD}), _S.QUEUED),
    e.PauseAsked: (frozenset({_S.QUEUED, _S.RUNNING}), None),
    e.RunPaused: (frozenset({_S.QUEUED, _S.RUNNING}), _S.PAUSED),
    e.PauseDropped: (frozenset({_S.QUEUED, _S.RUNNING}), None),
    e.RunResumed: (frozenset({_S.PAUSED}), _S.QUEUED),
    e.AbortAsked: (_LIVE, None),
    e.RunAborted: (_LIVE, _S.OPEN),
    e.RunFinished: (frozenset({_S.RUNNING}), _S.OPEN),
    e.DecisionAsked: (frozenset({_S.OPEN}), _S.DECIDING),
    e.DecisionOverdue: (frozenset({_S.DECIDING}), None),
    e.LeftKept: (frozenset({_S.DECIDING}), _S.OPEN),
    e.RunScheduled: (frozenset({_S.OPEN, _S.QUEUED, _S.RUNNING}), None),
    e.ReminderDue: (_ALIVE, None),
    e.ScheduleEnded: (_ANY, None),
    e.LinesTicked: (_ALIVE, None),
    e.LinesWaived: (_ALIVE, None),
    e.LineReopened: (_ALIVE, None),
    e.FindingAccepted: (_ALIVE, None),
    e.ChangeFinished: (frozenset({_S.OPEN}), _S.DONE),
    e.ChangeAborted: (frozenset({_S.OPEN, _S.DECIDING}), _S.ABORTED),
}
