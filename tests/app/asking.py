"""What the tests about asking share: ask without waiting, answer as the human, and a caller that may hang up."""

import asyncio
import json
from typing import Any, Self
from uuid import UUID

from relay.domain.ids import RequestId
from relay.services.keys import HEARTBEATS, HUB
from tests.app.conftest import Party, Relay
from tests.waiting import until

ASK = "/api/v1/hitl/request"


async def put(agent: Party, prompt: str = "Deploy to production?", **more: Any) -> dict[str, Any]:
    """Ask without waiting, and return the reply of a request that is pending."""
    reply = await agent.post(ASK, {"prompt": prompt, "wait": 0, **more})
    body: dict[str, Any] = await reply.json()
    assert reply.status == 202, body
    return body


async def respond(owner: Party, request_id: str, answer: Any, **more: Any) -> dict[str, Any]:
    """Answer as the human, by REST."""
    reply = await owner.post(f"/api/v1/requests/{request_id}/respond", {"answer": answer, **more})
    body: dict[str, Any] = await reply.json()
    assert reply.status == 200, body
    return body


async def shown(who: Party, request_id: str) -> dict[str, Any]:
    body: dict[str, Any] = await (await who.get(f"/api/v1/requests/{request_id}")).json()
    return body


async def awaited(relay: Relay, request_id: str, *, callers: int = 1) -> None:
    """Wait until so many calls wait for the request."""
    await until(lambda: len(relay.app[HUB].callers(RequestId(UUID(request_id)))) == callers)


async def abandoned(relay: Relay) -> None:
    """Wait until the relay has found every caller gone."""

    async def nobody() -> bool:
        await relay.app[HEARTBEATS].beat(0)
        return len(relay.app[HEARTBEATS]) == 0

    await until(nobody)


class RawCall:
    """A call on a bare connection: sees the bytes as they come, and hangs up when it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}

    @classmethod
    async def post(cls, relay: Relay, path: str, body: dict[str, Any], *lines: str, version: str = "1.1") -> Self:
        call = cls(*await asyncio.open_connection(relay.client.host, relay.client.port))
        call.send(relay, path, body, *lines, version=version)
        return call

    def send(self, relay: Relay, path: str, body: dict[str, Any], *lines: str, version: str = "1.1") -> None:
        text = json.dumps(body).encode()
        head = [
            f"POST {path} HTTP/{version}",
            f"Host: {relay.client.host}:{relay.client.port}",
            f"Authorization: Bearer {relay.agent.token}",
            f"Content-Length: {len(text)}",
            *lines,
        ]
        self._writer.write("\r\n".join([*head, "", ""]).encode("latin-1") + text)

    async def rest(self) -> bytes:
        """Read until the relay closes the connection."""
        async with asyncio.timeout(5):
            return await self._reader.read()

    async def head(self) -> None:
        """Read the status line and the headers."""
        async with asyncio.timeout(5):
            lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}

    async def chunk(self) -> bytes:
        """Read the next chunk of the body (RFC 9112 7.1); an empty one is the end."""
        async with asyncio.timeout(5):
            size = int(await self._reader.readline(), 16)
            return (await self._reader.readexactly(size + 2))[:-2]

    async def json(self) -> Any:
        """Read a body that comes whole."""
        async with asyncio.timeout(5):
            return json.loads(await self._reader.readexactly(int(self.headers["content-length"])))

    async def hang_up(self) -> None:
        self._writer.transport.abort()

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()
