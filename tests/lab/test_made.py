"""Rows that are made to the source's statistics."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.measures import Copying
from bot.core.targets import Target
from bot.databases.postgresql import PostgreSQL
from bot.databases.postgresql_scratch import PostgreSQLScratches
from tests.lab.stage import Fresh, copy
from tests.lab.zoo import LOOSE_ENDS

Source = Callable[..., Target]
MADE = Copying.MADE
PEOPLE = (
    "CREATE TYPE color AS ENUM ('red', 'green', 'blue')",
    "CREATE TABLE people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email varchar(60) NOT NULL,"
    " name text,"
    " likes color NOT NULL, born date, score int NOT NULL, height numeric(5, 2), seen timestamptz,"
    " tags text[], salary int, code char(3) CHECK (code ~ '^[0-9a-f]{3}$'), active bool NOT NULL,"
    " state text NOT NULL CHECK (state IN ('on', 'off')), extra jsonb CHECK (extra ? 'made'))",
    "CREATE UNIQUE INDEX ON people (lower(email))",
    "INSERT INTO people (email, name, likes, born, score, height, seen, tags, salary, code, active, state,"
    " extra)"
    " SELECT 'Ann.Meyer' || n || '@work.org', CASE WHEN n % 4 = 0 THEN NULL ELSE 'Ann Meyer ' || n END,"
    " CASE WHEN n % 10 = 0 THEN 'blue' ELSE 'red' END::color, date '1970-01-01' + n, 500 + n % 100,"
    " 150 + n % 50, timestamptz '2026-01-01' + n * interval '1 hour', '{secret}', 90000 + n, '0ab',"
    " n % 5 > 0,"
    " CASE WHEN n % 2 = 0 THEN 'on' ELSE 'off' END, '{\"made\": \"private\"}'"
    " FROM generate_series(1, 4000) n",
    "ANALYZE",
)


def test_made_rows_keep_every_key_and_rule_of_the_schema(zoo: Target, scratches: PostgreSQLScratches) -> None:
    made, copied = copy(scratches, zoo, MADE, rows=2000)

    assert dict(made.rows(LOOSE_ENDS)) == dict.fromkeys(("boss", "lead", "first", "team", "deal", "event"), 0)
    assert PostgreSQL().fingerprint(made.target) == PostgreSQL().fingerprint(zoo)
    assert copied.rows == {
        "people": 2000, '"Sales Teams"': 100, "deals": 2000, "events": 2000, "marks": 2000, "loose": 50,
    }  # fmt: skip
    assert copied.notes == ()
    assert made.one("SELECT count(*) FROM people WHERE boss IS NOT NULL") > 1000, "circles are closed"
    assert made.one('SELECT count(*) FROM "Sales Teams" WHERE "First Deal" IS NOT NULL') > 50
    assert made.one("SELECT count(DISTINCT boss) FROM people") > 500
    assert made.one("SELECT count(*) FROM loose WHERE said = 'a trigger; fired'") == 0
    assert made.rows("SELECT version_num FROM alembic_version") == [("0006",)]
    assert made.one("SELECT nextval('deals_id_seq')") > 2000


def test_made_values_have_the_statistics_and_nothing_of_the_text(
    source: Source, scratches: PostgreSQLScratches
) -> None:
    origin = source(*PEOPLE)

    made, copied = copy(scratches, origin, MADE)

    assert copied.rows == {"people": 4000}
    share = "SELECT avg(({})::int)::float FROM people"
    assert made.one(share.format("name IS NULL")) == pytest.approx(0.25, abs=0.05)
    assert made.one(share.format("likes = 'blue'")) == pytest.approx(0.1, abs=0.03)
    assert made.one(share.format("likes = 'green'")) == 0
    assert made.one(share.format("active")) == pytest.approx(0.8, abs=0.05)
    assert made.rows("SELECT min(score) >= 500, max(score) < 600, avg(score)::int FROM people")[0][:2] == (
        True,
        True,
    )
    assert made.one("SELECT count(DISTINCT seen) FROM people") > 3000
    assert made.one("SELECT min(seen) >= '2026-01-01' AND max(seen) < '2026-07-01' FROM people")
    assert made.one("SELECT avg(length(email))::int FROM people") in range(15, 40)
    assert made.one(share.format("state = 'on'")) == pytest.approx(0.5, abs=0.1)
    whole = made.one("SELECT string_agg(to_jsonb(p)::text, ' ') FROM people p")
    for word in ("Ann", "Meyer", "work.org", "secret", "private"):
        assert word not in whole
    assert made.one(share.format("salary >= 90000")) == 0, "a salary's own range is nobody's business"


def test_what_the_source_has_once_is_made_once_and_what_it_has_not_is_null(
    source: Source, scratches: PostgreSQLScratches
) -> None:
    origin = source(
        "CREATE TABLE files (id int PRIMARY KEY, owner text UNIQUE, name text, path varchar(40), kind text)",
        "INSERT INTO files SELECT n, CASE WHEN n % 4 > 0 THEN 'o' || n END, 'n' || n,"
        " CASE WHEN n % 2 > 0 THEN 'p' || n END, 'k' || n % 9 FROM generate_series(1, 3000) n",
        "ANALYZE",
    )

    made, copied = copy(scratches, origin, MADE)

    assert copied.rows == {"files": 3000}
    # No rule of the schema says so of these two, and the change may be about to add one.
    assert made.one("SELECT count(name) - count(DISTINCT name) FROM files") == 0
    assert made.one("SELECT count(path) - count(DISTINCT path) FROM files") == 0
    assert made.one("SELECT count(DISTINCT kind) FROM files") < 100
    for column, share in (("owner", 0.25), ("name", 0), ("path", 0.5)):
        nulls = made.one(f"SELECT avg(({column} IS NULL)::int)::float FROM files")
        assert nulls == pytest.approx(share, abs=0.05), column


def test_pairs_of_parents_come_once_each(source: Source, scratches: PostgreSQLScratches) -> None:
    origin = source(
        "CREATE TABLE a (id serial PRIMARY KEY)", "CREATE TABLE b (id serial PRIMARY KEY)",
        "CREATE TABLE ab (a int REFERENCES a, b int REFERENCES b, PRIMARY KEY (a, b))",
        "CREATE TABLE more (a int PRIMARY KEY REFERENCES a, what text)",
        "INSERT INTO a SELECT generate_series(1, 60)", "INSERT INTO b SELECT generate_series(1, 50)",
        "INSERT INTO ab SELECT a.id, b.id FROM a, b", "INSERT INTO more SELECT id, 'x' FROM a", "ANALYZE",
    )  # fmt: skip

    made, copied = copy(scratches, origin, MADE)

    assert copied.rows == {"a": 60, "b": 50, "ab": 3000, "more": 60}
    assert made.one("SELECT count(DISTINCT (a, b)) FROM ab") == 3000


def test_rows_that_cannot_be_made_are_left_out_and_named(
    source: Source, scratches: PostgreSQLScratches
) -> None:
    origin = source(
        "CREATE TABLE odd (id int PRIMARY KEY, word text NOT NULL CHECK (word ~ '^x.*y$'))",
        "CREATE TABLE child (odd int NOT NULL REFERENCES odd)",
        "CREATE EXTENSION btree_gist",
        "CREATE TABLE stays (room int NOT NULL, days daterange NOT NULL, EXCLUDE USING gist (room WITH =))",
        "INSERT INTO odd VALUES (1, 'xy')", "INSERT INTO child VALUES (1)",
        "INSERT INTO stays SELECT n, daterange('2026-01-01', '2026-01-03') FROM generate_series(1, 30) n",
        "ANALYZE",
    )  # fmt: skip

    made, copied = copy(scratches, origin, MADE)

    assert PostgreSQL().fingerprint(made.target) == PostgreSQL().fingerprint(origin)
    assert copied.rows == {"odd": 0, "child": 0, "stays": 0}
    assert "odd has no rows: none could be made that keeps its checks." in copied.notes
    assert any(note.startswith("child has no rows: its parent") for note in copied.notes)
    assert any(note.startswith("stays and what points at it have no rows") for note in copied.notes)


def test_a_source_that_was_never_analysed_is_said_to_be(
    source: Source, scratches: PostgreSQLScratches
) -> None:
    origin = source("CREATE TABLE t (id int PRIMARY KEY, a text)", "INSERT INTO t VALUES (1, 'a')")

    made, copied = copy(scratches, origin, MADE, rows=10)

    assert copied.notes[0] == "t was never analysed: its values are made without statistics."
    assert Fresh(made.target).one("SELECT count(*) FROM t") == copied.rows["t"] == 10
