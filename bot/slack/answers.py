"""Asks are answered here, by threads of their own, so that nobody who acknowledges ever waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock, Timer

from bot.chat import INFO, REFUSED, Chat, Reply, worded
from bot.core.errors import Refusal, StoreGone, WhimbrelError
from bot.core.keeping import Inbox, Tellings
from bot.core.text import clock, code
from bot.slack.delivery import Delivery
from bot.slack.forms import asked_first
from bot.slack.heard import Heard
from bot.slack.patience import passing
from bot.slack.reactions import Reactions

_log = logging.getLogger(__name__)

#: Words that an earlier process left are not carried out after this long: nobody expects it any more.
TOO_LATE = timedelta(minutes=10)
#: Seconds until answers that Slack did not take are sent again; doubled each time that it takes none.
PAUSE, LONGEST_PAUSE = 2.0, 30.0
#: So many asks that were answered last are known, in case one is handed over a second time.
_KNOWN = 2_000
#: These never wait behind other words: they stop something.
_STOPS = ("abort", "pause")

Replier = Callable[[Heard], Reply | None]


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
        self._answered: dict[str, None] = {}
        self._late: dict[str, tuple[Heard, Replier]] = {}
        self._timer: Timer | None = None
        self._pause, self._closed = PAUSE, False

    def take(self, heard: Heard) -> None:
        """Have an ask answered that is in the inbox. Returns at once."""
        self._put(heard, self._reply)

    def aside(self, deed: Callable[[], None]) -> None:
        """Have something done that is no ask, and is lost without harm."""
        try:
            self._pool.submit(_quietly, deed)
        except RuntimeError:
            _log.info("no more is begun: the process is ending")

    def look_again(self, change: int) -> None:
        """Have the reactions to a change's plan looked at."""
        self.aside(lambda: self._reactions.look_again(change))

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
        with self._lock:
            self._closed = True
            if self._timer:
                self._timer.cancel()
        for pool in (self._stops, self._pool):
            pool.shutdown(wait=True, cancel_futures=True)

    # -- inside ------------------------------------------------------------------------------------------

    def _put(self, heard: Heard, reply: Replier) -> bool:
        key = heard.ask.key
        with self._lock:
            # A new connection reads the inbox while its asks are being handed over: each is answered once.
            if key in self._under_way or key in self._answered:
                return False
            self._under_way.add(key)
        return self._begin(heard, reply)

    def _begin(self, heard: Heard, reply: Replier) -> bool:
        first = heard.ask.text.split(maxsplit=1)[:1]
        pool = self._stops if first and first[0].lower() in _STOPS else self._pool
        try:
            pool.submit(self._answer, heard, reply)
        except RuntimeError:
            _log.info("%s stays in the inbox: the process is ending", heard.ask.key)
            return False
        return True

    def _answer(self, heard: Heard, reply: Replier) -> None:
        """One failure is one ask's: it stays in the inbox, and what was to be said is sent again later."""
        key, later = heard.ask.key, reply
        try:
            said = _spoken(reply, heard)
            later = lambda _: said  # noqa: E731  # it was carried out: only the saying is left
            if said:
                self._delivery.deliver(heard, said)
            later = _nothing
            self._inbox.done(key)
        except Exception as error:
            if (passing(error) or isinstance(error, StoreGone)) and not _stale(heard):
                _log.warning(
                    "the answer to %s did not arrive (%s); it is sent again", key, type(error).__name__
                )
                self._keep(heard, later)
                return
            _log.exception("the answer to %s did not arrive", key)
        else:
            self._over(key)
        with self._lock:
            self._under_way.discard(key)

    def _over(self, key: str) -> None:
        with self._lock:
            self._pause = PAUSE
            self._answered[key] = None
            while len(self._answered) > _KNOWN:
                del self._answered[next(iter(self._answered))]

    def _keep(self, heard: Heard, reply: Replier) -> None:
        """Send it again after a pause, with all others that wait by then."""
        with self._lock:
            self._late[heard.ask.key] = (heard, reply)
            if self._timer is None and not self._closed:
                self._timer = Timer(self._pause, self._once_more)
                self._timer.daemon = True
                self._timer.start()
                self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _once_more(self) -> None:
        with self._lock:
            late, self._late, self._timer = self._late, {}, None
        for heard, reply in late.values():
            self._begin(heard, reply)

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


def _spoken(reply: Replier, heard: Heard) -> Reply | None:
    try:
        return reply(heard)
    except Refusal as error:
        return Reply(text=worded(REFUSED, error))


def _nothing(heard: Heard) -> Reply | None:
    """It has been said already; only the inbox does not know yet."""
    del heard
    return None


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
