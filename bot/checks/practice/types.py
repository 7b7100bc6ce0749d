"""Which changes of a column's type leave the stored rows as they are on PostgreSQL."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHAPE = re.compile(
    r"(?P<name>[a-z_ ]+?)\s*(?:\((?P<sizes>[\d, ]+)\))?(?P<rest>(?: with(?:out)? time zone)?(?:\[\])*)"
)
_SAME = {
    "character varying": "varchar",
    "bit varying": "varbit",
    "decimal": "numeric",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time without time zone": "time",
    "time with time zone": "timetz",
}
#: Types whose size may grow, or go, without a look at the rows.
_SIZED = frozenset({"varchar", "varbit", "timestamp", "timestamptz", "time", "timetz", "interval"})


@dataclass(frozen=True, slots=True)
class _Type:
    name: str
    sizes: tuple[int, ...]


def keeps_rows(old: str, new: str) -> bool:
    """The stored rows serve as they are (docs: ALTER TABLE, "Notes"; tests/truth measures each case).

    False also for what is not known; timestamp and timestamptz hang on the session's time zone.
    """
    was, now = _read(old), _read(new)
    if was is None or now is None:
        return False
    if was == now:
        return True
    if now.name == "text" or (now.name == "varchar" and not now.sizes):
        return was.name in ("varchar", "text")
    if was.name != now.name:
        return (was.name, now.name) == ("cidr", "inet")
    if not now.sizes:
        return was.name in _SIZED or was.name == "numeric"
    if was.name == "numeric":
        return (
            len(was.sizes) == len(now.sizes) == 2 and was.sizes[1] == now.sizes[1] and was.sizes < now.sizes
        )
    return was.name in _SIZED and bool(was.sizes) and was.sizes[0] <= now.sizes[0]


def _read(text: str) -> _Type | None:
    found = _SHAPE.fullmatch(text.strip().lower())
    if not found:
        return None
    name = found["name"].strip() + found["rest"]
    sizes = tuple(int(n) for n in re.findall(r"\d+", found["sizes"] or ""))
    return _Type(_SAME.get(name, name), sizes)
