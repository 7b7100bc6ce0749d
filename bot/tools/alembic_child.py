"""Carries Alembic revisions, one after another, in the project's own interpreter. Run by path.

env.py runs once and is given revision after revision, each in its own transaction. Where env.py holds the
transaction itself it runs once for each revision: only its own end commits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from configparser import InterpolationError
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from queue import Empty
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from bot.tools.child import Carrier, Orders, pipes
from bot.tools.sources import Sources
from bot.tools.watch import Moved, Refused, Watch, patient

#: An env.py that has been idle for so long is left, and with it its connection; the next order runs it anew.
IDLE_SECONDS = 20.0
_DRIVERS = ("psycopg", "psycopg2", "pg8000")


def configuration(path: str) -> Config:
    """The project's own configuration: an ini file, or [tool.alembic] of a pyproject.toml."""
    if path.endswith(".toml"):
        return Config(toml_file=path)
    beside = Path(path).with_name("pyproject.toml")
    return Config(path, toml_file=beside) if beside.exists() else Config(path)


def opened(config: Config) -> tuple[ScriptDirectory, Sources]:
    """The project's scripts, not imported yet, and what will know the bytes that they are imported from."""
    scripts = ScriptDirectory.from_config(config)
    return scripts, Sources((scripts.dir, *scripts._version_locations))


def name_kind(config: Config, kind: str) -> None:
    """Let `sqlalchemy.url` name the target's kind of server, where it names none or another's.

    The file's own URL is often a stand-in (`driver://…`), which env.py or a program replaces. No secret is in
    ours: the watch puts the target in when a connection is made.
    """
    try:
        written = config.get_main_option("sqlalchemy.url") or ""
    except InterpolationError:
        written = ""
    if re.match(r"\w*", written)[0] != kind:  # type: ignore[index]
        drivers = [name for name in _DRIVERS if find_spec(name)] if kind == "postgresql" else []
        config.set_main_option("sqlalchemy.url", f"{kind}+{drivers[0]}://" if drivers else f"{kind}://")


def environment(config: Config, scripts: ScriptDirectory, steps: Any) -> EnvironmentContext:
    """What env.py meets as `alembic.context`: as it wishes, but each revision is a transaction of its own."""
    # An instance of Alembic's own class: its module knows the names of no other.
    context = EnvironmentContext(config, scripts, fn=steps)
    original = context.configure

    def configure(connection: Any = None, *args: Any, **words: Any) -> None:
        words["transaction_per_migration"] = True
        if connection is not None and connection.dialect.name == "sqlite":
            words["transactional_ddl"] = True
        original(connection, *args, **words)

    context.configure = configure  # type: ignore[method-assign]
    return context


class Revisions(Carrier):
    """Carries Alembic's revisions."""

    def __init__(self, orders: Orders) -> None:
        super().__init__(orders)
        self._config = configuration(self.setup["config"])
        name_kind(self._config, make_url(self.setup["url"]).get_backend_name())
        self._scripts, self._sources = opened(self._config)
        wait_in_blocks(self.watch, self.setup)

    def carry(self, order: dict[str, Any]) -> None:
        """Run env.py, which asks `_steps` what to do."""
        del order
        with environment(self._config, self._scripts, self._steps):
            self._scripts.run_env()
        if self.order is None:
            return
        if not self.watch.began:
            raise Refused("env.py ran no migrations")
        self.done()

    def _steps(self, heads: Any, context: MigrationContext) -> Iterator[Any]:
        """Alembic commits a step before it asks for the next one."""
        # Alembic's word for a transaction that env.py began, and will end, itself.
        whole = getattr(context, "_in_external_transaction", True)
        while self.order is not None:
            if not self.watch.is_ours(context.connection):
                raise Refused("env.py bypassed Whimbrel: it migrates over a connection of its own")
            step = self._step(self.order, heads)
            if self.order["record"]:  # nothing of the script is run, so its text does not matter
                step.migration_fn = nothing
            else:
                self._look(self.order)
            step.migration_fn = self._within(step.migration_fn)
            yield step
            if whole:
                return
            self.done()
            if not self._more():
                return
            heads = context.get_current_heads()

    def _more(self) -> bool:
        """Wait for the next order; false when there is none for long."""
        try:
            order = self.orders.next(IDLE_SECONDS)
        except Empty:
            return False
        if order is None:
            return False
        self.begin(order)
        return True

    def _step(self, order: dict[str, Any], heads: Any) -> Any:
        """Exactly the revision that was ordered, if it is the next one to go."""
        script: Any = self._scripts.get_revision(order["revision"])
        applied = {s.revision: _parents(s) for s in self._scripts.iterate_revisions(heads, "base")}
        there = script.revision in applied
        if order["direction"] == "forward":
            if there:
                raise Refused(f"{script.revision} is applied already")
            if missing := sorted(_parents(script) - applied.keys()):
                raise Refused(f"{script.revision} comes after {', '.join(missing)}, not applied yet")
            return MigrationStep.upgrade_from_script(self._scripts.revision_map, script)
        if not there:
            raise Refused(f"{script.revision} is not applied")
        if above := sorted(name for name, parents in applied.items() if script.revision in parents):
            raise Refused(f"{', '.join(above)} stands on {script.revision} and has to go first")
        return MigrationStep.downgrade_from_script(self._scripts.revision_map, script)

    def _look(self, order: dict[str, Any]) -> None:
        """What the module was compiled from is what was approved, to the byte."""
        script: Any = self._scripts.get_revision(order["revision"])
        if self._sources.checksum(script.module) != order["checksum"]:
            raise Moved(f"{script.revision} was loaded from other bytes than those that were approved")

    def _within(self, migrate: Callable[..., None]) -> Callable[..., None]:
        def watched(**words: Any) -> None:
            with self.watch.within():
                migrate(**words)

        # Alembic's log names the function that it runs.
        watched.__name__ = migrate.__name__
        return watched


def nothing(**_: Any) -> None:
    """What a revision does that is there already: Alembic only moves its version table."""


def wait_in_blocks(watch: Watch, setup: dict[str, Any]) -> None:
    """Inside an autocommit block, locks are waited for as long as the step may take."""
    original: Any = MigrationContext.autocommit_block

    @contextmanager
    def autocommit_block(self: MigrationContext) -> Iterator[None]:
        with original(self):
            if not watch.inside or self.connection is None:
                yield
                return
            with patient(self.connection, setup):
                yield

    MigrationContext.autocommit_block = autocommit_block  # type: ignore[method-assign]


def _parents(script: Any) -> set[str]:
    return set(script._all_down_revisions)  # with what it depends on: Alembic has no other name for both


if __name__ == "__main__":
    Revisions(Orders(*pipes())).serve()
