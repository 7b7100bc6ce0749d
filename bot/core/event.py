"""The root of all facts: past tense, written once, never altered. Times in seconds, moments in UTC."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a change."""
