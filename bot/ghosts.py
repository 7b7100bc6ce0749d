"""A ghost: the scripts on an empty copy of production's schema, forward and back, within about a second.

It tells locks, rewrites and what refuses to work; it cannot tell times, or what rows will break. Those are
left to the rehearsal.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bot.core.errors import WhimbrelError
from bot.core.events import Direction
from bot.core.findings import Finding
from bot.core.lab import ANOTHER, CopyOrder, Lab, lacks
from bot.core.measures import Copying, Measured
from bot.core.plans import Ghost, Script
from bot.core.ports import Database, World
from bot.core.targets import Secret, Target
from bot.core.text import listed

_log = logging.getLogger(__name__)


def ghost_of(world: World, source: Target, scripts: Sequence[Script], server: Secret | None) -> Ghost:
    """What the scripts do on the source's schema. Never raises for what stands in the way: it says so."""
    began = time.monotonic()
    try:
        with _made(world.lab(source.kind, server), source) as (lab, target):
            ghost = _played(world.database(target), lab, target, scripts)
    except WhimbrelError as error:
        _log.warning("no ghost of %s: %s", source.id, error.message)
        return Ghost(missing=error.message)
    return replace(ghost, seconds=round(time.monotonic() - began, 3))


@contextmanager
def _made(lab: Lab, source: Target) -> Iterator[tuple[Lab, Target]]:
    name = lab.ghost(time.time())
    target, _ = lab.scratches.make(name, source, CopyOrder(how=Copying.SCHEMA), lambda _: None)
    try:
        yield lab, target
    finally:
        lab.scratches.drop(name)


def _played(database: Database, lab: Lab, target: Target, scripts: Sequence[Script]) -> Ghost:
    prints = {"start": database.fingerprint(target).digest}
    forward = _all(lab, target, scripts, Direction.FORWARD)
    if forward and forward[-1].error:
        return Ghost(forward=forward, prints=prints)
    prints["forward"] = database.fingerprint(target).digest
    back = [s for s in reversed(scripts) if s.reversible]
    if len(back) < len(scripts):
        return Ghost(forward=forward, prints=prints)
    backward = _all(lab, target, back, Direction.BACK)
    if not (backward and backward[-1].error):
        prints["back"] = database.fingerprint(target).digest
    return Ghost(forward=forward, backward=backward, prints=prints)


def _all(lab: Lab, target: Target, scripts: Sequence[Script], way: Direction) -> tuple[Measured, ...]:
    found: list[Measured] = []
    for script in scripts:
        found += lab.meter.measure(target, script, way)
        if found and found[-1].error:
            break
    return tuple(found)


def findings(ghost: Ghost, scripts: Sequence[Script]) -> tuple[Finding, ...]:
    """What stops the plan already: a script that the schema refuses, or a way back that leads elsewhere."""
    made = [_refused(m, scripts, back=False) for m in ghost.forward if m.error]
    made += [_refused(m, scripts, back=True) for m in ghost.backward if m.error]
    start, back = ghost.prints.get("start"), ghost.prints.get("back")
    if start and back and start != back:
        names = listed([s.revision for s in scripts][:6])
        made.append(
            Finding(
                rule="way-back-leads-elsewhere",
                reason=f"After {names} were taken back on an empty copy, the schema is not as it was before.",
                instead="Mend the reverse script that leaves something behind, or takes too much away.",
                lines=(46, 54),
            )
        )
    return tuple(made)


def _refused(measured: Measured, scripts: Sequence[Script], *, back: bool) -> Finding:
    script = next(s for s in scripts if s.revision == measured.revision)
    way = "Taking back" if back else "Revision"
    return Finding(
        rule="reverse-fails" if back else "fails-on-schema",
        place=measured.revision,
        reason=f"{way} {measured.revision} fails on an empty copy of production's schema, at statement"
        f" {measured.number}: {measured.error}",
        instead=ANOTHER if lacks(measured.error) else "Mend the script: it would fail in production as well.",
        at=script.file,
        lines=(50,),
    )
