"""What follows from measurements, without a database: growth, aims, tallies, findings, a script's numbers."""

from __future__ import annotations

import pytest

from bot.core.intruders import Hold
from bot.core.locks import MODES, strength
from bot.core.measures import Felt, LockHeld, Measured
from bot.databases.load_tally import Tally, part_of
from bot.databases.postgresql_load_script import evaluate, filled, read
from bot.rehearsal.aims import CONFLICTS, Aim, aims
from bot.rehearsal.felt import findings
from bot.rehearsal.growth import growth, sentence


def measured(number: int, sql: str, *locks: tuple[str, str], seconds: float = 0.01, **rows: int) -> Measured:
    held = tuple(LockHeld(relation=relation, mode=mode, begin=0, seconds=1) for relation, mode in locks)
    return Measured(revision="0001", number=number, sql=sql, seconds=seconds, locks=held, rows=rows)


class TestGrowth:
    @pytest.mark.parametrize(
        ("small", "large", "power", "said"),
        [
            (
                (10_000, 0.3),
                (40_000, 1.2),
                1.0,
                "grows with the rows: about 30 s per million (0.3 s at 10,000 rows",
            ),
            (
                (1000, 0.5),
                (10_000, 50.0),
                2.0,
                "grows faster than the rows: ten times the rows take 100 times as",
            ),
            (
                (1000, 0.5),
                (100_000, 5.0),
                0.5,
                "grows more slowly than the rows: ten times the rows take 3 times",
            ),
            ((1000, 0.5), (100_000, 0.5), 0.0, "does not grow with the rows (0.5 s at 1,000"),
            ((1000, 0.5), (100_000, 0.4), -0.05, "does not grow with the rows"),
            ((1000, 0.004), (100_000, 0.04), None, "less than 0.05 s at both sizes: too quick to tell"),
            ((1000, 1.0), (1200, 1.1), None, "the two sizes are too alike to tell"),
            ((0, 1.0), (1200, 1.1), None, "too alike to tell"),
        ],
    )
    def test_two_sizes_give_the_law_and_its_sentence(
        self, small: tuple[int, float], large: tuple[int, float], power: float | None, said: str
    ) -> None:
        found = growth("0010", large, small)

        assert (found.small_rows, found.large_rows) == (small[0], large[0])
        assert found.exponent == (None if power is None else pytest.approx(power, abs=0.02))
        assert said in sentence(found) and sentence(found).startswith("0010")

    def test_what_was_too_quick_at_the_small_size_alone_still_tells(self) -> None:
        assert growth("0010", (1000, 0.0), (1_000_000, 5.0)).exponent == pytest.approx(1.0, abs=0.01)


class TestAims:
    def test_conflicts_are_those_of_the_documentation(self) -> None:
        assert {(a, b) for a in MODES for b in CONFLICTS[a]} == {(b, a) for a in MODES for b in CONFLICTS[a]}
        # Its table has 8, 8, 7, 5, 5, 4, 2 and 1 conflicts for the modes from the strongest down.
        assert [len(CONFLICTS[mode]) for mode in MODES] == [1, 2, 4, 5, 5, 6, 7, 8]
        assert all(strength(mode) >= 0 for stopped in CONFLICTS.values() for mode in stopped)

    def test_the_last_statement_that_waits_alone_is_meant(self) -> None:
        both = [measured(1, "UPDATE", ("t", "RowExclusive")), measured(2, "ALTER", ("t", "AccessExclusive"))]
        first = measured(1, "ALTER", ("t", "AccessExclusive"))
        again = [first, measured(2, "ALTER", ("t", "AccessExclusive"), ("u", "Share"))]

        assert next(aims(both, {"t"}, refuse=True)) == Aim(
            number=2, hold=Hold(relation="t", mode="AccessShare")
        )
        # u is met in the second statement only; of a table that is not there before, nobody can hold a lock.
        assert next(aims(again, {"t", "u"}, refuse=True)).hold == Hold(relation="u", mode="RowExclusive")
        assert next(aims(again, {"t"}, refuse=True)).number == 1

    def test_what_is_built_aside_waits_for_a_writer(self) -> None:
        built = [measured(1, "CREATE INDEX concurrently i ON t (a)", ("t", "ShareUpdateExclusive"))]

        assert next(aims(built, {"t"}, refuse=False)).hold == Hold(relation="t", mode="RowExclusive")

    def test_rows_are_struck_in_their_middle_and_long_statements_by_the_clock(self) -> None:
        rows = [measured(1, "UPDATE t SET a = 1", ("t", "RowExclusive"), t=50)]
        long = [measured(1, "SELECT 1"), measured(2, "CREATE INDEX i ON t (a)", ("t", "Share"), seconds=4.0)]

        assert next(aims(rows, {"t"}, refuse=False)).hold == Hold(relation="t", mode="RowShare", row=True)
        assert next(aims(long, {"t"}, refuse=False)) == Aim(number=2, after=2.0)
        assert next(aims(long, {"t"}, refuse=True)).hold == Hold(relation="t", mode="RowExclusive")

    def test_the_tools_own_line_is_the_last_resort(self) -> None:
        assert list(aims([measured(1, "CREATE VIEW v")], set(), refuse=False)) == [
            Aim(number=2, hold=Hold(relation="", mode="Share"))
        ]
        assert [aim.number for aim in aims([], set(), refuse=True)] == [0]


