"""Where an answer goes: a form, a file, the change's thread, or one person's eyes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.chat import INFO, Attachment, Reply
from bot.core.keeping import Telling, Tellings
from bot.core.text import block, code, plain
from bot.slack.blocks import Drawn
from bot.slack.heard import Heard
from bot.slack.patience import UNREACHABLE, error_of, patiently
from bot.slack.replies import form_view, reply_blocks
from bot.slack.signs import Sign
from bot.slack.wire import as_upload

_log = logging.getLogger(__name__)

#: An address for answers is good for 30 minutes; a form's trigger for 3 s.
_ADDRESS_SECONDS = 25 * 60
_TOO_LATE = ("expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired")
_NOT_THERE = (
    "channel_not_found",
    "user_not_in_channel",
    "not_in_channel",
    "is_archived",
    "invalid_arguments",
)


class Delivery:
    """Sends answers. Raises SlackApiError or a network error when even patience did not help."""

    def __init__(self, client: WebClient, tellings: Tellings) -> None:
        self._client, self._tellings = client, tellings

    def deliver(self, heard: Heard, reply: Reply) -> None:
        """Send one answer to where it belongs."""
        telling = self._tellings.newest(reply.change) if reply.change else None
        if reply.form and self._opened(heard, reply):
            return
        if reply.file:
            reply = self._with_file(reply, reply.file, telling)
        # What was changed is told in the thread from the journal, so an answer is for the person alone,
        # unless others are asked something by it.
        if reply.public and reply.buttons and telling:
            self._post(telling, reply)
            if heard.thread == telling.ts:
                return
            reply = Reply(text=f"{INFO} {self._thread_words(telling)}", change=reply.change)
        self._whisper(heard, reply_blocks(reply))

    def _opened(self, heard: Heard, reply: Reply) -> bool:
        """Whether the form is before the person's eyes."""
        if reply.form is None or not heard.ask.trigger:
            return False
        view = form_view(reply.form, heard.ask.channel)
        try:
            patiently(
                lambda: self._client.views_open(trigger_id=heard.ask.trigger, view=view), tries=2, longest=1
            )
        except SlackApiError as error:
            if error_of(error) not in _TOO_LATE:
                raise
            _log.info("the form for %r came too late (%s)", reply.form.words, error_of(error))
            return False
        return True

    def _with_file(self, reply: Reply, file: Attachment, telling: Telling | None) -> Reply:
        """The answer says where its file is; a file that could not be sent is shown in short."""
        if telling and self._uploaded(file, telling):
            what = "holds the SQL" if file.name.endswith(".sql") else "is attached"
            text = f"{reply.text}\n{Sign.PLAN} {code(file.name)} {what}. {self._thread_words(telling)}"
        else:
            text = f"{reply.text}\n{plain(file.alt, 2600) if file.alt else block(file.text, 2600)}"
        return Reply(text=text, buttons=reply.buttons, change=reply.change)

    def _uploaded(self, file: Attachment, telling: Telling | None) -> bool:
        """Whether the file is in the change's thread."""
        if telling is None:
            return False
        try:
            patiently(
                lambda: self._client.files_upload_v2(
                    channel=telling.channel,
                    thread_ts=telling.ts,
                    **as_upload(file),
                )
            )
        except (SlackClientError, *UNREACHABLE) as error:
            _log.warning(
                "%s could not be uploaded (%s); it is shown in short", file.name, type(error).__name__
            )
            return False
        return True

    def _post(self, telling: Telling, reply: Reply) -> None:
        drawn = reply_blocks(reply)
        patiently(
            lambda: self._client.chat_postMessage(
                channel=telling.channel, thread_ts=telling.ts, text=drawn.text, blocks=list(drawn.blocks)
            )
        )

    def _thread_words(self, telling: Telling) -> str:
        name = f"the thread of change {telling.change}"
        try:
            link = self._client.chat_getPermalink(channel=telling.channel, message_ts=telling.ts)["permalink"]
        except (SlackApiError, *UNREACHABLE):
            return f"It is in {name}."
        return f"It is in <{link}|{name}>."

    # -- one person's eyes -------------------------------------------------------------------------------

    def _whisper(self, heard: Heard, drawn: Drawn) -> None:
        if self._answered_by_address(heard, drawn):
            return
        ask, blocks = heard.ask, list(drawn.blocks)
        if ask.channel:
            where: dict[str, Any] = {"channel": ask.channel, "user": ask.person}
            if heard.thread:
                where["thread_ts"] = heard.thread
            if self._sent(lambda: self._client.chat_postEphemeral(text=drawn.text, blocks=blocks, **where)):
                return
        # Neither in a channel nor through an address: the person's own conversation with the app.
        patiently(lambda: self._client.chat_postMessage(channel=ask.person, text=drawn.text, blocks=blocks))

    def _sent(self, call: Callable[[], object]) -> bool:
        """False when the person cannot be reached there."""
        try:
            patiently(call)
        except SlackApiError as error:
            if error_of(error) not in _NOT_THERE:
                raise
            return False
        return True

    def _answered_by_address(self, heard: Heard, drawn: Drawn) -> bool:
        """Slack's address for the answer: works where we are not, and replaces what was hidden."""
        if not heard.reply_url or monotonic() - heard.heard > _ADDRESS_SECONDS:
            return False
        body: dict[str, Any] = {
            "text": drawn.text,
            "blocks": list(drawn.blocks),
            "response_type": "ephemeral",
            "replace_original": heard.hidden,
        }
        if heard.thread:
            body["thread_ts"] = heard.thread
        try:
            answer = WebhookClient(heard.reply_url, timeout=10).send_dict(body)
        except UNREACHABLE:
            return False
        return answer.status_code == 200
