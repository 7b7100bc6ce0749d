"""How soon an event of the journal is in the channel: in a message of the thread, and in the live message."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from bot.core.events import Entry, StepFinished, StepStarted
from bot.core.text import plain
from bot.playground.server import Playground
from bot.playground.world import Call
from bot.slack.sentences import TOLD as WITH_A_SENTENCE
from bot.slack.signs import Sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A moment, and how much of the change the message of that moment holds."""

    at: float
    holds: int


def told_to_the_end(slack: Playground, entries: Sequence[Entry], ts: str, patience: float = 30.0) -> None:
    """Wait until the thread and the live message hold the last of these entries; say so if they do not."""
    last, until = entries[-1], time.monotonic() + patience
    while time.monotonic() < until:
        calls = slack.calls
        edited = any(_wall(at) >= last.at.timestamp() for at in _edits(calls, ts))
        if edited and any(seen.holds >= last.seq for seen in _told(calls, last.change)):
            return
        time.sleep(0.2)
    print(f"  (the end of change {last.change}'s run was not told within {patience:.0f} s)")


def thread_delays(entries: Sequence[Entry], calls: Sequence[Call]) -> list[float]:
    """Seconds from each entry that has a sentence to the message of the thread that holds it."""
    told = _told(calls, entries[0].change)
    wanted = [entry for entry in entries if type(entry.event) in WITH_A_SENTENCE]
    return _delays([(entry.at.timestamp(), entry.seq) for entry in wanted], told)


def live_delays(entries: Sequence[Entry], calls: Sequence[Call], ts: str) -> list[float]:
    """Seconds from each step's begin and end, in the entries of one run, to the edit that shows it."""
    began = [n for n in entries if isinstance(n.event, StepStarted)]
    titles = [plain(n.event.title, 120) for n in began if isinstance(n.event, StepStarted)]
    ended = [n.at.timestamp() for n in entries if isinstance(n.event, StepFinished)]
    over = entries[-1].at.timestamp()
    edits = [(_wall(call), _text(call)) for call in _edits(calls, ts)]
    # A run that is over shows no steps any more: the message says that it is done.
    shown = [Seen(at=at, holds=len(titles) if at >= over else _last(titles, text)) for at, text in edits]
    done = [f"{Sign.DONE} {title}" for title in titles]
    finished = [Seen(at=at, holds=len(titles) if at >= over else _last(done, text)) for at, text in edits]
    starts = [(n.at.timestamp(), place) for place, n in enumerate(began, 1)]
    return _delays(starts, shown) + _delays([(at, place) for place, at in enumerate(ended, 1)], finished)


def _edits(calls: Sequence[Call], ts: str) -> list[Call]:
    return [c for c in calls if c.ok and c.method == "chat.update" and c.args.get("ts") == ts]


def _told(calls: Sequence[Call], change: int) -> list[Seen]:
    return [
        Seen(at=_wall(call), holds=int(str(about["seq"])))
        for call in calls
        if call.ok and (about := _about(call)).get("change") == change and "seq" in about
    ]


def _last(wanted: Sequence[str], text: str) -> int:
    """The place of the last of these that the text holds; those before it are there too, or folded away."""
    return max((place for place, one in enumerate(wanted, 1) if one in text), default=0)


def _delays(wanted: Sequence[tuple[float, int]], seen: Sequence[Seen]) -> list[float]:
    """What nothing holds took for ever: it shows in the quantiles."""
    return [
        min((s.at - at for s in seen if s.holds >= number and s.at >= at), default=inf)
        for at, number in wanted
    ]


def _text(call: Call) -> str:
    blocks = call.args.get("blocks") or []
    texts = [b["text"]["text"] for b in blocks if isinstance(b.get("text"), Mapping)]
    return "\n".join(texts)


def _about(call: Call) -> Mapping[str, object]:
    data = call.args.get("metadata") if call.method == "chat.postMessage" else None
    if not isinstance(data, Mapping) or data.get("event_type") != "whimbrel_told":
        return {}
    about: Mapping[str, object] = data.get("event_payload") or {}
    return about


def _wall(call: Call) -> float:
    """The local Slack notes when a call came by a clock that has no date."""
    return call.at + time.time() - time.monotonic()
