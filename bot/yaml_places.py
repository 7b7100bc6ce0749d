"""Reads YAML and remembers the line of every key, so that a problem can be shown where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]

#: More nodes than any honest file has: aliases can make a small file huge.
_MOST_NODES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong at one place of a file, and what to write instead. Never holds what may be a secret."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: "
        return f"{place}{self.key}: {self.text}" if self.key else place + self.text


@dataclass(slots=True, kw_only=True)
class Document:
    """A file's content as plain values, the line of each key, and what was wrong with the YAML itself."""

    file: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, text: str) -> Problem:
        """A problem at a path, with the line of the nearest key that is really there."""
        at = path
        while at and at not in self.lines:
            at = at[:-1]
        return Problem(file=self.file, line=self.lines.get(at, 1), key=key_of(path), text=text)

    def at(self, *path: str | int) -> Any:
        """The value at a path; None when it is not there."""
        value = self.value
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value


def key_of(path: Path) -> str:
    """A path as people write it: "assertions[2].sql"."""
    key = ""
    for part in path:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{_shown(part)}"
    return key.lstrip(".")


def _shown(key: str) -> str:
    # A misplaced colon makes a key of whatever stands before it, a URL with its password too.
    return key if re.fullmatch(r"[\w .-]{1,40}", key) else "…"


def read_yaml(text: str, file: str) -> Document:
    """The document, with what could be read of it."""
    document = Document(file=file)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            document.value = _Walk(document).value(root, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        document.problems.append(Problem(file=file, line=line, key="", text=_syntax(error)))
    except (yaml.YAMLError, ValueError, RecursionError):
        text = "this is not YAML that can be read; write plain text in UTF-8, keys and values"
        document.problems.append(Problem(file=file, line=1, key="", text=text))
    else:
        if not document.problems and not isinstance(document.value, dict):
            document.problems.append(document.problem((), "the file has no keys; write `key: value` lines"))
    return document


def _syntax(error: yaml.MarkedYAMLError) -> str:
    # The parser quotes what it found, and that may be part of a password.
    said = re.sub(r"'[^']{2,}'", "something", error.problem or "the YAML cannot be read")
    mend = (
        "put text with special characters in quotes" if "token" in said else "look at this line's indentation"
    )
    return f"not valid YAML ({said}); {mend}"


class _Walk:
    """Turns nodes into values, noting lines and doubled keys on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen = 0
        self.scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.seen += 1
        if self.seen > _MOST_NODES or len(path) > 50:
            raise ValueError
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self.scalars.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            name = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
            inside = (*path, name)
            if name in values:
                text = f"is written twice, first in line {self.document.lines[inside]}; keep one"
                line = key_node.start_mark.line + 1
                self.document.problems.append(
                    Problem(file=self.document.file, line=line, key=key_of(inside), text=text)
                )
                continue
            self.document.lines[inside] = key_node.start_mark.line + 1
            values[name] = self.value(value_node, inside)
        return values
