"""Is every statement right by the grammar of its own server?"""

from __future__ import annotations

from bot.checks.acts import Evidence
from bot.checks.parsers import PARSERS
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.plans import Script
from bot.core.targets import Kind

LINES = (50,)


def answer(evidence: Evidence) -> Answer:
    """Line 50, with a finding for each error, at its line. Both ways are read; nothing is run."""
    parser = PARSERS.get(evidence.kind)
    if parser is None:
        said = f"nothing here has the grammar of {evidence.kind}; a rehearsal tells"
        return Answer(lines=LINES, ok=False, evidence=f"No statement was read: {said}.")
    name, parse = parser
    found: list[Finding] = []
    read = unread = 0
    right = _right(evidence)
    for script in evidence.scripts:
        for way, sql in (("", script.forward), ("way back of ", script.backward)):
            known = 0 if way else right.get(script.revision, 0)
            errors, looked, beyond = ([], known, 0) if known else parse(sql)
            read += looked
            unread += beyond
            found += [_finding(script, way, error) for error in errors]
    said = f"{read} statements of {len(evidence.scripts)} revisions, both ways, were read by {name}"
    said += f"; {len(found)} are wrong" if found else ": all are right" if not unread else ""
    said += f"; {unread} are too deeply nested to be read" if unread else ""
    return Answer(lines=LINES, ok=not found and not unread, evidence=f"{said}.", findings=tuple(found))


def _right(evidence: Evidence) -> dict[str, int]:
    """The statements of each revision whose acts were read by PostgreSQL's grammar, all of them."""
    if evidence.kind is not Kind.POSTGRESQL:
        return {}
    count: dict[str, int] = {}
    for act in evidence.acts:
        count[act.revision] = max(act.number, count.get(act.revision, 0))
    doubtful = {a.revision for a in evidence.acts if a.how in ("syntax", "nested")}
    return {revision: n for revision, n in count.items() if revision not in doubtful}


def _finding(script: Script, way: str, error: tuple[int, str]) -> Finding:
    line, words = error
    shown = f"{script.file}:{line}" if script.file.endswith(".sql") and not way else script.file
    return Finding(
        rule="wrong-syntax",
        place=f"{script.revision}:{'back:' if way else ''}{line}",
        reason=f"Line {line} of the SQL of the {way}revision {script.revision} is not right: {words}.",
        instead="Correct it.",
        at=shown,
        lines=LINES,
    )
