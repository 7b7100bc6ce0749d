"""Reads a project's Alembic scripts and renders their SQL, in the project's own interpreter. Run by path.

One question on stdin, one answer on the pipe. No connection is made: what reads the database is not rendered.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from traceback import print_exc
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.tools.alembic_child import configuration, name_kind, opened
from bot.tools.child import pipes
from bot.tools.sources import Sources

_COMMITS = re.compile(r"^\s*(COMMIT|END)\s*;|\bCONCURRENTLY\b", re.IGNORECASE | re.MULTILINE)
_REST = "-- What follows reads the database: it is known only when it runs.\n"


def offline(config: Any, scripts: ScriptDirectory, renderer: Renderer) -> EnvironmentContext:
    """What env.py meets as `alembic.context`: its options count, its URL does not."""
    # An instance of Alembic's own class: its module knows the names of no other.
    context = EnvironmentContext(config, scripts, fn=renderer.steps, as_sql=True)
    set_up, run = context.configure, context.run_migrations

    def configure(connection: Any = None, *args: Any, **words: Any) -> None:
        """In the target's dialect, whatever connection or URL is given."""
        del connection, args
        for ours in ("url", "dialect_name", "output_buffer", "starting_rev"):
            words.pop(ours, None)
        words.update(literal_binds=True, transactional_ddl=True, dialect_opts={"paramstyle": "named"})
        set_up(dialect_name=renderer.kind, output_buffer=io.StringIO(), **words)

    def run_migrations(**words: Any) -> None:
        renderer.given = words
        run(**words)

    context.configure = configure  # type: ignore[method-assign]
    context.run_migrations = run_migrations  # type: ignore[method-assign]
    return context


class Renderer:
    """Renders every revision, both ways."""

    def __init__(self, scripts: ScriptDirectory, sources: Sources, root: Path, kind: str) -> None:
        self._scripts, self._sources, self._root, self.kind = scripts, sources, root, kind
        #: What env.py gives to each revision's function.
        self.given: dict[str, Any] = {}
        self.table, self.schema = "alembic_version", ""
        self.found: list[dict[str, Any]] | None = None

    def steps(self, heads: Any, context: MigrationContext) -> list[Any]:
        """Called by Alembic in the middle of env.py; there is nothing for it to run."""
        del heads
        self.table, self.schema = context.version_table, context.version_table_schema or ""
        with noting_blocks() as blocks:
            order = list(self._scripts.walk_revisions("base", "heads"))[::-1]
            self.found = [self._script(script, context, blocks) for script in order]
        return []

    def _script(self, script: Any, context: Any, blocks: list[int]) -> dict[str, Any]:
        source = self._sources.of(script.module)
        functions = {n.name: n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}
        forward, whole = self._render(getattr(script.module, "upgrade", None), context)
        backward, back_whole = self._render(getattr(script.module, "downgrade", None), context)
        back = functions.get("downgrade")
        empty = back is None or _empty(back)
        if back is None:
            empty = not hasattr(script.module, "downgrade")
        nothing = "upgrade" in functions and _empty(functions["upgrade"])
        commits = bool(blocks) or any(map(_COMMITS.search, (forward, backward)))
        blocks.clear()
        return {
            "revision": script.revision,
            "title": (script.doc or "").strip().splitlines()[0] if (script.doc or "").strip() else "",
            "file": os.path.relpath(script.path, self._root),
            "checksum": sha256(source).hexdigest(),
            "parents": sorted(script._all_down_revisions),
            "forward": forward,
            "backward": "" if empty else backward,
            "transactional": not commits,
            "rendered": whole and (back_whole or empty),
            "reversible": not empty or nothing,
        }

    def _render(self, migrate: Callable[..., None] | None, context: Any) -> tuple[str, bool]:
        """The SQL of one way, and whether it is all of it."""
        buffer = context.impl.output_buffer = context.output_buffer = io.StringIO()
        if migrate is None:
            return "", True
        try:
            migrate(**self.given)
        except (Exception, SystemExit):
            return f"{buffer.getvalue().strip()}\n{_REST}".lstrip(), False
        return f"{buffer.getvalue().strip()}\n".lstrip(), True


def _empty(function: ast.FunctionDef) -> bool:
    """Whether it does nothing, or only says no."""
    for line in function.body:
        if isinstance(line, ast.Raise):
            return True
        known = isinstance(line, ast.Pass) or (
            isinstance(line, (ast.Expr, ast.Return))
            and (line.value is None or isinstance(line.value, ast.Constant))
        )
        if not known:
            return False
    return True


@contextmanager
def noting_blocks() -> Iterator[list[int]]:
    """Grows when a revision enters an autocommit block."""
    entered: list[int] = []
    original: Any = MigrationContext.autocommit_block

    def autocommit_block(self: MigrationContext) -> Any:
        entered.append(1)
        return original(self)

    MigrationContext.autocommit_block = autocommit_block  # type: ignore[method-assign]
    yield entered
    MigrationContext.autocommit_block = original  # type: ignore[method-assign]


def no_connection(*_: Any) -> None:
    """Rendering touches no database, whatever a script wishes."""
    raise ConnectionRefusedError("scripts are being read; there is no database")


def read(question: dict[str, Any]) -> dict[str, Any]:
    """Every script of the project, oldest first, and where its history is kept."""
    root = Path(question["root"]).resolve()  # as Alembic does with the paths of its scripts
    config = configuration(question["config"])
    name_kind(config, question["kind"])
    scripts, sources = opened(config)
    renderer = Renderer(scripts, sources, root, question["kind"])
    try:
        with offline(config, scripts, renderer):
            scripts.run_env()
    except (Exception, SystemExit):
        # It cannot run without its database, or failed after all was read: what counts is what was read.
        print_exc()
    if renderer.found is None:
        _without_env(config, scripts, renderer)
    mine = [str(m.__file__) for m in list(sys.modules.values()) if getattr(m, "__file__", None)]
    folders = {Path(scripts.dir), *(Path(script.path).parent for script in scripts.walk_revisions())}
    return {
        "scripts": renderer.found,
        "heads": list(scripts.get_heads()),
        "table": renderer.table,
        "schema": renderer.schema,
        "files": [p for p in (*mine, question["config"]) if _inside(p, root)],
        "folders": sorted(str(folder.absolute()) for folder in folders),
    }


def _inside(path: str, root: Path) -> bool:
    return Path(path).resolve().is_relative_to(root.resolve()) and "site-packages" not in path


def _without_env(config: Any, scripts: ScriptDirectory, renderer: Renderer) -> None:
    """An env.py that cannot run offline has no say; what it would have named is Alembic's own choice."""
    with offline(config, scripts, renderer) as context:
        context.configure()
        context.run_migrations()


def main() -> None:
    """Answer the one question."""
    stream, answers = pipes()
    with stream, answers:
        question = json.loads(stream.readline())
        event.listen(Engine, "do_connect", no_connection)
        try:
            said = read(question)
        except BaseException as error:  # a script may end itself, too
            said = {"error": f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"}
        answers.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
