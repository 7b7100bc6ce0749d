"""The projects that this bot serves: their folders, what whimbrel.yaml says, and the plans made from them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from bot import planner, template_file
from bot.core.errors import Conflict, NotFound, Refusal, StepFailed
from bot.core.hooks import Hooks
from bot.core.plans import Assertion, Notes, Plan
from bot.core.policy import RoleSource
from bot.core.ports import Database, Tool
from bot.core.project_facts import ProjectFacts
from bot.core.targets import REHEARSAL, Kind, Phase, Secret, Target
from bot.core.template import Line
from bot.core.text import listed, nearest
from bot.file_words import in_words
from bot.hooks import TeamHooks
from bot.loaded import GhostMaker, Loaded, Rehearsal, ToolMaker, ToolSetup, no_ghost, nowhere
from bot.locations import Location
from bot.outlines import outline
from bot.plan_file import read_plan_file, text_in
from bot.project_file import ProjectFile
from bot.project_rules import Surroundings, check_rules, rehearsal_server
from bot.surroundings import facts
from bot.yaml_places import Document, Problem, read_yaml

FILE = "whimbrel.yaml"


class BadFiles(Refusal):
    """The project's files are not right; `problems` lists every one, each with its line, key and mend."""

    def __init__(self, project: str, problems: Sequence[Problem]) -> None:
        count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        lines = "\n".join(f"- {p}" for p in problems)
        super().__init__(f"The files of {project} have {count}:\n{lines}", hint="Mend them, then try again.")
        self.problems = tuple(problems)


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
        lines, bad_lines = self._template(document.at("template"))
        problems += bad_lines
        if problems or file is None:
            raise BadFiles(self.name, sorted(problems, key=lambda p: (p.file != FILE, p.file, p.line)))
        targets = {phase: _target(file, phase, location) for phase, location in locations.items()}
        tool = self._tool(file, targets[Phase.DEVELOPMENT].kind)
        server = rehearsal_server(document, self._around)
        return Loaded(file=file, targets=targets, tool=tool, server=server, lines=lines)

    def _template(self, written: object) -> tuple[tuple[Line, ...], list[Problem]]:
        if not isinstance(written, str) or written == template_file.NONE:
            return (() if written == template_file.NONE else template_file.own()), []
        text, problem = text_in(self.root / written, written)
        return ((), [problem]) if problem else template_file.read_template(text, written)

    def _plan_problems(self, written: object) -> list[Problem]:
        if not isinstance(written, str) or not (self.root / written).is_file():
            return []
        return read_plan_file(self.root / written, written)[2]

    @property
    def python(self) -> Path:
        """The project's own interpreter, else ours."""
        own = self.root / ".venv" / "bin" / "python"
        # Never resolved: an environment's interpreter is a link, and finds its packages by its own path.
        return own if own.exists() else Path(sys.executable)

    def _tool(self, file: ProjectFile, kind: Kind) -> Tool:
        setup = ToolSetup(
            name=file.tool.name,
            root=self.root,
            folder=file.tool.folder,
            config=file.tool.config,
            python=self.root / file.tool.python if file.tool.python else self.python,
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
        rehearsal: Rehearsal = nowhere,
        ghost: GhostMaker = no_ghost,
    ) -> None:
        self._folders = [ProjectFolder(root, environ, tools) for root in roots]
        self._database, self._rehearsal, self._environ = database, rehearsal, environ
        self._ghost = ghost

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
                outline(loaded.file, loaded.targets, loaded.lines), plan, phase, self._sources(folder, loaded)
            )
        revisions = [s.revision for s in plan.scripts]
        return self._plan(plan.project, revisions[-1], frozenset(revisions))

    def _plan(self, project: str, to: str, of: frozenset[str]) -> Plan:
        folder = self._folder(project)
        loaded = folder.load()
        sources = self._sources(folder, loaded)
        return planner.work_out(outline(loaded.file, loaded.targets, loaded.lines), to, sources, of)

    def _sources(self, folder: ProjectFolder, loaded: Loaded) -> planner.Sources:
        return planner.Sources(
            tool=loaded.tool,
            database=self._database,
            extras=lambda revision: folder.extras(loaded.file, revision),
            ghost=lambda target, scripts: self._ghost(target, scripts, loaded.server),
        )

    def target(self, project: str, target: str) -> Target:
        """A target by its id, or by its environment's name."""
        loaded = self._folder(project).load()
        targets = loaded.targets
        if target == f"{project}/{REHEARSAL}":
            return self._rehearsal(project, targets[Phase.PRODUCTION].kind, loaded.server)
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

    def rehearsal_server(self, project: str) -> Secret | None:
        """The address of the rehearsal server that the project names; None for one of our own."""
        return self._folder(project).load().server

    def hooks(self, project: str) -> Hooks:
        """What runs the project's hooks, at its root."""
        return TeamHooks(self._folder(project).root, self._environ)

    def facts(self, project: str, backups: Path) -> ProjectFacts:
        """What can be asked of the project's folder."""
        folder = self._folder(project)
        return facts(folder.root, folder.load().file, folder.python, backups)

    def text(self, project: str, path: str) -> str:
        """A file of the project's."""
        text, problem = text_in(self._folder(project).root / path, path)
        if problem:
            raise StepFailed(f"{path}: {problem.text}")
        return text

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
