"""The side of a push service that a real Firefox is connected to: Mozilla's autopush protocol, as far as it is used.

The browser subscribes over a WebSocket, gets its messages there still encrypted, and acknowledges each: 100 when its
service worker had it, 101 when it could not be decrypted.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from tests.emulators.browser import Browser
from tests.emulators.webpush import PushService, Subscription, _bytes, _text


class Remote(Browser):
    """A browser at the other end of a socket; only it can open what it is sent."""

    def __init__(self, ws: web.WebSocketResponse, channel: str) -> None:
        super().__init__()
        self._ws = ws
        self._channel = channel
        self._sends: set[asyncio.Task[None]] = set()

    def take(self, body: bytes) -> None:
        message = {
            "messageType": "notification",
            "channelID": self._channel,
            "version": secrets.token_urlsafe(16),
            "ttl": 60,
            "data": _text(body),
            "headers": {"encoding": "aes128gcm"},
        }
        task = asyncio.create_task(self._ws.send_json(message))
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)


class Autopush(PushService):
    def __init__(self) -> None:
        super().__init__()
        self.codes: list[int] = []

    def application(self) -> web.Application:
        app = super().application()
        app.router.add_get("/", self._connect)
        return app

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(protocols=("push-notification",))
        await ws.prepare(request)
        async for message in ws:
            if message.type is WSMsgType.TEXT and (reply := self._said(ws, json.loads(message.data or "{}"))):
                await ws.send_json(reply)
        return ws

    def _said(self, ws: web.WebSocketResponse, said: dict[str, Any]) -> dict[str, Any] | None:
        match said.get("messageType"):
            case "hello":
                uaid = said.get("uaid") or uuid4().hex
                return {"messageType": "hello", "uaid": uaid, "status": 200, "use_webpush": True, "broadcasts": {}}
            case "register":
                return self._register(ws, said)
            case "ack":
                self.codes += [update.get("code", 100) for update in said["updates"]]
                return None
            case "unregister":
                return {"messageType": "unregister", "channelID": said["channelID"], "status": 200}
            case _:
                return {}

    def _register(self, ws: web.WebSocketResponse, said: dict[str, Any]) -> dict[str, Any]:
        token, channel = secrets.token_urlsafe(24), said["channelID"]
        endpoint = f"{self.origin}/wpush/v2/{token}"
        self.subscriptions[token] = Subscription(endpoint, _bytes(said["key"]), Remote(ws, channel))
        return {"messageType": "register", "channelID": channel, "status": 200, "pushEndpoint": endpoint}


@asynccontextmanager
async def autopush_service() -> AsyncIterator[Autopush]:
    service = Autopush()
    runner = web.AppRunner(service.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()
