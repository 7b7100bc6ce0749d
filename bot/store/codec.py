"""Frozen dataclasses to JSON and back, by their type hints."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def dump(value: Any) -> str:
    """A dataclass as JSON text."""
    return json.dumps(asdict(value), ensure_ascii=False)


def load(kind: type[T], text: str) -> T:
    """The dataclass that `dump` wrote; TypeError when the text does not fit."""
    made: T = _make(kind, json.loads(text))
    return made


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _make(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin is tuple:
        return tuple(_make(get_args(hint)[0], v) for v in value)
    if origin is dict:
        return {k: _make(get_args(hint)[1], v) for k, v in value.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{k: _make(hints[k], v) for k, v in value.items() if k in hints})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return value
