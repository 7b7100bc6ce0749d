"""The calls that tell a change, and what is known when one of them fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from bot.chat import Attachment
from bot.slack.blocks import Drawn
from bot.slack.patience import UNREACHABLE, error_of

Metadata = Mapping[str, Any]
Method = Callable[..., SlackResponse]
#: Seconds to wait for an answer before its outcome counts as unknown.
TIMEOUT = 15


class Unsure(Exception):
    """No answer came: the call may have been carried out, or not."""


class Slower(Exception):
    """Slack asked to wait; nothing was done."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:.0f} s")
        self.seconds = seconds


class Denied(Exception):
    """Slack said no; nothing was done. `error` is Slack's own name for why."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


#: What Slack calls blocks that this workspace does not take.
BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
#: Characters of a picture's description (docs.slack.dev, files.getUploadURLExternal).
_ALT = 1000


def as_upload(file: Attachment) -> dict[str, Any]:
    """A file as files_upload_v2 takes it."""
    content: str | bytes = file.data or file.text or " "  # an empty file is refused
    about: dict[str, Any] = {"filename": file.name, "title": file.name, "content": content}
    return about | ({"alt_txt": file.alt[:_ALT]} if file.data and file.alt else {})


class Wire:
    """One workspace. Never tries again by itself: whoever calls knows whether a second time does harm."""

    def __init__(self, client: WebClient) -> None:
        self._client = WebClient(
            token=client.token,
            base_url=client.base_url,
            timeout=TIMEOUT,
            ssl=client.ssl,
            proxy=client.proxy,
            headers=client.headers,
            retry_handlers=[],  # slack_sdk's own would send a post again whose answer was lost
            team_id=client.default_params.get("team_id"),
            logger=_quiet(),
        )

    def post(
        self, channel: str, drawn: Drawn, metadata: Metadata, *, thread: str = "", loud: bool = False
    ) -> str:
        """Post a message; its ts. `loud`: a reply that the channel shows as well."""
        more: dict[str, Any] = {"thread_ts": thread, "reply_broadcast": loud} if thread else {}
        answer = self._call(
            self._client.chat_postMessage,
            channel=channel,
            text=drawn.text,
            blocks=list(drawn.blocks),
            metadata=dict(metadata),
            unfurl_links=False,
            unfurl_media=False,
            **more,
        )
        return str(answer["ts"])

    def edit(self, channel: str, ts: str, drawn: Drawn) -> None:
        self._call(
            self._client.chat_update, channel=channel, ts=ts, text=drawn.text, blocks=list(drawn.blocks)
        )

    def react(self, channel: str, ts: str, name: str) -> None:
        try:
            self._call(self._client.reactions_add, channel=channel, timestamp=ts, name=name)
        except Denied as error:
            if error.error != "already_reacted":
                raise

    def upload(self, channel: str, thread: str, file: Attachment) -> None:
        """A file as a message of the thread; takes three calls, of which the last shows it."""
        self._call(self._client.files_upload_v2, channel=channel, thread_ts=thread, **as_upload(file))

    def replies(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """Every message of a thread, oldest first, with its metadata."""
        return list(self._pages(self._client.conversations_replies, channel=channel, ts=ts))

    def recent(self, channel: str, since: float) -> list[dict[str, Any]]:
        """The channel's messages since a moment, with their metadata."""
        return list(self._pages(self._client.conversations_history, channel=channel, oldest=f"{since:.6f}"))

    def _pages(self, method: Method, **arguments: Any) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            answer = self._call(
                method, include_all_metadata=True, limit=200, cursor=cursor or None, **arguments
            )
            yield from answer.get("messages") or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _call(self, method: Method, **arguments: Any) -> Mapping[str, Any]:
        with _Known():
            answer = method(**arguments)
        return answer.data if isinstance(answer.data, dict) else {}


def _quiet() -> logging.Logger:
    """slack_sdk calls every failed try an error; during an outage we say it once ourselves."""
    logger = logging.getLogger(f"{__name__}.client")
    logger.setLevel(logging.CRITICAL)
    return logger


class _Known:
    """Turns what slack_sdk raises into what we know."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SlackApiError):
            raise _meaning(error) from error
        if isinstance(error, (SlackRequestError, *UNREACHABLE)):
            raise Unsure(type(error).__name__) from error


def _meaning(error: SlackApiError) -> Exception:
    response, name = error.response, error_of(error)
    if isinstance(response, dict):  # an answer that was no JSON, as proxies give
        status, headers = int(response.get("status", 0)), response.get("headers") or {}
    else:
        status, headers = response.status_code, response.headers
    if status == 429 or name in ("ratelimited", "rate_limited"):
        return Slower(float(headers.get("Retry-After") or headers.get("retry-after") or 1))
    if status >= 500 or name in ("internal_error", "fatal_error", "service_unavailable", "request_timeout"):
        return Unsure(name)
    return Denied(name)
