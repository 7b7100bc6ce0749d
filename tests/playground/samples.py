"""What keys Slack's payloads have, from the recorded samples."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Tree = dict[str, Any]

_WORD = re.compile(r"[^\s()]+|[()]")
_ID = re.compile(r"[A-Z][A-Z0-9]{6,}")


def known() -> dict[str, Tree]:
    """Payload -> its keys."""
    lines = Path(__file__).with_name("slack_keys.txt").read_text(encoding="utf-8").splitlines()
    found = (line.partition(" ") for line in lines if not line.startswith("#"))
    return {name: _tree(iter(_WORD.findall(keys))) for name, _, keys in found}


def _tree(words: Iterator[str]) -> Tree:
    made: Tree = {}
    last = ""
    for word in words:
        if word == ")":
            return made
        if word == "(":
            made[last] = _tree(words)
        else:
            made[word] = {}
            last = word
    return made


def keys_of(value: Any) -> Tree:
    """The keys of what was sent, in the same form."""
    made: Tree = {}
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            for key, inner in one.items():
                name = "*" if _ID.fullmatch(key) else key
                made[name] = joined(made.get(name, {}), keys_of(inner))
    return made


def joined(one: Tree, other: Tree) -> Tree:
    return {key: joined(one.get(key, {}), other.get(key, {})) for key in {**one, **other}}


def at(tree: Tree, path: str) -> Tree:
    """The part of a tree below a path: "event.user"."""
    for key in filter(None, path.split(".")):
        tree = tree[key]
    return tree


def objects(value: Any, path: str) -> Iterator[Tree]:
    """The objects at a path of what was sent, through every list on the way."""
    if isinstance(value, list):
        for one in value:
            yield from objects(one, path)
    elif isinstance(value, dict):
        key, _, rest = path.partition(".")
        if not key:
            yield value
        elif key in value:
            yield from objects(value[key], rest)


def unknown(sent: Tree, sample: Tree, path: str = "") -> Iterator[str]:
    """Paths that the sample does not have. Below a key that the sample shows empty, anything may stand."""
    for key, inner in sent.items():
        if key not in sample:
            yield f"{path}{key}"
        elif sample[key]:
            yield from unknown(inner, sample[key], f"{path}{key}.")
