"""A scripted person: says, reacts, presses and fills in as one at the page would. Standard library only."""

import http.client
import json
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]
Found = TypeVar("Found")


class Unwelcome(Exception):
    """What the person would have read on the page when something did not work."""

    def __init__(self, body: Json) -> None:
        super().__init__(f"{body.get('error')}: {body.get('message')}")
        self.error = str(body.get("error"))
        self.body = body


class TooLate(AssertionError):
    """What was waited for did not come."""


class Person:
    """One person of the workspace. `user_id` may be the person's name; channels go by name or id."""

    def __init__(self, url: str, user_id: str, *, patience: float = 10.0) -> None:
        self._address = urlsplit(url).netloc
        self.patience = patience
        self.id = user_id
        named = next((one for one in self.everyone() if user_id in (one["id"], one["name"])), None)
        if named is None:
            raise LookupError(f"there is nobody called {user_id} in this workspace")
        self.id = named["id"]
        self.name = str(named["name"])

    def everyone(self) -> list[Json]:
        found: list[Json] = self._get("/person/state", {})["users"]
        return found

    # -- sight --------------------------------------------------------------------------------

    def state(self) -> Json:
        return self._get("/person/state", {"as": self.id})

    def channel(self, name: str, state: Json | None = None) -> str:
        """A channel's id."""
        for one in (state or self.state())["channels"]:
            if name.lstrip("#") in (one["id"], one["name"]):
                return str(one["id"])
        raise LookupError(f"{self.name} sees no channel called {name}")

    def messages(self, channel: str) -> list[Json]:
        """Everything in a channel that this person can see, oldest first: replies and whispers too."""
        state = self.state()
        found: list[Json] = state["messages"].get(self.channel(channel, state), [])
        return found

    def thread(self, channel: str, ts: str) -> list[Json]:
        """A message and the replies to it."""
        return [one for one in self.messages(channel) if ts in (one["ts"], one.get("thread_ts"))]

    def ephemerals(self, channel: str) -> list[Json]:
        return [one for one in self.messages(channel) if one.get("ephemeral")]

    def message(self, channel: str, ts: str) -> Json:
        return next(one for one in self.messages(channel) if one["ts"] == ts)

    def modals(self) -> list[Json]:
        found: list[Json] = self.state()["modals"]
        return found

    def file(self, address: str) -> bytes:
        """What is in a file; by its url_private."""
        return self._send("GET", f"{urlsplit(address).path}?{urlencode({'as': self.id})}", None)

    # -- deeds --------------------------------------------------------------------------------

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> Json:
        """Says it; with a slash in front, has the app do it. Raises Unwelcome when that did not work."""
        more = {"thread_ts": thread_ts} if thread_ts else {}
        return self._do("say", channel=self.channel(channel), text=text, **more)

    def react(self, channel: str, ts: str, name: str) -> Json:
        return self._do("react", channel=self.channel(channel), ts=ts, name=name)

    def unreact(self, channel: str, ts: str, name: str) -> Json:
        return self._do("unreact", channel=self.channel(channel), ts=ts, name=name)

    def click(self, channel: str, ts: str, what: str, **chosen: Any) -> Json:
        """Presses what has this action_id, or this text; `chosen` goes along (selected_option=...)."""
        message = self.message(channel, ts)
        block_id, element = pressable(message, what)
        action = {**element, **chosen}
        place = self.channel(channel)
        return self._do("act", channel=place, message_ts=ts, block_id=block_id, action=action)

    def click_view(self, what: str, **chosen: Any) -> Json:
        """The same in the topmost modal, or on the App Home when no modal is open."""
        state = self.state()
        view = state["modals"][-1] if state["modals"] else state["home"]
        block_id, element = pressable(view or {}, what)
        return self._do("act", view_id=view["id"], block_id=block_id, action={**element, **chosen})

    def suggestions(self, view_id: str, what: str, typed: str) -> Json:
        """What the app offers in a modal's menu (by its action_id) when this was typed into it."""
        view = next(one for one in self.modals() if one["id"] == view_id)
        block_id, element = pressable(view, what)
        where = {"view_id": view_id, "block_id": block_id, "action_id": element["action_id"]}
        return self._do("suggest", value=typed, **where)

    def submit(self, view_id: str, values: Json) -> Json:
        """`values`: {block_id: {action_id: {...}}}, or {action_id: text or option value}."""
        view = next(one for one in self.modals() if one["id"] == view_id)
        return self._do("submit", view_id=view_id, values=filled(view, values))

    def close(self, view_id: str) -> Json:
        return self._do("close", view_id=view_id)

    def shortcut(self, callback_id: str, channel: str = "", ts: str = "") -> Json:
        """Chooses a shortcut of the app's: with a message from its menu, else from anywhere."""
        more = {"channel": self.channel(channel), "ts": ts} if ts else {}
        return self._do("shortcut", callback_id=callback_id, **more)

    def edit(self, channel: str, ts: str, text: str) -> Json:
        return self._do("edit", channel=self.channel(channel), ts=ts, text=text)

    def delete(self, channel: str, ts: str) -> Json:
        return self._do("delete", channel=self.channel(channel), ts=ts)

    def join(self, channel: str) -> Json:
        return self._do("join", channel=self.channel(channel))

    def home(self) -> Json | None:
        """Opens the App Home; what stands there now (the app may publish a moment later)."""
        self._do("home")
        found: Json | None = self.state()["home"]
        return found

    # -- waiting ------------------------------------------------------------------------------

    def wait_for(
        self, predicate: Callable[[Json], Found], timeout: float | None = None, what: str = ""
    ) -> Found:
        """Looks at the state, again after every change, until the predicate finds something; returns that."""
        end = time.monotonic() + (self.patience if timeout is None else timeout)
        while True:
            state = self.state()
            found = predicate(state)
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0:
                raise TooLate(f"{self.name} waited in vain{' for ' + what if what else ''}")
            self._get("/person/wait", {"since": state["seq"], "seconds": min(left, 1.0)})

    def wait_for_message(
        self, channel: str, *parts: str, timeout: float | None = None, ephemeral: bool | None = None
    ) -> Json:
        """The newest message that has all these parts in its text, blocks or attachments."""

        def look(state: Json) -> Json | None:
            for one in reversed(state["messages"].get(self.channel(channel, state), [])):
                shown = read(one)
                private = bool(one.get("ephemeral"))
                if all(part in shown for part in parts) and ephemeral in (None, private):
                    found: Json = one
                    return found
            return None

        found = self.wait_for(look, timeout, f"a message with {' and '.join(parts)}")
        assert found is not None
        return found

    # -- the wire -----------------------------------------------------------------------------

    def _do(self, verb: str, **body: Any) -> Json:
        answer = json.loads(self._send("POST", f"/person/{verb}", {"as": self.id, **body}))
        if not answer["ok"]:
            raise Unwelcome(answer)
        done: Json = answer
        return done

    def _get(self, path: str, query: Json) -> Json:
        found: Json = json.loads(self._send("GET", f"{path}?{urlencode(query)}", None))
        return found

    def _send(self, verb: str, path: str, body: Json | None) -> bytes:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        try:
            content = None if body is None else json.dumps(body).encode()
            connection.request(verb, path, content, {"Content-Type": "application/json"})
            return connection.getresponse().read()
        finally:
            connection.close()


