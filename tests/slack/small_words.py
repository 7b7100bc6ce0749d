"""A few words of a test's own, and what was carried out by them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from bot.chat import Ask, Attachment, Button, Choice, Command, Field, Form, Reply
from bot.slots import Rest


class Words:
    """Commands by their names."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str]] = []
        self.gate = Event()

    def known(self) -> dict[str, Command]:
        words: dict[str, Callable[..., Reply]] = {
            "say": self.say,
            "slow": self.slow,
            "ask": self.ask,
            "press": self.press,
            "sql": self.sql,
            "confirm": self.confirm,
        }
        return {name: Command.of(name, run) for name, run in words.items()}

    def say(self, desk: object, ask: Ask, what: Rest) -> Reply:
        """Say it."""
        self.done.append((ask.via, ask.person, what))
        return Reply(text=f"You said {what}.")

    def slow(self, desk: object, ask: Ask) -> Reply:
        """Answer when the gate opens."""
        self.gate.wait(20)
        return Reply(text="At last.")

    def ask(self, desk: object, ask: Ask) -> Reply:
        """Ask with a form."""
        fields = (
            Field(name="project", label="Project", choices=(Choice(label="Shop", value="the shop"),)),
            Field(name="to", label="Up to", optional=True),
        )
        return Reply(text="Type `/migrate say`.", form=Form(title="Which?", words="say", fields=fields))

    def press(self, desk: object, ask: Ask) -> Reply:
        """Offer a button."""
        return Reply(text="Press it.", buttons=(Button(label="Go", words="say pressed"),))

    def sql(self, desk: object, ask: Ask, change: int) -> Reply:
        """Give a file."""
        return Reply(
            text="The plan.", file=Attachment(name="plan.sql", text="select 1;\n" * 400), change=change
        )

    def confirm(self, desk: object, ask: Ask, change: int) -> Reply:
        """Ask everyone."""
        return Reply(
            text="Reverse it?", public=True, change=change, buttons=(Button(label="Yes", words="say yes"),)
        )
