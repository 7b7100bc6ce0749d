"""What an app says without a token: in its acknowledgement of a command, or through a response_url."""

from bot.playground.blocks import require_message
from bot.playground.faults import Faults
from bot.playground.messages import composed
from bot.playground.values import Json
from bot.playground.views import AnswerAddress, Views
from bot.playground.workspace import Workspace


class Responses:
    def __init__(self, space: Workspace, views: Views, faults: Faults) -> None:
        self._space = space
        self._views = views
        self._faults = faults

    def say(self, person: str, channel: str, body: Json, thread_ts: str | None = None) -> str:
        """A message for one person's eyes, or for the channel's."""
        self._require(body)
        message = {**composed(self._space, body), "channel": channel}
        thread = body.get("thread_ts") or thread_ts
        if thread:
            message["thread_ts"] = thread
        if body.get("response_type") == "in_channel":
            made = self._space.post(channel, {**message, "subtype": "bot_message"})
        else:
            made = self._space.whisper(person, message)
        return str(made["ts"])

    def _require(self, body: Json) -> None:
        require_message(body.get("blocks"), body.get("attachments"), old=self._faults.no_new_blocks)

    def answer(self, ident: str, body: Json) -> None:
        """Through a response_url, by the last part of its address."""
        address = self._views.answered(ident)
        if body.get("delete_original"):
            self._original(address, None)
        elif body.get("replace_original") and address.ts:
            self._require(body)
            self._original(address, composed(self._space, body))
        else:
            self.say(address.user, address.channel, body, address.thread_ts)

    def _original(self, address: AnswerAddress, new: Json | None) -> None:
        """Replaced in place, or taken away."""
        if address.ts is None:
            return
        if not address.ephemeral:
            if new is None:
                self._space.delete(address.channel, address.ts)
            else:
                self._space.change(address.channel, address.ts, {"blocks": None, "attachments": None} | new)
            return
        old = self._space.whispers.get(address.user, {}).get(address.ts)
        self._space.unwhisper(address.user, address.ts)
        if new is not None and old is not None:
            kept: Json = {key: old[key] for key in ("ts", "channel", "thread_ts") if key in old}
            self._space.whisper(address.user, {**new, **kept})
