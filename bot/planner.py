"""Works out a plan: what is pending anywhere, the SQL of it, and what the checks say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Thread
from time import monotonic
from typing import Any

from bot import ghosts
from bot.checks import downtime, kind, practice, reverse, risk, tables, volume
from bot.checks.acts import Evidence, largest
from bot.checks.statements import read
from bot.core.errors import Conflict, NotFound, Refusal, WhimbrelError
from bot.core.hooks import Hook
from bot.core.plans import Assertion, Ghost, Limits, Notes, Plan, Rehearsing, Script, Stage, Verdict
from bot.core.ports import Database, History, Tool
from bot.core.targets import Phase, TableFacts, Target
from bot.core.template import Line
from bot.core.text import listed

#: Seconds in which every environment has to answer before the plan is given up.
PATIENCE = 30.0

#: The plan file's part, by the newest revision of the plan.
Extras = Callable[[str], tuple[Notes, tuple[Assertion, ...]]]
Places = Mapping[str, tuple[Stage, Target]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a project says of every plan before its scripts and targets are asked."""

    project: str
    tool: str
    #: Each stage without facts, and its target.
    stages: tuple[tuple[Stage, Target], ...]
    limits: Limits = field(default_factory=Limits)
    assertions: tuple[Assertion, ...] = ()
    several_roles: bool = False
    #: The phases that come before the environments.
    looks: tuple[Stage, ...] = ()
    lines: tuple[Line, ...] = ()
    hooks: tuple[Hook, ...] = ()
    rehearsing: Rehearsing = field(default_factory=Rehearsing)
    roles: tuple[str, ...] = ()
    rests_on: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def plan(
        self, scripts: tuple[Script, ...], stages: tuple[Stage, ...], more: tuple[Assertion, ...]
    ) -> Plan:
        """A plan of these scripts, without what is only shown."""
        return Plan(
            project=self.project,
            tool=self.tool,
            scripts=scripts,
            stages=self.looks + stages,
            limits=self.limits,
            assertions=self.assertions + more,
            several_roles=self.several_roles,
            lines=self.lines,
            hooks=self.hooks,
            rehearsing=self.rehearsing,
            roles=self.roles,
            rests_on=self.rests_on,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Whom a plan is asked of."""

    tool: Tool
    database: Callable[[Target], Database]
    extras: Extras
    #: What the scripts do on an empty copy of a target's schema.
    ghost: Callable[[Target, Sequence[Script]], Ghost]


def work_out(outline: Outline, to: str, ask: Sources, of: frozenset[str] = frozenset()) -> Plan:
    """The plan up to revision `to` ("" for the newest); Refusal with everything that stands in its way.

    `of`: revisions that an earlier plan carries; they stay in it, though they may be applied by now.
    """
    places = {stage.phase.value: (stage, target) for stage, target in outline.stages}
    scripts, histories = _ask_all(places, to, ask.tool)
    order = [s.revision for s in scripts]
    pending = {name: _pending(order, history) for name, history in histories.items()}
    todo = of.union(*pending.values())
    wanted = tuple(s for s in scripts if s.revision in todo)
    if not wanted:
        raise _nothing_pending(outline.project, to, histories)
    notes, assertions = ask.extras(wanted[-1].revision)
    server = outline.stages[0][1].kind
    looks = {stage.phase for stage in outline.looks}
    with practice.begun(wanted if Phase.SCRIPTS in looks else (), server) as second:
        acts = read(wanted, server)
        facts = _sizes(places, tables.tables(acts), ask.database)
        known = largest(f for found in facts.values() for f in found)
        base = _base(places, pending)
        ghost = _ghost(ask, base, wanted, pending) if Phase.PLAN in looks else None
        types = _types(ask.database(base), base, tables.tables(acts, known)) if looks else {}
        evidence = Evidence(kind=server, scripts=wanted, acts=acts, facts=known, types=types)
        found = practice.findings(evidence, second) if Phase.SCRIPTS in looks else ()
    touched = tables.tables(acts, known)
    stages = tuple(
        replace(stage, current=histories[n].current, pending=pending[n], tables=facts[n])
        for n, (stage, _) in places.items()
    )
    return replace(
        outline.plan(wanted, stages, assertions),
        verdicts=_verdicts(evidence),
        tables=touched,
        notes=replace(notes, title=notes.title or _title(wanted)),
        ghost=ghost,
        findings=(*(ghosts.findings(ghost, wanted) if ghost else ()), *found),
    )


def _base(places: Places, pending: Mapping[str, Sequence[str]]) -> Target:
    """The target that a plan is tried on: production, or the last one on which something is pending."""
    with_work = [target for name, (_, target) in places.items() if pending[name]]
    return with_work[-1] if with_work else [target for _, target in places.values()][-1]


def _ghost(
    ask: Sources, base: Target, scripts: Sequence[Script], pending: Mapping[str, Sequence[str]]
) -> Ghost:
    left = set(pending[base.phase.value])
    return ask.ghost(base, [script for script in scripts if script.revision in left])


def _types(database: Database, target: Target, names: Sequence[str]) -> dict[str, str]:
    """The types of the touched tables' columns, by "table.column"."""
    shapes = database.shapes(target, names)
    return {f"{shape.name}.{column.name}": column.type for shape in shapes for column in shape.columns}


def again(outline: Outline, plan: Plan, phase: Phase, ask: Sources) -> Plan:
    """What would run on a phase's target now, without what is only shown: it has the fingerprint of a plan.

    No other environment is asked, and no table: a run waits neither for them nor for locks there.
    """
    places = {stage.phase.value: (stage, target) for stage, target in outline.stages if stage.phase is phase}
    scripts, histories = _ask_all(places, plan.scripts[-1].revision, ask.tool)
    todo = {s.revision for s in plan.scripts}
    for history in histories.values():
        todo.update(_pending([s.revision for s in scripts], history))
    wanted = tuple(s for s in scripts if s.revision in todo)
    _, assertions = ask.extras(wanted[-1].revision)
    return outline.plan(wanted, tuple(stage for stage, _ in outline.stages), assertions)


def _verdicts(evidence: Evidence) -> tuple[Verdict, ...]:
    return (
        kind.verdict(evidence),
        risk.verdict(evidence),
        downtime.verdict(evidence),
        volume.verdict(evidence),
        tables.verdict(evidence.acts, evidence.facts),
        reverse.verdict(evidence),
    )


def _ask_all(places: Places, to: str, tool: Tool) -> tuple[Sequence[Script], dict[str, History]]:
    """The scripts and every environment's history, asked at the same time."""
    calls: dict[str, Callable[[], Any]] = {n: _history(tool, t) for n, (_, t) in places.items()}
    answers = in_parallel({"": lambda: tool.scripts(to), **calls})
    scripts = answers.pop("")
    if isinstance(scripts, Refusal):
        raise scripts
    lost = {n: a for n, a in answers.items() if isinstance(a, WhimbrelError)}
    wrong = [f"{n}: {p}" for n, a in answers.items() if n not in lost for p in a.problems]
    said = [f"{n}: {a.message}" for n, a in lost.items()] + wrong
    if isinstance(scripts, WhimbrelError):
        said.insert(0, scripts.message)
    if said:
        raise _in_the_way(list(lost), said)
    return scripts, answers


def _history(tool: Tool, target: Target) -> Callable[[], History]:
    return lambda: tool.history(target)


def _sizes(
    places: Places, names: Sequence[str], database: Callable[[Target], Database]
) -> dict[str, tuple[TableFacts, ...]]:
    """The tables' sizes on every environment, asked at the same time."""
    if not names:
        return dict.fromkeys(places, ())

    def sizes(target: Target) -> Callable[[], Sequence[TableFacts]]:
        return lambda: database(target).tables(target, names)

    answers = in_parallel({n: sizes(t) for n, (_, t) in places.items()})
    lost = {n: a for n, a in answers.items() if isinstance(a, WhimbrelError)}
    if lost:
        raise _in_the_way(list(lost), [f"{n}: {a.message}" for n, a in lost.items()])
    return {name: tuple(found) for name, found in answers.items()}


def in_parallel(calls: Mapping[str, Callable[[], Any]], patience: float = PATIENCE) -> dict[str, Any]:
    """Each call's answer, or the WhimbrelError it ended with; any other error is ours and is raised.

    The threads are daemons: a server that never answers holds up neither the plan nor the end of the bot.
    """
    answers: dict[str, Any] = {}
    mishaps: list[BaseException] = []

    def ask(name: str, call: Callable[[], Any]) -> None:
        try:
            answers[name] = call()
        except WhimbrelError as error:
            answers[name] = error
        except BaseException as error:
            mishaps.append(error)

    threads = [Thread(target=ask, args=item, daemon=True) for item in calls.items()]
    for thread in threads:
        thread.start()
    _join(threads, patience)
    if mishaps:
        raise mishaps[0]
    silent = WhimbrelError(f"It has not answered for {patience:g} s.")
    return {name: answers.get(name, silent) for name in calls}


def _join(threads: Sequence[Thread], patience: float) -> None:
    end = monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, end - monotonic()))


