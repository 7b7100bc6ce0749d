"""Puts one change's messages into Slack, each once. Every post bears metadata by which it is found again."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from bot.core.keeping import Telling, Tellings
from bot.slack.blocks import Drawn
from bot.slack.details import file_name, plan_details, plan_file
from bot.slack.pace import Pace
from bot.slack.reactions import SEED
from bot.slack.render import folded, live_message
from bot.slack.room import Room
from bot.slack.scene import Scene
from bot.slack.wire import Denied, Metadata, Slower, Wire

_log = logging.getLogger(__name__)

ROOT, TOLD, PART, OVERTIME = "whimbrel_change", "whimbrel_told", "whimbrel_part", "whimbrel_overtime"


class Poster:
    """Every method may raise Slower, Unsure or Denied; calling it again later is right after each."""

    def __init__(self, wire: Wire, tellings: Tellings, pace: Pace) -> None:
        self._wire, self._tellings, self._pace = wire, tellings, pace

    def post(self, room: Room, scene: Scene) -> None:
        """Post the next message of a change."""
        if room.unsure:
            self._find(room)
        if room.wants_root:
            self._root(room, scene)
        elif room.opening and not room.turned and not {"details", "file"} <= room.parts:
            self._open(room, scene)
        elif room.wants_post:
            self._next(room)

    def edit(self, room: Room, drawn: Drawn) -> None:
        """Let the live message show the newest state."""
        assert room.telling
        self._pace.edited(room.id, urgent=room.urgent)
        self._wire.edit(room.telling.channel, room.telling.ts, drawn)
        self.shown(room, drawn)

    def shown(self, room: Room, drawn: Drawn) -> None:
        """The live message shows this."""
        assert room.telling
        if room.urgent and room.telling.drawn != drawn.digest:
            self._keep(room, replace(room.telling, drawn=drawn.digest))
        room.shown, room.stale, room.urgent = drawn.digest, False, False

    # -- posts -------------------------------------------------------------------------------------------

    def _root(self, room: Room, scene: Scene) -> None:
        change, old = room.change, room.telling
        if old and not room.rootless:
            try:
                self._wire.edit(old.channel, old.ts, folded(change))
            except Denied as error:
                _log.info("the earlier plan of change %d could not be folded (%s)", room.id, error)
        drawn = live_message(scene)
        about = {"change": room.id, "fingerprint": change.fingerprint}
        ts = self._send(room, change.channel, drawn, {"event_type": ROOT, "event_payload": about})
        told = room.told
        self._keep(
            room,
            Telling(
                change=room.id,
                channel=change.channel,
                ts=ts,
                fingerprint=change.fingerprint,
                told=told,
                drawn=drawn.digest,
            ),
        )
        room.unsure = room.rootless = room.stale = room.urgent = False
        room.shown, room.parts = drawn.digest, set()
        try:
            self._wire.react(change.channel, ts, SEED)
        except Denied as error:
            _log.warning("no reaction could be set on the plan of change %d (%s)", room.id, error)

    def _open(self, room: Room, scene: Scene) -> None:
        """What a plan's thread begins with: the details, then the file."""
        assert room.telling
        at = room.telling
        if "details" not in room.parts:
            about = {"change": room.id, "part": "details"}
            data = {"event_type": PART, "event_payload": about}
            self._send(room, at.channel, plan_details(scene), data, thread=at.ts)
            room.parts.add("details")
        else:
            self._pace.posted(at.channel)
            room.unsure = True
            try:
                self._wire.upload(at.channel, at.ts, plan_file(scene.plan, room.id))
            except Denied as error:
                _log.warning("the SQL of change %d could not be attached (%s)", room.id, error)
            room.parts.add("file")
        room.unsure = False

    def _next(self, room: Room) -> None:
        assert room.telling
        parcel = room.parcel()
        at = room.telling
        if parcel.drawn:
            about: dict[str, Any] = {"change": room.id, "seq": parcel.told}
            data = {"event_type": TOLD, "event_payload": about}
            key = ""
            if not room.waiting:
                key = next(iter(room.extra))
                data = {"event_type": OVERTIME, "event_payload": {"change": room.id, "step": key}}
            self._send(room, at.channel, parcel.drawn, data, thread=at.ts, loud=parcel.alert)
            if key:
                room.over.add(key)
                room.extra.pop(key, None)
        if parcel.told != at.told:
            self._keep(room, replace(at, told=parcel.told, drawn="" if room.urgent else at.drawn))
        room.unsure = False
        room.done(parcel.told)

    def _send(
        self,
        room: Room,
        channel: str,
        drawn: Drawn,
        metadata: Metadata,
        *,
        thread: str = "",
        loud: bool = False,
    ) -> str:
        self._pace.posted(channel)
        room.unsure = True
        try:
            return self._wire.post(channel, drawn, metadata, thread=thread, loud=loud)
        except (Denied, Slower):
            room.unsure = False
            raise

    def _keep(self, room: Room, telling: Telling) -> None:
        self._tellings.put(telling)
        room.telling = telling

    # -- after a post without an answer ------------------------------------------------------------------

    def _find(self, room: Room) -> None:
        """Look in the channel and the thread for what may have been posted already."""
        if room.wants_root and not room.rootless:
            self._find_root(room)
        if room.telling and not room.rootless:
            self._find_told(room, room.telling)
        room.unsure = False

    def _find_root(self, room: Room) -> None:
        change = room.change
        since = room.entries[max(room.turned - 1, 0)].at.timestamp() - 60
        for message in self._wire.recent(change.channel, since):
            about = _about(message, ROOT, room.id)
            if about and about.get("fingerprint") == change.fingerprint:
                ts = str(message["ts"])
                known = self._tellings.at(change.channel, ts)
                if known is None:
                    telling = Telling(
                        change=room.id,
                        channel=change.channel,
                        ts=ts,
                        fingerprint=change.fingerprint,
                        told=room.told,
                    )
                    self._keep(room, telling)
                    room.parts, room.shown, room.stale, room.urgent = set(), "", True, True
                    return

    def _find_told(self, room: Room, at: Telling) -> None:
        told = at.told
        for message in self._wire.replies(at.channel, at.ts):
            if about := _about(message, TOLD, room.id):
                told = max(told, int(about.get("seq", 0)))
            if about := _about(message, PART, room.id):
                room.parts.add(str(about.get("part")))
            if about := _about(message, OVERTIME, room.id):
                room.over.add(str(about.get("step")))
                room.extra.pop(str(about.get("step")), None)
            if any(file.get("name") == file_name(room.id) for file in message.get("files") or ()):
                room.parts.add("file")
        if told > at.told:
            self._keep(room, replace(at, told=min(told, room.seq)))
            room.done(told)


def _about(message: dict[str, Any], kind: str, change: int) -> dict[str, Any] | None:
    """What a message of ours says of itself."""
    data = message.get("metadata") or {}
    about = data.get("event_payload") or {}
    return about if data.get("event_type") == kind and about.get("change") == change else None
