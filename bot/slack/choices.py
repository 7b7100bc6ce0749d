"""The buttons that fit a change's status. A button's value is the words that it stands for."""

from __future__ import annotations

from bot.chat import Button
from bot.core.changes import Change
from bot.core.moves import Status
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import code
from bot.slack.scene import Scene


def choices(scene: Scene) -> tuple[Button, ...]:
    """What can be done with one click now."""
    change = scene.change
    match change.status:
        case Status.OPEN:
            return (*_say(scene), *_run(scene), *_take_back(change), *_unschedule(change), _end(change))
        case Status.QUEUED | Status.RUNNING:
            return (*_say(scene), *_steer(change))
        case Status.PAUSED:
            resume = Button(label="Resume", words=f"resume {change.id}", style="primary")
            back = _take_back(change) if change.run and change.run.left else ()
            return (*_say(scene), resume, *back, _abort(change))
        case Status.DECIDING:
            return decide(change)
        case Status.HELD:
            return settle(change)
    return _take_back(change)


def decide(change: Change) -> tuple[Button, ...]:
    """Take back or keep what a failed run left applied."""
    keep = Button(
        label="Keep what is applied",
        words=f"keep {change.id}",
        confirm="What is applied stays where it is. The phase can be run again later.",
    )
    return (*_take_back(change), keep)


def settle(change: Change) -> tuple[Button, ...]:
    """Say what is true of a step whose end nobody saw."""
    run, n = change.run, change.id
    target = code(run.target if run else "", 60)
    made = [
        Button(
            label="It is applied",
            words=f"settle {n} applied",
            confirm=f"You looked at {target}, and the step is applied there in full.",
        ),
        Button(
            label="It is absent",
            words=f"settle {n} absent",
            confirm=f"You looked at {target}, and nothing of the step is there. It will be done again.",
        ),
    ]
    if run and run.cures:
        made.append(
            Button(
                label="Clean up, then again",
                words=f"settle {n} clean",
                style="danger",
                confirm=f"Removes from {target} what is named as half-done, then does the step again.",
            )
        )
    return tuple(made)


def approve(change: Change) -> tuple[Button, ...]:
    """Say yes or no to the plan."""
    return (
        Button(label="Approve", words=f"approve {change.id}", style="primary"),
        Button(label="Reject…", words=f"reject {change.id}"),
    )


def run_phase(change: Change, phase: Phase, target: str) -> Button:
    """Start a phase; the question names the database."""
    if phase not in ENVIRONMENTS:
        return Button(label=f"Run {phase}", words=f"run {phase} {change.id}", style="primary")
    return Button(
        label=f"Run {phase}",
        words=f"run {phase} {change.id}",
        style="primary",
        confirm=f"Change {change.id} runs on {code(target, 80)} ({phase}) now.",
    )


def wanted(scene: Scene) -> bool:
    """Somebody's approval is missing for a phase that is still to come."""
    return not scene.change.final and any(
        scene.lacking.get(p) for p in scene.phases if not scene.change.passed(p)
    )


def _say(scene: Scene) -> tuple[Button, ...]:
    return approve(scene.change) if wanted(scene) else ()


def _run(scene: Scene) -> tuple[Button, ...]:
    if not scene.ready or scene.next is None:
        return ()
    return (run_phase(scene.change, scene.next, scene.plan.stage(scene.next).target),)


def _steer(change: Change) -> tuple[Button, ...]:
    wish = change.run.wish if change.run else ""
    if wish == "abort":
        return ()
    if wish == "pause":
        return (Button(label="Go on after all", words=f"resume {change.id}"), _abort(change))
    return (Button(label="Pause", words=f"pause {change.id}"), _abort(change))


def _abort(change: Change) -> Button:
    return Button(
        label="Abort",
        words=f"abort {change.id}",
        style="danger",
        confirm="Stops after the step under way. What is applied by then stays, and the answer says where.",
    )


def _end(change: Change) -> Button:
    return Button(
        label="End the change",
        words=f"abort {change.id}",
        confirm="Ends the change before production. What is applied stays, and the answer says where.",
    )


def _unschedule(change: Change) -> tuple[Button, ...]:
    return (Button(label="Unschedule", words=f"unschedule {change.id}"),) if change.schedule else ()


def _take_back(change: Change) -> tuple[Button, ...]:
    """The word itself names the revisions and asks once more."""
    there = [phase for phase in ENVIRONMENTS if change.applied(phase)]
    if change.decision:
        there = [change.decision.phase]
    if not there:
        return ()
    style = "danger" if change.decision else ""
    return (Button(label=f"Take {there[-1]} back…", words=f"rollback {there[-1]} {change.id}", style=style),)
