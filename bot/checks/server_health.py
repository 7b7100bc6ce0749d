"""How is the server, and may it be changed now?"""

from __future__ import annotations

from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.standing import Vitals
from bot.core.text import seconds, size

LINES = (79, 97, 99)

#: From the first on a reading is a finding, and from the second on it stops the plan.
_CONNECTIONS = (0.8, 0.95)
_OPEN = (60.0, 3600.0)
_LAG = (10.0, 300.0)
_SLOT = (1_000_000_000, 50_000_000_000)
#: Transaction ids: the server stops taking writes at 2 ** 31 (docs: "Preventing Transaction ID Wraparound").
_AGE = (1_000_000_000, 1_800_000_000)
_MISSED = (0.1, 2.0)


def answer(now: Vitals, earlier: Vitals | None = None, passed: float = 0.0) -> Answer:
    """With an `earlier` reading of `passed` seconds before: the write-ahead log's rate and deadlocks too."""
    if not now.most_connections:
        return Answer(lines=LINES, ok=True, evidence="The target is a file: it has no sessions to look at.")
    findings = [f for f in (*_of_sessions(now), *_of_storage(now)) if f]
    seen = "at least " if now.half_seen else ""
    replica = now.lag_seconds is not None or now.lag_bytes is not None
    lag = f"{seconds(now.lag_seconds or 0.0)} ({size(now.lag_bytes or 0)})"
    said = [
        f"{seen}{now.connections} of {now.most_connections} connections",
        f"{now.waiting} sessions wait for a lock",
        f"the oldest transaction is open for {seconds(now.longest)}",
        f"the slowest replica is {lag} behind" if replica else "no replica",
    ]
    said += [f"{now.cache_hit:.1%} of reads come from memory"] if now.cache_hit is not None else []
    if earlier and passed > 0:
        if now.wal is not None and earlier.wal is not None and now.wal >= earlier.wal:
            said.append(f"{size(round((now.wal - earlier.wal) / passed))} of write-ahead log a second")
        said.append(f"{max(0, now.deadlocks - earlier.deadlocks)} deadlocks in {seconds(passed)}")
    return Answer(
        lines=LINES,
        ok=all(f.weight is Weight.NOTE for f in findings),
        evidence=f"{', '.join(said)}.",
        findings=tuple(findings),
    )


def _of_sessions(now: Vitals) -> list[Finding | None]:
    if now.half_seen:
        reason = "The target's role sees its own sessions only, so who is in the way cannot be told."
        return [_over("health-half-seen", 1, (1, 2), reason, "GRANT pg_read_all_stats to the role.")]
    taken = f"{now.connections} of {now.most_connections} connections are taken"
    return [
        _over(
            "connections-short",
            now.connections / now.most_connections,
            _CONNECTIONS,
            f"{taken}: a run needs some, and so does whoever must help.",
            "Close first what idles.",
        ),
        _over(
            "transaction-open-long",
            now.longest,
            _OPEN,
            f"A transaction is open for {seconds(now.longest)}: a change that needs its table waits for it.",
            "Find it in pg_stat_activity, and let it end first.",
        ),
        _over(
            "session-idle-in-transaction",
            now.idle_longest,
            _OPEN,
            f"A session keeps a transaction of {seconds(now.idle_longest)} open and does nothing in it.",
            "Find it in pg_stat_activity, and end it first.",
        ),
    ]


def _of_storage(now: Vitals) -> list[Finding | None]:
    missed = 0.0 if now.cache_hit is None else 1 - now.cache_hit
    lag, slot, age = now.lag_seconds or 0.0, now.slot_bytes or 0, now.age or 0
    return [
        _over(
            "replica-behind",
            lag,
            _LAG,
            f"A replica is {seconds(lag)} behind, and a change makes it later.",
            "Let it catch up first.",
        ),
        _over(
            "slot-keeps-log",
            slot,
            _SLOT,
            f"A replication slot keeps {size(slot)} of write-ahead log, and the change adds to it.",
            "See whether its reader is still there.",
        ),
        _over(
            "wraparound-near",
            age,
            _AGE,
            f"The oldest rows are {age:,} transactions old; near 2,147,483,648 the server takes no writes.",
            "Let VACUUM FREEZE finish first.",
        ),
        _over(
            "cache-cold",
            missed,
            _MISSED,
            f"{missed:.1%} of reads do not come from memory: scans of whole tables slow others down.",
            "Choose a quiet hour.",
        ),
    ]


def _over(rule: str, value: float, most: tuple[float, float], reason: str, instead: str) -> Finding | None:
    if value < most[0]:
        return None
    weight = Weight.STOP if value >= most[1] else Weight.NOTE
    return Finding(rule=rule, weight=weight, reason=reason, instead=instead, lines=LINES)
