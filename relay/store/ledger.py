"""The delivery ledger: what became of each request on each device.

Written behind the sockets' back, in batches that need not survive a crash of PostgreSQL: an entry lost costs a line
of history, never an answer.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import asyncpg

from relay.domain.errors import Unavailable
from relay.domain.ids import DeviceId, RequestId, smallest_uuid7
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record, columns
from relay.store.flusher import Flusher

SQL: Final = load_queries("relay.store", "sql/ledger.sql")

GATHER_S: Final = 0.1
"""Nobody waits for a line of history; a tenth of a second still looks live to who follows a request."""


class Step(StrEnum):
    SENT = "sent"
    DISPLAYED = "displayed"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    request_id: RequestId
    device_id: DeviceId
    step: Step
    at: dt.datetime
    device_name: str = ""


class LedgerStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries = Flusher[LedgerEntry, None](
            "ledger", database, _write, durable=False, eager=False, gather_s=GATHER_S
        )

    def start(self) -> None:
        self._entries.start()

    async def close(self) -> None:
        await self._entries.close()

    def record(self, entry: LedgerEntry, then: Callable[[RequestId], None]) -> None:
        """Queue an entry and call `then` once it can be read.

        When the queue is full the entry is dropped, because deliveries matter more than their history.
        """
        try:
            written = self._entries.put(entry)
        except Unavailable:
            return
        written.add_done_callback(lambda _: then(entry.request_id))

    async def of(self, request: RequestId) -> list[LedgerEntry]:
        rows = await self._database.fetch(SQL["entries_of"], request)
        return [
            LedgerEntry(request, DeviceId(row["device_id"]), Step(row["step"]), row["at"], row["name"] or "")
            for row in rows
        ]

    async def forget(self, before: dt.datetime) -> None:
        await self._database.execute(SQL["forget_entries"], smallest_uuid7(before))


async def _write(
    connection: "asyncpg.Connection[Record]", entries: Sequence[LedgerEntry], _repeated: bool
) -> list[Exception | None]:
    rows = [(e.request_id, e.device_id, e.step.value, e.at) for e in entries]
    await connection.execute(SQL["add_entries"], *columns(rows))
    return [None] * len(entries)
