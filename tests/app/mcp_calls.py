"""What the tests of the MCP endpoint share: messages as they stand on the wire, and the official client."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_endpoint.keys import DOOR
from tests.app.conftest import Party, Relay
from tests.waiting import until

MCP = "/mcp"
MODERN = "2026-07-28"
HANDSHAKES = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
RESUMABLE = "2025-11-25"
TASKS = "io.modelcontextprotocol/tasks"
ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}

Json = dict[str, Any]


def request(method: str, params: Json | None = None, id: Any = 1) -> Json:
    message: Json = {"jsonrpc": "2.0", "id": id, "method": method}
    return message if params is None else message | {"params": params}


def tool_call(name: str, arguments: Json, id: Any = 1, **meta: Any) -> Json:
    params: Json = {"name": name, "arguments": arguments}
    return request("tools/call", params | ({"_meta": meta} if meta else {}), id)


ASK = tool_call("request_human_input", {"prompt": "Deploy?"}, progressToken="p")
MUTE = tool_call("request_human_input", {"prompt": "Deploy?"})


def modern(message: Json, *, client: str = "test", capabilities: Json | None = None) -> tuple[Json, dict[str, str]]:
    """Return a message with its 2026-07-28 envelope, and the headers that must go with it."""
    params = message.get("params") or {}
    envelope = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": capabilities or {},
        "io.modelcontextprotocol/clientInfo": {"name": client, "version": "1"},
    }
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": message["method"]}
    if name := params.get("name") or params.get("taskId"):
        headers["Mcp-Name"] = name
    return message | {"params": params | {"_meta": params.get("_meta", {}) | envelope}}, headers


async def send(who: Party, message: Any, *, path: str = MCP, **headers: str) -> aiohttp.ClientResponse:
    """Post a message of a handshake protocol, or anything else that shall be posted as JSON."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await who.post(path, message, headers={**ACCEPT, **given})


async def send_modern(who: Party, message: Json, *, path: str = MCP, **facts: Any) -> aiohttp.ClientResponse:
    body, headers = modern(message, **facts)
    return await who.post(path, body, headers={**ACCEPT, **headers})


async def answer_of(reply: aiohttp.ClientResponse) -> Json:
    """Return the JSON-RPC reply, however it came."""
    if reply.content_type == "application/json":
        body: Json = await reply.json()
        return body
    return (await events_of(reply))[-1].message


@dataclass
class Event:
    """A server-sent event."""

    id: str = ""
    retry: str = ""
    data: str = ""
    comment: str = ""

    @property
    def message(self) -> Json:
        found: Json = json.loads(self.data)
        return found


async def next_event(reply: aiohttp.ClientResponse, within_s: float = 5) -> Event | None:
    """Read one event; None is the end of the stream."""
    lines: list[str] = []
    async with asyncio.timeout(within_s):
        while (line := (await reply.content.readline()).decode()) not in {"", "\n"}:
            lines.append(line.rstrip("\n"))
    if not lines:
        return None
    fields = {name: value.removeprefix(" ") for name, _, value in (line.partition(":") for line in lines)}
    return Event(fields.get("id", ""), fields.get("retry", ""), fields.get("data", ""), fields.get("", ""))


async def events_of(reply: aiohttp.ClientResponse) -> list[Event]:
    found = []
    while event := await next_event(reply):
        found.append(event)
    return found


@dataclass
class Asking:
    """A tool call whose human has not answered: its stream has begun, and `card` is what the human sees."""

    reply: aiohttp.ClientResponse
    card: Json
    read: list[Event] = field(default_factory=list)

    @classmethod
    async def begin(cls, relay: Relay, message: Json, *, version: str = RESUMABLE, path: str = MCP) -> Self:
        if version == MODERN:
            call = asyncio.create_task(send_modern(relay.agent, message, path=path))
        else:
            call = asyncio.create_task(send(relay.agent, message, path=path, MCP_Protocol_Version=version))
        card = await relay.open_request()
        return cls(await call, card)

    async def next(self) -> Event:
        event = await next_event(self.reply)
        assert event is not None
        self.read.append(event)
        return event

    async def result(self) -> Json:
        """Read on to the reply, and return its result."""
        while True:
            event = await self.next()
            if event.data and "result" in event.message:
                found: Json = event.message["result"]
                return found


async def beat(relay: Relay, times: int = 1) -> None:
    """Let as much time pass for the streams as takes every one of them to its turn."""
    for _ in range(times):
        for tick in range(15):
            await relay.app[DOOR].beats.beat(tick)


def waiting(relay: Relay) -> int:
    """Return how many MCP calls wait here."""
    return len(relay.app[DOOR].beats)


async def inbox(relay: Relay) -> list[Json]:
    found: list[Json] = (await (await relay.owner.get("/api/v1/mobile/inbox")).json())["requests"]
    return found


async def nobody_waits(relay: Relay) -> None:
    """Wait until the relay has found every caller gone."""

    async def gone() -> bool:
        await relay.app[DOOR].beats.beat(0)
        return len(relay.app[DOOR].beats) == 0

    await until(gone)


@asynccontextmanager
async def sdk(relay: Relay, *, mode: str = "auto", path: str = MCP, **more: Any) -> AsyncIterator[Client]:
    """Connect the official client with the agent's key."""
    url = str(relay.client.make_url(path))
    # As in a workplace without a proxy: the environment of the machine is no part of the test.
    async with (
        httpx2.AsyncClient(headers=relay.agent.headers, timeout=None, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, **more) as client,
    ):
        yield client


def text_of(result: Any) -> str:
    """Return the text the published client would print."""
    text: str = result.content[0].text
    return text
