"""A relay that lies: it stands before the real one, passes everything on, and changes what its lies tell it to.

It has what a relay has: every request and reply, every frame, and no private key. Give it `lies`, functions that change
an `Exchange` once it is complete, or `frame_lies` for what it writes to a device's socket. Lies for common attacks are
below; a client that is any good refuses each.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

Json = dict[str, Any]

NOT_PASSED_ON: Final = {"connection", "content-encoding", "content-length", "host", "keep-alive", "transfer-encoding"}
EVENTS: Final = "text/event-stream"


@dataclass
class Exchange:
    """A call and its reply. A lie changes `status` and `reply`; in an event stream each event is one exchange."""

    method: str
    path: str
    query: Mapping[str, str]
    asked: Any
    status: int
    reply: Any

    def is_call(self, method: str, path: str) -> bool:
        return (self.method, self.path) == (method, path)

    @property
    def is_about_requests(self) -> bool:
        """Whether the reply says how a request stands: of asking, waiting or looking."""
        return isinstance(self.reply, dict) and {"request_id", "status"} <= self.reply.keys()


Lie = Callable[[Exchange], None]
FrameLie = Callable[[Json], None]


@dataclass
class LyingRelay:
    """Serves at `url`. `seen` has every exchange as it was before anybody lied."""

    upstream: str
    url: str = ""
    lies: list[Lie] = field(default_factory=list)
    frame_lies: list[FrameLie] = field(default_factory=list)
    seen: list[Exchange] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request)
        return await self._pass_on(request)

    async def _pass_on(self, request: web.Request) -> web.Response:
        headers = {name: of for name, of in request.headers.items() if name.lower() not in NOT_PASSED_ON}
        body, target = await request.read(), f"{self.upstream}{request.raw_path}"
        async with (
            aiohttp.ClientSession(auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(request.method, target, headers=headers, data=body, allow_redirects=False) as reply,
        ):
            text = await reply.read()
            kept = {name: of for name, of in reply.headers.items() if name.lower() not in NOT_PASSED_ON}
            status, told = self._told(request, body, reply.status, text, reply.content_type)
            return web.Response(status=status, body=told, headers=kept)

    def _told(self, request: web.Request, asked: bytes, status: int, text: bytes, media: str) -> tuple[int, bytes]:
        if media == EVENTS:
            lines = text.decode().split("\n")
            return status, "\n".join(self._event(request, asked, line) for line in lines).encode()
        if not media.endswith("json") or not text.strip():
            return status, text
        exchange = self._lied(request, asked, status, json.loads(text))
        return exchange.status, json.dumps(exchange.reply).encode()

    def _event(self, request: web.Request, asked: bytes, line: str) -> str:
        name, _, data = line.partition(": ")
        if name != "data" or not data.startswith("{"):
            return line
        return f"data: {json.dumps(self._lied(request, asked, 200, json.loads(data)).reply)}"

    def _lied(self, request: web.Request, asked: bytes, status: int, reply: Any) -> Exchange:
        said = (request.method, request.path, dict(request.query), json.loads(asked) if asked else None, status)
        self.seen.append(Exchange(*said, json.loads(json.dumps(reply))))
        exchange = Exchange(*said, reply)
        for lie in self.lies:
            lie(exchange)
        return exchange

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """Pass frames on both ways; what comes from the relay goes through the frame lies."""
        here = web.WebSocketResponse(protocols=("hitl.v1",))
        await here.prepare(request)
        headers = {name: request.headers[name] for name in ("Cookie", "Origin") if name in request.headers}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self.upstream}{request.raw_path}", protocols=("hitl.v1",), headers=headers) as there,
        ):
            up = asyncio.create_task(_pump(here, there, lambda text: text))
            await _pump(there, here, self._frame)
            up.cancel()
            await here.close(code=there.close_code or 1000)
        return here

    def _frame(self, text: str) -> str:
        frame = json.loads(text)
        for lie in self.frame_lies:
            lie(frame)
        return json.dumps(frame)


async def _pump(source: Any, target: Any, changed: Callable[[str], str]) -> None:
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await target.send_str(changed(message.data))
    await target.close()


@asynccontextmanager
async def lying_relay(upstream: str) -> AsyncIterator[LyingRelay]:
    """Serve a relay that lies in front of the one at `upstream`. Without lies it is an honest one."""
    liar = LyingRelay(upstream.rstrip("/"))
    app = web.Application(client_max_size=1 << 22)
    app.router.add_route("*", "/{path:.*}", liar.serve)
    server = TestServer(app)
    await server.start_server()
    liar.url = str(server.make_url("")).rstrip("/")
    try:
        yield liar
    finally:
        await server.close()
