"""What Slack sends, made into asks: first kept, then acknowledged, then handed over.

Bolt acknowledges events before it calls their listener, so keeping is a middleware of each listener: it runs
before any acknowledgement. When the store is gone nothing is acknowledged, and Slack sends events again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse

from bot.core.keeping import Inbox, Tellings
from bot.slack.answers import Answers
from bot.slack.heard import Heard, clicked, reacted, submitted, typed
from bot.slack.home import Home
from bot.slack.reactions import says
from bot.slack.roles import SlackPeople

COMMAND = "/migrate"
#: The events that this bot hears; the manifest subscribes to them.
REACTIONS = ("reaction_added", "reaction_removed")
PEOPLE = ("subteam_members_changed", "subteam_updated", "user_change")
HOME = "app_home_opened"

Body = dict[str, Any]
Next = Callable[[], BoltResponse]
_ANY = re.compile(r".*", re.DOTALL)


class Ears:
    """Keeps what is heard, once, and hands it over."""

    def __init__(self, inbox: Inbox, answers: Answers, tellings: Tellings) -> None:
        self._inbox, self._answers, self._tellings = inbox, answers, tellings

    def kept(self, read: Callable[[Body], Heard | None]) -> Callable[..., BoltResponse | None]:
        """The middleware that keeps what `read` makes of a payload; it ends there when that is not new."""

        def keep(body: Body, context: BoltContext, next: Next) -> BoltResponse | None:  # noqa: A002  # Bolt's name
            heard = read(body)
            if heard is None or not self._inbox.put(heard.ask.key, heard.to_data(), heard.ask.at):
                return BoltResponse(status=200, body="")
            context["heard"] = heard
            return next()

        return keep

    def hand_over(self, ack: Ack, context: BoltContext) -> None:
        """The listener behind the middleware."""
        ack()
        self._answers.take(context["heard"])

    def reaction(self, body: Body) -> Heard | None:
        """A reaction on one of our plans; None for any other.

        Our own mark is the first on a plan's message, set once we know of it. People may have been quicker:
        what they said of a message that we did not know yet is looked up then.
        """
        event = body["event"]
        item, word, person = event.get("item") or {}, says(event.get("reaction", "")), event.get("user")
        if not word or item.get("type") != "message" or not person:
            return None
        if event["type"] == "reaction_removed" and word == "reject":
            return None
        telling = self._tellings.at(item["channel"], item["ts"])
        if telling and person in _ourselves(body):
            self._answers.look_again(telling.change)
            return None
        return reacted(body, word, telling.fingerprint) if telling else None


def _ourselves(body: Body) -> list[str]:
    """The bot's own user, as an event names it (docs.slack.dev, the Events API's `authorizations`)."""
    return [one["user_id"] for one in body.get("authorizations") or () if one.get("is_bot")]


def join(
    app: App, inbox: Inbox, answers: Answers, tellings: Tellings, people: SlackPeople, home: Home
) -> None:
    """Register what this bot listens to."""
    ears = Ears(inbox, answers, tellings)
    app.command(COMMAND, middleware=[ears.kept(typed)])(ears.hand_over)
    app.action(_ANY, middleware=[ears.kept(clicked)])(ears.hand_over)
    app.view(_ANY, middleware=[ears.kept(submitted)])(ears.hand_over)
    for name in REACTIONS:
        app.event(name, middleware=[ears.kept(ears.reaction)])(ears.hand_over)

    def look_anew(event: Body) -> None:
        del event
        people.forget()

    def show_home(event: Body) -> None:
        if event.get("tab", "home") == "home":
            answers.aside(lambda: home.show(event["user"]))

    for name in PEOPLE:
        app.event(name)(look_anew)
    app.event(HOME)(show_home)
