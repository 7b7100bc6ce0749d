"""App Home: what waits for the person who looks at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.core.changes import Change
from bot.core.outlook import Waiting
from bot.slack.patience import error_of, patiently
from bot.slack.replies import home_view


class Home:
    """Draws a person's App Home from what the desk says at that moment."""

    def __init__(
        self,
        client: WebClient,
        name: Callable[[str], str],
        mine: Callable[[str], Sequence[Waiting]],
        changes: Callable[[], Sequence[Change]],
    ) -> None:
        self._client, self._name, self._mine, self._changes = client, name, mine, changes

    def show(self, person: str) -> None:
        """Draw it anew. A newer drawing that overtook this one stays."""
        view = home_view(self._name(person), self._mine(person), self._changes())
        try:
            patiently(lambda: self._client.views_publish(user_id=person, view=view))
        except SlackApiError as error:
            if error_of(error) != "hash_conflict":
                raise
