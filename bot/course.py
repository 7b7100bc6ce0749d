"""The steps of a run: what each looks at or does, and what it says afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.changes import Change
from bot.core.errors import StepFailed
from bot.core.events import Direction
from bot.core.keeping import Progress
from bot.core.plans import Assertion, Plan, Stage
from bot.core.policy import Missing
from bot.core.ports import Database, Guard, Session, Tool, Vault
from bot.core.runs import Run
from bot.core.targets import Target
from bot.core.text import listed, seconds, size

#: What a step says when it is done: one sentence, and values that later steps need.
Evidence = tuple[str, dict[str, str]]


@dataclass(slots=True, kw_only=True)
class Course:
    """One run, joined to what it needs. `change` grows while the run's events are written."""

    change: Change
    run: Run
    plan: Plan
    target: Target
    tool: Tool
    database: Database
    guard: Guard
    vault: Vault
    now: Callable[[], datetime]
    #: Approvals that the phase still lacks, by the people who hold the roles now.
    lacking: Callable[[], tuple[Missing, ...]]
    #: The plan as the files have it now.
    again: Callable[[], Plan]
    show: Callable[[Progress], None]
    #: Take into `change` what others have written meanwhile: wishes, approvals.
    refresh: Callable[[], None]
    #: The process is asked to stop: finish the step, start no other.
    stopping: Callable[[], bool] = lambda: False
    session: Session | None = field(default=None)

    @property
    def stage(self) -> Stage:
        """The stage of the run's phase."""
        return self.plan.stage(self.run.phase)

    @property
    def application(self) -> str:
        """The name that this change's connections bear on the server."""
        return f"whimbrel/{self.change.id}"

    def fact(self, step: str, name: str) -> str:
        """A value that an earlier step noted, or ""."""
        known = self.run.steps.get(step)
        return known.facts.get(name, "") if known else ""

    def progress(self, step: str, share: float | None, text: str = "") -> None:
        """Say how far a step has come."""
        self.show(Progress(run=self.run.id, step=step, share=share, text=text, at=self.now()))

    def joined(self) -> Session:
        """The tool's child for this run; started when it is first needed."""
        if self.session is None:
            self.session = self.tool.open(self.target, self.plan.limits, self.application, self.plan.scripts)
        return self.session

    def close(self) -> None:
        """End the tool's child, if there is one."""
        if self.session:
            self.session.close()
            self.session = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step to make. `revision` is "" for steps that only look; those may always be done again."""

    key: str
    title: str
    do: Callable[[Course], Evidence]
    revision: str = ""


def moves(course: Course) -> Iterator[Move]:
    """The steps of the run in their order."""
    forward = course.run.direction is Direction.FORWARD
    yield Move(key="reach", title="Target reachable and privileged", do=reach)
    if course.run.clean:
        yield Move(key="clean", title="What a half-done statement left is cleared away", do=clean)
    if forward:
        yield Move(key="approvals", title="Every role has approved", do=approvals)
        yield Move(key="plan", title="Plan is the approved one", do=plan)
    yield Move(key="history", title="History in step with the scripts", do=history)
    yield Move(key="before", title="State before", do=before)
    if course.stage.backup:
        yield Move(key="backup", title="Backup, read back in full", do=backup)
    verb = "apply" if forward else "reverse"
    for revision in course.run.revisions:
        script = course.plan.script(revision)
        if not script.transactional:
            yield Move(key=f"look:{revision}", title=f"Schema recorded before {revision}", do=look)
        title = f"{'Apply' if forward else 'Reverse'} {revision}: {script.title}"
        yield Move(key=f"{verb}:{revision}", title=title, do=carrying(revision), revision=revision)
        if course.run.steps[f"{verb}:{revision}"].attested:
            title = f"History table learns of {revision}"
            yield Move(key=f"record:{revision}", title=title, do=recording(revision))
    yield Move(key="analyze", title="Statistics of the tables that changed", do=analyze)
    yield Move(key="after", title="State after", do=after)


def reach(course: Course) -> Evidence:
    """Connects, may write, and is the very database that was approved."""
    if course.target.place != course.stage.place:
        raise StepFailed(
            f"{course.target.id} points at another database than the one that was approved.",
            hint=f"/migrate plan {course.change.id}",
        )
    health = course.database.look(course.target)
    if health.problems:
        raise StepFailed(" ".join(health.problems), hint="Grant what is missing, then run the phase again.")
    note = " as a superuser" if health.superuser else ""
    return f"{health.version}, primary{note}, {health.round_trip_ms:.1f} ms away", {}


def clean(course: Course) -> Evidence:
    """Run the cure of everything half-done that was named to whoever said so, and of nothing else."""
    named = course.run.leftovers
    found = [item for item in course.guard.leftovers(course.target) if f"{item.kind} {item.name}" in named]
    for leftover in found:
        course.vault.clear(course.target, leftover)
    names = [f"{leftover.kind} {leftover.name}" for leftover in found]
    return (f"Removed {listed(names)}" if names else "Nothing was left"), {}


def approvals(course: Course) -> Evidence:
    """The approvals count by who holds the roles at this moment."""
    if short := course.lacking():
        named = [m.role + (f" ({m.why})" if m.why else "") for m in short]
        raise StepFailed(
            f"The approval of {listed(named)} is missing now.", hint=f"/migrate approve {course.change.id}"
        )
    return listed(list(course.stage.roles)) or "No role is asked for this phase", {}


def plan(course: Course) -> Evidence:
    """What would run is what was approved."""
    now = course.again()
    if now.fingerprint != course.change.fingerprint:
        moved = now.moved(course.plan)
        raise StepFailed(
            f"What would run is not what was approved; moved: {listed(list(moved[:5]))}.",
            hint=f"/migrate plan {course.change.id}",
        )
    return f"Fingerprint {now.fingerprint}", {}


def history(course: Course) -> Evidence:
    """The tool's own table says what the plan expects."""
    known = course.tool.history(course.target)
    if known.problems:
        raise StepFailed(" ".join(known.problems), hint="Put the history table right, then run again.")
    there = set(known.applied)
    forward = course.run.direction is Direction.FORWARD
    todo = [r for r in course.run.revisions if r not in course.run.carried()]
    wrong = [r for r in todo if (r in there) == forward]
    if wrong:
        state = "applied already" if forward else "not applied"
        raise StepFailed(
            f"{listed(wrong)} should be carried, and the history table says: {state}.",
            hint=f"/migrate plan {course.change.id}",
        )
    return f"At {known.current or 'nothing yet'}, {len(todo)} to carry", {}


