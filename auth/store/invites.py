"""Invitations in PostgreSQL, found by the digest of their code."""

import datetime as dt
from typing import Final
from uuid import UUID

from auth.entities import Invite, Org, Role
from auth.store.orgs import admit_member, lock
from relay.domain.ids import AccountId, OrgId
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record

SQL: Final = load_queries("auth.store", "sql/invites.sql")


class InviteStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, org: OrgId, at: dt.datetime) -> int:
        """Return how many invitations can still be accepted."""
        found: int = await self._database.value(SQL["open"], org, at)
        return found

    async def add(self, invite: Invite, digest: bytes, by: AccountId) -> None:
        i = invite
        values = (i.id, i.org.id, i.role.value, i.email, digest, by, i.created_at, i.expires_at)
        await self._database.execute(SQL["add"], *values)

    async def of_org(self, org: OrgId, at: dt.datetime) -> list[Invite]:
        return [_invite_of(row) for row in await self._database.fetch(SQL["list"], org, at)]

    async def by_code(self, digest: bytes, at: dt.datetime) -> Invite | None:
        """Return an invitation that can still be accepted."""
        row = await self._database.row(SQL["by_code"], digest, at)
        return _invite_of(row) if row else None

    async def accept(self, invite: Invite, account: AccountId, at: dt.datetime) -> bool:
        """Spend an invitation and make the account a member; False when it is spent or ended already.

        A member already keeps the invitation for somebody else: the refusal rolls the spending back.
        """
        async with self._database.transaction() as connection:
            await lock(connection, invite.org.id)  # before the invitation: removals take them in this order too
            if await connection.fetchval(SQL["accept"], invite.id, account, at) is None:
                return False
            await admit_member(connection, invite.org.id, account, invite.role, at)
        return True

    async def revoke(self, org: OrgId, id: UUID, at: dt.datetime) -> bool:
        return await self._database.value(SQL["revoke"], org, id, at) is not None

    async def forget(self, expired_before: dt.datetime) -> None:
        await self._database.execute(SQL["forget"], expired_before)


def _invite_of(row: Record) -> Invite:
    return Invite(
        id=row["id"],
        org=Org(id=OrgId(row["org_id"]), name=row["org_name"], created_at=row["org_created_at"]),
        role=Role(row["role"]),
        email=row["email"],
        invited_by=row["invited_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
