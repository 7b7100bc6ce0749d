"""A production run whose bot is killed again and again, and what is looked at each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from bot.core import events as e
from bot.core.changes import Change
from bot.core.events import Entry
from bot.core.moves import Status
from tests.acceptance.stage import Bot, Stage

#: Three batches of the backfill: one of them can be done while another waits.
ORDERS, FIRST_BATCH = 25_000, 10_000


@dataclass
class Trial:
    """A run, the bot that carries it, and the blows dealt."""

    stage: Stage
    bot: Bot
    run: str
    number: int = 1
    #: A person finishes by hand what 0004 left half-done, and says that it is there; else it is run again.
    by_hand: bool = False
    #: (where, step): "middle" and "end" where they were meant to be, "beside" else.
    blows: list[tuple[str, str]] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    #: What was on record at the newest blow, and where each step was begun last.
    mark: int = 0
    begun_at: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.change = Change(id=self.number)

    def look(self) -> Change:
        """Take in what the journal has new."""
        for entry in self.stage.entries(self.number, self.change.seq):
            self.change.take(entry)
            if isinstance(entry.event, e.StepStarted) and entry.event.run == self.run:
                self.begun_at[entry.event.step] = entry.seq
        return self.change

    def state(self, step: str) -> str:
        """How a step stands: "" while it was not begun."""
        run = self.look().runs.get(self.run)
        known = run.steps.get(step) if run else None
        return known.state if known else ""

    def strike(self, where: str, step: str) -> None:
        """SIGKILL; nothing that was on record is lost, and nothing is added by the dead."""
        if not self.bot.runs:
            return
        before = self.stage.entries(self.number)
        self.bot.kill()
        after = self.stage.entries(self.number)
        assert after[: len(before)] == before
        assert [entry.seq for entry in after] == list(range(1, len(after) + 1))
        self.mark = after[-1].seq
        self.blows.append((where if _hit(where, step, after) else "beside", step))

    def up(self) -> None:
        """The bot runs; it is started where it was killed."""
        if not self.bot.runs:
            self.bot.start()

    def begun(self, step: str) -> bool:
        """Wait until the bot that runs now has begun the step; false when the step is over already."""
        return self._until(step, lambda: self.begun_at.get(step, 0) > self.mark) != "done"

    def done(self, step: str) -> None:
        """Wait until the step is done."""
        self._until(step, lambda: False)

    def _until(self, step: str, true: Callable[[], bool]) -> str:
        """Wait until it is so, or the step is done; what is held meanwhile is settled by a person."""

        def there() -> str:
            state = self.state(step)
            over = state == "done" or self.change.status is Status.HELD or true()
            return (state or "unbegun") if over else ""

        state = self.stage.wait(there, f"step {step}", every=0.0005)
        if self.change.status is not Status.HELD:
            return state
        self.settle(step)
        return self._until(step, true)

    def settle(self, step: str) -> None:
        """A dba compares the sentence with the catalog, and says what is true."""
        run = self.change.runs[self.run]
        unfinished = run.unfinished
        assert unfinished and unfinished.key == step
        truth, revision = run.remains, step.partition(":")[2]
        there = self.stage.ask("SELECT version_num FROM alembic_version")[0][0] >= revision
        assert f"The history table {'has' if there else 'does not have'} {revision}" in truth
        invalid = [
            row[0]
            for row in self.stage.ask("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        ]
        assert run.leftovers == tuple(f"invalid index public.{name}" for name in invalid)
        assert ("The schema is as it was before it." in truth) == (not invalid)
        for name in invalid:
            assert name in truth
        if step == "apply:0004":
            filled = self.stage.ask("SELECT count(*) FROM orders WHERE channel IS NOT NULL")[0][0]
            assert filled in (0, FIRST_BATCH, ORDERS)
        self.stage.told("Nobody can tell whether this happened")
        # Before its blow a test may hold one of the rows; then it is run again.
        if step == "apply:0004" and self.by_hand and ("middle", step) in self.blows:
            self.stage.ask("UPDATE orders SET channel = coalesce(source, 'web') WHERE channel IS NULL")
            self._say(step, "applied", "record:0004", "alembic_version", "EXCLUSIVE")
        elif invalid:
            self._say(step, "clean", "clean", "orders", "ACCESS SHARE")
        else:
            self._say(step, "absent")

    def _say(self, step: str, word: str, then: str = "", table: str = "", mode: str = "") -> None:
        """Settle it; and kill the bot in the middle of the step that this brings, while `table` is locked."""
        stage = self.stage
        with ExitStack() as stack:
            if then:
                stack.enter_context(stage.locked(table, mode))
            said = stage.says("dba", f"settle 1 {word}")
            assert "⛔" not in said, said
            self.held.append(f"{step} {word}")
            stage.wait(lambda: self.look().status is not Status.HELD, "the end of the hold")
            if then:
                stage.wait(lambda: self.state(then) == "running" and stage.waiting(), f"{then} to wait")
                self.strike("middle", then)
        self.up()


def _hit(where: str, step: str, entries: Sequence[Entry]) -> bool:
    """Whether the newest entries are those of a run that stands where it was meant to be hit."""
    names = [getattr(entry.event, "step", "") for entry in entries[-2:]]
    ends = [isinstance(n.event, e.StepFinished | e.StepSettled | e.OutcomeSettled) for n in entries[-2:]]
    begun = isinstance(entries[-1].event, e.StepStarted | e.LockWaited)
    if where == "middle":
        return begun and names[-1] == step
    # A step's end and the next one's start are one commit.
    return where != "end" or (names[-1] == step and ends[-1]) or (begun and names[0] == step and ends[0])
