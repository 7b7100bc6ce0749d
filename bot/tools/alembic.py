"""Alembic: scripts in Python, run in the project's own interpreter."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from bot.core.errors import NotFound, NotUnderstood, StepFailed
from bot.core.events import Direction
from bot.core.plans import Limits, Script
from bot.core.ports import History
from bot.core.targets import Kind, Target
from bot.tools.link import Reader, hide, identifier, secrets
from bot.tools.program import Child, Gone, Program
from bot.tools.session import ChildSession, Errand

#: Seconds in which all scripts have to be read and rendered.
READ_SECONDS = 25.0
#: So many digits of a revision name it, as Alembic has it.
_SHORTEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A project's scripts as they were read, oldest first, and what they were read from."""

    scripts: tuple[Script, ...]
    parents: Mapping[str, frozenset[str]]
    heads: tuple[str, ...]
    #: The history table as SQL names it.
    table: str
    files: tuple[Path, ...]
    folders: tuple[Path, ...]
    print: str

    def up_to(self, revisions: Sequence[str]) -> set[str]:
        """The revisions with all that they stand on."""
        found: set[str] = set()
        waiting = list(revisions)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.parents[name]
        return found


class Alembic:
    """Port Tool. `config`: an ini or toml file, from `root`. `environ`: what the scripts see beside PATH."""

    def __init__(
        self,
        root: Path,
        *,
        python: str = sys.executable,
        kind: Kind = Kind.POSTGRESQL,
        config: str = "",
        environ: Mapping[str, str] | None = None,
        cut_off: Callable[[Target, str], int] | None = None,
    ) -> None:
        self._root, self._python, self._kind = Path(root).absolute(), python, kind
        self._config, self._environ, self._cut_off = config, dict(environ or {}), cut_off
        self._book: Book | None = None
        self._lock = Lock()

    def scripts(self, to: str) -> Sequence[Script]:
        """Every script up to `to` ("" for the newest), oldest first."""
        book = self._read()
        wanted = book.up_to([self._find(book, to)] if book.scripts or to else [])
        return [script for script in book.scripts if script.revision in wanted]

    def history(self, target: Target) -> History:
        """Where the target stands, by its own version table."""
        book = self._read()
        reader = Reader(target)
        try:
            rows = _present(reader, book.table)
        finally:
            reader.close()
        known = [row for row in rows if row in book.parents]
        there = book.up_to(known)
        applied = tuple(s.revision for s in book.scripts if s.revision in there)
        tops = [name for name in applied if name in known]
        problems = [
            f"The history table of {target.id} names {row}, which is not among the scripts."
            for row in rows
            if row not in book.parents
        ]
        # Branches that meet later on stand side by side until they do.
        if len(known) > 1 and len(book.heads) > 1:
            problems.append(f"{target.id} stands at several revisions at once: {', '.join(tops)}.")
        return History(applied=applied, current=tops[-1] if tops else "", problems=tuple(problems))

    def open(
        self, target: Target, limits: Limits, application: str, approved: Sequence[Script]
    ) -> ChildSession:
        """Start the child; its connection bears the name `application`. It carries `approved` only."""
        table = self._read().table
        setup = {
            "url": target.url.reveal(),
            "config": str(self._configuration()),
            "lock_timeout": limits.lock_timeout,
            "step_timeout": limits.step_timeout,
            "application": application,
        }
        errand = Errand(
            target=target,
            limits=limits,
            approved={script.revision: script for script in approved},
            moved=self._moved,
            words=lambda script, direction: {},  # noqa: ARG005
            present=lambda reader: _present(reader, table),
            cut_off=partial(self._cut_off, target, application) if self._cut_off else None,
            secrets=secrets(self._environ),
        )
        return ChildSession(Child(self._program("alembic_child"), setup), errand)

    def _moved(self, script: Script, direction: Direction) -> str:
        """Both ways are in one file. The child looks again, at the bytes that it has loaded."""
        del direction
        try:
            there = sha256((self._root.resolve() / script.file).read_bytes()).hexdigest()
        except OSError:
            there = ""
        return script.file if there != script.checksum else ""

    def _find(self, book: Book, to: str) -> str:
        if to in ("", "head"):
            if len(book.heads) > 1:
                raise NotUnderstood(
                    f"The scripts end in {len(book.heads)} heads: {', '.join(sorted(book.heads))}.",
                    hint="Name the revision to go to, or merge the heads: alembic merge heads",
                )
            return book.heads[0]
        names = [name for name in book.parents if name == to] or [
            name for name in book.parents if len(to) >= _SHORTEST and name.startswith(to)
        ]
        if len(names) == 1:
            return names[0]
        if names:
            raise NotUnderstood(f"{to} may mean {' or '.join(sorted(names))}.", hint="Name more of it.")
        raise NotFound(f"There is no revision {to} among the scripts.", hint="Without `to` it is the newest.")

    def _read(self) -> Book:
        """The scripts; read again when a file that they come from has changed."""
        with self._lock:
            if self._book is None or _print(self._book.files, self._book.folders) != self._book.print:
                self._book = _book(self._ask())
            return self._book

    def _ask(self) -> dict[str, Any]:
        question = {"root": str(self._root), "config": str(self._configuration()), "kind": self._kind.value}
        child = Child(self._program("alembic_render", "watch", "child", "sources", "alembic_child"), question)
        try:
            answer = child.hear(READ_SECONDS)
        except Gone:
            answer = {"error": (child.tail().splitlines() or ["its process died"])[-1]}
        finally:
            child.kill()
        if answer is None:
            raise StepFailed(f"The scripts could not be read within {READ_SECONDS:.0f} s.")
        if "error" in answer:
            raise StepFailed(
                f"Alembic cannot read the project's scripts: {hide(answer['error'], secrets(self._environ))}",
                hint="Try in the project's folder: alembic history",
            )
        return answer

    def _program(self, name: str, *before: str) -> Program:
        return Program(
            name=name,
            python=self._python,
            root=self._root,
            before=before or ("watch", "child", "sources"),
            environ=self._environ,
        )

    def _configuration(self) -> Path:
        if self._config:
            return self._root / self._config
        ini = self._root / "alembic.ini"
        return ini if ini.exists() else self._root / "pyproject.toml"


def _present(reader: Reader, table: str) -> list[str]:
    rows = reader.rows(f"SELECT version_num FROM {table}")  # noqa: S608 - a quoted name
    return sorted(str(row[0]) for row in rows or ())


def _book(answer: Mapping[str, Any]) -> Book:
    files = tuple(sorted({Path(path) for path in answer["files"]}))
    folders = tuple(Path(path) for path in answer["folders"])
    found = answer["scripts"]
    table = identifier(answer["table"])
    return Book(
        scripts=tuple(Script(**{k: v for k, v in s.items() if k != "parents"}) for s in found),
        parents={s["revision"]: frozenset(s["parents"]) for s in found},
        heads=tuple(answer["heads"]),
        table=f"{identifier(answer['schema'])}.{table}" if answer["schema"] else table,
        files=files,
        folders=folders,
        print=_print(files, folders),
    )


def _print(files: Sequence[Path], folders: Sequence[Path]) -> str:
    """One digest over all that the scripts were read from; a new file moves it, too."""
    every = {*files, *(p for folder in folders for p in folder.rglob("*.py"))}
    digest = sha256()
    for path in sorted(every):
        digest.update(str(path).encode() + b"\0")
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()
