"""A production run whose bot is killed again and again, and what is looked at each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.core import events as e
from bot.core.changes import Change
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
    #: (where, step): "middle" and "end" where they were meant to be, "beside" else.
    blows: list[tuple[str, str]] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    #: What was on record at the newest blow, and where each step was begun last.
    mark: int = 0
    begun_at: dict[str, int] = field(default_factory=dict)
    #: Where a driver took the run last.
    started_at: int = 0

    def __post_init__(self) -> None:
        self.change = Change(id=self.number)

    def look(self) -> Change:
        """Take in what the journal has new."""
        for entry in self.stage.entries(self.number, self.change.seq):
            self.change.take(entry)
            if isinstance(entry.event, e.StepStarted):
                self.begun_at[entry.event.step] = entry.seq
            if isinstance(entry.event, e.RunStarted) and entry.event.run == self.run:
                self.started_at = entry.seq
        return self.change

    def state(self, step: str) -> str:
        """How a step stands: "" while it was not begun."""
        run = self.look().runs.get(self.run)
        known = run.steps.get(step) if run else None
        return known.state if known else ""

    def strike(self, where: str, step: str) -> None:
        """SIGKILL; nothing that was on record is lost, and nothing is added by the dead."""
        before = self.stage.entries(self.number)
        self.bot.kill()
        after = self.stage.entries(self.number)
        assert after[: len(before)] == before
        assert [entry.seq for entry in after] == list(range(1, len(after) + 1))
        newest, self.mark = after[-1].event, after[-1].seq
        begun = isinstance(newest, e.StepStarted | e.LockWaited)
        ended = isinstance(newest, e.StepFinished | e.StepSettled)
        hit = getattr(newest, "step", "") == step and {"middle": begun, "end": ended}.get(where, True)
        self.blows.append((where if hit else "beside", step))

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
        word = "clean" if invalid else "absent"
        said = self.stage.says("dba", f"settle 1 {word}")
        assert "⛔" not in said, said
        self.held.append(f"{step} {word}")
        self.stage.wait(lambda: self.look().status is not Status.HELD, "the end of the hold")
