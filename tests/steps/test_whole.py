"""A rehearsal as a whole."""

from __future__ import annotations

from bot.core.targets import Phase

from .conftest import Track


def test_a_rehearsal_passes_and_forecasts_each_environment(track: Track) -> None:
    track.script(
        "0001_note",
        "ALTER TABLE orders ADD COLUMN place text;\nUPDATE orders SET place = note;",
        "ALTER TABLE orders DROP COLUMN place;",
    )
    done = track.rehearsed()
    for s in done.run.steps.values():
        print(s.key, s.state, s.seconds, s.evidence)
    print(done.run.reason, done.run.hint)
    print(done.forecasts)
    print(track.findings())
    print(track.scratches())
    assert done.passed(Phase.TEST)
