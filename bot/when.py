"""A moment in words: "22:00", "tomorrow 22:00 Europe/Berlin", "monday 06:30", "in 2 hours". Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.core.errors import NotUnderstood
from bot.core.text import nearest, seconds

_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60}
_UNITS |= {"h": 3600, "hr": 3600, "hour": 3600, "d": 86400, "day": 86400, "week": 604800}
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.IGNORECASE)
_SPAN = re.compile(r"(?:([0-9]{1,6}) ?([a-z]+))(?:,? ?(?:and )?)")
_EXAMPLES = (
    "Say it like `22:00`, `tomorrow 22:00`, `monday 06:30 Europe/Berlin`, `2026-12-01 22:00` or `in 2 hours`."
)
_FARTHEST = timedelta(days=366)


def when(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The moment meant, in UTC. `zone` is meant when the words name none.

    Raises NotUnderstood for what is past, vague, or more than a year away; it says what was understood.
    """
    words = re.sub(r"(?<=\d)T(?=\d)", " ", text.strip()).split()
    if words and words[0].lower() == "in":
        return _ahead(" ".join(words[1:]), text, now)
    words, zone = _zone(words, zone)
    words = [word.lower() for word in words if word.lower() not in ("at", "on")]
    day, clock = _parts(words, text)
    hour, minute = (int(part) for part in clock.split(":"))
    local = now.astimezone(zone)
    today = local.date()
    if day in _DAYS:
        ahead = (_DAYS.index(day) - today.weekday()) % 7
        at = _moment(today + timedelta(days=ahead), hour, minute, zone)
        return _fit(at if at > now else _moment(today + timedelta(days=7), hour, minute, zone), now)
    on = _calendar(day, today, text)
    if not today - timedelta(days=366) < on < today + timedelta(days=370):
        much = "more than a year away" if on > today else "long over"
        raise NotUnderstood(f"I understood the day `{on}`, which is {much}.", hint=_EXAMPLES)
    at = _moment(on, hour, minute, zone)
    if at <= now:
        raise _past(at, now, zone, word=f"tomorrow {clock} {zone}" if on == today else "")
    return _fit(at, now)


def _ahead(span: str, text: str, now: datetime) -> datetime:
    """ "2 hours", "1 hour 30 minutes", "90 s" from now."""
    found, place = 0, 0
    span = span.lower()
    while place < len(span):
        part = _SPAN.match(span, place)
        unit = part and (_UNITS.get(part[2]) or _UNITS.get(part[2].rstrip("s")))
        if not part or not unit:
            raise _vague(text)
        found, place = found + int(part[1]) * unit, part.end()
    if not found:
        raise _vague(text)
    if found > _FARTHEST.total_seconds():
        raise NotUnderstood(f"`{_tame(text)}` is more than a year away.", hint=_EXAMPLES)
    return (now + timedelta(seconds=found)).astimezone(UTC)


def _zone(words: list[str], zone: tzinfo) -> tuple[list[str], tzinfo]:
    """The words without the zone that they end with, and that zone."""
    if not words:
        return words, zone
    *rest, last = words
    glued = re.fullmatch(r"(\d{1,2}:\d{2})(?::00)?(Z|[+-]\d{1,2}:?\d{2})?", last, re.IGNORECASE)
    if glued:
        rest, last = [*rest, glued[1]], glued[2] or ""
    if not last or last.lower() in ("today", "tomorrow", *_DAYS) or _DATE.fullmatch(last):
        return [word for word in (*rest, last) if word], zone
    if last.upper() in ("UTC", "GMT", "Z"):
        return rest, UTC
    if offset := _OFFSET.fullmatch(last):
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if minutes <= 14 * 60 and int(offset[3] or 0) < 60:
            return rest, timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    elif "/" in last and last.lower() in _names():
        return rest, ZoneInfo(_names()[last.lower()])
    if "/" in last or last[0] in "+-" or (rest and _TIME.fullmatch(rest[-1])):
        raise _no_zone(last, rest)
    return words, zone


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _no_zone(word: str, rest: list[str]) -> NotUnderstood:
    near = nearest(word, [name for name in _names() if "/" in name]) if "/" in word else ""
    if near:
        hint = f"Did you mean `{_tame(' '.join(rest))} {_names()[near]}`?"
    else:
        hint = "Write `UTC`, a distance like `+01:00`, or a place like `Europe/Berlin`."
    return NotUnderstood(f"I know no time zone `{_tame(word)}`.", hint=hint)


def _parts(words: list[str], text: str) -> tuple[str, str]:
    """The day ("" for none) and the time of day, whichever comes first."""
    clocks = [word for word in words if _TIME.fullmatch(word)]
    days = [word for word in words if word not in clocks]
    if len(clocks) == 1 and len(days) <= 1:
        return _weekday(days[0]) if days else "", clocks[0]
    if (
        not clocks
        and len(days) == 1
        and (_DATE.fullmatch(days[0]) or _weekday(days[0]) in (*_DAYS, "tomorrow"))
    ):
        hint = f"Say the time too: `{_tame(days[0])} 22:00`."
        raise NotUnderstood(f"I understood the day `{_tame(days[0])}`, but no time of day.", hint=hint)
    raise _vague(text)


def _weekday(word: str) -> str:
    """ "mon" is monday."""
    found = [day for day in _DAYS if day.startswith(word) and len(word) >= 3]
    return found[0] if found else word


def _calendar(day: str, today: date, text: str) -> date:
    if day in ("", "today", "tomorrow"):
        return today + timedelta(days=day == "tomorrow")
    if not _DATE.fullmatch(day):
        raise _vague(text)
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise NotUnderstood(f"There is no day `{day}` in the calendar.", hint=_EXAMPLES) from error


def _moment(day: date, hour: int, minute: int, zone: tzinfo) -> datetime:
    """The moment in UTC; NotUnderstood when the clocks skip it that day, or show it twice."""
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    said = f"{local:%Y-%m-%d %H:%M} {zone}"
    if first.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        hint = f"Say an hour later, or in UTC: `{max(first, second):%Y-%m-%d %H:%M} UTC`."
        raise NotUnderstood(f"`{said}` does not exist: the clocks go forward then.", hint=hint)
    if first != second:
        hint = f"Say which: `{first:%Y-%m-%d %H:%M} UTC` or `{second:%Y-%m-%d %H:%M} UTC`."
        raise NotUnderstood(f"`{said}` comes twice: the clocks go back then.", hint=hint)
    return first


def _fit(at: datetime, now: datetime) -> datetime:
    if at - now > _FARTHEST:
        raise NotUnderstood(f"I understood `{at:%Y-%m-%d %H:%M} UTC`: more than a year away.", hint=_EXAMPLES)
    return at


def _past(at: datetime, now: datetime, zone: tzinfo, word: str) -> NotUnderstood:
    said = f"{at.astimezone(zone):%Y-%m-%d %H:%M} {zone}"
    ago = seconds((now - at).total_seconds()) if now - at < timedelta(days=2) else f"{(now - at).days} days"
    hint = f"Did you mean `{word}`?" if word else _EXAMPLES
    return NotUnderstood(f"I understood `{said}`, which was {ago} ago.", hint=hint)


def _vague(text: str) -> NotUnderstood:
    return NotUnderstood(f"I cannot tell when `{_tame(text)}` is.", hint=_EXAMPLES)


def _tame(text: str) -> str:
    """Fit to stand between backticks."""
    return " ".join(text.replace("`", "").split())[:80] or "…"
