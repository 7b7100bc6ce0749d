"""Frozen dataclasses from plain JSON values, by their type hints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def made(kind: type[T], value: Any) -> T:
    """The dataclass (or enum) whose `asdict` was `value`; TypeError when it does not fit.

    Keys that the class does not know are left out: an older version may read what a newer one wrote.
    """
    found: T = _make(kind, value)
    return found


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _make(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _make(next(arm for arm in get_args(hint) if arm is not NoneType), value)
    if origin is tuple:
        return tuple(_make(get_args(hint)[0], v) for v in value)
    if origin is dict:
        return {k: _make(get_args(hint)[1], v) for k, v in value.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{k: _make(hints[k], v) for k, v in value.items() if k in hints})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return datetime.fromisoformat(value) if hint is datetime else value


def written(values: Sequence[Any]) -> str:
    """Dataclasses as JSON text, for a step's facts."""
    return json.dumps([asdict(value) for value in values], ensure_ascii=False, default=datetime.isoformat)


def read(kind: type[T], text: str) -> tuple[T, ...]:
    """What `written` wrote; nothing of ""."""
    return tuple(made(kind, value) for value in json.loads(text)) if text else ()
