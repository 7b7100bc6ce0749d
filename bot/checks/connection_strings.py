"""Has every environment its URL, from a source of secrets?"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.answers import Answer
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import listed

LINES = (12,)


def answer(sources: Mapping[Phase, str]) -> Answer:
    """`sources`: for each environment that has a URL, the variable that it came from, or "" when the file of
    the project names it itself, which it may only do without a password."""
    missing = [str(phase) for phase in ENVIRONMENTS if phase not in sources]
    secret = [str(phase) for phase, source in sources.items() if source]
    open_ = [str(phase) for phase, source in sources.items() if not source]
    said = [f"{listed(secret)} from variables"] if secret else []
    said += [f"{listed(open_)} from whimbrel.yaml, without a password"] if open_ else []
    evidence = f"URLs are configured: {'; '.join(said)}" if said else "No environment has a URL"
    if missing:
        evidence += f"; none for {listed(missing)}"
    return Answer(lines=LINES, ok=not missing, evidence=f"{evidence}.")
