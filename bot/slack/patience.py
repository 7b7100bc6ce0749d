"""Calls to Slack, tried again when it was Slack's or the network's fault; how long, is bounded."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import TypeVar
from urllib.error import URLError

from slack_sdk.errors import SlackApiError

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: What a call can fail with when Slack is out of reach.
UNREACHABLE = (URLError, HTTPException, OSError)
#: Errors of a token that somebody took away, and may give back (docs.slack.dev, errors of auth.test).
_TOKEN = frozenset({"token_revoked", "token_expired", "invalid_auth", "account_inactive", "not_authed"})


def patiently(call: Callable[[], T], *, tries: int = 4, longest: float = 30.0) -> T:
    """The call's answer; the last error after `tries` times, or when Slack asks for a wait over `longest`.

    A call may have been carried out although its answer was lost, so what is sent comes at least once.
    """
    pause = 0.25
    for left in range(tries - 1, -1, -1):
        try:
            return call()
        except SlackApiError as error:
            wait = _wait(error, pause)
            if wait is None or wait > longest or not left:
                raise
            _log.info("Slack said %s; trying again in %.1f s", error_of(error), wait)
        except UNREACHABLE as error:
            if not left:
                raise
            wait = pause
            _log.info("Slack could not be reached (%s); trying again in %.1f s", type(error).__name__, wait)
        time.sleep(wait)
        pause *= 2
    raise AssertionError("the last try returns or raises")


def passing(error: BaseException) -> bool:
    """Whether the same call may go through later, though nobody changes what it says."""
    if isinstance(error, SlackApiError):
        return error_of(error) in _TOKEN or _wait(error, 0.0) is not None
    return isinstance(error, UNREACHABLE)


def _wait(error: SlackApiError, pause: float) -> float | None:
    """Seconds to wait before the same call makes sense; None: it never will."""
    response = error.response
    if isinstance(response, dict):  # an answer that was no JSON, as proxies give
        status, headers = int(response.get("status", 0)), response.get("headers") or {}
    else:
        status, headers = response.status_code, response.headers
    if status == 429 or error_of(error) in ("ratelimited", "rate_limited"):
        return float(headers.get("Retry-After") or headers.get("retry-after") or 1)
    if status >= 500 or error_of(error) in ("internal_error", "fatal_error", "service_unavailable"):
        return pause
    return None


def error_of(error: SlackApiError) -> str:
    """Slack's own name for what was wrong, such as "channel_not_found"."""
    return str(error.response.get("error") or "") or f"status {error.response.get('status', '?')}"
