"""Sentences about decisions, dates and the end of a change. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Attachment
from bot.core import events as e
from bot.core.moves import Status
from bot.core.record import record
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import clock, code, plain, seconds
from bot.slack import choices
from bot.slack.signs import Sign
from bot.slack.voice import Moment, Piece, Said, stays


def decision(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.DecisionAsked)
    return _decide(m, f"wanted by {clock(event.deadline)}", event.phase)


def overdue(m: Moment) -> Said:
    phase = m.then.decision.phase if m.then.decision else None
    return _decide(m, "nobody has answered in time", phase)


def _decide(m: Moment, when: str, phase: Phase | None) -> Said:
    n, name = m.then.id, phase or "it"
    when = when[:1].upper() + when[1:]
    text = f"{Sign.ASKED} *Take {name} back, or keep what is applied?* {when}. {stays(m.then)}"
    if m.scene.change.decision is None:
        return m.say(text)
    text += (
        f"\n{m.voice.call(phase)} {code(f'/migrate rollback {name} {n}')} takes it back,"
        f" {code(f'/migrate keep {n}')} leaves it. Until then it stays as it is."
    )
    return m.say(text, alert=True, buttons=choices.decide(m.then))


def kept(m: Moment) -> Said:
    return m.say(f"{Sign.DONE} {m.scene.who(m.entry.by)} left what is applied. {stays(m.then)}")


def scheduled(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.RunScheduled)
    return m.say(
        f"{Sign.CLOCK} {m.scene.who(event.person)} set {event.phase} for {clock(event.at)}."
        f" It starts by itself if all still holds then. {code(f'/migrate unschedule {m.then.id}')}",
    )


def reminder(m: Moment) -> Said | None:
    schedule = m.then.schedule
    if schedule is None:
        return None
    phase = schedule.phase
    text = f"{Sign.CLOCK} *{phase.title()} starts by itself at {clock(schedule.at)}*."
    now = m.scene.change.schedule
    if now is None or now.id != schedule.id:
        return m.say(text)
    if short := m.scene.lacking.get(phase, ()):
        text += f" It will be refused unless {m.voice.names(m.role for m in short)} approves before."
    else:
        text += f" {m.voice.call(phase)}"
    text += f" {code(f'/migrate unschedule {m.then.id}')} calls it off."
    return m.say(text, alert=True)


def schedule_ended(m: Moment) -> Said | None:
    event = m.entry.event
    assert isinstance(event, e.ScheduleEnded)
    if event.why == "started":
        return None
    return m.say(f"{Sign.CLOCK} What was set for later ended: {plain(event.why, 400)}")


def done(m: Moment) -> Said:
    took = (
        f" {seconds((m.entry.at - m.then.opened).total_seconds())} after it was opened"
        if m.then.opened
        else ""
    )
    text = f"{Sign.FINISHED} *Change {m.then.id} is in production*{took}: {m.scene.title}."
    alert = m.scene.change.status is Status.DONE
    people = m.voice.names(dict.fromkeys(r for s in m.scene.plan.stages for r in s.roles))
    said = m.say(f"{text}\n{people}".rstrip() if alert else text, alert=alert)
    return replace(said, brings=(_record(m),))


def _record(m: Moment) -> Piece:
    """All of the change as a document, for those who come later."""
    scene = m.scene
    file = f"record-{scene.change.id}.md"
    return Piece(
        name=file,
        make=lambda: Attachment(name=file, text=record(scene.change, scene.plan, scene.name)),
    )


def ended(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.ChangeAborted)
    why = f" ({plain(event.why, 300)})" if event.why and m.entry.by not in event.why else ""
    text = f"{Sign.STOPPED} {m.scene.who(m.entry.by)} ended change {m.then.id}{why}. {stays(m.then)}"
    there = [p for p in ENVIRONMENTS if m.then.applied(p)]
    if there:
        text += f" {code(f'/migrate rollback {there[-1]} {m.then.id}')} takes {there[-1]} back."
    return m.say(text)
