"""What a sentence is, and the words that all of them share. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.chat import Attachment, Button
from bot.core.changes import Change
from bot.core.events import Entry, Event
from bot.core.runs import Run
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import code, listed, plain
from bot.slack.blocks import Drawn
from bot.slack.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A message or a file that a sentence brings into the thread; made only when its turn has come.

    `name` is its own among those of its sentence; it is the file's name, whatever the file calls itself.
    """

    name: str
    make: Callable[[], Drawn | Attachment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence in mrkdwn. `alert`: a message of its own that reaches the people whom `text` mentions.
    `brings`: what is posted after it, in this order."""

    seq: int
    text: str
    alert: bool = False
    buttons: tuple[Button, ...] = ()
    brings: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What sentences are made with. `scene` is how things stand now, which may be long after the entry."""

    scene: Scene
    #: role -> its mention, "<!subteam^S…>" or "<@U…>".
    mention: Callable[[str], str]
    #: Who is called when something is wrong and the phase has no roles.
    on_call: tuple[str, ...] = ()

    def call(self, phase: Phase | None) -> str:
        """The phase's roles, mentioned."""
        stages = [s for s in self.scene.plan.stages if s.phase == phase]
        roles = stages[0].roles if stages and stages[0].roles else self.on_call
        return self.names(roles)

    def names(self, roles: Iterable[str]) -> str:
        """Mentions in a row, each once."""
        return " ".join(dict.fromkeys(self.mention(role) for role in roles))

    def current(self, then: Change) -> bool:
        """No plan and no run has followed since."""
        now = self.scene.change
        return (now.fingerprint, len(now.runs)) == (then.fingerprint, len(then.runs))

    def now(self, run: str) -> bool:
        """The run is still the newest of its change."""
        return bool(self.scene.change.run and self.scene.change.run.id == run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An entry that is told. `then` is the change with the entry taken, and none after it."""

    entry: Entry
    then: Change
    voice: Voice

    @property
    def scene(self) -> Scene:
        """How things stand now."""
        return self.voice.scene

    def say(self, text: str, *, alert: bool = False, buttons: tuple[Button, ...] = ()) -> Said:
        """The sentence of this entry."""
        return Said(seq=self.entry.seq, text=text, alert=alert, buttons=buttons)


def run_of(then: Change, event: Event) -> Run:
    run: str = event.run  # type: ignore[attr-defined]  # only events with a run are routed here
    return then.runs[run]


def full(text: str) -> str:
    """A sentence with its full stop."""
    return text if not text or text[-1] in ".!?:;…" else f"{text}."


def hint(hint: str) -> str:
    if not hint:
        return ""
    return f" Next: {code(hint)}" if hint.startswith("/") else f" {plain(hint, 300)}"


def stays(then: Change) -> str:
    """What the change has applied, where."""
    rows = [
        f"{code(then.runs_of(p)[-1].target)} has {listed([code(r, 40) for r in there[-5:]])}"
        + (f" and {len(there) - 5} before" if len(there) > 5 else "")
        for p in ENVIRONMENTS
        if (there := then.applied(p))
    ]
    return f"Applied: {'; '.join(rows)}." if rows else "Nothing of this change is applied anywhere."
