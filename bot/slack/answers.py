"""Asks are answered here, by threads of their own, so that nobody who acknowledges ever waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock

from bot.chat import INFO, REFUSED, Chat, Reply, worded
from bot.core.errors import Refusal, WhimbrelError
from bot.core.keeping import Inbox, Tellings
from bot.core.text import clock, code
from bot.slack.delivery import Delivery
from bot.slack.forms import asked_first
from bot.slack.heard import Heard
from bot.slack.reactions import Reactions

_log = logging.getLogger(__name__)

#: Words that an earlier process left are not carried out after this long: nobody expects it any more.
TOO_LATE = timedelta(minutes=10)
#: These never wait behind other words: they stop something.
_STOPS = ("abort", "pause")


class Answers:
    """Takes what was heard, has it answered and delivered, and strikes it off the inbox."""

    def __init__(
        self,
        chat: Chat,
        inbox: Inbox,
        delivery: Delivery,
        reactions: Reactions,
        tellings: Tellings,
        workers: int = 8,
    ) -> None:
        self._chat, self._inbox, self._delivery = chat, inbox, delivery
        self._reactions, self._tellings = reactions, tellings
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="answer")
        self._stops = ThreadPoolExecutor(2, thread_name_prefix="stop")
        self._lock = Lock()
        self._under_way: set[str] = set()

    def take(self, heard: Heard) -> None:
        """Have an ask answered that is in the inbox. Returns at once."""
        self._put(heard, self._reply)

    def aside(self, deed: Callable[[], None]) -> None:
        """Have something done that is no ask, and is lost without harm."""
        try:
            self._pool.submit(_quietly, deed)
        except RuntimeError:
            _log.info("no more is begun: the process is ending")

    def again(self) -> int:
        """Answer what was acknowledged and not answered, before a crash or while Slack was away. How many."""
        found = 0
        for key, data in self._inbox.waiting():
            try:
                heard = Heard.from_data(key, data)
            except (KeyError, ValueError):
                _log.exception("the inbox holds something that is no ask: %s", key)
                self._inbox.done(key)
                continue
            found += self._put(heard, _too_late if _stale(heard) else self._reply)
        return found

    def close(self) -> None:
        """Answer what is under way; what has not begun stays in the inbox."""
        for pool in (self._stops, self._pool):
            pool.shutdown(wait=True, cancel_futures=True)

    # -- inside ------------------------------------------------------------------------------------------

    def _put(self, heard: Heard, reply: Callable[[Heard], Reply | None]) -> bool:
        key = heard.ask.key
        with self._lock:
            if key in self._under_way:
                return False
            self._under_way.add(key)
        first = heard.ask.text.split(maxsplit=1)[:1]
        pool = self._stops if first and first[0].lower() in _STOPS else self._pool
        try:
            pool.submit(self._answer, heard, reply)
        except RuntimeError:
            _log.info("%s stays in the inbox: the process is ending", key)
            return False
        return True

    def _answer(self, heard: Heard, reply: Callable[[Heard], Reply | None]) -> None:
        """One failure is one ask's: it stays in the inbox and is tried when `again` is called."""
        key = heard.ask.key
        try:
            if said := _spoken(reply, heard):
                self._delivery.deliver(heard, said)
            self._inbox.done(key)
        except Exception:
            _log.exception("the answer to %s did not arrive", key)
        finally:
            with self._lock:
                self._under_way.discard(key)

    def _reply(self, heard: Heard) -> Reply | None:
        ask = heard.ask
        if ask.via == "reaction":
            return self._reactions.answer(heard)
        if form := asked_first(ask):
            return form
        telling = self._tellings.at(ask.channel, heard.message) if heard.message else None
        if telling and ask.text.startswith("approve "):
            heard = heard.about(telling.fingerprint)
            if earlier := self._reactions.superseded(telling):
                return earlier
        return self._chat.answer(heard.ask)


def _spoken(reply: Callable[[Heard], Reply | None], heard: Heard) -> Reply | None:
    try:
        return reply(heard)
    except Refusal as error:
        return Reply(text=worded(REFUSED, error))


def _stale(heard: Heard) -> bool:
    """A reaction is never stale: what counts is whether it stands on the message now."""
    return heard.ask.via != "reaction" and datetime.now(UTC) - heard.ask.at > TOO_LATE


def _too_late(heard: Heard) -> Reply:
    words = code(f"/migrate {heard.ask.text}")
    return Reply(
        text=(
            f"{INFO} You asked {words} at {clock(heard.ask.at)}, and I could not answer then. I have not"
            f" acted on it now. Look at {code('/migrate status')}, and type it again if you still want it."
        )
    )


def _quietly(deed: Callable[[], None]) -> None:
    try:
        deed()
    except WhimbrelError as error:
        _log.warning("%s", error.message)
    except Exception:
        _log.exception("something was not done")
