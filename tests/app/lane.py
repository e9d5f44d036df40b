"""Two doors to one relay: the fast lane, and aiohttp alone; and callers that send bytes as they like."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from hitl_relay.lane.server import LaneServer
from relay.kernel.loops import pause
from tests.app.conftest import Relay

NOTIFY, ASK = "/api/v1/hitl/notify", "/api/v1/hitl/request"


@dataclass
class Doors:
    relay: Relay
    lane: int
    plain: int
    server: web.Server
    """aiohttp's server behind both."""

    async def said(self, *parts: bytes, aborts: bool = False) -> tuple[bytes, bytes]:
        """Send the same bytes to both doors, part by part; return what each says until it closes, made comparable.

        `@@@@` in the bytes becomes a mark of the door's own, so that neither joins the other's question.
        """
        spoken = []
        for port, mark in ((self.lane, b"lane"), (self.plain, b"bare")):
            said = await exchange(port, [part.replace(b"@@@@", mark) for part in parts], aborts=aborts)
            spoken.append(comparable(said))
        return spoken[0], spoken[1]

    def connections(self) -> list[str]:
        return [type(connection).__name__ for connection in self.server.connections]


@asynccontextmanager
async def doors(relay: Relay) -> AsyncIterator[Doors]:
    """Open a second door, without the lane, to a relay that is being served."""
    lane: Any = relay.client.server.runner and relay.client.server.runner.server
    assert isinstance(lane, LaneServer)
    second = await asyncio.get_running_loop().create_server(lane.plain, "127.0.0.1", 0)
    yield Doors(relay, relay.client.port, second.sockets[0].getsockname()[1], lane.plain)
    second.close()


async def exchange(port: int, parts: Sequence[bytes], *, aborts: bool = False) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await pause(0)  # a turn of the loop: the server, which runs in it, reads this part by itself
            await pause(0)
        if aborts:
            writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""  # hung up on while it was still talking
    finally:
        writer.close()


def comparable(said: bytes) -> bytes:
    """Take out what differs between two equal answers: when they were sent, new ids, and the door's mark."""
    said = re.sub(rb"Date: [^\r]*", b"Date: now", said)
    said = said.replace(b"lane", b"@@@@").replace(b"bare", b"@@@@")
    return re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"some-id", said)


def post(path: str, body: dict[str, Any] | bytes, *headers: str, close: bool = True, version: str = "1.1") -> bytes:
    """Write a request; `Content-Length` unless the headers say how long it is."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"POST {path} HTTP/{version}", "Host: localhost", *headers]
    if not any(header.lower().startswith(("content-length", "transfer-encoding")) for header in headers):
        lines.append(f"Content-Length: {len(text)}")
    if close:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + text
