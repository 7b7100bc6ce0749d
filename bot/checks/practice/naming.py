"""How findings are named, so that each can be accepted by its name and by no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from bot.checks.acts import Act, Evidence, What
from bot.core.findings import Finding


def placed(found: Iterable[tuple[Act, Finding]], evidence: Evidence) -> tuple[Finding, ...]:
    """In the order of the scripts, each placed at its revision; where a rule speaks twice there, also at
    what it is about."""
    order = {s.revision: n for n, s in enumerate(evidence.scripts)}
    once = {(f.rule, a.revision, _about(a), f.reason): (a, f) for a, f in found}
    pairs = sorted(once.values(), key=lambda pair: (order.get(pair[0].revision, 0), pair[0].number))
    often = Counter((f.rule, a.revision) for a, f in pairs)
    files = {s.revision: s.file for s in evidence.scripts}
    named: dict[str, Finding] = {}
    for act, finding in pairs:
        place = act.revision
        if often[finding.rule, act.revision] > 1:
            place = f"{place}:{_about(act)}"
        file = files.get(act.revision, "")
        # Only a file of SQL has its statements where the rendered SQL has them.
        at = f"{file}:{act.line}" if file.endswith(".sql") and act.line else file
        whole = replace(finding, place=place, at=at)
        further = 2
        while whole.name in named:
            whole = replace(whole, place=f"{place}:{further}")
            further += 1
        named[whole.name] = whole
    return tuple(named.values())


def _about(act: Act) -> str:
    """What people type for it: one word."""
    named = ".".join(p for p in (act.table, act.name) if p) if act.what is not What.UNKNOWN else ""
    return "-".join(named.split()) or str(act.number)
