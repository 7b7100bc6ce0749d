"""The steps on an environment."""

from __future__ import annotations

from collections.abc import Callable

from bot.core import policy
from bot.core.errors import Lapsed, StepFailed
from bot.core.events import Direction
from bot.core.plans import Assertion
from bot.core.text import listed, seconds, size
from bot.course import Course, Done


def reach(course: Course) -> Done:
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
    return Done(evidence=f"{health.version}, primary{note}, {health.round_trip_ms:.1f} ms away")


def clean(course: Course) -> Done:
    """Run the cure of everything half-done that was named to whoever said so, and of nothing else."""
    named = course.run.leftovers
    found = [item for item in course.guard.leftovers(course.target) if f"{item.kind} {item.name}" in named]
    for leftover in found:
        course.vault.clear(course.target, leftover)
    names = [f"{leftover.kind} {leftover.name}" for leftover in found]
    return Done(evidence=f"Removed {listed(names)}" if names else "Nothing was left")


def approvals(course: Course) -> Done:
    """The approvals count by who holds the roles at this moment."""
    if short := course.lacking():
        named = [m.role + (f" ({m.why})" if m.why else "") for m in short]
        raise StepFailed(
            f"The approval of {listed(named)} is missing now.", hint=f"/migrate approve {course.change.id}"
        )
    return Done(evidence=listed(list(course.stage.roles)) or "No role is asked for this phase")


def plan(course: Course) -> Done:
    """What would run is what was approved."""
    now = course.again()
    if now.fingerprint != course.change.fingerprint:
        moved = now.moved(course.plan)
        raise StepFailed(
            f"What would run is not what was approved; moved: {listed(list(moved[:5]))}.",
            hint=f"/migrate plan {course.change.id}",
        )
    return Done(evidence=f"Fingerprint {now.fingerprint}")


def history(course: Course) -> Done:
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
    return Done(evidence=f"At {known.current or 'nothing yet'}, {len(todo)} to carry")


def before(course: Course) -> Done:
    """Counts, orphans, assertions and schema as they are before."""
    facts = _state(course, "before")
    counted = ", ".join(f"{k[5:]} {int(v):,}" for k, v in facts.items() if k.startswith("rows "))
    return Done(evidence=counted or "No table that the plan touches is there yet", facts=facts)


def facts(course: Course) -> Done:
    """No fact that an approval of this phase rests on has left the band in which it was given."""
    gone = policy.lapses(course.change, course.plan, course.now())
    mine = [lapse for lapse in gone if lapse.role in course.stage.roles]
    if mine:
        said = [f"{lapse.role}: {lapse.why}" for lapse in mine]
        raise Lapsed(
            f"Approvals no longer hold. {'; '.join(said)}.",
            hint=f"/migrate approve {course.change.id}",
            events=mine,
        )
    return Done(evidence="No fact has left the band in which it was approved")


def backup(course: Course) -> Done:
    """A backup whose checksum was taken while writing, and which was read back in full."""
    name = f"{course.target.id.replace('/', '-')}-{course.run.id}"
    kept = course.vault.backup(
        course.target, name, lambda share: course.progress("backup", share * 0.8, "writing")
    )
    course.progress("backup", 0.9, "reading back")
    proof = course.vault.prove(kept)
    facts = {"path": kept.path, "sha256": kept.sha256, "bytes": str(kept.bytes)}
    said = f"{size(kept.bytes)} in {seconds(kept.seconds)}, sha256 {kept.sha256[:12]}…; {proof}"
    return Done(evidence=said, facts=facts)


def look(course: Course) -> Done:
    """The schema before a revision that cannot be rolled back, so that its outcome can be told."""
    found = course.database.fingerprint(course.target)
    return Done(evidence=f"Schema {found.digest}", facts={"schema": found.digest})


def carrying(revision: str) -> Callable[[Course], Done]:
    """The move that carries one revision through the tool's child."""

    def do(course: Course) -> Done:
        done = course.joined().carry(revision, course.run.direction)
        rows = f", {done.rows:,} rows" if done.rows > 0 else ""
        said = f"{done.statements} statement{'s' * (done.statements != 1)}{rows}"
        return Done(evidence=said, facts={"rows": str(done.rows)})

    return do


def recording(revision: str) -> Callable[[Course], Done]:
    """After a person said that a revision is there: a statement that went on alone was never recorded."""

    def do(course: Course) -> Done:
        forward = course.run.direction is Direction.FORWARD
        now = "has" if forward else "does not have"
        if (revision in course.tool.history(course.target).applied) == forward:
            return Done(evidence=f"It {now} {revision} already")
        if course.plan.script(revision).transactional:
            raise StepFailed(
                f"The history table {'does not have' if forward else 'still has'} {revision}, which is one"
                " transaction: it cannot have happened.",
                hint="Look at the target.",
            )
        course.joined().carry(revision, course.run.direction, record=True)
        return Done(evidence=f"It {now} {revision} now; nothing of its script was run")

    return do


def analyze(course: Course) -> Done:
    """The planner's statistics of what changed."""
    course.close()
    there = [t.name for t in course.database.tables(course.target, course.plan.tables)]
    course.database.analyze(course.target, there)
    return Done(evidence=f"ANALYZE of {listed(there)}" if there else "No table to analyze")


def after(course: Course) -> Done:
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
    said = f"{same}; no new orphans; schema {facts['schema']}{_as_it_was(course, facts['schema'])}"
    return Done(evidence=said, facts=facts)


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
