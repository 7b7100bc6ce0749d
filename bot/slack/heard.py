"""What Slack says to us, made into asks. Pure: payloads in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from bot.chat import Ask
from bot.slack.forms import words_of

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An ask, and where its answer goes."""

    ask: Ask
    #: Slack's id of the message that was clicked or reacted to.
    message: str = ""
    #: The thread that this message is in, "" for the channel itself.
    thread: str = ""
    #: Only this person saw the message, so the answer may take its place.
    hidden: bool = False
    #: Slack's address for an answer; known for half an hour, and never written down.
    reply_url: str = field(default="", repr=False)
    #: When it was heard, by this process's own clock; 0 for an ask that an earlier process heard.
    heard: float = 0.0

    def to_data(self) -> dict[str, str]:
        """What the inbox keeps: everything but what is good for a moment only."""
        ask = self.ask
        return {
            "text": ask.text,
            "person": ask.person,
            "channel": ask.channel,
            "via": ask.via,
            "at": ask.at.isoformat(),
            "plan": ask.plan,
            "message": self.message,
            "thread": self.thread,
        }

    @classmethod
    def from_data(cls, key: str, data: Mapping[str, str]) -> Heard:
        """What an earlier process left in the inbox. KeyError or ValueError when it is not an ask."""
        ask = Ask(
            key=key,
            text=data["text"],
            person=data["person"],
            channel=data["channel"],
            via=data["via"],
            at=datetime.fromisoformat(data["at"]),
            plan=data.get("plan", ""),
        )
        return cls(ask=ask, message=data["message"], thread=data["thread"])

    def about(self, plan: str) -> Heard:
        """The same, said of the plan with this fingerprint."""
        return replace(self, ask=replace(self.ask, plan=plan))


def typed(body: Payload) -> Heard:
    """A slash command."""
    ask = Ask(
        key=f"typed {body['trigger_id']}",
        text=str(body.get("text") or ""),
        person=body["user_id"],
        channel=str(body.get("channel_id") or ""),
        via="typed",
        at=datetime.now(UTC),
        trigger=body["trigger_id"],
    )
    return Heard(ask=ask, reply_url=str(body.get("response_url") or ""), heard=monotonic())


def clicked(body: Payload) -> Heard | None:
    """A button's value is the words; None for an element that says nothing (a link, a choice in a form)."""
    action = body["actions"][0]
    if action.get("type") != "button" or not action.get("value"):
        return None
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    ask = Ask(
        key=f"button {action.get('action_ts') or body['trigger_id']} {body['user']['id']}",
        text=action["value"],
        person=body["user"]["id"],
        channel=channel,
        via="button",
        at=datetime.now(UTC),
        trigger=str(body.get("trigger_id") or ""),
    )
    return Heard(
        ask=ask,
        message=str(container.get("message_ts") or ""),
        thread=_thread(body, container),
        hidden=bool(container.get("is_ephemeral")),
        reply_url=str(body.get("response_url") or ""),
        heard=monotonic(),
    )


def _thread(body: Payload, container: Payload) -> str:
    """The thread that a clicked message is read in: a thread's root, and what was also sent to the channel,
    stand in the channel, where an answer inside the thread would go unseen."""
    thread = str(container.get("thread_ts") or "")
    message = body.get("message") or {}
    in_channel = thread == container.get("message_ts") or message.get("subtype") == "thread_broadcast"
    return "" if in_channel else thread


def submitted(body: Payload) -> Heard | None:
    """A form that was filled in; None when it is not one of ours."""
    view = body["view"]
    said = words_of(view)
    if said is None:
        return None
    ask = Ask(
        key=f"form {view['id']}",
        text=said.words,
        person=body["user"]["id"],
        channel=said.channel,
        via="form",
        at=datetime.now(UTC),
        trigger=str(body.get("trigger_id") or ""),
    )
    return Heard(ask=ask, heard=monotonic())


def reacted(body: Payload, words: str, plan: str) -> Heard:
    """A reaction that was added or removed; what it says is up to the message that it is on."""
    event = body["event"]
    ask = Ask(
        key=f"event {body['event_id']}",
        text=words,
        person=event["user"],
        channel=event["item"]["channel"],
        via="reaction",
        at=_moment(event.get("event_ts")),
        plan=plan,
    )
    return Heard(ask=ask, message=event["item"]["ts"], heard=monotonic())


def _moment(ts: object) -> datetime:
    try:
        return datetime.fromtimestamp(float(str(ts)), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)
