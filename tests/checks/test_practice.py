"""What keeps others out, loses rows or breaks code is found; what is safe, new or small is let pass."""

from __future__ import annotations

import re

import pytest

from bot.checks.grammar import parsed
from bot.checks.practice import opinions, squawk
from bot.core.findings import Weight
from bot.core.targets import Kind
from tests.checks.made import evidence, found, notes, script, stops

UNSAFE = [
    ("CREATE INDEX i ON big (x)", "index-blocks-writes"),
    ("REINDEX TABLE big", "reindex-blocks-writes"),
    ("ALTER TABLE big ADD CONSTRAINT c CHECK (x > 0)", "constraint-checks-under-lock"),
    ("ALTER TABLE big ADD FOREIGN KEY (x) REFERENCES small (id)", "foreign-key-blocks-writes"),
    ("ALTER TABLE big ADD UNIQUE (x)", "unique-builds-index-under-lock"),
    ("ALTER TABLE big ADD PRIMARY KEY (x)", "unique-builds-index-under-lock"),
    ("ALTER TABLE big ADD EXCLUDE USING gist (x WITH &&)", "exclusion-checks-under-lock"),
    ("ALTER TABLE big ALTER x SET NOT NULL", "not-null-reads-under-lock"),
    ("ALTER TABLE big ALTER x TYPE bigint", "type-change-rewrites-table"),
    ("ALTER TABLE big ADD COLUMN x uuid DEFAULT gen_random_uuid()", "column-rewrites-table"),
    ("ALTER TABLE big ADD COLUMN x bigserial", "column-rewrites-table"),
    ("ALTER TABLE big ADD COLUMN x int GENERATED ALWAYS AS IDENTITY", "column-rewrites-table"),
    ("ALTER TABLE big ADD COLUMN x int GENERATED ALWAYS AS (y * 2) STORED", "column-rewrites-table"),
    ("ALTER TABLE big SET UNLOGGED", "table-written-anew"),
    ("ALTER TABLE big ADD COLUMN x int NOT NULL", "required-column-without-default"),
    ("ALTER TABLE big ADD COLUMN x json", "json-has-no-equality"),
    ("ALTER TABLE big DROP COLUMN x", "column-dropped"),
    ("ALTER TABLE big RENAME COLUMN x TO y", "column-renamed"),
    ("ALTER TABLE big RENAME TO huge", "table-renamed"),
    ("ALTER TABLE big SET SCHEMA other", "table-renamed"),
    ("ALTER SCHEMA a RENAME TO b", "schema-renamed"),
    ("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'", "enum-value-renamed"),
    ("ALTER TYPE mood RENAME TO feeling", "object-renamed"),
    ("DROP TABLE big", "table-dropped"),
    ("DROP SCHEMA s CASCADE", "schema-dropped"),
    ("DROP VIEW v", "object-dropped"),
    ("DROP TRIGGER t ON big", "object-dropped"),
    ("ALTER TABLE big DISABLE TRIGGER ALL", "trigger-disabled"),
    ("UPDATE big SET x = 1", "update-without-where"),
    ("DELETE FROM big WHERE true", "delete-without-where"),
    ("TRUNCATE big", "table-emptied"),
    ("TRUNCATE empty CASCADE", "table-emptied"),
    ("LOCK TABLE big IN SHARE MODE", "table-locked-by-hand"),
    ("REFRESH MATERIALIZED VIEW v", "view-refresh-blocks-reads"),
    ("CALL anything()", "statement-not-read"),
    ("CREATE RULE r AS ON INSERT TO big DO INSTEAD NOTHING", "rule-rewrites-statements"),
    ("MERGE INTO big USING small ON true WHEN MATCHED THEN DELETE", "delete-without-where"),
    ("DROP DATABASE shop", "database-dropped"),
    ("ALTER TABLE big DETACH PARTITION p", "partition-detach-blocks"),
    ("ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0)", "domain-checks-under-lock"),
    ("UPDATE big SET x = 1, x = 2 WHERE id = 3", "column-set-twice"),
    ("ALTER SYSTEM SET work_mem = '1GB'", "server-setting"),
]


@pytest.mark.parametrize(("sql", "rule"), UNSAFE)
def test_what_is_unsafe_stops_and_is_named_by_rule_and_revision(sql: str, rule: str) -> None:
    assert stops(found(sql)) == [f"{rule}@0001"]


