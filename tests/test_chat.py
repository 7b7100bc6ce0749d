"""Words in, words out."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import commands as real_commands
from bot.chat import Ask, Chat, Command, Commands, Reply, discover, spoken
from bot.core.errors import BadSettings, Conflict, NotAllowed, Repeated, StepFailed
from bot.core.targets import Phase
from bot.core.text import clock
from bot.slots import Rest

NOW = datetime(2026, 11, 23, 20, 42, tzinfo=UTC)


def greet(desk: str, ask: Ask, change: int | None = None, role: str = "") -> Reply:
    """Greet a role.

    Twice, if need be.
    """
    return Reply(text=f"{desk} {ask.person} {change} {role}")


def run(desk: str, ask: Ask, phase: Phase, change: int | None = None) -> Reply:
    """Start a phase."""
    return Reply(text=f"{phase.name} {change}", public=True)


def fail(desk: str, ask: Ask, why: Rest) -> Reply:
    """Fail in a named way."""
    raise {
        "conflict": Conflict("It runs <!channel> & `x < y`.", hint="/migrate why 42"),
        "two": NotAllowed("No.", hint="/migrate rollback staging 42, or /migrate keep 42"),
        "react": NotAllowed("No.", hint="React with ✅ on the plan, or /migrate approve 42"),
        "step": StepFailed("The database said no."),
        "settings": BadSettings("Two things are wrong.", problems=("*one*", "two")),
        "again": Repeated("Done."),
        "bug": ZeroDivisionError("password=hunter2"),
    }[why]


def words(desk: str, ask: Ask, known: Commands, word: str = "") -> Reply:
    """Tell the words."""
    return Reply(text=" ".join(c.usage for c in known.known.values()))


CHAT = Chat({f.__name__: Command.of(f.__name__, f) for f in (greet, run, fail, words)}, desk="hello")


def says(text: str, key: str = "k1") -> Reply:
    return CHAT.answer(Ask(key=key, text=text, person="dba", channel="C1", via="typed", at=NOW))


def test_a_command_gets_the_desk_the_ask_and_typed_values() -> None:
    assert says("greet #42 qa").text == "hello dba 42 qa"
    assert says("RUN staging 42").text == "STAGING 42"
    assert says("/migrate run staging").text == "STAGING None"


def test_name_usage_and_help_come_from_the_function() -> None:
    command = Command.of("greet", greet)

    assert (command.usage, command.help) == ("greet [change] [role]", "Greet a role.")
    assert command.about == "Greet a role.\n\nTwice, if need be."


def test_a_command_may_see_all_words_and_nobody_types_that() -> None:
    assert says("words").text == "greet [change] [role] run <phase> [change] fail <why> words [word]"


def test_an_unknown_word_gets_the_nearest_one_with_the_rest_of_what_was_typed() -> None:
    assert says("gret 42").text == "⛔ There is no word `gret`.\nDid you mean `/migrate greet 42`?"


def test_a_word_like_no_other_gets_the_way_to_all_words() -> None:
    assert says("xyzzy").text == "⛔ There is no word `xyzzy`.\n`/migrate help`"


def test_a_number_alone_is_taken_for_a_change_whose_status_is_wanted() -> None:
    assert says("#42").text == "⛔ There is no word `#42`.\nDid you mean `/migrate status #42`?"


def test_a_mistyped_phase_gets_the_nearest_one() -> None:
    assert "Did you mean `/migrate run staging 42`?" in says("run stagnig 42").text
    assert not says("run stagnig 42").public


def test_a_refusal_is_said_to_the_person_alone_and_pings_nobody() -> None:
    reply = says("fail conflict")

    assert reply.text == "⛔ It runs &lt;!channel&gt; &amp; `x &lt; y`.\n`/migrate why 42`"
    assert not reply.public


def test_every_word_to_type_in_a_hint_is_shown_as_code() -> None:
    assert says("fail two").text == "⛔ No.\n`/migrate rollback staging 42`, or `/migrate keep 42`"
    assert says("fail react").text == "⛔ No.\nReact with ✅ on the plan, or `/migrate approve 42`"


def test_a_failure_that_is_not_the_askers_bears_another_sign() -> None:
    assert says("fail step").text == "⚠️ The database said no."
    assert says("fail settings").text == "⚠️ Two things are wrong.\n• ∗one∗\n• two"


def test_an_ask_that_was_carried_out_before_is_told_so() -> None:
    assert says("fail again").text == "ℹ️ This has been carried out already."


def test_the_unforeseen_becomes_a_reference_number_that_the_log_knows(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.CRITICAL):
        reply = says("fail bug", key="event-7")

    number = caplog.records[0].args
    assert number
    assert f"`{number[0]}`" in reply.text  # type: ignore[index]
    assert "ZeroDivisionError" in caplog.text
    assert "hunter2" not in reply.text
    assert says("fail bug", key="event-7").text == reply.text != says("fail bug", key="event-8").text


@pytest.mark.parametrize(
    "text", ["'", '"', "run '", "``` <!here>", "run " + "x" * 5000, "\x00", "fail", "#0"]
)
def test_odd_words_never_raise_and_never_ping(text: str) -> None:
    reply = says(text)

    assert reply.text.startswith("⛔")
    assert "<!" not in reply.text
    assert len(reply.text) < 3000


def test_nothing_typed_is_a_cry_for_help() -> None:
    assert "Did you mean" not in says("").text
    assert "There is no word `help`" in says(" ").text


def test_a_moment_in_a_message_stays_a_moment() -> None:
    assert f"It starts at {clock(NOW)}, not before." == spoken(f"It starts at {clock(NOW)}, not before.")
    assert "&lt;!date^1^@here|x&gt;" in spoken("<!date^1^@here|x>").replace("\u2060", "")


def test_a_long_list_of_problems_is_cut_and_says_how_many_are_left() -> None:
    said = spoken("\n".join(f"- line {n} is wrong in a way that takes words" for n in range(200)))

    assert len(said) < 2600
    shown = said.count("is wrong")
    assert said.endswith(f"… and {200 - shown} more lines")


def test_each_module_of_the_package_is_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "words_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "wave.py").write_text("def run(desk, ask):\n    '''Wave.'''\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        import words_of_a_test  # type: ignore[import-not-found]

        assert [command.help for command in discover(words_of_a_test).values()] == ["Wave."]
    finally:
        sys.modules.pop("words_of_a_test", None)
        sys.modules.pop("words_of_a_test.wave", None)


def test_our_own_commands_are_found() -> None:
    assert {"start", "run", "rollback", "help", "list"} <= discover(real_commands).keys()
