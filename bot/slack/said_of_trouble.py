"""Sentences about locks, failures and outcomes that nobody knows. Pure."""

from __future__ import annotations

from bot.core import events as e
from bot.core.events import Direction
from bot.core.moves import Status
from bot.core.targets import Blocker
from bot.core.text import code, listed, plain, seconds
from bot.slack import choices
from bot.slack.signs import Sign
from bot.slack.voice import Moment, Said, full, hint

#: From this attempt on, waiting for a lock is "for long".
LONG_WAIT = 2


def blocker(one: Blocker) -> str:
    """A session in our way, so that it can be found and asked."""
    since = f", open for {seconds(one.seconds)}" if one.seconds else ""
    who = f"user {code(one.user or '-', 60)}, application {code(one.application or '-', 80)}"
    return f"• pid {one.pid}, {who}{since}: {code(one.query or '-', 300)}"


def waited(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.LockWaited)
    run = m.then.runs[event.run]
    step = run.steps[event.step]
    text = (
        f"{Sign.LOCK} {plain(step.title, 160)}: no lock within"
        f" {seconds(m.scene.plan.limits.lock_timeout)} (try {event.attempt} of {event.attempts})."
    )
    if event.blockers:
        text += " It is held by:\n" + "\n".join(blocker(one) for one in event.blockers[:4])
        if len(event.blockers) > 4:
            text += f"\n… and {len(event.blockers) - 4} more"
    else:
        text += " Whoever held it was gone when we looked."
    latest = m.scene.change.run
    waits = bool(
        latest and latest.id == run.id and latest.unfinished and latest.unfinished.waits == event.attempt
    )
    if event.attempt < LONG_WAIT or not waits:
        return m.say(text)
    text += (
        f"\n{m.voice.call(run.phase)} It is tried again by itself. Ask them to finish, or type"
        f" {code(f'/migrate pause {m.then.id}')}."
    )
    return m.say(text, alert=True)


def failed(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.RunFailed)
    run = m.then.runs[event.run]
    step = run.steps.get(event.step)
    what = "Taking it back failed" if run.direction is Direction.BACK else "Failed"
    where = plain(step.title if step else event.step, 160)
    # The step's title names the revision, and the last line says what remains: each is said once.
    reason = event.reason.removeprefix(f"{event.step.partition(':')[2]} failed: ")
    more = hint(event.hint.removeprefix("Nothing of it remains.").strip())
    text = (
        f"{Sign.FAILED} *{run.phase.title()}: {what.lower()}* at {where}.\n"
        f"{full(plain(reason, 600))}{more}\n{plain(event.remains, 600)}"
    )
    latest = m.scene.change.run
    if not (m.voice.now(run.id) or (latest and latest.direction is Direction.BACK)):
        return m.say(text)
    return m.say(f"{text}\n{m.voice.call(run.phase)}".rstrip(), alert=True)


def envelope_left(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.EnvelopeLeft)
    run, n = m.then.runs[event.run], m.then.id
    step = run.steps.get(event.step)
    text = (
        f"{Sign.LOOK} *{run.phase.title()} does what was not rehearsed*, at"
        f" {plain(step.title if step else event.step, 160)} on {code(run.target)}:\n"
    )
    text += "\n".join(f"• {plain(line, 400)}" for line in event.what[:6])
    if len(event.what) > 6:
        text += f"\n… and {len(event.what) - 6} more"
    latest = m.scene.change.run
    if not (latest and latest.id == run.id and latest.live and latest.left):
        return m.say(text)
    text += (
        "\nThe run pauses when this step has ended, and what is applied stays. Look at the database, then one"
        f" of the phase's roles types {code(f'/migrate resume {n}')} to go on, or"
        f" {code(f'/migrate rollback {run.phase} {n}')} to take it back.\n{m.voice.call(run.phase)}"
    )
    return m.say(text.rstrip(), alert=True)


def lost(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.OutcomeLost)
    run = m.then.runs[event.run]
    n = m.then.id
    step = plain(run.steps[event.step].title, 160)
    text = (
        f"{Sign.UNKNOWN} *Nobody can tell whether this happened*: {step} on {code(run.target)}.\n"
        f"{plain(event.truth, 800)}"
    )
    if unsaid := [code(name, 120) for name in event.leftovers[:6] if name not in event.truth]:
        text += f"\nLeft half-done: {listed(unsaid)}."
    if event.cures:
        text += f"\nWhat is half-done is cleared away by {'; '.join(code(c, 200) for c in event.cures[:6])}"
    if not (m.voice.now(run.id) and m.scene.change.status is Status.HELD):
        return m.say(text)
    ways = [
        f"{code(f'/migrate settle {n} applied')} if all of it is there",
        f"{code(f'/migrate settle {n} absent')} if nothing is",
    ]
    ways += [f"{code(f'/migrate settle {n} clean')} to clear it away and do it again"] if event.cures else []
    text += f"\nNothing runs on {code(run.target)} until someone looked and said: {', '.join(ways)}."
    text += f"\n{m.voice.call(run.phase)}"
    return m.say(text.rstrip(), alert=True, buttons=choices.settle(m.then))


def person_settled(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.OutcomeSettled)
    truth = "applied" if event.applied else "absent"
    again = ", cleared away first" if event.clean else ""
    who = m.scene.who(m.entry.by)
    return m.say(
        f"{Sign.DONE} {who} looked: step {code(event.step)} is {truth}{again}. The run goes on.",
    )
