"""Everything on record of a change, as a document."""

from __future__ import annotations

from bot.chat import INFO, Ask, Attachment, Reply
from bot.core.record import record
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """The change as a document: plan, approvals, times, what went wrong, findings, schema, lines."""
    found = desk.find(change, ask.channel)
    text = record(found, desk.plan_of(found), desk.name)
    file = Attachment(name=f"record-{found.id}.md", text=text)
    return Reply(text=f"{INFO} *Record of change {found.id}*, {found.status}.", file=file, change=found.id)
