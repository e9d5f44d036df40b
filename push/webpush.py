"""Web Push (RFC 8030) to browsers, installed web apps and UnifiedPush. It needs no account anywhere.

The addresses come from whoever registers a device, so every request goes out through the guard of
`relay.kernel.outbound`.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from push.message import Message, Op
from push.provider import Check, State, Target
from push.results import Result, Verdict, retry_after
from push.rfc8291 import BadKeys, Ephemeral, encrypt
from push.vapid import Vapid
from relay.domain.clock import Clock
from relay.domain.ids import Chance
from relay.kernel.body import to_json
from relay.kernel.outbound import AddressRefused, Bounds, Outbound, OutboundError

PAD_TO: Final = 1024
"""Bytes every push is made to look like at least: a longer question does not show in its size."""

MOST: Final = 2_500
"""Bytes, where a ciphertext goes along: some services hand pushes on to another that takes less than the 4096 bytes of
RFC 8030 (2,744 of body for Firefox on Android). All that have one are made to look so long."""

BOUNDS: Final = Bounds(most=8 * 1024, within_s=10.0)
"""A push service answers with a short word, at once."""

DECLARATIVE: Final = 8030
"""Marks a declarative push: Safari shows it even when the app's own code does not run."""


class WebPush:
    def __init__(self, outbound: Outbound, vapid: Vapid, *, public_url: str, clock: Clock, chance: Chance) -> None:
        self._outbound = outbound
        self._vapid = vapid
        self._public_url = public_url
        self._clock = clock
        self._chance = chance

    async def send(self, target: Target, message: Message) -> Result:
        message = message.fitting(self._plain, MOST)
        try:
            body = encrypt(
                self._plain(message),
                p256dh=target.p256dh,
                auth=target.auth,
                by=Ephemeral.fresh(self._chance),
                pad_to=MOST if message.sealed else PAD_TO,
            )
        except BadKeys:
            return Result(verdict=Verdict.DEAD, code="bad_keys")
        except ValueError:
            return Result(verdict=Verdict.DROP, code="too_large")
        now = self._clock.now()
        headers = {
            "Authorization": self._vapid.header(origin_of(target.token)),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.seconds_left(now)),
            # iOS delivers nothing below `high` reliably; what makes no sound says so in itself.
            "Urgency": "high" if message.urgent else "normal",
            "Topic": message.tag,
        }
        try:
            reply = await self._outbound.post(target.token, body, headers=headers, bounds=BOUNDS)
        except AddressRefused:
            return Result(verdict=Verdict.DEAD, code="address_refused")
        except OutboundError as error:
            # Whether it arrived before the connection broke cannot be known; the topic makes a second one harmless.
            return Result(verdict=Verdict.UNKNOWN, code=type(error).__name__.lower(), outage=True)
        return webpush_outcome(reply.status, retry_after(reply.headers.get("Retry-After"), now))

    def _plain(self, message: Message) -> bytes:
        return to_json(declarative(message, self._public_url))

    async def try_out(self) -> Check:
        return Check(State.READY)

    async def close(self) -> None:
        """Nothing of its own is open."""


def webpush_outcome(status: int, wait: dt.timedelta | None) -> Result:
    """Translate a push service's status (RFC 8030 5 and 7.3; RFC 8292 4.2)."""
    code = str(status)
    match status:
        case 200 | 201 | 202 | 204:
            return Result(verdict=Verdict.SENT, code=code)
        case 404 | 410:
            return Result(verdict=Verdict.DEAD, code=code)
        case 408 | 425 | 429:
            return Result(verdict=Verdict.RETRY, code=code, retry_after=wait)
        case _ if status >= 500:
            return Result(verdict=Verdict.RETRY, code=code, retry_after=wait, outage=True)
        case _ if 300 <= status < 400:
            # A subscription names the service itself; where it sends us to is nobody the human subscribed to.
            return Result(verdict=Verdict.DEAD, code=code)
        case _:
            # 401 and 403 too: the likeliest cause is a subscription made for another key, which is one device's
            # trouble. It says so to its human, and nobody else's pushes wait for it.
            return Result(verdict=Verdict.DROP, code=code)


def declarative(message: Message, public_url: str) -> Mapping[str, Any]:
    """Return the payload: a declarative push with the facts beside it; a service worker reads the same JSON."""
    path = "/app/" if message.op in {Op.SUMMARY, Op.TEST} else f"/app/?request={message.id}"
    notification: dict[str, Any] = {
        "title": message.title,
        "body": message.body,
        "navigate": public_url + path,
        "tag": message.tag,
    }
    if not message.urgent:
        notification["silent"] = True
    return {"web_push": DECLARATIVE, "mutable": True, "notification": notification, "hitl": message.facts()}


def origin_of(endpoint: str) -> str:
    """Return scheme, host and port as RFC 8292 2 wants them in `aud`."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"
