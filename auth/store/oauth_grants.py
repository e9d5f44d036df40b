"""Grants in PostgreSQL: what the guard looks up, and what their owners see."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.oauth.changes import Reason
from auth.oauth.entities import ClientKind, Grant
from auth.store.oauth_rows import grant_of
from relay.domain.ids import AccountId, OrgId
from relay.kernel.sql import load_queries
from relay.store.database import Database
from relay.store.gathered import Gathered

SQL: Final = load_queries("auth.store", "sql/oauth_grants.sql")


@dataclass(frozen=True, slots=True)
class GrantHolder:
    """A grant, and what its agent is called now."""

    grant: Grant
    agent_name: str


@dataclass(frozen=True, slots=True)
class ListedGrant:
    grant: Grant
    agent_name: str
    client_name: str
    client_kind: ClientKind


class GrantStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._holders = Gathered[UUID, GrantHolder](self._read)

    async def holder(self, id: UUID) -> GrantHolder | None:
        """Return a grant that was not revoked, whose human and agent are there; it may be over by time."""
        return await self._holders.get(id)

    async def _read(self, ids: list[UUID]) -> dict[UUID, GrantHolder]:
        rows = await self._database.fetch(SQL["holders"], ids)
        return {row["id"]: GrantHolder(grant_of(row), row["current_name"]) for row in rows}

    async def of_account(self, account: AccountId, org: OrgId, at: dt.datetime) -> list[ListedGrant]:
        rows = await self._database.fetch(SQL["list"], account, org, at)
        return [
            ListedGrant(grant_of(row), row["current_name"], row["client_name"], ClientKind(row["client_kind"]))
            for row in rows
        ]

    async def revoke(self, id: UUID, account: AccountId, org: OrgId, at: dt.datetime) -> bool:
        return await self._database.value(SQL["revoke"], id, account, org, at, Reason.OWNER.value) is not None

    async def touch(self, when: Mapping[UUID, dt.datetime]) -> None:
        await self._database.execute(SQL["touch"], [*when], [*when.values()])

    async def forget(self, *, ended_before: dt.datetime, unused_before: dt.datetime) -> None:
        """Delete what ended, and what was never taken up."""
        await self._database.execute(SQL["forget_codes"], unused_before)
        await self._database.execute(SQL["forget_device_codes"], unused_before)
        await self._database.execute(SQL["forget_grants"], ended_before, unused_before)
        await self._database.execute(SQL["forget_refresh_tokens"], ended_before)
