"""The projects that this bot serves: their folders, what whimbrel.yaml says, and the plans made from them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from bot import planner
from bot.core.errors import Conflict, NotFound, Refusal
from bot.core.plans import Assertion, Notes, Plan, Stage
from bot.core.policy import RoleSource
from bot.core.ports import Database, Tool
from bot.core.targets import Kind, Phase, Target
from bot.core.text import listed, nearest
from bot.file_words import in_words
from bot.locations import Location
from bot.plan_file import read_plan_file, text_in
from bot.project_file import ProjectFile
from bot.project_rules import Surroundings, check_rules
from bot.yaml_places import Document, Problem, read_yaml

FILE = "whimbrel.yaml"


class BadFiles(Refusal):
    """The project's files are not right; `problems` lists every one, each with its line, key and mend."""

    def __init__(self, project: str, problems: Sequence[Problem]) -> None:
        count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        lines = "\n".join(f"- {p}" for p in problems)
        super().__init__(f"The files of {project} have {count}:\n{lines}", hint="Mend them, then try again.")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSetup:
    """What a tool is made from. `folder` and `config`: from the root, "" for the tool's own choice."""

    name: str
    root: Path
    folder: str
    config: str
    python: Path
    kind: Kind
    #: What the scripts see of the bot's environment, beside PATH and the like; it may hold secrets.
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


