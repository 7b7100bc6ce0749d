"""Which columns hold personal or secret data, and does the plan touch them?"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from bot.checks.acts import Act, What, same
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.personal import Personal, by_name
from bot.core.survey import ColumnLook
from bot.core.text import listed

LINES = (28,)

#: A column whose values have a shape less often than this has it by chance.
_SHARE = 0.2
_CHANGES = frozenset(
    {
        What.ADD_COLUMN,
        What.ADD_REQUIRED,
        What.REWRITE,
        What.DROP_COLUMN,
        What.RENAME_COLUMN,
        What.SET_NOT_NULL,
    }
)
_SAID = 6


def classes(looks: Sequence[ColumnLook], acts: Sequence[Act] = ()) -> dict[str, Personal]:
    """ "table.column" → its kind, by shape where that is clear, else by name; the plan's new columns too."""
    found = {f"{k.table}.{k.column}": kind for k in looks if (kind := _kind(k))}
    for act in acts:
        if act.what in (What.ADD_COLUMN, What.ADD_REQUIRED, What.REWRITE) and act.name:
            kind = by_name(act.table, act.name)
            if kind and not any(same(k.table, act.table) and same(k.column, act.name) for k in looks):
                found[f"{act.table}.{act.name}"] = kind
    return dict(sorted(found.items()))


def fingerprint(classes: dict[str, Personal]) -> str:
    """Twelve hexadecimal digits: other digits mean that another column is personal, or in another way."""
    lines = "\n".join(f"{place}:{kind}" for place, kind in sorted(classes.items()))
    return sha256(lines.encode()).hexdigest()[:12]


def answer(acts: Sequence[Act], looks: Sequence[ColumnLook]) -> Answer:
    """Every column is named with its kind and share; no value of any is in it."""
    found = classes(looks, acts)
    by_place = {f"{k.table}.{k.column}": k for k in looks}
    said = [_said(place, kind, by_place.get(place)) for place, kind in found.items()]
    more = [f"{len(said) - _SAID} more"] if len(said) > _SAID else []
    unread = [k for k in looks if k.why]
    evidence = f"Personal or secret: {listed([*said[:_SAID], *more])}" if said else "No column looks personal"
    if unread:
        evidence += f"; {len(unread)} columns could not be looked at ({unread[0].why})"
    findings = [f for place, kind in found.items() if (f := _finding(place, kind, acts, by_place))]
    return Answer(
        lines=LINES,
        ok=not unread,
        evidence=f"{evidence} (data classes {fingerprint(found)}).",
        findings=tuple(findings),
    )


def _kind(look: ColumnLook) -> Personal | None:
    named = by_name(look.table, look.column)
    shaped = max(look.shapes, key=lambda kind: look.shapes[kind], default=None)
    if shaped and look.seen >= 5 and look.shapes[shaped] >= _SHARE * look.seen:
        return shaped
    # A flag or a count called "email_sent" or "tokens" holds no such thing.
    plain = look.type in ("boolean", "smallint") or (look.type == "integer" and named is Personal.SECRET)
    return None if plain else named


def _said(place: str, kind: Personal, look: ColumnLook | None) -> str:
    if look is None:
        return f"{place} ({kind}, new in this plan)"
    count = look.shapes.get(kind, 0)
    if count:
        return f"{place} ({kind} share {round(100 * count / look.seen)} % of {look.seen})"
    return f"{place} ({kind}, by its name)"


def _finding(place: str, kind: Personal, acts: Sequence[Act], looks: dict[str, ColumnLook]) -> Finding | None:
    act = next(
        (a for a in acts if a.what in _CHANGES and a.name and same(f"{a.table}.{a.name}", place)), None
    )
    if act is None:
        return None
    adds = place not in looks
    return Finding(
        rule="adds-personal-data" if adds else "changes-personal-data",
        place=place,
        weight=Weight.NOTE,
        reason=f"The plan {'adds' if adds else 'changes'} {place}, which is {kind}"
        f"{' by its name' if adds or not looks[place].shapes.get(kind) else ''}.",
        instead="Security looks at who may read it, for how long it is kept, and that it is in no log"
        + (", and that it is stored as a hash or encrypted." if kind is Personal.SECRET else "."),
        lines=LINES,
    )
