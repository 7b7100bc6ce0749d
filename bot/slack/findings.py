"""What the checks noticed, as messages of the thread: reason, what to do instead, the safe SQL, and the exact
words to accept it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Attachment
from bot.core.findings import Finding, Weight
from bot.core.outlook import accepting, counted
from bot.core.text import block, code, plain
from bot.slack import blocks as kit
from bot.slack.blocks import Block, Drawn
from bot.slack.scene import Scene
from bot.slack.signs import Sign

#: Findings of one message, and characters of them all; Slack takes about 13,000 in a message.
MOST, CHARACTERS = 20, 10_000
_REASON, _INSTEAD, _SQL = 700, 600, 1000


def by_weight(scene: Scene) -> list[Finding]:
    """What stops the change first, then what was accepted, then what is worth knowing."""
    stops = set(scene.stops)

    def place(finding: Finding) -> int:
        return 0 if finding in stops else 1 if finding.weight is Weight.STOP else 2

    return sorted(scene.findings, key=place)


def findings_message(scene: Scene, file: str) -> Drawn:
    """The weightiest findings; `file` is the name of the file that holds all of them."""
    n, found = scene.change.id, by_weight(scene)
    shown, spent = [], 0
    for finding in found[:MOST]:
        drawn = kit.section(_said(scene, finding))
        spent += len(drawn["text"]["text"])
        if spent > CHARACTERS:
            break
        shown.append(drawn)
    head = _head(scene)
    made: list[Block] = [kit.section(head), *shown]
    if left := len(found) - len(shown):
        made.append(kit.context(f"… and {left} more, in the file {code(file)}"))
    return Drawn(text=kit.clip(f"Findings of change {n}: {head}", kit.FALLBACK), blocks=tuple(made))


def all_shown(scene: Scene, file: str) -> bool:
    """The message has room for every finding."""
    return len(findings_message(scene, file).blocks) == len(scene.findings) + 1


def findings_file(scene: Scene, name: str) -> Attachment:
    """All findings in Markdown."""
    parts = [f"# Findings of change {scene.change.id}"]
    parts += [_in_markdown(scene, finding) for finding in by_weight(scene)]
    return Attachment(name=name, text="\n\n".join(parts) + "\n", kind="text/markdown")


def _head(scene: Scene) -> str:
    stops, n = len(scene.stops), scene.change.id
    if stops:
        return (
            f"{Sign.NO} *{counted(stops, 'finding')} open.* No environment is changed until it is mended,"
            " or a role accepts it by its name, with a reason."
        )
    accepted = sum(1 for f in scene.findings if f.weight is Weight.STOP)
    notes = len(scene.findings) - accepted
    return f"{Sign.DONE} *No finding stops change {n}*: {accepted} accepted, {notes} worth knowing."


def _said(scene: Scene, finding: Finding) -> str:
    # Each part is cut by itself, so that the last one, the words to type, is always there in full.
    rows = [f"{_sign(scene, finding)} *{kit.clip(plain(finding.reason, _REASON), _REASON)}*"]
    rows[0] += f" ({kit.clip(plain(finding.at, 120), 150)})" if finding.at else ""
    if finding.instead:
        rows.append(f"Instead: {kit.clip(plain(finding.instead, _INSTEAD), _INSTEAD)}")
    if finding.sql:
        rows.append(block(finding.sql, _SQL))
    rows.append(_way_on(scene, finding))
    return "\n".join(rows)


def _sign(scene: Scene, finding: Finding) -> Sign:
    if finding.weight is Weight.NOTE:
        return Sign.INFO
    return Sign.DONE if finding.name in scene.accepted else Sign.NO


def _way_on(scene: Scene, finding: Finding) -> str:
    if finding.weight is Weight.NOTE:
        return f"Worth knowing; nothing waits for it. {code(finding.name, 120)}"
    if finding.name in scene.accepted:
        return f"Accepted by a role: {code(finding.name, 120)}"
    return f"To accept it as it is: {code(accepting(finding.name, scene.change.id), 250)}"


def _in_markdown(scene: Scene, finding: Finding) -> str:
    state = "accepted" if finding.name in scene.accepted else finding.weight.value
    rows = [f"## {_line(finding.name)} ({state})", "", _line(finding.reason)]
    rows += [f"At {_line(finding.at)}"] if finding.at else []
    rows += [f"\nInstead: {_line(finding.instead)}"] if finding.instead else []
    rows += ["", *(f"    {line}" for line in finding.sql.splitlines())] if finding.sql else []
    if state == Weight.STOP:
        rows += ["", f"To accept it as it is: {_line(accepting(finding.name, scene.change.id))}"]
    return "\n".join(rows)


def _line(text: str) -> str:
    return " ".join(text.split())


def said_in_short(findings: Sequence[Finding], most: int = 5) -> str:
    """The reasons in a row as they came, for where the file cannot be sent."""
    rows = [_line(f.reason)[:200] for f in findings[:most]]
    return " ".join(rows) + (f" … and {len(findings) - most} more" if len(findings) > most else "")
