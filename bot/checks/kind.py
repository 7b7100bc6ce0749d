"""Does the plan change the schema, the data, or both?"""

from __future__ import annotations

from bot.checks.acts import DATA, NEUTRAL, UNKNOWN, Act, Evidence, unread
from bot.core.plans import Verdict


def verdict(evidence: Evidence) -> Verdict:
    """Schema, Data or Both, with the first statements that say so."""
    schema = [a for a in evidence.acts if a.what not in DATA | NEUTRAL | UNKNOWN]
    data = [a for a in evidence.acts if a.what in DATA]
    blind = unread(evidence.acts, ", which counts as both")
    said = [_said("schema", schema), _said("data", data), blind]
    answer = "Both" if blind or (schema and data) else "Data" if data else "Schema"
    return Verdict(
        question="Kind",
        answer=answer,
        rule="; ".join(s for s in said if s) or "no statement changes anything",
    )


def _said(group: str, acts: list[Act]) -> str:
    words = dict.fromkeys(f"{a.what} {a.table or a.name}".strip() for a in acts)
    more = f" and {len(words) - 3} more" if len(words) > 3 else ""
    return f"{group}: {', '.join(list(words)[:3])}{more}" if words else ""