def before(course: Course) -> Evidence:
    """Counts, orphans, assertions and schema as they are before."""
    facts = _state(course, "before")
    counted = ", ".join(f"{k[5:]} {int(v):,}" for k, v in facts.items() if k.startswith("rows "))
    return counted or "No table that the plan touches is there yet", facts


def backup(course: Course) -> Evidence:
    """A backup whose checksum was taken while writing, and which was read back in full."""
    name = f"{course.target.id.replace('/', '-')}-{course.run.id}"
    kept = course.vault.backup(
        course.target, name, lambda share: course.progress("backup", share * 0.8, "writing")
    )
    course.progress("backup", 0.9, "reading back")
    proof = course.vault.prove(kept)
    facts = {"path": kept.path, "sha256": kept.sha256, "bytes": str(kept.bytes)}
    return f"{size(kept.bytes)} in {seconds(kept.seconds)}, sha256 {kept.sha256[:12]}…; {proof}", facts


def look(course: Course) -> Evidence:
    """The schema before a revision that cannot be rolled back, so that its outcome can be told."""
    found = course.database.fingerprint(course.target)
    return f"Schema {found.digest}", {"schema": found.digest}


def carrying(revision: str) -> Callable[[Course], Evidence]:
    """The move that carries one revision through the tool's child."""

    def do(course: Course) -> Evidence:
        done = course.joined().carry(revision, course.run.direction)
        rows = f", {done.rows:,} rows" if done.rows > 0 else ""
        return f"{done.statements} statement{'s' * (done.statements != 1)}{rows}", {"rows": str(done.rows)}

    return do


