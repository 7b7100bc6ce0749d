"""INVARIANTS.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = re.findall(
    r"^\| (\w+) \|.*\| `(tests/[^`]+)::(\w+)` \|$", (ROOT / "INVARIANTS.md").read_text(), re.MULTILINE
)


@pytest.mark.parametrize(("name", "file", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_each_invariant_has_a_test_that_shows_it(name: str, file: str, test: str) -> None:
    assert re.search(rf"^ *def {test}\(", (ROOT / file).read_text(), re.MULTILINE), name


def test_every_invariant_has_a_row_of_its_own() -> None:
    rows = re.findall(r"^\| ([A-Z]\d) \|", (ROOT / "INVARIANTS.md").read_text(), re.MULTILINE)

    assert rows == [row[0] for row in ROWS]
    assert len(set(rows)) == len(rows) > 15