def _pending(order: Sequence[str], history: History) -> tuple[str, ...]:
    applied = set(history.applied)
    return tuple(r for r in order if r not in applied)


def _in_the_way(lost: list[str], said: list[str]) -> Conflict:
    what = (
        f"{listed(lost)} cannot be reached" if lost else "the environments are not as the scripts expect them"
    )
    if not lost and len(said) == 1:
        return Conflict(f"No plan can be made: {said[0]}", hint="Put it right, then /migrate start again.")
    detail = "; ".join(said)
    return Conflict(f"No plan can be made: {what}. {detail}", hint="Put it right, then /migrate start again.")


def _nothing_pending(project: str, to: str, histories: Mapping[str, History]) -> Conflict:
    currents = {h.current or "no revision" for h in histories.values()}
    where = f"all at {currents.pop()}" if len(currents) == 1 else "each past the last script"
    upto = f" up to {to}" if to else ""
    return Conflict(
        f"Nothing is pending in {project}{upto}: {listed(list(histories))} are {where}.",
        hint="Add a revision to the scripts, or /migrate list for the changes under way.",
    )


def _title(scripts: Sequence[Script]) -> str:
    last = scripts[-1].title or scripts[-1].revision
    return last if len(scripts) == 1 else f"{last}, and {len(scripts) - 1} before it"


def unknown_project(project: str, names: Sequence[str], close: str) -> NotFound:
    """What is said of a project that is not served here."""
    hint = f"/migrate start {close}" if close else f"The projects are {listed(list(names))}."
    return NotFound(f"There is no project {project}.", hint=hint)
