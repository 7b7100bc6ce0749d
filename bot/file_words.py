"""Values that people write in our files, and pydantic's findings in the words that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from bot.core.text import nearest
from bot.yaml_places import Document, Path, Problem

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|sec|min|m|h|d)\s*", re.I)
_UNITS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def duration(value: object) -> float:
    """Seconds of "3s", "500ms", "15m", "1h 30m"; ValueError with the mend for anything else."""
    text = str(value) if isinstance(value, str) else ""
    parts = list(_DURATION.finditer(text))
    if not parts or "".join(p[0] for p in parts) != text:
        raise ValueError("is not a duration; write a number with its unit, such as 3s, 500ms, 15m or 1h")
    seconds = sum(float(p[1]) * _UNITS[p[2].lower()] for p in parts)
    if not 0 < seconds <= 30 * 86400:
        raise ValueError("is out of bounds; write a duration above 0s and up to 30d")
    return seconds


def text_of(value: object) -> object:
    """A number written without quotes, as text; anything else as it is."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Duration = Annotated[
    float,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "pattern": r"^\s*(\d+(\.\d+)?\s*(ms|s|sec|min|m|h|d)\s*)+$"}),
]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
Line = Annotated[str, Field(min_length=1, max_length=300)]


class Part(BaseModel):
    """A piece of one of our files: unknown keys are a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def in_words(error: ValidationError, document: Document, model: type[BaseModel]) -> Iterator[Problem]:
    """Each finding as a problem with its line, key and mend."""
    for finding in error.errors(include_url=False, include_input=False):
        path = _really(tuple(finding["loc"]), document)
        field = finding["loc"]
        if finding["type"] == "extra_forbidden":
            yield document.problem(path, _unknown_key(path, model))
        elif finding["type"] == "missing":
            yield document.problem(path, f"is missing; {_mend(field, model)}")
        elif finding["type"] == "value_error":
            yield document.problem(path, finding["msg"].removeprefix("Value error, "))
        else:
            said = _SAID.get(finding["type"], "does not have the right form")
            yield document.problem(path, f"{said}; {_mend(field, model)}")


_SAID = {
    "bool_type": "is neither true nor false",
    "string_type": "is not text",
    "list_type": "is not a list",
    "dict_type": "is not a set of keys",
    "model_type": "is not a set of keys",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
    "too_short": "is empty",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "literal_error": "is not one of the words that fit here",
}


def _really(path: Path, document: Document) -> Path:
    """The path without what pydantic adds to it: names of the branches of a union, "[key]"."""
    return tuple(p for i, p in enumerate(path) if p != "[key]" and not _branch(path[: i + 1], document))


def _branch(path: Path, document: Document) -> bool:
    part = path[-1]
    return isinstance(part, str) and "[" in part and document.at(*path) is None


def _unknown_key(path: Path, model: type[BaseModel]) -> str:
    known = list(model_at(path[:-1], model))
    close = nearest(str(path[-1]), known)
    return (
        f"there is no such key; write {close}" if close else f"there is no such key; write {', '.join(known)}"
    )


def model_at(path: Path, model: type[BaseModel]) -> dict[str, Any]:
    """The fields of the part of a file that stands at a path."""
    fields: dict[str, Any] = dict(model.model_fields)
    inside_collection = False
    for part in path:
        if inside_collection:
            # The key of a mapping or the place in a list: its part is the one that we are at.
            inside_collection = False
            continue
        annotation = fields[part].annotation if part in fields else None
        inner = _model_in(annotation)
        inside_collection = get_origin(annotation) in (dict, list)
        fields = dict(inner.model_fields) if inner else {}
    return fields


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if found := _model_in(inner):
            return found
    return None


def _mend(path: Path, model: type[BaseModel]) -> str:
    """What to write there, from the field's own example."""
    for end in range(len(path), 0, -1):
        name = path[end - 1]
        fields = model_at(path[: end - 1], model)
        if name in fields and fields[name].examples:
            return f"write {name}: {fields[name].examples[0]}"
    return "see `whimbrel schema`"
