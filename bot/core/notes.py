"""What each event alters in its change. Only Change.take calls these."""

from __future__ import annotations

from bot.core.change_notes import OF_CHANGES
from bot.core.run_notes import OF_RUNS

NOTES = OF_CHANGES | OF_RUNS
