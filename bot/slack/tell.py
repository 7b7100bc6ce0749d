"""Tells the journal in the chat: one live message for each change, a thread, alerts.

Telling may fail, migrating may not: the teller only reads the journal, and its cursor (`Telling.told`) moves
after each post. A post without an answer is looked for in the thread before it is sent again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event as Flag
from threading import Lock

from slack_sdk import WebClient

from bot.core.changes import Change
from bot.core.keeping import Board, Journal, Plans, Tellings
from bot.core.moves import Status
from bot.core.plans import Plan
from bot.core.policy import missing
from bot.core.ports import People, Team
from bot.slack.overtime import overtime, overtime_said
from bot.slack.pace import Pace, Wish
from bot.slack.post import Poster
from bot.slack.render import live_message
from bot.slack.room import Room
from bot.slack.scene import Scene, measured
from bot.slack.voice import Voice
from bot.slack.wire import BLOCKS, Denied, Slower, Unsure, Wire

_log = logging.getLogger(__name__)

#: Seconds between two looks at the journal, between two drawings of a change that nothing happens to.
LOOK, REDRAW = 1.0, 60.0
#: Seconds between two turns at least: a busy run nudges a hundred times a second, and Slack takes one post.
GATHER = 0.1
_GONE = frozenset({"thread_not_found", "message_not_found", "cant_update_message", "edit_window_closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the teller learns what to say. `mention`: project, role -> "<!subteam^S…>" or "<@U…> …"."""

    journal: Journal
    plans: Plans
    tellings: Tellings
    board: Board
    people: People
    team: Team
    mention: Callable[[str, str], str]
    now: Callable[[], datetime]


