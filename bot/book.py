"""What can be read of the changes, by anyone who asks. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core import lines, outlook, policy
from bot.core.changes import Change
from bot.core.errors import Conflict, NotAllowed, NotFound, NotUnderstood
from bot.core.keeping import (
    Board,
    Journal,
    Plans,
    Progress,
)
from bot.core.moves import Status
from bot.core.plans import Plan
from bot.core.policy import Holders, Missing
from bot.core.ports import People, Projects
from bot.core.quiet import Quiet
from bot.core.targets import Phase
from bot.core.text import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The changes as the journal has them at this moment."""

    journal: Journal
    plans: Plans
    board: Board
    projects_port: Projects
    people: People
    now: Callable[[], datetime]
    #: The changes that have ended, so that they are not read at every look.
    ended: Quiet = field(default_factory=Quiet)

    def change(self, number: int) -> Change:
        """A change by its number; NotFound when there is none."""
        entries = self.journal.read(number)
        if not entries:
            raise NotFound(f"There is no change {number}.", hint="/migrate list")
        return Change.of(entries)

    def changes(self, *, alive: bool = True) -> Sequence[Change]:
        """All changes, newest first; `alive`: without those that have ended."""
        newest = self.journal.newest()
        if alive:
            return self.ended.rest(newest, self.change, lambda change: not change.final)
        return [self.change(number) for number in sorted(newest, reverse=True)]

    def find(self, number: int | None, channel: str) -> Change:
        """The change that is meant: by its number, else the only live one of the channel."""
        if number is not None:
            return self.change(number)
        here = [c for c in self.changes() if c.channel == channel]
        if len(here) == 1:
            return here[0]
        if not here:
            ended = [c for c in self.changes(alive=False) if c.channel == channel]
            if len(ended) == 1:
                return ended[0]
            raise NotFound("No change is under way in this channel.", hint="/migrate start")
        named = listed([f"{c.id} ({c.project})" for c in here], "or")
        raise NotUnderstood(
            f"Several changes are under way here: {named}.",
            hint=f"Add the number: /migrate status {here[0].id}",
        )

    def plan_of(self, change: Change) -> Plan:
        """The change's frozen plan."""
        return self.plans.get(change.fingerprint)

    def projects(self) -> Sequence[str]:
        """The projects that this bot serves."""
        return self.projects_port.names()

    def name(self, person: str) -> str:
        """A person's name, or "Whimbrel"."""
        return "Whimbrel" if person == "whimbrel" else self.people.name(person)

    def progress(self, change: Change) -> Progress | None:
        """How far the change's newest run has come with its step."""
        return self.board.of(change.run.id) if change.run else None

    def missing(self, change: Change, phase: Phase) -> tuple[Missing, ...]:
        """What the phase's roles still have to say, to be shown."""
        return policy.missing(change, self.plan_of(change), phase, self.drawn(change))

    def why(self, change: Change) -> outlook.Why:
        """Why the change is not moving, and whose turn it is."""
        plan, holders = self.plan_of(change), self.drawn(change)
        phases = plan.phases
        lacking = {p: policy.missing(change, plan, p, holders) for p in phases}
        return outlook.why(change, phases, lacking, self.now(), outlook.hindered(change, plan))

    def mine(self, person: str) -> Sequence[outlook.Waiting]:
        """What waits for this person."""
        return [w for c in self.changes() if (w := self._waits_for(c, person))]

    def holders(self, change: Change) -> Holders:
        """Who holds which role of the change's project, asked now."""
        return self.people.holders(change.project)

    def drawn(self, change: Change) -> Holders:
        """Who holds which role of the change's project, as it was lately."""
        return self.people.drawn(change.project)

    def _waits_for(self, change: Change, person: str) -> outlook.Waiting | None:
        plan, holders = self.plan_of(change), self.drawn(change)
        phases = tuple(s.phase for s in plan.stages)
        try:
            role = policy.may_approve(change, plan, person, holders)
        except (NotAllowed, Conflict):
            role = ""
        if role:
            return outlook.Waiting(
                change=change, what=f"Your approval as {role}", words=f"approve {change.id}"
            )
        held = set(policy.roles_of(person, holders))
        if mine := lines.mine(change, plan, held):
            what = f"{len(mine)} line{'s' * (len(mine) > 1)} of the template to tick"
            return outlook.Waiting(change=change, what=what, words=f"checklist #{change.id}")
        if change.decision and held & set(plan.stage(change.decision.phase).roles):
            return outlook.Waiting(change=change, what="Take back, or keep?", words=f"why {change.id}")
        if change.status is Status.HELD and change.run and held & set(plan.stage(change.run.phase).roles):
            return outlook.Waiting(change=change, what="What is true?", words=f"why {change.id}")
        asked = change.run if change.status is Status.PAUSED else None
        if asked and asked.left and held & set(plan.stage(asked.phase).roles):
            return outlook.Waiting(change=change, what="Go on, or take back?", words=f"why {change.id}")
        phase = outlook.next_phase(change, phases)
        free = change.status is Status.OPEN and not change.schedule
        ready = free and phase and not policy.missing(change, plan, phase, holders)
        if ready and (person == change.opened_by or held & set(policy.all_roles(plan))):
            return outlook.Waiting(change=change, what=f"Start {phase}", words=f"run {phase} {change.id}")
        return None
