"""Words in, words out: finds the command, turns the words into typed values. Knows nothing of Slack."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from inspect import cleandoc, signature
from types import ModuleType
from typing import get_type_hints

from bot.core.errors import BadSettings, NotUnderstood, Refusal, Repeated, WhimbrelError
from bot.core.text import code, nearest, plain
from bot.slots import Slot, fill, split, ticked

_log = logging.getLogger(__name__)

#: The closed set of signs that an answer may begin with.
REFUSED, SETTLED, WAITING, ATTENTION, INFO = "⛔", "✅", "⏳", "⚠️", "ℹ️"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, however it came. `key` is unique and stable for it: the journal's cause."""

    key: str
    #: The words without "/migrate".
    text: str
    person: str
    #: "" when there is none (App Home).
    channel: str
    #: "typed", "button", "reaction", "scheduled" or "form".
    via: str
    at: datetime
    #: Opens a form, for three seconds.
    trigger: str = ""
    #: Fingerprint of the plan that the person saw, "" when unknown: an approval is for that plan only.
    plan: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A click that says `words`. `style`: "primary", "danger" or ""; `confirm`: a question asked first."""

    label: str
    words: str
    style: str = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A question of a form: free text, or one of `choices`."""

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    optional: bool = False
    #: Several of the choices may be taken; their values come with spaces between, quoted together.
    several: bool = False
    multiline: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Submitted, it is an Ask of `words` and each field's value, quoted as by shlex.quote.

    The value of an optional field comes after the field's name: "start shop to 42ab".
    """

    title: str
    words: str
    fields: tuple[Field, ...]
    submit: str = "OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file: `text`, or the bytes `data` of a picture. `kind` is its MIME type. `alt` says what it shows in
    plain sentences (as they came, no mrkdwn), for who cannot see it and for where it cannot be sent."""

    name: str
    text: str = ""
    data: bytes = b""
    kind: str = "text/plain"
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is said back, in mrkdwn: to the person alone, or to all when something was changed."""

    text: str
    public: bool = False
    buttons: tuple[Button, ...] = ()
    form: Form | None = None
    file: Attachment | None = None
    change: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A word and what it does. Name, usage and help all come from its function."""

    name: str
    run: Callable[..., Reply]
    slots: tuple[Slot, ...]
    #: The parameter that wants to see all commands, if there is one.
    sees: str = ""

    @classmethod
    def of(cls, name: str, run: Callable[..., Reply]) -> Command:
        """A command of a function whose first two parameters are the desk and the ask."""
        hints = get_type_hints(run)
        rest = list(signature(run).parameters.values())[2:]
        sees = next((p.name for p in rest if hints[p.name] is Commands), "")
        slots = tuple(Slot.of(p, hints[p.name]) for p in rest if p.name != sees)
        return cls(name=name, run=run, slots=slots, sees=sees)

    @property
    def usage(self) -> str:
        """ "run <phase> [change]"."""
        return " ".join((self.name, *(slot.usage for slot in self.slots)))

    @property
    def help(self) -> str:
        """The first line of the docstring."""
        return self.about.partition("\n")[0]

    @property
    def about(self) -> str:
        """The whole docstring."""
        return cleandoc(self.run.__doc__ or "")


class Commands:
    """The words that are known."""

    def __init__(self, known: Mapping[str, Command]) -> None:
        self.known = known

    def find(self, word: str, rest: str = "", before: str = "") -> Command:
        """The command of a word; NotUnderstood names the nearest one, between what was typed around it."""
        if command := self.known.get(word.lower()):
            return command
        near = "status" if word.lstrip("#").isdigit() else nearest(word, list(self.known))
        if word.lstrip("#").isdigit():
            rest = word
        meant = " ".join(part for part in ("/migrate", before, near, rest) if part)
        hint = f"Did you mean `{meant}`?" if near else "/migrate help"
        raise NotUnderstood(f"There is no word {ticked(word)}.", hint=hint)


