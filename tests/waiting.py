"""Waiting for a condition, which is what tests do instead of sleeping."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from relay.kernel.loops import pause
from relay.store.database import Database


async def until(condition: Callable[[], object | Awaitable[object]], within_s: float = 20) -> None:
    """Return when `condition` holds, at once; `within_s` only bounds how long a broken test takes to say so."""
    async with asyncio.timeout(within_s):
        while not (await held if inspect.isawaitable(held := condition()) else held):
            await pause(0.01)


async def until_held_up(database: Database, statements: int = 1) -> None:
    """Return when so many statements in this database wait for others' locks."""
    query = (
        "SELECT count(*) >= $1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    await until(lambda: database.value(query, statements))
