"""The door for agents: the Model Context Protocol."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from mcp_endpoint import hooks, routes
from mcp_endpoint.keys import DOOR
from relay.kernel.loops import running
from relay.kernel.operation import Operation
from relay.kernel.waiting import TICK_S


def operations() -> list[Operation]:
    return [*routes.operations, *hooks.operations]


@asynccontextmanager
async def mcp_loops(app: web.Application) -> AsyncIterator[None]:
    """Keep the streams of waiting calls alive, and notice those that were hung up."""
    ticks = iter(range(1 << 62))

    async def beat() -> None:
        await app[DOOR].beats.beat(next(ticks))

    async with running("mcp streams", TICK_S, beat):
        yield
