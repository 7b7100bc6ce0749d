"""The phases of a change and the steps of its run, as lines of the live message."""

from __future__ import annotations

from datetime import datetime

from bot.core.events import Direction
from bot.core.moves import Status
from bot.core.runs import Run, RunState, Step
from bot.core.targets import Phase
from bot.core.text import plain, seconds
from bot.slack import estimate
from bot.slack.scene import Scene
from bot.slack.signs import Sign, of_run, of_step
from bot.slack.verdict import about

#: Finished steps that stay in sight while a run is under way; the earlier ones become one line.
SHOWN = 6
_CELLS = 10
#: What a phase that changes no environment does.
LOOKS = {
    Phase.PLAN: "looks at the environments",
    Phase.SCRIPTS: "reads the scripts",
    Phase.TEST: "rehearses on a copy",
}
#: Steps stand below their phase; clients swallow plain spaces at a line's start.
_INDENT = "\u2003"


def phase_lines(scene: Scene) -> list[str]:
    """A line for each phase, and under the one with the newest run its steps."""
    rows: list[str] = []
    newest = scene.change.run
    for phase in scene.phases:
        rows.append(_phase(scene, phase))
        if newest and newest.phase == phase and _open(newest):
            rows.extend(_steps(scene, newest))
    return rows


def _open(run: Run) -> bool:
    """Its steps are worth seeing: it is under way, or did not end well."""
    return run.state not in (RunState.FINISHED, RunState.QUEUED) or bool(run.live and run.steps)


def _phase(scene: Scene, phase: Phase) -> str:
    runs = scene.change.runs_of(phase)
    name = f"*{phase.title()}*"
    if not runs:
        expected = scene.plan.notes.expected.get(phase, "")
        forecast = scene.forecasts.get(phase)
        hint = f" · expected to take {plain(expected, 60)}" if expected else ""
        hint = f" · forecast {about(forecast.duration)}" if forecast else hint
        what = LOOKS.get(phase) or counted(len(scene.plan.stage(phase).pending))
        return f"{Sign.OPEN} {name} · {what}{hint}"
    run = runs[-1]
    row = f"{of_run(run.state, run.direction)} {name} · {_state(run, scene.now)}"
    if run.state is RunState.FAILED and not _said_above(scene, run):
        row += f": {plain(run.reason, 300)}"
    before = runs[-2] if len(runs) > 1 and run.direction is Direction.BACK else None
    if before and before.state is RunState.FAILED and not _said_above(scene, run):
        row += f", because {plain(before.reason, 300)}"
    return row


def _said_above(scene: Scene, run: Run) -> bool:
    """The sentence at the top gives the reason already."""
    change = scene.change
    told = change.status is Status.OPEN and scene.ready and not change.schedule
    return told and change.run is run


def _state(run: Run, now: datetime) -> str:
    back = run.direction is Direction.BACK
    took = seconds(((run.ended or now) - run.started).total_seconds()) if run.started else ""
    match run.state:
        case RunState.QUEUED:
            return f"waits behind change {run.behind}" if run.behind else "starts within seconds"
        case RunState.RUNNING:
            return (
                ("being taken back" if back else "running") + (f", for {took}" if took else "") + _wish(run)
            )
        case RunState.PAUSED:
            return "paused between two steps"
        case RunState.HELD:
            return "outcome unknown, the database is held"
        case RunState.FAILED:
            return f"{'taking it back failed' if back else 'failed'} after {took}"
        case RunState.ABORTED:
            return f"stopped by a person after {took}" if took else "stopped by a person before it began"
    if back:
        return f"taken back in {took}"
    at = f", at revision {plain(run.revision, 40)}" if run.revision else ""
    return f"done in {took}{at}"


def _wish(run: Run) -> str:
    return {"pause": " · pauses after this step", "abort": " · stops after this step"}.get(run.wish, "")


def _steps(scene: Scene, run: Run) -> list[str]:
    rows: list[str] = []
    # What the schema was before a step is of use to whoever reads the record, and done in no time.
    steps = [s for s in run.steps.values() if s.state != "done" or not s.key.startswith("look:")]
    done = [s for s in steps if s.state == "done"]
    hidden = done[:-SHOWN]
    folded = {step.key for step in hidden}
    if hidden:
        took = lasted(sum(s.seconds for s in hidden))
        many = f"{len(hidden)} earlier step{'s' * (len(hidden) != 1)}"
        rows.append(f"{_INDENT}{Sign.DONE} {many}{took} (in the thread)")
    rows.extend(_step(scene, run, step) for step in steps if step.key not in folded)
    carried = set(run.carried())
    if (left := [r for r in run.revisions if r not in carried]) and run.live:
        total = len(run.revisions)
        share = (total - len(left)) / total
        far = f"{share:.0%} · {total - len(left)} of {total} revisions"
        rows.append(f"{_INDENT}{bar(share)} {far}{_still(scene, run)}")
    return rows


def _still(scene: Scene, run: Run) -> str:
    """The time left, and what that goes by."""
    if run.state is not RunState.RUNNING:
        return ""
    step = run.unfinished
    elapsed = max(0.0, (scene.now - step.started).total_seconds()) if step else 0.0
    guess = estimate.left(scene.change, run, elapsed, scene.plan.notes.expected.get(run.phase, ""))
    return (
        f" · about {seconds(guess.seconds)} left, going by {guess.by}" if guess and guess.seconds >= 1 else ""
    )


def _step(scene: Scene, run: Run, step: Step) -> str:
    row = f"{_INDENT}{of_step(step.state)} {plain(step.title, 120)}"
    if step.state == "done":
        return row + lasted(step.seconds)
    if step.state == "failed":
        return f"{row} · failed after {seconds(step.seconds)}"
    if step.state == "unknown":
        return f"{row} · nobody can tell whether it happened"
    if step.waits:
        row += f" · {Sign.LOCK} try {step.waits} waited for a lock"
    return row + _how_far(scene, run, step)


def _how_far(scene: Scene, run: Run, step: Step) -> str:
    elapsed = max(0.0, (scene.now - step.started).total_seconds())
    progress = scene.progress
    if progress is None or (progress.run, progress.step) != (run.id, step.key):
        return f" · for {seconds(elapsed)}"
    words = f" · {plain(progress.text, 100)}" if progress.text else ""
    if progress.share is None:
        return f" · for {seconds(elapsed)}{words}"
    share = min(1.0, max(0.0, progress.share))
    gone = max(0.0, (progress.at - step.started).total_seconds())
    left = f" · about {seconds(gone * (1 - share) / share)} left" if 0.02 < share < 1 and gone >= 1 else ""
    return f" · {bar(share)} {share:.0%}{left}{words}"


def counted(revisions: int) -> str:
    """ "1 revision", "3 revisions"."""
    return f"{revisions} revision{'' if revisions == 1 else 's'}"


def lasted(took: float) -> str:
    """ " · 1.6 s"; nothing for what was over at once."""
    return f" · {seconds(took)}" if took >= 0.05 else ""


def bar(share: float) -> str:
    """A share of 1.0 as a row of cells."""
    full = int(share * _CELLS + 1e-9)
    return "▰" * full + "▱" * (_CELLS - full)
