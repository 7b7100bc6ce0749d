"""Did privileges get wider?"""

from __future__ import annotations

from collections.abc import Collection

from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.standing import Right

LINES = (77,)
_PUBLIC = "PUBLIC"
#: Attributes of a role that let it do what no grant says.
_POWERS = frozenset({"SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION"})


def answer(before: Collection[Right], after: Collection[Right]) -> Answer:
    """Two readings of one database. What is narrower is counted; what is wider is a finding."""
    gained, lost = set(after) - set(before), set(before) - set(after)
    made = {r.object for r in after if r.what == "owner"} - {r.object for r in before if r.what == "owner"}
    wider = [_wider(r, made, lost) for r in sorted(gained, key=repr)]
    wider += [_opened(r, after) for r in sorted(lost, key=repr)]
    findings = list({f.name: f for f in wider if f}.values())
    stops = sum(f.weight is Weight.STOP for f in findings)
    evidence = f"{len(gained)} privileges were added and {len(lost)} taken away"
    evidence += f"; {len(findings)} make access wider, {stops} of them for security to look at"
    return Answer(
        lines=LINES,
        ok=not stops,
        evidence=f"{evidence}." if gained or lost else "No privilege has changed.",
        findings=tuple(findings),
    )


def _wider(right: Right, made: Collection[str], lost: Collection[Right]) -> Finding | None:
    on = right.object
    match right.what:
        case "grant" | "default":
            return _grant(right, new=on in made)
        case "owner" if on not in made:
            return _finding("owner-changed", on, f"{on} belongs to {right.who} now.", stop=False)
        case "row security" if right.word == "off":
            was = any(r.what == "row security" and r.object == on for r in lost)
            said = f"Row security of {on} is off now, so whoever may read it reads all of it."
            return _finding("row-security-off", on, said) if was else None
        case "policy" if right.word.startswith("PERMISSIVE"):
            said = f"Policy {right.who} of {on} is new or another one, and lets through what it says."
            return _finding("policy-added", f"{on}.{right.who}", said, stop=on not in made)
        case "definer":
            bare = (
                ""
                if right.word
                else ", and has no search_path of its own, so its caller chooses what it calls"
            )
            said = f"Function {on} runs with the rights of {right.who}{bare}."
            return _finding("security-definer", on, said)
        case "role" if right.word in _POWERS or right.word.startswith("member of "):
            said = f"Role {on} is {right.word if right.word.startswith('member') else f'now {right.word}'}."
            return _finding("role-more-powerful", f"{on}.{right.word.replace(' ', '-').lower()}", said)
        case "file":
            return _finding("file-mode-changed", on, f"The mode of {on} is {right.word} now.")
    return None


def _grant(right: Right, *, new: bool) -> Finding | None:
    """On what is new, a grant is how it comes to be used; EXECUTE for PUBLIC comes by itself there."""
    everybody = right.who == _PUBLIC
    if new and everybody and right.word == "EXECUTE":
        return None
    who = "Everybody (PUBLIC)" if everybody else f"Role {right.who}"
    return _finding(
        "granted-to-everybody" if everybody else "granted",
        f"{right.object}.{right.who}.{right.word.replace(' ', '-').lower()}",
        f"{who} has {right.word} on {right.object} now.",
        stop=everybody or (not new and "GRANT OPTION" in right.word),
    )


def _opened(right: Right, after: Collection[Right]) -> Finding | None:
    """What was taken away and kept others out: a restrictive policy, while its table is still there."""
    there = any(r.what == "row security" and r.object == right.object for r in after)
    replaced = any((r.what, r.object, r.who) == (right.what, right.object, right.who) for r in after)
    if right.what == "policy" and right.word.startswith("RESTRICTIVE") and there and not replaced:
        said = f"Policy {right.who} of {right.object} is gone, and kept rows back."
        return _finding("policy-gone", f"{right.object}.{right.who}", said)
    return None


def _finding(rule: str, place: str, reason: str, *, stop: bool = True) -> Finding:
    return Finding(
        rule=rule,
        place=place,
        weight=Weight.STOP if stop else Weight.NOTE,
        reason=reason,
        instead="If it is not meant, take it back in the same revision; else security accepts it by name.",
        lines=LINES,
    )
