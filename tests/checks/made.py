"""Evidence made from SQL, as the planner makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.checks import practice
from bot.checks.acts import Evidence
from bot.checks.statements import read
from bot.core.findings import Finding, Weight
from bot.core.plans import Script
from bot.core.targets import Kind, TableFacts

FACTS = {
    "big": TableFacts(name="big", rows=8_000_000, bytes=962_000_000),
    "small": TableFacts(name="small", rows=500, bytes=40_000),
    "empty": TableFacts(name="empty", rows=0, bytes=0),
}


def script(sql: str, revision: str = "0001", backward: str = "", **other: Any) -> Script:
    words = {"title": "", "file": f"migrations/{revision}.sql", "checksum": "", **other}
    return Script(revision=revision, forward=sql, backward=backward, **words)


def evidence(*sql: str | Script, kind: Kind = Kind.POSTGRESQL, version: int = 0) -> Evidence:
    scripts = [s if isinstance(s, Script) else script(s, f"{n:04}") for n, s in enumerate(sql, 1)]
    return Evidence(kind=kind, scripts=scripts, acts=read(scripts, kind), facts=FACTS, version=version)


def found(*sql: str | Script, kind: Kind = Kind.POSTGRESQL) -> tuple[Finding, ...]:
    return practice.findings(evidence(*sql, kind=kind))


def stops(findings: Sequence[Finding]) -> list[str]:
    return [f.name for f in findings if f.weight is Weight.STOP]


def notes(findings: Sequence[Finding]) -> list[str]:
    return [f.name for f in findings if f.weight is Weight.NOTE]
