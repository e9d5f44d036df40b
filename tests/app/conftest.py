"""A whole relay in the test's loop: the real application on a fresh database, reached over loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from auth.keys import FIRST_OWNER
from hitl_relay.app import create_app
from hitl_relay.lane import LaneRunner
from hitl_relay.settings import Settings
from mobile_api.web_app import Files
from relay.kernel.settings import Secret
from tests.fakes.clock import FakeClock
from tests.strangers import add_stranger
from tests.waiting import until


class LaneTestServer(TestServer):
    """Serves as `hitl-relay serve` does: with the fast lane, and lets handlers find out who hung up."""

    def __init__(self, app: web.Application, keepalive_s: float = 75, port: int | None = None) -> None:
        super().__init__(app, port=port)
        self._keepalive_s = keepalive_s

    async def _make_runner(self, **kwargs: Any) -> web.AppRunner:
        return LaneRunner(self.app, keepalive_timeout=self._keepalive_s, **kwargs | {"handler_cancellation": False})


Client = TestClient[web.Request, web.Application]
PASSWORD = "correct horse battery staple"


@dataclass
class Party:
    """Somebody with a credential."""

    client: Client
    token: str
    id: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, path: str, body: Any = None, **more: Any) -> aiohttp.ClientResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.client.post(path, json=body, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> aiohttp.ClientResponse:
        return await self.client.get(path, headers=self.headers, **more)

    async def delete(self, path: str) -> aiohttp.ClientResponse:
        return await self.client.delete(path, headers=self.headers)

    async def patch(self, path: str, body: Any) -> aiohttp.ClientResponse:
        return await self.client.patch(path, json=body, headers=self.headers)

    def ask(self, prompt: str = "Deploy to production?", **more: Any) -> "asyncio.Task[aiohttp.ClientResponse]":
        """Ask in the background; the task ends when the relay replies."""
        return asyncio.create_task(self.post("/api/v1/hitl/request", {"prompt": prompt, **more}))


@dataclass
class Device:
    """A device on its socket, keeping what it was sent."""

    ws: aiohttp.ClientWebSocketResponse
    id: str
    token: str
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def hello(self, cursor: int | None = None) -> Self:
        await self.send({"t": "hello", "token": self.token, "device_id": self.id, "cursor": cursor})
        return self

    async def send(self, frame: dict[str, Any]) -> None:
        await self.ws.send_json(frame)

    async def next(self, wanted: str, **facts: Any) -> dict[str, Any]:
        """Read frames until one of kind `t` (or event type) with these facts comes."""
        async with asyncio.timeout(5):
            while True:
                frame: dict[str, Any] = await self.ws.receive_json()
                self.frames.append(frame)
                named = wanted in {frame["t"], frame.get("type")}
                if named and all(frame.get(name) == fact for name, fact in facts.items()):
                    return frame

    async def answer(self, request_id: str, answer: Any, **more: Any) -> str:
        answer_id = str(more.pop("answer_id", uuid4()))
        await self.send({"t": "answer", "request_id": request_id, "answer_id": answer_id, "answer": answer, **more})
        return answer_id

    async def closed(self) -> int | None:
        """Read on until the relay hangs up; return its close code."""
        async with asyncio.timeout(5):
            while True:
                message = await self.ws.receive()
                if message.type is aiohttp.WSMsgType.CLOSE:
                    # Not `ws.close_code`: that turns 1006 when the reply to the close frame finds nobody any more.
                    return int(message.data)
                if message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}:
                    return self.ws.close_code


@dataclass
class Relay:
    """The relay, its owner and its agent."""

    client: Client
    app: web.Application
    clock: FakeClock
    owner: Party
    agent: Party
    account_id: str

    async def another_owner(self) -> "tuple[Party, Party]":
        """Make a stranger with an agent, in an organization of their own."""
        return await _people(self.client, self.app, f"{uuid4().hex}@example.org", first=False)

    async def device(self, name: str = "phone", *, cursor: int | None = None) -> Device:
        """Sign in on a new device and say hello."""
        device = await self.silent_device(name)
        await device.hello(cursor)
        await device.next("welcome")
        if cursor is None:
            await device.next("inbox")
        return device

    async def silent_device(self, name: str = "phone") -> Device:
        # A browser's next sign-in ends the session in its cookie; each device here is a browser of its own.
        self.client.session.cookie_jar.clear()
        reply = await self.client.post("/api/v1/auth/sign-in", json={"email": "ada@example.org", "password": PASSWORD})
        token = (await reply.json())["token"]
        # Each device is a client of its own: with the cookie of the one before, signing in would end that session.
        self.client.session.cookie_jar.clear()
        party = Party(self.client, token)
        made = await (await party.post("/api/v1/mobile/devices", {"name": name, "kind": "phone"})).json()
        ws = await self.client.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",))
        return Device(ws, made["device_id"], token)

    async def open_request(self) -> dict[str, Any]:
        """Wait until exactly one request is pending, and return its card."""
        found: list[dict[str, Any]] = []

        async def one() -> bool:
            inbox = await (await self.owner.get("/api/v1/mobile/inbox")).json()
            found[:] = inbox["requests"]
            return len(found) == 1

        await until(one)
        return found[0]


MakeRelay = Callable[..., Awaitable[Relay]]


@pytest.fixture
async def make_relay(database_url: Secret, clock: FakeClock) -> AsyncIterator[MakeRelay]:
    clients: list[Client] = []

    async def make(
        *, loops: bool = False, keepalive_s: float = 75, web_app: Files | None = None, **settings: Any
    ) -> Relay:
        app = create_app(Settings(**settings), database_url, clock=clock, loops=loops, web_app=web_app)
        client: Client = TestClient(LaneTestServer(app, keepalive_s, port=settings.get("port")))
        await client.start_server()
        clients.append(client)
        owner, agent = await _people(client, app, "ada@example.org", first=True)
        return Relay(client, app, clock, owner, agent, owner.id)

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
async def relay(make_relay: MakeRelay) -> Relay:
    return await make_relay()


async def _people(client: Client, app: web.Application, email: str, *, first: bool) -> tuple[Party, Party]:
    if first:
        code = await app[FIRST_OWNER].new_code()
        made = {"code": code, "email": email, "name": "Ada", "password": PASSWORD}
        reply = await (await client.post("/api/v1/auth/setup", json=made)).json()
    else:
        reply = await _stranger(client, app, email)
    owner = Party(client, reply["token"], reply["account"]["id"])
    key = await (await owner.post("/api/v1/api-keys", {"description": "test", "agent_name": "deploy-bot"})).json()
    client.session.cookie_jar.clear()
    return owner, Party(client, key["api_key"], key["agent_id"])


async def _stranger(client: Client, app: web.Application, email: str) -> dict[str, Any]:
    """Another account: there is no invitation yet, so its rows are written as the setup would write them."""
    await add_stranger(app, email, PASSWORD)
    return await (await client.post("/api/v1/auth/sign-in", json={"email": email, "password": PASSWORD})).json()
