"""Alembic: the project's own repository, in the project's own interpreter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.core.errors import NotFound, NotUnderstood, StepFailed
from bot.core.plans import Limits, Script
from bot.core.ports import History
from bot.core.targets import Kind, Target
from bot.core.text import listed, nearest
from bot.tools.session import START_SECONDS, Child, Program, ToolSession, orders, without

_CHILD = Path(__file__).parent / "children" / "run_alembic.py"


class Alembic:
    """Implements core.ports.Tool. `config`: alembic.ini or pyproject.toml, from the project's root."""

    def __init__(
        self,
        root: Path,
        *,
        python: str,
        kind: Kind,
        config: str = "",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.root, self.kind = Path(root), kind
        self._config = config or (
            "alembic.ini" if (self.root / "alembic.ini").is_file() else "pyproject.toml"
        )
        self._program = Program(command=(python, "-u", str(_CHILD)), folder=self.root, environ=environ or {})
        self._known: tuple[object, dict[str, Any]] | None = None
        self._lock = Lock()

    def scripts(self, to: str = "") -> Sequence[Script]:
        """Every script up to `to`, oldest first, with its SQL rendered."""
        known = self._describe()
        wanted = self._up_to(known, to)
        return [self._script(found) for found in known["scripts"] if found["revision"] in wanted]

    def history(self, target: Target) -> History:
        """What the target's version table says, in terms of the scripts."""
        known = self._describe()
        parents = {s["revision"]: s["parents"] for s in known["scripts"]}
        current = self._versions(target, *known["table"])
        strange = [revision for revision in current if revision not in parents]
        problems = [f"Its history table names {r}, which no script has." for r in strange]
        if len(current) > 1:
            problems.append(f"Its history table names several revisions: {listed(sorted(current))}.")
        there: set[str] = set()
        todo = [r for r in current if r in parents]
        while todo:
            revision = todo.pop()
            if revision not in there:
                there.add(revision)
                todo += parents[revision]
        applied = tuple(s["revision"] for s in known["scripts"] if s["revision"] in there)
        return History(applied=applied, current=", ".join(sorted(current)), problems=tuple(problems))

    def open(self, target: Target, limits: Limits, application: str) -> ToolSession:
        """Start the child that carries revisions to the target."""
        told = {**orders(target, limits, application), "config": self._config}
        child = Child(self._program)
        answer = child.ask({**told, "do": "open"}, START_SECONDS)
        if "error" in answer:
            child.close()
            raise StepFailed(f"Alembic cannot start: {answer['message']}.", hint="Run: whimbrel doctor")
        return ToolSession(child, target, limits, told)

    # -- the scripts -------------------------------------------------------------------------------------

    def _describe(self) -> dict[str, Any]:
        """What the child says of the scripts; asked again when a file has changed."""
        with self._lock:
            if self._known is None or self._known[0] != self._state(self._known[1]["location"]):
                described = self._ask_child()
                self._known = (self._state(described["location"]), described)
            return self._known[1]

    def _ask_child(self) -> dict[str, Any]:
        child = Child(self._program)
        try:
            order = {"do": "describe", "config": self._config, "kind": self.kind.value}
            answer = child.ask(order, START_SECONDS)
        finally:
            child.close()
        if "error" in answer:
            raise StepFailed(
                f"Alembic cannot read its own scripts: {answer['message']}.",
                hint="Run `alembic history` in the project, and mend what it says.",
            )
        return answer

    def _state(self, location: str) -> object:
        """Every file that the scripts are made of, with its size and time."""
        files = sorted({self.root / self._config, *Path(location).rglob("*.py")})
        return [(str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.exists()]

    def _up_to(self, known: Mapping[str, Any], to: str) -> set[str]:
        parents = {s["revision"]: s["parents"] for s in known["scripts"]}
        if not to and len(known["heads"]) > 1:
            raise NotUnderstood(
                f"The scripts have several heads: {listed(known['heads'])}.",
                hint=f"/migrate start <project> to {known['heads'][0]}",
            )
        target = self._named(to, list(parents)) if to else (known["heads"] or [""])[0]
        wanted, todo = set[str](), [target] if target else []
        while todo:
            revision = todo.pop()
            if revision not in wanted:
                wanted.add(revision)
                todo += parents[revision]
        return wanted

    def _named(self, to: str, revisions: list[str]) -> str:
        """The revision that begins with what was typed."""
        found = [r for r in revisions if r == to] or [
            r for r in revisions if len(to) > 2 and r.startswith(to)
        ]
        if len(found) == 1:
            return found[0]
        close = nearest(to, revisions)
        raise NotFound(
            f"There is no revision {to}." if not found else f"Several revisions begin with {to}.",
            hint=f"Did you mean {close}?" if close else "",
        )

    def _script(self, found: Mapping[str, Any]) -> Script:
        path = Path(found["path"])
        inside = path.is_relative_to(self.root)
        return Script(
            revision=found["revision"],
            title=found["title"],
            file=str(path.relative_to(self.root)) if inside else path.name,
            checksum=found["checksum"],
            forward=found["forward"],
            backward=found["backward"],
            transactional=found["transactional"],
            rendered=found["rendered"],
            reversible=found["reversible"],
        )

    def _versions(self, target: Target, schema: str | None, table: str) -> list[str]:
        """The rows of the version table; none when there is no such table."""
        url = sa.make_url(target.url.reveal())
        timeout = {"connect_timeout": 5} if url.get_backend_name() == "postgresql" else {"timeout": 5}
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args=timeout)
        try:
            with engine.connect() as connection:
                if not sa.inspect(connection).has_table(table, schema=schema):
                    return []
                column: sa.ColumnClause[str] = sa.column("version_num")
                rows = connection.execute(sa.select(column).select_from(sa.table(table, schema=schema)))
                return [str(row[0]) for row in rows]
        except DBAPIError as error:
            said = without(target.url.reveal(), str(error.orig).strip().split("\n", 1)[0])
            raise StepFailed(f"The history table of {target.id} cannot be read: {said}") from error
        finally:
            engine.dispose()
