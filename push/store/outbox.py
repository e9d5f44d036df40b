"""What is to be sent, claimed without a lock and settled in batches.

The broker's statements write the rows: a push is queued by the commit that saves its request and no other.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import asyncpg

from push.policy import Preference
from push.provider import Target
from push.store.targets import preference_of, target_of
from relay.domain.ids import AgentId, DeviceId, RequestId, smallest_uuid7
from relay.domain.request import Kind, Priority
from relay.domain.request import State as RequestState
from relay.domain.sealed import Sealed
from relay.kernel.loops import pause
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record, columns
from relay.store.flusher import Flusher

SQL: Final = load_queries("push.store", "sql/outbox.sql")

LEASE: Final = dt.timedelta(seconds=40)
"""Longer than any provider may take to answer, with the wait for a free place before it."""

MAX_SEALED: Final = 2_500
"""Bytes of a ciphertext that goes along: its quotes escaped twice, with the rest, it stays below the vendors' 4 kB."""

GATHER_S: Final = 0.005
SKIPPED_TRIES: Final = 40
SKIPPED_PAUSE_S: Final = 0.01
"""The broker holds a row for the length of one statement; a lease that runs out mends what is given up here."""

Key: TypeAlias = tuple[RequestId, DeviceId]


class Wanted(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Shown(StrEnum):
    NOTHING = "nothing"
    OPEN = "open"
    SUMMARY = "summary"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a push may tell of its request. `prompt` and `agent_name` are empty unless the account wants words.

    `sealed` is a ciphertext short enough for a push, which the device opens by itself; then there are no words at all.

    `more`: the human is shown more than the prompt before deciding, a context or an action's arguments.
    """

    kind: Kind
    priority: Priority
    state: RequestState
    created_at: dt.datetime
    expires_at: dt.datetime
    form: dict[str, Any] | None
    danger: bool
    more: bool
    prompt: str
    agent_name: str
    agent_id: AgentId | None = None
    sealed: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A claimed row. `target` is None when the device has no live address any more, `about` if the request is gone."""

    request_id: RequestId
    device_id: DeviceId
    wanted: Wanted
    shown: Shown
    attempt: int
    until: dt.datetime
    target: Target | None
    about: About | None
    preference: Preference


@dataclass(frozen=True, slots=True)
class Settled:
    """What the device may show after an attempt, and when to look again if nothing else is wanted by then."""

    due: Due
    shown: Shown
    attempt: int
    next_at: dt.datetime | None
    at: dt.datetime


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database
        # Not durable: what a crash forgets was sent is sent again under the same collapse id.
        self._settled = Flusher[Settled, None]("push", database, self._write, durable=False, gather_s=GATHER_S)

    def start(self) -> None:
        self._settled.start()

    async def close(self) -> None:
        await self._settled.close()

    async def claim(self, now: dt.datetime, limit: int) -> list[Due]:
        return [_due(row) for row in await self._database.fetch(SQL["claim"], now, now + LEASE, limit, MAX_SEALED)]

    async def settle(self, settled: Settled) -> None:
        await self._settled.put(settled)

    async def open_on(self, devices: Sequence[DeviceId], now: dt.datetime) -> dict[DeviceId, int]:
        """Return how many questions wait on each device."""
        rows = await self._database.fetch(SQL["open_on"], list(devices), now)
        return {DeviceId(row["device_id"]): row["open"] for row in rows}

    async def depth(self, now: dt.datetime) -> tuple[int, dt.datetime | None]:
        """Return how many rows are due, and since when the oldest is."""
        row = await self._database.row(SQL["depth"], now)
        return (row["rows"], row["oldest"]) if row else (0, None)

    async def forget(self, before: dt.datetime) -> None:
        await self._database.execute(SQL["forget"], smallest_uuid7(before))

    async def _write(
        self, connection: "asyncpg.Connection[Record]", batch: Sequence[Settled], _repeated: bool
    ) -> list[Exception | None]:
        left: dict[Key, Settled] = {(s.due.request_id, s.due.device_id): s for s in batch}
        for _ in range(SKIPPED_TRIES):
            rows = [(*key, s.due.wanted.value, s.shown.value, s.attempt, s.next_at) for key, s in left.items()]
            at = max(s.at for s in left.values())
            for row in await connection.fetch(SQL["settle"], *columns(rows), at):
                left.pop((row["request_id"], row["device_id"]), None)
            if not left:
                break
            await pause(SKIPPED_PAUSE_S)
        return [None] * len(batch)


def _due(row: Record) -> Due:
    return Due(
        request_id=RequestId(row["request_id"]),
        device_id=DeviceId(row["device_id"]),
        wanted=Wanted(row["wanted"]),
        shown=Shown(row["shown"]),
        attempt=row["attempt"],
        until=row["until"],
        target=target_of(row) if row["vendor"] else None,
        about=_about(row) if row["kind"] else None,
        preference=preference_of(row) if row["preferred"] else Preference(),
    )


def _about(row: Record) -> About:
    return About(
        kind=Kind(row["kind"]),
        priority=Priority(row["priority"]),
        state=RequestState(row["state"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        form=json.loads(row["form"]) if row["form"] else None,
        danger=bool(row["danger"]),
        more=bool(row["more"]),
        prompt=row["prompt"] or "",
        agent_name=row["agent_name"] or "",
        agent_id=AgentId(row["agent_id"]),
        sealed=Sealed.from_json(row["sealed"].decode(), json.loads(row["visible"])) if row["sealed"] else None,
    )
