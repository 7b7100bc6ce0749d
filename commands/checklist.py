"""The open lines that wait for one person."""

from __future__ import annotations

from bot.chat import INFO, Ask, Choice, Field, Form, Reply
from bot.core.targets import Phase
from bot.core.text import code, plain
from bot.desk import Desk

_SHOWN = 20


def run(desk: Desk, ask: Ask, phase: Phase | None = None, change: int | None = None) -> Reply:
    """The open lines that wait for you, to tick with evidence; of a phase, or of all up to the next one."""
    found = desk.find(change, ask.channel)
    mine = desk.for_me(found, phase, ask)
    if not mine:
        text = f"{INFO} No line of change {found.id} waits for you. {code(f'/migrate lines #{found.id}')}"
        return Reply(text=f"{text} shows how all of them stand.", change=found.id)
    rows = "\n".join(f"⬜ {line.n} {plain(line.text, 120)}" for line in mine[:_SHOWN])
    numbers = " ".join(str(line.n) for line in mine)
    typed = code(f"/migrate tick {numbers} <what you have seen> #{found.id}")
    text = f"{INFO} *Lines of change {found.id} that wait for you*\n{rows}\nTick them here, or type {typed}."
    choices = tuple(Choice(label=f"{line.n} {line.text}", value=str(line.n)) for line in mine[:10])
    form = Form(
        title=f"Checklist of change {found.id}",
        words=f"tick #{found.id}",
        fields=(
            Field(name="lines", label="As it should be", choices=choices, several=True),
            Field(
                name="evidence",
                label="What have you seen?",
                hint="Words or a link; it stays on record with your name.",
            ),
        ),
        submit="Tick",
    )
    return Reply(text=text, form=form, change=found.id)
