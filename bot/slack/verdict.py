"""The plan in one sentence that a product owner understands, and the three numbers under it. Pure.

Nothing here is guessed: what was not measured is said not to be, with the words that measure it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.events import Direction
from bot.core.findings import WAY_BACK_ENDS
from bot.core.measures import Forecast, Rehearsal, Span
from bot.core.outlook import counted
from bot.core.runs import RunState
from bot.core.schemas import Column, Mark, difference
from bot.core.targets import Phase
from bot.core.text import code, listed, plain, seconds
from bot.slack.blocking import ALL, blocked_in, longest
from bot.slack.scene import Scene
from bot.slack.signs import Sign

#: What takes less than this many seconds, nobody notices.
UNNOTICED = 0.05
NOT_YET = "Not measured yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`head` is "Stop", "Not rehearsed yet", "Not yet", "Not known in full" or "Can go ahead"; `rest` says
    why, and ends with a full stop."""

    sign: Sign
    head: str
    rest: str

    @property
    def bold(self) -> str:
        return f"{self.sign} *{self.head}*: {self.rest}"

    @property
    def flat(self) -> str:
        """For notifications, which show no marks."""
        return f"{self.head}: {self.rest}"


def judgement(scene: Scene) -> Judgement:
    """May it go ahead, and if not, why, and what to type. Call it for a scene that is `judged`."""
    rehearsal = scene.rehearsal
    if scene.stops:
        first = plain(scene.stops[0].reason.rstrip(". "), 240)
        rest = f"{counted(len(scene.stops), 'finding')} open. {'First: ' * (len(scene.stops) > 1)}{first}."
        rest += " What to do instead, and the words to accept what is found, are in the thread."
        return Judgement(sign=Sign.NO, head="Stop", rest=rest)
    if rehearsal and rehearsal.problems:
        said = plain(rehearsal.problems[0].rstrip(". "), 300)
        more = len(rehearsal.problems) - 1
        rest = f"the rehearsal did not go as it should. {said}." + f" And {more} more." * bool(more)
        return Judgement(sign=Sign.NO, head="Stop", rest=rest)
    if rehearsal is None and Phase.TEST in scene.phases:
        return Judgement(sign=Sign.OPEN, head="Not rehearsed yet", rest=_to_rehearse(scene))
    if scene.open_lines:
        lines = counted(scene.open_lines, "checklist line")
        rest = f"{lines} open. {code(f'/migrate checklist #{scene.change.id}')} shows them."
        return Judgement(sign=Sign.ASKED, head="Not yet", rest=rest)
    phase, forecast = meant(scene)
    if forecast is None or phase is None:
        seen = "The rehearsal went well" if rehearsal else "No check stops it"
        rest = f"{seen}; how long it takes, and who has to wait, is not measured yet."
        return Judgement(sign=Sign.LOOK, head="Not known in full", rest=rest)
    facts = [f"{about(forecast.duration)} in {phase}", _kept_off(scene, forecast), _returns(scene)]
    return Judgement(
        sign=Sign.DONE, head="Can go ahead", rest=f"about {', '.join(facts[:2])}, and {facts[2]}."
    )


def numbers(scene: Scene) -> tuple[tuple[str, str], ...]:
    """The three numbers, each with its name: duration, worst wait, way back."""
    phase, forecast = meant(scene)
    if forecast is None:
        return (("Duration", NOT_YET), ("Worst wait", NOT_YET), ("Way back", way_back(scene)))
    duration = f"{about(forecast.duration)} in {phase}"
    high = forecast.wait.high
    wait = "Nobody has to wait" if high < UNNOTICED else f"{seconds(high)} at most"
    down = forecast.downtime.high
    wait += f"; tables are out of use for {seconds(down)} in all" if down >= UNNOTICED else ""
    return (("Duration", duration), ("Worst wait", wait), ("Way back", way_back(scene)))


def meant(scene: Scene) -> tuple[Phase | None, Forecast | None]:
    """The forecast that counts: of the last phase that has one, which is production's where it is known."""
    for phase in reversed(scene.phases):
        if phase in scene.forecasts:
            return phase, scene.forecasts[phase]
    return None, None


