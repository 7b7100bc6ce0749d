"""Stories that show every message once: for the gallery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot.core import events as e
from bot.core.events import Direction
from bot.core.keeping import Progress
from bot.core.targets import ENVIRONMENTS, Blocker, Phase
from bot.slack.sample_measures import AFTER, BEFORE, FINDINGS, FORECASTS, REHEARSAL
from bot.slack.samples import START, Story, sample_plan

_BLOCKER = Blocker(
    pid=4711, user="reporting", application="nightly", query="select * from orders", seconds=312.0
)


def planned() -> Story:
    return Story().opened()


def approved() -> Story:
    return planned().approved()


def _under_way() -> Story:
    story = rehearsed().approved().passed(Phase.DEVELOPMENT).passed(Phase.STAGING)
    return story.wanted(Phase.PRODUCTION).started().carried(1).begins("apply:0002")


def _rejected() -> Story:
    no = e.RoleRejected(role="dev-lead", person="U2", why="Name the column as in billing.")
    return planned().note(no, by="U2")


def running() -> Story:
    story = approved().passed(Phase.DEVELOPMENT).passed(Phase.STAGING)
    story.wanted(Phase.PRODUCTION).started().carried(1).begins("apply:0002")
    at = story.at + timedelta(seconds=20)
    story.progress = Progress(run=story.run, step="apply:0002", share=0.42, text="126,000 rows", at=at)
    return story


def _locked() -> Story:
    story = approved().wanted(Phase.DEVELOPMENT).started().carried(0).begins("apply:0001")
    for attempt in (1, 2):
        waited = e.LockWaited(
            run=story.run, step="apply:0001", attempt=attempt, attempts=6, blockers=(_BLOCKER,)
        )
        story.note(waited, after=3)
    return story


def _taken_back() -> Story:
    story = approved().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().carried(2)
    story.failed("apply:0003").wanted(Phase.STAGING, Direction.BACK, by="whimbrel").started()
    return story.carried().finished()


def _deciding() -> Story:
    story = approved().passed(Phase.DEVELOPMENT).passed(Phase.STAGING)
    story.wanted(Phase.PRODUCTION).started().carried(2).failed("apply:0003")
    until = story.at + timedelta(minutes=15)
    return story.note(e.DecisionAsked(run=story.run, phase=Phase.PRODUCTION, deadline=until), after=0)


def _held() -> Story:
    story = approved().wanted(Phase.DEVELOPMENT).started().carried(2).begins("apply:0003")
    return story.note(
        e.OutcomeLost(
            run=story.run,
            step="apply:0003",
            truth="The history table does not have 0003, which commits as it goes."
            " The schema is not as it was before it. Left half-done: index orders_created_at.",
            leftovers=("index orders_created_at",),
            cures=("DROP INDEX CONCURRENTLY orders_created_at",),
        )
    )


def _paused() -> Story:
    story = approved().wanted(Phase.DEVELOPMENT).started().carried(1)
    return story.note(e.PauseAsked(run=story.run), by="U4").note(e.RunPaused(run=story.run))


def _left() -> Story:
    story = approved().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().carried(1)
    held = "0002 has held orders (reads and writes blocked) for 14 s; the rehearsal expected at most 2.0 s."
    wrote = "0002 wrote 900,000 rows; the rehearsal expected about 1,200."
    story.begins("apply:0002").note(e.EnvelopeLeft(run=story.run, step="apply:0002", what=(held,)), after=14)
    story.note(e.EnvelopeLeft(run=story.run, step="apply:0002", what=(wrote,)), after=9)
    done = e.StepFinished(
        run=story.run, step="apply:0002", seconds=23.1, evidence="1 statement, 900,000 rows", facts={}
    )
    return story.note(done).note(e.RunPaused(run=story.run))


def _queued() -> Story:
    story = approved().wanted(Phase.DEVELOPMENT)
    return story.note(e.RunQueued(run=story.run, behind=41))


def _scheduled() -> Story:
    story = approved().passed(Phase.DEVELOPMENT)
    at = START + timedelta(hours=13)
    return story.note(e.RunScheduled(schedule="s1", phase=Phase.STAGING, at=at, person="U4"), by="U4")


def _done() -> Story:
    story = approved()
    for phase in ENVIRONMENTS:
        story.passed(phase)
    return story.note(e.ChangeFinished(), after=0)


def measured(**known: Any) -> Story:
    """A change whose plan is one that is measured; `known` is what was found out."""
    return Story(plan=sample_plan(rehearsed=True), known=known).opened()


def rehearsed(**known: Any) -> Story:
    """A change whose rehearsal has just ended."""
    found = {"rehearsal": REHEARSAL, "forecasts": FORECASTS, "before": BEFORE, "after": AFTER}
    story = measured(**found, **known)
    return story.wanted(Phase.TEST, by="U1").started().step("rehearse", "3 revisions", 14.2).finished()


def _found() -> Story:
    return rehearsed(findings=FINDINGS, accepted=frozenset({"update-all-rows@0002"}))


def states() -> Iterator[tuple[str, Story, float]]:
    """Every state of the live message, and how long after its last event it is looked at."""
    yield "Not rehearsed yet", measured(), 60
    yield "A finding is open, and it is not rehearsed yet", measured(findings=FINDINGS), 60
    yield "Rehearsed, and a finding is open", _found(), 60
    yield "Rehearsed, and lines of the checklist are open", rehearsed(open_lines=3), 60
    yield "Rehearsed, can go ahead", rehearsed(), 60
    yield "Rehearsed, and approved for the first phase", rehearsed().approved("dev-lead"), 60
    yield "Rehearsed, and production is under way", _under_way(), 20
    yield "Waits for approvals, in a project that rehearses nothing", planned(), 60
    yield "Rejected", _rejected(), 0
    yield "Approved, waits for the word", approved(), 0
    yield "Waits behind another change", _queued(), 0
    yield "Running", running(), 20
    yield "Waits for a lock", _locked(), 2
    yield "Paused", _paused(), 0
    yield "Left what was rehearsed", _left(), 0
    yield "Taken back by itself", _taken_back(), 0
    yield "Failed in production, the roles decide", _deciding(), 0
    yield "Outcome unknown", _held(), 0
    yield "Set for later", _scheduled(), 0
    yield "Done", _done(), 0
    yield "Ended before production", planned().note(e.ChangeAborted(why="aborted by U1"), by="U1"), 0


def stories() -> Iterator[tuple[str, Story]]:
    yield "Opened", planned()
    yield "Opened, with findings", measured(findings=FINDINGS)
    yield "Rehearsed", rehearsed()
    yield "Rehearsed, and a finding is open", _found()
    withdrawn = e.ApprovalWithdrawn(role="dev-lead", person="U2")
    yield "Said yes, and took it back", planned().approved("dev-lead").note(withdrawn, by="U2")
    yield "Said no", _rejected()
    yield "The plan moved", planned().approved("dev-lead").revised()
    yield "The next phase needs an approval", planned().approved("dev-lead").passed(Phase.DEVELOPMENT)
    yield "From the first phase to the last", _done()
    yield "Waits for a lock", _locked()
    yield "Waits behind another change", _queued()
    yield "Failed, and taken back by itself", _taken_back()
    yield "Failed in production", _deciding()
    yield "Nobody answered in time", _overdue()
    yield "Left as it is", _deciding().note(e.LeftKept(run="42.3"), by="U3")
    yield "Outcome unknown", _held()
    yield "A person looked", _settled()
    yield "Restarted in the middle of a step", _restarted()
    yield "Paused, resumed, stopped", _steered()
    yield "Left what was rehearsed", _left()
    reminder = _scheduled().note(e.ReminderDue(schedule="s1"), after=600)
    yield "Set for later", reminder
    ended = e.ScheduleEnded(schedule="s1", why="Refused: staging waits for the approval of qa.")
    yield "Set for later, and not started", _scheduled().note(ended)
    yield "Ended", planned().note(e.ChangeAborted(why="aborted by U1"), by="U1")


def _overdue() -> Story:
    story = _deciding()
    return story.note(e.DecisionOverdue(run=story.run), after=900)


def _settled() -> Story:
    story = _held()
    settled = e.OutcomeSettled(run=story.run, step="apply:0003", applied=False, clean=True)
    return story.note(settled, by="U2", after=300)


def _restarted() -> Story:
    story = approved().wanted(Phase.DEVELOPMENT).started().carried(0).begins("apply:0001")
    story.note(e.RunStarted(run=story.run, driver="bot-2"), after=5)
    how = "The history table has 0001."
    return story.note(e.StepSettled(run=story.run, step="apply:0001", applied=True, how=how))


def _steered() -> Story:
    story = approved().wanted(Phase.DEVELOPMENT).started().carried(1)
    story.note(e.PauseAsked(run=story.run), by="U4").note(e.PauseDropped(run=story.run), by="U4")
    story.note(e.PauseAsked(run=story.run), by="U4").note(e.RunPaused(run=story.run))
    story.note(e.RunResumed(run=story.run), by="U4").started()
    return story.note(e.AbortAsked(run=story.run), by="U4").note(e.RunAborted(run=story.run))
