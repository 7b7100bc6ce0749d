"""What people do to the app, and what its acknowledgements then do to the workspace."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from bot.playground import payloads
from bot.playground.blocks import element_in
from bot.playground.delivery import Delivery, NotDelivered
from bot.playground.forms import missing, picked, with_blanks
from bot.playground.messages import as_command
from bot.playground.places import Channel, User
from bot.playground.responses import Responses
from bot.playground.suggestions import EXTERNAL, Suggestions, too_short
from bot.playground.values import Json, Refused
from bot.playground.views import AnswerAddress, Views
from bot.playground.workspace import Workspace


class Dialogue:
    def __init__(
        self,
        space: Workspace,
        views: Views,
        delivery: Delivery,
        responses: Responses,
        address: Callable[[], str],
    ) -> None:
        self._space = space
        self._views = views
        self._delivery = delivery
        self._responses = responses
        self._address = address
        self._suggestions = Suggestions()
        self._picked: dict[tuple[str, str], Json] = {}  # (message, person) -> state.values

    def _answer_url(self, user: str, channel: str, **more: Any) -> str:
        address = AnswerAddress(user=user, channel=channel, **more)
        return f"{self._address()}/response/{self._views.answer_address(address)}"

    async def _asked(self, kind: str, payload: Json, what: str, to: str) -> Json:
        """What the app put in its acknowledgement; the person reads that it failed if there was none."""
        if kind == "interactive" and not self._space.seed.interactive:
            text = f"{what} failed: this app is not configured to handle interactive responses"
            raise Refused("not_interactive", message=text)
        try:
            return await self._delivery.ask(kind, payload)
        except NotDelivered as failed:
            why = "did not answer in time" if "timeout" in failed.reason else "could not be reached"
            text = f"{what} failed: dispatch failed (the app {why})"
            self._space.tell("notice", to=to, text=text)
            raise Refused("dispatch_failed", message=text) from None

    # -- commands -----------------------------------------------------------------------------

    async def command(self, user: User, channel: Channel, text: str, thread_ts: str | None) -> None:
        word, _, rest = text.partition(" ")
        known = {one.command: one for one in self._space.seed.commands}
        if known and word not in known:
            raise Refused("unknown_command", message=f"{word} is not a valid command.")
        if thread_ts:
            raise Refused(
                "not_in_thread", message=f"{word} is not supported in threads. Type it in the channel."
            )
        words = rest.strip()
        if word in known and known[word].should_escape:
            words = as_command(self._space, words)
        payload = payloads.slash(self._space, user, channel, (word, words))
        payload["response_url"] = self._answer_url(user.id, channel.id)
        payload["trigger_id"] = self._views.trigger(user.id)
        answer = await self._asked("slash_commands", payload, word, user.id)
        if answer.get("text") or answer.get("blocks") or answer.get("attachments"):
            try:
                self._responses.say(user.id, channel.id, answer)
            except Refused as refused:
                said = f"{word} failed: the app's answer was refused ({refused.error})"
                self._space.tell("notice", to=user.id, text=said)
                raise Refused(refused.error, message=said) from None

    # -- shortcuts ----------------------------------------------------------------------------

    async def shortcut(self, user: User, callback_id: str, message: Json | None) -> None:
        """From anywhere, or from a message's menu."""
        kind = "message" if message else "global"
        known = [(one.callback_id, one.type) for one in self._space.seed.shortcuts]
        if known and (callback_id, kind) not in known:
            raise Refused("unknown_shortcut", message=f"There is no {kind} shortcut {callback_id}.")
        trigger = self._views.trigger(user.id)
        if message is None:
            payload = payloads.shortcut(self._space, user, callback_id, trigger)
        else:
            payload = payloads.shortcut_on(self._space, user, message, callback_id, trigger)
            payload["response_url"] = self._answer_url(user.id, message["channel"])
        await self._asked("interactive", payload, "This shortcut", user.id)

    # -- clicks -------------------------------------------------------------------------------

    async def act(self, user: User, body: Json) -> None:
        if body.get("view_id") or body.get("home"):
            await self._act_on_view(user, body)
            return
        message = self._message(user, body)
        ts = message["ts"]
        action = self._action((ts, user.id), body, _inside(message))
        values = self._picked.setdefault((ts, user.id), {})
        _keep(values, action)
        payload = payloads.clicked(self._space, user, action, self._views.trigger(user.id))
        payload |= payloads.on_message(self._space, message, deepcopy(values))
        payload["response_url"] = self._answer_url(
            user.id,
            message["channel"],
            ts=ts,
            thread_ts=_read_in(message),
            ephemeral=bool(message.get("ephemeral")),
        )
        await self._asked("interactive", payload, "This action", user.id)

    async def _act_on_view(self, user: User, body: Json) -> None:
        view = self._view(user, body)
        action = self._action((view["id"], user.id), body, view["blocks"])
        _keep(view["state"]["values"], action)
        payload = payloads.clicked(self._space, user, action, self._views.trigger(user.id))
        payload |= payloads.on_view(deepcopy(view))
        await self._asked("interactive", payload, "This action", user.id)

    def _own(self, user: User, body: Json) -> Json:
        ident = str(body.get("view_id"))
        for view in [*self._views.stacks.get(user.id, []), self._views.homes.get(user.id)]:
            if view and view["id"] == ident:
                return view
        raise Refused("not_found", message="There is no such view any more.")

    def _view(self, user: User, body: Json) -> Json:
        view = self._views.homes.get(user.id) if body.get("home") else self._own(user, body)
        if view is None:
            raise Refused("not_found", message="There is no such view any more.")
        return view

    def _message(self, user: User, body: Json) -> Json:
        channel, ts = str(body.get("channel", "")), str(body.get("message_ts", ""))
        return self._space.whispers.get(user.id, {}).get(ts) or self._space.message(channel, ts)

    def _action(self, place: tuple[str, str], body: Json, blocks: Any) -> Json:
        asked = body.get("action")
        if not isinstance(asked, dict):
            raise Refused("invalid_arguments", message="An action is missing.")
        block_id = str(body.get("block_id") or asked.get("block_id"))
        element = _element(blocks, block_id, asked)
        return {**picked(self._suggestions.known(place, block_id, element), asked), "block_id": block_id}

    async def suggest(self, user: User, body: Json) -> Json:
        """The options for what was typed so far into a menu of the app's."""
        view = self._view(user, body) if body.get("view_id") or body.get("home") else None
        shown = view or self._message(user, body)
        block_id, typed = str(body.get("block_id")), str(body.get("value", ""))
        element = _element(view["blocks"] if view else _inside(shown), block_id, body)
        if element["type"] not in EXTERNAL:
            raise Refused("invalid_arguments", message="This menu knows its own options.")
        if too_short(element, typed):
            return {"options": []}
        payload = payloads.typed_into(self._space, user, element, block_id, typed)
        payload |= payloads.on_view(deepcopy(view)) if view else payloads.on_message(self._space, shown, {})
        payload.pop("state", None)
        answer = await self._asked("interactive", payload, "Loading the options", user.id)
        place = (shown["id"] if view else shown["ts"], user.id)
        return self._suggestions.take(place, block_id, element["action_id"], answer)

    # -- modals -------------------------------------------------------------------------------

    async def submit(self, user: User, ident: str, values: Json) -> None:
        view = self._own(user, {"view_id": ident})
        inputs = self._suggestions.inputs((ident, user.id), view["blocks"])
        view["state"]["values"] = with_blanks(inputs, values)
        errors = missing(view["blocks"], view["state"]["values"])
        if errors:
            self._mistaken(user, view, errors)
        payload = payloads.submitted(self._space, user, deepcopy(view), self._views.trigger(user.id))
        answer = await self._asked("interactive", payload, "This form", user.id)
        try:
            self._follow(user, view, answer)
        except (Refused, KeyError) as refused:
            if isinstance(refused, Refused) and refused.error == "invalid_input":
                raise
            said = f"This form failed: the app's answer was refused ({refused})"
            self._space.tell("notice", to=user.id, text=said)
            raise Refused("invalid_answer", message=said) from None

    def _follow(self, user: User, view: Json, answer: Json) -> None:
        match answer.get("response_action"):
            case "errors":
                self._mistaken(user, view, answer.get("errors") or {})
            case "update":
                self._views.update(answer["view"], view["id"], None, None)
            case "push":
                self._views.put_on_top(user.id, answer["view"])
            case "clear":
                self._views.clear(user.id)
            case _:
                self._views.pop(user.id, view["id"])

    def _mistaken(self, user: User, view: Json, errors: dict[str, str]) -> None:
        self._space.tell("modal_errors", to=user.id, view_id=view["id"], errors=errors)
        raise Refused("invalid_input", message="; ".join(errors.values()), errors=errors)

    async def close(self, user: User, ident: str) -> None:
        view = self._own(user, {"view_id": ident})
        cleared = view["clear_on_close"]
        if cleared:
            self._views.clear(user.id)
        else:
            self._views.pop(user.id, ident)
        if view["notify_on_close"]:
            payload = payloads.closed(self._space, user, view, cleared=cleared)
            await self._asked("interactive", payload, "Closing", user.id)

    def home(self, user: User) -> None:
        body: Json = {"user": user.id, "channel": self._space.direct(user.id).id}
        if user.id in self._views.homes:
            body["view"] = self._views.homes[user.id]
        self._space.tell("app_home_opened", to=user.id, **body)


def _inside(message: Json) -> list[Any]:
    return [message.get("blocks", []), message.get("attachments", [])]


def _element(blocks: Any, block_id: str, asked: Json) -> Json:
    element = element_in(blocks, block_id, str(asked.get("action_id")))
    if element is None:
        raise Refused("not_found", message="That is not there any more.")
    return element


def _read_in(message: Json) -> str | None:
    """The thread that a message is read in: a thread's root and a broadcast stand in the channel."""
    thread = message.get("thread_ts")
    in_channel = thread == message.get("ts") or message.get("subtype") == "thread_broadcast"
    return None if in_channel else thread


def _keep(values: Json, action: Json) -> None:
    """Choices are remembered beside a message, and sent along with the next click."""
    if action["type"] != "button":
        chosen = {key: value for key, value in action.items() if key not in ("block_id", "action_id", "text")}
        values.setdefault(action["block_id"], {})[action["action_id"]] = chosen
