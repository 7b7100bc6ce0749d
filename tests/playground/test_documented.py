"""Our table of methods against what Slack and its Java client say of each: tier, scopes, and error names."""

import ast
from pathlib import Path

import pytest

from bot.playground import methods
from bot.playground.methods import METHODS

HERE = Path(__file__).parent
#: Errors that Slack gives to many methods, and does not list at each.
EVERYWHERE = {
    *("invalid_arguments", "invalid_cursor", "not_in_channel", "channel_not_found", "message_not_found"),
    *("invalid_metadata_format", "thread_not_found", "user_not_found", "is_archived", "unknown_method"),
    *("invalid_blocks", "invalid_attachments", "invalid_limit", "invalid_count", "invalid_page"),
}
#: Names of ours that no documentation of a method has.
OURS = {
    "socket_mode_not_enabled": "what Slack says when Socket Mode is off is not written down",
    "file_size_mismatch": "of the upload address, which is no method",
}


def documented() -> dict[str, tuple[str, str, set[str], set[str]]]:
    found = {}
    for line in (HERE / "slack_methods.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, java, docs, scopes, *errors = line.split()
            found[name] = (java, docs, set(scopes.split(",")) - {"-"}, set(errors))
    return found


KNOWN = documented()


def test_every_method_of_ours_is_slacks() -> None:
    assert set(METHODS) - set(KNOWN) == {"blocks.validate"}  # younger than this copy of the documentation


@pytest.mark.parametrize("name", KNOWN)
def test_tier_and_scopes_are_those_of_slack(name: str) -> None:
    java, docs, scopes, _ = KNOWN[name]
    ours = METHODS[name]
    special = {"api.test": None, "auth.test": 5, "chat.getPermalink": 5, "chat.postMessage": None}
    if name in special:
        assert ours.tier == special[name]
    else:
        assert str(ours.tier) in (java, docs)
    assert set(ours.scope) <= scopes
    assert bool(ours.scope) == bool(scopes)


def words(node: ast.expr) -> list[str]:
    """The texts that an expression may come to."""
    if isinstance(node, ast.IfExp):
        return [*words(node.body), *words(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def refused() -> set[str]:
    """Every error name that the methods' own files give."""
    names: set[str] = set()
    for file in Path(methods.__file__).parent.glob("methods_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused":
                names |= set(words(node.args[0]))
    return names


def test_error_names_are_slacks_own() -> None:
    found = refused()
    assert len(found) > 60
    slacks = set().union(*(errors for *_, errors in KNOWN.values())) | EVERYWHERE
    assert found - slacks == set(OURS)
