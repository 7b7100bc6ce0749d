"""Alembic, driven from outside in the project's own interpreter. Run by path: nothing of Whimbrel is imported.

Orders come as JSON lines on standard input (the database's URL among them, so that it stands in no argument
and no environment variable); answers go as JSON lines to the descriptor named by the first argument. What
the project prints goes wherever standard output goes, and disturbs nothing.
"""

import contextlib
import ctypes
import hashlib
import io
import json
import os
import re
import signal
import sys
import traceback
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.ddl.sqlite import SQLiteImpl
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import Engine

PR_SET_PDEATHSIG = 1
#: SQLSTATE of a lock that was not granted in time (PostgreSQL, appendix A).
LOCK_NOT_AVAILABLE = "55P03"
#: SQLSTATE classes and codes that mean that the connection is gone.
LOST = ("08", "57P01", "57P02", "57P03", "25P03")


class Seen:
    """What the revision under way has done so far."""

    def __init__(self):
        self.statements = self.rows = 0
        self.statement = ""
        self.autocommit = self.committed = False


seen = Seen()
orders = {}


def die_with_parent():
    """Linux ends this process when the thread that started it ends, however it does."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def told_url(dialect):
    """The URL that we were told, for the driver that the project has chosen."""
    url = sa.make_url(orders["url"])
    if url.get_backend_name() != dialect.name:
        raise RuntimeError(
            f"The project's env.py joins {dialect.name}, and the target is {url.get_backend_name()}."
        )
    return url.set(drivername=f"{dialect.name}+{dialect.driver}")


def on_connect_wanted(dialect, record, cargs, cparams):
    """Whatever URL env.py names, the connection goes where we were told."""
    if "url" not in orders:
        raise RuntimeError("The scripts join a database while they are only read.")
    args, params = dialect.create_connect_args(told_url(dialect))
    cargs[:] = args
    cparams.clear()
    cparams.update(params)


def on_connected(dbapi, record):
    """The session's settings. Committed, for SET is undone with its transaction."""
    if orders["kind"] == "sqlite":
        dbapi.isolation_level = None  # BEGIN is said by on_begin, so that DDL is in the transaction too
        dbapi.execute(f"PRAGMA busy_timeout = {int(orders['lock_timeout'] * 1000)}")
        return
    cursor = dbapi.cursor()
    name = orders["application"].replace("'", "")
    cursor.execute(f"SET application_name = '{name}'")
    cursor.execute(f"SET lock_timeout = {int(orders['lock_timeout'] * 1000)}")
    cursor.close()
    if not getattr(dbapi, "autocommit", False):
        dbapi.commit()


def on_begin(connection):
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def on_commit(connection):
    seen.committed = True


def before_statement(connection, cursor, statement, parameters, context, many):
    seen.statement = statement


def after_statement(connection, cursor, statement, parameters, context, many):
    if re.match(r"\s*(select|show|pragma|begin|set)\b", statement, re.IGNORECASE):
        return
    seen.statements += 1
    seen.rows += max(0, cursor.rowcount or 0)
    if seen.autocommit:
        seen.committed = True


def autocommit_block_of(original):
    """Inside, a statement commits by itself. A concurrent index build waits for older transactions under
    lock_timeout as well; it blocks nobody while it waits, so there it gets the step's whole time."""

    @contextlib.contextmanager
    def autocommit_block(self):
        with original(self):
            seen.autocommit = True
            limited = self.bind is not None and not self.as_sql and orders.get("kind") == "postgresql"
            if limited:
                self.bind.exec_driver_sql(f"SET lock_timeout = {int(orders['step_timeout'] * 1000)}")
            yield
            if limited:
                self.bind.exec_driver_sql(f"SET lock_timeout = {int(orders['lock_timeout'] * 1000)}")

    return autocommit_block


def listen():
    SQLiteImpl.transactional_ddl = True  # true with on_begin; pysqlite's own way commits before DDL
    MigrationContext.autocommit_block = autocommit_block_of(MigrationContext.autocommit_block)
    event.listen(Engine, "do_connect", on_connect_wanted)
    event.listen(Engine, "connect", on_connected)
    event.listen(Engine, "begin", on_begin)
    event.listen(Engine, "commit", on_commit)
    event.listen(Engine, "before_cursor_execute", before_statement)
    event.listen(Engine, "after_cursor_execute", after_statement)


