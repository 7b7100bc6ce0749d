"""Our rules of blocks against the types that Slack publishes for TypeScript.

slack_types.json is the JSON Schema of `KnownBlock` of npm's @slack/types 3.2.0, made once with
ts-json-schema-generator 2.10.0 (`--type Judged --no-type-check`, where
`type Judged = KnownBlock | HomeView | ModalView`), without its descriptions. It knows no lengths or counts.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.playground.block_types import BLOCKS
from bot.playground.blocks import blocks_wrong
from bot.playground.elements import ELEMENTS
from bot.playground.rules import Shape
from bot.slack.details import plan_details
from bot.slack.render import folded, live_message
from bot.slack.sample_stories import planned, states
from tests.playground.corpus import corpus

Json = dict[str, Any]
SCHEMA: Json = json.loads(Path(__file__).with_name("slack_types.json").read_text(encoding="utf-8"))
DEFINITIONS: dict[str, Json] = SCHEMA["definitions"]
#: Blocks that Slack documents and these types do not have yet.
YOUNGER = {"data_visualization": "docs:changelog, 2026-06-16; the types' 3.2.0 was made before"}
#: Fields that we know and these types do not.
MORE = {
    "header.level": "2026; slack-morphism 2.30 has it",
    "card.slack_icon": "slackblocks 3.0.0 has it",
    "card.subtext": "the same",
}


def validator(kind: str) -> Draft7Validator:
    for name, shape in DEFINITIONS.items():
        for one in [shape, *shape.get("anyOf", [])]:
            if one.get("properties", {}).get("type", {}).get("const") == kind and name.endswith("Block"):
                return Draft7Validator({**SCHEMA, "$ref": f"#/definitions/{name}"})
    raise LookupError(kind)


CORPUS = [(surface, block) for surface, block in corpus() if block["type"] not in YOUNGER]
IDS = [f"{n}-{block['type']}" for n, (_, block) in enumerate(CORPUS)]


def test_these_types_know_every_block_that_we_know() -> None:
    for kind in set(BLOCKS) - set(YOUNGER):
        assert validator(kind)
    assert {block["type"] for _, block in corpus()} == set(BLOCKS)


@pytest.mark.parametrize(("surface", "block"), CORPUS, ids=IDS)
def test_what_slackblocks_builds_is_taken_by_both(surface: str, block: Json) -> None:
    assert [one.line() for one in blocks_wrong([block], surface)] == []
    assert [one.message for one in validator(block["type"]).iter_errors(block)] == []


def spoilt(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """The same with one thing wrong, and what was done."""
    if isinstance(value, dict):
        yield f"{at}: a list", [value]
        yield f"{at}: one key more", {**value, "bogus": 1}
        for key, inner in value.items():
            yield f"{at}/{key}: left out", {k: v for k, v in value.items() if k != key}
            for what, other in spoilt(inner, f"{at}/{key}"):
                yield what, {**value, key: other}
    elif isinstance(value, list):
        yield f"{at}: not a list", "bogus"
        yield f"{at}: a number", 7
        for n, inner in enumerate(value):
            for what, other in spoilt(inner, f"{at}/{n}"):
                yield what, [*value[:n], other, *value[n + 1 :]]
    else:
        yield f"{at}: another type", 7 if isinstance(value, str) else "bogus"
        if at.endswith(("/type", "/style", "/status", "/level", "/align")):
            yield f"{at}: another word", "bogus"


@pytest.mark.parametrize(("surface", "block"), CORPUS, ids=IDS)
def test_what_these_types_refuse_we_refuse(surface: str, block: Json) -> None:
    judge, refused = validator(block["type"]), 0
    for what, other in spoilt(block):
        blocks_wrong([other], surface)  # whatever it is, there is an answer
        if not judge.is_valid(other):
            refused += 1
            assert blocks_wrong([other], surface), what
    assert refused


def fields_of(name: str) -> set[str]:
    found: set[str] = set()
    for one in [DEFINITIONS[name], *DEFINITIONS[name].get("anyOf", [])]:
        found |= set(one.get("properties", {}))
    return found


def named(shapes: dict[str, Shape], ending: str) -> Iterator[tuple[str, Shape, str]]:
    """Type, our shape, and the definition these types have for it."""
    for name, definition in DEFINITIONS.items():
        for one in [definition, *definition.get("anyOf", [])]:
            kind = one.get("properties", {}).get("type", {}).get("const")
            if kind in shapes and name.endswith(ending):
                yield kind, shapes[kind], name
                break


@pytest.mark.parametrize(("shapes", "ending", "least"), [(BLOCKS, "Block", 20), (ELEMENTS, "", 25)])
def test_our_fields_are_those_of_these_types(shapes: dict[str, Shape], ending: str, least: int) -> None:
    found = {}
    for kind, shape, name in named(shapes, ending):
        if shapes is BLOCKS or not name.endswith("Block"):
            found[kind] = (set(shape.need) | set(shape.may), fields_of(name) - {"type", "block_id"})
    assert len(found) >= least
    more = {f"{kind}.{one}" for kind, (ours, theirs) in found.items() for one in ours - theirs}
    less = {f"{kind}.{one}" for kind, (ours, theirs) in found.items() for one in theirs - ours}
    assert more == {one for one in MORE if one.split(".")[0] in found}
    assert less == set()


def test_every_message_of_the_bots_passes_both() -> None:
    shown = {title: live_message(story.scene(later)).blocks for title, story, later in states()}
    shown["folded"] = folded(planned().change).blocks
    shown["details"] = plan_details(planned().scene()).blocks
    assert len(shown) > 5
    for title, blocks in shown.items():
        assert [one.line() for one in blocks_wrong(list(blocks), "M")] == [], title
        for block in deepcopy(list(blocks)):
            if block["type"] not in YOUNGER:
                assert [one.message for one in validator(block["type"]).iter_errors(block)] == [], title
