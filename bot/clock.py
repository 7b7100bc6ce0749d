"""The alarm clock: schedules, reminders, deadlines and the sweep. APScheduler rings; nothing long runs here.

What is due is read from the journal at each tick, so a clock that starts late, twice or elsewhere does the
same. One process holds the clock at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from bot.chat import Ask, Chat
from bot.core.changes import Change
from bot.core.errors import Conflict, StoreGone, WhimbrelError
from bot.core.keeping import Hold
from bot.core.words import Schedule
from bot.desk import Desk

log = logging.getLogger(__name__)

#: A scheduled phase is announced this long before it starts, or as soon as it is scheduled.
REMIND = timedelta(minutes=10)
#: A schedule whose time passed longer ago than this (Whimbrel was not running) is not caught up on.
TOO_LATE = timedelta(minutes=15)


class Clock:
    """Ticks each second; `tick` may as well be called by a test with its own time."""

    def __init__(self, desk: Desk, chat: Chat, hold: Hold, sweep: Callable[[], int]) -> None:
        self._desk, self._chat, self._hold, self._sweep = desk, chat, hold, sweep
        self._known: dict[int, Change] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60}
        )

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.add_job(self.tick, "interval", seconds=1, id="tick")
        self._scheduler.start()

    def close(self) -> None:
        """Stop ticking, and let another process be the clock."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._hold.close()

    def tick(self) -> None:
        """Do all that is due. Never raises: the next tick comes."""
        try:
            if not self._hold.mine():
                return
            for change in self._alive():
                self._look(change)
            self._sweep()
        except StoreGone as error:
            log.warning("the clock waits: %s", error.message)
        except Exception:
            log.exception("a fault of our own at a tick of the clock")

    def _look(self, change: Change) -> None:
        now = self._desk.now()
        try:
            if change.decision and not change.decision.overdue and now >= change.decision.deadline:
                self._desk.overdue(change)
            elif change.schedule and now >= change.schedule.at:
                self._ring(change, change.schedule, now)
            elif change.schedule and not change.schedule.reminded and now >= change.schedule.at - REMIND:
                self._desk.remind(change)
        except Conflict:
            log.info("change %s moved while the clock looked", change.id)

    def _ring(self, change: Change, schedule: Schedule, now: datetime) -> None:
        """The schedule's ask comes in by the same door as its author, and is checked again."""
        if change.run and change.run.live:
            return  # an earlier phase is still under way; it may end within the grace
        if now > schedule.at + TOO_LATE:
            self._desk.lapse(change, "its time passed before it could start")
            return
        ask = Ask(
            key=f"schedule {schedule.id}",
            text=f"run {schedule.phase} {change.id}",
            person=schedule.person,
            channel=change.channel,
            via="scheduled",
            at=now,
        )
        reply = self._chat.answer(ask)
        after = self._desk.change(change.id)
        if after.schedule and after.schedule.id == schedule.id:
            self._desk.lapse(after, reply.text)

    def _alive(self) -> list[Change]:
        """Every change that is under way, read again only when its journal has grown."""
        for number, seq in self._desk.journal.newest().items():
            known = self._known.get(number)
            if known is None or known.seq != seq:
                try:
                    self._known[number] = self._desk.change(number)
                except WhimbrelError:
                    log.exception("change %s cannot be read", number)
        return [c for c in self._known.values() if not c.final or c.schedule]