ToolMaker = Callable[[ToolSetup], Tool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A project whose file is right."""

    file: ProjectFile
    targets: Mapping[Phase, Target]
    tool: Tool


class ProjectFolder:
    """One project's root. Its file is read again whenever it has changed."""

    def __init__(self, root: Path, environ: Mapping[str, str], tools: Mapping[str, ToolMaker]) -> None:
        self.root = root
        self._tools = tools
        self._around = Surroundings(root=root, environ=environ, tools=tools.keys())
        self._document_of: tuple[str, Document] | None = None
        self._loaded: tuple[Document, Loaded] | None = None

    @property
    def name(self) -> str:
        """The project's name; the folder's as long as the file does not say one."""
        written = self._document().at("project")
        return written if isinstance(written, str) and written else self.root.resolve().name

    def load(self) -> Loaded:
        """The project as its file says now. Raises BadFiles."""
        document = self._document()
        if self._loaded is None or self._loaded[0] is not document:
            self._loaded = (document, self._read(document))
        return self._loaded[1]

    def _document(self) -> Document:
        """The file as YAML, the same document as long as its text is the same."""
        text, problem = text_in(self.root / FILE, FILE)
        if problem:
            return Document(file=FILE, problems=[problem])
        if self._document_of is None or self._document_of[0] != text:
            self._document_of = (text, read_yaml(text, FILE))
        return self._document_of[1]

    def extras(self, file: ProjectFile, revision: str) -> tuple[Notes, tuple[Assertion, ...]]:
        """What the plan file adds: the one named, or plans/<newest revision>.yaml. Raises BadFiles."""
        shown = file.plan or f"plans/{revision}.yaml"
        path = (self.root / shown).resolve()
        if not path.is_relative_to(self.root.resolve()) or not (file.plan or path.is_file()):
            return Notes(), ()
        notes, assertions, problems = read_plan_file(path, shown)
        if problems:
            raise BadFiles(file.project, problems)
        return notes, assertions

    def _read(self, document: Document) -> Loaded:
        problems = list(document.problems)
        file: ProjectFile | None = None
        locations: dict[Phase, Location] = {}
        if isinstance(document.value, dict):
            try:
                file = ProjectFile.model_validate(document.value)
            except ValidationError as error:
                problems += in_words(error, document, ProjectFile)
            problems += check_rules(document, self._around, locations)
            problems += self._plan_problems(document.at("plan"))
        if problems or file is None:
            raise BadFiles(self.name, sorted(problems, key=lambda p: (p.file != FILE, p.file, p.line)))
        targets = {phase: _target(file, phase, location) for phase, location in locations.items()}
        return Loaded(file=file, targets=targets, tool=self._tool(file, targets[Phase.DEVELOPMENT].kind))

    def _plan_problems(self, written: object) -> list[Problem]:
        if not isinstance(written, str) or not (self.root / written).is_file():
            return []
        return read_plan_file(self.root / written, written)[2]

    def _tool(self, file: ProjectFile, kind: Kind) -> Tool:
        own = self.root / ".venv" / "bin" / "python"
        # Never resolved: an environment's interpreter is a link, and finds its packages by its own path.
        python = own if own.exists() else Path(sys.executable)
        setup = ToolSetup(
            name=file.tool.name,
            root=self.root,
            folder=file.tool.folder,
            config=file.tool.config,
            python=self.root / file.tool.python if file.tool.python else python,
            kind=kind,
            environ={name: self._around.environ[name] for name in file.tool.environment},
        )
        return self._tools[file.tool.name](setup)


class ProjectFolders:
    """All projects: the ports Projects and Team over their folders."""

    def __init__(
        self,
        *,
        roots: Sequence[Path],
        environ: Mapping[str, str],
        tools: Mapping[str, ToolMaker],
        database: Callable[[Target], Database],
    ) -> None:
        self._folders = [ProjectFolder(root, environ, tools) for root in roots]
        self._database = database

    def names(self) -> Sequence[str]:
        """The projects' names, in the order of their folders."""
        return list(dict.fromkeys(f.name for f in self._folders))

    def work_out(self, project: str, to: str) -> Plan:
        """The plan as it would be now."""
        return self._plan(project, to, frozenset())

    def again(self, plan: Plan, phase: Phase | None = None) -> Plan:
        """The same revisions as files and rules have them now, and any that came between them."""
        if phase:
            folder = self._folder(plan.project)
            loaded = folder.load()
            return planner.again(
                _outline(loaded),
                plan,
                phase,
                tool=loaded.tool,
                extras=lambda revision: folder.extras(loaded.file, revision),
            )
        revisions = [s.revision for s in plan.scripts]
        return self._plan(plan.project, revisions[-1], frozenset(revisions))

    def _plan(self, project: str, to: str, of: frozenset[str]) -> Plan:
        folder = self._folder(project)
        loaded = folder.load()
        return planner.work_out(
            _outline(loaded),
            to,
            tool=loaded.tool,
            database=self._database,
            extras=lambda revision: folder.extras(loaded.file, revision),
            of=of,
        )

    def target(self, project: str, target: str) -> Target:
        """A target by its id, or by its environment's name."""
        targets = self._folder(project).load().targets
        for phase, found in targets.items():
            if target in (found.id, phase.value):
                return found
        raise NotFound(
            f"{project} has no target {target}.",
            hint=f"Its targets are {listed([t.id for t in targets.values()])}.",
        )

    def targets(self, project: str) -> Mapping[Phase, Target]:
        """All targets of a project."""
        return self._folder(project).load().targets

    def tool(self, project: str) -> Tool:
        """The project's tool, the same one until its file changes."""
        return self._folder(project).load().tool

    def roles(self, project: str) -> dict[str, RoleSource]:
        """Where the people of each role come from."""
        return {name: part.source() for name, part in self._folder(project).load().file.roles.items()}

    def channels(self, project: str) -> tuple[str, ...]:
        """Where its changes may be opened, without "#"; empty: anywhere."""
        return tuple(self._folder(project).load().file.channels)

    def alert_roles(self, project: str) -> tuple[str, ...]:
        """Who is mentioned when something is wrong."""
        return tuple(self._folder(project).load().file.alerts)

    def problems(self) -> dict[str, tuple[Problem, ...]]:
        """Every problem of every project's file, by project; empty when all are right."""
        found: dict[str, tuple[Problem, ...]] = {}
        for folder in self._folders:
            try:
                folder.load()
            except BadFiles as bad:
                found[folder.name] = bad.problems
        return found

    def _folder(self, project: str) -> ProjectFolder:
        found = [f for f in self._folders if f.name == project]
        if len(found) > 1:
            folders = listed([str(f.root) for f in found])
            raise Conflict(f"{folders} are both named {project}.", hint="Give one of them another name.")
        if not found:
            names = self.names()
            raise planner.unknown_project(project, names, nearest(project, list(names)))
        return found[0]


def _target(file: ProjectFile, phase: Phase, location: Location) -> Target:
    return Target(
        id=f"{file.project}/{phase}", phase=phase, kind=location.kind, url=location.url, place=location.place
    )


def _outline(loaded: Loaded) -> planner.Outline:
    file = loaded.file
    return planner.Outline(
        project=file.project,
        tool=file.tool.name,
        stages=tuple((_stage(file, target), target) for target in loaded.targets.values()),
        limits=file.limits.limits(),
        assertions=tuple(a.assertion() for a in file.assertions),
        several_roles=file.several_roles_per_person,
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
    )
