"""One blow against a revision that the tool carries on a copy."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass

from bot.core.errors import LockTimeout, OutcomeUnknown
from bot.core.events import Direction
from bot.core.intruders import Intruder, Seen
from bot.core.measures import Fault, Measured
from bot.core.plans import Limits, Script
from bot.core.ports import Carried, Guard, Tool
from bot.core.targets import Target
from bot.rehearsal.aims import Aim

APPLICATION = "whimbrel-fault"
_LOOK_SECONDS = 0.005
#: For a child of the tool to start, and for it to learn that its connection is gone.
_START_SECONDS, _LEARN_SECONDS = 60.0, 30.0
#: How long a lock is waited for that is never granted.
_REFUSED_AFTER = 0.4
#: A copy may be slower than the one that was measured.
_SLOWER = 3.0
#: So much of a statement is compared. The server shows 1,024 bytes of it (track_activity_query_size).
_SHOWN = 250
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What is done, and when."""

    fault: Fault
    aim: Aim


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A revision on a copy, with all that is needed to strike it."""

    tool: Tool
    guard: Guard
    intruder: Intruder
    target: Target
    script: Script
    statements: Sequence[Measured]

    @property
    def seconds(self) -> float:
        """What the revision may take by itself."""
        return _SLOWER * sum(statement.seconds for statement in self.statements)

    def struck(self, strike: Strike) -> int | None:
        """The number of the statement that was hit, counted from 1; None when none was.

        Afterwards no session of the tool's is on the copy, and no lock is held there. Raises what the tool
        raised when the revision failed by itself.
        """
        hold = strike.aim.hold
        if hold and not self.intruder.hold(hold):
            return None
        try:
            seen, error = self._carried(strike)
        finally:
            self.guard.cut_off(self.target, APPLICATION)
            self.intruder.let_go()
        if error is None:
            return None
        refused = isinstance(error, LockTimeout)
        if refused and strike.fault is not Fault.LOCK_REFUSED:
            return None  # the blow did not land: it went on to wait, and gave up by itself
        if seen is None and not refused:
            raise error
        return (_number(self.statements, seen.sql) if seen else 0) or strike.aim.number

    def _carried(self, strike: Strike) -> tuple[Seen | None, BaseException | None]:
        """What was hit, if anything was, and how the tool says that it ended."""
        limits = _limits(strike.fault, self.seconds)
        session = self.tool.open(self.target, limits, APPLICATION, (self.script,))
        with ThreadPoolExecutor(1, thread_name_prefix="fault") as pool:
            try:
                carrying = pool.submit(session.carry, self.script.revision, Direction.FORWARD)
                seen = self._awaited(carrying, strike.aim)
                if seen:
                    self._blow(strike.fault, carrying)
                return seen, _error(carrying, limits.step_timeout + _LEARN_SECONDS)
            finally:
                session.close()

    def _blow(self, fault: Fault, carrying: Future[Carried]) -> None:
        if fault is Fault.CANCELLED:
            self.intruder.cancel(APPLICATION)
            return
        if fault is Fault.LOCK_REFUSED:
            # What commits as it goes waits as long as its step may; then its backend is ended, as here.
            wait([carrying], _LEARN_SECONDS if self.script.transactional else 2 * _REFUSED_AFTER)
        if not carrying.done():
            self.guard.cut_off(self.target, APPLICATION)

    def _awaited(self, carrying: Future[Carried], aim: Aim) -> Seen | None:
        """The moment that is meant; None when the revision ended before, or never came there."""
        deadline = time.monotonic() + _START_SECONDS + self.seconds
        while not carrying.done() and time.monotonic() < deadline:
            seen = self.intruder.seen(APPLICATION)
            if seen and (seen.waits if aim.hold else self._half_way(seen, aim)):
                return seen
            time.sleep(_LOOK_SECONDS)
        return None

    def _half_way(self, seen: Seen, aim: Aim) -> bool:
        return seen.seconds >= aim.after and _number(self.statements, seen.sql) == aim.number


def _limits(fault: Fault, seconds: float) -> Limits:
    lock = _REFUSED_AFTER if fault is Fault.LOCK_REFUSED else _LEARN_SECONDS
    return Limits(lock_timeout=lock, step_timeout=_LEARN_SECONDS + seconds)


def _error(carrying: Future[Carried], seconds: float) -> BaseException | None:
    try:
        return carrying.exception(seconds)
    except Late:
        return OutcomeUnknown(f"The tool said nothing for {seconds:.0f} s.")


def _number(statements: Sequence[Measured], sql: str) -> int:
    """Which of the statements the server showed; 0 when it is none of them."""
    shown = _bare(sql)
    found = (s.number for s in statements if shown and _bare(s.sql).startswith(shown))
    return next(found, 0)


def _bare(sql: str) -> str:
    """Without comments, space and case, which a tool may write otherwise."""
    return re.sub(r"[\s;]+", "", _COMMENT.sub("", sql)).lower()[:_SHOWN]
