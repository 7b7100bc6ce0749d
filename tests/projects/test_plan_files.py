"""Plan files, durations in words, and the JSON Schema of both files."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

import bot.demo
from bot.file_words import duration
from bot.plan_file import json_schema, read_plan_file

SHOP = Path(next(iter(bot.demo.__path__))) / "shop"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3s", 3), ("500ms", 0.5), ("15m", 900), ("1h 30m", 5400), ("2 min", 120), ("1d", 86400)],
)
def test_durations_are_read_in_words(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["3", 3, "", "s", "0s", "-1s", "1h and a bit", "400d", True])
def test_other_durations_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match="write a"):
        duration(text)


def test_a_plan_file_says_what_a_machine_cannot_know(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "title: Orders get a currency\nwhy: Invoices abroad\nowner: dev-lead\nteam: [dba]\n"
        'expected: {production: 1h}\nlinks: ["https://wiki.example.com/x"]\n'
        "assertions: [{name: a, sql: select 1, expect: 1}]\n"
    )
    notes, assertions, found = read_plan_file(tmp_path / "p.yaml", "plans/p.yaml")
    assert not found
    assert (notes.title, notes.owner, notes.team) == ("Orders get a currency", "dev-lead", ("dba",))
    assert notes.expected == {"production": "1h"}
    assert [(a.expect, a.when) for a in assertions] == [("1", "after")]


def test_the_schema_takes_what_we_take_and_refuses_what_we_refuse() -> None:
    schema = json_schema()["whimbrel.yaml"]
    jsonschema.Draft202012Validator.check_schema(schema)
    good = (SHOP / "whimbrel.yaml").read_text()
    jsonschema.validate(yaml.safe_load(good), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(good + "limit: {}\n"), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(good.replace("3s", "soon")), schema)
    jsonschema.validate({"title": "x", "expected": {"staging": "5m"}}, json_schema()["plans/*.yaml"])
