"""How large are the tables, how fast are they written, and how do they grow?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.checks.acts import same
from bot.core.answers import Answer
from bot.core.survey import Snapshot, TableState
from bot.core.text import seconds, size

LINES = (26,)
_DAY = 86_400.0
#: Growth over less than this is no pattern.
_SHORTEST = 3600.0
_SAID = 3


def answer(now: Snapshot, earlier: Sequence[Snapshot] = ()) -> Answer:
    """`earlier`: what the caller kept, in any order. The oldest tells growth, the newest the write rate."""
    older = sorted(earlier, key=lambda s: s.at)
    largest = sorted(now.tables, key=lambda s: s.bytes, reverse=True)
    said = [_said(state, now, older) for state in largest[:_SAID]]
    more = f"; and {len(largest) - _SAID} smaller tables" if len(largest) > _SAID else ""
    if not said:
        return Answer(lines=LINES, ok=True, evidence="The plan touches no table that is there already.")
    return Answer(lines=LINES, ok=True, evidence=f"{'; '.join(said)}{more}.")


def _said(state: TableState, now: Snapshot, older: Sequence[Snapshot]) -> str:
    words = [f"{state.name} has {state.rows:,} rows in {size(state.bytes)}"]
    rate = _rate(state, now, older[-1:])
    words += [f"{rate:.1f} rows are written a second"] if rate is not None else []
    words.append(_growth(state, now, older))
    return ", ".join(words)


def _rate(state: TableState, now: Snapshot, newest: Sequence[Snapshot]) -> float | None:
    """Rows written a second: since the newest snapshot, else since the server began to count."""
    if state.writes is None:
        return None
    for snapshot in newest:
        before, passed = _find(snapshot, state.name), (now.at - snapshot.at).total_seconds()
        # Counters begin again after a crash or a reset.
        if before and before.writes is not None and passed > 0 and state.writes >= before.writes:
            return (state.writes - before.writes) / passed
    return state.writes / state.seconds if state.seconds > 0 else None


def _growth(state: TableState, now: Snapshot, older: Sequence[Snapshot]) -> str:
    for snapshot in older:
        before, passed = _find(snapshot, state.name), (now.at - snapshot.at).total_seconds()
        if before and passed >= _SHORTEST:
            daily = (state.bytes - before.bytes) / passed * _DAY
            over = f"over {seconds(passed)}" if passed < _DAY else f"over {passed / _DAY:.0f} days"
            if daily <= 0:
                return f"it has not grown {over}"
            doubles = state.bytes / daily
            when = f", so it doubles in {doubles:.0f} days" if doubles < 365 else ""
            return f"it grows by {size(round(daily))} a day ({over}{when})"
    return "how it grows is known from the second look on, an hour later at least"


def _find(snapshot: Snapshot, name: str) -> TableState | None:
    return next((s for s in snapshot.tables if same(s.name, name)), None)
