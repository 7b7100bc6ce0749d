"""Words of a line, and the slots that they fill."""

from __future__ import annotations

import random
import shlex
from enum import StrEnum
from inspect import signature
from typing import Any, get_type_hints

import pytest

from bot.core.errors import NotUnderstood
from bot.core.targets import Phase
from bot.slots import Rest, Slot, fill, split


class Fruit(StrEnum):
    APPLE = "apple"
    APRICOT = "apricot"
    PEAR = "pear"


def approve(change: int | None = None, role: str = "") -> None: ...
def carry(phase: Phase, change: int | None = None) -> None: ...
def back(phase: Phase | None = None, change: int | None = None, *, confirmed: bool = False) -> None: ...
def reject(change: int | None, why: Rest) -> None: ...
def later(phase: Phase, when: Rest, change: int | None = None) -> None: ...
def begin(project: str = "", *, to_revision: str = "") -> None: ...
def choose(change: int | None, fruit: Fruit) -> None: ...


def slots(function: Any) -> list[Slot]:
    hints = get_type_hints(function)
    return [Slot.of(p, hints[p.name]) for p in signature(function).parameters.values()]


def filled(function: Any, line: str) -> dict[str, Any]:
    return fill(function.__name__, slots(function), split(line))


@pytest.mark.parametrize(
    ("function", "line", "values"),
    [
        (approve, "", {"change": None, "role": ""}),
        (approve, "42", {"change": 42, "role": ""}),
        (approve, "#42 dba", {"change": 42, "role": "dba"}),
        (approve, "dba 42", {"change": 42, "role": "dba"}),
        (carry, "staging 42", {"phase": Phase.STAGING, "change": 42}),
        (carry, "42 Prod", {"phase": Phase.PRODUCTION, "change": 42}),
        (back, "", {"phase": None, "change": None, "confirmed": False}),
        (back, "staging 42 confirmed", {"phase": Phase.STAGING, "change": 42, "confirmed": True}),
        (reject, "42 drops 3 columns", {"change": 42, "why": "drops 3 columns"}),
        (reject, "drops 3 columns #42", {"change": 42, "why": "drops 3 columns"}),
        (reject, "we saw this in 2019", {"change": None, "why": "we saw this in 2019"}),
        (reject, "same as #12 was", {"change": None, "why": "same as #12 was"}),
        (reject, "it's late, don't", {"change": None, "why": "it's late, don't"}),
        (later, "production 22:00", {"phase": Phase.PRODUCTION, "when": "22:00", "change": None}),
        (later, "production 22:00 42", {"phase": Phase.PRODUCTION, "when": "22:00", "change": 42}),
        (later, "production #42 in 2 hours", {"phase": Phase.PRODUCTION, "when": "in 2 hours", "change": 42}),
        (later, "production in 90", {"phase": Phase.PRODUCTION, "when": "in 90", "change": None}),
        (later, "staging 30 min hence", {"phase": Phase.STAGING, "when": "30 min hence", "change": None}),
        (begin, "shop", {"project": "shop", "to_revision": ""}),
        (begin, "shop to abc123", {"project": "shop", "to_revision": "abc123"}),
        (begin, "shop abc123", {"project": "shop", "to_revision": "abc123"}),
        (begin, "to abc123", {"project": "", "to_revision": "abc123"}),
        (begin, "shop ''", {"project": "shop", "to_revision": ""}),
        (choose, "42 pear", {"change": 42, "fruit": Fruit.PEAR}),
    ],
)
def test_words_fill_the_slots_that_they_fit(function: Any, line: str, values: dict[str, Any]) -> None:
    assert values == filled(function, line)


@pytest.mark.parametrize(
    ("function", "line", "message", "hint"),
    [
        (carry, "", "`/migrate carry` needs <phase>.", "/migrate carry <phase> [change]"),
        (carry, "prodution 42", "no phase `prodution`", "Did you mean `/migrate carry production 42`?"),
        (carry, "zzz", "development, staging and production", "/migrate carry <phase> [change]"),
        (carry, "staging 42 43", "what `43` means", "/migrate carry <phase> [change]"),
        (carry, "st", "no phase `st`", "/migrate carry staging"),
        (reject, "42", "needs <why>", "/migrate reject [change] <why>"),
        (choose, "42", "needs apple|apricot|pear", "/migrate choose [change] apple|apricot|pear"),
        (choose, "42 peer", "no fruit `peer`", "`/migrate choose 42 pear`"),
        (choose, "42 ap", "no fruit `ap`", "Did you mean"),
    ],
)
def test_words_that_do_not_fit_are_named_with_what_would(
    function: Any, line: str, message: str, hint: str
) -> None:
    with pytest.raises(NotUnderstood) as refused:
        filled(function, line)

    assert message in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("run  staging\t42 ", ["run", "staging", "42"]),
        ('reject "too slow" now', ["reject", "too slow", "now"]),
        ("reject “too slow” now", ["reject", "too slow", "now"]),
        ("it's don't 'tis", ["it's", "don't", "'tis"]),
        ('a " b', ["a", '"', "b"]),
        ("'it'\"'\"'s late'", ["it's late"]),
        ("run\u00a0staging", ["run", "staging"]),
        ("", []),
    ],
)
def test_a_line_is_split_as_people_mean_it(line: str, words: list[str]) -> None:
    assert words == split(line)


def test_whatever_a_form_quotes_comes_back_as_it_was() -> None:
    chance = random.Random(7)
    for _ in range(3000):
        values = ["".join(chance.choices("ab '\"“”‘#\n\\$`<", k=chance.randint(0, 7))) for _ in range(3)]

        assert values == split(" ".join(map(shlex.quote, values)))
