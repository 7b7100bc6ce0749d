"""Each check that answers lines of the template finds what it should, and passes what it should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.checks import assertions, failure, inventory, practice, reverse, syntax, testing, volume
from bot.checks.acts import Evidence
from bot.core.answers import Answer
from bot.core.plans import Assertion, Limits, Stage
from bot.core.targets import ENVIRONMENTS, Kind, Phase
from bot.template_file import own
from tests.checks.made import evidence, script


def inventoried(*sql: str) -> dict[int, Answer]:
    plan = evidence(*sql)
    return {a.lines[0]: a for a in inventory.answers(plan, practice.findings(plan))}


def test_statements_are_counted_by_kind_each_with_how_it_is_done() -> None:
    found = inventoried(
        "ALTER TABLE small ADD COLUMN x int",
        "CREATE INDEX i ON small (x)",
        "ALTER TABLE big ADD CONSTRAINT c CHECK (x > 0) NOT VALID",
        "CREATE VIEW v AS SELECT 1; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "GRANT SELECT ON small TO reporting",
        "UPDATE small SET x = 1 WHERE id = 2",
    )

    assert {line: a.evidence for line, a in found.items()} == {
        36: "1 on tables: 0001 add column x on small.",
        37: "1 on indexes: 0002 create index i on small (blocks writes).",
        38: "1 on constraints: 0003 add constraint not valid c on big (for new rows at once, without a long "
        "lock).",
        39: "2 on views, functions and triggers: 0004 view v; 0004 routine f.",
        40: "1 on grants, ownership and policies: 0005 grant.",
        41: "1 on rows: 0006 update on small (bounded by its WHERE).",
    }
    assert all(a.ok for a in found.values())


def test_a_kind_with_a_finding_that_stops_is_not_as_it_should_be_and_others_are() -> None:
    found = inventoried("CREATE INDEX i ON big (x)")

    assert [line for line, a in found.items() if not a.ok] == [37]
    assert [f.name for f in found[37].findings] == ["index-blocks-writes@0001"]


def test_an_inventory_with_something_unread_is_not_whole() -> None:
    found = inventoried("DO $$ BEGIN EXECUTE 'x'; END $$")

    assert not any(a.ok for a in found.values())
    assert found[37].evidence == "None on indexes; revision 0001 runs what cannot be read and may hold more."


def test_long_inventories_are_cut_short_and_counted() -> None:
    found = inventoried(*[f"ALTER TABLE small ADD COLUMN c{n} int" for n in range(9)])

    assert found[36].evidence.startswith("9 on tables: ")
    assert found[36].evidence.endswith(" and 3 more.")


@pytest.mark.parametrize(
    ("kind", "sql", "name", "words"),
    [
        (Kind.POSTGRESQL, "SELECT 1;\n\nALTER TABLE a ADD COLUM b int", "wrong-syntax@0001:3", 'near "int"'),
        (Kind.POSTGRESQL, "SELECT 'open", "wrong-syntax@0001:1", "unterminated quoted string"),
        (Kind.POSTGRESQL, "SELECT\n1 foo bar", "wrong-syntax@0001:2", 'near "bar"'),
        (Kind.SQLITE, "SELECT 1;\nDELETE a WHERE b = 1", "wrong-syntax@0001:2", 'near "a"'),
        (Kind.SQLITE, "CREATE TABLE a (", "wrong-syntax@0001:1", "incomplete input"),
    ],
)
def test_a_wrong_statement_is_found_with_its_line_and_the_servers_own_words(
    kind: Kind, sql: str, name: str, words: str
) -> None:
    said = syntax.answer(evidence(script(sql), kind=kind))

    assert not said.ok
    assert [f.name for f in said.findings] == [name]
    assert words in said.findings[0].reason
    assert said.findings[0].at == f"migrations/0001.sql:{name.rpartition(':')[2]}"


def test_every_wrong_statement_is_found_and_the_way_back_is_read_too() -> None:
    said = syntax.answer(evidence(script("nonsense;\nSELECT 1;\nrubbish", backward="SELECT (")))

    assert [f.name for f in said.findings] == [
        "wrong-syntax@0001:1",
        "wrong-syntax@0001:3",
        "wrong-syntax@0001:back:1",
    ]


@pytest.mark.parametrize("kind", [Kind.POSTGRESQL, Kind.SQLITE])
def test_what_is_right_passes_also_when_its_tables_are_not_there(kind: Kind) -> None:
    sql = (
        "ALTER TABLE nowhere ADD COLUMN b int; UPDATE nowhere SET b = 'x;' WHERE c IN (SELECT 1); DROP VIEW v"
    )
    said = syntax.answer(evidence(script(sql, backward="SELECT 1"), kind=kind))

    assert said.ok
    assert said.evidence.startswith("4 statements of 1 revisions, both ways, were read by ")


def test_reading_a_script_of_sqlite_does_nothing(tmp_path: pytest.TempPathFactory) -> None:
    other = f"{tmp_path}/other.db"
    sql = f"ATTACH '{other}' AS o; PRAGMA journal_mode = WAL; VACUUM INTO '{other}'; CREATE TABLE t (x)"
    said = syntax.answer(evidence(script(sql), kind=Kind.SQLITE))

    assert said.ok
    assert not list(tmp_path.iterdir())  # type: ignore[attr-defined]


def test_what_is_nested_beyond_reading_is_not_called_right() -> None:
    deep = "SELECT " + " || ".join(["'a'"] * 300)
    said = syntax.answer(evidence(script(deep)))

    assert not said.ok
    assert said.evidence.endswith("; 1 are too deeply nested to be read.")


def test_every_way_back_has_to_be_there_and_hold_something() -> None:
    good = script("SELECT 1", "0001", backward="SELECT 2; SELECT 3")
    none = script("SELECT 1", "0002", reversible=False)
    empty = script("SELECT 1", "0003", backward="-- nothing yet\n;")
    code = script("SELECT 1", "0004", rendered=False)

    assert reverse.answer(evidence(good, code)).ok
    said = reverse.answer(evidence(good, none, empty, code))
    assert said.lines == (14, 46, 48)
    assert said.evidence == (
        "2 of 4 revisions have reverse SQL, 2 statements in all; 0002 and 0003 cannot be taken back by a "
        "script."
    )
    assert [f.name for f in said.findings] == ["no-way-back@0002", "no-way-back@0003"]


def asked(sql: str, when: str = "after") -> Assertion:
    return Assertion(name="x", sql=sql, expect="0", when=when)


def test_every_table_whose_rows_change_needs_an_assertion_after_the_run() -> None:
    plan = evidence("UPDATE small SET x = 1; DELETE FROM big WHERE y = 1; ALTER TABLE empty ADD z int")
    of_small = asked("SELECT count(*) FROM public.Small WHERE x IS NULL")

    assert [f.name for f in assertions.answer(plan, []).findings] == [
        "change-not-asserted@small",
        "change-not-asserted@big",
    ]
    said = assertions.answer(plan, [of_small, asked("SELECT count(*) FROM big", "before")])
    assert not said.ok
    assert said.evidence == "Rows of big change, and no assertion asks about that after the run."
    assert assertions.answer(plan, [of_small, asked("SELECT 1 FROM a JOIN big ON true", "both")]).ok
    assert assertions.answer(plan, []).findings[0].sql == "SELECT count(*) FROM small WHERE x IS NULL;"


def test_rows_that_cannot_be_read_of_leave_the_line_open() -> None:
    assert not assertions.answer(evidence("CALL anything()"), []).ok
    assert assertions.answer(evidence("ALTER TABLE big ADD x int"), []).ok


STAGES = [
    Stage(phase=phase, target="t", place="p", roles=(), take_back=phase is not Phase.PRODUCTION)
    for phase in (Phase.DEVELOPMENT, Phase.STAGING, Phase.PRODUCTION)
]


def failing(plan: Evidence) -> Answer:
    return failure.answer(plan, Limits(), STAGES)


def test_what_happens_on_failure_is_stated_for_revisions_locks_and_phases() -> None:
    alone = script("CREATE INDEX CONCURRENTLY i ON big (x)", "0002", "DROP INDEX i", transactional=False)
    said = failing(evidence("ALTER TABLE big ADD x int", alone))

    assert said.ok
    assert said.evidence == (
        "1 of 2 revisions are rolled back as a whole by the database; 0002 commit as they go: what they left "
        "is named and held for a person; a lock not granted within 3.0 s is tried 5 times more; what was "
        "applied before is taken back by itself in development and staging; production asks its roles, again "
        "after 15 min."
    )


@pytest.mark.parametrize(
    ("sql", "reversible", "why"),
    [
        ("UPDATE big SET x = 1 WHERE id < 5", True, "changes rows"),
        ("DO $$ BEGIN EXECUTE 'x'; END $$", True, "cannot be read"),
        ("ALTER TABLE big ADD x int; ALTER TABLE big ADD y int", True, "several statements"),
        ("VACUUM FULL big", False, "no script takes it back"),
    ],
)
def test_a_revision_that_can_stop_half_way_unseen_is_named(sql: str, reversible: bool, why: str) -> None:
    half = script(sql, transactional=False, reversible=reversible)
    said = failing(evidence(half))

    assert [f.name for f in said.findings] == ["failure-leaves-a-part@0001"]
    assert why in said.findings[0].reason
    assert said.ok is reversible
    assert failing(evidence(script(sql))).ok


def test_large_or_unknown_volumes_and_statements_that_outlast_the_limit_leave_the_line_open() -> None:
    assert volume.answer(evidence("UPDATE small SET x = 1"), Limits()).ok
    assert not volume.answer(evidence("UPDATE big SET x = 1"), Limits()).ok
    assert not volume.answer(evidence("UPDATE nowhere SET x = 1"), Limits()).ok
    late = volume.answer(evidence("ALTER TABLE big ALTER x TYPE bigint"), Limits(step_timeout=20.0))
    assert [f.name for f in late.findings] == ["outlasts-time-limit@0001:big"]
    assert "takes about 28 s" in late.findings[0].reason


RULES = (
    Assertion(name="no order without total", sql="SELECT count(*) FROM small WHERE x IS NULL", expect="0"),
    Assertion(name="all are paid", sql="SELECT sum(x) FROM small", expect="7", when="both"),
)


def test_assertions_that_hold_on_the_copy_answer_and_those_that_do_not_are_named() -> None:
    plan = evidence("UPDATE small SET x = 1 WHERE id = 2")
    fine = assertions.held(plan, RULES, {"no order without total": "0", "all are paid": "7"})
    broken = assertions.held(plan, RULES, {"no order without total": "3"})

    assert (fine.ok, fine.evidence) == (True, "2 of 2 assertions hold on the copy.")
    assert fine.lines == (60, 61)
    assert (broken.ok, broken.evidence) == (
        False,
        "0 of 2 assertions hold on the copy; all are paid was not asked.",
    )
    assert [f.name for f in broken.findings] == ["assertion-broken@no order without total"]
    assert "says 3 where 0 was expected" in broken.findings[0].reason


def test_a_plan_that_may_change_rows_and_has_no_assertion_leaves_its_rules_open() -> None:
    assert assertions.held(evidence("ALTER TABLE small ADD COLUMN y int"), (), {}).ok
    assert not assertions.held(evidence("UPDATE small SET x = 1 WHERE id = 2"), (), {}).ok
    assert not assertions.held(evidence("DO $$ BEGIN EXECUTE 'x'; END $$"), (), {}).ok


def test_an_environment_is_tested_by_assertions_or_by_a_hook_of_qas() -> None:
    stages = [
        Stage(phase=phase, target="shop", place="x", roles=("dba",)) for phase in (Phase.PLAN, *ENVIRONMENTS)
    ]
    bare = testing.answer(stages, own(), {"smoke-tests", "deploy"}, [replace(RULES[0], when="before")])
    fine = testing.answer(stages, own(), {"smoke-tests"}, RULES)

    assert [f.name for f in bare.findings] == [
        "environment-not-tested@development",
        "environment-not-tested@staging",
    ]
    assert (bare.ok, bare.evidence) == (
        False,
        "Tested after the run: production by smoke-tests; development and staging by nothing.",
    )
    assert fine.ok
    assert fine.evidence.endswith("production by smoke-tests and 2 assertions.")
