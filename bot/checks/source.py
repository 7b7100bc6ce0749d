"""Which places in the application's source name what changes?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from bot.checks.acts import Act, What, retypes
from bot.checks.source_trees import Mention, Wanted, search
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.text import listed

LINES = (19,)

#: What breaks code that says the name, heaviest first; anything else about a table is worth a look only.
_BREAKS = {
    What.DROP_TABLE: "is dropped",
    What.DROP_COLUMN: "is dropped",
    What.RENAME_TABLE: "gets another name",
    What.RENAME_COLUMN: "gets another name",
    What.REWRITE: "gets another type",
}
_SHOWN = 5


def wanted(acts: Iterable[Act]) -> tuple[Wanted, ...]:
    """What to look for: dropped, renamed and retyped tables and columns, each once, heaviest first."""
    found: dict[tuple[str, str], tuple[int, Wanted]] = {}
    order = list(_BREAKS)
    for act in acts:
        column = act.name if act.what in (What.DROP_COLUMN, What.RENAME_COLUMN, What.REWRITE) else ""
        if act.what not in _BREAKS or (act.what is What.REWRITE and not retypes(act)):
            continue
        table = act.table.rpartition(".")[2].strip('"')
        one = Wanted(table=table, column=column, why=_BREAKS[act.what])
        found.setdefault((table, column), (order.index(act.what), one))
    return tuple(one for _, one in sorted(found.values(), key=lambda pair: pair[0]))


def answer(acts: Sequence[Act], trees: Sequence[Path], apart: Collection[Path] = ()) -> Answer:
    """Line 19. `trees` are folders of source; `apart` are files and folders in them that are not looked at,
    such as the migration scripts themselves.

    As it should be when nothing breaks code, or all code was looked at: what it names is shown, and whether
    that is in order is for the dev lead to say (line 31).
    """
    names = wanted(acts)
    if not names:
        return Answer(lines=LINES, ok=True, evidence="Nothing is dropped, renamed or given another type.")
    if not trees:
        shown = listed([n.shown for n in names[:_SHOWN]])
        return Answer(
            lines=LINES, ok=False, evidence=f"No source tree is configured: nobody looked for {shown}."
        )
    found = search(trees, names, apart)
    by_name = {n: [m for m in found.mentions if m.wanted is n] for n in names}
    findings = tuple(_finding(n, mentions) for n, mentions in by_name.items() if mentions)
    files = len({m.file for m in found.mentions})
    said = f"{len(found.mentions)} places in {files} of {found.files} files name {_of(names)}"
    said += f"; {found.left} files were not read, for the bounds were met" if found.left else ""
    return Answer(lines=LINES, ok=not found.left, evidence=f"{said}.", findings=findings)


def _of(names: Sequence[Wanted]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(n.shown for n in names[:_SHOWN])}{more}"


def _finding(one: Wanted, mentions: Sequence[Mention]) -> Finding:
    places = [f"{m.file}:{m.line}" for m in mentions[:_SHOWN]]
    more = f" and {len(mentions) - _SHOWN} more" if len(mentions) > _SHOWN else ""
    verb = "names" if len(mentions) == 1 else "name"
    return Finding(
        rule="code-names-it",
        place=one.shown,
        weight=Weight.NOTE,
        reason=f"{one.shown} {one.why}, and {', '.join(places)}{more} {verb} it: {mentions[0].text}",
        instead="Let a release of the code that does not need it run everywhere first.",
        at=places[0],
        lines=LINES,
    )
