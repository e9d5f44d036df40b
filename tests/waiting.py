"""Waiting for a condition, which is what tests do instead of sleeping."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from relay.kernel.loops import pause


async def until(condition: Callable[[], object | Awaitable[object]], within_s: float = 5) -> None:
    """Return when `condition` holds; fail with TimeoutError if it does not in time."""
    async with asyncio.timeout(within_s):
        while not (await held if inspect.isawaitable(held := condition()) else held):
            await pause(0.01)
