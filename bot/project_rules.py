"""What must hold between the parts of whimbrel.yaml. It looks at the plain values, so that a file with other
mistakes is told these too."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.targets import ENVIRONMENTS, Phase, Secret
from bot.core.text import listed, nearest
from bot.locations import Location, locate
from bot.yaml_places import Document, Problem

#: What whimbrel.yaml says for a rehearsal server of our own.
EMBEDDED = "embedded"
_STAGES = {Phase.DEVELOPMENT: "DEV", Phase.STAGING: "STAGING", Phase.PRODUCTION: "PROD"}
#: Variables that are none of a script's business.
_OURS = ("SLACK_", "WHIMBREL_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the file is read against."""

    root: Path
    environ: Mapping[str, str]
    #: Names of the tools that this bot can use.
    tools: Collection[str]


def check_rules(
    document: Document, around: Surroundings, locations: dict[Phase, Location]
) -> Iterator[Problem]:
    """Every broken rule; the environments' locations are put into `locations`."""
    yield from _urls(document, around, locations)
    yield from _one_server(document, locations)
    yield from _roles(document)
    yield from _tool(document, around)
    yield from _variables(document, around)
    yield from _plan(document, around)
    yield from _phases(document)
    yield from _rehearsal(document, around)


def _urls(document: Document, around: Surroundings, locations: dict[Phase, Location]) -> Iterator[Problem]:
    project = document.at("project")
    stem = project.upper().replace("-", "_") if isinstance(project, str) and project.isascii() else "SHOP"
    for phase in ENVIRONMENTS:
        path = ("environments", phase.value, "url")
        written = document.at(*path)
        if not isinstance(written, str):
            continue
        try:
            locations[phase] = locate(written, around.environ, around.root, f"{stem}_{_STAGES[phase]}_URL")
        except ValueError as error:
            yield document.problem(path, str(error))


def _one_server(document: Document, locations: Mapping[Phase, Location]) -> Iterator[Problem]:
    first: Phase | None = None
    seen: dict[str, Phase] = {}
    for phase, location in locations.items():
        first = first or phase
        path = ("environments", phase.value, "url")
        if (twin := seen.setdefault(location.place, phase)) is not phase:
            yield document.problem(path, f"is the same database as {twin}; write another one's URL")
        if location.kind is not locations[first].kind:
            said = f"is {location.kind}, and {first} is {locations[first].kind}"
            yield document.problem(path, f"{said}; write URLs of one kind of server")


def _roles(document: Document) -> Iterator[Problem]:
    roles = document.at("roles")
    known = [str(r) for r in roles] if isinstance(roles, dict) else []
    if not known:
        return
    for path in [*(("approvals", phase.value) for phase in ENVIRONMENTS), ("alerts",)]:
        named = document.at(*path)
        for place, role in enumerate(named if isinstance(named, list) else ()):
            if isinstance(role, str) and role not in known:
                mend = nearest(role, known) or listed(known, "or")
                yield document.problem((*path, place), f"there is no role {_short(role)}; write {mend}")


def _tool(document: Document, around: Surroundings) -> Iterator[Problem]:
    tool = document.at("tool")
    parts: dict[str, Any] = tool if isinstance(tool, dict) else {"name": tool}
    name = parts.get("name")
    if isinstance(name, str) and name not in around.tools:
        mend = nearest(name, sorted(around.tools)) or listed(sorted(around.tools), "or")
        yield document.problem(("tool",), f"there is no tool {_short(name)}; write {mend}")
    for key, what in (("folder", "folder"), ("config", "file"), ("python", "interpreter")):
        written = parts.get(key)
        if not isinstance(written, str) or not written:
            continue
        path = around.root / written
        if not (path.is_dir() if key == "folder" else path.is_file()):
            yield document.problem(
                ("tool", key), f"there is no such {what}; write its path from the project's root"
            )


def _variables(document: Document, around: Surroundings) -> Iterator[Problem]:
    """What the scripts may see is set, and is not the bot's own."""
    tool = document.at("tool")
    names = tool.get("environment") if isinstance(tool, dict) else None
    if not isinstance(names, list) or not names:
        return
    if tool.get("name") == "sql":
        said = "has no use here: plain SQL sees no variables; take this key out"
        yield document.problem(("tool", "environment"), said)
    for place, name in enumerate(names):
        path = ("tool", "environment", place)
        if not isinstance(name, str) or not name.isidentifier():
            continue  # its form is told by itself
        if name.startswith(_OURS):
            yield document.problem(path, f"{_short(name)} is the bot's own; give the scripts one of theirs")
        elif name not in around.environ:
            yield document.problem(path, f"the variable {_short(name)} is not set where the bot runs; set it")


def _plan(document: Document, around: Surroundings) -> Iterator[Problem]:
    written = document.at("plan")
    if not isinstance(written, str) or not written:
        return
    path = (around.root / written).resolve()
    if not path.is_relative_to(around.root.resolve()):
        yield document.problem(
            ("plan",), "lies outside the project; write a path inside it, such as plans/orders.yaml"
        )
    elif not path.is_file():
        yield document.problem(("plan",), "there is no such file; write it, or take this key out")


def _phases(document: Document) -> Iterator[Problem]:
    """The environments are always gone through; what comes before them may be left out."""
    written = document.at("phases")
    if not isinstance(written, list):
        return
    known = [phase.value for phase in Phase]
    wanted = [phase for phase in known if phase in written or phase in ENVIRONMENTS]
    if all(phase in known for phase in written) and written != wanted:
        yield document.problem(("phases",), f"is not in order or not whole; write [{', '.join(wanted)}]")


def rehearsal_server(document: Document, around: Surroundings) -> Secret | None:
    """The address of the rehearsal server that the file names; None for one of our own."""
    written = document.at("rehearsal", "server")
    if not isinstance(written, str) or written == EMBEDDED:
        return None
    return locate(written, around.environ, around.root, "SHOP_REHEARSAL_URL").url


def _rehearsal(document: Document, around: Surroundings) -> Iterator[Problem]:
    server = document.at("rehearsal", "server")
    if isinstance(server, str) and server != EMBEDDED:
        try:
            locate(server, around.environ, around.root, "SHOP_REHEARSAL_URL")
        except ValueError as error:
            yield document.problem(("rehearsal", "server"), str(error))
    workload = document.at("rehearsal", "workload")
    if isinstance(workload, str) and workload and not (around.root / workload).is_file():
        said = "there is no such file; write its path from the project's root"
        yield document.problem(("rehearsal", "workload"), said)
    sources = document.at("sources")
    for place, folder in enumerate(sources if isinstance(sources, list) else ()):
        if isinstance(folder, str) and not (around.root / folder).is_dir():
            said = "there is no such folder; write its path from the project's root"
            yield document.problem(("sources", place), said)


def _short(word: str) -> str:
    return word if len(word) <= 40 and "://" not in word else "of that name"
