"""The template's side of the desk: lines ticked, waived and opened again, findings accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.approvals import Approvals
from bot.core import events as e
from bot.core import lines as stands
from bot.core import policy
from bot.core.changes import Change
from bot.core.errors import Conflict, NotAllowed, NotFound
from bot.core.events import Event
from bot.core.findings import Finding, Weight
from bot.core.lines import Stand, Standing
from bot.core.plans import Plan
from bot.core.policy import Holders
from bot.core.targets import Phase
from bot.core.template import Line
from bot.core.text import listed, nearest

if TYPE_CHECKING:
    from bot.chat import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist(Approvals):
    """Takes what people say of the template's lines, and of findings."""

    def stands(self, change: Change, phase: Phase | None = None) -> Sequence[Stand]:
        """How each line stands; of one phase, or of all."""
        lines = self.plan_of(change).lines
        return [stands.stand(line, change) for line in lines if phase in (None, line.phase)]

    def findings(self, change: Change) -> dict[str, Finding]:
        """What was noticed of the plan, by name."""
        return stands.findings(change, self.plan_of(change))

    def for_me(self, change: Change, phase: Phase | None, ask: Ask) -> tuple[Line, ...]:
        """The open lines that this person may tick: of a phase, else of all up to the next one."""
        held = policy.roles_of(ask.person, self.holders(change))
        return stands.mine(change, self.plan_of(change), held, phase)

    def tick(self, change: Change, numbers: Sequence[int], evidence: str, ask: Ask) -> tuple[Line, ...]:
        """A person of each line's role says that it is as it should be."""
        plan, holders = self.plan_of(change), self.holders(change)
        lines = [_line(plan, number) for number in numbers]

        def say(c: Change) -> tuple[Event, ...]:
            by_role: dict[str, list[int]] = {}
            for line in lines:
                by_role.setdefault(_may_tick(c, plan, line, holders, ask.person), []).append(line.n)
            return tuple(
                e.LinesTicked(lines=tuple(found), role=role, person=ask.person, evidence=evidence)
                for role, found in by_role.items()
            )

        self.decide(change, ask, say)
        return tuple(lines)

    def waive(self, change: Change, numbers: Sequence[int], why: str, ask: Ask) -> tuple[Line, ...]:
        """A role lets the change go on although lines are open."""
        plan = self.plan_of(change)
        lines = tuple(_line(plan, number) for number in numbers)
        first = [role for line in lines for role in stands.asked(plan, line)]
        role = self._speaks(change, plan, ask, "waive a line", first=first)

        def say(c: Change) -> tuple[Event, ...]:
            for line in lines:
                _must_be_open(c, line)
            found = tuple(line.n for line in lines)
            return (e.LinesWaived(lines=found, role=role, person=ask.person, why=why),)

        self.decide(change, ask, say)
        return lines

    def reopen(self, change: Change, number: int, ask: Ask) -> Line:
        """Take back what was said of a line: one's own word, or as someone of the line's role."""
        plan, line = self.plan_of(change), _line(self.plan_of(change), number)

        def say(c: Change) -> tuple[Event, ...]:
            said = c.said.get(number)
            if said is None:
                raise Conflict(f"Nobody has ticked or waived line {number}.", hint=f"/migrate lines #{c.id}")
            if said.person != ask.person:
                policy.must_hold_one(
                    ask.person, stands.asked(plan, line), self.holders(c), "open that line again"
                )
            return (e.LineReopened(line=number, person=ask.person),)

        self.decide(change, ask, say)
        return line

    def accept(self, change: Change, name: str, why: str, ask: Ask) -> Finding:
        """A role accepts one finding, by its name."""
        plan = self.plan_of(change)
        known = {n: f for n, f in self.findings(change).items() if f.weight is Weight.STOP}
        if name not in known:
            close = nearest(name, list(known))
            hint = f"/migrate accept {close} <why> #{change.id}" if close else f"/migrate plan {change.id}"
            raise NotFound(f"Nothing named {name[:80]} stops change {change.id}.", hint=hint)
        role = self._speaks(change, plan, ask, "accept a finding")

        def say(c: Change) -> tuple[Event, ...]:
            if name in c.accepted:
                raise Conflict(f"{name} is accepted already.", hint=f"/migrate why {c.id}")
            return (e.FindingAccepted(finding=name, role=role, person=ask.person, why=why),)

        self.decide(change, ask, say)
        return known[name]

    def _speaks(self, change: Change, plan: Plan, ask: Ask, what: str, first: Sequence[str] = ()) -> str:
        """The role for which a person's word counts; nobody lets their own change pass."""
        if ask.person == change.opened_by:
            raise NotAllowed(
                f"You opened this change, so you cannot {what}.",
                hint=f"Someone else who holds {listed(list(policy.all_roles(plan)), 'or')} can.",
            )
        roles = tuple(dict.fromkeys((*first, *policy.all_roles(plan))))
        holders = self.holders(change)
        policy.must_hold_one(ask.person, roles, holders, what)
        held = policy.roles_of(ask.person, holders)
        return next(role for role in roles if role in held)


def _line(plan: Plan, number: int) -> Line:
    for line in plan.lines:
        if line.n == number:
            return line
    raise NotFound(
        f"The template has no line {number}." if plan.lines else "This project's changes have no template.",
        hint="/migrate lines" if plan.lines else "`template` in whimbrel.yaml names one.",
    )


def _may_tick(change: Change, plan: Plan, line: Line, holders: Holders, person: str) -> str:
    """The role for which the person ticks it. Raises Conflict or NotAllowed."""
    if not stands.asks_a_person(line, plan):
        raise Conflict(
            f"Line {line.n} ({line.text}) is not ticked by a person: {line.how}.",
            hint=f"/migrate waive {line.n} <why> #{change.id}",
        )
    _must_be_open(change, line)
    roles = stands.asked(plan, line)
    policy.must_hold_one(person, roles, holders, f"tick line {line.n}")
    return next(role for role in roles if person in holders.get(role, ()))


def _must_be_open(change: Change, line: Line) -> None:
    stand = stands.stand(line, change)
    if stand.standing is not Standing.OPEN:
        raise Conflict(f"Line {line.n} is {stand.standing}.", hint=f"/migrate lines #{change.id}")
