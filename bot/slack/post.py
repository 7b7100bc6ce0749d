"""Puts one change's messages into Slack, each once. Every post bears metadata by which it is found again."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from bot.chat import Attachment
from bot.core.keeping import Telling, Tellings
from bot.core.text import block, code, plain
from bot.slack.blocks import Drawn
from bot.slack.pace import Pace
from bot.slack.reactions import SEED
from bot.slack.render import folded, live_message
from bot.slack.room import Parcel, Room
from bot.slack.scene import Scene
from bot.slack.signs import Sign
from bot.slack.voice import Piece
from bot.slack.wire import BLOCKS, Denied, Metadata, Slower, Unsure, Wire

_log = logging.getLogger(__name__)

#: How often a file's sending may end without an answer, before it is said in words instead.
TRIES = 3
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
        elif room.unmarked:
            self._mark(room)
        elif room.wants_post:
            self._next(room, native=scene.native)

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
        room.shown, room.spoken, room.brought = drawn.digest, 0, set()
        room.unmarked = True
        self._mark(room)

    def _mark(self, room: Room) -> None:
        """Set the mark that people click to approve."""
        assert room.telling
        try:
            self._wire.react(room.telling.channel, room.telling.ts, SEED)
        except Denied as error:
            _log.warning("no reaction could be set on the plan of change %d (%s)", room.id, error)
        room.unmarked = False

    def _next(self, room: Room, *, native: bool) -> None:
        """Post a message with the next sentences, or what the last of them brings: one thing at a time."""
        parcel = room.parcel()
        if parcel.drawn:
            self._say(room, parcel)
            if parcel.pieces:
                room.spoken, room.brought = parcel.told, set()
        elif left := [piece for piece in parcel.pieces if piece.name not in room.brought]:
            self._bring(room, left[0], native=native)
        if all(piece.name in room.brought for piece in parcel.pieces):
            self._told(room, parcel.told)
        room.unsure = False

    def _say(self, room: Room, parcel: Parcel) -> None:
        assert room.telling
        assert parcel.drawn
        at = room.telling
        about: dict[str, Any] = {"change": room.id, "seq": parcel.told}
        if parcel.pieces:
            about["brings"] = len(parcel.pieces)
        data = {"event_type": TOLD, "event_payload": about}
        key = ""
        if not room.waiting:
            key = next(iter(room.extra))
            data = {"event_type": OVERTIME, "event_payload": {"change": room.id, "step": key}}
        self._send(room, at.channel, parcel.drawn, data, thread=at.ts, loud=parcel.alert)
        if key:
            room.over.add(key)
            room.extra.pop(key, None)

    def _told(self, room: Room, told: int) -> None:
        """Everything up to the entry `told` is in the thread, with all that it brings."""
        assert room.telling
        at = room.telling
        if told != at.told:
            self._keep(room, replace(at, told=told, drawn="" if room.urgent else at.drawn))
        room.tries.clear()
        room.done(told)

    def _bring(self, room: Room, piece: Piece, *, native: bool) -> None:
        """Put one piece into the thread; what cannot be sent is said in words."""
        assert room.telling
        made = _made(piece)
        if isinstance(made, Attachment) and room.tries[piece.name] >= TRIES:
            made = _unsent(made)
        if isinstance(made, Attachment):
            self._upload(room, made)
        else:
            try:
                self._part(room, piece.name, made)
            except Denied as error:
                if error.error not in BLOCKS or native:
                    raise
                self._part(room, piece.name, Drawn(text=made.text, blocks=()))
        room.brought.add(piece.name)

    def _upload(self, room: Room, file: Attachment) -> None:
        assert room.telling
        at = room.telling
        self._pace.posted(at.channel)
        room.unsure = True
        try:
            self._wire.upload(at.channel, at.ts, file)
        except Unsure:
            room.tries[file.name] += 1
            raise
        except Denied as error:
            _log.warning("%s of change %d could not be attached (%s)", file.name, room.id, error)
            self._part(room, file.name, _unsent(file))

    def _part(self, room: Room, name: str, drawn: Drawn) -> None:
        assert room.telling
        at = room.telling
        data = {"event_type": PART, "event_payload": {"change": room.id, "part": name}}
        self._send(room, at.channel, drawn, data, thread=at.ts)

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
                    room.spoken, room.brought = 0, set()
                    room.shown, room.stale, room.urgent, room.unmarked = "", True, True, True
                    return

    def _find_told(self, room: Room, at: Telling) -> None:
        told = at.told
        for message in self._wire.replies(at.channel, at.ts):
            if about := _about(message, TOLD, room.id):
                seq, brings = int(about.get("seq", 0)), bool(about.get("brings"))
                # What a sentence brings comes after it: until all of that is seen, it is not told in full.
                told = max(told, seq - 1 if brings else seq)
                room.spoken, room.brought = (seq, set()) if brings else (room.spoken, room.brought)
            if about := _about(message, PART, room.id):
                room.brought.add(str(about.get("part")))
            if about := _about(message, OVERTIME, room.id):
                room.over.add(str(about.get("step")))
                room.extra.pop(str(about.get("step")), None)
            room.brought.update(str(file.get("name")) for file in message.get("files") or ())
        if told > at.told:
            self._keep(room, replace(at, told=min(told, room.seq)))
            room.done(told)


def _made(piece: Piece) -> Drawn | Attachment:
    """The piece; words when it cannot be made, for what fails to be drawn must not keep the rest untold."""
    try:
        made = piece.make()
    except Exception:
        _log.exception("%s could not be made", piece.name)
        return Drawn(
            text=f"{Sign.LOOK} {code(piece.name, 100)} could not be made; the log says why.", blocks=()
        )
    return replace(made, name=piece.name) if isinstance(made, Attachment) else made


def _unsent(file: Attachment) -> Drawn:
    """What a file shows, where it cannot be sent."""
    words = plain(file.alt, 2400) if file.alt else block(file.text, 2400)
    return Drawn(text=f"{Sign.PLAN} {code(file.name, 100)} could not be attached here.\n{words}", blocks=())


def _about(message: dict[str, Any], kind: str, change: int) -> dict[str, Any] | None:
    """What a message of ours says of itself."""
    data = message.get("metadata") or {}
    about = data.get("event_payload") or {}
    return about if data.get("event_type") == kind and about.get("change") == change else None
