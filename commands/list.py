"""The changes."""

from __future__ import annotations

from bot.chat import INFO, Ask, Reply
from bot.core.changes import Change
from bot.core.text import code, plain
from bot.desk import Desk

_SHOWN = 15


def run(desk: Desk, ask: Ask, *, all_: bool = False) -> Reply:  # noqa: ARG001  # every command is asked
    """The changes that are under way; with `all` also those that have ended."""
    changes = desk.changes(alive=not all_)
    if not changes:
        none = "There has been no change yet." if all_ else "No change is under way."
        return Reply(text=f"{INFO} {none} Open one with {code('/migrate start')}.")
    lines = [_line(change, desk.why(change).sentence) for change in changes[:_SHOWN]]
    if len(changes) > _SHOWN:
        lines.append(f"… and {len(changes) - _SHOWN} more, older ones.")
    return Reply(text="\n".join(lines))


def _line(change: Change, sentence: str) -> str:
    title = plain(change.title or "no title", 80)
    return f"*Change {change.id}: {title}* ({plain(change.project)})\n{sentence}"
