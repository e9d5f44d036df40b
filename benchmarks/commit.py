"""Group commit with nothing around it: the shared engine of the toy and of the durable-commit ceiling."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg

MAX_BATCH = 256

BY_INDEX = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""The plan is made while the table is empty, when scanning it all looks cheapest, and is kept as the table grows."""


class GroupCommit:
    """Runs one `unnest` statement for whatever has gathered. The first column is the id; the statement returns ids."""

    def __init__(self, dsn: str, statement: str) -> None:
        self._dsn = dsn
        self._statement = statement
        self._queue: list[tuple[tuple[Any, ...], asyncio.Future[bool]]] = []
        self._gathered = asyncio.Event()

    def put(self, *row: object) -> asyncio.Future[bool]:
        """Queue a row; the future says, once it is committed, whether the statement touched it."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.append((row, future))
        self._gathered.set()
        return future

    async def run(self) -> None:
        connection = await asyncpg.connect(self._dsn, server_settings=BY_INDEX)
        prepared = await connection.prepare(self._statement)
        while await self._gathered.wait():
            batch, self._queue = self._queue[:MAX_BATCH], self._queue[MAX_BATCH:]
            if not self._queue:
                self._gathered.clear()
            columns = zip(*(row for row, _ in batch), strict=True)
            touched: set[UUID] = {record[0] for record in await prepared.fetch(*map(list, columns))}
            for row, future in batch:
                if not future.done():  # the caller may have gone away
                    future.set_result(row[0] in touched)
                touched.discard(row[0])  # of two in one batch the first wins
