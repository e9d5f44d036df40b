"""Opening many connections, a bounded number at a time."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.load.wire import DeviceSocket, HttpConnection

AT_ONCE = 64
"""Connections being opened at any moment: more only fills the server's backlog."""

CONNECT_S = 60.0


async def devices(
    job: dict[str, Any], given: Sequence[dict[str, str]], on_text: Callable[[DeviceSocket, bytes], None]
) -> list[DeviceSocket]:
    """Connect every device and wait until each was welcomed."""
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def connect(device: dict[str, str]) -> DeviceSocket:
        hello = json.dumps({"t": "hello", "cursor": None} | device).encode()
        async with gate:
            _, socket = await loop.create_connection(lambda: DeviceSocket(hello, on_text), "127.0.0.1", job["port"])
            await socket.welcome
        return socket

    async with asyncio.timeout(CONNECT_S):
        return await asyncio.gather(*(connect(device) for device in given))


async def agent(job: dict[str, Any], on_reply: Callable[[int, bytes], None]) -> HttpConnection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: HttpConnection(on_reply), "127.0.0.1", job["port"])
    return connection