class Repository:
    """The project's scripts, read once."""

    def __init__(self, config, kind):
        self.config = Config(config) if config.endswith(".ini") else Config(toml_file=config)
        self.config.set_main_option("sqlalchemy.url", self._url(kind))
        with contextlib.redirect_stdout(sys.stderr):
            self.script = ScriptDirectory.from_config(self.config)

    def _url(self, kind):
        """The project's own choice of driver where it fits the target, and no address: that is told later."""
        own = self.config.get_main_option("sqlalchemy.url") or ""
        with contextlib.suppress(sa.exc.ArgumentError):
            if sa.make_url(own).get_backend_name() == kind:
                return f"{sa.make_url(own).drivername}://"
        return "postgresql+psycopg://" if kind == "postgresql" else f"{kind}://"

    def step(self, revision, forward):
        script = self.script.get_revision(revision)
        make = MigrationStep.upgrade_from_script if forward else MigrationStep.downgrade_from_script
        return make(self.script.revision_map, script)

    def run(self, revision, forward, buffer=None):
        """Run env.py for exactly one revision, on the database or into a buffer."""
        step = self.step(revision, forward)
        parents = step.from_revisions if buffer is not None else None
        with EnvironmentContext(
            self.config,
            self.script,
            fn=lambda heads, context: [step],
            as_sql=buffer is not None,
            starting_rev=(parents[0] if parents else None),
            destination_rev=revision,
            output_buffer=buffer,
        ) as environment:
            self.script.run_env()
            return environment.get_context()


def rendered(repository, revision, forward):
    """(SQL, complete, transactional, version table)."""
    global seen
    seen = Seen()
    buffer, complete, table = io.StringIO(), True, None
    try:
        context = repository.run(revision, forward, buffer)
        table = [context.version_table_schema, context.version_table]
    except NotImplementedError:
        return None, False, True, None
    except Exception:
        traceback.print_exc()
        complete = False
    return tidy(buffer.getvalue(), table), complete, not seen.autocommit, table


def tidy(text, table):
    """The revision's own statements: without the transaction and the history table, which Alembic adds."""
    name = re.escape((table or [None, "alembic_version"])[1])
    text = re.sub(r"^-- Running .*$", "", text, flags=re.MULTILINE)
    text = re.sub(
        rf"^(INSERT INTO|UPDATE|DELETE FROM|DROP TABLE) (\S+\.)?\"?{name}\b[^;]*;$", "", text, flags=re.M
    )
    text = re.sub(rf"^CREATE TABLE (\S+\.)?\"?{name}\b[^;]*;$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^(BEGIN|COMMIT)( TRANSACTION)?;$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def describe(repository, order):
    """Every revision, oldest first, with its SQL both ways."""
    found, tables = [], []
    revisions = list(repository.script.walk_revisions())[::-1]
    for script in revisions:
        forward, whole, transactional, table = rendered(repository, script.revision, True)
        backward, back_whole, back_transactional, _ = rendered(repository, script.revision, False)
        tables += [table] if table else []
        path = Path(script.path)
        found.append(
            {
                "revision": script.revision,
                "parents": list(script._all_down_revisions),
                "title": (script.doc or script.revision).splitlines()[0],
                "path": str(path),
                "checksum": hashlib.sha256(path.read_bytes()).hexdigest(),
                "forward": forward or "",
                "backward": backward or "",
                "transactional": transactional and back_transactional,
                "rendered": whole,
                "reversible": bool(backward) or (backward is not None and not (back_whole and forward)),
            }
        )
    return {
        "scripts": found,
        "heads": list(repository.script.get_heads()),
        "table": tables[0] if tables else [None, "alembic_version"],
        "location": repository.script.dir,
    }


def carry(repository, order):
    """One revision on the database, in its own transaction."""
    global seen
    seen = Seen()
    repository.run(order["revision"], order["direction"] == "forward")
    return {"statements": seen.statements, "rows": seen.rows}


def sentence(error):
    """The database's own first line, or the script's."""
    original = getattr(error, "orig", None) or error
    text = str(original).strip() or type(error).__name__
    return text.splitlines()[0]


def failure(error):
    """What went wrong, in the parent's words: lock, lost or failed."""
    original = getattr(error, "orig", None)
    state = str(getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or "")
    kind = "failed"
    if state == LOCK_NOT_AVAILABLE or "database is locked" in str(original):
        kind = "lock"
    elif getattr(error, "connection_invalidated", False) or state.startswith(LOST):
        kind = "lost"
    return {
        "error": kind,
        "message": sentence(error),
        "statement": " ".join(seen.statement.split())[:200] if isinstance(error, sa.exc.DBAPIError) else "",
        "committed": seen.committed and seen.autocommit,
        "statements": seen.statements,
    }


def main():
    die_with_parent()
    answers = os.fdopen(int(sys.argv[1]), "w")
    listen()
    sys.path.insert(0, os.getcwd())
    repository = None
    for line in sys.stdin:
        order = json.loads(line)
        orders.update(order)
        try:
            if repository is None:
                repository = Repository(order["config"], order["kind"])
            answer = {"describe": describe, "carry": carry, "open": lambda *_: {}}[order["do"]](
                repository, order
            )
        except BaseException as error:
            traceback.print_exc()
            answer = failure(error)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
