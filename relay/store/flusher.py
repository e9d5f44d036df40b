"""Group commit: many callers, one statement, one commit.

Callers put a write and await its result. One task takes whatever has gathered, writes it in a single statement on a
connection of its own, and hands each caller its row: five times the rate of a commit each, and quicker from the
first caller on. A write whose connection breaks is repeated, so every statement behind a flusher must be idempotent
by the ids in it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

import asyncpg

from relay.domain.errors import Unavailable
from relay.kernel.log import get_logger
from relay.kernel.loops import pause
from relay.store.database import LOST, REPEATABLE, Database, Record

log = get_logger(__name__)

W = TypeVar("W")
R = TypeVar("R")

MAX_BATCH: Final = 256
"""More rows a statement gain nothing and delay the first of them."""

MAX_QUEUE: Final = 10_000
"""About two seconds of work; beyond it a caller is told to come back instead of waiting in line."""

MAX_GATHER_S: Final = 0.001
"""How long a busy flusher lets writes gather before a batch: fewer, larger commits for the same work."""

STILL_TURNS: Final = 4
"""Turns of the loop without a new write after which nothing more is on its way: what was sent is read in one turn and
served in the next, and a busy loop may have more than that to do in between. A turn with nothing to do takes a few
microseconds, so a lone caller hardly waits."""

IDLE_S: Final = 30.0
"""A connection that writes nothing for so long is closed: it keeps some 7 MB of PostgreSQL's memory. Opening it again
delays the next write by some twenty milliseconds: once for a conversation, not for each of its questions."""

TRIES: Final = 3
RETRY_PAUSE_S: Final = 0.2


class Flusher(Generic[W, R]):
    """`write` gets the batch and whether it is a repetition; it returns a result or an exception for each write.

    With `gather_s` every batch, even of one write, first waits so long for company: for writes nobody waits for.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        write: "Callable[[asyncpg.Connection[Record], Sequence[W], bool], Awaitable[Sequence[R | Exception]]]",
        *,
        durable: bool = True,
        gather_s: float | None = None,
    ) -> None:
        self._gather_s = gather_s
        self._name = name
        self._database = database
        self._write = write
        self._durable = durable
        self._queue: list[tuple[W, asyncio.Future[R] | None]] = []
        self._gathered = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: asyncpg.Connection[Record] | None = None
        self._closing = False
        self._loop: asyncio.AbstractEventLoop

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run(), name=f"flusher {self._name}")

    async def close(self) -> None:
        """Write what has gathered, then stop."""
        self._closing = True
        self._gathered.set()
        if self._task:
            await self._task
        await self._hang_up()

    def put(self, write: W) -> "asyncio.Future[R]":
        """Queue a write; the future has its result once it is committed."""
        if self._closing or len(self._queue) >= MAX_QUEUE:
            raise Unavailable("the relay is stopping" if self._closing else "the relay is overloaded; try again")
        future: asyncio.Future[R] = self._loop.create_future()
        self._queue.append((write, future))
        self._gathered.set()
        return future

    def toss(self, write: W) -> None:
        """Queue a write whose result nobody waits for; drop it when the queue is full."""
        if not self._closing and len(self._queue) < MAX_QUEUE:
            self._queue.append((write, None))
            self._gathered.set()

    async def _run(self) -> None:
        while not (self._closing and not self._queue):
            await self._anything()
            if not self._closing:
                await (pause(self._gather_s) if self._gather_s is not None else self._until_still())
            batch, self._queue = self._queue[:MAX_BATCH], self._queue[MAX_BATCH:]
            if not self._queue and not self._closing:
                self._gathered.clear()
            if batch:
                await self._flush(batch)

    async def _anything(self) -> None:
        """Wait for a write; give the connection back when there is none for a while."""
        if self._connection is not None and not self._gathered.is_set():
            try:
                async with asyncio.timeout(IDLE_S):
                    await self._gathered.wait()
            except TimeoutError:
                await self._hang_up()
        await self._gathered.wait()

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*LOST):
                await connection.close(timeout=2)

    async def _until_still(self) -> None:
        """Wait while every turn of the loop brings another write, but not for long."""
        until_s, still, seen = self._loop.time() + MAX_GATHER_S, 0, len(self._queue)
        while still < STILL_TURNS and seen < MAX_BATCH and self._loop.time() < until_s:
            await pause(0)
            still = still + 1 if len(self._queue) == seen else 0
            seen = len(self._queue)

    async def _flush(self, batch: "list[tuple[W, asyncio.Future[R] | None]]") -> None:
        try:
            results = await self._write_until_done([write for write, _ in batch])
        except Exception as error:
            if not isinstance(error, Unavailable):
                log.exception("flush_broke", flusher=self._name, writes=len(batch))
            results = [error] * len(batch)
        for (_, future), result in zip(batch, results, strict=True):
            if future is None or future.done():
                continue  # nobody waits, or the caller went away; its write stands
            if isinstance(result, Exception):
                future.set_exception(result)
                # A caller that has gone meanwhile must not make the loop complain.
                future.exception()
            else:
                future.set_result(result)

    async def _write_until_done(self, writes: Sequence[W]) -> Sequence[R | Exception]:
        for attempt in range(TRIES):
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._database.connect(durable=self._durable)
                return await self._write(self._connection, writes, attempt > 0)
            except REPEATABLE:
                continue
            except (*LOST, Unavailable) as error:
                log.warning("flush_interrupted", flusher=self._name, error=type(error).__name__, attempt=attempt + 1)
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
                await pause(RETRY_PAUSE_S * (attempt + 1))
        raise Unavailable("the database cannot be reached; ask again with the same idempotency key")
