"""Scripts as acts, and a plan's evidence, for tests."""

from __future__ import annotations

from bot.checks.acts import Evidence
from bot.checks.statements import read
from bot.core.plans import Script
from bot.core.targets import Kind


def evidence(*revisions: str, kind: Kind = Kind.POSTGRESQL) -> Evidence:
    """What a plan of these revisions does, numbered 0001, 0002, …"""
    scripts = [
        Script(revision=f"{n:04}", title="", file="", checksum="", forward=sql, backward="")
        for n, sql in enumerate(revisions, 1)
    ]
    return Evidence(kind=kind, scripts=scripts, acts=read(scripts, kind))
