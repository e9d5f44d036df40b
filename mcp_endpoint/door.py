"""The protocol, loaded when the first client comes: the SDK takes half a second and 35 MB that not everybody needs."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from mcp_endpoint.progress import EVERY_S
from mcp_endpoint.sessions import Sessions
from relay.kernel.waiting import Heartbeats

if TYPE_CHECKING:
    from mcp_endpoint.protocol import Protocol

Load = Callable[[], "Protocol"]

PROTOCOL_MODULE: Final = "mcp_endpoint.protocol"


class Door:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._protocol: Protocol | None = None
        self._loading = asyncio.Lock()
        self.sessions = Sessions()
        self.beats = Heartbeats(EVERY_S)

    async def protocol(self) -> "Protocol":
        if self._protocol is not None:
            return self._protocol
        async with self._loading:
            return await self._loaded()

    async def _loaded(self) -> "Protocol":
        if self._protocol is None:
            # In a thread: those who wait for a human must not feel it.
            self._protocol = await asyncio.to_thread(self._load)
        return self._protocol


def relay_protocol(version: str) -> Load:
    """Return what loads the SDK and the relay's own tools."""

    def load() -> "Protocol":
        return cast("Protocol", import_module(PROTOCOL_MODULE).load(version))

    return load