@pytest.mark.parametrize("sql", [sql for sql, _ in UNSAFE])
def test_each_finding_names_what_it_is_about_and_its_safe_sql_is_right_by_the_grammar(sql: str) -> None:
    for one in found(sql):
        assert one.reason.endswith(".")
        assert one.instead.endswith(".")
        assert not re.search(r"  |None| ,", one.reason + one.instead)
        assert parsed(one.sql) or not one.sql


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE big ADD COLUMN x text",
        "ALTER TABLE big ADD COLUMN x int NOT NULL DEFAULT 7",
        "ALTER TABLE big ADD COLUMN x timestamptz DEFAULT now()",
        "ALTER TABLE big ADD COLUMN x int REFERENCES small (id)",
        "ALTER TABLE big ADD COLUMN x jsonb",
        "ALTER TABLE big ADD CONSTRAINT c CHECK (x > 0) NOT VALID",
        "ALTER TABLE big ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES small (id) NOT VALID",
        "ALTER TABLE big VALIDATE CONSTRAINT c",
        "ALTER TABLE big ADD CONSTRAINT c UNIQUE USING INDEX i",
        "ALTER TABLE big ALTER x SET DEFAULT 3",
        "ALTER TABLE big ALTER x DROP NOT NULL",
        "CREATE INDEX i ON small (x)",
        "ALTER TABLE small ALTER x TYPE bigint",
        "UPDATE small SET x = 1",
        "DROP TABLE empty",
        "CREATE VIEW v AS SELECT * FROM big",
        "CREATE TRIGGER t BEFORE INSERT ON big EXECUTE FUNCTION f()",
        "GRANT SELECT ON big TO reporting",
        "ALTER TYPE mood ADD VALUE 'calm'",
        "INSERT INTO big VALUES (1)",
        "UPDATE big SET x = 1 WHERE id = 7",
        "SET lock_timeout = '3s'",
        "CREATE TABLE fresh (id serial PRIMARY KEY, x json); CREATE INDEX i ON fresh (x); "
        "ALTER TABLE fresh ALTER x SET NOT NULL, ADD UNIQUE (id); DELETE FROM fresh; DROP TABLE fresh",
    ],
)
def test_what_is_quick_new_or_small_stops_nothing(sql: str) -> None:
    assert stops(found(sql)) == []


@pytest.mark.parametrize("sql", ["CREATE INDEX CONCURRENTLY i ON big (x)", "REINDEX INDEX CONCURRENTLY i"])
def test_what_lets_others_work_stops_nothing_outside_a_transaction(sql: str) -> None:
    assert stops(found(script(sql, transactional=False))) == []
    assert stops(found(sql)) == ["fails-in-transaction@0001"]


def test_a_finding_says_why_what_instead_and_the_safe_sql_with_the_projects_own_names() -> None:
    only = found('-- an index\n\nCREATE INDEX "By Day" ON big (made, lower(x)) WHERE y')[0]

    assert only.reason == "Nobody can write to big (8,000,000 rows) while the index By Day is built."
    assert only.instead.startswith("Build it concurrently, in a revision of its own")
    assert only.sql == 'CREATE INDEX CONCURRENTLY "By Day" ON big USING btree (made, lower(x)) WHERE y;'
    assert only.at == "migrations/0001.sql:3"
    assert {37, 121} <= set(only.lines)


@pytest.mark.parametrize(
    ("sql", "safe"),
    [
        (
            "ALTER TABLE big ADD FOREIGN KEY (a, b) REFERENCES small (a, b) ON DELETE CASCADE",
            "ALTER TABLE big ADD CONSTRAINT big_a_b_fkey FOREIGN KEY (a, b) REFERENCES small (a, b) "
            "ON DELETE CASCADE NOT VALID;\n-- in a revision after it:\n"
            "ALTER TABLE big VALIDATE CONSTRAINT big_a_b_fkey;",
        ),
        (
            'ALTER TABLE "Big" ADD COLUMN y int, ADD CONSTRAINT c UNIQUE ("user", x)',
            'CREATE UNIQUE INDEX CONCURRENTLY c ON "Big" ("user", x);\n-- in a revision after it:\n'
            'ALTER TABLE "Big" ADD CONSTRAINT c UNIQUE USING INDEX c;',
        ),
        (
            "UPDATE big SET a = 'x', b = c WHERE c > 5",
            "-- outside a transaction, until it changes no row:\nUPDATE big SET a = 'x', b = c\n"
            "WHERE ((c > 5) AND (a IS DISTINCT FROM 'x' OR b IS DISTINCT FROM c)) AND ctid = ANY (ARRAY("
            "SELECT ctid FROM big WHERE (c > 5) AND (a IS DISTINCT FROM 'x' OR b IS DISTINCT FROM c) "
            "LIMIT 5000));",
        ),
        ("UPDATE big SET a = a + 1 WHERE c > 5", ""),
        ("UPDATE big SET a[1] = 2 WHERE c > 5", ""),
        ("UPDATE big SET (a, b) = (1, 2) WHERE c > 5", ""),
        ("UPDATE big SET a = random() WHERE c > 5", ""),
        ("UPDATE big SET a = s.a FROM small s WHERE s.id = big.id", ""),
    ],
)
def test_safe_sql_keeps_all_that_was_asked_for_or_is_not_offered(sql: str, safe: str) -> None:
    assert [f.sql for f in found(sql)] == [safe]


