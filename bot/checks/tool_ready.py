"""Does the migration tool start, is it pinned, and is every history in step with the scripts?"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.ports import History
from bot.core.standing import ToolFacts
from bot.core.targets import Phase
from bot.core.text import listed

LINES = (4, 5, 11)


def answers(tool: ToolFacts, histories: Mapping[Phase, History]) -> tuple[Answer, Answer, Answer]:
    """Of lines 4, 5 and 11. `histories`: those that were read."""
    return _starts(tool), _in_step(histories), _pinned(tool)


def _starts(tool: ToolFacts) -> Answer:
    said = f"{tool.name} {tool.version} starts and reads the project's scripts."
    return Answer(
        lines=(4,),
        ok=bool(tool.version),
        evidence=said if tool.version else f"{tool.name} does not start: {tool.why}.",
    )


def _in_step(histories: Mapping[Phase, History]) -> Answer:
    wrong = [(phase, problem) for phase, history in histories.items() for problem in history.problems]
    named = listed([str(phase) for phase in histories])
    evidence = f"The history tables of {named} are in step with the scripts."
    if wrong:
        evidence = f"{len(wrong)} things in the history tables are not as the scripts expect them."
    return Answer(
        lines=(5,),
        ok=bool(histories) and not wrong,
        evidence=evidence if histories else "No history table could be read.",
        findings=tuple(
            Finding(
                rule="history-out-of-step",
                place=str(phase),
                reason=problem,
                instead="Put the scripts back as they were when they ran, or mend the history with the tool.",
                lines=(5,),
            )
            for phase, problem in wrong
        ),
    )


def _pinned(tool: ToolFacts) -> Answer:
    if not tool.pin:
        finding = Finding(
            rule="tool-not-pinned",
            place=tool.name,
            weight=Weight.NOTE,
            reason=f"No requirement file of the repository pins {tool.name}, so the next install may bring"
            " another version than the one that was rehearsed.",
            instead=f"Pin it: {tool.name.lower()}=={tool.version}." if tool.version else "Pin its version.",
            lines=(11,),
        )
        return Answer(
            lines=(11,),
            ok=False,
            evidence=f"{tool.name} {tool.version or '(version not known)'} is not pinned.",
            findings=(finding,),
        )
    pinned = tool.pin.rpartition("==")[2]
    same = not tool.version or pinned == tool.version
    evidence = f"{tool.pin} is pinned in {tool.file}"
    return Answer(
        lines=(11,),
        ok=same,
        evidence=f"{evidence} and installed." if same else f"{evidence}, but {tool.version} is installed.",
    )
