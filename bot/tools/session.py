"""A session with a child: each order's answer in our words, and what a missing answer means."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.errors import LockTimeout, NotBegun, OutcomeUnknown, ScriptMoved, StepFailed
from bot.core.events import Direction
from bot.core.plans import Limits, Script
from bot.core.ports import Carried
from bot.core.targets import Secret, Target
from bot.tools.link import Reader, hide, scrub
from bot.tools.program import Child, Gone

#: Seconds for a child to load the project's scripts, and to answer once its backend has been ended.
START_SECONDS = 60.0
GRACE_SECONDS = 10.0
_SQL_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a session needs to know of its tool."""

    target: Target
    limits: Limits
    #: The scripts that were approved, by revision.
    approved: Mapping[str, Script]
    #: The file that is not what was approved, for people; "" while all is as it was.
    moved: Callable[[Script, Direction], str]
    #: The rest of an order, beside revision, direction and checksum.
    words: Callable[[Script, Direction], Mapping[str, Any]]
    #: The revisions that the target's history table names.
    present: Callable[[Reader], Collection[str]]
    #: Ends the child's backends on the target and waits until they are gone.
    cut_off: Callable[[], int] | None = None
    #: What the child was given to keep, beside the target's address.
    secrets: tuple[Secret, ...] = ()


class ChildSession:
    """Port Session: one child, joined to one target."""

    def __init__(self, child: Child, errand: Errand) -> None:
        self._child, self._errand = child, errand
        self._reader = Reader(errand.target)
        self._ready = self._dead = False

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def carry(self, revision: str, direction: Direction, *, record: bool = False) -> Carried:
        """Apply or reverse one revision in its own transaction; `record`: only tell the history table."""
        if self._dead:
            raise NotBegun(f"{revision} was not begun: the tool's session has ended.", hint="Run again.")
        order = self._order(revision, direction, record=record)
        try:
            self._wait_until_ready(revision)
            self._child.forget()
            self._child.order(order)
            answer = self._child.hear(self._errand.limits.step_timeout)
            if answer is None:
                answer = self._overdue(revision, direction)
        except Gone:
            raise self._lost(revision, "its process died") from None
        if failed := answer.get("failed"):
            raise self._failure(revision, failed)
        self._verify(revision, direction)
        return Carried(**answer["done"])

    def close(self) -> None:
        """End the child; what it has not committed is rolled back."""
        self._dead = True
        self._child.close()
        self._reader.close()

    def _order(self, revision: str, direction: Direction, *, record: bool) -> dict[str, Any]:
        """The order to the child. Nothing of a script is run to `record` it, so its file does not matter."""
        script = self._errand.approved.get(revision)
        if script is None:
            raise ScriptMoved(f"{revision} was not begun: it is not among the scripts that were approved.")
        if not record and (file := self._errand.moved(script, direction)):
            raise _moved(revision, file)
        words = self._errand.words(script, direction)
        same = {"revision": revision, "direction": direction.value, "checksum": script.checksum}
        return {**same, "record": record, **words}

    def _wait_until_ready(self, revision: str) -> None:
        if self._ready:
            return
        try:
            self._ready = self._child.hear(START_SECONDS) is not None
        except Gone:
            self._ready = False
        if not self._ready:
            self.close()
            raise NotBegun(
                f"{revision} was not begun: the tool did not start.", hint=self._printed("It says:")
            )

    def _overdue(self, revision: str, direction: Direction) -> dict[str, Any]:
        """The step's time is up: end its backend, and see whether the child then knows how it ended."""
        limit = self._errand.limits.step_timeout
        late = f"it took longer than {limit:g} s"
        answer = None
        if self._errand.cut_off:
            until = time.monotonic() + GRACE_SECONDS
            self._errand.cut_off()
            answer = self._child.hear(until - time.monotonic())
        if answer is None:
            raise self._lost(revision, late)
        failed = answer.get("failed")
        if failed is None:
            return answer
        if _half_done(failed) or (revision in self._present(revision)) == (direction is Direction.FORWARD):
            raise self._lost(revision, late)
        raise StepFailed(
            f"{revision} was cut off, for {late}; it was rolled back.",
            hint="`step_timeout` under `limits` in whimbrel.yaml says how long a step may take.",
        )

    def _failure(self, revision: str, failed: Mapping[str, Any]) -> Exception:
        sql = failed["sql"].strip()
        shown = sql if len(sql) <= _SQL_SHOWN else f"{sql[: _SQL_SHOWN - 1]}…"
        said = self._clean(failed["said"].rstrip(".") + (f", in: {shown}" if shown else ""))
        if failed["why"] == "moved":
            return _moved(revision, self._errand.approved[revision].file)
        if failed["why"] == "lost":
            return self._lost(revision, f"the connection was lost ({said})")
        if _half_done(failed):
            count = failed["committed"]
            many = f"{count} statement{'' if count == 1 else 's'} {'was' if count == 1 else 'were'} committed"
            return OutcomeUnknown(
                f"{revision} failed half-way, {many}: {said}.",
                hint="Look at what it left before it is run again.",
            )
        if failed["why"] == "lock":
            return LockTimeout(f"{revision} was not granted a lock in time: {said}.")
        kind = StepFailed if failed["began"] else NotBegun
        return kind(f"{revision} failed: {said}.", hint=self._printed("Nothing of it remains. It printed:"))

    def _lost(self, revision: str, why: str) -> OutcomeUnknown:
        self._dead = True
        self._child.kill()
        said = self._printed("It printed last:")
        return OutcomeUnknown(f"Nobody can tell how {revision} ended: {why}.", hint=said)

    def _verify(self, revision: str, direction: Direction) -> None:
        """The target itself has to say so: a script may have gone elsewhere."""
        there = revision in self._present(revision)
        if there != (direction is Direction.FORWARD):
            raise OutcomeUnknown(
                f"{revision} ran, but the target's history table {'still has' if there else 'does not have'} "
                "it: env.py bypassed Whimbrel.",
                hint="Look where it went, and let env.py migrate over its engine's connection.",
            )

    def _present(self, revision: str) -> Collection[str]:
        try:
            return self._errand.present(self._reader)
        except StepFailed as error:
            raise OutcomeUnknown(
                f"Nobody can tell how {revision} ended: {error.message}", hint=error.hint
            ) from None

    def _printed(self, before: str) -> str:
        tail = self._clean(self._child.tail())
        return f"{before}\n{tail}" if tail else before.rpartition(" It ")[0]

    def _clean(self, text: str) -> str:
        return hide(scrub(self._errand.target, text), self._errand.secrets)


def _moved(revision: str, file: str) -> ScriptMoved:
    return ScriptMoved(f"{revision} was not begun: {file} is not the file that was approved.")


def _half_done(failed: Mapping[str, Any]) -> bool:
    return bool(failed["committed"] or failed["torn"])