def test_a_rule_that_speaks_twice_in_a_revision_is_told_apart_by_what_it_is_about() -> None:
    sql = "CREATE INDEX i ON big (x); CREATE INDEX j ON big (y)"
    names = stops(found(sql))

    assert names[:2] == ["index-blocks-writes@0001:big.i", "index-blocks-writes@0001:big.j"]
    assert stops(found(*sql.split(";"))) == ["index-blocks-writes@0001", "index-blocks-writes@0002"]
    unnamed = stops(found("ALTER TABLE big ADD UNIQUE (a), ADD UNIQUE (b), ADD UNIQUE (c)"))
    rule = "unique-builds-index-under-lock@0001:big"
    assert unnamed == [rule, f"{rule}:2", f"{rule}:3"]


def test_an_unknown_size_is_not_taken_for_a_small_one() -> None:
    assert stops(found("CREATE INDEX i ON elsewhere (x)")) == ["index-blocks-writes@0001"]
    assert notes(found("CREATE INDEX i ON small (x)")) == ["index-blocks-writes@0001"]


def test_a_proved_check_makes_not_null_quick() -> None:
    steps = [
        "ALTER TABLE big ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID",
        "ALTER TABLE big VALIDATE CONSTRAINT c",
        "ALTER TABLE big ALTER x SET NOT NULL; ALTER TABLE big DROP CONSTRAINT c",
    ]

    assert stops(found(*steps)) == []
    assert stops(found(steps[0], steps[2])) == ["not-null-reads-under-lock@0002"]


def test_slow_work_behind_a_lock_of_the_same_transaction_stops() -> None:
    sql = "ALTER TABLE big ADD COLUMN x text; UPDATE big SET x = 'y' WHERE z = 1"
    both = found(sql)

    assert stops(both) == ["work-under-lock@0001"]
    assert "Add column keeps others out of big (8,000,000 rows)" in both[-1].reason
    assert stops(found(*sql.split(";"))) == []
    proved = "ALTER TABLE big ADD CONSTRAINT c CHECK (x > 0) NOT VALID; ALTER TABLE big VALIDATE CONSTRAINT c"
    assert stops(found(proved)) == ["work-under-lock@0001"]
    assert stops(found(script(proved, transactional=False))) == []
    assert stops(found(script(f"BEGIN; {proved}; COMMIT", transactional=False))) == ["work-under-lock@0001"]


def test_a_view_of_the_old_name_lets_code_find_a_renamed_table() -> None:
    renamed = "ALTER TABLE big RENAME TO huge; CREATE VIEW big AS SELECT * FROM huge"

    assert stops(found(renamed)) == []
    assert notes(found(renamed)) == ["table-renamed-behind-view@0001"]
    assert stops(found(script(renamed, transactional=False))) == ["table-renamed@0001"]
    assert stops(found(*renamed.split(";"))) == ["table-renamed@0001"]


def test_a_table_that_is_dropped_and_made_again_begins_empty() -> None:
    only = found("DROP TABLE IF EXISTS big; CREATE TABLE big (id int)")

    assert stops(only) == ["table-dropped@0001"]
    assert "begins empty" in only[0].reason


