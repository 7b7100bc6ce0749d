"""What each fact about a run alters in its change. Only Change.take calls these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core import events as e
from bot.core.events import Entry, Event
from bot.core.findings import Weight
from bot.core.runs import Run, RunState, Step
from bot.core.words import Answered

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.changes import Change


def _requested(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.RunRequested)
    c.decision = None
    c.runs[ev.run] = Run(
        id=ev.run,
        phase=ev.phase,
        direction=ev.direction,
        target=ev.target,
        revisions=ev.revisions,
        by=n.by,
        requested=n.at,
        fingerprint=ev.fingerprint,
    )


def _run_of(c: Change, n: Entry) -> Run:
    return c.runs[n.event.run]  # type: ignore[attr-defined]  # only events with a run are routed here


def _run_moves(state: RunState, *, ends: bool = False) -> Callable[[Change, Entry], None]:
    def note(c: Change, n: Entry) -> None:
        run = _run_of(c, n)
        run.state, run.wish = state, ""
        if ends:
            run.ended = n.at

    return note


def _queued(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.RunQueued)
    c.runs[ev.run].behind = ev.behind


def _run_started(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.RunStarted)
    run = c.runs[ev.run]
    run.state, run.driver, run.behind = RunState.RUNNING, ev.driver, 0
    run.started = run.started or n.at


def _step_started(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.StepStarted)
    run = c.runs[ev.run]
    run.steps.pop(ev.step, None)
    run.steps[ev.step] = Step(key=ev.step, title=ev.title, started=n.at)


def _waited(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.LockWaited)
    step = c.runs[ev.run].steps[ev.step]
    step.waits, step.blockers = ev.attempt, ev.blockers


def _step_finished(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.StepFinished)
    step = c.runs[ev.run].steps[ev.step]
    step.state, step.seconds, step.evidence, step.facts = "done", ev.seconds, ev.evidence, ev.facts
    if ev.answers:
        c.found[ev.step] = tuple(finding for answer in ev.answers for finding in answer.findings)
    for answer in ev.answers:
        stops = tuple(f.name for f in answer.findings if f.weight is Weight.STOP)
        found = Answered(
            ok=answer.ok, evidence=answer.evidence, run=ev.run, step=ev.step, at=n.at, stops=stops
        )
        c.answers.update(dict.fromkeys(answer.lines, found))


def _rehearsed(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.Rehearsed)
    c.rehearsal, c.forecasts, c.rehearsed = ev.rehearsal, ev.forecasts, n.at


def _settled(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.StepSettled | e.OutcomeSettled)
    run = c.runs[ev.run]
    if ev.applied:
        step = run.steps[ev.step]
        step.state, step.evidence = "done", getattr(ev, "how", "") or "a person looked: it is applied"
        step.attested = isinstance(ev, e.OutcomeSettled)
    else:
        run.steps.pop(ev.step, None)
    if isinstance(ev, e.OutcomeSettled):
        run.state, run.clean = RunState.QUEUED, ev.clean
        run.wish = "pause" if run.left else ""  # that question has not been answered yet
        run.steps.pop("clean", None)  # what was cleared away before is not what is to be cleared now


def _failed(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.RunFailed)
    run = c.runs[ev.run]
    run.state, run.ended, run.wish = RunState.FAILED, n.at, ""
    run.reason, run.hint, run.remains = ev.reason, ev.hint, ev.remains
    if step := run.steps.get(ev.step):
        step.state, step.seconds = "failed", (n.at - step.started).total_seconds()


def _lost(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.OutcomeLost)
    run = c.runs[ev.run]
    run.state, run.remains, run.wish = RunState.HELD, ev.truth, ""
    run.leftovers, run.cures = ev.leftovers, ev.cures
    run.steps[ev.step].state = "unknown"


def _wish(word: str) -> Callable[[Change, Entry], None]:
    def note(c: Change, n: Entry) -> None:
        run = _run_of(c, n)
        if run.wish != "abort":  # stop outranks everything queued
            run.wish = word

    return note


def _left(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.EnvelopeLeft)
    run = c.runs[ev.run]
    run.left += ev.what
    _wish("pause")(c, n)


def _resumed(c: Change, n: Entry) -> None:
    _run_moves(RunState.QUEUED)(c, n)
    _run_of(c, n).left = ()


def _pause_dropped(c: Change, n: Entry) -> None:
    run = _run_of(c, n)
    run.left = ()
    if run.wish == "pause":
        run.wish = ""


def _finished(c: Change, n: Entry) -> None:
    ev = n.event
    assert isinstance(ev, e.RunFinished)
    run = c.runs[ev.run]
    run.state, run.ended, run.wish = RunState.FINISHED, n.at, ""
    run.revision, run.schema = ev.revision, ev.schema


OF_RUNS: dict[type[Event], Callable[[Change, Entry], None]] = {
    e.RunResumed: _resumed,
    e.RunRequested: _requested,
    e.RunQueued: _queued,
    e.RunStarted: _run_started,
    e.StepStarted: _step_started,
    e.LockWaited: _waited,
    e.StepFinished: _step_finished,
    e.Rehearsed: _rehearsed,
    e.StepSettled: _settled,
    e.OutcomeSettled: _settled,
    e.RunFailed: _failed,
    e.EnvelopeLeft: _left,
    e.OutcomeLost: _lost,
    e.PauseAsked: _wish("pause"),
    e.AbortAsked: _wish("abort"),
    e.PauseDropped: _pause_dropped,
    e.RunPaused: _run_moves(RunState.PAUSED),
    e.RunAborted: _run_moves(RunState.ABORTED, ends=True),
    e.RunFinished: _finished,
}
