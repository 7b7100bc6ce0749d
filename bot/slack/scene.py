"""What the messages of a change are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.core import outlook
from bot.core.changes import Change
from bot.core.keeping import Progress
from bot.core.outlook import Lacking, Why
from bot.core.plans import Plan
from bot.core.targets import Phase
from bot.core.text import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A change, its plan and what is known at this moment."""

    change: Change
    plan: Plan
    lacking: Lacking
    now: datetime
    progress: Progress | None = None
    #: person's id -> their name, as it came from outside.
    name: Callable[[str], str] = str
    #: False for a workspace that does not take the newer blocks.
    native: bool = True

    @property
    def phases(self) -> tuple[Phase, ...]:
        return tuple(stage.phase for stage in self.plan.stages)

    @property
    def next(self) -> Phase | None:
        """The phase whose turn it is."""
        return outlook.next_phase(self.change, self.phases)

    @property
    def ready(self) -> bool:
        """Nothing is missing for the next phase."""
        return self.next is not None and not self.lacking.get(self.next)

    @property
    def why(self) -> Why:
        return outlook.why(self.change, self.phases, self.lacking, self.now)

    @property
    def title(self) -> str:
        """What people call the change."""
        revisions = len(self.plan.scripts)
        plain_title = self.change.title or self.plan.notes.title
        return plain(plain_title or f"{self.plan.project}: {revisions} revisions", 100)

    def who(self, person: str) -> str:
        """A person's name, made harmless; it pings nobody."""
        return "Whimbrel" if person == "whimbrel" else plain(self.name(person), 80)
