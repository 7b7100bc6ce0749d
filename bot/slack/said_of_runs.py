"""Sentences about a run that goes as it should. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core import events as e
from bot.core.events import Direction
from bot.core.runs import Run, RunState
from bot.core.targets import Phase
from bot.core.text import code, plain, seconds
from bot.slack.phases import LOOKS, counted, lasted
from bot.slack.said_of_plans import approval_wanted
from bot.slack.said_of_rehearsals import rehearsed_pieces, rehearsed_words
from bot.slack.signs import Sign
from bot.slack.voice import Moment, Said, run_of, stays


def requested(m: Moment) -> Said:
    run = run_of(m.then, m.entry.event)
    count = counted(len(run.revisions))
    who = m.scene.who(run.by)
    if run.direction is Direction.BACK:
        return m.say(
            f"{Sign.BACK} {who} takes {run.phase} back: {count} on {code(run.target)}, newest first.",
        )
    if looks := LOOKS.get(run.phase):
        return m.say(f"{Sign.READY} {who} starts {run.phase}: it {looks}, and changes no environment.")
    return m.say(f"{Sign.READY} {who} starts {run.phase}: {count} on {code(run.target)}.")


def queued(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.RunQueued)
    run = m.then.runs[event.run]
    return m.say(
        f"{Sign.QUEUED} {run.phase.title()} waits: change {event.behind} holds {code(run.target)}."
        f" It starts by itself. {code(f'/migrate why {event.behind}')}",
    )


def started(m: Moment) -> Said | None:
    run = run_of(m.then, m.entry.event)
    if run.started == m.entry.at:
        return None
    return m.say(f"{Sign.RUNNING} {run.phase.title()} goes on from its record, after a pause or a restart.")


def finished_step(m: Moment) -> Said | None:
    event = m.entry.event
    assert isinstance(event, e.StepFinished)
    if event.step.startswith("look:"):
        return None  # only of use to whoever reads the record after a crash
    step = m.then.runs[event.run].steps[event.step]
    proof = f": {plain(event.evidence, 300)}" if event.evidence else ""
    return m.say(f"{Sign.DONE} {plain(step.title, 160)}{lasted(event.seconds)}{proof}")


def settled_step(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.StepSettled)
    answer = "It is applied." if event.applied else "It is not there, and is done again."
    return m.say(
        f"{Sign.DONE} The end of step {code(event.step)} was not seen, so the database was asked: "
        f"{plain(event.how, 300)} {answer}",
    )


def wish(words: str) -> Callable[[Moment], Said]:
    def tell(m: Moment) -> Said:
        return m.say(words.format(who=m.scene.who(m.entry.by), n=m.then.id))

    return tell


def paused(m: Moment) -> Said:
    run = run_of(m.then, m.entry.event)
    n = m.then.id
    return m.say(
        f"{Sign.PAUSED} {run.phase.title()} is paused between two steps. {stays(m.then)}"
        f" {code(f'/migrate resume {n}')} goes on, {code(f'/migrate abort {n}')} ends the run."
    )


def aborted(m: Moment) -> Said:
    run = run_of(m.then, m.entry.event)
    text = f"{Sign.STOPPED} {run.phase.title()} was stopped by a person. {stays(m.then)}"
    if m.then.applied(run.phase):
        text += f" {code(f'/migrate rollback {run.phase} {m.then.id}')} takes it back."
    return m.say(text)


def finished(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.RunFinished)
    run = m.then.runs[event.run]
    took = seconds((m.entry.at - (run.started or run.requested)).total_seconds())
    at = f", at revision {code(event.revision, 40)}" if event.revision else ""
    schema = f" Schema {code(event.schema, 20)}." if event.schema else ""
    if run.direction is Direction.BACK:
        text = f"{Sign.BACK} *{run.phase.title()} is taken back*, in {took}{at}.{schema} {stays(m.then)}"
        text += _again(m, run)
        alert = m.voice.now(run.id)
        text = f"{text}\n{m.voice.call(run.phase)}".rstrip() if alert else text
        return m.say(text, alert=alert)
    text = f"{Sign.DONE} *{run.phase.title()} is done*, in {took}{at}.{schema}"
    rehearsal = run.phase is Phase.TEST
    text += rehearsed_words(m, run) if rehearsal else ""
    said = _next(m, text) if m.voice.now(run.id) else m.say(text)
    return replace(said, brings=rehearsed_pieces(m, run)) if rehearsal else said


def _again(m: Moment, run: Run) -> str:
    """How to try again what had failed."""
    before = [r for r in m.then.runs_of(run.phase) if r.direction is Direction.FORWARD][-1:]
    if not (before and before[0].state is RunState.FAILED and m.voice.now(run.id)):
        return ""
    plan, again = f"/migrate plan {m.then.id}", f"/migrate run {run.phase} {m.then.id}"
    return f"\nMend what failed: {code(plan)} shows what moved, {code(again)} tries again."


def _next(m: Moment, text: str) -> Said:
    scene = m.scene
    if scene.next is None or not m.voice.current(m.then):
        return m.say(text)
    if waits := scene.hindrance.sentence:
        words = " ".join(code(word) for word in scene.hindrance.next)
        text += f" {scene.next.title()} waits: {waits}. {words}"
    if not scene.ready:
        return approval_wanted(m, text)
    asks = bool(scene.plan.stage(scene.next).roles)
    free = f"{scene.next.title()} has every approval" if asks else f"{scene.next.title()} is next"
    text += f" {free}: {code(f'/migrate run {scene.next} {scene.change.id}')}"
    return m.say(text)
