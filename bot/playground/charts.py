"""The charts of a data_visualization block."""

from typing import Any

from bot.playground.rules import Out, Shape, items, number, string, thing, typed, wrong


def _matching(value: Any, at: str, out: Out) -> None:
    """Every series has exactly the categories of the axis, and a name of its own."""
    series, axis = value.get("series"), value.get("axis_config")
    if not isinstance(series, list) or not isinstance(axis, dict):
        return
    found = [one for one in series if isinstance(one, dict)]
    names = [str(one.get("name")) for one in found]
    if len(set(names)) != len(names):
        wrong(out, f"{at}/series", "series names must be unique")
    for n, one in enumerate(found):
        data = one.get("data")
        points = [p.get("label") for p in data if isinstance(p, dict)] if isinstance(data, list) else []
        if points != axis.get("categories"):
            wrong(out, f"{at}/series/{n}/data", "must have exactly the axis categories")


def _row(name: str) -> str:
    return f"data_visualization.{name}"


_POINT = thing({"label": string(_row("point_label")), "value": number("any_number")})
_SERIES = thing({"name": string(_row("series_name")), "data": items(_POINT, _row("data"))})
_AXIS = thing(
    {"categories": items(string(_row("category_label")), _row("categories"))},
    x_label=string(_row("axis_label")),
    y_label=string(_row("axis_label")),
)
_LINES = Shape(need={"series": items(_SERIES, _row("series")), "axis_config": _AXIS}, also=_matching)
_SEGMENT = thing({"label": string(_row("segment.label")), "value": number(_row("segment.value"))})
_PIE = Shape(need={"segments": items(_SEGMENT, _row("segments"))})
CHART = typed({"bar": _LINES, "line": _LINES, "area": _LINES, "pie": _PIE})
