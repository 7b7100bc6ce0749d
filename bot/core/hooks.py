"""A team's own command or address that answers a line of the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """What is run or asked, and when it has gone well. Either `command` or `url` is given."""

    name: str
    #: Program and arguments; no shell reads them.
    command: tuple[str, ...] = ()
    url: str = ""
    method: str = "GET"
    #: Seconds after which it is ended and has failed.
    limit: float = 300.0
    #: Names of the bot's variables that the command may see.
    environment: tuple[str, ...] = ()
    #: Exit code or HTTP status that is success, and a pattern that its output must match.
    expect: int = 0
    output: str = ""
    #: Patterns whose matches are blotted out of what is kept.
    redact: tuple[str, ...] = ()
    #: False when it may not be run twice: after a crash a person says how it ended.
    repeatable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRan:
    """How it went: `said` is the end of what it printed, without secrets."""

    ok: bool
    code: int
    seconds: float
    said: str
    #: One sentence: "ended with 1 where 0 was expected".
    why: str = ""


class Hooks(Protocol):
    """Runs hooks."""

    def run(self, hook: Hook, told: Mapping[str, str], secret: Mapping[str, str]) -> HookRan:
        """Run it to its end or its limit. `told` and `secret` are further variables of a command; what is
        secret is blotted out of what it prints. Never raises for what the hook does."""
        ...
