"""The door for humans: device registration, WebSocket, inbox, and the web app."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from auth.keys import AUTH_CACHE
from mobile_api import device_log, inbox, pairing, push_routes, socket_routes, web_app_routes
from mobile_api import devices as device_routes
from mobile_api.keys import LINES, SOCKETS
from mobile_api.line import Lines
from mobile_api.sockets import LAST_WORD_S, PING_TICK_S, Sockets
from relay.kernel.loops import running
from relay.kernel.operation import Operation
from relay.services.keys import DEVICES

SEEN_EVERY_S = 30.0


def operations() -> list[Operation]:
    return [
        *device_routes.operations,
        *device_log.operations,
        *pairing.operations,
        *push_routes.operations,
        *inbox.operations,
        *socket_routes.operations,
        *web_app_routes.operations,
    ]


@asynccontextmanager
async def devices(app: web.Application) -> AsyncIterator[None]:
    """Offer the registry of live sockets; a credential that is revoked takes its sockets with it."""
    app[SOCKETS], app[LINES] = Sockets(), Lines()
    app[AUTH_CACHE].on_revoked(app[SOCKETS].close_revoked)
    yield
    with suppress(TimeoutError):
        # They have been hung up on; what they wanted done last is finished before the database closes.
        await asyncio.wait_for(app[SOCKETS].over(), LAST_WORD_S + 1)


@asynccontextmanager
async def device_loops(app: web.Application) -> AsyncIterator[None]:
    """Ping the sockets, so that dead ones are found and quiet ones stay open."""
    ticks = iter(range(1 << 62))

    async def ping() -> None:
        app[SOCKETS].ping(next(ticks))

    async def write_seen() -> None:
        if seen := app[SOCKETS].take_seen():
            await app[DEVICES].seen(seen)

    async with running("pings", PING_TICK_S, ping), running("devices seen", SEEN_EVERY_S, write_seen):
        yield
