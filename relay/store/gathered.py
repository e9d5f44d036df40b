"""Reads that many callers make at once, made together.

A caller alone is served at once. While its read is under way others gather, and the next read is for all of them: a
thousand devices that return after a restart cost a few dozen queries instead of a thousand of each kind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_BATCH: Final = 500


class Gathered(Generic[K, V]):
    """`read` gets keys and returns what was found for each; a key that is absent was not found."""

    def __init__(self, read: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._wanted: dict[K, asyncio.Future[V | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Return what a read that begins after this call finds for `key`."""
        if (found := self._wanted.get(key)) is None:
            found = self._wanted[key] = asyncio.get_running_loop().create_future()
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all(), name="gathered read")
        # Shielded: a caller that gives up must not take the answer from the others.
        return await asyncio.shield(found)

    async def _read_all(self) -> None:
        try:
            while self._wanted:
                keys = list(self._wanted)[:MAX_BATCH]
                await self._serve({key: self._wanted.pop(key) for key in keys})
        finally:
            self._reading = None

    async def _serve(self, wanted: "dict[K, asyncio.Future[V | None]]") -> None:
        try:
            found = await self._read(list(wanted))
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, each of whom gets it
            for future in wanted.values():
                future.set_exception(error)
                future.exception()  # read once, so that the loop does not complain if the caller has gone
            return
        for key, future in wanted.items():
            future.set_result(found.get(key))