class Teller:
    """One for each workspace. `serve` runs in a thread of its own; `nudge` may be called from any."""

    def __init__(
        self, sources: Sources, client: WebClient, tick: Callable[[], float] = time.monotonic
    ) -> None:
        self._from, self._tick = sources, tick
        self._pace = Pace(tick)
        self._poster = Poster(Wire(client), sources.tellings, self._pace)
        self._rooms: dict[int, Room] = {}
        self._over: dict[int, int] = {}  # ended and told: change -> its newest entry
        self._plans: dict[str, Plan] = {}
        self._nudged: set[int] = set()
        self._lock, self._wake, self._stop = Lock(), Flag(), Flag()
        self._started, self._looked, self._again, self._failures = False, float("-inf"), 0.0, 0
        self._native, self._faults = True, 0

    # -- for others --------------------------------------------------------------------------------------

    def nudge(self, change: int) -> None:
        """Something was noted about a change: look at once."""
        with self._lock:
            self._nudged.add(change)
        self._wake.set()

    def serve(self) -> None:
        """Tell until stopped; what is due by then is told for some seconds more."""
        while not self._stop.is_set():
            self._rest(self._safely())
        end = self._tick() + 5
        while not self.settled and not self._failures and self._tick() < end:
            time.sleep(min(self._safely(), 0.2))

    def stop(self) -> None:
        """Come to an end soon."""
        self._stop.set()
        self._wake.set()

    @property
    def settled(self) -> bool:
        """All that the journal held at the last look is told and shown."""
        rooms = list(self._rooms.values())
        return self._started and not self._nudged and not any(r.wants_post or r.urgent for r in rooms)

    def turn(self) -> float:
        """Post at most one message and edit at most one; the seconds until it makes sense to come again."""
        self._look()
        now = self._tick()
        if now < self._again:
            return self._again - now
        waits = [self._looked + LOOK - now, self._post(now), self._edit(now)]
        return max(0.0, min(waits))

    # -- the loop ----------------------------------------------------------------------------------------

    def _safely(self) -> float:
        try:
            wait = self.turn()
        except Exception as error:
            # The store may be out of reach: nothing is lost, for the cursor did not move.
            _log.warning(
                "telling failed (%s); it is tried again", type(error).__name__, exc_info=not self._faults
            )
            self._faults += 1
            return LOOK
        self._faults = 0
        return wait

    def _rest(self, seconds: float) -> None:
        self._stop.wait(min(seconds, GATHER))
        if seconds > GATHER and self._wake.wait(min(seconds, LOOK) - GATHER):
            self._wake.clear()

    def _look(self) -> None:
        """Learn what was noted since the last look."""
        with self._lock:
            nudged, self._nudged = self._nudged, set()
        try:
            if self._tick() - self._looked >= LOOK:
                self._look_at_all()
                nudged = set()
            for change in nudged:
                self._learn(change, None)
        except Exception:
            with self._lock:
                self._nudged |= nudged
            raise

    def _look_at_all(self) -> None:
        for change, seq in self._from.journal.newest().items():
            known = self._rooms[change].seq if change in self._rooms else self._over.get(change, 0)
            if seq > known:
                self._learn(change, seq)
        now = self._tick()
        for room in self._rooms.values():
            running = room.change.status is Status.RUNNING
            if running or now - room.drawn_at > REDRAW:
                room.stale = True
        self._started, self._looked = True, now

    def _learn(self, number: int, seq: int | None) -> None:
        room = self._rooms.get(number)
        if room is None:
            room = self._meet(number)
            if room.change.final and room.told >= room.seq and room.shown:
                self._over[number] = room.seq
                return
            self._rooms[number] = room
        elif (seq is None or seq > room.seq) and (fresh := self._from.journal.read(number, room.seq)):
            room.learn(fresh)
        if room.seq > room.told:
            room.word(self._voice(room))

    def _meet(self, number: int) -> Room:
        telling = self._from.tellings.newest(number)
        room = Room(id=number, change=Change(id=number), telling=telling)
        room.learn(self._from.journal.read(number))
        if telling:
            room.shown = telling.drawn
        # An earlier process may have posted without noting it down.
        running = room.change.status is Status.RUNNING
        room.unsure = not self._started and (room.told < room.seq or running)
        room.unmarked = room.unsure and telling is not None
        return room

    # -- drawing -----------------------------------------------------------------------------------------

    def _scene(self, room: Room) -> Scene:
        change = room.change
        if change.fingerprint not in self._plans:
            self._plans[change.fingerprint] = self._from.plans.get(change.fingerprint)
        plan = self._plans[change.fingerprint]
        holders = self._from.people.drawn(change.project)
        run = change.run
        return Scene(
            change=change,
            plan=plan,
            lacking={s.phase: missing(change, plan, s.phase, holders) for s in plan.stages},
            now=self._from.now(),
            progress=self._from.board.of(run.id) if run and run.live else None,
            name=self._from.people.name,
            native=self._native,
            **measured(change, plan),
        )

    def _voice(self, room: Room) -> Voice:
        project = room.change.project
        return Voice(
            scene=self._scene(room),
            mention=lambda role: self._from.mention(project, role),
            on_call=self._from.team.alert_roles(project),
        )

    # -- posts and edits ---------------------------------------------------------------------------------

    def _post(self, now: float) -> float:
        """Post one message, alerts first, then to whom nothing was said for longest."""
        wanting = [r for r in self._rooms.values() if r.wants_post]
        waits = {r.id: max(r.quiet_until - now, self._pace.post_in(r.change.channel)) for r in wanting}
        due = [r for r in wanting if waits[r.id] <= 0]
        if not due:
            return min(waits.values(), default=float("inf"))
        room = min(due, key=lambda r: (not r.alerting, r.posted))
        room.posted = now
        self._try(room, lambda: self._poster.post(room, self._scene(room)), room.change.channel)
        return 0.0

    def _edit(self, now: float) -> float:
        """Edit one live message to show the newest state."""
        while True:
            wishes = [
                Wish(key=r.id, urgent=r.urgent)
                for r in self._rooms.values()
                if r.stale and r.telling and not r.wants_root and r.quiet_until <= now
            ]
            key, wait = self._pace.turn(wishes)
            if key is None:
                return wait
            room = self._rooms[key]
            voice = self._voice(room)
            self._mind_the_time(room, voice)
            drawn = live_message(voice.scene)
            room.drawn_at = now
            if drawn.digest != room.shown:
                self._try(room, lambda: self._poster.edit(room, drawn), "edits")  # noqa: B023  # called at once
                return 0.0
            self._poster.shown(room, drawn)
            self._close(room)

    def _mind_the_time(self, room: Room, voice: Voice) -> None:
        over = overtime(voice)
        key = f"{over.run.id} {over.step.key}" if over else ""
        if over and key not in room.over and key not in room.extra:
            room.extra[key] = overtime_said(over, room.seq, voice)

    def _close(self, room: Room) -> None:
        """Forget a change that has ended and is told and shown in full."""
        if room.change.final and not room.wants_post and not room.stale and room.seq == room.told:
            self._rooms.pop(room.id, None)
            self._over[room.id] = room.seq
            self._pace.forget(room.id)

    def _try(self, room: Room, act: Callable[[], None], what: str) -> None:
        """Do one thing in Slack; what goes wrong decides when it is tried again."""
        now = self._tick()
        try:
            act()
        except Slower as slower:
            self._pace.hold(what, slower.seconds)
        except Unsure as unsure:
            self._failures += 1
            pause = min(15.0, 0.5 * 2 ** min(self._failures - 1, 8))
            self._again = self._tick() + pause
            level = logging.WARNING if self._failures == 1 else logging.DEBUG
            _log.log(level, "Slack gave no answer (%s); trying again in %.1f s", unsure, pause)
        except Denied as denied:
            self._denied(room, denied.error, now)
        else:
            if self._failures:
                _log.info("Slack answers again")
            self._failures, room.denials = 0, 0
            self._close(room)

    def _denied(self, room: Room, error: str, now: float) -> None:
        if error in _GONE and not room.rootless:
            _log.warning("the message of change %d is gone (%s); a new one is posted", room.id, error)
            room.rootless = True
        elif error in BLOCKS and self._native:
            _log.info("this workspace does not take our tables (%s); plain text from now on", error)
            self._native = False
            for other in self._rooms.values():
                if other.waiting:
                    other.word(self._voice(other))
        else:
            pause = min(300.0, 2.0 * 2 ** min(room.denials, 8))
            if not room.denials:
                _log.error("change %d cannot be told (%s); it is tried again now and then", room.id, error)
            room.denials += 1
            room.quiet_until = now + pause
