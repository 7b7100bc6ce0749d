"""The ghost is told by what others will feel, and guesses no time."""

from __future__ import annotations

from bot.core.measures import LockHeld, Measured
from bot.core.plans import Ghost
from bot.slack.ghostly import ghost_rows


def statement(revision: str, *locks: tuple[str, str], **more: object) -> Measured:
    held = tuple(LockHeld(relation=t, mode=m, begin=0, seconds=0.001) for t, m in locks)
    return Measured(revision=revision, number=1, sql="x", seconds=0.001, locks=held, **more)  # type: ignore[arg-type]


GHOST = Ghost(
    forward=(
        statement(
            "0001", ("orders", "AccessExclusive"), ("orders", "Share"), rewritten=("orders", "orders_pkey")
        ),
        statement("0002", ("orders", "ShareUpdateExclusive")),
        statement(
            "0003", ("notes", "AccessExclusive"), ("customers", "ShareRowExclusive"), created=("notes",)
        ),
    ),
    prints={"start": "a", "forward": "b", "back": "a"},
    seconds=0.84,
)


def test_only_what_others_feel_is_told_and_never_of_tables_that_are_new() -> None:
    assert ghost_rows(GHOST, 42) == [
        "• `0001` keeps reads and writes off orders; writes orders and ordersˍpkey anew".replace("ˍ", "_"),
        "• `0003` keeps writes off customers",
        "Forward and back in 0.8 s. How long it takes, and what rows break, `/migrate run test 42` tells.",
    ]


def test_a_refusal_is_told_and_so_is_that_there_is_no_ghost() -> None:
    failing = Ghost(forward=(statement("0001", error="column <x> does not exist"),), seconds=0.3)

    assert ghost_rows(failing, 1)[0] == "• `0001` *fails*: column &lt;x&gt; does not exist"
    assert ghost_rows(Ghost(missing="pg_dump is too old."), 1) == ["None could be made: pg_dump is too old."]
    assert ghost_rows(None, 1) == []