def read(message: Json) -> str:
    """All the words of a message or a view, as one text."""
    words: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            for key, one in value.items():
                if isinstance(one, str) and key in ("text", "title", "caption", "name", "preview"):
                    words.append(one)
                else:
                    walk(one)

    walk({key: value for key, value in message.items() if key != "reactions"})
    return "\n".join(words)


def _walk(value: Any, block_id: str = "") -> list[tuple[str, Json]]:
    """Every object inside, with the block it is in."""
    if isinstance(value, list):
        return [found for one in value for found in _walk(one, block_id)]
    if not isinstance(value, dict):
        return []
    block_id = value.get("block_id", block_id)
    return [(block_id, value), *(found for one in value.values() for found in _walk(one, block_id))]


def pressable(message: Json, what: str) -> tuple[str, Json]:
    """The block and the element with this action_id or this label."""
    inside = [message.get("blocks", []), message.get("attachments", [])]
    found = [(block, one) for block, one in _walk(inside) if "action_id" in one]
    for block, one in found:
        label = one.get("text")
        if what == one["action_id"] or (isinstance(label, dict) and what == label.get("text")):
            return block, one
    offered = ", ".join(str(one["action_id"]) for _, one in found) or "nothing"
    raise LookupError(f"there is no {what} to press; there is {offered}")


def filled(view: Json, values: Json) -> Json:
    """The form's values as Slack passes them on; plain texts and option values are put in their place."""
    if all(isinstance(one, dict) for one in values.values()):
        return values
    full: Json = {}
    for block_id, element in _walk(view["blocks"]):
        given = values.get(element.get("action_id", ""))
        if given is None:
            continue
        full.setdefault(block_id, {})[element["action_id"]] = _held(element, given)
    return full


def _held(element: Json, given: Any) -> Json:
    offered = {one["value"]: one for _, one in _walk(element) if "value" in one and "text" in one}
    if element["type"] in ("static_select", "radio_buttons"):
        return {"type": element["type"], "selected_option": offered[given]}
    if element["type"] in ("checkboxes", "multi_static_select"):
        return {"type": element["type"], "selected_options": [offered[one] for one in given]}
    return {"type": element["type"], "value": given}
