"""The words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.chat import INFO, Ask, Command, Commands, Reply
from bot.core.text import code
from bot.desk import Desk

#: In the order in which a change meets them; a word that is not here comes after these.
_ORDER = (
    *(
        "start",
        "plan",
        "approve",
        "withdraw",
        "reject",
        "run",
        "checklist",
        "tick",
        "waive",
        "untick",
        "accept",
        "lines",
        "record",
        "pause",
        "resume",
        "abort",
        "rollback",
        "keep",
    ),
    *("settle", "schedule", "unschedule", "status", "why", "list", "help"),
)


def run(desk: Desk, ask: Ask, commands: Commands, word: str = "") -> Reply:  # noqa: ARG001  # every command is asked
    """The words; with a word, what it does in full."""
    if word:
        command = commands.find(word, before="help")
        about = re.sub(r"(?<!\n)\n(?!\n)", " ", command.about)
        return Reply(text=f"{INFO} {code(f'/migrate {command.usage}')}\n{about}")
    lines = [f"{code(f'/migrate {c.usage}')}  {c.help}" for c in in_order(commands.known.values())]
    end = "Without a number, the change is this channel's only one under way."
    return Reply(text="\n".join([f"{INFO} These are the words:", *lines, end]))


def in_order(commands: Iterable[Command]) -> list[Command]:
    """The commands as a change meets them."""
    return sorted(commands, key=_place)


def _place(command: Command) -> tuple[int, str]:
    known = command.name in _ORDER
    return _ORDER.index(command.name) if known else len(_ORDER), command.name
