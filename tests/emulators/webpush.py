"""A push service (RFC 8030) for browsers that exist only as keys.

It refuses what the services refuse: no TTL, a Topic that is none, another encoding, a body over 4096 bytes, a VAPID
signature (RFC 8292) that is not for it or not of the key the browser subscribed with. `script` answers otherwise, once
an entry: a status with headers, `"stall"`, or `"drop"`.
"""

import asyncio
import base64
import json
import re
import secrets
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from tests.emulators.browser import Browser

Scripted: TypeAlias = "tuple[int, dict[str, str]] | str"

MAX_BODY = 4096


class Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Subscription:
    """`pending` is what a browser that is offline would get: one message a topic."""

    endpoint: str
    key: bytes
    browser: Browser
    gone: bool = False
    online: bool = True
    pending: dict[str, bytes] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """Return what the relay's API takes."""
        return {
            "vendor": "webpush",
            "endpoint": self.endpoint,
            "p256dh": _text(self.browser.p256dh),
            "auth": _text(self.browser.auth),
        }

    def connect(self) -> None:
        self.online = True
        for body in self.pending.values():
            self.browser.take(body)
        self.pending.clear()


class PushService:
    def __init__(self) -> None:
        self.origin = ""
        self.subscriptions: dict[str, Subscription] = {}
        self.script: deque[Scripted] = deque()
        self.requests = 0
        self.delay_s = 0.0
        self._stalled: list[asyncio.Event] = []

    def subscribe(self, vapid_key: str) -> Subscription:
        token = secrets.token_urlsafe(24)
        made = Subscription(f"{self.origin}/wpush/v2/{token}", _bytes(vapid_key), Browser())
        self.subscriptions[token] = made
        return made

    def application(self) -> web.Application:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/wpush/v2/{token}", self._push)
        return app

    def let_go(self) -> None:
        """End the calls that were left without an answer."""
        for event in self._stalled:
            event.set()

    async def _push(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        if self.delay_s:
            await asyncio.sleep(self.delay_s)  # noqa: TID251 - the network's delay
        try:
            body = await request.read()
            subscription = _living(self.subscriptions.get(request.match_info["token"]))
            if self.script and (response := await self._scripted(request)):
                return response
            topic = self._checked(request, subscription, body)
        except Refused as refused:
            return web.json_response({"code": refused.status, "message": str(refused)}, status=refused.status)
        subscription.headers.append(dict(request.headers))
        if subscription.online:
            subscription.browser.take(body)
        elif int(request.headers["TTL"]):
            subscription.pending[topic or secrets.token_hex()] = body
        return web.Response(status=201, headers={"Location": f"{self.origin}/m/{secrets.token_urlsafe()}"})

    async def _scripted(self, request: web.Request) -> web.StreamResponse | None:
        step = self.script.popleft()
        if step == "drop":
            if request.transport:
                request.transport.abort()
            return web.Response()
        if step == "stall":
            event = asyncio.Event()
            self._stalled.append(event)
            await event.wait()
            return web.Response(status=201)
        if isinstance(step, tuple):
            return web.Response(status=step[0], headers=step[1])
        return None

    def _checked(self, request: web.Request, subscription: Subscription, body: bytes) -> str:
        """Return the topic of a push that obeys the rules."""
        ttl, topic = request.headers.get("TTL", ""), request.headers.get("Topic", "")
        if not ttl.isdigit():
            raise Refused(400, "TTL is missing or no number")
        if topic and not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", topic):
            raise Refused(400, "Topic is no topic")
        if request.headers.get("Urgency", "normal") not in {"very-low", "low", "normal", "high"}:
            raise Refused(400, "Urgency is none")
        if len(body) > MAX_BODY:
            raise Refused(413, "too large")
        if body and request.headers.get("Content-Encoding") != "aes128gcm":
            raise Refused(415, "the encoding must be aes128gcm")
        self._check_vapid(request.headers.get("Authorization", ""), subscription.key)
        return topic

    def _check_vapid(self, header: str, key: bytes) -> None:
        try:
            scheme, _, rest = header.partition(" ")
            parts = dict(part.strip().split("=", 1) for part in rest.split(","))
            head, claims, signature = parts["t"].split(".")
            raw, given = _bytes(signature), json.loads(_bytes(claims))
            algorithm = json.loads(_bytes(head))["alg"]
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(parts["k"]))
            der = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
            point.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        except (ValueError, KeyError, InvalidSignature) as error:
            raise Refused(401, "no valid VAPID signature") from error
        wrong = {
            "scheme": scheme.lower() != "vapid",
            "alg": algorithm != "ES256",
            "aud": given.get("aud") != self.origin,
            "exp": not self.now() < given.get("exp", 0) <= self.now() + 86_400,
            "sub": not str(given.get("sub", "")).startswith(("mailto:", "https:")),
        }
        if any(wrong.values()):
            raise Refused(401, f"wrong {[name for name, is_so in wrong.items() if is_so]}")
        if _bytes(parts["k"]) != key:
            raise Refused(403, "the subscription is for another key")

    def now(self) -> float:
        """The service's clock; a test that has its own sets it."""
        return time.time()  # noqa: TID251 - another machine's clock


@asynccontextmanager
async def push_service(port: int = 0, *, host: str = "127.0.0.1", seen_at: str = "") -> AsyncIterator[PushService]:
    """`seen_at`: the address its callers use, if that is not where it listens."""
    service = PushService()
    runner = web.AppRunner(service.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    service.origin = f"http://{seen_at or host}:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        service.let_go()
        await runner.cleanup()


def _living(subscription: Subscription | None) -> Subscription:
    if subscription is None:
        raise Refused(404, "no such subscription")
    if subscription.gone:
        raise Refused(410, "unsubscribed")
    return subscription


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def _main() -> None:
    """Serve one subscription, for load: its keys on the first line, then a count a second."""
    async with push_service() as service:
        made = service.subscribe(sys.argv[1])
        made.browser.take = lambda _: None  # type: ignore[method-assign]
        print(json.dumps(made.json()), flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
