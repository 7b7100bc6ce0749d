"""The survey of a SQLite file: the same questions, as far as a file can answer them."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from bot.checks import demands, dependents, foreign_keys, personal_data
from bot.core.errors import StepFailed
from bot.core.personal import Personal
from bot.core.survey import Demand, Demanded
from bot.core.targets import Kind
from bot.databases.sqlite_survey import SQLiteSurvey
from tests.databases.beds import Bed, target_of
from tests.survey.reading import evidence

CANARY = "canary.person@very-secret.example"
SCHEMA = [
    "CREATE TABLE customers (id integer PRIMARY KEY, email text)",
    'CREATE TABLE "Order ""Items" (id integer PRIMARY KEY, customer_id integer REFERENCES customers,'
    " note text, amount integer, flag boolean)",
    'CREATE VIEW large AS SELECT id, amount FROM "Order ""Items" WHERE amount > 50',
    "CREATE VIEW larger AS SELECT * FROM large",
    'CREATE TRIGGER noted AFTER UPDATE OF note ON "Order ""Items" BEGIN SELECT new.note; END',
    "INSERT INTO customers WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
    f" SELECT i, '{CANARY}' FROM n",
    'INSERT INTO "Order ""Items" WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400'
    ") SELECT i, i, CASE WHEN i % 10 THEN 'note' || (i % 7) END, i, true FROM n",
]
NAME = '"Order ""Items"'


@pytest.fixture
def shop(lite: Bed) -> Bed:
    lite.run(*SCHEMA)
    return lite


def test_tables_are_counted(shop: Bed) -> None:
    shop.run("CREATE INDEX by_amount ON " + NAME + " (amount)")
    states = SQLiteSurvey().states(shop.target, [NAME, "CUSTOMERS", "nothing"])

    assert [(s.name, s.rows, s.exact) for s in states] == [(NAME, 400, True), ("CUSTOMERS", 300, True)]
    assert [i.name for i in states[0].indexes] == ["by_amount"]
    assert states[0].heap >= 4096
    assert states[0].index_bytes >= 4096


def test_orphans_are_counted_and_a_missing_index_is_found(shop: Bed) -> None:
    (key,) = SQLiteSurvey().keys(shop.target, ["customers"])
    acts = evidence("DELETE FROM customers WHERE id = 1", kind=Kind.SQLITE).acts
    answer = foreign_keys.answer(acts, [key], Kind.SQLITE)

    assert (key.table, key.orphans, key.of, key.indexed) == (NAME, 100, 400, False)
    assert [f.rule for f in answer.findings] == ["foreign-key-orphans", "foreign-key-without-index"]
    with sqlite3.connect(shop.target.url.reveal().removeprefix("sqlite:///")) as link:
        assert len(link.execute(answer.findings[0].sql).fetchall()) == 100
        link.execute(answer.findings[1].sql)
    link.close()
    assert SQLiteSurvey().keys(shop.target, [NAME])[0].indexed


def test_views_of_views_and_triggers_are_found_by_their_text(shop: Bed) -> None:
    found = SQLiteSurvey().dependents(shop.target, [NAME])
    dropped = evidence(f"ALTER TABLE {NAME} DROP COLUMN amount", kind=Kind.SQLITE)
    renamed = evidence(f"ALTER TABLE {NAME} RENAME COLUMN amount TO total", kind=Kind.SQLITE)

    assert {(d.kind, d.name, d.through, d.columns) for d in found} == {
        ("view", "large", "", ("id", "amount")),
        ("view", "larger", "large", ()),
        ("trigger", "noted", "", ("note",)),
    }
    assert [f.place for f in dependents.answer(dropped.acts, found).findings] == ["0001:large"]
    assert dependents.answer(renamed.acts, found).ok


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (f"CREATE UNIQUE INDEX u ON {NAME} (note)", 360),
        (f"CREATE UNIQUE INDEX u ON {NAME} (lower(note)) WHERE amount <= 7", 0),
        (f"CREATE UNIQUE INDEX u ON {NAME} (id)", 0),
    ],
)
def test_rows_that_break_a_unique_index_are_counted_and_sqlite_agrees(shop: Bed, sql: str, rows: int) -> None:
    plan = evidence(sql, kind=Kind.SQLITE)
    (broken,) = SQLiteSurvey().broken(shop.target, demands.of_plan(plan))
    refused = False
    try:
        shop.run(sql)
    except sqlite3.IntegrityError:
        refused = True

    assert broken.rows == rows
    assert refused is bool(rows)


def test_other_demands_are_counted_too(shop: Bed) -> None:
    asked = [
        Demand(kind=Demanded.NOT_NULL, table=NAME, columns=("note",)),
        Demand(kind=Demanded.CHECK, table=NAME, sql="amount < 391"),
        Demand(kind=Demanded.FOREIGN_KEY, table=NAME, columns=("id",), parent="customers"),
        Demand(kind=Demanded.TYPE, table=NAME, columns=("id",), sql="INT"),
        Demand(kind=Demanded.NOT_NULL, table="nothing", columns=("id",)),
    ]
    found = SQLiteSurvey().broken(shop.target, asked)

    assert [b.rows for b in found] == [40, 10, 100, None, None]


def test_a_question_that_lasts_too_long_is_given_up(shop: Bed) -> None:
    many = "INSERT INTO customers WITH RECURSIVE n(i) AS (SELECT 301 UNION ALL SELECT i + 1 FROM n"
    shop.run(many + " WHERE i < 200000) SELECT i, '' FROM n")
    demand = Demand(kind=Demanded.UNIQUE, table="customers", columns=("email", "id"))
    (broken,) = SQLiteSurvey(seconds=0.0).broken(shop.target, [demand])

    assert (broken.rows, broken.why) == (None, "it took too long")


def test_shapes_are_found_and_no_value_is_kept(shop: Bed) -> None:
    looks = SQLiteSurvey().looks(shop.target, ["customers", NAME])
    answer = personal_data.answer((), looks)

    assert personal_data.classes(looks) == {"customers.email": Personal.EMAIL}
    assert "customers.email (email share 100 % of 200)" in answer.evidence
    assert "canary" not in repr((looks, answer))


def test_standing_is_what_a_file_can_tell(shop: Bed) -> None:
    survey, path = SQLiteSurvey(), Path(shop.target.url.reveal().removeprefix("sqlite:///"))
    access = survey.access(shop.target, [NAME])
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA journal_mode = WAL")
    other.close()
    (right,) = survey.rights(shop.target)

    assert access.written == "the file's write lock, given back"
    assert (survey.room(shop.target).free or 0) > 0
    assert survey.archiving(shop.target).why
    assert right.word == stat.filemode(path.stat().st_mode)
    assert survey.busy(shop.target, [NAME]).why
    assert survey.vitals(shop.target).wal is not None
    with pytest.raises(StepFailed, match="its file is not there"):
        survey.room(target_of(Kind.SQLITE, "sqlite:////nowhere/at/all"))


def test_plans_say_which_index_is_used_and_nothing_is_run(shop: Bed) -> None:
    shop.run("CREATE INDEX by_email ON customers (email)")
    plans = SQLiteSurvey().explain(
        shop.target,
        [
            "SELECT * FROM customers WHERE email = ?",
            "SELECT * FROM customers WHERE id + 1 = $1",
            "DELETE FROM customers; DROP TABLE customers",
            "DELETE FROM customers",
            "PRAGMA user_version = 5",
        ],
    )

    assert [p.indexes for p in plans[:2]] == [("by_email",), ()]
    assert [p.scanned for p in plans[:2]] == [(), ("customers",)]
    assert plans[2].error
    assert plans[4].error
    assert SQLiteSurvey().states(shop.target, ["customers"])[0].rows == 300
