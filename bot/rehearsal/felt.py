"""What a workload's errors say about a change: which statement of the application it breaks. Pure."""

from __future__ import annotations

from bot.core.findings import Finding
from bot.core.measures import Felt

_EVEN_BEFORE = "before the change: "


def findings(felt: Felt) -> tuple[Finding, ...]:
    """A finding for each statement that failed once the change was under way, and not before it."""
    before = {words.removeprefix(_EVEN_BEFORE) for words in felt.errors if words.startswith(_EVEN_BEFORE)}
    return tuple(
        Finding(
            rule="application-statement-fails",
            reason=f"The old application's statement fails: {words} ({_times(count)}; {felt.source}).",
            instead="Keep what it names until no version of the application that runs names it any more: "
            "add the new beside the old, move the application over, and take the old away in a later change.",
            lines=(57,),
        )
        for words, count in felt.errors.items()
        if not words.startswith(_EVEN_BEFORE) and words not in before
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
