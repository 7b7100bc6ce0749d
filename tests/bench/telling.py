"""How soon an event of the journal is in the channel: in a message of the thread, and in the live message."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.events import Entry, StepFinished, StepStarted
from bot.playground.world import Call
from bot.slack.sentences import TOLD as WITH_A_SENTENCE

#: How the live message shows the steps of the run under way: those folded, those done, those begun.
_FOLDED = re.compile(r"^ {6}\S+ (\d+) earlier steps", re.MULTILINE)
_STEP = re.compile(r"^ {6}\S+ .+? · (for |\d|try )", re.MULTILINE)
_BEGUN = re.compile(r"^ {6}\S+ .+? · (for |try |[▓░])", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A moment, and how much of the change the message of that moment holds."""

    at: float
    holds: int


def thread_delays(entries: Sequence[Entry], calls: Sequence[Call]) -> list[float]:
    """Seconds from each entry that has a sentence to the message of the thread that holds it."""
    change = entries[0].change
    told = [
        Seen(at=_wall(call), holds=int(about["seq"]))
        for call in calls
        if call.ok and (about := _about(call)).get("change") == change and "seq" in about
    ]
    wanted = [entry for entry in entries if type(entry.event) in WITH_A_SENTENCE]
    return _delays([(entry.at.timestamp(), entry.seq) for entry in wanted], told)


def live_delays(entries: Sequence[Entry], calls: Sequence[Call], ts: str, run: str) -> list[float]:
    """Seconds from each step's begin in a run to the edit of the live message that shows it."""
    steps = [entry for entry in entries if getattr(entry.event, "run", "") == run]
    began = [e.at.timestamp() for e in steps if isinstance(e.event, StepStarted)]
    ended = [e.at.timestamp() for e in steps if isinstance(e.event, StepFinished)]
    first, last = steps[0].at.timestamp(), steps[-1].at.timestamp()
    edits = [
        (_wall(call), _phases(call))
        for call in calls
        if call.ok
        and call.method == "chat.update"
        and str(call.args.get("ts")) == ts
        and _wall(call) >= first
    ]
    shown = [Seen(at=at, holds=_shown(text)) for at, text in edits]
    # The run's end hides its steps: the message then says that it is done.
    done = [Seen(at=at, holds=len(began)) for at, text in edits if at >= last and not _STEP.search(text)]
    starts = _delays([(at, n) for n, at in enumerate(began, 1)], [*shown, *done])
    finished = [Seen(at=at, holds=_shown(text) - len(_BEGUN.findall(text))) for at, text in edits]
    return starts + _delays([(at, n) for n, at in enumerate(ended, 1)], [*finished, *done])


def _delays(wanted: Sequence[tuple[float, int]], seen: Sequence[Seen]) -> list[float]:
    found = []
    for at, number in wanted:
        late = [s.at - at for s in seen if s.holds >= number and s.at >= at]
        if late:
            found.append(min(late))
    return found


def _shown(text: str) -> int:
    """How many steps the live message shows."""
    folded = _FOLDED.search(text)
    return (int(folded[1]) if folded else 0) + len(_STEP.findall(text))


def _phases(call: Call) -> str:
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
