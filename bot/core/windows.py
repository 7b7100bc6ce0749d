"""When a phase may start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of the day, also over midnight, on some days of the week (those on which it opens)."""

    #: "22:00", by the clock of the zone.
    opens: str
    closes: str
    days: tuple[str, ...] = DAYS
    zone: str = "UTC"

    def open_at(self, moment: datetime) -> bool:
        """Whether a phase may start then."""
        here = moment.astimezone(ZoneInfo(self.zone))
        opens, closes, now = time.fromisoformat(self.opens), time.fromisoformat(self.closes), here.time()
        if opens < closes:
            return opens <= now < closes and DAYS[here.weekday()] in self.days
        if now >= opens:
            return DAYS[here.weekday()] in self.days
        return now < closes and DAYS[(here.weekday() - 1) % 7] in self.days

    def next(self, moment: datetime) -> datetime:
        """When it opens next, from `moment` on."""
        here = moment.astimezone(ZoneInfo(self.zone))
        opens = time.fromisoformat(self.opens)
        for days in range(8):
            day = (here + timedelta(days=days)).date()
            at = datetime.combine(day, opens, tzinfo=ZoneInfo(self.zone))
            if at >= moment and DAYS[day.weekday()] in self.days:
                return at
        return moment

    def __str__(self) -> str:
        days = "" if set(self.days) == set(DAYS) else f" on {', '.join(self.days)}"
        return f"{self.opens} to {self.closes} {self.zone}{days}"
