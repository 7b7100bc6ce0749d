"""What the teller knows of one change, and which sentences go into the next message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.changes import Change
from bot.core.events import Entry, PlanRevised
from bot.core.keeping import Telling
from bot.core.text import clock
from bot.slack import blocks as kit
from bot.slack.blocks import Drawn
from bot.slack.sentences import sentence
from bot.slack.voice import Piece, Said, Voice

#: Sentences and characters of one message in the thread.
SENTENCES, CHARACTERS = 40, 2900
#: A sentence told later than this says when it became true.
LATE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message for the thread: entries up to `told` are told with it. Nothing to say: `drawn` is None."""

    told: int
    drawn: Drawn | None = None
    alert: bool = False
    #: What its sentence brings; with these it goes alone.
    pieces: tuple[Piece, ...] = ()


@dataclass(slots=True, kw_only=True)
class Room:
    """A change and its thread."""

    id: int
    entries: list[Entry] = field(default_factory=list)
    change: Change
    telling: Telling | None = None
    #: Sentences not told yet; None where the live message alone shows an entry.
    waiting: list[tuple[int, Said | None]] = field(default_factory=list)
    #: Alerts that no entry stands behind: step -> the sentence.
    extra: dict[str, Said] = field(default_factory=dict)
    #: Steps whose alert was told.
    over: set[str] = field(default_factory=set)
    #: A post's outcome is not known: look before posting again.
    unsure: bool = False
    #: The root message was deleted or cannot be edited any more.
    rootless: bool = False
    #: The root message bears no mark of ours yet, which people click to approve.
    unmarked: bool = False
    #: The live message may not show the newest state; `urgent`: the change moved on since.
    stale: bool = True
    urgent: bool = True
    #: Digest of what the live message shows, as far as we know.
    shown: str = ""
    #: The entry whose sentence is in the thread while not all that it brings is, and what of that is.
    spoken: int = 0
    brought: set[str] = field(default_factory=set)
    #: File -> how often sending it ended without an answer.
    tries: Counter[str] = field(default_factory=Counter)
    quiet_until: float = 0.0
    denials: int = 0
    posted: float = 0.0
    drawn_at: float = 0.0

    @property
    def told(self) -> int:
        return self.telling.told if self.telling else 0

    @property
    def seq(self) -> int:
        """The newest entry known."""
        return self.entries[-1].seq if self.entries else 0

    @property
    def turned(self) -> int:
        """The entry from which on another plan's message stands for the change; 0: the one that is there."""
        if self.telling and self.telling.fingerprint != self.change.fingerprint:
            return max((n.seq for n in self.entries if isinstance(n.event, PlanRevised)), default=0)
        return 0

    @property
    def wants_root(self) -> bool:
        return self.telling is None or self.rootless or bool(self.turned and self.told >= self.turned - 1)

    @property
    def wants_post(self) -> bool:
        return self.wants_root or self.unmarked or bool(self.waiting or self.extra)

    @property
    def alerting(self) -> bool:
        """People wait for what is next to be posted."""
        return bool(self.extra) or any(
            said and said.alert and seq != self.spoken for seq, said in self.waiting
        )

    def learn(self, entries: Sequence[Entry]) -> None:
        """Take new entries in."""
        for entry in entries:
            self.change.take(entry)
            self.entries.append(entry)
        self.stale = self.urgent = True

    def word(self, voice: Voice) -> None:
        """Put everything not told yet into sentences, as things stand now."""
        then = Change(id=self.id)
        self.waiting = []
        for entry in self.entries:
            then.take(entry)
            if entry.seq > self.told:
                self.waiting.append((entry.seq, _dated(sentence(entry, then, voice), entry, voice.scene.now)))

    def parcel(self) -> Parcel:
        """The next message: an alert alone, or as many sentences as fit."""
        if not self.waiting:
            return Parcel(told=self.told, drawn=_drawn(next(iter(self.extra.values()))), alert=True)
        texts: list[str] = []
        told = self.told
        before = self.turned or self.seq + 1
        for seq, said in self.waiting:
            if seq >= before:
                break
            if said and (said.alert or said.brings):
                if texts:
                    break
                drawn = None if seq == self.spoken else _drawn(said)
                return Parcel(told=seq, drawn=drawn, alert=said.alert, pieces=said.brings)
            if said and seq != self.spoken:
                text = kit.clip(said.text, CHARACTERS)
                full = sum(len(t) + 1 for t in texts) + len(text) > CHARACTERS
                if texts and (full or len(texts) >= SENTENCES):
                    break
                texts.append(text)
            told = seq
        return Parcel(told=told, drawn=Drawn(text="\n".join(texts), blocks=()) if texts else None)

    def done(self, told: int) -> None:
        """Entries up to `told` are told."""
        self.waiting = [(seq, said) for seq, said in self.waiting if seq > told]


def _drawn(said: Said) -> Drawn:
    text = kit.clip(said.text, CHARACTERS)
    blocks = (kit.section(text), *kit.buttons(said.buttons)) if said.buttons else ()
    return Drawn(text=text, blocks=blocks)


def _dated(said: Said | None, entry: Entry, now: datetime) -> Said | None:
    if said is None or now - entry.at < LATE:
        return said
    return replace(said, text=f"{clock(entry.at)} {said.text}")