def about(span: Span) -> str:
    """ "12 to 40 s", "50 s to 2 min"; one number where both ends are the same to people."""
    low, high = seconds(span.low), seconds(span.high)
    if low == high:
        return high
    number, _, unit = low.partition(" ")
    same = unit == high.partition(" ")[2] and " " not in unit
    return f"{number if same else low} to {high}"


def way_back(scene: Scene) -> str:
    """Whether it can be taken back, how that was found, until when, and what would be lost."""
    stuck = [s.revision for s in scene.plan.scripts if not s.reversible]
    if stuck:
        first = scene.plan.scripts[0].revision == stuck[0]
        until = "" if first else f", only until {code(stuck[0], 40)} has run"
        return f"No{until}: {listed([code(r, 40) for r in stuck[:3]])} has no way back"
    took = _returned(scene.rehearsal)
    if took is None:
        return "Not rehearsed yet; every revision has a reverse script"
    ends = _ends(scene)
    sooner = f"rows are written that only {ends} allows, or " if ends else ""
    words = f"Yes, rehearsed ({seconds(took)} on the copy), until {sooner}a later change builds on it"
    lost = _lost(scene)
    return words + (f"; what was written to {listed(lost)} would be lost" if lost else "")


def _to_rehearse(scene: Scene) -> str:
    run = scene.change.run
    if run and run.phase is Phase.TEST and run.live:
        return "the rehearsal is under way." if run.state is RunState.RUNNING else "the rehearsal waits."
    return f"{code(f'/migrate run test {scene.change.id}')} carries it out on a copy and measures it."


def _kept_off(scene: Scene, forecast: Forecast) -> str:
    """ "orders cannot be written for up to 1.0 s"."""
    high = forecast.wait.high
    if high < UNNOTICED:
        return "nobody has to wait"
    found = blocked_in(scene.rehearsal)
    worst = longest(found)
    if worst is None:
        return f"one request may wait for up to {seconds(high)}"
    others = len({b.table for b in found}) - 1
    more = f" (and {others} more table{'s' * (others > 1)})" if others else ""
    verb = "cannot be used" if worst.what == ALL else "cannot be written"
    return f"{plain(worst.table, 60)}{more} {verb} for up to {seconds(high)}"


def _returns(scene: Scene) -> str:
    stuck = [s.revision for s in scene.plan.scripts if not s.reversible]
    if stuck:
        return f"it cannot be taken back once {code(stuck[0], 40)} has run"
    if _returned(scene.rehearsal) is None:
        return "taking it back was not rehearsed"
    ends = _ends(scene)
    return f"it can be taken back{f' until rows are written that only {ends} allows' if ends else ''}"


def _ends(scene: Scene) -> str:
    """The revision whose new rows shut the way back, "" when the rehearsal found none."""
    return next((code(f.place, 40) for f in scene.findings if f.rule == WAY_BACK_ENDS), "")


def _returned(rehearsal: Rehearsal | None) -> float | None:
    """Seconds that taking all of it back took on the copy; None when it was not seen to lead back."""
    if rehearsal is None:
        return None
    back = [one.seconds for one in rehearsal.carried if one.direction is Direction.BACK]
    start = rehearsal.prints.get("start")
    return sum(back) if back and start and start == rehearsal.prints.get("back") else None


def _lost(scene: Scene) -> list[str]:
    """What the change adds, and the way back therefore drops with all that is in it."""
    if scene.before is None or scene.after is None:
        return []
    lost = []
    for table in difference(scene.before, scene.after):
        if table.mark is Mark.ADDED:
            lost.append(plain(table.name, 60))
            continue
        added = [c.shown for c in table.columns if c.mark is Mark.ADDED]
        lost += [plain(f"{table.name}.{c.name}", 80) for c in added if isinstance(c, Column)]
    return [*lost[:2], f"{len(lost) - 2} more"] if len(lost) > 3 else lost
