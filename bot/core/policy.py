"""Who may say what, and what is still missing. Pure: authority is handed in, looked up at that moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.changes import Change
from bot.core.errors import Conflict, NotAllowed
from bot.core.events import ApprovalLapsed
from bot.core.facets import lapsed
from bot.core.lines import open_lines, unaccepted
from bot.core.plans import Plan
from bot.core.targets import Phase
from bot.core.text import clock, listed

#: role -> the people who hold it now. An empty role denies.
Holders = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSource:
    """Where the people of a role come from: a Slack user group (id or handle), people's ids, or both."""

    group: str = ""
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A role whose approval a phase still needs; `why` says what is wrong with what it has."""

    role: str
    why: str = ""


def roles_of(person: str, holders: Holders) -> tuple[str, ...]:
    """The roles that a person holds."""
    return tuple(role for role, people in holders.items() if person in people)


def all_roles(plan: Plan) -> tuple[str, ...]:
    """Every role that some phase of the plan asks, in the order in which they are first asked."""
    return tuple(dict.fromkeys(role for stage in plan.stages for role in stage.roles))


def may_approve(change: Change, plan: Plan, person: str, holders: Holders, role: str = "") -> str:
    """The role for which this person's approval counts.

    Raises NotAllowed when they hold none of the plan's roles, opened the change themselves, or count for
    another role of it already; Conflict when their role has approved.
    """
    asked = all_roles(plan)
    held = [r for r in roles_of(person, holders) if r in asked and role in ("", r)]
    if person == change.opened_by:
        raise NotAllowed(
            "You opened this change, so your approval does not count for it.",
            hint=f"Someone else who holds {listed(list(asked), 'or')} approves it.",
        )
    if not held:
        needed = role or listed(list(asked), "or")
        raise NotAllowed(
            f"You do not hold the role {needed}, so your approval does not count.",
            hint=f"Someone who holds {needed} approves it.",
        )
    mine = [r for r, a in change.approvals.items() if a.person == person]
    if mine and not plan.several_roles and (role or mine[0]) not in mine:
        raise NotAllowed(f"You have approved for {mine[0]}, and no one counts for two roles of one change.")
    free = [r for r in held if r not in change.approvals]
    if not free or (mine and not plan.several_roles):
        by = change.approvals[mine[0] if mine else held[0]]
        raise Conflict(
            f"{by.role} has approved change {change.id} already.", hint=f"/migrate status {change.id}"
        )
    return free[0]


def missing(change: Change, plan: Plan, phase: Phase, holders: Holders) -> tuple[Missing, ...]:
    """What the phase's roles still have to say, by the people who hold the roles now."""
    short: list[Missing] = []
    for role in plan.stage(phase).roles:
        approval = change.approvals.get(role)
        if rejection := change.rejections.get(role):
            short.append(Missing(role=role, why=f"rejected: {rejection.why}"))
        elif approval is None:
            short.append(Missing(role=role, why="" if holders.get(role) else "nobody holds this role"))
        elif approval.fingerprint != plan.fingerprint:
            short.append(Missing(role=role, why="approved an earlier plan"))
        elif approval.person not in holders.get(role, ()):
            short.append(Missing(role=role, why="who approved does not hold the role any more"))
    return tuple(short)


def facts(change: Change, plan: Plan) -> dict[str, str]:
    """What is known now of the facts that may move by themselves, as `bot.core.facets` names them."""
    known = {f"rows {s.phase} {t.name}": str(t.rows) for s in plan.stages for t in s.tables}
    for run in change.runs.values():
        if before := run.steps.get("before"):
            rows = {k.removeprefix("rows "): v for k, v in before.facts.items() if k.startswith("rows ")}
            known |= {f"rows {run.phase} {table}": count for table, count in rows.items()}
        for step in run.steps.values():
            known |= {"data": step.facts["data"]} if "data" in step.facts else {}
    known |= {f"forecast {phase}": f"{f.duration.high:.3f}" for phase, f in change.forecasts.items()}
    return known | ({"rehearsed": change.rehearsed.isoformat()} if change.rehearsed else {})


def lapses(change: Change, plan: Plan, now: datetime) -> tuple[ApprovalLapsed, ...]:
    """The approvals that no longer hold, because a fact has left the band in which they were given."""
    known = facts(change, plan)
    gone = [(a, lapsed(a.rests_on, a.facts, known, now)) for a in change.approvals.values()]
    return tuple(
        ApprovalLapsed(role=a.role, person=a.person, facet=found[0], why=found[1])
        for a, found in gone
        if found
    )


def must_hold_one(person: str, roles: Collection[str], holders: Holders, what: str) -> None:
    """NotAllowed unless the person holds one of the roles."""
    if not set(roles) & set(roles_of(person, holders)):
        raise NotAllowed(f"Only {listed(sorted(roles), 'or')} may {what}.", hint="Ask one of them.")


def must_be_next(change: Change, plan: Plan, phase: Phase) -> None:
    """Conflict unless the phases before have passed and this one has not."""
    if phase not in plan.phases:
        raise Conflict(
            f"Change {change.id} has no phase {phase}; it has {listed(list(plan.phases))}.",
            hint=f"/migrate why {change.id}",
        )
    if change.passed(phase):
        raise Conflict(
            f"{phase.title()} is done for change {change.id}.", hint=f"/migrate status {change.id}"
        )
    earlier = plan.phases[: plan.phases.index(phase)]
    if left := [p for p in earlier if not change.passed(p)]:
        raise Conflict(
            f"{phase.title()} comes after {listed(left)}, which {'has' if len(left) == 1 else 'have'}"
            " not passed yet.",
            hint=f"/migrate run {left[0]} {change.id}",
        )


def must_be_free(change: Change, plan: Plan, phase: Phase) -> None:
    """Conflict while a line before the phase is open, or a finding is neither mended nor accepted."""
    if stops := unaccepted(change, plan, phase):
        named = [f"`{finding.name}`" for finding in stops[:5]]
        more = f" and {len(stops) - 5} more" if len(stops) > 5 else ""
        raise Conflict(
            f"{phase.title()} waits for {listed(named)}{more}: mend the scripts, or a role accepts each"
            " by its name.",
            hint=f"/migrate accept {stops[0].name} <why> #{change.id}",
        )
    if left := open_lines(change, plan, phase):
        named = [f"{line.n} ({line.text})" for line in left[:4]]
        more = f" and {len(left) - 4} more" if len(left) > 4 else ""
        known = change.answers.get(left[0].n)
        found = [name for name in known.stops if name not in change.accepted] if known else []
        first = f"/migrate accept {found[0]} <why>" if found else "/migrate checklist"
        raise Conflict(
            f"{phase.title()} waits for {'line' if len(left) == 1 else 'lines'} {listed(named)}{more}.",
            hint=f"{first} #{change.id}, or /migrate waive {left[0].n} <why> #{change.id}",
        )


def must_be_in_window(plan: Plan, phase: Phase, now: datetime) -> None:
    """Conflict outside the phase's window."""
    window = plan.stage(phase).window
    if window and not window.open_at(now):
        raise Conflict(
            f"{phase.title()} may start from {window} only; the next time is {clock(window.next(now))}.",
            hint=f"/migrate schedule {phase} {window.opens} {window.zone}",
        )
