"""The app's HTTP mode: signed requests to one address, as Slack sends them."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.playground.delivery import NotDelivered, Parcel
from bot.playground.faults import Faults
from bot.playground.seed import Seed
from bot.playground.values import Json, Refused


def signed(secret: str, body: str, now: int | None = None) -> dict[str, str]:
    """Slack's signature headers for a body."""
    at = str(int(time.time()) if now is None else now)
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


def encoded(parcel: Parcel) -> tuple[str, str]:
    """Content type and body of what is sent."""
    if parcel.kind == "events_api":
        return "application/json", json.dumps(parcel.payload)
    form = "application/x-www-form-urlencoded"
    if parcel.kind == "slash_commands":
        return form, urlencode(parcel.payload)
    return form, urlencode({"payload": json.dumps(parcel.payload)})


class HttpDelivery:
    def __init__(self, seed: Seed, faults: Faults, url: str) -> None:
        self._seed = seed
        self._faults = faults
        self.url = url
        self._session = ClientSession(timeout=ClientTimeout(total=seed.ack_seconds))

    async def close(self) -> None:
        await self._session.close()

    async def verify(self) -> None:
        """Slack takes a request address only when the app there gives the challenge back."""
        challenge = hashlib.sha256(str(time.time_ns()).encode()).hexdigest()
        payload = {"type": "url_verification", "token": "", "challenge": challenge}
        try:
            answer = await self.send(Parcel(kind="events_api", payload=payload))
        except NotDelivered as failed:
            raise Refused("url_verification_failed", message=failed.reason) from None
        if answer.get("challenge", answer.get("text")) != challenge:
            raise Refused("url_verification_failed", message="the challenge did not come back")

    async def send(self, parcel: Parcel) -> Json:
        kind, body = encoded(parcel)
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0",
            **signed(self._seed.signing_secret, body),
        }
        if parcel.attempt:
            headers["X-Slack-Retry-Num"] = str(parcel.attempt)
            headers["X-Slack-Retry-Reason"] = parcel.reason
        if self._faults.hits("drops"):
            raise NotDelivered("connection_failed")
        try:
            async with self._session.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                text = await answer.text()
                if not 200 <= answer.status < 300:
                    final = answer.headers.get("X-Slack-No-Retry") == "1"
                    raise NotDelivered("http_error", final=final)
        except TimeoutError:
            raise NotDelivered("http_timeout") from None
        except ClientError:
            raise NotDelivered("connection_failed") from None
        if self._faults.hits("lost_acks"):
            raise NotDelivered("http_timeout")
        return _read(text)


def _read(text: str) -> Json:
    """A command may be answered in JSON or in plain text."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"text": text}
