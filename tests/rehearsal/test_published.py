"""Real input: what a rehearsal measures of the published revisions of quetz, on rows made to the statistics
of a production that is in use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.core.codec import read
from bot.core.events import Direction
from bot.core.findings import Weight
from bot.core.measures import Copying, Measured
from bot.core.plans import Limits
from bot.core.runs import RunState
from bot.core.targets import Kind, Phase
from bot.databases.embedded import Server
from bot.databases.labs import Labs
from tests.databases.beds import target_of
from tests.steps import published
from tests.steps.conftest import NAMES, YAML, Track

#: A server that is in use. Every fourth user is the anonymous holder of a key that a real one owns.
FILLED = (
    "INSERT INTO users (id, username, role) SELECT decode(md5('u' || g), 'hex'),"
    " CASE WHEN g % 4 > 0 THEN 'user' || g END, 'member' FROM generate_series(1, 200) g",
    "INSERT INTO channels (name, private) SELECT 'channel' || g, g % 2 = 0 FROM generate_series(1, 20) g",
    "INSERT INTO api_keys (key, user_id, owner_id) SELECT md5('k' || g), decode(md5('u' || 4 * g), 'hex'),"
    " decode(md5('u' || 4 * g - 1), 'hex') FROM generate_series(1, 50) g",
    "INSERT INTO packages (name, channel_name) SELECT 'package' || g, 'channel' || 1 + g % 20"
    " FROM generate_series(1, 400) g",
    "INSERT INTO package_versions (id, channel_name, package_name, platform, version, filename, uploader_id,"
    " size)"
    " SELECT decode(md5('v' || g), 'hex'), 'channel' || 1 + g % 400 % 20, 'package' || 1 + (g + 399) % 400,"
    " 'noarch', g::text, 'file' || g, decode(md5('u' || 1 + g % 200), 'hex'), g"
    " FROM generate_series(400, 6399) g",
    "INSERT INTO aggregated_metrics (id, channel_name, platform, filename, metric_name, period, count,"
    " timestamp)"
    " SELECT decode(md5('m' || g), 'hex'), 'channel1', 'noarch', 'file' || g, 'download', 'day', g, now()"
    " FROM generate_series(1, 3000) g",
    "ANALYZE",
)


@pytest.fixture
def quetz(tmp_path: Path, debian_server: Server) -> Iterator[Track]:
    """The project on a server that has ICU, with databases that are empty."""
    published.quetz(tmp_path)
    text = YAML.replace("tool: sql", "tool: alembic").replace(
        "{faults: 1s}", '{server: "${LAB}", faults: 1s, data: made}'
    )
    (tmp_path / "whimbrel.yaml").write_text(text)
    environ = {name: debian_server.create(f"quetz_{uuid4().hex[:8]}") for name in NAMES}
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    labs = Labs(folder, "a store of these tests")
    made = Track(tmp_path, environ=environ | {"LAB": debian_server.url("postgres")}, labs=labs)
    yield made
    made.stopping.set()
    made.close()
    labs.close()
    shutil.rmtree(folder)


def stand_at(track: Track, revision: str) -> None:
    """Each environment stands at a revision; production is in use."""
    tool = track.projects.tool("shop")
    for name in NAMES:
        where = target_of(Kind.POSTGRESQL, track.environ[name])
        session = tool.open(where, Limits(), "test", tool.scripts(""))
        for script in tool.scripts(revision):
            session.carry(script.revision, Direction.FORWARD)
        session.close()
    track.on("PRODUCTION", *FILLED)


def locks(found: Iterable[Measured]) -> list[tuple[str, str, str]]:
    """Which revision shuts which table out of what."""
    return [(m.revision, lock.relation, lock.mode) for m in found for lock in m.locks]


def test_a_type_that_grows_rewrites_its_tables_and_one_that_has_no_cast_has_no_way_back(quetz: Track) -> None:
    stand_at(quetz, "8dfb7c4bfbd7")
    failed = quetz.rehearsed()

    assert failed.run and failed.run.state is RunState.FAILED
    measured = read(Measured, failed.run.steps["sql"].facts["statements"])
    # INTEGER becomes BIGINT: both tables are written anew while nobody may read them.
    grown = [m for m in measured if m.revision == "53f81aba78ce"]
    assert {name for m in grown for name in m.rewritten} >= {"channels", "package_versions"}
    assert {lock[1:] for lock in locks(grown)} >= {
        ("channels", "AccessExclusive"),
        ("package_versions", "AccessExclusive"),
    }
    # It goes forward only, for here the type is the one that it would become.
    assert failed.run.steps["tool"].state == "failed"
    assert failed.run.reason.startswith(
        'On the copy, on the way back: 0653794b6252 failed: column "period" cannot be cast automatically to'
        " type interval"
    )


def test_a_way_back_that_takes_uploads_from_their_owners_is_found_on_made_rows(quetz: Track) -> None:
    stand_at(quetz, "0653794b6252")
    done = quetz.rehearsed()

    assert done.passed(Phase.TEST), done.run
    assert done.run and done.rehearsal
    assert done.rehearsal.copied.how is Copying.MADE
    assert done.rehearsal.copied.rows["package_versions"] == 6000
    assert locks(done.rehearsal.statements) == [
        ("b9886d9cadb0", "aggregated_metrics", "Share"),
        ("b9886d9cadb0", "aggregated_metrics", "AccessExclusive"),
        ("b9886d9cadb0", "package_versions", "Share"),
        ("ebe550f9fbbe", "api_keys", "AccessExclusive"),
        ("3c3288034362", "channels", "AccessExclusive"),
        ("0a0ab48887ab", "jobs", "AccessExclusive"),
        ("cddba8e6e639", "jobs", "AccessExclusive"),
        ("d212023a8e0b", "identities", "ShareRowExclusive"),
        ("d212023a8e0b", "users", "ShareRowExclusive"),
        ("3ba25f23fb7d", "api_keys", "AccessShare"),
        ("3ba25f23fb7d", "users", "AccessShare"),
    ]
    assert [m.rewritten for m in done.rehearsal.statements if m.rewritten] == []
    scanned = {name: rows for m in done.rehearsal.statements for name, rows in m.scanned.items() if rows}
    assert scanned["package_versions"] == 6000 and scanned["aggregated_metrics"] == 3000

    # The schema comes back. But the last revision gives the uploads of anonymous keys to their owners, and
    # its way back gives every upload of an owner to the anonymous.
    assert done.run.steps["sql"].evidence.endswith("1 revision with code was carried by the tool")
    assert done.rehearsal.prints["back"] == done.rehearsal.prints["start"]
    assert done.rehearsal.prints["again"] == done.rehearsal.prints["forward"]
    assert {name: f.reason for name, f in quetz.findings().items() if f.weight is Weight.STOP} == {
        "data-differs@package_versions": "package_versions is not as it was (6,000 rows), which the plan does"
        " not mean to change, and nobody else wrote.",
        "rehearsal-went-wrong@1": "After the way back the rows of package_versions are not as they were at"
        " the start.",
    }


def test_from_empty_its_forward_half_is_measured_before_the_way_back_fails(quetz: Track) -> None:
    failed = quetz.rehearsed()

    assert failed.run and failed.run.state is RunState.FAILED
    assert failed.run.steps["copy"].state == failed.run.steps["sql"].state == "done"
    measured = read(Measured, failed.run.steps["sql"].facts["statements"])
    created = {name for m in measured for name in m.created}
    assert {"users", "package_versions", "aggregated_metrics", "emails"} <= created
    assert not any(rows for m in measured for rows in m.scanned.values())
    assert "0653794b6252 failed" in failed.run.reason
