"""A local Slack, a store and a teller, for the tests of telling."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from slack_sdk import WebClient

from bot.core.keeping import Note
from bot.core.policy import RoleSource
from bot.playground.seed import ChannelSeed, GroupSeed, Seed, UserSeed
from bot.playground.server import Playground
from bot.slack.room import Room
from bot.slack.samples import HOLDERS, NAMES, Story
from bot.slack.scene import Scene
from bot.slack.tell import Sources, Teller
from bot.store.memory import MemoryStore

SPEED = 20.0
PEOPLE = tuple(UserSeed(name=name, id=person) for person, name in NAMES.items())
SEED = Seed(
    users=PEOPLE,
    usergroups=(GroupSeed(handle="dba", id="S1", users=("dba",)),),
    channels=(ChannelSeed(name="changes", id="C1"), ChannelSeed(name="closed", id="C2", app=False)),
    rate_scale=SPEED,
)


class Company:
    """Who holds what, and where; as `whimbrel.yaml` and Slack would say it."""

    def holders(self, project: str) -> dict[str, Any]:
        return dict(HOLDERS)

    def drawn(self, project: str) -> dict[str, Any]:
        return self.holders(project)

    def name(self, person: str) -> str:
        return NAMES.get(person, person)

    def roles(self, project: str) -> dict[str, RoleSource]:
        return {role: RoleSource(people=tuple(people)) for role, people in HOLDERS.items()}

    def channels(self, project: str) -> tuple[str, ...]:
        return ()

    def alert_roles(self, project: str) -> tuple[str, ...]:
        return ("sre",)


@dataclass(kw_only=True)
class Desk:
    """A playground, a store and a teller whose clock runs fast, like the playground's limits."""

    slack: Playground
    store: MemoryStore = field(default_factory=MemoryStore)
    told: dict[int, int] = field(default_factory=Counter)
    #: What was measured and found, by the names of the scene's fields.
    known: dict[str, Any] = field(default_factory=dict)
    teller: Teller = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """What a new process would begin with."""
        company = Company()
        sources = Sources(
            journal=self.store.journal,
            plans=self.store.plans,
            tellings=self.store.tellings,
            board=self.store.board,
            people=company,
            team=company,
            mention=lambda project, role: f"<@{next(iter(HOLDERS[role]))}>",
            now=lambda: datetime.now(UTC),
        )
        client = WebClient(token=self.slack.bot_token, base_url=self.slack.api_url)
        stage = self

        class Knowing(Teller):
            def _scene(self, room: Room) -> Scene:
                return replace(super()._scene(room), **stage.known)

        self.teller = Knowing(sources, client, tick=lambda: time.monotonic() * SPEED)

    def story(self, number: int = 1, channel: str = "C1") -> Story:
        return Story(number=number, channel=channel, at=datetime.now(UTC))

    def note(self, story: Story) -> None:
        """Write down what of the story is not in the journal yet."""
        self.store.plans.keep(story.plan)
        for entry in story.entries[self.told[story.number] :]:
            note = Note(events=(entry.event,), by=entry.by, at=entry.at)
            self.store.journal.add(story.number, entry.seq - 1, note)
            self.teller.nudge(story.number)
        self.told[story.number] = len(story.entries)

    def turns(self, seconds: float, *, settle: bool = True) -> None:
        """Let the teller work until it has nothing to do."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            wait = self.teller.turn()
            if settle and self.teller.settled:
                return
            time.sleep(min(wait / SPEED, 0.05))
        assert not settle, "the teller did not come to an end"

    def tell(self, story: Story, seconds: float = 20.0) -> None:
        self.note(story)
        self.turns(seconds)

    def messages(self, channel: str = "C1") -> list[dict[str, Any]]:
        return list(self.slack.world.space.channels[channel].messages.values())

    def roots(self) -> list[dict[str, Any]]:
        return [m for m in self.messages() if m.get("thread_ts", m["ts"]) == m["ts"]]

    def thread(self) -> list[str]:
        return [m["text"] for m in self.messages() if m.get("thread_ts", m["ts"]) != m["ts"]]

    def seqs(self) -> list[int]:
        """The entries that the thread's posts end with."""
        about = [m.get("metadata", {}) for m in self.messages()]
        return [a["event_payload"]["seq"] for a in about if a.get("event_type") == "whimbrel_told"]
