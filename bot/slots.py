"""Typed words and the places that they fill: splits a line, and makes values of a command's parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from inspect import Parameter
from typing import Any, cast, get_args

from bot.core.errors import NotUnderstood
from bot.core.targets import Phase
from bot.core.text import listed, nearest

_NUMBER = re.compile(r"#?[1-9][0-9]{0,8}")
#: How many first letters are meant as a short form; more are a word with a slip.
_SHORT = (3, 4)
#: Numbers and ranges of them, with commas or spaces between.
_SEVERAL = re.compile(r"\d{1,4}(-\d{1,4})?([,\s]+\d{1,4}(-\d{1,4})?)*,?")
_MOST_NUMBERS = 200
_CLOSES = {'"': '"', "'": "'", "“": "”", "‘": "’"}


class Rest(str):
    """A command's parameter that takes all words that are left."""

    __slots__ = ()


class Numbers(tuple[int, ...]):
    """A command's parameter that takes the numbers it meets first: "31 32", "31,32", "31-34".

    Beside it the change's number is marked: "#42".
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A parameter of a command, as a place for a word. `keyword` is the word that comes before it."""

    name: str
    kind: type[Any]
    needed: bool
    default: Any = None
    keyword: str = ""

    @classmethod
    def of(cls, parameter: Parameter, hint: Any) -> Slot:
        """Keyword-only `to_revision` is typed "to <revision>"; a default or `X | None` makes it optional."""
        parts = get_args(hint) or (hint,)
        named, none = parameter.kind is Parameter.KEYWORD_ONLY, type(None)
        bare = parameter.default is Parameter.empty
        return cls(
            name=parameter.name,
            kind=next(part for part in parts if part is not none),
            needed=bare and none not in parts,
            default=None if bare else parameter.default,
            keyword=parameter.name.partition("_")[0] if named else "",
        )

    @property
    def usage(self) -> str:
        """As it stands in the usage: <needed>, [optional], one|of|these."""
        if self.kind is not Phase and issubclass(self.kind, StrEnum):
            text = "|".join(self.kind)
            return text if self.needed else f"[{text}]"
        text = self.name.rstrip("_").replace("_", " ")
        return f"<{text}>" if self.needed else f"[{text}]"


def fill(name: str, slots: Sequence[Slot], words: Sequence[str]) -> dict[str, Any]:
    """The values that the words give to the slots of the command `name`.

    Raises NotUnderstood, which says which word does not fit and what would.
    """
    usage = " ".join(("/migrate", name, *(slot.usage for slot in slots)))
    left = list(words)
    given = _marked(slots, left)
    for slot in slots:
        if slot.name in given:
            continue
        word = _numbers(slot, left) if slot.kind is Numbers else _next(slot, left)
        if not word and slot.needed:
            raise NotUnderstood(f"`/migrate {name}` needs {slot.usage}.", hint=usage)
        if isinstance(word, str) and word and issubclass(slot.kind, StrEnum):
            given[slot.name] = _chosen(slot, word, said=(name, *words), usage=usage)
        else:
            given[slot.name] = word or slot.default
    if left:
        raise NotUnderstood(f"I do not know what {ticked(left[0])} means here.", hint=usage)
    return given


def _marked(slots: Sequence[Slot], left: list[str]) -> dict[str, Any]:
    """Takes what may stand anywhere out of the words: the change's number, flags, "to <revision>"."""
    given: dict[str, Any] = {}
    for slot in slots:
        if slot.kind is bool:
            flag = next((w for w in left if w.lower() == slot.name.rstrip("_")), "")
            given[slot.name] = bool(flag)
            if flag:
                left.remove(flag)
        elif slot.kind is int and (place := _number(slots, left)) is not None:
            given[slot.name] = int(left.pop(place).lstrip("#"))
        elif slot.keyword and (place := _place(slot.keyword, left)) is not None:
            given[slot.name] = left.pop(place + 1)
            del left[place]
    return given


def _number(slots: Sequence[Slot], left: Sequence[str]) -> int | None:
    """Where the change's number stands.

    Free text may hold numbers of its own. A bare one counts where the usage has it: first, or last when
    the number comes after the text; "#42" counts at both ends, and anywhere when it comes after the text.
    """
    free = any(slot.kind is Rest for slot in slots)
    marked_only = any(slot.kind is Numbers for slot in slots)
    after = slots[-1].kind is int
    last = len(left) - 1
    for place, word in enumerate(left):
        if not _NUMBER.fullmatch(word) or (marked_only and not word.startswith("#")):
            continue
        ends_text = after and place == last and left[place - 1].lower() != "in"
        marked = word.startswith("#") and (after or place == last)
        if not free or place == 0 or ends_text or marked:
            return place
    return None


def _place(keyword: str, left: Sequence[str]) -> int | None:
    return next((n for n, word in enumerate(left[:-1]) if word.lower() == keyword), None)


def _numbers(slot: Slot, left: list[str]) -> Numbers:
    """The numbers that stand first; NotUnderstood for a range that is none."""
    found: list[int] = []
    while left and _SEVERAL.fullmatch(left[0]):
        for part in re.findall(r"[\d-]+", left.pop(0)):
            first, _, last = part.partition("-")
            low, high = int(first), int(last or first)
            if not low <= high < low + _MOST_NUMBERS:
                raise NotUnderstood(f"{ticked(part)} is no range of {slot.name}.", hint="Such as 31-34")
            found += range(low, high + 1)
    return Numbers(found)


def _next(slot: Slot, left: list[str]) -> str:
    if slot.kind is Rest:
        text = " ".join(word for word in left if word)
        left.clear()
        return text
    return left.pop(0) if left and slot.kind is not int else ""


def _chosen(slot: Slot, word: str, said: Sequence[str], usage: str) -> StrEnum:
    """The value that the word names in full, or by the three or four letters that it begins with."""
    kind = cast("type[StrEnum]", slot.kind)
    low, known = word.lower(), [str(value) for value in kind]
    begun = [value for value in known if value.startswith(low)]
    if low in known:
        return kind(low)
    if len(begun) == 1 and len(low) in _SHORT:
        return kind(begun[0])
    near = begun[0] if len(begun) == 1 else nearest(low, known)
    meant = " ".join(near if w == word else w for w in said)
    raise NotUnderstood(
        f"There is no {slot.name} {ticked(word)}; there are {listed(known)}.",
        hint=f"Did you mean `/migrate {meant}`?" if near else usage,
    )


def ticked(word: str) -> str:
    """A typed word as code inside a message that is not yet made for the chat."""
    return "`" + word.replace("`", "") + "`"


def split(line: str) -> list[str]:
    """The words of a line. "Two words" in quotes, straight or curly, are one; never raises.

    Reads what shlex.quote writes. A quote that does not open a word, or does not close one, is a letter:
    "it's", "don't".
    """
    words: list[str] = []
    place = 0
    while place < len(line):
        if line[place].isspace():
            place += 1
            continue
        word, place = _word(line, place)
        words.append(word)
    return words


def _word(line: str, place: int) -> tuple[str, int]:
    """The word that begins at `place`, and where it ends: quoted parts end to end, or up to a space."""
    word = ""
    start = place
    while place < len(line) and line[place] in _CLOSES:
        end = line.find(_CLOSES[line[place]], place + 1)
        if end < 0:
            break
        word += line[place + 1 : end]
        place = end + 1
    if place > start and (place == len(line) or line[place].isspace()):
        return word, place
    end = next((n for n in range(start, len(line)) if line[n].isspace()), len(line))
    return line[start:end], end
