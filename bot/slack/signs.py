"""The signs that messages use: a closed set, each with one meaning."""

from __future__ import annotations

from enum import StrEnum

from bot.core.changes import Change
from bot.core.events import Direction
from bot.core.moves import Status
from bot.core.runs import RunState


class Sign(StrEnum):
    """One picture, one meaning. `MEANINGS` says which."""

    DONE = "✅"
    OPEN = "⬜"
    NO = "⛔"
    RUNNING = "⏳"
    FAILED = "❌"
    UNKNOWN = "❓"
    BACK = "↩️"
    PAUSED = "⏸️"
    STOPPED = "🛑"
    QUEUED = "🚦"
    READY = "▶️"
    LOCK = "🔒"
    ASKED = "🙋"
    SLOW = "🐢"
    CLOCK = "⏰"
    PLAN = "📄"
    FINISHED = "🏁"
    LOOK = "⚠️"
    INFO = "ℹ️"


MEANINGS: dict[Sign, str] = {
    Sign.DONE: "done, approved, or true as it should be",
    Sign.OPEN: "still to come",
    Sign.NO: "rejected, or not allowed: nothing was changed",
    Sign.RUNNING: "under way now",
    Sign.FAILED: "failed; the sentence says what is applied",
    Sign.UNKNOWN: "nobody can tell whether it happened; the target is held until a person looks",
    Sign.BACK: "reversed, or being reversed",
    Sign.PAUSED: "stopped between two steps, can go on",
    Sign.STOPPED: "ended by a person, does not go on",
    Sign.QUEUED: "wanted, waits for its turn on the database",
    Sign.READY: "nothing stands in the way: it starts when someone says so",
    Sign.LOCK: "a lock was not granted in time",
    Sign.ASKED: "somebody's word is needed",
    Sign.SLOW: "takes far longer than it should",
    Sign.CLOCK: "set for a time",
    Sign.PLAN: "the plan, or a file",
    Sign.FINISHED: "production has it: the change is over",
    Sign.LOOK: "look before you go on",
    Sign.INFO: "an answer; nothing was changed",
}

_BY_STATUS = {
    Status.QUEUED: Sign.QUEUED,
    Status.RUNNING: Sign.RUNNING,
    Status.PAUSED: Sign.PAUSED,
    Status.DECIDING: Sign.ASKED,
    Status.HELD: Sign.UNKNOWN,
    Status.DONE: Sign.FINISHED,
    Status.ABORTED: Sign.STOPPED,
}


def of_change(change: Change, *, ready: bool) -> Sign:
    """The sign of a change as a whole; `ready`: no approval is missing for its next phase."""
    if change.status in _BY_STATUS:
        return _BY_STATUS[change.status]
    if change.schedule:
        return Sign.CLOCK
    if change.run and change.run.state is RunState.FAILED:
        return Sign.FAILED
    if change.run and change.run.direction is Direction.BACK:
        return Sign.BACK
    return Sign.READY if ready else Sign.ASKED


def of_run(state: RunState, direction: Direction) -> Sign:
    """The sign of a run."""
    signs = {
        RunState.QUEUED: Sign.QUEUED,
        RunState.RUNNING: Sign.RUNNING,
        RunState.PAUSED: Sign.PAUSED,
        RunState.HELD: Sign.UNKNOWN,
        RunState.FAILED: Sign.FAILED,
        RunState.ABORTED: Sign.STOPPED,
        RunState.FINISHED: Sign.DONE if direction is Direction.FORWARD else Sign.BACK,
    }
    return signs[state]


def of_step(state: str) -> Sign:
    """The sign of a step."""
    return {"done": Sign.DONE, "failed": Sign.FAILED, "unknown": Sign.UNKNOWN}.get(state, Sign.RUNNING)
