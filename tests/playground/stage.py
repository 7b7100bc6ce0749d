"""A small workspace, and patience."""

import time
from collections.abc import Callable
from typing import Any

from bot.playground.seed import ChannelSeed, CommandSeed, GroupSeed, Seed, UserSeed


def small_seed(**more: Any) -> Seed:
    values: dict[str, Any] = {
        "users": tuple(UserSeed(name=one) for one in ("dba", "qa", "dev-lead")),
        "usergroups": (GroupSeed(handle="dbas", users=("dba",)),),
        "channels": (
            ChannelSeed(name="changes"),
            ChannelSeed(name="lounge", app=False),
            ChannelSeed(name="vault", members=("dba",), is_private=True, app=False),
        ),
        "commands": (CommandSeed(command="/migrate", words=("start", "status")),),
        "retry_delays": (0.0, 0.05, 0.1),
        "ack_seconds": 1.0,
        "rates": False,
    }
    return Seed(**{**values, **more})


def wait_until(look: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Looks until something is so, and returns what it saw."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.01)
    return found
