"""Modals and App Homes, and the two kinds of short-lived permission: trigger ids and response addresses."""

import hashlib
import json
import secrets
import time
from copy import deepcopy
from dataclasses import dataclass

from bot.playground.blocks import refuse, view_wrong, with_ids
from bot.playground.faults import Faults
from bot.playground.limits import most
from bot.playground.timers import Timers
from bot.playground.values import Json, Refused, new_id
from bot.playground.workspace import Workspace


@dataclass(slots=True, kw_only=True)
class Trigger:
    user: str
    until: float
    used: bool = False


@dataclass(slots=True, kw_only=True)
class AnswerAddress:
    """What a response_url stands for. `ts` is the message it came from, when it came from one."""

    user: str
    channel: str
    until: float = 0.0
    ts: str | None = None
    thread_ts: str | None = None
    ephemeral: bool = False
    uses: int = 0


class Views:
    def __init__(self, space: Workspace, faults: Faults | None = None, timers: Timers | None = None) -> None:
        self._space = space
        self._faults = faults or Faults()
        self._timers = timers or Timers()
        self.stacks: dict[str, list[Json]] = {}
        self.homes: dict[str, Json] = {}
        self._triggers: dict[str, Trigger] = {}
        self._answers: dict[str, AnswerAddress] = {}

    # -- permissions --------------------------------------------------------------------------

    def trigger(self, user: str) -> str:
        ident = f"{time.time_ns() // 1000}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self._triggers[ident] = Trigger(user=user, until=self._timers.now() + most("trigger_id.seconds"))
        return ident

    def _spend(self, ident: str) -> str:
        trigger = self._triggers.get(ident)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._timers.now() > trigger.until:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def answer_address(self, address: AnswerAddress) -> str:
        """A new address's last part. `address.until` is set here."""
        ident = secrets.token_urlsafe(18)
        address.until = self._timers.now() + most("response_url.seconds")
        self._answers[ident] = address
        return ident

    def answered(self, ident: str) -> AnswerAddress:
        address = self._answers.get(ident)
        if address is None:
            raise Refused("invalid_url")
        if self._timers.now() > address.until:
            raise Refused("expired_url")
        if address.uses >= most("response_url.uses"):
            raise Refused("used_url")
        address.uses += 1
        return address

    # -- modals -------------------------------------------------------------------------------

    def open(self, trigger: str, view: Json) -> Json:
        made = self._made(view)
        user = self._spend(trigger)
        self.stacks[user] = [made]
        self._shown(user)
        return made

    def push(self, trigger: str, view: Json) -> Json:
        self._check(view)
        return self.put_on_top(self._spend(trigger), view)

    def put_on_top(self, user: str, view: Json) -> Json:
        stack = self.stacks.get(user) or []
        if len(stack) >= most("view.stack"):
            raise Refused("push_limit_reached")
        made = self._made(view)
        if stack:
            made["root_view_id"], made["previous_view_id"] = stack[0]["id"], stack[-1]["id"]
        self.stacks[user] = [*stack, made]
        self._shown(user)
        return made

    def update(self, view: Json, ident: str | None, external: str | None, known_hash: str | None) -> Json:
        user, old = self.find(ident, external)
        if known_hash and known_hash != old["hash"]:
            raise Refused("hash_conflict")
        made = self._made(view, old["id"])
        for key in ("id", "root_view_id", "previous_view_id"):
            made[key] = old[key]
        self._keep_values(old, made)
        if old["type"] == "home":
            self.homes[user] = made
            self._space.tell("home", to=user, view=made)
            return made
        self.stacks[user] = [made if one["id"] == old["id"] else one for one in self.stacks[user]]
        self._shown(user)
        return made

    @staticmethod
    def _keep_values(old: Json, new: Json) -> None:
        """What was typed stays in the inputs that keep their block_id and action_id."""
        blocks = {block["block_id"] for block in new["blocks"]}
        values = old["state"]["values"]
        new["state"]["values"] = {block: deepcopy(kept) for block, kept in values.items() if block in blocks}

    def find(self, ident: str | None, external: str | None = None) -> tuple[str, Json]:
        """Whose view it is, and the view."""
        for user, stack in self.stacks.items():
            for view in stack:
                if view["id"] == ident or (external and view.get("external_id") == external):
                    return user, view
        for user, view in self.homes.items():
            if view["id"] == ident or (external and view.get("external_id") == external):
                return user, view
        raise Refused("not_found")

    def pop(self, user: str, ident: str) -> None:
        self.stacks[user] = [view for view in self.stacks.get(user, []) if view["id"] != ident]
        self._shown(user)

    def clear(self, user: str) -> None:
        self.stacks[user] = []
        self._shown(user)

    # -- home ---------------------------------------------------------------------------------

    def publish(self, user: str, view: Json, known_hash: str | None) -> Json:
        self._space.user(user)
        old = self.homes.get(user)
        if known_hash and old and known_hash != old["hash"]:
            raise Refused("hash_conflict")
        made = self._made(view, old["id"] if old else "")
        if old:
            made["id"] = made["root_view_id"] = old["id"]
            self._keep_values(old, made)
        self.homes[user] = made
        self._space.tell("home", to=user, view=made)
        return made

    # -- inside -------------------------------------------------------------------------------

    def _shown(self, user: str) -> None:
        self._space.tell("modal", to=user, views=self.stacks[user])

    def _check(self, view: Json, mine: str = "") -> None:
        """`mine`: the id of the view that this one takes the place of."""
        if len(json.dumps(view)) > most("view.bytes"):
            raise Refused("view_too_large")
        refuse("invalid_arguments", view_wrong(view, old=self._faults.no_new_blocks))
        name = view.get("external_id")
        shown = [*(one for stack in self.stacks.values() for one in stack), *self.homes.values()]
        if name and any(one["external_id"] == name and one["id"] != mine for one in shown):
            raise Refused("duplicate_external_id")

    def _made(self, view: Json, mine: str = "") -> Json:
        self._check(view, mine)
        ident = new_id("V")
        made: Json = {
            "id": ident,
            "team_id": self._space.team_id,
            "type": view["type"],
            "blocks": with_ids(view["blocks"]),
            "private_metadata": view.get("private_metadata", ""),
            "callback_id": view.get("callback_id", ""),
            "state": {"values": {}},
            "title": view.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
            "close": view.get("close"),
            "submit": view.get("submit"),
            "clear_on_close": bool(view.get("clear_on_close", False)),
            "notify_on_close": bool(view.get("notify_on_close", False)),
            "submit_disabled": bool(view.get("submit_disabled", False)),
            "previous_view_id": None,
            "root_view_id": ident,
            "external_id": view.get("external_id", ""),
            "app_id": self._space.app_id,
            "app_installed_team_id": self._space.team_id,
            "bot_id": self._space.bot_id,
        }
        content = json.dumps([made["blocks"], made["title"], time.time_ns()], sort_keys=True)
        digest = hashlib.sha256(content.encode()).hexdigest()
        made["hash"] = f"{int(time.time())}.{digest[:8]}"
        return made
