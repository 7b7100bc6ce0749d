"""Sentences about the template's lines, findings and the rehearsal. Pure."""

from __future__ import annotations

from bot.core import events as e
from bot.core.text import code, plain
from bot.slack.signs import Sign
from bot.slack.voice import Moment, Said


def ticked(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.LinesTicked)
    rows = "\n".join(f"• {_line(m, number)}" for number in event.lines)
    words = f" Evidence: {plain(event.evidence, 500)}" if event.evidence else ""
    return m.say(
        f"{Sign.DONE} {m.scene.who(event.person)} ticked as {plain(event.role, 60)}:\n{rows}\n{words}"
    )


def waived(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.LinesWaived)
    who, role = m.scene.who(event.person), plain(event.role, 60)
    rows = "\n".join(f"• {_line(m, number)}" for number in event.lines)
    undo = code(f"/migrate untick {event.lines[0]} #{m.then.id}")
    return m.say(
        f"{Sign.LOOK} {who} waived as {role}, because {plain(event.why, 500)}:\n{rows}\n{undo} undoes it."
    )


def reopened(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.LineReopened)
    return m.say(f"{Sign.OPEN} {m.scene.who(event.person)} opened again: {_line(m, event.line)}")


def accepted(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.FindingAccepted)
    who, role = m.scene.who(event.person), plain(event.role, 60)
    return m.say(f"{Sign.LOOK} {who} accepted {code(event.finding)} as {role}: {plain(event.why, 500)}")


def lapsed(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.ApprovalLapsed)
    role, n = plain(event.role, 60), m.then.id
    text = (
        f"{Sign.OPEN} The approval of {role} no longer holds ({plain(event.facet, 20)}):"
        f" {plain(event.why, 300)}."
    )
    if event.role in m.scene.change.approvals:
        return m.say(text)
    asked = f"{m.voice.names([event.role])} is asked again: {code(f'/migrate approve {n}')}"
    return m.say(f"{text} {asked}".rstrip(), alert=True)


def rehearsed(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.Rehearsed)
    problems = event.rehearsal.problems
    if problems:
        rows = "\n".join(f"• {plain(problem, 300)}" for problem in problems[:8])
        return m.say(f"{Sign.LOOK} The rehearsal found what is not as it should be:\n{rows}")
    return m.say(f"{Sign.DONE} The rehearsal went forward, back and forward again, as it should.")


def _line(m: Moment, number: int) -> str:
    line = next((line for line in m.scene.plan.lines if line.n == number), None)
    return f"line {number}" + (f" {plain(line.text, 120)}" if line else "")