def test_code_that_the_sql_does_not_show_stops() -> None:
    assert stops(found(script("", rendered=False))) == ["code-not-shown@0001"]


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("UPDATE big SET x = 1", "update-without-where"),
        ("DELETE FROM small", "delete-without-where"),
        ("DROP TABLE small", "table-dropped"),
        ("ALTER TABLE small DROP COLUMN x", "column-dropped"),
        ("ALTER TABLE small RENAME COLUMN x TO y", "column-renamed"),
        ("CREATE INDEX i ON big (x)", "index-locks-database"),
        (
            "CREATE TABLE t (x int); INSERT INTO t SELECT x FROM big; DROP TABLE big; "
            "ALTER TABLE t RENAME TO big",
            "table-rebuilt",
        ),
    ],
)
def test_sqlite_has_the_same_rules_in_its_own_words(sql: str, rule: str) -> None:
    assert stops(found(sql, kind=Kind.SQLITE)) == [f"{rule}@0001"]


def test_sqlite_is_never_told_to_do_what_it_cannot() -> None:
    for sql in ("CREATE INDEX i ON big (x)", "UPDATE big SET x = 1", "ALTER TABLE big RENAME TO huge"):
        for one in found(sql, kind=Kind.SQLITE):
            assert "CONCURRENTLY" not in one.sql + one.instead.upper()
            assert "ctid" not in one.sql
            assert "view" not in one.instead  # SQLite's views take no rows


def test_every_rule_of_squawk_that_is_named_here_is_one_that_it_knows() -> None:
    rules = opinions.RULES

    assert not set(rules.asked) & set(rules.left_out)
    with squawk.asked(
        [script("SELECT 1")], rules, 18
    ) as work:  # it ends with 2 at a name that it does not know
        assert work.remarks() == []
    wrong = squawk.Rules((*rules.asked, "no-such-rule"), rules.left_out)
    with squawk.asked([script("SELECT 1")], wrong, 18) as work, pytest.raises(squawk.Silent):
        work.remarks()


def test_no_rule_of_squawk_speaks_that_is_not_named_here() -> None:
    rules = opinions.RULES
    everything = script(
        "CREATE TABLE t (id serial, n int, c varchar(9)); ALTER TABLE t ALTER n SET DEFAULT 3"
    )
    with squawk.asked([everything], rules, 18) as work:
        assert {r.rule for r in work.remarks()} <= set(rules.asked)


def test_squawk_is_heard_at_the_right_line_of_the_right_script() -> None:
    scripts = [script("SELECT 1;\n;"), script("SELECT 2\n\n;\nDROP TABLE a"), script("\n\nDROP TABLE b;;")]
    alone = script("DROP TABLE c", transactional=False)
    with squawk.asked([*scripts, alone], opinions.RULES, 0) as work:
        places = {(r.script, r.line) for r in work.remarks() if r.rule == "ban-drop-table"}

    assert places == {(1, 4), (2, 3), (3, 1)}


def test_a_script_that_squawk_stumbles_over_hides_no_other() -> None:
    with squawk.asked([script("nonsense 'open"), script("DROP TABLE b")], opinions.RULES, 0) as work:
        rules = {(r.script, r.rule) for r in work.remarks()}

    assert (1, "ban-drop-table") in rules


def test_no_comment_in_a_script_silences_squawk() -> None:
    quiet = "-- squawk-ignore ban-drop-database\nDROP DATABASE shop;"

    assert stops(found(quiet)) == ["database-dropped@0001"]


def test_a_squawk_that_cannot_be_asked_is_said_and_the_own_rules_still_speak(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(squawk, "RELEASE", "1.99")
    heard = found("CREATE INDEX i ON big (x)")

    assert stops(heard) == ["index-blocks-writes@0001", "squawk-not-asked"]
    assert heard[-1].reason.startswith("Squawk 2.70")


def test_where_the_acts_are_blind_squawk_is_heard() -> None:
    blind = evidence("CREATE INDEX i ON big (x)")
    remark = squawk.Remark(0, 1, "require-concurrent-index-creation", "updates are blocked")
    unread = evidence("CALL anything()")

    assert list(opinions.findings([remark], blind)) == []
    heard = [f for _, f in opinions.findings([remark], unread)]
    assert [(f.rule, f.weight) for f in heard] == [("index-blocks-writes", Weight.STOP)]


def test_a_remark_of_squawk_does_not_make_an_unread_statement_harmless() -> None:
    assert "statement-not-read@0001" in stops(found("DROP OWNED BY somebody"))


def test_a_rule_of_squawk_that_nobody_knows_here_is_still_told() -> None:
    remark = squawk.Remark(0, 1, "brand-new-rule", "something is wrong")
    heard = [f for _, f in opinions.findings([remark], evidence("SELECT 1"))]

    assert [(f.rule, f.weight) for f in heard] == [("squawk-brand-new-rule", Weight.NOTE)]
    assert "something is wrong" in heard[0].reason
