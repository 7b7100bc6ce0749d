"""Everything that can go wrong, ordered by who can put it right.

    WhimbrelError
    ├── Refusal            the person who asked can put it right
    │   ├── NotUnderstood  the words make no sense here
    │   ├── NotFound       there is no such thing
    │   ├── NotAllowed     someone else may do it
    │   └── Conflict       it may not happen now
    │       ├── Overtaken  someone else wrote first: read again, decide again
    │       └── Repeated   this ask has been carried out already
    ├── StepFailed         the author of the step can; nothing of it remains
    │   ├── NotBegun       not one statement of it was sent
    │   │   └── ScriptMoved  what would run is not what was approved
    │   ├── Lapsed         approvals no longer hold: their roles are asked again
    │   └── LockTimeout    the runner tries again, a bounded number of times
    ├── OutcomeUnknown     an operator must look; never retried; the target is held
    ├── StoreGone          our own memory is out of reach; we wait for it, and nothing goes on without it
    └── BadSettings        whoever deploys; the process does not start

A message is what is true, in one sentence; `hint` is what to do or to type next.
Neither ever holds a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.event import Event
    from bot.core.targets import Blocker


class WhimbrelError(Exception):
    """The root: one sentence of what is true, and what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Refusal(WhimbrelError):
    """The person who asked can put it right; nothing was changed."""


class NotUnderstood(Refusal):
    """The words make no sense here."""


class NotFound(Refusal):
    """There is no such thing."""


class NotAllowed(Refusal):
    """Someone else may do it; the message says who."""


class Conflict(Refusal):
    """It may not happen now; the message says what stands in the way."""


class Overtaken(Conflict):
    """Someone else wrote to the change first: read it again and decide again."""


class Repeated(Conflict):
    """This ask has been carried out already."""


class StepFailed(WhimbrelError):
    """The step did not happen: nothing of it remains on the target."""


class NotBegun(StepFailed):
    """Not one statement of the step was sent, so nothing has to be asked of the target."""


class ScriptMoved(NotBegun):
    """The script that would run is not the one that was approved."""


class Lapsed(StepFailed):
    """Approvals no longer hold; `events` put that on record before the run ends."""

    def __init__(self, message: str, *, hint: str = "", events: Sequence[Event] = ()) -> None:
        super().__init__(message, hint=hint)
        self.events = tuple(events)


class LockTimeout(StepFailed):
    """A lock was not granted in time; the same step may be tried again."""

    def __init__(self, message: str, *, hint: str = "", blockers: Sequence[Blocker] = ()) -> None:
        super().__init__(message, hint=hint)
        self.blockers = tuple(blockers)


class OutcomeUnknown(WhimbrelError):
    """Nobody can tell whether the step happened: ask the target, never try again blindly."""


class StoreGone(WhimbrelError):
    """The bot's own memory cannot be reached; whether the last write happened is known by reading again."""


class BadSettings(WhimbrelError):
    """The deployment is not right; `problems` lists every one, each with its place and mend."""

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"- {p}" for p in self.problems)])
