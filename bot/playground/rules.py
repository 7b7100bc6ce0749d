"""Small rules that put together say what a JSON value may be; each names what is wrong, and where.

What counts or measures takes the name of a row of the table of limits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.limits import bounds
from bot.playground.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    pointer: str
    code: str
    message: str
    extra: tuple[tuple[str, Any], ...] = ()

    def line(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"

    def shown(self) -> Json:
        return {"pointer": self.pointer, "code": self.code, "message": self.message, **dict(self.extra)}


Out = list[Problem]
Rule = Callable[[Any, str, Out], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What an object of one type may hold. `also` looks at the parts together."""

    need: Mapping[str, Rule] = field(default_factory=dict)
    may: Mapping[str, Rule] = field(default_factory=dict)
    on: str = "MVH"  # surfaces: message, modal (view), home
    also: Rule | None = None


def wrong(out: Out, at: str, message: str, code: str = "failed_constraint", **extra: Any) -> None:
    out.append(Problem(pointer=at, code=code, message=message, extra=tuple(extra.items())))


def string(limit: str) -> Rule:
    least, most = map(int, bounds(limit))

    def rule(value: Any, at: str, out: Out) -> None:
        if not isinstance(value, str):
            wrong(out, at, "must provide a string", "invalid_type")
        elif len(value) > most:
            wrong(out, at, f"must be less than {most + 1} characters")
        elif len(value) < least:
            wrong(out, at, f"must be more than {least - 1} characters")

    return rule


def choice(*allowed: str) -> Rule:
    def rule(value: Any, at: str, out: Out) -> None:
        if value not in allowed:
            constraint = {"type": "enum", "expected": list(allowed), "got": value}
            wrong(out, at, f"must be one of: {', '.join(allowed)}", constraint=constraint)

    return rule


def number(limit: str) -> Rule:
    least, most = bounds(limit)

    def rule(value: Any, at: str, out: Out) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            wrong(out, at, "must provide a number", "invalid_type")
        elif not least <= value <= most:
            wrong(out, at, f"must be between {least:g} and {most:g}")

    return rule


def boolean(value: Any, at: str, out: Out) -> None:
    if not isinstance(value, bool):
        wrong(out, at, "must provide a boolean", "invalid_type")


def anything(value: Any, at: str, out: Out) -> None:
    """Kept as it is."""


def items(each: Rule, limit: str) -> Rule:
    least, most = map(int, bounds(limit))

    def rule(value: Any, at: str, out: Out) -> None:
        if not isinstance(value, list):
            wrong(out, at, "must provide an array", "invalid_type")
            return
        if len(value) > most:
            wrong(out, at, f"no more than {most} items allowed")
        if len(value) < least:
            wrong(out, at, f"no less than {least} items allowed")
        for n, one in enumerate(value):
            each(one, f"{at}/{n}", out)

    return rule


def shaped(shape: Shape, known: frozenset[str] = frozenset()) -> Rule:
    def rule(value: Any, at: str, out: Out) -> None:
        if not isinstance(value, dict):
            wrong(out, at, "must provide an object", "invalid_type")
            return
        for name in shape.need:
            if name not in value:
                wrong(out, at, f"missing required field: {name}", "missing_field", field=name)
        fields = {**shape.need, **shape.may}
        for name, one in value.items():
            if name in fields:
                fields[name](one, f"{at}/{name}", out)
            elif name == "block_id" and name in known:
                string("block_id")(one, f"{at}/block_id", out)
            elif name not in known:
                wrong(out, at, f"invalid additional property: {name}", "invalid_field", field=name)
        if shape.also:
            shape.also(value, at, out)

    return rule


def thing(need: Mapping[str, Rule] | None = None, **may: Rule) -> Rule:
    return shaped(Shape(need=need or {}, may=may))


def typed(shapes: Mapping[str, Shape], *allowed: str, known: frozenset[str] = frozenset({"type"})) -> Rule:
    """One of several types, told apart by `type`."""

    def rule(value: Any, at: str, out: Out) -> None:
        if not isinstance(value, dict):
            wrong(out, at, "must provide an object", "invalid_type")
            return
        kind = value.get("type")
        if kind is None:
            wrong(out, at, "missing required field: type", "missing_field", field="type")
        elif not isinstance(kind, str) or kind not in shapes or (allowed and kind not in allowed):
            constraint = {"type": "enum", "expected": sorted(allowed or shapes), "got": kind}
            wrong(out, f"{at}/type", f"unsupported type: {kind}", constraint=constraint)
        else:
            shaped(shapes[kind], known)(value, at, out)

    return rule


def text(limit: str, *kinds: str) -> Rule:
    """A text object: plain_text or mrkdwn, or only the kinds named."""
    body = {"text": string(limit)}
    may: dict[str, Mapping[str, Rule]] = {"plain_text": {"emoji": boolean}, "mrkdwn": {"verbatim": boolean}}
    return typed({kind: Shape(need=body, may=may[kind]) for kind in kinds or tuple(may)})


def plain(limit: str) -> Rule:
    return text(limit, "plain_text")
