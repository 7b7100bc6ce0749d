"""The SQL of a rehearsal, statement by statement: what it does not show is done too, and who is to blame."""

from __future__ import annotations

from bot.core.lab import ANOTHER
from bot.core.runs import RunState
from bot.core.targets import Phase

from .conftest import Track
from .test_alembic_code import ENV

HEAD = """
from alembic import op
import sqlalchemy as sa

revision = "{name}"
down_revision = {down!r}

"""
PLACE = """
def upgrade():
    op.add_column("orders", sa.Column("place", sa.Text))


def downgrade():
    op.drop_column("orders", "place")
"""
#: Its SQL is known up to the question.
TALLY = """
def upgrade():
    op.add_column("orders", sa.Column("tally", sa.Integer))
    found = op.get_bind().execute(sa.text("SELECT count(*), count(place) FROM orders")).one()
    op.create_table("tallies", sa.Column("n", sa.Integer, nullable=False))
    op.execute(f"INSERT INTO tallies VALUES ({found[0]})")


def downgrade():
    op.drop_table("tallies")
    op.drop_column("orders", "tally")
"""
#: It stands on what the one before did in code.
INDEX = """
def upgrade():
    op.create_index("tallies_n", "tallies", ["n"])


def downgrade():
    op.drop_index("tallies_n")
"""
WRONG = """
def upgrade():
    op.get_bind().execute(sa.text("SELECT 1 / (count(*) - count(*)) FROM orders")).one()


def downgrade():
    pass
"""


def project(track: Track, *bodies: str) -> None:
    """Revisions of Alembic, one upon the other."""
    (track.root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/scripts\n")
    versions = track.root / "scripts" / "versions"
    versions.mkdir(parents=True)
    (track.root / "scripts" / "env.py").write_text(ENV)
    for number, body in enumerate(bodies, 1):
        down = f"000{number - 1}" if number > 1 else None
        head = HEAD.format(name=f"000{number}", down=down)
        (versions / f"000{number}_it.py").write_text(head + body)
    track.yaml("tool: sql", "tool: alembic")


def test_a_revision_may_stand_on_what_one_before_it_did_in_code(track: Track) -> None:
    project(track, PLACE, TALLY, INDEX)
    done = track.rehearsed()

    assert done.passed(Phase.TEST), done.run
    assert done.run and done.rehearsal
    assert done.run.steps["sql"].evidence.endswith("; 1 revision with code was carried by the tool")
    # What is known of its SQL is measured, too, and the schema is the one that the tool leads to.
    measured = {
        name: [s for s in done.rehearsal.statements if s.revision == name] for name in ("0002", "0003")
    }
    assert measured["0002"][0].sql == "ALTER TABLE orders ADD COLUMN tally INTEGER"
    assert [(lock.relation, lock.mode) for lock in measured["0002"][0].locks] == [
        ("orders", "AccessExclusive")
    ]
    assert measured["0003"][0].created == ("tallies_n",)
    assert done.rehearsal.prints["sql"] == done.rehearsal.prints["forward"]
    assert {growth.revision for growth in done.rehearsal.growth} == {"0001", "0002", "0003"}
    track.close()  # what is dropped last is dropped after the run's end is known
    assert track.scratches() == []


def test_code_that_fails_on_the_copy_is_named_itself(track: Track) -> None:
    project(track, PLACE, WRONG, INDEX)
    failed = track.rehearsed()

    assert failed.run and failed.run.state is RunState.FAILED
    assert failed.run.reason == "0002 fails on the copy: division by zero"
    track.close()  # what is dropped last is dropped after the run's end is known
    assert track.scratches() == []


def test_what_the_rehearsal_server_was_built_without_is_not_the_scripts_fault(track: Track) -> None:
    made = "CREATE COLLATION nocase (provider = icu, locale = 'und', deterministic = false);"
    track.script("0001_collation", made, "DROP COLLATION nocase;")
    failed = track.rehearsed()

    assert failed.run and failed.run.state is RunState.FAILED
    assert failed.run.reason == "0001 fails on the copy: ICU is not supported in this build"
    assert failed.run.hint == ANOTHER
