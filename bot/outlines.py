"""What whimbrel.yaml says of every plan before its scripts and targets are asked."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.plans import Stage
from bot.core.targets import ENVIRONMENTS, REHEARSAL, Phase, Target
from bot.core.template import Line
from bot.planner import Outline
from bot.project_file import ProjectFile


def outline(file: ProjectFile, targets: Mapping[Phase, Target], lines: tuple[Line, ...]) -> Outline:
    """The outline of a project's plans."""
    return Outline(
        project=file.project,
        tool=file.tool.name,
        stages=tuple((_stage(file, target), target) for target in targets.values()),
        looks=tuple(_look(file, phase) for phase in _looking(file)),
        lines=tuple(line for line in lines if line.phase is None or line.phase in file.phases),
        hooks=tuple(part.hook(name) for name, part in file.hooks.items()),
        roles=tuple(file.roles),
        rests_on={name: tuple(part.rests_on) for name, part in file.roles.items() if part.rests_on},
        limits=file.limits.limits(),
        rehearsing=file.rehearsal.rehearsing(),
        assertions=tuple(a.assertion() for a in file.assertions),
        several_roles=file.several_roles_per_person,
    )


def _looking(file: ProjectFile) -> list[Phase]:
    """The phases before the environments that the project goes through."""
    return [phase for phase in Phase if phase in file.phases and phase not in ENVIRONMENTS]


def _look(file: ProjectFile, phase: Phase) -> Stage:
    """A phase that changes no environment: nobody approves it, and nothing is backed up for it."""
    return Stage(
        phase=phase, target=f"{file.project}/{REHEARSAL}", place="", roles=(), backup=False, take_back=False
    )


def _stage(file: ProjectFile, target: Target) -> Stage:
    part = file.environments.of(target.phase)
    by_itself = target.phase is not Phase.PRODUCTION if part.take_back is None else part.take_back
    return Stage(
        phase=target.phase,
        target=target.id,
        place=target.place,
        roles=tuple(getattr(file.approvals, target.phase.value)),
        backup=part.backup,
        take_back=by_itself,
        criteria=tuple(getattr(file.criteria, target.phase.value)),
        window=part.window.window() if part.window else None,
    )
