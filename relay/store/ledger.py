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

from relay.domain.ids import DeviceId, RequestId, smallest_uuid7
from relay.domain.quick import quick
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record, columns
from relay.store.flusher import Flusher

SQL: Final = load_queries("relay.store", "sql/ledger.sql")

GATHER_S: Final = 0.1
"""Nobody waits for a line of history; a tenth of a second still looks live to who follows a request."""


class Step(StrEnum):
    """In the order they usually come; a device on its socket has no push, a pushed one often no socket."""

    QUEUED = "queued"
    """A push is to be sent."""
    HELD = "held"
    """Not sent, on purpose: it was the account's quiet hours until the end."""
    PUSHED = "pushed"
    """The device's push service took it."""
    FAILED = "failed"
    """It did not, and will not."""
    SENT = "sent"
    """Written to the device's socket."""
    RECEIVED = "received"
    """The push arrived on the device."""
    DISPLAYED = "displayed"
    SEEN = "seen"


@quick
@dataclass(frozen=True, slots=True)
class LedgerEntry:
    request_id: RequestId
    device_id: DeviceId
    step: Step
    at: dt.datetime
    device_name: str = ""
    detail: str = ""
    """Who took or refused a push, and in which words: `webpush 410`."""


class LedgerStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries = Flusher[LedgerEntry, None]("ledger", database, self._write, durable=False, gather_s=GATHER_S)
        self._listeners: list[Callable[[RequestId], None]] = []

    def start(self) -> None:
        self._entries.start()

    async def close(self) -> None:
        await self._entries.close()

    def on_written(self, listener: Callable[[RequestId], None]) -> None:
        """Call `listener` with every request that has new entries to read."""
        self._listeners.append(listener)

    def record(self, entry: LedgerEntry) -> None:
        """Queue an entry; when the queue is full it is dropped, because deliveries matter more than their history."""
        self._entries.toss(entry)

    async def of(self, request: RequestId) -> list[LedgerEntry]:
        rows = await self._database.fetch(SQL["entries_of"], request)
        return [
            LedgerEntry(
                request, DeviceId(row["device_id"]), Step(row["step"]), row["at"], row["name"] or "", row["detail"]
            )
            for row in rows
        ]

    async def forget(self, before: dt.datetime) -> None:
        await self._database.execute(SQL["forget_entries"], smallest_uuid7(before))

    async def _write(
        self, connection: "asyncpg.Connection[Record]", entries: Sequence[LedgerEntry], _repeated: bool
    ) -> list[Exception | None]:
        sent = [(e.request_id, e.device_id, e.at) for e in entries if e.step is Step.SENT and not e.detail]
        more = [
            (e.request_id, e.device_id, e.step.value, e.at, e.detail)
            for e in entries
            if e.step is not Step.SENT or e.detail
        ]
        if sent:
            await connection.execute(SQL["add_sent"], *columns(sent))
        if more:
            await connection.execute(SQL["add_entries"], *columns(more))
        for request in {entry.request_id for entry in entries}:
            for listener in self._listeners:
                listener(request)
        return [None] * len(entries)
