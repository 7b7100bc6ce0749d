"""Frozen dataclasses to JSON text and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeVar

from bot.core.codec import made

T = TypeVar("T")


def dump(value: Any) -> str:
    """A dataclass as JSON text."""
    return json.dumps(asdict(value), ensure_ascii=False)


def load(kind: type[T], text: str) -> T:
    """The dataclass that `dump` wrote; TypeError when the text does not fit."""
    return made(kind, json.loads(text))