class TestTally:
    def test_the_worst_and_the_quantiles_are_those_of_the_times(self) -> None:
        tally = Tally(["a", "b"], interval=10.0)
        for n in range(1, 101):
            tally.took("before", 0, n / 1000)
        tally.took("during", 1, 0.5)
        tally.took("during", 0, 0.3)
        felt = tally.felt("by hand")

        assert felt.p95_before == pytest.approx(0.095, rel=0.03)
        assert (felt.worst, felt.worst_sql, felt.statements, felt.p95_after) == (0.5, "b", 102, 0.0)

    def test_who_waits_sends_nothing_and_that_is_made_up_for(self) -> None:
        waiting = Tally(["a"], interval=0.01)
        for _ in range(99):
            waiting.took("during", 0, 0.001)
        waiting.took("during", 0, 1.0)

        # A second of standing still beside a second of work: one time in twenty was in its last tenth.
        assert waiting.felt("x").p95_during > 0.8

    def test_what_reached_into_the_change_was_there_because_of_it(self) -> None:
        assert part_of("before", "before") == "before" and part_of("after", "after") == "after"
        for began, ended in (("before", "during"), ("during", "after"), ("before", "after")):
            assert part_of(began, ended) == "during"

    def test_there_is_an_end_to_the_different_errors(self) -> None:
        tally = Tally(["SELECT 1"], interval=1.0)
        for n in range(50):
            tally.failed("during", 0, 0.1, f"error {n}")

        assert len(tally.felt("x").errors) == 21 and tally.felt("x").errors["other errors"] == 30


def test_an_error_of_the_change_is_a_finding_and_one_from_before_is_none() -> None:
    errors = {'column "a" does not exist, in: SELECT a': 3, "x, in: B": 1, "before the change: x, in: B": 4}
    times = dict.fromkeys(("p95_before", "p95_during", "p95_after", "worst"), 0.0)
    felt = Felt(source="the 2 busiest statements", worst_sql="", statements=9, errors=errors, **times)

    assert [finding.reason for finding in findings(felt)] == [
        'The old application\'s statement fails: column "a" does not exist, in: SELECT a'
        " (3 times; the 2 busiest statements)."
    ]


class TestScript:
    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            ("7 / 2", 3),
            ("-7 / 2", -3),
            ("-7 % 3", -1),
            ("7.0 / 2", 3.5),
            (":scale * 10 + abs(-2)", 32),
            ("2 * (3 - 1)", 4),
            ("greatest(1, least(5, 3))", 3),
        ],
    )
    def test_numbers_are_pgbenchs(self, expression: str, value: float) -> None:
        assert evaluate(expression, {"scale": 3}) == value

    @pytest.mark.parametrize(
        "draw",
        [
            "random(3, 9)",
            "random_gaussian(3, 9, 2.5)",
            "random_exponential(3, 9, 5)",
            "random_zipfian(3, 9, 1.2)",
            "random_zipfian(3, 9, 1)",
        ],
    )
    def test_draws_stay_within_their_bounds_and_reach_them(self, draw: str) -> None:
        drawn = {evaluate(draw, {}) for _ in range(3000)}

        assert min(drawn) == 3 and max(drawn) == 9 and all(isinstance(n, int) for n in drawn)

    @pytest.mark.parametrize("bad", ["__import__('os')", "a.b", "2 ** 9", "[1]", "x", "1 +", "'a'", "1 / 0"])
    def test_what_is_no_number_is_refused(self, bad: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            evaluate(bad, {})

    def test_statements_end_at_semicolons_that_are_none_of_a_text(self) -> None:
        text = "SELECT ';', \"a;\" -- ; no\n, $x$;\n;$x$;\n/* ;\n */ SELECT 2; SELECT :a::int, ':b'\n"

        assert [line.sql for line in read("load.sql", text)] == [
            "SELECT ';', \"a;\" -- ; no\n, $x$;\n;$x$",
            "SELECT 2",
            "SELECT :a::int, ':b'",
        ]
        assert filled("SELECT :a::int, :b, '12:30'", {"a": 5}) == "SELECT 5::int, :b, '12:30'"
