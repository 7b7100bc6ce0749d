"""What every part of the playground speaks in."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """Slack says no: `error` is Slack's own name for why."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra

    def body(self) -> Json:
        return {"ok": False, "error": self.error, **self.extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something happened in the workspace. `to` is the one person who may see it, or None for all."""

    kind: str
    body: Json
    to: str | None = None


Listener = Callable[[News], None]


class Clock:
    """Message times as Slack writes them, never the same twice: "1700000000.000100"."""

    def __init__(self) -> None:
        self._last = 0

    def ts(self) -> str:
        self._last = max(time.time_ns() // 1000, self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


def new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(5).upper()


def text_of(args: Json, name: str) -> str:
    """An argument that must be there."""
    value = args.get(name)
    if value is None or value == "":
        raise Refused(
            "invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]}
        )
    return str(value)


def flag(args: Json, name: str) -> bool:
    return args.get(name) in (True, 1, "1", "true", "True")


def number(args: Json, name: str, default: int, error: str = "") -> int:
    try:
        return int(args.get(name) or default)
    except (TypeError, ValueError):
        raise Refused(error or f"invalid_{name}") from None
