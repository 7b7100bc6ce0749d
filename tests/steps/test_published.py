"""Real input: published revisions of other projects, rehearsed from empty and from the middle with made rows.

What is asserted here is what was found in them, to the sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from bot.core.changes import Change
from bot.core.events import Direction
from bot.core.lab import ANOTHER
from bot.core.plans import Limits
from bot.core.runs import RunState
from bot.core.targets import Kind, Phase
from bot.databases.embedded import Server
from bot.databases.postgresql_load import PostgreSQLLoads
from tests.databases.beds import target_of

from . import published
from .conftest import NAMES, Track

TABLES = (
    "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)


@pytest.fixture
def there(track: Track, debian_server: Server) -> Track:
    """The project on Debian's PostgreSQL, which has ICU, and rehearsed on such a server."""
    for name in NAMES:
        track.environ[name] = debian_server.create(f"published_{uuid4().hex[:8]}")
    track.environ["REHEARSAL"] = debian_server.url("postgres")
    track.yaml("rehearsal: {faults: 1s}", 'rehearsal: {server: "${REHEARSAL}", faults: 1s}')
    track.yaml("tool: sql", "tool: alembic")
    return track


def from_the_middle(track: Track, lay_out: Callable[[Path], None], applied: int) -> Change:
    """Rehearse what is left when so many revisions are applied everywhere, on rows made for that schema."""
    lay_out(track.root)
    tool = track.projects.tool("shop")
    scripts = tool.scripts("")
    for name in NAMES if applied else ():
        where = target_of(Kind.POSTGRESQL, track.environ[name])
        session = tool.open(where, Limits(), "test", scripts)
        for script in scripts[:applied]:
            session.carry(script.revision, Direction.FORWARD)
        session.close()
        made = PostgreSQLLoads().write_new_shape(where, [row[0] for row in track.on(name, TABLES)], 100)
        assert sum(made.values()) >= 200
        track.on(name, "ANALYZE")
    return track.rehearsed()


def test_quetz_from_empty_has_a_way_back_that_postgresql_refuses(there: Track) -> None:
    failed = from_the_middle(there, published.quetz, 0)

    assert failed.run and failed.run.state is RunState.FAILED
    assert failed.run.steps["tool"].state == "failed"
    assert failed.run.reason.startswith(
        'On the copy, on the way back: 0653794b6252 failed: column "period" cannot be cast automatically to'
        " type interval, in: ALTER TABLE aggregated_metrics ALTER COLUMN period TYPE INTERVAL"
    )


def test_quetz_after_that_revision_goes_both_ways_over_its_merge(there: Track) -> None:
    done = from_the_middle(there, published.quetz, 12)

    assert done.passed(Phase.TEST), done.run
    assert done.rehearsal and done.rehearsal.problems == ()
    assert sum(done.rehearsal.copied.rows.values()) >= 200
    carried = [(c.revision, c.direction) for c in done.rehearsal.carried]
    assert len(carried) == 24 and ("ea6eba9a9ffc", Direction.BACK) in carried


def test_keylime_with_rows_gets_a_column_that_may_not_be_empty_and_has_no_value(there: Track) -> None:
    failed = from_the_middle(there, published.keylime, 12)

    assert failed.run and failed.run.state is RunState.FAILED
    assert failed.run.steps["sql"].state == "failed"
    assert failed.run.reason.startswith("9169f80345ed fails on the copy: ")
    assert 'column "supported_version" of relation "verifiermain" contains null values' in failed.run.reason


def test_keylime_from_empty_has_a_way_back_that_cannot_be_built(there: Track) -> None:
    failed = from_the_middle(there, published.keylime, 0)

    assert failed.run and failed.run.state is RunState.FAILED
    assert "bc3b6b551b0a failed: ArgumentError: Column must be constructed with a non-blank name" in (
        failed.run.reason
    )


def test_what_our_own_server_was_built_without_is_not_taken_for_the_scripts_fault(track: Track) -> None:
    published.quetz(track.root)
    track.yaml("tool: sql", "tool: alembic")
    track.yaml("phases: [test,", "phases: [plan, scripts, test,")
    track.started()
    found = track.findings()["fails-on-schema@a3ffa287d074"]

    assert "ICU is not supported in this build" in found.reason
    assert found.instead == ANOTHER
