"""The words."""

from __future__ import annotations

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
        return Reply(text=f"{INFO} {code(f'/migrate {command.usage}')}\n{command.about}")
    lines = [f"{code(f'/migrate {c.usage}')}  {c.help}" for c in sorted(commands.known.values(), key=_place)]
    end = "Without a number, the change is this channel's only one under way."
    return Reply(text="\n".join([f"{INFO} These are the words:", *lines, end]))


def _place(command: Command) -> tuple[int, str]:
    known = command.name in _ORDER
    return _ORDER.index(command.name) if known else len(_ORDER), command.name
