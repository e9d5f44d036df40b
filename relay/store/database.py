"""The connection to PostgreSQL: a pool for the odd query, held connections for the flushers.

Nothing sets session state, so connections go back to the pool without asyncpg's reset query: that is a full round
trip on every release. A lost connection becomes `Unavailable`; nothing was acknowledged, so the caller may retry.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from relay.domain.errors import Unavailable
from relay.kernel.log import get_logger
from relay.kernel.settings import Secret

log = get_logger(__name__)

Record: TypeAlias = asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[Record] | PoolConnectionProxy[Record]"

COMMAND_TIMEOUT_S: Final = 30.0
"""No statement here takes a second; one that takes this long waits for a server that is gone."""

IDLE_S: Final = 30.0
"""A pooled connection that nobody needs for so long is closed; the loops keep one in use."""

LOST: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.TooManyConnectionsError,
    asyncpg.exceptions.DiskFullError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,
)
"""What asyncpg raises when the server is away, full or read-only: our `Unavailable`."""

PLANNED_ONCE: Final = {
    "application_name": "hitl-relay",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
}
"""For connections that run the same few statements for ever. Their plans are made while the tables are empty and
kept, so they must be the plans of full tables: every row is found by its index (`tests/store/test_plans.py` looks).
Hash joins are for what a statement was given: compared row by row, a batch of 200 costs twice as much. A table is
joined by `= ANY(ARRAY[...])`, which no join can hash, so that it is never read whole for one."""

REPEATABLE: Final = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class QuietConnection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        return ""


class Database:
    def __init__(self, url: Secret) -> None:
        self._url = url
        self._pool: asyncpg.Pool[Record] | None = None

    async def open(self, *, size: int = 4) -> None:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=size,
            max_inactive_connection_lifetime=IDLE_S,
            connection_class=QuietConnection,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings={"application_name": "hitl-relay"},
        )

    async def close(self) -> None:
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(5):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def connect(self, *, durable: bool = True) -> "asyncpg.Connection[Record]":
        """Open a connection of one's own. Not `durable`: a crash of PostgreSQL may lose the last instants' writes."""
        settings = PLANNED_ONCE | ({} if durable else {"synchronous_commit": "off"})
        with translated():
            return await asyncpg.connect(
                self._url,
                command_timeout=COMMAND_TIMEOUT_S,
                server_settings=settings,
                connection_class=QuietConnection,
            )

    async def fetch(self, query: str, *args: object) -> list[Record]:
        with translated():
            return await self._opened.fetch(query, *args)

    async def row(self, query: str, *args: object) -> Record | None:
        with translated():
            return await self._opened.fetchrow(query, *args)

    async def value(self, query: str, *args: object) -> Any:
        with translated():
            return await self._opened.fetchval(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        with translated():
            return await self._opened.execute(query, *args)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        with translated():
            async with self._opened.acquire() as connection, connection.transaction():
                yield connection

    @property
    def _opened(self) -> "asyncpg.Pool[Record]":
        if self._pool is None:
            raise Unavailable("the database is not open yet")
        return self._pool


@contextmanager
def translated() -> Iterator[None]:
    """Turn a lost or refusing server into `Unavailable`."""
    try:
        yield
    except LOST as error:
        log.warning("database_unavailable", error=type(error).__name__)
        raise Unavailable("the database cannot be reached; nothing was changed, try again") from error


def columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    """Turn rows into the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]