class Chat:
    """Answers asks with the commands that it is given."""

    def __init__(self, commands: Mapping[str, Command], desk: object) -> None:
        self._commands = Commands(commands)
        self._desk = desk

    def answer(self, ask: Ask) -> Reply:
        """What is said back. Never raises: what goes wrong becomes words."""
        try:
            return self._carry_out(ask)
        except Repeated:
            return Reply(text=f"{INFO} This has been carried out already.")
        except Refusal as error:
            return Reply(text=worded(REFUSED, error))
        except WhimbrelError as error:
            _log.warning("%s: %s", type(error).__name__, error.message)
            return Reply(text=worded(ATTENTION, error))
        except Exception:
            number = sha256(ask.key.encode()).hexdigest()[:8]
            _log.critical("reference %s", number, exc_info=True)
            return Reply(text=_unforeseen(number))

    def _carry_out(self, ask: Ask) -> Reply:
        words = split(ask.text) or ["help"]
        if words[0].lower() == "/migrate":
            words = words[1:] or ["help"]
        command = self._commands.find(words[0], " ".join(words[1:]))
        values = fill(command.name, command.slots, words[1:])
        if command.sees:
            values[command.sees] = self._commands
        reply = command.run(self._desk, ask, **values)
        return replace(reply, text=_fit(reply.text, _MOST))


def discover(package: ModuleType) -> dict[str, Command]:
    """The commands of a package: each module is a word, and its `run` is what the word does."""
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return {
        name: Command.of(name, importlib.import_module(f"{package.__name__}.{name}").run) for name in names
    }


#: Characters that fit into one section of a message; and those that an error's message leaves to its hint.
_MOST, _MOST_OF_MESSAGE = 2900, 2300
#: What text.clock writes, and a code span: all else in a message is plain text.
_KEPT = re.compile(r"(<!date\^\d+\^\{date_short_pretty\} \{time\}\|[-0-9: ]+UTC>|`[^`\n]+`)")


def spoken(message: str) -> str:
    """A message of ours in mrkdwn, made harmless; `code` and moments stay what they are."""
    return _fit("\n".join(_made(line) for line in message.splitlines() if line.strip()), _MOST_OF_MESSAGE)


def _made(line: str) -> str:
    parts = enumerate(_KEPT.split(line))
    return "".join(_kept(part) if n % 2 else _plain(part) for n, part in parts).strip()


def _fit(text: str, most: int) -> str:
    """As many whole lines as there is room for, and a word on how many are left out."""
    lines = text.split("\n")
    while len("\n".join(lines)) > most and len(lines) > 1:
        lines.pop()
    left = text.count("\n") + 1 - len(lines)
    return "\n".join([*lines, f"… and {left} more line{'s' * (left != 1)}"] if left else lines)


#: Words to type that stand in a hint without their ticks: "…, or /migrate keep 42".
_TYPED = re.compile(r"(/migrate\b[^,;?`\n]*?)(?=,|;|\?|\.?$| or /)")


def _kept(part: str) -> str:
    return code(part[1:-1]) if part.startswith("`") else part


def _plain(part: str) -> str:
    """Made plain; the spaces at its ends part it from its neighbours."""
    before = " " if part[:1].isspace() else ""
    after = " " if part[-1:].isspace() and part.strip() else ""
    return before + plain(part) + after


def worded(sign: str, error: WhimbrelError) -> str:
    """An error as people read it: what is true, then what to do or to type next."""
    hint = spoken(error.hint if "`" in error.hint else _TYPED.sub(r"`\1`", error.hint))
    problems = error.problems if isinstance(error, BadSettings) else ()
    lines = [f"{sign} {spoken(error.message)}", *(f"• {spoken(p)}" for p in problems), hint]
    return "\n".join(line for line in lines if line)


def _unforeseen(number: str) -> str:
    return (
        f"{ATTENTION} Something went wrong on my side, and I do not know how far I came.\n"
        f"Look at {code('/migrate status')} before you ask again, and give the number {code(number)}"
        " to whoever runs Whimbrel: the log has the details under it."
    )
