"""Reads that many callers make at once, made together.

A caller alone is served at once. While its read is under way others gather, and the next read is for all of them: a
thousand devices that return after a restart cost a few dozen queries instead of a thousand of each kind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_BATCH: Final = 500


class Gathered(Generic[K, V]):
    """`read` gets keys and returns what was found for each; a key that is absent was not found."""

    def __init__(self, read: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._wanted: dict[K, list[asyncio.Future[V | None]]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Return what a read that begins after this call finds for `key`."""
        # A future each: a caller that gives up must not take the answer from the others.
        found: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._wanted.setdefault(key, []).append(found)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all(), name="gathered read")
        return await found

    async def _read_all(self) -> None:
        try:
            while self._wanted:
                keys = list(self._wanted)[:MAX_BATCH]
                await self._serve({key: self._wanted.pop(key) for key in keys})
        finally:
            self._reading = None

    async def _serve(self, wanted: "dict[K, list[asyncio.Future[V | None]]]") -> None:
        try:
            found = await self._read(list(wanted))
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, each of whom gets it
            for future in _still_waiting(wanted.values()):
                future.set_exception(error)
                future.exception()  # read once, so that the loop does not complain if the caller has gone
            return
        for key, futures in wanted.items():
            for future in _still_waiting([futures]):
                future.set_result(found.get(key))


def _still_waiting(wanted: "Iterable[list[asyncio.Future[V]]]") -> "Iterable[asyncio.Future[V]]":
    return (future for futures in wanted for future in futures if not future.done())