def recording(revision: str) -> Callable[[Course], Evidence]:
    """After a person said that a revision is there: a statement that went on alone was never recorded."""

    def do(course: Course) -> Evidence:
        forward = course.run.direction is Direction.FORWARD
        now = "has" if forward else "does not have"
        if (revision in course.tool.history(course.target).applied) == forward:
            return f"It {now} {revision} already", {}
        if course.plan.script(revision).transactional:
            raise StepFailed(
                f"The history table {'does not have' if forward else 'still has'} {revision}, which is one"
                " transaction: it cannot have happened.",
                hint="Look at the target.",
            )
        course.joined().carry(revision, course.run.direction, record=True)
        return f"It {now} {revision} now; nothing of its script was run", {}

    return do


def analyze(course: Course) -> Evidence:
    """The planner's statistics of what changed."""
    course.close()
    there = [t.name for t in course.database.tables(course.target, course.plan.tables)]
    course.database.analyze(course.target, there)
    return (f"ANALYZE of {listed(there)}" if there else "No table to analyze"), {}


def after(course: Course) -> Evidence:
    """History, assertions, orphans and counts as they should be after."""
    known = set(course.tool.history(course.target).applied)
    forward = course.run.direction is Direction.FORWARD
    wrong = [r for r in course.run.revisions if (r in known) != forward]
    if wrong:
        raise StepFailed(
            f"The history table does not bear out what was done to {listed(wrong)}.",
            hint="Look at the target.",
        )
    facts = _state(course, "after")
    orphans = [(k, int(v)) for k, v in facts.items() if k.startswith("orphans ")]
    broken = [k[8:] for k, rows in orphans if rows > int(course.fact("before", k) or 0)]
    if broken:
        raise StepFailed(f"Rows that point at nothing appeared: {listed(broken)}.")
    counts = {k: v for k, v in facts.items() if k.startswith("rows ")}
    moved = [
        f"{k[5:]} {int(course.fact('before', k)):,} → {int(v):,}"
        for k, v in counts.items()
        if course.fact("before", k) not in ("", v)
    ]
    same = "row counts as before" if not moved else "rows: " + ", ".join(moved)
    return f"{same}; no new orphans; schema {facts['schema']}{_as_it_was(course, facts['schema'])}", facts


def _as_it_was(course: Course, schema: str) -> str:
    """Whether a change that was taken back whole has left the schema as it found it."""
    first = course.change.runs_of(course.run.phase)[0].steps.get("before")
    if course.run.direction is Direction.FORWARD or course.change.applied(course.run.phase) or not first:
        return ""
    return (
        ", as it was before the change"
        if first.facts.get("schema") == schema
        else (", which is NOT as it was before the change")
    )


def _state(course: Course, when: str) -> dict[str, str]:
    target, names = course.target, course.plan.tables
    forward = course.run.direction is Direction.FORWARD
    for assertion in course.plan.assertions if forward else ():
        if assertion.when in (when, "both"):
            _assert(course, assertion)
    tables = course.database.tables(target, names, exact=True)
    facts = {f"rows {t.name}": str(t.rows) for t in tables}
    facts |= {f"orphans {o.constraint}": str(o.rows) for o in course.database.orphans(target, names)}
    return facts | {"schema": course.database.fingerprint(target).digest}


def _assert(course: Course, assertion: Assertion) -> None:
    found = course.database.answer(course.target, assertion.sql)
    if found != assertion.expect:
        raise StepFailed(
            f"Assertion “{assertion.name}” says {found[:80]} where {assertion.expect[:80]} was expected."
        )
