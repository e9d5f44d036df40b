"""Revocations in PostgreSQL, written by triggers, read by every process."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from auth.revocation import Revocation
from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record

SQL: Final = load_queries("auth.store", "sql/revocations.sql")

OVERLAP: Final = dt.timedelta(seconds=60)
"""Twice as long as any statement may take (`COMMAND_TIMEOUT_S`), so none that commits late is missed."""

KEPT: Final = dt.timedelta(days=1)
"""A process that was cut off from the database for longer than this has no sockets left to close."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A line of the table. Not `ends`: it has only to be looked up again."""

    id: int
    at: dt.datetime
    ends: bool
    gone: Revocation


class RevocationStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> dt.datetime:
        """Return the database's time, by which the table is read."""
        at: dt.datetime = await self._database.value(SQL["now"])
        return at

    async def after(self, at: dt.datetime) -> list[Heard]:
        """Return what came after `at`, and once more what came shortly before."""
        return [_heard(row) for row in await self._database.fetch(SQL["after"], at, OVERLAP)]

    async def forget(self) -> None:
        await self._database.execute(SQL["forget"], KEPT)


def _heard(row: Record) -> Heard:
    device, agent, account, org = (row[name] for name in ("device_id", "agent_id", "account_id", "org_id"))
    gone = Revocation(
        credential_id=row["credential_id"],
        device_id=DeviceId(device) if device else None,
        agent_id=AgentId(agent) if agent else None,
        account_id=AccountId(account) if account else None,
        org_id=OrgId(org) if org else None,
    )
    return Heard(row["id"], row["at"], row["ends"], gone)
